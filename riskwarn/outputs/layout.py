"""Where the boxes and lines of a picture stand.

The path that explains the risk runs straight down the middle, the enterprise on top; what else is
linked stands left and right of it, in rows between. Integers only.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from riskwarn.records.leads import Picture, PictureNode

WIDTH = 360  # a phone's width: one unit is about one pixel there
BOX_W, BOX_H = 112, 42
_LEFT, MIDDLE, _RIGHT = 62, 180, 298
_BESIDE = (90, 270)  # where a line passes a box that stands in the middle
_GAP = 46  # between rows, before lines ask for more
_ARC = 17  # how much lower the next line between two boxes of one row runs
_MARGIN = 4
_ASIDE = 14  # lines of one row leave beside the middle, where the others leave


@dataclass(frozen=True, slots=True)
class Spot:
    """A box: the middle of its upper edge, and its row."""

    x: int
    y: int
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Boxes by node key, the arcs' depths by pair, the gaps to pass through in each row."""

    spots: Mapping[str, Spot]
    arcs: Mapping[tuple[str, str], int]
    gutters: Sequence[Sequence[int]]
    tops: Sequence[int]
    height: int

    def path(self, source: str, target: str) -> str:
        """The line from box edge to box edge as SVG path data."""
        if (low := self.arcs.get(_pair(source, target))) is not None:
            (a, b), floor = self._arc_ends(source, target), self.spots[source].y + BOX_H
            return f"M{a} {floor}C{a} {floor + low} {b} {floor + low} {b} {floor}"
        points = self._points(source, target)
        text = f"M{points[0][0]} {points[0][1]}"
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            middle = (y0 + y1) // 2
            text += f"C{x0} {middle} {x1} {middle} {x1} {y1}" if x0 != x1 else f"L{x1} {y1}"
        return text

    def point(self, source: str, target: str, per_cent: int) -> tuple[int, int]:
        """A point on the line; on a line of several stretches, on the one beside the middle."""
        t, u = per_cent, 100 - per_cent
        if (low := self.arcs.get(_pair(source, target))) is not None:
            (a, b), floor = self._arc_ends(source, target), self.spots[source].y + BOX_H
            x = (a * u**3 + 3 * a * u * u * t + 3 * b * u * t * t + b * t**3) // 10**6
            return x, floor + 3 * low * u * t // 10**4
        points = self._points(source, target)
        if points[0][1] > points[-1][1]:
            points = points[::-1]
        stretch = list(itertools.pairwise(points))
        (x0, y0), (x1, y1) = stretch[0] if points[0][0] != MIDDLE else stretch[-1]
        x = (x0 * (u**3 + 3 * u * u * t) + x1 * (3 * u * t * t + t**3)) // 10**6
        middle = (y0 + y1) // 2
        y = (y0 * u**3 + 3 * middle * u * t * (u + t) + y1 * t**3) // 10**6
        return x, y

    def _arc_ends(self, source: str, target: str) -> tuple[int, int]:
        a, b = self.spots[source].x, self.spots[target].x
        return (a + _ASIDE, b - _ASIDE) if a < b else (a - _ASIDE, b + _ASIDE)

    def _points(self, source: str, target: str) -> list[tuple[int, int]]:
        """Corners of a line over rows: through the gaps of the rows that lie between."""
        a, b = self.spots[source], self.spots[target]
        upper, lower = (a, b) if a.row < b.row else (b, a)
        points = [(upper.x, upper.y + BOX_H)]
        for row in range(upper.row + 1, lower.row):
            share = (row - upper.row) * (lower.x - upper.x) // (lower.row - upper.row)
            wanted = upper.x + share
            x = min(self.gutters[row], key=lambda gap: (abs(gap - wanted), gap))
            points += [(x, self.tops[row]), (x, self.tops[row] + BOX_H)]
        points.append((lower.x, lower.y))
        return points if upper is a else points[::-1]


