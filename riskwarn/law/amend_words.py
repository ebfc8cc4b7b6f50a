"""Words of a clause that remember where they come from, and edits with adapted punctuation.

Every character is old, new, or part of a citation of the old text. An instruction speaks of the
OLD words, so that new words are never found; and citations can be renumbered at the end.
"""

import re
from dataclasses import dataclass

NEW = -1
OLD = 0
_SPACE = " \t\r\n\u3000\u00a0\u200b\ufeff"
_WIDTHS = dict(
    zip(map(ord, "()[],;:?!“”‘’\"'﹑〈〉"), "（）〔〕，；：？！''''''、《》", strict=True)
)
_DIGITS: dict[int, str] = {
    code: chr(code - 0xFEE0) for code in range(0xFF10, 0xFF5B) if chr(code).isalnum()
}
_FIND = {**_WIDTHS, **_DIGITS}
_CLAUSE = "，；。：！？"
_OPENS = "（《〈“‘"
_JOINS = re.compile(
    r"^(?:和|或者?|以及|及|并且?|且|与|等|但|的|以下|以上|之|中|内|其中|（|、|，|；|。|：|不|未|应当|可以|必须)"
)
_CARRIES_ON = re.compile(
    r"(?:和|或者?|以及|及|并且?|与|、|，|；|。|：|的|对|向|由|按照|依照|根据|违反|为|在|经|将|被|应当|可以"
    r"|不得|必须|依法|有权|负责|以上|以下|级|符合|具有|属于|要求|通过|进行|从事|实施|享有|承担|处|（|“|《)$"
)
_ADVERB = re.compile(
    r"^(?:依法|地方|及时|书面|统一|直接|主动|定期|全面|共同|公开|有关|相关|其他|主要|具体|国家|本级|同级|上级|下级|所在地).{0,4}$"
)

_NEXT_CLAUSE = re.compile(  # 应当建立制度|，并将其纳入…: a clause of its own
    r"^并(?:将|应当|对|由|及时|依法|向|按照|报|不得|可以|定期|书面|在).{3,}"
)
_JOINT = re.compile(r"(?:和|或者|以及|及)$")
_SANCTION = re.compile(r"(?:通报批评|警告|罚款|没收|吊销|暂扣|责令|拘留)")
_ADVERBIAL = re.compile(
    r"(?:根据|按照|依照|依据|遵照|参照|经|自|在|对|为了?|因|由于|除|通过|结合|会同)"
)


@dataclass(slots=True)
class Words:
    """A text and a tag for every character: OLD, NEW, or the number of a citation (from 1)."""

    text: str
    tags: list[int]

    @classmethod
    def new(cls, text: str) -> "Words":
        return cls(text, [NEW] * len(text))

    @classmethod
    def old(cls, text: str) -> "Words":
        return cls(text, [OLD] * len(text))

    @property
    def all_new(self) -> bool:
        return bool(self.text) and all(tag == NEW for tag in self.tags)

    def put(self, start: int, end: int, text: str) -> None:
        """Replace a span by new words."""
        self.text = self.text[:start] + text + self.text[end:]
        self.tags[start:end] = [NEW] * len(text)

    def add(self, other: "Words") -> None:
        """Append."""
        self.text += other.text
        self.tags += other.tags

    def copy(self) -> "Words":
        return Words(self.text, list(self.tags))

    def find(self, wanted: str) -> list[tuple[int, int]]:
        """Where words stand in the old text; white space and widths do not matter.

        A span that is wholly new is not found; one that merely touches new words is.
        """
        chars = [c for c in wanted.translate(_FIND) if c not in _SPACE]
        if not chars:
            return []
        pattern = rf"[{_SPACE}]*".join(re.escape(char) for char in chars)
        shown = self.text.translate(_FIND)
        spans = [found.span() for found in re.finditer(pattern, shown)]
        return [(a, b) for a, b in spans if any(tag != NEW for tag in self.tags[a:b])]


def same_words(one: str, other: str) -> bool:
    """Whether two texts are equal but for white space and widths."""
    blank = str.maketrans("", "", _SPACE)
    return one.translate(_WIDTHS).translate(blank) == other.translate(_WIDTHS).translate(blank)


def replace_words(words: Words, old: str, new: str) -> int:
    """Replace every occurrence; one that already reads as the new words is left alone.

    Gives:  how many were replaced.
    """
    spans = words.find(old)
    offset = new.find(old) if old in new else -1
    count = 0
    for start, end in reversed(spans):
        begin = start - offset
        reads_new = offset >= 0 and begin >= 0 and words.text[begin : begin + len(new)] == new
        if not reads_new:
            words.put(start, end, new)
        count += 1
    return count


