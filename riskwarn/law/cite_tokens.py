"""The words a citation is made of: law names, 本法, 前款, 第…条, 第…款, （一）项, 第…章."""

import re
from dataclasses import dataclass
from enum import StrEnum

from riskwarn.records.numerals import read_numeral

_D = r"[〇零一二三四五六七八九十百千两0-9０-９]"
_N = rf"{_D}+(?:[ \u3000]{_D}+)?"  # 第二十 一条: sources break numbers
_S = r"[ \t\u3000\u00a0]*"
_X = rf"(?:[（(]{_S}{_N}{_S}[）)]|{_N})"
_AND = rf"{_S}(?:、|，|和|或者|或|及|以及|至|到|－|-|—){_S}"
_XS = rf"{_X}(?:{_AND}第?{_S}{_X}|{_S}[（(]{_S}{_N}{_S}[）)])*"  # （一）、（二）; （一）（二）
_NS = rf"{_N}(?:{_AND}{_N})*"  # 第二十三、二十四条
_NOT_WORD = r"(?<![基样资文版副日书课剧脚])"  # 基本法, 资本项, 样本 …; but 造成本法第…条
_SELF = (
    rf"{_NOT_WORD}本(?:实施)?(?:法典|法(?![律院人官医庭制规治学定])|条例|办法|规定|细则|解释|规则|规范"
    r"|决定|准则|通则|章程|规程|暂行条例|暂行规定|暂行办法)"
)
_SAME = r"(?:同法|该法(?![律院人官医庭])|该条例|该办法|该规定|该细则|该解释|该规则)(?=第)"
_RELATIVE = (
    rf"{_NOT_WORD}本(?:条(?![例件])|款(?!项)|项(?!目)|章(?!程)|节(?!能|约|目)|编(?!制|号|码|辑))"
    rf"|(?:各该|该)(?:条(?![例件款约])|款(?!项))|该项(?=规定)"
    rf"|(?:前|上)(?:一)?(?:款(?!项)|项(?!目)|条(?![件例]))"
    rf"|(?:前|以上)(?P<count>[两二三四五六七八九十]|[0-9]{{1,2}})(?:款|项(?!目)|条(?![件例]))"
    r"|上述(?:各)?(?:条款|款项|款|条|项)(?!目|件|例)"
)
_TOKEN = re.compile(
    rf"(?P<title>《(?:[^《》\n]|《[^《》\n]*》)*》)"
    rf"|(?P<self>{_SELF})|(?P<same>{_SAME})|(?P<relative>{_RELATIVE})"
    rf"|(?P<article>(?P<adi>[第笫]?){_S}(?P<an>{_NS}){_S}条(?![件例款])"
    rf"(?:之(?P<ak>{_N})(?![项款]))?)"
    rf"|(?P<paragraph>(?P<pdi>[第等]?){_S}(?P<pn>{_NS}){_S}款(?![项式]))"
    rf"|(?P<item>(?P<idi>[第]?){_S}(?P<in>{_XS}){_S}项(?!目))"
    rf"|(?P<subitem>(?P<sdi>[第]?){_S}(?P<sn>{_XS}){_S}目(?![录标的前击]))"
    rf"|(?P<division>第{_S}(?P<dn>{_NS}){_S}(?P<dw>分编|编|章|节)(?!能|约|日|点|目|程))"
    rf"|(?P<mark>[（(]{_S}(?P<mn>[一二三四五六七八九十]+){_S}[）)])"
)


class Level(StrEnum):
    """What a token names."""

    TITLE, SELF, SAME, RELATIVE = "title", "self", "same", "relative"
    PART, CHAPTER, SECTION = "part", "chapter", "section"
    ARTICLE, PARAGRAPH, ITEM, SUBITEM = "article", "paragraph", "item", "subitem"
    MARK = "mark"  # （三） alone


