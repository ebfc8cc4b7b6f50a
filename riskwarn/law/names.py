"""Names of laws as texts use them: full, without 中华人民共和国, short names a text defines."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from riskwarn.records.law import short_title

_NATIONAL = Path(__file__).with_name("national_laws.txt")
_VERBS = re.compile(
    r"依照|按照|依据|根据|违反|适用|符合|参照|执行|遵守|构成|属于|具有|援引|认定为|以及|或者|因此|免除"
    r"|触犯|实施了|[和与对将在除及的由是为犯有按]"
)
_LAW_LIKE = re.compile(
    r"[\u4e00-\u9fff]{1,24}(?:法典|法|条例|细则|办法|规定|解释|规则|公约|协定|修正案|规范|决定)$"
)
_KIND_WORDS = re.compile(
    r"(?:法|法典|条例|规定|办法|细则|决定|解释|规则|规范|通知|意见|标准|宪法|修正案|公告|规程|准则|纲要"
    r"|通则|批复|命令|制度|方案|办法（试行）|章程|指南|要求|暂行规定|答复|函|令|目录|公约|协定|议定书)"
    r"(?:[（(〔\[].{1,30}[）)〕\]])?$"
)
_DEFINED = re.compile(
    r"(?:《(?P<title>(?:[^《》\n]|《[^《》\n]*》)+)》|(?P<name>[\u4e00-\u9fff]{2,40}))"
    r"(?:[（(][^（）()\n]{0,30}[）)])?[（(][^（）()\n]{0,12}?以下(?:简)?称(?:为)?"
    r"[“\"]?(?:《(?P<quoted>[^》\n]{1,30})》|(?P<plain>[^》）)，、“”\"\n]{1,30}))[”\"]?[^（）()\n]{0,10}[）)]"
)


@cache
def national_laws() -> tuple[str, ...]:
    """Laws that others cite bare (民事诉讼法第一百一十九条) and a law book need not hold."""
    return tuple(_NATIONAL.read_text(encoding="utf-8").split())


def defined_names(text: str) -> dict[str, str]:
    """Read the short names that a text defines (以下简称《条例》).

    Gives:  short name → full title, both as filed (law.short_title).
    """
    names: dict[str, str] = {}
    for found in _DEFINED.finditer(text):
        full = found["title"] or _clean(found["name"] or "")
        short = found["quoted"] or found["plain"]
        looks_like_law = found["title"] or _LAW_LIKE.search(full)
        if full and short and looks_like_law:
            names[short_title(short)] = short_title(full)
    return names


def _clean(name: str) -> str:
    """Cut the words before a bare name off: 根据中华人民共和国刑法 → 中华人民共和国刑法."""
    return _VERBS.split(name)[-1]


def name_before(text: str, end: int, known: Mapping[str, str]) -> tuple[str, int]:
    """Find a bare law name that ends at an offset (刑法|第一百三十三条).

    Takes:  text; end, where the number begins; known, name → title, of this text and of the book.
    Gives:  (title, offset where the name begins), or ("", end) when there is none. A name that
            is not known but is formed like one is given as it stands.
    """
    stop = end
    while stop > 0 and text[stop - 1] in " \t\u3000\u00a0":
        stop -= 1
    window = text[max(0, stop - 40) : stop]
    cut = max(window.rfind(char) for char in "。；，、：\n《》“”（）()")
    window = window[cut + 1 :]
    for length in range(len(window), 1, -1):
        name = window[-length:]
        if name in known:
            return known[name], stop - length
        if name.startswith("中华人民共和国") and short_title(name) in known:
            return known[short_title(name)], stop - length
    name = _clean(window)
    if len(name) > 2 and _LAW_LIKE.fullmatch(name) and name[0] not in "本该同此前上":
        return short_title(name), stop - len(name)
    return "", end


def names_a_law(title: str) -> bool:
    """Whether a title in book marks is that of a law or document, not of a form or a work."""
    return bool(_KIND_WORDS.search(short_title(title)))
