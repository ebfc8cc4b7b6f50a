"""The evidence graph as SVG: the path of the risk straight down, the rest as an outline beside."""

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup, escape

from riskwarn.outputs.gate import clean, mask_field
from riskwarn.outputs.layout import (
    BOX_H,
    BOX_W,
    SPINE_X,
    STUB,
    WIDTH,
    Layout,
    Spot,
    lay_out,
)
from riskwarn.outputs.words import NODE
from riskwarn.records.leads import Picture, PictureEdge, PictureNode
from riskwarn.terms import PersonalData

_LINE_CHARS = 10  # full-width characters of 12 px that fit into a box
_WORDS_GAP, _LINE_HEIGHT, _LINES = 7, 14, 3  # words beside a box
_FIRST_KINDS = ("legal_rep", "shareholding")  # then the others, by their words
_MASKS = {"phone": PersonalData.PHONE, "address": PersonalData.ADDRESS}
Pair = tuple[str, str]


def draw(picture: Picture, title: str) -> Markup:
    """Draw a picture.

    Gives:  SVG text; classes carry the colours, so light, dark and print are the style sheet's.
            The same picture always gives the same text.
    """
    layout = lay_out(picture)
    edges = _by_pair(picture.edges)
    nodes = {node.key: node for node in picture.nodes}
    numbers = _numbers(layout)
    lines = sorted(layout.spots.items(), key=lambda pair: pair[1].on_path)  # the path over others
    parts = [_line(key, spot, layout, edges) for key, spot in lines]
    parts += [_box(nodes[key], spot, numbers.get(key)) for key, spot in layout.spots.items()]
    parts += [_words(nodes[key], layout, edges, numbers) for key in layout.spots]
    head = (
        f'<svg class="graph" viewBox="0 0 {WIDTH} {layout.height}" role="img" '
        f'aria-label="{escape(clean(title))}">'
    )
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704


def kinds(picture: Picture) -> list[tuple[str, str]]:
    """The legend: the kinds that occur, (class, word), in the order of the glossary."""
    found = {node.kind for node in picture.nodes}
    return [(kind, word) for kind, word in NODE.items() if kind in found]


def has_numbers(picture: Picture) -> bool:
    """Whether a box is pointed to by its number."""
    return bool(lay_out(picture).others)


def node_label(node: PictureNode) -> str:
    """A node's label as it may be shown."""
    return mask_field(node.label, _MASKS.get(node.kind, PersonalData.NONE))


def _by_pair(edges: Sequence[PictureEdge]) -> dict[Pair, list[PictureEdge]]:
    found: dict[Pair, list[PictureEdge]] = {}
    for edge in edges:
        found.setdefault(_pair(edge.source, edge.target), []).append(edge)
    return found


def _pair(a: str, b: str) -> Pair:
    return (a, b) if a < b else (b, a)


def _numbers(layout: Layout) -> dict[str, int]:
    """Number the boxes that words point to, from top to bottom."""
    pointed = {other for others in layout.others.values() for other in others}
    return {key: n for n, key in enumerate((k for k in layout.spots if k in pointed), 1)}


def _line(key: str, spot: Spot, layout: Layout, edges: Mapping[Pair, Sequence[PictureEdge]]) -> str:
    """The line from a box to the one that it hangs on, with a tip where an edge has a direction."""
    if spot.parent is None:
        return ""
    upper = layout.spots[spot.parent]
    found = edges.get(_pair(key, spot.parent), ())
    to_here = any(edge.directed and edge.target == key for edge in found)
    to_there = any(edge.directed and edge.source == key for edge in found)
    if spot.on_path:
        top, x = upper.y + BOX_H, SPINE_X
        tips = [f"M{x - 5} {spot.y - 9}L{x} {spot.y}L{x + 5} {spot.y - 9}z"] if to_here else []
        tips += [f"M{x - 5} {top + 9}L{x} {top}L{x + 5} {top + 9}z"] if to_there else []
        return _stroke(f"M{x} {top}V{spot.y}", tips, " path")
    rail, y = spot.x - STUB, spot.middle
    if rail > upper.x:
        start = f"M{rail} {upper.y + BOX_H}"
    else:  # too deep for a further step to the right
        start = f"M{upper.x} {upper.middle}H{rail}"
    tips = [f"M{spot.x - 9} {y - 4}L{spot.x} {y}L{spot.x - 9} {y + 4}z"] if to_here else []
    tips += [f"M{spot.x - 3} {y - 4}L{rail} {y}L{spot.x - 3} {y + 4}z"] if to_there else []
    return _stroke(f"{start}V{y}H{spot.x}", tips, "")


def _stroke(path: str, tips: Sequence[str], tone: str) -> str:
    line = f'<path class="edge{tone}" d="{path}"/>'
    return line + "".join(f'<path class="tip{tone}" d="{tip}"/>' for tip in tips)