REFERENCES = (
    Level.PART,
    Level.CHAPTER,
    Level.SECTION,
    Level.ARTICLE,
    Level.PARAGRAPH,
    Level.ITEM,
    Level.SUBITEM,
)
_DIVISION = {"编": Level.PART, "分编": Level.PART, "章": Level.CHAPTER, "节": Level.SECTION}


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a citation.

    `numbers` are the values named, ranges inside the word expanded later: (first, last) pairs.
    `branch` is the K of 条之K. `bare` is True where 第 is missing; `typo` says what was misspelt.
    """

    level: Level
    start: int
    end: int
    text: str
    numbers: tuple[tuple[int, int], ...] = ()
    branch: int = 0
    bare: bool = False
    typo: str = ""


def tokenize(text: str) -> list[Token]:
    """Find all words that citations are made of, in the order of the text."""
    tokens = []
    for found in _TOKEN.finditer(text):
        kind = str(found.lastgroup) if found.lastgroup else ""
        token = _token(found, kind)
        if token is not None:
            tokens.append(token)
    return tokens


def _token(found: re.Match[str], kind: str) -> Token | None:
    start, end, text = found.start(), found.end(), found[0]
    if found["title"]:
        return Token(Level.TITLE, start, end, text)
    if found["self"]:
        return Token(Level.SELF, start, end, text)
    if found["same"]:
        return Token(Level.SAME, start, end, text)
    if found["relative"]:
        return Token(Level.RELATIVE, start, end, text)
    if found["article"]:
        bare = not found["adi"]
        typo = "“第”误作“笫”" if found["adi"] == "笫" else ""
        branch = read_numeral(found["ak"] or "") or 0
        return _numbered(Level.ARTICLE, found, found["an"], bare, branch, typo)
    if found["paragraph"]:
        typo = "“第”误作“等”" if found["pdi"] == "等" else ""
        return _numbered(Level.PARAGRAPH, found, found["pn"], not found["pdi"], 0, typo)
    if found["item"]:
        bare = not found["idi"]
        if bare and not found["in"].startswith(("（", "(")):
            return None  # 三项制度
        return _numbered(Level.ITEM, found, found["in"], bare)
    if found["subitem"]:
        return _numbered(Level.SUBITEM, found, found["sn"], not found["sdi"])
    if found["division"]:
        return _numbered(_DIVISION[found["dw"]], found, found["dn"], False)
    return _numbered(Level.MARK, found, found["mn"], True)


def _numbered(
    level: Level, found: re.Match[str], numbers: str, bare: bool, branch: int = 0, typo: str = ""
) -> Token | None:
    pairs = read_numbers(numbers)
    if not pairs:
        return None
    return Token(level, found.start(), found.end(), found[0], pairs, branch, bare, typo)


_PIECE = re.compile(rf"(?P<n>{_N})|(?P<range>至|到|－|-|—)")


def read_numbers(text: str) -> tuple[tuple[int, int], ...]:
    """Read `一、二至四` as ((1, 1), (2, 4)); empty when a number cannot be read."""
    pairs: list[tuple[int, int]] = []
    open_range = False
    for piece in _PIECE.finditer("".join(text.split())):
        if piece["range"]:
            open_range = bool(pairs)
            continue
        number = read_numeral(piece["n"])
        if number is None or number == 0:
            return ()
        if open_range and number > pairs[-1][0]:
            pairs[-1] = (pairs[-1][0], number)
        else:
            pairs.append((number, number))
        open_range = False
    return tuple(pairs)


def relative_word(text: str) -> tuple[str, str, int]:
    """Take 前两款 apart: (which: 本 前 该 上述, level word, how many)."""
    found = re.match(
        r"(本|各该|该|前|以上|上述各?|上一?|前一)(?:一)?([两二三四五六七八九十]|\d{1,2})?"
        r"(条款|款项|条|款|项|章|节|编)",
        text,
    )
    if not found:
        return ("", "", 0)
    which = {"各该": "该", "以上": "前", "上": "前", "上一": "前", "前一": "前", "上述各": "上述"}
    count = read_numeral(found[2]) if found[2] else 1
    return (which.get(found[1], found[1]), found[3], count or 1)
