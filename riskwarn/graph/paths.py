"""What a picture shows: the surroundings of one enterprise, the strongest path to a risk."""

import math
from collections.abc import Collection, Container, Iterator, Mapping, Set
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy as np

from riskwarn.constants import FULL_SHARE_BP
from riskwarn.graph.graph import Graph, Links, describe
from riskwarn.records.graph import EDGE_TYPES, EgoNetwork, GraphEdge, GraphPath

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_NODES = 2_000  # nodes of the piece a path is looked for in
MAX_HOPS = 4
# How much an edge says about common fate, in basis points: ours, used only to choose which path
# is shown among several, never in a score. A shareholding counts with its share, 5 % at least.
STRENGTH_BP: Mapping[str, int] = {
    "branch": 10_000,
    "legal_rep": 9_000,
    "director": 6_000,
    "manager": 6_000,
    "executive": 6_000,
    "finance": 6_000,
    "supervisor": 5_000,
    "guarantee": 5_000,
    "invest": 5_000,
    "stakeholder": 5_000,
    "phone": 4_000,
    "contact": 4_000,
    "shared_contact": 4_000,
    "address": 3_000,
}
_OTHER_BP, _LEAST_BP = 2_000, 500
# Whole micro-nats by strength, one more an edge: no float ties, the shorter of equals wins.
_COST = [0, *(round(-math.log(bp / FULL_SHARE_BP) * 1e6) + 1 for bp in range(1, 10_001))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways(Links):
    """The adjacency of all edge types with the strength of each entry, basis points."""

    strength: "NDArray[np.uint16]"


def all_links(graph: Graph) -> Ways:
    """Build the adjacency of all edge types once, for many pictures."""
    links = graph.links(EDGE_TYPES)
    strength = edge_strengths(graph)[links.edge]
    return Ways(pointers=links.pointers, columns=links.columns, edge=links.edge, strength=strength)


def strongest_path(
    graph: Graph, ent: int, sources: Collection[int], links: Ways | None = None
) -> GraphPath | None:
    """Find the path of the greatest product of edge strengths to any source of risk.

    Takes:  sources, enterprises (or other nodes) that are bad, best as a set or mapping; ent
            itself is no source.
    Gives:  the path from ent to the source, None when none lies within MAX_HOPS hops and the
            MAX_NODES nodes of the strongest ties. Equal strengths: the source with the smaller
            number.
    """
    wanted = sources if isinstance(sources, (Set, Mapping)) else set(sources)
    if not wanted:
        return None
    return _search(graph, ent, wanted, links or all_links(graph))


@dataclass(frozen=True, slots=True)
class _Step:
    """One node met on the way: how it was reached, and from where."""

    node: int
    hops: int
    edge: int
    before: "_Step | None"


def _search(graph: Graph, ent: int, wanted: Container[int], links: Ways) -> GraphPath | None:
    """Dijkstra over (node, hops), the cheapest first; stops at the first source it settles.

    A node is settled again only with fewer hops than before, so that the bound on hops costs no
    path. Nothing leaves a hub: a hub enterprise may be where a path ends, never where it passes.
    """
    heap: list[tuple[int, int, int, int]] = [(0, ent, 0, 0)]  # cost, node, hops, place in steps
    steps = [_Step(ent, 0, -1, None)]
    fewest: dict[int, int] = {}
    while heap and len(fewest) < MAX_NODES:
        cost, node, hops, place = heappop(heap)
        if fewest.get(node, MAX_HOPS + 1) <= hops:
            continue
        fewest[node] = hops
        if node != ent and node in wanted:
            return _to_path(graph, steps[place])
        if node != ent and graph.hub[node]:
            continue
        step = hops + (node < graph.entities)
        if step > MAX_HOPS:
            continue
        for other, edge, more in _costs_at(node, links):
            passable = other < graph.entities or not graph.hub[other]
            if passable and fewest.get(other, MAX_HOPS + 1) > step:
                heappush(heap, (cost + more, other, step, len(steps)))
                steps.append(_Step(other, step, edge, steps[place]))
    return None


def _costs_at(node: int, links: Ways) -> Iterator[tuple[int, int, int]]:
    """(node, edge, cost) at a node; of a node with very many edges only the first ones."""
    start = int(links.pointers[node])
    span = slice(start, min(int(links.pointers[node + 1]), start + MAX_NODES))
    costs = [_COST[strength] for strength in links.strength[span].tolist()]
    return zip(links.columns[span].tolist(), links.edge[span].tolist(), costs, strict=True)


def ego(graph: Graph, ent: int, limit: int = 40, links: Ways | None = None) -> EgoNetwork:
    """Give the surroundings of one enterprise: nearest first, then strongest, then by number.

    Takes:  limit, how many nodes may be shown, the centre included.
    Gives:  the nodes, all edges among them, and how many nodes within two hops were left out.
    """
    links = links or all_links(graph)
    order = list(_walk(graph, ent, links, max_hops=2, max_nodes=MAX_NODES))
    shown = order[: max(1, limit)]
    inside = set(shown)
    edges: dict[int, GraphEdge] = {}
    for node in shown:
        for other, edge in _neighbours(node, links):
            if other in inside:
                edges[edge] = _edge(graph, edge)
    return EgoNetwork(
        centre=ent,
        nodes=tuple(describe(graph, node) for node in shown),
        edges=tuple(edges[number] for number in sorted(edges)),
        left_out=len(order) - len(shown),
    )


def edge_strength_bp(graph: Graph, edge: int) -> int:
    """Give the strength of an edge in basis points, 1 to 10,000."""
    kind = graph.type_of(edge)
    if kind == "shareholding":
        return min(max(int(graph.share_bp[edge]), _LEAST_BP), FULL_SHARE_BP)
    return STRENGTH_BP.get(kind, _OTHER_BP)


def edge_strengths(graph: Graph) -> "NDArray[np.uint16]":
    """Give the strengths of all edges in basis points, 1 to 10,000."""
    found = np.empty(graph.source.size, np.uint16)
    for kind in EDGE_TYPES:
        found[graph.edges_of(kind)] = STRENGTH_BP.get(kind, _OTHER_BP)
    held = graph.edges_of("shareholding")
    found[held] = np.clip(graph.share_bp[held], _LEAST_BP, FULL_SHARE_BP)
    return found


def _neighbours(node: int, links: Ways) -> list[tuple[int, int]]:
    """(node, edge) at a node, strongest first, then by number; a hub shows only what it must."""
    found = sorted((cost, other, edge) for other, edge, cost in _costs_at(node, links))
    return [(other, edge) for _, other, edge in found]


def _walk(graph: Graph, ent: int, links: Ways, max_hops: int, max_nodes: int) -> Iterator[int]:
    """Breadth-first over nodes; hubs are met but not passed. A hop leads to an enterprise."""
    hops = {ent: 0}
    queue = [ent]
    for node in queue:  # the queue grows while it is read
        yield node
        if node != ent and graph.hub[node]:
            continue
        for other, _ in _neighbours(node, links):
            step = hops[node] + (node < graph.entities)
            if other not in hops and step <= max_hops and len(hops) < max_nodes:
                hops[other] = step
                queue.append(other)


def _to_path(graph: Graph, last: _Step) -> GraphPath:
    steps: list[_Step] = []
    step: _Step | None = last
    while step is not None:
        steps.append(step)
        step = step.before
    steps.reverse()
    edges = [step.edge for step in steps[1:]]
    strength = float(FULL_SHARE_BP)
    for edge in edges:
        strength *= edge_strength_bp(graph, edge) / FULL_SHARE_BP
    return GraphPath(
        nodes=tuple(describe(graph, step.node) for step in steps),
        edges=tuple(_edge(graph, edge) for edge in edges),
        strength_bp=math.floor(strength),
        hops=sum(step.node < graph.entities for step in steps) - 1,
    )


def _edge(graph: Graph, edge: int) -> GraphEdge:
    name = graph.type_of(edge)
    share = int(graph.share_bp[edge])
    return GraphEdge(
        source=int(graph.source[edge]),
        target=int(graph.target[edge]),
        type=name,
        share_bp=share if name == "shareholding" and share >= 0 else None,
    )