def _box(node: PictureNode, at: Spot, number: int | None) -> str:
    label = node_label(node)
    kind = node.kind if node.kind in NODE else "outside"
    radius = 4 if kind in ("enterprise", "outside") else BOX_H // 2
    tone = f"n-{kind}" + (" focus" if node.hop == 0 else "") + (" marked" if node.mark else "")
    full = f"{NODE[kind]}：{label}" + (f"（{clean(node.mark)}）" if node.mark else "")
    lines = _wrap(label)
    first = at.middle + (4 if len(lines) == 1 else -4)
    texts = "".join(
        f'<text x="{at.x + BOX_W // 2}" y="{first + 15 * n}">{escape(line)}</text>'
        for n, line in enumerate(lines)
    )
    shape = f'x="{at.x}" y="{at.y}" width="{BOX_W}" height="{BOX_H}" rx="{radius}"'
    badge = ""
    if number is not None:
        badge = f'<circle cx="{at.x + 2}" cy="{at.y + 2}" r="8"/>'
        badge += f'<text class="number" x="{at.x + 2}" y="{at.y + 6}">{number}</text>'
    return f'<g class="{tone}"><title>{escape(full)}</title><rect {shape}/>{texts}{badge}</g>'


def _words(
    node: PictureNode,
    layout: Layout,
    edges: Mapping[Pair, Sequence[PictureEdge]],
    numbers: Mapping[str, int],
) -> str:
    """What links a box to the one above it, and its other links by number, beside the box."""
    spot = layout.spots[node.key]
    said = _link(edges.get(_pair(node.key, spot.parent), ())) if spot.parent else ""
    parts = []
    if spot.on_path:
        if said:
            parts.append(_text("label path", SPINE_X + 10, spot.y - 9, said, said))
        beside, tone = clean(node.mark), "label path"
    else:
        beside, tone = said, "label"
    x = spot.x + BOX_W + _WORDS_GAP
    rows = [(tone, line) for line in _fill(beside, WIDTH - x)]
    others = "、".join(
        f"{numbers[other]} {_link(edges[_pair(node.key, other)], sep='·')}"
        for other in layout.others.get(node.key, ())
    )
    rows += [("label", line) for line in _fill(f"另连 {others}" if others else "", WIDTH - x)]
    full = "；".join(text for text in (beside, f"另连 {others}" if others else "") if text)
    if len(rows) > _LINES:
        rows = [*rows[: _LINES - 1], (rows[_LINES - 1][0], rows[_LINES - 1][1][:-1] + "…")]
    first = spot.middle + 4 - _LINE_HEIGHT * (len(rows) - 1) // 2
    parts += [
        _text(row_tone, x, first + _LINE_HEIGHT * n, line, full)
        for n, (row_tone, line) in enumerate(rows)
    ]
    return "".join(parts)


def _text(tone: str, x: int, y: int, text: str, full: str) -> str:
    hover = f"<title>{escape(full)}</title>" if full != text else ""
    return f'<text class="{tone}" x="{x}" y="{y}">{hover}{escape(text)}</text>'


def _link(edges: Sequence[PictureEdge], sep: str = "、") -> str:
    """All links between two nodes in one label: 法定代表人、持股 100%."""

    def order(edge: PictureEdge) -> tuple[int, str]:
        known = edge.kind in _FIRST_KINDS
        return _FIRST_KINDS.index(edge.kind) if known else len(_FIRST_KINDS), edge.label

    return sep.join(dict.fromkeys(clean(edge.label) for edge in sorted(edges, key=order)))


def _fill(text: str, width: int) -> list[str]:
    """Lines of at most `width` px at 11 px a character, broken behind 、 where that fits."""
    lines, line, used = [], "", 0
    for piece in _pieces(text, width):
        size = _text_width(piece)
        if line and used + size > width:
            lines.append(line)
            line, used = "", 0
        line, used = line + piece, used + size
    return [*lines, line] if line else lines


def _pieces(text: str, width: int) -> Iterator[str]:
    """Words with their 、; one that is too wide for a line falls into its characters."""
    parts = text.split("、")
    for n, part in enumerate(parts):
        piece = part + ("、" if n + 1 < len(parts) else "")
        if _text_width(piece) <= width:
            yield piece
        else:
            yield from piece


def _text_width(text: str) -> int:
    return sum(11 if ord(char) > 0x2E7F else 7 for char in text)


def _wrap(label: str) -> list[str]:
    """At most two lines of even length; what does not fit ends in …, the title has it whole."""
    widths = [2 if ord(char) > 0x2E7F else 1 for char in label]
    if sum(widths) <= 2 * _LINE_CHARS:
        return [label]
    limit = min(max((sum(widths) + 1) // 2 + 1, _LINE_CHARS), 2 * _LINE_CHARS)
    lines, line, used = [], "", 0
    for char, width in zip(label, widths, strict=True):
        if used + width > limit:
            lines.append(line)
            line, used = "", 0
        line, used = line + char, used + width
    lines.append(line)
    return lines if len(lines) <= 2 else [lines[0], lines[1][:-1] + "…"]