def insert_words(words: Words, anchor: str, new: str, place: str) -> int:
    """Insert before or after every occurrence of the anchor, with the punctuation it needs."""
    spans = words.find(anchor)
    for start, end in reversed(spans):
        if place == "after":
            if words.text[end:].startswith(new):
                continue
            words.put(end, end, _after(words.text, start, end, new))
        else:
            if words.text[:start].endswith(new):
                continue
            joint = _JOINT.search(words.text[:start])
            last = words.text[end : end + 1] != "、"
            if joint and last and _is_noun(new):  # 甲和|乙: 甲、丙和乙
                words.put(joint.start(), start, f"、{new}{joint[0]}")
            else:
                words.put(start, start, _before(words.text, start, end, new))
    return len(spans)


def _after(text: str, start: int, end: int, new: str) -> str:
    anchor, right = text[start:end], text[end : end + 1]
    left = text[start - 1 : start]
    if _NEXT_CLAUSE.match(new) and right in _CLAUSE and right and _closes_clause("x", anchor):
        return "，" + new
    if new[:1] in "，、；。：" or _JOINS.match(new):
        return new
    if _CARRIES_ON.search(anchor):
        return new + _separator_after_list(anchor, new, text[end:])
    if new[-1:] in "，、；。：":
        return new
    if right == "、":
        return "、" + new
    if right in _CLAUSE and right:
        clause = left in (*_CLAUSE, "") or _closes_clause(text[:start], anchor)
        wide = clause and right in "，。；" and len(new) > 3 and not _SANCTION.match(new)
        return ("，" if wide else "、") + new
    if _ADVERB.match(new):
        return new
    return "、" + new


def _is_noun(new: str) -> bool:
    """Whether words can stand in a list as they are: they bring no mark and no joint along."""
    bare = not re.search(
        r"[，、；。：]$|(?:和|或者?|以及|及|并|与|的|对|由|向|在|为|应当|可以)$", new
    )
    return bare and not _JOINS.match(new) and not _ADVERB.match(new)


def _closes_clause(before: str, anchor: str) -> bool:
    """Whether the anchor is the end of a clause rather than a noun: 引导…依法竞争."""
    head = re.split(r"[，；。：]", before)[-1]
    return bool(head) and len(anchor) > 8


def _separator_after_list(anchor: str, new: str, rest: str) -> str:
    """…和|监察委员会副主任、委员|，人民法院副院长、庭长: what was the first of a list moves on."""
    if not re.search(r"(?:和|或者?|以及|及|与|、)$", anchor) or not rest or rest[0] in "，、；。":
        return ""
    if new[-1:] in "，、；和或及":
        return ""
    return "，" if "、" in new else "、"


def _before(text: str, start: int, end: int, new: str) -> str:
    left = text[start - 1 : start]
    if new[-1:] in "，、；。：" or re.search(
        r"(?:和|或者?|以及|及|并|与|的|对|由|向|在|为|应当|可以)$", new
    ):
        return new
    if re.match(r"(?:和|或|及|并|与|的|等|以上|以下|应当|可以|不得|必须|依法)", text[start:end]):
        return (
            "、" if left and left not in "、，；。：（“" and not _JOINS.match(new) else ""
        ) + new
    if _ADVERB.match(new):
        return new
    return new + "、"


def delete_words(words: Words, old: str) -> int:
    """Delete every occurrence; a mark that would stand doubled or idle goes with it."""
    spans = words.find(old)
    for start, end in reversed(spans):
        start, end = _with_mark(words.text, start, end)
        words.put(start, end, "")
    return len(spans)


def _with_mark(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen the span that is deleted by the mark that belongs to it."""
    left, right = text[start - 1 : start], text[end : end + 1]
    first, last = text[start : start + 1], text[end - 1 : end]
    if left and left in "（(" and right and right in "）)":
        return start - 1, end + 1
    if first in _CLAUSE + "、" or last in _CLAUSE + "、":
        doubled = last in "，、；" and right in "。；" and left not in (*_CLAUSE, "、")
        return (start, end) if not doubled else (start, end - 1)
    if right == "、" and (left in ("", *_CLAUSE, "、", *_OPENS) or not _listed_before(text, start)):
        return start, end + 1
    if left == "、":
        return start - 1, end
    if right == "、":
        return start, end + 1
    if left in ("", "。", "；", "：", *_OPENS):
        return (start, end + 1) if right and right in "，；。" else (start, end)
    if left == "，" and right and right in "，；。：":
        return (start, end + 1) if right == "，" else (start - 1, end)
    if right == "，" and _ADVERBIAL.match(text[start:end]):
        return start, end + 1  # 常务委员会|根据年度计划，|按照…
    return start, end


def _listed_before(text: str, start: int) -> bool:
    """Whether the word before belongs to the same list: 甲、乙|丙、丁 deletes nothing of it."""
    return text[start - 1 : start] == "、"


def fit_ending(new: str, old: str) -> str:
    """Give a new 项 or 款 the closing mark of the old one, where the decision left it out."""
    marks = "；。，：;"
    if not new or not old or new[-1] in marks + "”）)…！？" or old[-1] not in marks:
        if new and old and new[-1] in "”）)" and old[-1] in marks:
            return new + old[-1]
        return new
    return new + old[-1]
