"""The amended draft as a law text again: what was not touched is printed byte for byte."""

import re
from dataclasses import dataclass, replace

from riskwarn.law.amend_draft import Article, Draft, Heading, Part
from riskwarn.law.lines import division_mark
from riskwarn.law.tree import Kind
from riskwarn.records.law import split_article
from riskwarn.records.numerals import NUMERAL_CHARS, write_numeral

_SPACE = " \t\r\n\u3000\u00a0\u200b\ufeff"
_NUMBER = re.compile(
    rf"[第笫]\s*[{NUMERAL_CHARS}][{NUMERAL_CHARS}\s]*条(?:\s*之\s*[{NUMERAL_CHARS}]+)?"
)
_ORDINAL = re.compile(rf"[{NUMERAL_CHARS}]+")


@dataclass(frozen=True, slots=True)
class _Style:
    """How the file prints: line end, gap between paragraphs, indents, number heads, brackets."""

    gap: str
    indent: str
    item_indent: str
    marker: str
    wide: bool


def print_law(draft: Draft) -> str:
    """Print the draft.

    Gives:  the text with the line ends and the layout of the old file; headings that the old file
            broke into two lines stand on one.
    """
    style = _style(draft)
    out = [_front(draft, style)]
    order = {id(heading): at for at, heading in enumerate(draft.headings)}
    printed = 0
    for article in draft.articles:
        upto = order.get(id(article.heading), -1) + 1
        while printed < upto:
            _append(out, _heading(draft.headings[printed], style), style)
            printed += 1
        _article(out, article, style)
    for heading in draft.headings[printed:]:
        _append(out, _heading(heading, style), style)
    for rest in (draft.back, *(annex.words.text for annex in draft.annexes)):
        if rest:
            _append(out, rest, style)
    text = "".join(out)
    return text if text.endswith("\n") else text + "\n"


def _append(out: list[str], text: str, style: _Style) -> None:
    """Add a piece that begins a line."""
    if out and out[-1] and not out[-1].endswith("\n"):
        out.append(style.gap)
    out.append(text)


def _style(draft: Draft) -> _Style:
    crlf = "\r\n" if "\r\n" in draft.law.raw[:4000] else "\n"
    olds = [a for a in draft.by_key.values() if a.node is not None]
    parts = [n for a in olds for n in (a.node.children if a.node else ())]
    later = [n for n in parts if n.kind is Kind.PARAGRAPH and n.number > 1]
    items = [i for n in parts for i in n.children if i.kind is Kind.ITEM]
    gaps = [n.own[len(n.own.rstrip(_SPACE)) :] for n in parts]
    counts = sorted(
        {gap.count("\n") for gap in gaps if "\n" in gap},
        key=lambda c: (-sum(gap.count("\n") == c for gap in gaps), c),
    )
    marker = olds[0].node.own[: olds[0].node.marker] if olds and olds[0].node else "第一条 "
    return _Style(
        gap=crlf * (counts[0] if counts else 2),
        indent=_indent(later[0].own) if later else "",
        item_indent=_indent(items[0].own) if items else (_indent(later[0].own) if later else ""),
        marker=marker,
        wide=not items or "（" in items[0].own[: items[0].marker],
    )


def _indent(own: str) -> str:
    return own[: len(own) - len(own.lstrip(" \t\u3000\u00a0"))]


def _front(draft: Draft, style: _Style) -> str:
    front = draft.front
    preamble = [n.own for n in draft.law.root.children if n.kind is Kind.PREAMBLE]
    if draft.preamble and preamble:
        first, last = front.find(preamble[0]), front.find(preamble[-1])
        gap = preamble[-1][len(preamble[-1].rstrip(_SPACE)) :] or style.gap
        text = style.gap.join(draft.preamble) + gap
        front = front[:first] + text + front[last + len(preamble[-1]) :]
    renamed = [h for h in draft.headings if h.new_title and h.title]
    if renamed:
        front = "".join(_contents_line(line, renamed) for line in front.splitlines(keepends=True))
    if draft.title:
        title = next((n for n in draft.law.root.children if n.kind is Kind.TITLE), None)
        if title is not None:
            old = title.own_text.lstrip("# ")
            front = front.replace(old, draft.title, 1)
    return front


def _contents_line(line: str, renamed: list[Heading]) -> str:
    """A line of the 目录 follows the chapter that it names, and no other."""
    mark = division_mark(line.strip())
    for heading in renamed if mark else ():
        if mark and (mark.kind, mark.number) == (heading.kind, heading.old_number):
            return line.replace(heading.title, heading.new_title)
    return line


def _heading(heading: Heading, style: _Style) -> str:
    node = heading.node
    title = heading.new_title or heading.title
    if node is None:
        written = write_numeral(heading.wanted)
        word = {Kind.PART: "编", Kind.SUBPART: "分编", Kind.CHAPTER: "章"}.get(heading.kind, "节")
        return f"## 第{written}{word} {title}{style.gap}"
    head, body = node.own[: node.marker], node.own[node.marker :]
    number = heading.wanted or heading.old_number
    if number != heading.old_number:
        head = _ORDINAL.sub(write_numeral(number), head, count=1)
    tail = body[len(body.rstrip(_SPACE)) :]
    broken = len([line for line in body.splitlines() if line.strip(_SPACE)]) > 1
    if heading.new_title or broken:
        return head.rstrip("\r\n") + title + (tail or style.gap)
    return head + body


def _article(out: list[str], article: Article, style: _Style) -> None:
    node = article.node
    marker = node.own if node is not None else style.marker
    if node is None or article.new_key != article.key:
        number, branch = split_article(article.new_key)
        written = f"第{write_numeral(number)}条" + (f"之{write_numeral(branch)}" if branch else "")
        marker = _NUMBER.sub(written, marker, count=1)
    _append(out, marker, style)
    olds = [p.prefix for p in article.paragraphs if p.node is not None and p.number > 1]
    own = replace(style, indent=olds[-1]) if olds else style
    for at, part in enumerate(article.parts):
        _part(out, part, own, first=at == 0)


def _part(out: list[str], part: Part, style: _Style, first: bool = False) -> None:
    node = part.node
    same = node is not None and part.words.text == node.own_text
    same = (
        same and (part.kind is Kind.PARAGRAPH or part.head == node.own[: node.marker].strip(_SPACE))
        if node
        else False
    )
    moved = part.kind is Kind.PARAGRAPH and node is not None and (node.number == 1) != first
    if same and not moved and node is not None:
        if (not first and not node.own[:1].strip(_SPACE) and not _ends_line(out)) or (
            not first and not _ends_line(out) and not _inline(node.own)
        ):
            out.append(style.gap)
        out.append(node.own)
    else:
        if not first and not _ends_line(out):
            out.append(style.gap)
        indent = part.prefix
        if node is None or moved:
            indent = style.indent if part.kind is Kind.PARAGRAPH else style.item_indent
        suffix = part.suffix if node is not None and "\n" in part.suffix else style.gap
        head = part.head if style.wide else part.head.replace("（", "(").replace("）", ")")
        out.append(("" if first else indent) + head + part.words.text + suffix)
    for below in part.parts:
        _part(out, below, style)


def _ends_line(out: list[str]) -> bool:
    return bool(out) and out[-1].endswith("\n")


def _inline(own: str) -> bool:
    """Whether a 项 stands inside the line of its 款, as some sources print it."""
    return own.lstrip(_SPACE)[:1] in "（("