def lay_out(picture: Picture) -> Layout:
    """Place every node of a picture."""
    beside: dict[str, set[str]] = {node.key: set() for node in picture.nodes}
    for edge in picture.edges:
        beside[edge.source].add(edge.target)
        beside[edge.target].add(edge.source)
    rows = _rows(_spine(picture), picture.nodes, beside)
    row_of = {key: number for number, row in enumerate(rows) for key in row}
    place = {key: x for row in rows for key, x in row.items()}
    arcs = _arcs(beside, row_of, place)
    deepest = [
        max((arcs[p] for p in arcs if row_of[p[0]] == n), default=0) for n in range(len(rows))
    ]
    tops, y = [], _MARGIN
    for low in deepest:
        tops.append(y)
        y += BOX_H + max(_GAP, low * 3 // 4 + 30)
    return Layout(
        spots={key: Spot(place[key], tops[row_of[key]], row_of[key]) for key in place},
        arcs=arcs,
        gutters=[_BESIDE if MIDDLE in row.values() else (MIDDLE,) for row in rows],
        tops=tops,
        height=tops[-1] + BOX_H + deepest[-1] * 3 // 4 + (14 if deepest[-1] else 0) + _MARGIN,
    )


def _spine(picture: Picture) -> list[str]:
    """The path's nodes in order, or the enterprise alone."""
    on_path = {key for edge in picture.edges if edge.on_path for key in (edge.source, edge.target)}
    focus = [node.key for node in picture.nodes if node.hop == 0]
    return focus + [n.key for n in picture.nodes if n.key in on_path and n.key not in focus]


def _rows(
    spine: Sequence[str], nodes: Sequence[PictureNode], beside: Mapping[str, set[str]]
) -> list[dict[str, int]]:
    """Rows of node → place: a node of the spine, then those that hang on it, two a row."""
    level = {key: number for number, key in enumerate(spine)}
    hanging: dict[int, list[str]] = {number: [] for number in level.values()}
    waiting = [n for n in sorted(nodes, key=_side_order) if n.key not in level]
    while waiting:
        rest = []
        for node in waiting:
            known = [level[other] for other in beside[node.key] if other in level]
            if known:
                hanging[min(known)].append(node.key)
            else:
                rest.append(node)
        placed = {key: number for number, keys in hanging.items() for key in keys}
        level |= placed
        if len(rest) == len(waiting):  # linked to nothing shown: to the last row
            hanging[len(spine) - 1] += [node.key for node in rest]
            rest = []
        waiting = rest
    rows: list[dict[str, int]] = []
    for number, key in enumerate(spine):
        rows.append({key: MIDDLE})
        rows.extend(_beside_spine(hanging[number], beside))
    return rows


def _beside_spine(keys: Sequence[str], beside: Mapping[str, set[str]]) -> list[dict[str, int]]:
    """Two even columns; where both are free, below a node that this one is linked to."""
    left: list[str] = []
    right: list[str] = []
    for key in keys:
        links = [sum(other in beside[key] for other in column) for column in (left, right)]
        to_right = len(left) > len(right) or (len(left) == len(right) and links[1] > links[0])
        (right if to_right else left).append(key)
    rows = []
    for number in range(max(len(left), len(right))):
        row = {left[number]: _LEFT} if number < len(left) else {}
        rows.append(row | ({right[number]: _RIGHT} if number < len(right) else {}))
    return rows


def _side_order(node: PictureNode) -> tuple[int, str, str, str]:
    return node.hop, node.kind, node.label, node.key


def _arcs(
    beside: Mapping[str, set[str]], row_of: Mapping[str, int], place: Mapping[str, int]
) -> dict[tuple[str, str], int]:
    """Lines between boxes of one row run below it, the shortest first, each a step deeper."""
    pairs = {
        _pair(a, b)
        for a, others in beside.items()
        for b in others
        if a != b and row_of[a] == row_of[b]
    }
    order = sorted(pairs, key=lambda p: (row_of[p[0]], abs(place[p[0]] - place[p[1]]), p))
    arcs: dict[tuple[str, str], int] = {}
    for pair in order:
        earlier = sum(row_of[other[0]] == row_of[pair[0]] for other in arcs)
        arcs[pair] = (20 + _ARC * earlier) * 4 // 3
    return arcs


def _pair(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)
