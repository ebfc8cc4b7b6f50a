"""Kernels of the pictures: all edges at a node, walks around one enterprise, the strongest path."""

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from riskwarn.jit import kernel

if TYPE_CHECKING:
    from riskwarn.graph.kernels import I32, I64, Bool

MAX_NODES = 2_000  # nodes of a walk; edges read at one node
_SLOTS = 8_192  # of a walk's table of nodes: a power of two, at least four times MAX_NODES


class Ways(NamedTuple):
    """All edges by either end: those at node u are edge[pointers[u]:pointers[u + 1]].

    First the edges from the node, then those to it, each in the graph's order. `type_bp` is the
    strength of each type's edges, −1 where an edge has its own (`share_bp`, `least_bp` at least).
    """

    pointers: "I32 | I64"
    edge: "I32"
    source: "I32"
    target: "I32"
    share_bp: "I32"
    type_ends: "I64"  # behind the last edge of each type
    type_bp: "I64"
    least_bp: int
    most_bp: int
    hub: "Bool"
    entities: int


@kernel
def index_edges(pointers: "I32 | I64", source: "I32", target: "I32") -> "I32":
    """Sort edge numbers by both their ends; fills pointers (two longer than nodes, zeros).

    Gives: i32[2 · edges]; afterwards pointers[:-1] are those of `Ways`.
    """
    for k in range(source.size):
        pointers[source[k] + 2] += 1
        pointers[target[k] + 2] += 1
    for i in range(2, pointers.size):
        pointers[i] += pointers[i - 1]
    edge = np.empty(2 * source.size, np.int32)
    for k in range(source.size):
        edge[pointers[source[k] + 1]] = k
        pointers[source[k] + 1] += 1
    for k in range(source.size):
        edge[pointers[target[k] + 1]] = k
        pointers[target[k] + 1] += 1
    return edge


@kernel
def _strength(ways: Ways, edge: int) -> int:
    """Give an edge's strength, basis points."""
    kind = 0
    while edge >= ways.type_ends[kind]:
        kind += 1
    if ways.type_bp[kind] >= 0:
        return int(ways.type_bp[kind])
    return min(max(int(ways.share_bp[edge]), ways.least_bp), ways.most_bp)


@kernel
def _other(ways: Ways, edge: int, node: int) -> int:
    source = int(ways.source[edge])
    return int(ways.target[edge]) if source == node else source


@kernel
def _last(ways: Ways, node: int) -> int:
    """Where the entries at a node end; of a node with very many edges only the first are read."""
    return min(int(ways.pointers[node + 1]), int(ways.pointers[node]) + MAX_NODES)


@kernel
def _slot(keys: "I32", node: int) -> int:
    """Find where a node stands in a table of nodes (−1 empty), or where it may be put."""
    place = (node * 0x9E3779B1) & (keys.size - 1)
    while keys[place] >= 0 and keys[place] != node:
        place = (place + 1) & (keys.size - 1)
    return place


@kernel
def _strongest_first(ways: Ways, node: int) -> "I64":
    """Nodes beside a node, over the strongest edges first, then by number."""
    first, last = ways.pointers[node], _last(ways, node)
    found = np.empty(last - first, np.int64)
    for k in range(first, last):
        edge = ways.edge[k]
        weakness = ways.most_bp - _strength(ways, edge)
        found[k - first] = (weakness << 32) | _other(ways, edge, node)
    found.sort()
    for i in range(found.size):
        found[i] &= 0xFFFFFFFF
    return found


