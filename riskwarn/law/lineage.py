"""Article lineage between two versions: same, renumbered, amended, split, merged, repealed, new."""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from riskwarn.errors import ConfigError, Place, Problem
from riskwarn.law.lineage_align import align, surely_continued
from riskwarn.law.lineage_links import Link
from riskwarn.law.lineage_score import Pair, compare
from riskwarn.law.lineage_terms import learn_terms, put_terms
from riskwarn.law.lineage_units import Piece, cut_law, without_numbers
from riskwarn.law.tree import LawText
from riskwarn.records.law import short_title
from riskwarn.records.numerals import write_numeral

_EDITION = re.compile(r"（[^（）]*(?:修正|修订)[^（）]*）$")  # 某法（2015年修正本）
_HIGH = 0.40  # a link weaker than this is shown to a lawyer as uncertain
_PARALLEL = 0.45  # a new article this like an old one that continues elsewhere is worth a remark
COLUMNS = ("old_article", "new_article", "relation", "confidence", "note")


class Relation(StrEnum):
    """What became of an article."""

    SAME, RENUMBERED = "same", "renumbered"
    AMENDED, MOVED_AMENDED = "amended", "moved_amended"
    SPLIT, MERGED = "split", "merged"
    REPEALED, NEW = "repealed", "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageRow:
    """One link, or an article without partner (the other side is empty). `score` is 0–1."""

    old_article: str
    new_article: str
    relation: Relation
    confidence: str
    note: str = ""
    score: float = 1.0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """All rows of two versions: links by old number, then what is new; n-gram weights kept."""

    rows: tuple[LineageRow, ...]
    weights: Mapping[str, float] = field(default_factory=dict, repr=False, compare=False)

    def successors(self, article: str) -> tuple[LineageRow, ...]:
        """Where an old article continues, the surest first; empty when it was repealed."""
        found = [row for row in self.rows if row.old_article == article and row.new_article]
        return tuple(sorted(found, key=lambda row: -row.score))


def trace(old: LawText, new: LawText) -> Lineage:
    """Say what became of every article between two versions.

    Takes:  two whole texts of one law, or of a law and the one that replaced it.
    Gives:  every article of both versions at least once.
    Raises: ConfigError L141 when a version has no articles, or is truncated or gapped: what is
            merely missing in a file must not look repealed.
    """
    check_whole(old, new)
    titles = [_EDITION.sub("", short_title(law.title)) for law in (old, new)]
    one_law = not all(titles) or titles[0] == titles[1]
    pair = _compared(cut_law(old), cut_law(new))
    rows = tuple(_rows(pair, align(pair, one_law=one_law), old, new))
    return Lineage(rows=rows, weights=pair.weights)


def _compared(old: list[Piece], new: list[Piece]) -> Pair:
    """Compare; where the new version puts words for others throughout, put them in and redo."""
    pair = compare(old, new)
    terms = learn_terms(surely_continued(pair), "。".join(piece.words for piece in new))
    return compare(put_terms(old, terms), new) if terms else pair


def check_whole(*laws: LawText) -> None:
    """Refuse texts that are not whole.

    Raises: ConfigError L141, all texts at once, with the place of the defect.
    """
    problems = []
    for law in laws:
        expected = "完整的法律文本，先补全再比较"
        if not law.articles:
            problem = Problem("L141", "文本没有分条，不能比较", Place(law.file), expected)
            problems.append(problem)
        elif law.completeness != "complete":
            kinds = {"gapped": "条号有缺漏", "truncated": "文本不完整（被截断）"}
            errors = [a for a in law.anomalies if a.severity == "error" or "gap" in a.kind]
            line = errors[-1].line if errors else 0
            told = f"：{errors[-1].message}" if errors else ""
            message = f"{kinds.get(law.completeness, law.completeness)}，不作比较{told}"
            problems.append(Problem("L141", message, Place(law.file, line), expected))
    if problems:
        raise ConfigError(*problems)


