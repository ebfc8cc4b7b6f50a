"""The evidence graph as SVG: layers by distance from the enterprise, readable at phone width."""

from markupsafe import Markup, escape

from riskwarn.outputs.gate import clean, mask_field
from riskwarn.outputs.layout import BOX_H, BOX_W, MIDDLE, WIDTH, Layout, Spot, lay_out
from riskwarn.outputs.words import NODE
from riskwarn.records.leads import Picture, PictureEdge, PictureNode
from riskwarn.terms import PersonalData

_LINE_CHARS = 8  # full-width characters of 12 px that fit into a box
_LABEL_HEIGHT = 13
_TRIES = (50, 62, 38, 74, 28, 84, 18)  # where on its line a label may stand, per cent
_MASKS = {"phone": PersonalData.PHONE, "address": PersonalData.ADDRESS}
_MARKER = (
    '<marker id="{name}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="9" markerHeight="9" '
    'markerUnits="userSpaceOnUse" orient="auto"><path class="{tone}" d="M0 0L8 4L0 8z"/></marker>'
)


def draw(picture: Picture, title: str) -> Markup:
    """Draw a picture.

    Gives:  SVG text; classes carry the colours, so light, dark and print are the style sheet's.
            The same picture always gives the same text.
    """
    layout = lay_out(picture)
    edges = sorted(picture.edges, key=lambda e: (e.on_path, e.source, e.target, e.kind))
    parts = [_line(edge, layout) for edge in edges]
    parts += [_box(node, layout.spots[node.key]) for node in picture.nodes]
    parts += _labels(picture, layout)
    markers = _MARKER.format(name="arrow", tone="tip")
    markers += _MARKER.format(name="arrow-path", tone="tip path")
    head = (
        f'<svg class="graph" viewBox="0 0 {WIDTH} {layout.height}" role="img" '
        f'aria-label="{escape(clean(title))}"><defs>{markers}</defs>'
    )
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704


def kinds(picture: Picture) -> list[tuple[str, str]]:
    """The legend: the kinds that occur, (class, word), in the order of the glossary."""
    found = {node.kind for node in picture.nodes}
    return [(kind, word) for kind, word in NODE.items() if kind in found]


def node_label(node: PictureNode) -> str:
    """A node's label as it may be shown."""
    return mask_field(node.label, _MASKS.get(node.kind, PersonalData.NONE))


def _box(node: PictureNode, at: Spot) -> str:
    label = node_label(node)
    kind = node.kind if node.kind in NODE else "outside"
    radius = 4 if kind in ("enterprise", "outside") else BOX_H // 2
    tone = f"n-{kind}" + (" focus" if node.hop == 0 else "") + (" marked" if node.mark else "")
    full = f"{NODE[kind]}：{label}" + (f"（{clean(node.mark)}）" if node.mark else "")
    lines = _wrap(label)
    first = at.y + BOX_H // 2 + (4 if len(lines) == 1 else -4)
    texts = "".join(
        f'<text x="{at.x}" y="{first + 15 * n}">{escape(line)}</text>'
        for n, line in enumerate(lines)
    )
    shape = f'x="{at.x - BOX_W // 2}" y="{at.y}" width="{BOX_W}" height="{BOX_H}" rx="{radius}"'
    return f'<g class="{tone}"><title>{escape(full)}</title><rect {shape}/>{texts}</g>'


def _line(edge: PictureEdge, layout: Layout) -> str:
    tone, marker = ("edge path", "arrow-path") if edge.on_path else ("edge", "arrow")
    arrow = f' marker-end="url(#{marker})"' if edge.directed else ""
    return f'<path class="{tone}" d="{layout.path(edge.source, edge.target)}"{arrow}/>'


def _labels(picture: Picture, layout: Layout) -> list[str]:
    """Labels over their lines, several between the same two nodes joined; path labels first."""
    words: dict[tuple[str, str], set[str]] = {}
    paths: set[tuple[str, str]] = set()
    for edge in picture.edges:
        ends = (min(edge.source, edge.target), max(edge.source, edge.target))
        words.setdefault(ends, set()).add(clean(edge.label))
        if edge.on_path:
            paths.add(ends)
    placed: list[tuple[int, int, int]] = []
    drawn = []
    for ends in sorted(words, key=lambda ends: (ends not in paths, ends)):
        text = "、".join(sorted(words[ends]))
        half = _text_width(text) // 2 + 4
        x, y = _free_spot(ends, half, layout, placed)
        placed.append((x, y, half))
        tone = "label path" if ends in paths else "label"
        drawn.append(f'<text class="{tone}" x="{x}" y="{y}">{escape(text)}</text>')
    return drawn


def _free_spot(
    ends: tuple[str, str], half: int, layout: Layout, placed: list[tuple[int, int, int]]
) -> tuple[int, int]:
    """The first place where a label covers no other, off the middle if it can; else the middle."""
    spots = []
    for per_cent in _TRIES:
        x, y = layout.point(*ends, per_cent)
        spots.append((min(max(x, half), WIDTH - half), y + 4))
    aside = [(x, y) for x, y in spots if abs(x - MIDDLE) >= half]
    for x, y in aside + spots:
        if all(abs(y - b) >= _LABEL_HEIGHT or abs(x - a) >= half + h for a, b, h in placed):
            return x, y
    return spots[0]


def _text_width(text: str) -> int:
    return sum(11 if ord(char) > 0x2E7F else 6 for char in text)


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
