"""Quoted texts taken out of a decision: each becomes one private character.

New text opens with “ on every paragraph and closes once; nothing inside it is an instruction.
"""

import re
from dataclasses import dataclass

FIRST_MARK, LAST_MARK = 0xE000, 0xF8FF  # private characters stand for quoted texts


_BLANK = " \t\r\n\u3000\u00a0\u200b\ufeff"


_NUMERAL = "[一二三四五六七八九十百]+"


LEVELS = (
    re.compile(rf"(?P<no>{_NUMERAL})、\s*"),
    re.compile(rf"(?P<no>[（(]{_NUMERAL}[）)])\s*"),
    re.compile(r"(?P<no>\d{1,3})\s*[.．、]\s*(?!\d)"),
    re.compile(r"(?P<no>[（(]\d{1,3}[）)])\s*"),
)


_INSTRUCTS = re.compile(
    r"(?:将|在|对|把)(?:《[^》]*》|[^，。；：]{0,12}?法)?"
    r"第[一二三四五六七八九十百〇零\d]{1,6}[条章节款项][^。；]{0,160}?(?:修改为|改为|增加|删去|合并)"
    r"|第[一二三四五六七八九十百〇零\d]{1,6}[条章节款项][^。；“]{0,80}?(?:修改为|改为|增加|删去|合并)"
    r"|删去(?:《[^》]*》)?第|增加.{1,3}[条款项章]"
)


CLOSING = re.compile(
    r"^(?:本(?:决定|修正案)(?:自|公布|施行)|[《》\w〈〉、和及（）()“”]*根据本(?:决定|修正案)"
    r"|自本决定施行之日起)"
)


SETS_LAW = re.compile(
    r"^(?:将|在|对|删去|删除|修改)?\s*《(?P<title>(?:[^《》]|《[^《》]*》)+)》"
    r"(?P<rest>.*)$"
)


@dataclass(frozen=True, slots=True)
class Quote:
    """One quoted text: its paragraphs without the outer marks; `closed` False: no ” was found."""

    paragraphs: tuple[str, ...]
    closed: bool = True

    @property
    def words(self) -> str:
        return "".join(self.paragraphs)


@dataclass(slots=True)
class Masked:
    """The lines of a text with their numbers, its quotes, and what was odd."""

    lines: list[tuple[int, str]]
    quotes: list[Quote]
    odd: list[tuple[int, str]]


def mask_quotes(text: str, offset: int) -> Masked:
    """Put one private character for every quoted text; it may run over many paragraphs.

    Takes:  text; offset, lines that stand before it in the file.
    """
    made = Masked([], [], [])
    masked = made.lines
    open_: list[str] | None = None
    for number, raw in enumerate(text.split("\n"), 1 + offset):
        line = raw.strip(_BLANK).lstrip("#").replace("**", "").strip(_BLANK)
        if not line or line.startswith("<!--"):
            continue
        if open_ is not None and not line.startswith(("“", '"')) and _is_next_item(line):
            made.odd.append((number, "上一处引号没有结束，按到此为止处理"))
            masked[-1] = (masked[-1][0], masked[-1][1] + _keep(made, open_, closed=False))
            open_ = None
        out, open_ = _mask_line(line, open_, made)
        if out is None:
            continue
        awaited = masked and masked[-1][1].endswith(("：", ":"))
        opens_quote = not out or has_mark(out[:1])
        if masked and (out.startswith("\0") or (awaited and opens_quote)):
            masked[-1] = (masked[-1][0], masked[-1][1] + out.lstrip("\0"))
        else:
            masked.append((number, out.lstrip("\0")))
    if open_ is not None and masked:
        made.odd.append((masked[-1][0], "引号到文末没有结束"))
        masked[-1] = (masked[-1][0], masked[-1][1] + _keep(made, open_, closed=False))
    return made


def _is_next_item(line: str) -> bool:
    """Whether a line instructs, though a quotation before it was never closed."""
    level, _, rest = numbered(line)
    return bool(
        _INSTRUCTS.match(rest) or CLOSING.match(line) or (level == 0 and SETS_LAW.match(rest))
    )


def _keep(made: Masked, paragraphs: list[str], closed: bool = True) -> str:
    inner = tuple(p.translate(str.maketrans("‘’", "“”")) for p in paragraphs if p)
    made.quotes.append(Quote(inner, closed))
    return chr(FIRST_MARK + len(made.quotes) - 1)


def _mask_line(
    line: str, open_: list[str] | None, made: Masked
) -> tuple[str | None, list[str] | None]:
    """Mask one line; `open_` are the paragraphs of a quotation that is still open."""
    inside = open_ is not None
    depth = 1 if inside else 0
    if open_ is not None:
        line = line[1:] if line[:1] in ("“", '"') else line
        open_.append("")
    out = "\0" if inside else ""
    for char in line:
        opens = char == "“" or (char == '"' and not depth)
        closes = char == "”" or (char == '"' and depth == 1)
        if opens:
            depth += 1
            if depth == 1:
                open_ = [""]
                continue
        elif closes and depth:
            depth -= 1
            if depth == 0 and open_ is not None:
                out += _keep(made, open_)
                open_ = None
                continue
        if depth and open_ is not None:
            open_[-1] += char
        else:
            out += char
    if inside and out == "\0" and open_ is not None:
        return None, open_
    return out, open_


def has_mark(line: str) -> bool:
    return any(FIRST_MARK <= ord(char) <= LAST_MARK for char in line)


def numbered(line: str) -> tuple[int, str, str]:
    for level, pattern in enumerate(LEVELS):
        found = pattern.match(line)
        if found:
            return level, found["no"].translate(str.maketrans("()", "（）")), line[found.end() :]
    return -1, "", line