@kernel
def surround(ways: Ways, ent: int, max_hops: int) -> "I32":
    """Breadth-first over nodes; hubs are met but not passed. A hop leads to an enterprise.

    Gives: the nodes in the order they are met, at most MAX_NODES, the centre first.
    """
    keys = np.full(_SLOTS, -1, np.int32)
    queue, hops = np.empty(MAX_NODES, np.int32), np.zeros(MAX_NODES, np.int32)
    queue[0], end, at = ent, 1, 0
    keys[_slot(keys, ent)] = ent
    while at < end < MAX_NODES:
        node = queue[at]
        step = hops[at] + (1 if node < ways.entities else 0)
        at += 1
        if step > max_hops or (node != ent and ways.hub[node]):
            continue
        for other in _strongest_first(ways, node):
            place = _slot(keys, other)
            if keys[place] < 0 and end < MAX_NODES:
                keys[place] = other
                queue[end] = other
                hops[end] = step
                end += 1
    return queue[:end].copy()


@kernel
def edges_among(ways: Ways, shown: "I32") -> "I32":
    """Give the numbers of the edges among some nodes, not sorted, some twice."""
    keys = np.full(_SLOTS, -1, np.int32)
    room = 0
    for node in shown:
        keys[_slot(keys, node)] = node
        room += _last(ways, node) - ways.pointers[node]
    found, count = np.empty(room, np.int32), 0
    for node in shown:
        for k in range(ways.pointers[node], _last(ways, node)):
            edge = ways.edge[k]
            if keys[_slot(keys, _other(ways, edge, node))] >= 0:
                found[count] = edge
                count += 1
    return found[:count].copy()


@kernel
def _listed(wanted: "I32", node: int) -> bool:
    place = np.searchsorted(wanted, node)
    return bool(place < wanted.size and wanted[place] == node)


@kernel
def search(ways: Ways, ent: int, wanted: "I32", cost: "I64", max_hops: int) -> "tuple[I32, I32]":
    """Dijkstra over (node, hops), the cheapest first; stops at the first of `wanted` it settles.

    A node is settled again only with fewer hops than before, so that the bound on hops costs no
    path. Nothing leaves a hub: a hub enterprise may be where a path ends, never where it passes.
    Takes: wanted, sorted nodes; cost, by strength in basis points.
    Gives: the path's nodes and edges from its end back to the enterprise; none when there is none.
    """
    keys, fewest = np.full(_SLOTS, -1, np.int32), np.zeros(_SLOTS, np.int32)
    heap: Any = [(0, ent, 0, 0)]  # cost, node, hops, place among the steps
    steps: Any = [(ent, -1, -1)]  # node, edge, place of the step before
    settled = 0
    while len(heap) > 0 and settled < MAX_NODES:
        spent, node, hops, place = heappop(heap)
        slot = _slot(keys, node)
        if keys[slot] >= 0 and fewest[slot] <= hops:
            continue
        settled += 1 if keys[slot] < 0 else 0
        keys[slot] = node
        fewest[slot] = hops
        if node != ent and _listed(wanted, node):
            return _back(steps, place)
        step = hops + (1 if node < ways.entities else 0)
        if step > max_hops or (node != ent and ways.hub[node]):
            continue
        for k in range(ways.pointers[node], _last(ways, node)):
            edge = int(ways.edge[k])
            other = _other(ways, edge, node)
            if other >= ways.entities and ways.hub[other]:
                continue
            slot = _slot(keys, other)
            if keys[slot] < 0 or fewest[slot] > step:
                more = int(cost[_strength(ways, edge)])
                heappush(heap, (spent + more, np.int64(other), step, len(steps)))
                steps.append((np.int64(other), np.int64(edge), place))
    return np.empty(0, np.int32), np.empty(0, np.int32)


@kernel
def _back(steps: "list[tuple[int, int, int]]", place: int) -> "tuple[I32, I32]":
    length, at = 0, place
    while at >= 0:
        length += 1
        at = steps[at][2]
    nodes, edges = np.empty(length, np.int32), np.empty(length - 1, np.int32)
    at = place
    for i in range(length):
        nodes[i] = steps[at][0]
        if i < length - 1:
            edges[i] = steps[at][1]
        at = steps[at][2]
    return nodes, edges