def _rows(pair: Pair, links: list[Link], old: LawText, new: LawText) -> list[LineageRow]:
    out, into = Counter(link.i for link in links), Counter(link.j for link in links)
    sure = [link for link in links if _confidence(link) == "high"]
    out_sure, into_sure = Counter(k.i for k in sure), Counter(k.j for k in sure)
    rows = []
    for link in links:
        relation = _relation(pair, link, out, into)
        notes = _notes(pair, link, relation, old, new)
        if relation is Relation.SPLIT and into[link.j] > 1:
            notes.append("兼为合并")
        if _confidence(link) == "high":
            without = _relation(pair, link, out_sure, into_sure)
            if without is not relation:
                notes.append(f"不计medium链接则为{without}")
        rows.append(_row(pair, link, relation, notes))
    linked = {link.i for link in links}
    rows += [
        LineageRow(
            old_article=piece.key, new_article="", relation=Relation.REPEALED, confidence="high"
        )
        for at, piece in enumerate(pair.old)
        if at not in linked
    ]
    order = {piece.key: at for at, piece in enumerate(pair.old)}
    rows.sort(key=lambda row: order[row.old_article])
    return rows + _new_rows(pair, {link.j for link in links})


def _row(pair: Pair, link: Link, relation: Relation, notes: list[str]) -> LineageRow:
    return LineageRow(
        old_article=pair.old[link.i].key,
        new_article=pair.new[link.j].key,
        relation=relation,
        confidence=_confidence(link),
        note="；".join(notes),
        score=round(link.score, 3),
        why=link.why,
    )


def _confidence(link: Link) -> str:
    return "high" if link.score >= _HIGH else "medium"


def _relation(pair: Pair, link: Link, out: Counter[int], into: Counter[int]) -> Relation:
    if out[link.i] > 1:
        return Relation.SPLIT
    if into[link.j] > 1:
        return Relation.MERGED
    here = pair.old[link.i].key == pair.new[link.j].key
    if pair.old[link.i].bare == pair.new[link.j].bare:
        return Relation.SAME if here else Relation.RENUMBERED
    return Relation.AMENDED if here else Relation.MOVED_AMENDED


def _notes(pair: Pair, link: Link, relation: Relation, old: LawText, new: LawText) -> list[str]:
    one, other = pair.old[link.i], pair.new[link.j]
    if link.why == "commencement":
        return ["施行日期"]
    if relation in (Relation.AMENDED, Relation.MOVED_AMENDED):
        before = without_numbers(old.articles[one.key].node.text)
        if before == without_numbers(new.articles[other.key].node.text):
            return ["仅引用条号变化"]
    if relation is Relation.SPLIT and link.units:
        places = list(dict.fromkeys(pair.old_units[m].place for m, _ in link.units))
        return [_places(places)]
    return []


def _places(places: list[str]) -> str:
    """第一款、第二款第三项 of the old article."""
    named = []
    for place in places:
        paragraph, _, item = place.partition(".")
        text = f"第{write_numeral(int(paragraph))}款"
        named.append(text + (f"第{write_numeral(int(item))}项" if item else ""))
    return "、".join(named)


def _new_rows(pair: Pair, linked: set[int]) -> list[LineageRow]:
    alike: defaultdict[int, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for m, row in enumerate(pair.units):
        for n, like in row.items():
            j = pair.new_at[pair.new_units[n].article]
            if j not in linked:
                i = pair.old_at[pair.old_units[m].article]
                alike[j] = max(alike[j], (like.even, -i))
    rows = []
    for j, piece in enumerate(pair.new):
        if j in linked:
            continue
        score, i = alike[j]
        parallel = score >= _PARALLEL
        note = f"文字仿旧第{pair.old[-i].key}条，该条另有去处" if parallel else ""
        rows.append(
            LineageRow(
                old_article="",
                new_article=piece.key,
                relation=Relation.NEW,
                confidence="medium" if parallel else "high",
                note=note,
                score=round(1 - score, 3),
            )
        )
    return rows


def write_csv(lineage: Lineage) -> str:
    """Print a lineage as CSV: old_article,new_article,relation,confidence,note."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in lineage.rows:
        writer.writerow([getattr(row, column) for column in COLUMNS])
    return buffer.getvalue()
