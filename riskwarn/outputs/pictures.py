"""The evidence graph as SVG: layers by distance from the enterprise, readable at phone width."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from riskwarn.outputs.gate import clean, mask_field
from riskwarn.outputs.words import NODE
from riskwarn.records.leads import Picture, PictureEdge, PictureNode
from riskwarn.terms import PersonalData

_WIDTH = 360  # a phone's width: one unit is one pixel there
_PER_ROW = 3
_BOX_W, _BOX_H = 104, 40
_ROW_GAP = 46
_LINE_CHARS = 8  # full-width characters of 11.5 px that fit into a box
_MARGIN = 6
_MASKS = {
    "phone": PersonalData.PHONE,
    "address": PersonalData.ADDRESS,
}


@dataclass(frozen=True, slots=True)
class _Spot:
    x: int  # of the middle
    y: int  # of the upper edge


def draw(picture: Picture, title: str) -> Markup:
    """Draw a picture.

    Gives:  SVG text; classes carry the colours, so light, dark and print are the style sheet's.
            The same picture always gives the same text.
    """
    spots, height = _layout(picture)
    edges = sorted(picture.edges, key=lambda e: (e.on_path, e.source, e.target, e.kind))
    parts = [_line(edge, spots) for edge in edges]
    parts += [_box(node, spots[node.key]) for node in picture.nodes]
    parts += _labels(picture, spots)
    head = (
        f'<svg class="graph" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(clean(title))}"><defs>'
        '<marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto-start-reverse"><path class="tip" d="M0 0L8 4L0 8z"/>'
        "</marker></defs>"
    )
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704


def kinds(picture: Picture) -> list[tuple[str, str]]:
    """The legend: the kinds that occur, (class, word), in the order of the glossary."""
    found = {node.kind for node in picture.nodes}
    return [(kind, word) for kind, word in NODE.items() if kind in found]


def _layout(picture: Picture) -> tuple[Mapping[str, _Spot], int]:
    """Rows by hop, at most three boxes a row; nodes on the path stand in the middle."""
    on_path = {key for edge in picture.edges if edge.on_path for key in (edge.source, edge.target)}
    layers: dict[int, list[PictureNode]] = {}
    for node in picture.nodes:
        layers.setdefault(node.hop, []).append(node)
    spots: dict[str, _Spot] = {}
    y = _MARGIN
    for hop in sorted(layers):
        row = sorted(layers[hop], key=lambda n: (n.key not in on_path, n.kind, n.label, n.key))
        for start in range(0, len(row), _PER_ROW):
            chunk = _middle_first(row[start : start + _PER_ROW])
            step = _WIDTH // len(chunk)
            for place, node in enumerate(chunk):
                spots[node.key] = _Spot(step * place + step // 2, y)
            y += _BOX_H + _ROW_GAP
    return spots, y - _ROW_GAP + _MARGIN


def _middle_first(chunk: list[PictureNode]) -> list[PictureNode]:
    return [chunk[1], chunk[0], chunk[2]] if len(chunk) == _PER_ROW else chunk


def _box(node: PictureNode, at: _Spot) -> str:
    label = mask_field(node.label, _MASKS.get(node.kind, PersonalData.NONE))
    x, radius = at.x - _BOX_W // 2, 4 if node.kind in ("enterprise", "outside") else 20
    kind = node.kind if node.kind in NODE else "outside"
    tone = f"n-{kind}" + (" focus" if node.hop == 0 else "") + (" marked" if node.mark else "")
    full = f"{NODE.get(node.kind, '')}：{label}" + (f"（{clean(node.mark)}）" if node.mark else "")
    lines = _wrap(label)
    first = at.y + (_BOX_H // 2 + 4 if len(lines) == 1 else _BOX_H // 2 - 4)
    texts = "".join(
        f'<text x="{at.x}" y="{first + 14 * n}">{escape(line)}</text>'
        for n, line in enumerate(lines)
    )
    box = f'<rect x="{x}" y="{at.y}" width="{_BOX_W}" height="{_BOX_H}" rx="{radius}"/>'
    return f'<g class="{tone}"><title>{escape(full)}</title>{box}{texts}</g>'


def _line(edge: PictureEdge, spots: Mapping[str, _Spot]) -> str:
    a, b = spots[edge.source], spots[edge.target]
    tone = "edge path" if edge.on_path else "edge"
    arrow = ' marker-end="url(#arrow)"' if edge.directed else ""
    return f'<path class="{tone}" d="{_curve(a, b)}"{arrow}/>'


def _curve(a: _Spot, b: _Spot) -> str:
    """From box edge to box edge; inside one row an arc below, over several rows a bow aside."""
    if a.y == b.y:
        low = a.y + _BOX_H
        return f"M{a.x} {low}C{a.x} {low + 34} {b.x} {low + 34} {b.x} {low}"
    down = a.y < b.y
    start, end = (a.y + _BOX_H, b.y) if down else (a.y, b.y + _BOX_H)
    middle = (start + end) // 2
    if abs(a.y - b.y) <= _BOX_H + _ROW_GAP:
        return f"M{a.x} {start}C{a.x} {middle} {b.x} {middle} {b.x} {end}"
    aside = _aside(a, b)
    return f"M{a.x} {start}C{aside} {start} {aside} {end} {b.x} {end}"


def _aside(a: _Spot, b: _Spot) -> int:
    """Long lines pass between the columns of boxes, not through them."""
    middle = (a.x + b.x) // 2
    return middle - 62 if middle > _WIDTH // 2 else middle + 62


def _labels(picture: Picture, spots: Mapping[str, _Spot]) -> list[str]:
    """Edge labels over their lines; several between the same two nodes are joined."""
    words: dict[tuple[str, str], list[str]] = {}
    paths: set[tuple[str, str]] = set()
    for edge in picture.edges:
        ends = (min(edge.source, edge.target), max(edge.source, edge.target))
        text = clean(edge.label)
        if text not in words.setdefault(ends, []):
            words[ends].append(text)
        if edge.on_path:
            paths.add(ends)
    placed: list[tuple[int, int, int]] = []
    drawn = []
    for ends in sorted(words):
        text = "、".join(sorted(words[ends]))
        a, b = spots[ends[0]], spots[ends[1]]
        x, y = _label_spot(a, b)
        half = _text_width(text) // 2 + 3
        x = min(max(x, half), _WIDTH - half)
        while any(abs(y - py) < 13 and abs(x - px) < half + ph for px, py, ph in placed):
            y += 13
        placed.append((x, y, half))
        tone = "label path" if ends in paths else "label"
        drawn.append(f'<text class="{tone}" x="{x}" y="{y}">{escape(text)}</text>')
    return drawn


def _label_spot(a: _Spot, b: _Spot) -> tuple[int, int]:
    if a.y == b.y:
        return (a.x + b.x) // 2, a.y + _BOX_H + 30
    upper, lower = (a, b) if a.y < b.y else (b, a)
    if lower.y - upper.y <= _BOX_H + _ROW_GAP:
        return (a.x + b.x) // 2, (upper.y + _BOX_H + lower.y) // 2 + 4
    return (lower.x * 3 + _aside(a, b)) // 4, lower.y - 12


def _text_width(text: str) -> int:
    return sum(11 if ord(char) > 0x2E7F else 6 for char in text)


def _wrap(label: str) -> list[str]:
    """At most two lines; what does not fit ends in …, the whole label is the box's title."""
    lines, line, width = [], "", 0
    for char in label.replace("\n", " "):
        step = 2 if ord(char) > 0x2E7F else 1
        if width + step > 2 * _LINE_CHARS:
            lines.append(line)
            line, width = "", 0
        line, width = line + char, width + step
    lines.append(line)
    if len(lines) > 2:
        lines = [lines[0], lines[1][:-1] + "…"]
    return lines
