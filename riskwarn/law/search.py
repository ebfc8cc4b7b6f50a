"""Chinese full text over clauses: an own bigram index in SQLite.

FTS5's own tokenizers find nothing inside a Chinese sentence (unicode61) or nothing of two
characters (trigram); overlapping pairs of characters find every substring exactly.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskwarn.law.book import LawBook
from riskwarn.law.normal import normalise
from riskwarn.records.law import ClauseRef, LawVersion, short_title

_WORD = re.compile(r"[\u3400-\u9fff]+|[0-9A-Za-z]+")
_SCHEMA = """
CREATE TABLE clause (
    id INTEGER PRIMARY KEY, title TEXT NOT NULL, version_on TEXT NOT NULL, article TEXT NOT NULL,
    paragraph INTEGER NOT NULL, text TEXT NOT NULL);
CREATE VIRTUAL TABLE bigram USING fts5(
    body, content='', tokenize="unicode61 remove_diacritics 0");
CREATE TABLE book (fingerprint TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A 款 that holds all the words."""

    ref: ClauseRef
    text: str


def bigrams(text: str) -> str:
    """Give the overlapping pairs of a text, a space between; a lone character stands alone."""
    return " ".join(pair for word in _WORD.findall(normalise(text)) for pair in _pairs(word))


def _pairs(word: str) -> list[str]:
    if not "\u3400" <= word[0] <= "\u9fff":
        return [word.lower()]
    if len(word) == 1:
        return [word]
    return [word[at : at + 2] for at in range(len(word) - 1)]


def fingerprint(book: LawBook) -> str:
    """Say which texts a book holds, without parsing them; an index of another book is stale."""
    digest = hashlib.sha256()
    for version in sorted(book.versions, key=lambda v: v.file):
        words = (
            version.sha256 or hashlib.sha256((book.root / version.file).read_bytes()).hexdigest()
        )
        digest.update(f"{version.key}\t{words}\n".encode())
    return digest.hexdigest()


def open_index(book: LawBook, path: Path | None = None) -> sqlite3.Connection:
    """Open the index of a book, building it where it is missing or stale.

    Takes:  path, where to keep it; None: in memory.
    """
    wanted = fingerprint(book)
    if path is not None and path.exists():
        found = sqlite3.connect(path)
        if _fits(found, wanted):
            return found
        found.close()
        path.unlink()
    if path is None:
        index = sqlite3.connect(":memory:")
        _build(index, book, wanted)
        return index
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    temporary.unlink(missing_ok=True)
    index = sqlite3.connect(temporary)
    _build(index, book, wanted)
    index.close()
    temporary.replace(path)
    return sqlite3.connect(path)


def _fits(index: sqlite3.Connection, wanted: str) -> bool:
    try:
        row = index.execute("SELECT fingerprint FROM book").fetchone()
    except sqlite3.DatabaseError:
        return False
    return row is not None and row[0] == wanted


def _build(index: sqlite3.Connection, book: LawBook, wanted: str) -> None:
    with index:
        index.executescript(_SCHEMA)
        for number, (version, key, paragraph, text) in enumerate(_clauses(book), 1):
            on = version.promulgated_on.isoformat() if version.promulgated_on else ""
            index.execute(
                "INSERT INTO clause VALUES (?, ?, ?, ?, ?, ?)",
                (number, version.title, on, key, paragraph, text),
            )
            index.execute("INSERT INTO bigram(rowid, body) VALUES (?, ?)", (number, bigrams(text)))
        index.execute("INSERT INTO book VALUES (?)", (wanted,))


def _clauses(book: LawBook) -> Iterator[tuple[LawVersion, str, int, str]]:
    for version in sorted(book.versions, key=lambda v: (v.title, v.key)):
        for key, article in book.text(version).articles.items():
            for paragraph in article.paragraphs:
                yield version, key, paragraph.number, paragraph.text


def search(
    index: sqlite3.Connection,
    book: LawBook,
    words: str,
    *,
    law: str = "",
    on: date | None = None,
    limit: int = 20,
) -> list[Hit]:
    """Find clauses that hold all the words.

    Takes:  words, parted by spaces; each is found as an exact run of characters; law, only in
            this title; on, only clauses in force that day (default: the newest version of each).
    Gives:  hits, best first (bm25), then in the order of title and number.
    """
    query = _query(words)
    if not query:
        return []
    sql = (
        "SELECT c.title, c.version_on, c.article, c.paragraph, c.text FROM bigram b"
        " JOIN clause c ON c.id = b.rowid WHERE bigram MATCH ?"
    )
    values: list[object] = [query]
    if law:
        sql += " AND c.title = ?"
        values.append(short_title(law))
    sql += " ORDER BY round(bm25(bigram), 6), c.title, c.id"
    wanted: dict[str, date | None] = {}
    hits: list[Hit] = []
    for title, version_on, article, paragraph, text in index.execute(sql, values):
        day = date.fromisoformat(version_on) if version_on else None
        if title not in wanted:
            wanted[title] = _version_day(book, title, on)
        if wanted[title] != day or not _holds(text, words):
            continue
        ref = ClauseRef(law=title, version_on=day, article=article, paragraph=paragraph)
        hits.append(Hit(ref=ref, text=text))
        if len(hits) >= limit:
            break
    return hits


def _version_day(book: LawBook, title: str, on: date | None) -> date | None:
    if on is None:
        return book.versions_of(title)[-1].promulgated_on
    version = book.in_force(title, on).version
    return version.promulgated_on if version else date.max


def _query(words: str) -> str:
    """Each word becomes a phrase of its pairs; a lone character becomes a prefix."""
    phrases = []
    for word in words.split():
        for run in _WORD.findall(normalise(word)):
            pairs = _pairs(run)
            lone = len(pairs) == 1 and len(pairs[0]) == 1
            phrases.append(f'"{pairs[0]}" *' if lone else f'"{" ".join(pairs)}"')
    return " AND ".join(phrases)


def _holds(text: str, words: str) -> bool:
    """Pairs that meet across a punctuation mark are no match: the run itself must be there."""
    plain = normalise(text).lower()
    runs = (run.lower() for word in words.split() for run in _WORD.findall(normalise(word)))
    return all(run in plain for run in runs)
