"""Two versions of a law side by side: every article, what became of it, what kind of change."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from riskwarn.law.lineage import LineageRow, Relation, trace
from riskwarn.law.lineage_kinds import (
    LABELS,
    Change,
    Substance,
    classify,
    diff_pieces,
    learn_renames,
)
from riskwarn.law.normal import normalise
from riskwarn.law.tree import LawText
from riskwarn.records.law import split_article
from riskwarn.records.numerals import write_numeral

RELATIONS = {
    Relation.SAME: "未变",
    Relation.RENUMBERED: "移条",
    Relation.AMENDED: "修改",
    Relation.MOVED_AMENDED: "移条并修改",
    Relation.SPLIT: "拆分",
    Relation.MERGED: "合并",
    Relation.REPEALED: "删除",
    Relation.NEW: "新增",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleDiff:
    """One link of two articles, or one without partner, with texts and kind of change."""

    row: LineageRow
    old_text: str
    new_text: str
    change: Change

    @property
    def substantial(self) -> bool:
        """Whether the rule itself changed: not a rename, a mark, or a number that follows."""
        return not self.change.formal

    @property
    def heading(self) -> str:
        """第四十一条 → 第四十二条"""
        sides = [_named(key) for key in (self.row.old_article, self.row.new_article)]
        return sides[0] if sides[0] == sides[1] else f"{sides[0] or '—'} → {sides[1] or '—'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LawDiff:
    """All of it, in the order of the new law; what was repealed stands after its old neighbour."""

    old_name: str
    new_name: str
    articles: tuple[ArticleDiff, ...]
    renames: tuple[tuple[str, str], ...]

    @property
    def counts(self) -> dict[str, int]:
        """Links and lone articles by kind of change."""
        found = Counter(diff.change.kind for diff in self.articles)
        return {kind.value: found[kind] for kind in Substance if found[kind]}


def diff_laws(old: LawText, new: LawText, old_name: str = "", new_name: str = "") -> LawDiff:
    """Compare two versions article by article.

    Gives:  every link and lone article; renames learned from the whole are told apart from
            changes of the rule.
    Raises: ConfigError L141 when a text is not whole.
    """
    lineage = trace(old, new)
    pairs = [
        (old.articles[row.old_article].node.text, new.articles[row.new_article].node.text)
        for row in lineage.rows
        if row.old_article and row.new_article
    ]
    renames = learn_renames(pairs)
    articles = [_article(row, old, new, renames) for row in _in_order(lineage.rows)]
    return LawDiff(
        old_name=old_name or old.title or old.file,
        new_name=new_name or new.title or new.file,
        articles=tuple(articles),
        renames=renames,
    )


def _article(
    row: LineageRow, old: LawText, new: LawText, renames: Iterable[tuple[str, str]]
) -> ArticleDiff:
    before = old.articles[row.old_article].node.text if row.old_article else ""
    after = new.articles[row.new_article].node.text if row.new_article else ""
    change = classify(before, after, renames)
    return ArticleDiff(row=row, old_text=before, new_text=after, change=change)


def _in_order(rows: Iterable[LineageRow]) -> list[LineageRow]:
    """By new number; a repealed article after the place where its predecessor went."""
    keyed = []
    last: tuple[int, int] = (0, 0)
    for row in rows:
        here = split_article(row.new_article) if row.new_article else last
        last = here if row.old_article else last
        keyed.append((here, not row.new_article, row))
    return [row for _, _, row in sorted(keyed, key=lambda one: one[:2])]


def _named(key: str) -> str:
    if not key:
        return ""
    number, branch = split_article(key)
    return f"第{write_numeral(number)}条" + (f"之{write_numeral(branch)}" if branch else "")


def diff_json(diff: LawDiff, *, all_articles: bool = True) -> dict[str, Any]:
    """Give a comparison as plain values."""
    return {
        "old": diff.old_name,
        "new": diff.new_name,
        "counts": diff.counts,
        "renames": [list(pair) for pair in diff.renames],
        "articles": [
            {
                "old_article": one.row.old_article,
                "new_article": one.row.new_article,
                "relation": one.row.relation.value,
                "confidence": one.row.confidence,
                "kind": one.change.kind.value,
                "also": [kind.value for kind in one.change.also],
                "substantial": one.substantial,
                "note": one.row.note,
                "pieces": [list(piece) for piece in one.change.pieces],
                "old_text": one.old_text,
                "new_text": one.new_text,
            }
            for one in diff.articles
            if all_articles or one.substantial
        ],
    }


def diff_lines(diff: LawDiff, *, all_articles: bool = False) -> list[str]:
    """Print a comparison for the terminal: [-struck-] and {+added+}; formal changes are counted."""
    lines = [f"{diff.old_name} → {diff.new_name}"]
    counted = "，".join(f"{LABELS[Substance(kind)]} {n}" for kind, n in diff.counts.items())
    lines.append(counted)
    lines += [f"用语更换：{old} → {new}" for old, new in diff.renames]
    for one in diff.articles:
        if not (all_articles or one.substantial):
            continue
        kinds = "、".join(LABELS[kind] for kind in (one.change.kind, *one.change.also))
        note = f"（{one.row.note}）" if one.row.note else ""
        lines.append(f"\n{one.heading}  {RELATIONS[one.row.relation]}  {kinds}{note}")
        lines.append(_marked(one))
    return lines


def _marked(one: ArticleDiff) -> str:
    if not one.old_text or not one.new_text:
        sign = ("[-", "-]") if one.old_text else ("{+", "+}")
        return f"  {sign[0]}{normalise(one.old_text or one.new_text)}{sign[1]}"
    parts = []
    for tag, before, after in diff_pieces(normalise(one.old_text), normalise(one.new_text)):
        if tag == "equal":
            parts.append(before if len(before) <= 40 else f"{before[:18]}…{before[-18:]}")
        else:
            parts.append((f"[-{before}-]" if before else "") + (f"{{+{after}+}}" if after else ""))
    return "  " + "".join(parts)
