"""What kind of change a new wording makes, so that staff see the few that matter.

A change is told by the pieces that differ. Renames of terms are learned from the two versions: one
word put for another again and again (食品药品监督管理 → 食品安全监督管理) is a rename everywhere.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from riskwarn.law.lineage_units import without_numbers
from riskwarn.law.normal import bare, normalise

_OFTEN = 3  # articles in which the same word must be put for the same other to be a rename
_CONTEXT = 8
_NO_RENAME = re.compile(
    r"应当|不得|可以|必须|禁止|罚款|吊销|没收|[万元倍]|[一二三四五六七八九十百千]+[日年月倍]"
)
_AMOUNT = re.compile(
    r"[一二三四五六七八九十百千万零两〇0-9]+(?:[万亿千百]?元|倍|日|天|个?月|年|人|%|个工作日)|百分之|"
    r"以[上下]|万元|\d"
)
_SANCTION = re.compile(
    r"罚款|没收|吊销|责令|警告|拘留|处分|停业|关闭|并处|处罚|禁止从事|终身|通报批评|刑事责任|赔偿|暂扣"
)
_DUTY = re.compile(r"应当|不得|必须|禁止|负责|履行|保证|建立|报告|查验|记录|遵守|承担")
_SUBJECT = re.compile(
    r"者|人员|单位|企业|机构|组织|个人|平台|负责人|以及|、|和|及其|包括|等|产品|食品|商品|用户|公民"
)
_PROCEDURE = re.compile(
    r"部门|机关|政府|监督|主管|申请|审批|备案|许可|程序|期限|送达|听证|书面|公告|公布|批准|登记|移送"
)


_BODY = re.compile(r"(?:行政|主管|监督|管理)*(?:部门|机关|机构)")


class Substance(StrEnum):
    """The kinds of difference; the names are those of the exchange tables."""

    NONE, PUNCTUATION, TERM, REFERENCE = "none", "punctuation", "term_renamed", "cross_reference"
    AMOUNT, SANCTION, DUTY = "amount", "sanction", "duty"
    SUBJECT, PROCEDURE, OTHER = "subject", "procedure", "other"


LABELS = {
    Substance.NONE: "未变",
    Substance.PUNCTUATION: "标点",
    Substance.TERM: "名称、用语更换",
    Substance.REFERENCE: "仅引用条号变化",
    Substance.AMOUNT: "数额、期限",
    Substance.SANCTION: "处罚种类",
    Substance.DUTY: "义务",
    Substance.SUBJECT: "主体、对象范围",
    Substance.PROCEDURE: "机关、程序",
    Substance.OTHER: "其他文字",
}
FORMAL = (Substance.NONE, Substance.PUNCTUATION, Substance.TERM, Substance.REFERENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The leading kind of a change, the further ones, and the pieces (old, new) that differ."""

    kind: Substance
    also: tuple[Substance, ...] = ()
    pieces: tuple[tuple[str, str], ...] = ()

    @property
    def formal(self) -> bool:
        """Whether the rule itself is as it was."""
        return self.kind in FORMAL


def diff_pieces(old: str, new: str) -> list[tuple[str, str, str]]:
    """Cut two texts into pieces: ("equal" | "replace" | "delete" | "insert", old, new)."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [(tag, old[a:b], new[c:d]) for tag, a, b, c, d in matcher.get_opcodes()]


def learn_renames(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Find the words that one version puts for another throughout.

    Takes:  pairs, old and new text of every article that continues.
    Gives:  (old term, new term), each with the context that all its places share, long ones first;
            a word that the new version still uses was not renamed, and one that only went away
            (an authority struck from a list) is a change of the rule.
    """
    places: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    articles: Counter[tuple[str, str]] = Counter()
    remaining = ""
    for old, new in pairs:
        before, after = bare(old), bare(new)
        remaining += after + "\n"
        if before == after:
            continue
        seen = set()
        for key, context in _replacements(before, after):
            places[key].append(context)
            seen.add(key)
        articles.update(sorted(seen))
    found = []
    for (old, new), count in sorted(articles.items()):
        if count < _OFTEN or _NO_RENAME.search(old + new):
            continue
        left = _common([one[0][::-1] for one in places[old, new]])[::-1]
        right = _common([one[1] for one in places[old, new]])
        term = left + old + right
        put = left + new + right
        if len(term) >= 2 and term not in remaining and put in remaining:
            found.append((term, put))
    return tuple(sorted(found, key=lambda term: (-len(term[0]), term)))


