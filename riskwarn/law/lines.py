"""What one line of a law text is: a heading, an article, a 项, a 目, or running text."""

import re
from dataclasses import dataclass

from riskwarn.law.tree import Kind
from riskwarn.records.numerals import NUMERAL_CHARS, read_numeral

_S = r"[ \t\u3000\u00a0\u200b\ufeff]"
_N = rf"[{NUMERAL_CHARS}]"
_LEAD = rf"{_S}*(?:#+{_S}*)?(?:\*\*)?{_S}*"
_ARTICLE = re.compile(
    rf"(?P<lead>{_LEAD})(?P<di>[第笫])(?P<n>{_S}*{_N}(?:{_S}*{_N})*{_S}*)条"
    rf"(?:{_S}*之{_S}*(?P<k>{_N}+)(?![项款]))?(?:\*\*)?(?P<gap>{_S}*)"
)
_DIVISION = re.compile(
    rf"(?P<lead>{_LEAD})[第笫]{_S}*(?P<n>{_N}+){_S}*(?P<word>分编|编|章|节)(?P<gap>{_S}*)(?P<title>.*)"
)
_FREE_HEADING = re.compile(rf"(?P<lead>{_S}*#+{_S}*)(?P<n>[一二三四五六七八九十]+)、(?P<title>.*)")
_BARE_FINAL = re.compile(rf"(?P<lead>{_LEAD})(?P<title>附{_S}*则)(?:\*\*)?{_S}*$")
_ITEM = re.compile(rf"(?P<lead>{_S}*)[（(]{_S}*(?P<n>[一二三四五六七八九十百]+){_S}*[）)]{_S}*")
_SUBITEM = re.compile(
    rf"(?P<lead>{_S}*)(?:(?P<n>\d{{1,2}}){_S}*[.．、](?!\d)|[（(](?P<m>\d{{1,2}})[）)]){_S}*"
)
_ANNEX = re.compile(
    rf"{_LEAD}附{_S}*(?:件|表|录|图|注)?{_S}*[{NUMERAL_CHARS}]*{_S}*(?:[：:].*|(?:\*\*)?{_S}*)$"
)
_NOTE = re.compile(rf"{_S}*[①②③④⑤⑥⑦⑧⑨⑩]")
_CITING = re.compile(r"[、，,；;。的至到和或及与所中规第款项之（(]|以及|除外|有关")
_ENTRY = re.compile(rf"(?P<lead>{_LEAD})(?P<n>[一二三四五六七八九十百]+)、")
HEADING_MAX_CHARS = 45  # the longest chapter title seen has 27 characters
WORDS = {"编": Kind.PART, "分编": Kind.SUBPART, "章": Kind.CHAPTER, "节": Kind.SECTION}


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line with its end: number from 1, offset of its first character."""

    number: int
    start: int
    raw: str

    @property
    def blank(self) -> bool:
        return not self.raw.strip(" \t\r\n\u3000\u00a0\u200b\ufeff")

    @property
    def body(self) -> str:
        return self.raw.strip(" \t\r\n\u3000\u00a0\u200b\ufeff")


@dataclass(frozen=True, slots=True)
class Mark:
    """The number that opens a line: what kind, which number, how long the marker is."""

    kind: Kind
    number: int
    branch: int = 0
    length: int = 0
    title: str = ""
    odd: str = ""  # why the mark is written oddly, empty when it is as it should be


def split_lines(text: str) -> list[Line]:
    """Cut a text into lines at LF only, keeping the line ends, so that joining gives the text."""
    lines, start = [], 0
    for number, raw in enumerate(text.split("\n"), 1):
        end = min(start + len(raw) + 1, len(text))
        if start < end:
            lines.append(Line(number, start, text[start:end]))
        start = end
    return lines


def article_mark(raw: str, last: tuple[int, int]) -> Mark | None:
    """Read an article's number at the start of a line.

    Takes:  the line, and (number, branch) of the article before it.
    Gives:  the mark, or None when the line only cites an article. White space after 条 makes a
            heading (第七十五条 规模较小…); without it the number must also follow the last one
            and the words must not go on as a citation does (第三条规定的…).
    """
    found = _ARTICLE.match(raw)
    if not found:
        return None
    number, branch = read_numeral(found["n"]), read_numeral(found["k"] or "") or 0
    if number is None:
        return None
    rest = raw[found.end() :]
    spaced = bool(found["gap"]) or not rest.strip()
    follows = (number, branch) in ((last[0] + 1, 0), (last[0], last[1] + 1))
    if not spaced and (not follows or _CITING.match(rest)):
        return None
    if spaced and not follows and re.match(r"第.{1,4}[款项]", rest):
        return None  # 第三十二条 第一款…: a citation with a stray space
    odd = ""
    if found["di"] == "笫":
        odd = "“第”误作“笫”（U+7B2B）"
    elif re.search(_S, found["n"]):
        odd = "条号中有空格"
    elif not spaced:
        odd = "“条”后没有空格"
    return Mark(Kind.ARTICLE, number, branch, found.end(), odd=odd)


def division_mark(raw: str) -> Mark | None:
    """Read a 编/分编/章/节 heading, 附则 without number, or a `## 一、` heading."""
    found = _DIVISION.match(raw.rstrip())
    if found:
        title = found["title"].strip(" *\u3000\u00a0")
        headed = "#" in found["lead"]
        if len(title) > HEADING_MAX_CHARS or (not headed and re.search(r"[。；：，,]", title)):
            return None
        if not headed and not found["gap"] and re.match(r"[的、至和或及所中规第]", title):
            return None
        number = read_numeral(found["n"]) or 0
        length = found.start("title") if found["title"] else len(raw.rstrip())
        return Mark(WORDS[found["word"]], number, 0, length, "".join(title.split()))
    found = _BARE_FINAL.match(raw.rstrip())
    if found:
        return Mark(Kind.CHAPTER, 0, 0, found.start("title"), "附则")
    found = _FREE_HEADING.match(raw.rstrip())
    if found and len(found["title"]) <= HEADING_MAX_CHARS:
        number = read_numeral(found["n"]) or 0
        title = "".join(found["title"].split())
        return Mark(Kind.CHAPTER, number, 0, found.start("title"), title)
    return None


_GLUED = re.compile(
    rf"[。；](?P<head>第{_N}+[章节]{_S}+[\u4e00-\u9fff、\u3000 ]{{2,30}})(?P<stop>。?)\s*$"
)


def glued_heading(raw: str) -> tuple[int, bool]:
    """Find a chapter heading that is glued to the end of a paragraph.

    Gives:  (where it begins, or 0; whether it may be cut off: a full stop after it says that it
            is the copy of a heading that stands elsewhere).
    """
    found = _GLUED.search(raw)
    if not found or not division_mark(found["head"]):
        return 0, False
    return found.start("head"), not found["stop"]


def item_mark(raw: str) -> Mark | None:
    """Read a 项 number, （一） or (一); `（一）、（二）项规定` is running text."""
    found = _ITEM.match(raw)
    if not found or re.match(r"[、至项]", raw[found.end() :]):
        return None
    number = read_numeral(found["n"])
    return Mark(Kind.ITEM, number, 0, found.end()) if number else None


def subitem_mark(raw: str) -> Mark | None:
    """Read a 目 number, `1.`, `1．`, `1、` or `(1)`."""
    found = _SUBITEM.match(raw)
    if not found:
        return None
    number = int(found["n"] or found["m"])
    return Mark(Kind.SUBITEM, number, 0, found.end()) if number else None


def entry_mark(raw: str) -> Mark | None:
    """Read `一、` as decisions, amendments and replies number their parts."""
    found = _ENTRY.match(raw)
    if not found:
        return None
    number = read_numeral(found["n"])
    return Mark(Kind.ENTRY, number, 0, found.end()) if number else None


def is_annex(raw: str) -> bool:
    """Whether a line opens an annex: 附件一, 附表：, 附：…"""
    return bool(_ANNEX.match(raw.rstrip())) and not _BARE_FINAL.match(raw.rstrip())


def is_note(raw: str) -> bool:
    """Whether a line is an editor's footnote (①…)."""
    return bool(_NOTE.match(raw))


def inline_items(text: str) -> list[tuple[int, int, int]]:
    """Find a list that stands inside one paragraph: 有下列情形之一：（一）…；（二）…

    Gives:  (offset of the mark, offset after it, number) for each 项; empty when there is none.
            The first mark must follow a colon and the numbers must run 1, 2, 3 …, so that
            `第（一）、（二）项` stays a citation.
    """
    found: list[tuple[int, int, int]] = []
    for mark in _INLINE.finditer(text):
        number = read_numeral(mark["n"])
        opener = "：:" if not found else "；;。"
        if number == len(found) + 1 and text[: mark.start()].rstrip()[-1:] in tuple(opener):
            found.append((mark.start(), mark.end(), number))
    return found if len(found) > 1 else []


_INLINE = re.compile(rf"[（(](?P<n>[一二三四五六七八九十]+)[）)]{_S}*(?![、至项])")
