"""Where the boxes and lines of a picture stand: an outline that cannot tangle.

The path that explains the risk runs straight down the left edge, the enterprise on top. What hangs
on a node stands below it, one box a row and one step to the right, so no line crosses a box. A link
that the outline has no line for is said in words beside the later of its two boxes. Integers only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from riskwarn.records.leads import Picture, PictureNode

WIDTH = 360  # a phone's width: one unit is about one pixel there
BOX_W, BOX_H = 136, 40
SPINE_X = 20  # the path's line, inside the boxes that it joins
STUB = 12  # from a rail to the box that hangs on it
_LEFT = 8
_FIRST_STEP, _STEP, _STEPS = 44, 30, 5  # deeper than five steps, boxes stay below each other
_GAP = 10
_PATH_GAP = 26  # above a box of the path: room for the words of the link
_MARGIN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A box: its upper left corner, and the node it hangs on; `on_path` when it is on the spine."""

    x: int
    y: int
    parent: str | None
    on_path: bool

    @property
    def middle(self) -> int:
        return self.y + BOX_H // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Boxes by node key from top to bottom; the links without a line, later node → earlier."""

    spots: Mapping[str, Spot]
    others: Mapping[str, Sequence[str]]
    height: int


def lay_out(picture: Picture) -> Layout:
    """Place every node of a picture."""
    beside: dict[str, set[str]] = {node.key: set() for node in picture.nodes}
    for edge in picture.edges:
        if edge.source != edge.target:
            beside[edge.source].add(edge.target)
            beside[edge.target].add(edge.source)
    spine = _spine(picture)
    parents = _parents(spine, picture.nodes, beside)
    spots: dict[str, Spot] = {}
    y = _MARGIN
    for key, depth in _rows(spine, parents):
        on_path = depth == 0
        y += _PATH_GAP - _GAP if on_path and spots else 0
        x = _LEFT + (0 if on_path else _FIRST_STEP + _STEP * (min(depth, _STEPS) - 1))
        spots[key] = Spot(x=x, y=y, parent=parents[key], on_path=on_path)
        y += BOX_H + _GAP
    others: dict[str, list[str]] = {}
    above: list[str] = []
    for key, spot in spots.items():
        found = [other for other in above if other in beside[key] and other != spot.parent]
        others |= {key: found} if found else {}
        above.append(key)
    return Layout(spots=spots, others=others, height=y - _GAP + _MARGIN)


def _spine(picture: Picture) -> list[str]:
    """The path's nodes in order, or the enterprise alone."""
    on_path = {key for edge in picture.edges if edge.on_path for key in (edge.source, edge.target)}
    focus = [node.key for node in picture.nodes if node.hop == 0]
    return focus + [n.key for n in picture.nodes if n.key in on_path and n.key not in focus]


def _parents(
    spine: Sequence[str], nodes: Sequence[PictureNode], beside: Mapping[str, set[str]]
) -> dict[str, str | None]:
    """On which node each hangs: step by step from the spine, on the earliest that it is linked to.

    The path's own nodes hang on each other; what is linked to nothing shown hangs on the last.
    """
    parents: dict[str, str | None] = {spine[0]: None} if spine else {}
    parents |= dict(zip(spine[1:], spine, strict=False))
    front = list(spine)
    waiting = [node.key for node in sorted(nodes, key=_order) if node.key not in parents]
    while waiting:
        found = {key: next((o for o in front if o in beside[key]), None) for key in waiting}
        reached = [key for key in waiting if found[key] is not None]
        if not reached:
            parents |= dict.fromkeys(waiting, spine[-1] if spine else None)
            break
        parents |= {key: found[key] for key in reached}
        waiting = [key for key in waiting if key not in reached]
        front = reached
    return parents


def _rows(spine: Sequence[str], parents: Mapping[str, str | None]) -> list[tuple[str, int]]:
    """Keys from top to bottom, each with its depth; what hangs on a node follows it directly."""
    hanging: dict[str | None, list[str]] = {}
    for key, parent in parents.items():
        if key not in spine:
            hanging.setdefault(parent, []).append(key)
    rows: list[tuple[str, int]] = []
    stack = [(key, 0) for key in reversed(spine)]
    while stack:
        key, depth = stack.pop()
        rows.append((key, depth))
        stack += [(child, depth + 1) for child in reversed(hanging.get(key, []))]
    return rows


def _order(node: PictureNode) -> tuple[bool, int, str, str, str]:
    return not node.mark, node.hop, node.kind, node.label, node.key