def _replacements(old: str, new: str) -> Iterable[tuple[tuple[str, str], tuple[str, str]]]:
    at = 0
    for tag, before, after in diff_pieces(old, new):
        if tag == "replace" and len(before) <= 16 and len(after) <= 16:
            left = old[max(0, at - _CONTEXT) : at]
            right = old[at + len(before) : at + len(before) + _CONTEXT]
            yield (before, after), (left, right)
        at += len(before)


def _common(texts: list[str]) -> str:
    shortest = min(texts, key=len)
    for at, char in enumerate(shortest):
        if any(text[at] != char for text in texts):
            return shortest[:at]
    return shortest


def rename_terms(text: str, renames: Iterable[tuple[str, str]]) -> str:
    """Put the new terms into bare text."""
    for old, new in renames:
        text = text.replace(old, new)
    return text


def classify(old: str, new: str, renames: Iterable[tuple[str, str]] = ()) -> Change:
    """Say what kind of change a new wording makes.

    Takes:  the two texts; renames, as learned from the whole of both versions.
    Gives:  none, punctuation, term_renamed and cross_reference leave the rule as it was; the other
            kinds are read from the words that came or went, the weightiest first.
    """
    renames = tuple(renames)
    if normalise(old) == normalise(new):
        return Change(kind=Substance.NONE)
    if bare(old) == bare(new):
        return Change(kind=Substance.PUNCTUATION)
    before, after = without_numbers(old), without_numbers(new)
    if before == after:
        return Change(kind=Substance.REFERENCE, pieces=_changed(normalise(old), normalise(new)))
    pieces = _changed(normalise(old), normalise(new))
    renamed = rename_terms(before, renames)
    if renamed == rename_terms(after, renames):
        return Change(kind=Substance.TERM, pieces=pieces)
    also = [Substance.TERM] if renamed != before else []
    kinds = _kinds(renamed, after)
    lead = kinds[0] if kinds else Substance.OTHER
    return Change(kind=lead, also=(*kinds[1:], *also), pieces=pieces)


def _changed(old: str, new: str) -> tuple[tuple[str, str], ...]:
    return tuple((a, b) for tag, a, b in diff_pieces(old, new) if tag != "equal")


def _kinds(old: str, new: str) -> list[Substance]:
    """Read the kinds from what differs, with a little context for numbers cut in two."""
    told: set[Substance] = set()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            continue
        words = old[a:b] + "|" + new[c:d]
        near = old[max(0, a - 2) : b + 2] + "|" + new[max(0, c - 2) : d + 2]
        digits = re.search(r"[一二三四五六七八九十百千万两0-9倍]", words)
        if digits and _AMOUNT.search(near):
            told.add(Substance.AMOUNT)
        for kind, pattern in (
            (Substance.SANCTION, _SANCTION),
            (Substance.DUTY, _DUTY),
            (Substance.PROCEDURE, _PROCEDURE),
            (Substance.SUBJECT, _SUBJECT),
        ):
            if pattern.search(words):
                told.add(kind)
        if _BODY.match(old[b : b + 6]) and _BODY.match(new[d : d + 6]):
            told.add(Substance.PROCEDURE)  # another authority: 工商|部门 → 税务|部门
        if len(words) > 3 and tag == "insert" and not told:
            told.add(Substance.SUBJECT)
    order = (
        Substance.AMOUNT,
        Substance.SANCTION,
        Substance.DUTY,
        Substance.SUBJECT,
        Substance.PROCEDURE,
    )
    return [kind for kind in order if kind in told]
