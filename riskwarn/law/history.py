"""How a law, or one number in it, went through its versions."""

from dataclasses import replace
from typing import Any

from riskwarn.errors import ConfigError, Problem
from riskwarn.law.book import LawBook
from riskwarn.law.clauses import find_clause
from riskwarn.law.status import find_words
from riskwarn.records.law import ClauseRef, LawVersion


def law_history(book: LawBook, title: str) -> list[dict[str, Any]]:
    """All versions of a law, oldest first.

    Raises: ConfigError L111 when the book does not have it.
    """
    return [_version_row(book, version) for version in _versions(book, title)]


def _versions(book: LawBook, title: str) -> tuple[LawVersion, ...]:
    name, near = book.match_title(title)
    if not name:
        hint = f"《{near}》" if near else ""
        raise ConfigError(Problem("L111", f"法规库中没有《{title.strip('《》')}》", nearest=hint))
    return book.versions_of(name)


def _version_row(book: LawBook, version: LawVersion) -> dict[str, Any]:
    effective = book.effective_on(version)
    repeal = book.repeal_of(version)
    return {
        "version": version.key,
        "promulgated": version.promulgated_on.isoformat() if version.promulgated_on else None,
        "effective": effective.isoformat() if effective else None,
        "repealed": repeal[0].isoformat() if repeal and repeal[0] else None,
        "repealed_by": repeal[1] if repeal else "",
        "status": version.status,
        "complete": book.text(version).completeness,
        "parts": "；".join(
            f"{part.ref.place_label}自 {part.on or '另定之日'} 起施行"
            for part in book.parts(version)
        ),
    }


def clause_history(book: LawBook, text: str) -> list[dict[str, Any]]:
    """One number through all versions: same words, changed, moved to another number, absent.

    Takes:  text, an address. The same number in another version may be another rule: `moved_to`
            tells where the same words stand in that version, if they stand elsewhere.
    Raises: ConfigError L101, L111, or L115 when no version has the clause.
    """
    ref = ClauseRef.parse(text)
    rows: list[dict[str, Any]] = []
    words = ""
    for version in _versions(book, ref.law):
        found = find_clause(book.text(version), version, replace(ref, version_on=None))
        row = _version_row(book, version) | {"change": "", "moved_to": "", "text": ""}
        if found.node is None:
            row["change"] = "无此条款"
        else:
            row["text"] = found.node.text
            row["change"] = _change(words, found.node.hash)
        if words and row["change"] != "文字相同":
            moved = find_words(book, version, words, ref)
            row["moved_to"] = moved.canonical if moved else ""
        words = found.node.hash if found.node else words
        rows.append(row)
    if all(row["change"] == "无此条款" for row in rows):
        raise ConfigError(Problem("L115", f"{ref.label}在库中各版本都不存在"))
    return rows


def _change(before: str, now: str) -> str:
    if not before:
        return "首见"
    return "文字相同" if before == now else "文字不同"
