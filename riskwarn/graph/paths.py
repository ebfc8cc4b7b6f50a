"""What a picture shows: the surroundings of one enterprise, the strongest path to a risk.

Only here networkx is used, on a bounded piece of the graph.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Set
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from riskwarn.constants import FULL_SHARE_BP
from riskwarn.graph.graph import Graph, Links, describe
from riskwarn.records.graph import EDGE_TYPES, EgoNetwork, GraphEdge, GraphPath

if TYPE_CHECKING:
    import networkx as nx

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


def all_links(graph: Graph) -> Links:
    """Build the adjacency of all edge types once, for many pictures."""
    return graph.links(EDGE_TYPES)


def strongest_path(
    graph: Graph, ent: int, sources: Collection[int], links: Links | None = None
) -> GraphPath | None:
    """Find the path of the greatest product of edge strengths to any source of risk.

    Takes:  sources, enterprises (or other nodes) that are bad, best as a set or mapping; ent
            itself is no source.
    Gives:  the path from ent to the source, None when none lies within MAX_HOPS hops and
            MAX_NODES nodes. Equal strengths: the source with the smaller number.
    """
    import networkx as nx

    wanted = sources if isinstance(sources, (Set, Mapping)) else set(sources)
    links = links or all_links(graph)
    inside = list(_walk(graph, ent, links, MAX_HOPS, MAX_NODES))
    if not any(node in wanted for node in inside[1:]):
        return None
    piece = _piece(graph, ent, links, inside)
    reached: Any = nx.single_source_dijkstra(piece, ent, weight="cost")
    cost: dict[int, int] = reached[0]
    path: dict[int, list[int]] = reached[1]
    found = min(((cost[n], n) for n in inside[1:] if n in wanted and n in cost), default=None)
    if found is None:
        return None
    return _to_path(graph, piece, path[found[1]])


def ego(graph: Graph, ent: int, limit: int = 40, links: Links | None = None) -> EgoNetwork:
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
        for other, edge in _neighbours(graph, node, links):
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
    name = graph.type_of(edge)
    share = int(graph.share_bp[edge])
    if name == "shareholding":
        return min(FULL_SHARE_BP, max(_LEAST_BP, share))
    return STRENGTH_BP.get(name, _OTHER_BP)


def _neighbours(graph: Graph, node: int, links: Links) -> list[tuple[int, int]]:
    """(node, edge) at a node, strongest first, then by number; a hub shows only what it must."""
    span = slice(int(links.pointers[node]), int(links.pointers[node + 1]))
    if span.stop - span.start > MAX_NODES:
        span = slice(span.start, span.start + MAX_NODES)
    pairs = zip(links.columns[span].tolist(), links.edge[span].tolist(), strict=True)
    return sorted(pairs, key=lambda pair: (-edge_strength_bp(graph, pair[1]), pair))


def _walk(graph: Graph, ent: int, links: Links, max_hops: int, max_nodes: int) -> Iterator[int]:
    """Breadth-first over nodes; hubs are met but not passed. A hop leads to an enterprise."""
    hops = {ent: 0}
    queue = [ent]
    for node in queue:  # the queue grows while it is read
        yield node
        if node != ent and graph.hub[node]:
            continue
        for other, _ in _neighbours(graph, node, links):
            step = hops[node] + (node < graph.entities)
            if other not in hops and step <= max_hops and len(hops) < max_nodes:
                hops[other] = step
                queue.append(other)


def _piece(graph: Graph, ent: int, links: Links, inside: list[int]) -> "nx.DiGraph[int]":
    """The bounded piece: each pair of nodes joined by its strongest edge, both ways.

    Nothing leaves a hub: a hub enterprise may be where a path ends, never where it passes.
    """
    import networkx as nx

    piece: nx.DiGraph[int] = nx.DiGraph()
    piece.add_nodes_from(inside)
    for node in inside:
        if node != ent and graph.hub[node]:
            continue
        for other, edge in _neighbours(graph, node, links):
            if other not in piece or (graph.hub[other] and other >= graph.entities):
                continue
            strength = edge_strength_bp(graph, edge)
            # whole micro-nats, one more an edge: no float ties, and the shorter of equals wins
            cost = round(-math.log(strength / FULL_SHARE_BP) * 1e6) + 1
            old = piece.get_edge_data(node, other)
            if old is None or (cost, edge) < (old["cost"], old["edge"]):
                piece.add_edge(node, other, cost=cost, edge=edge)
    return piece


def _to_path(graph: Graph, piece: "nx.DiGraph[int]", nodes: list[int]) -> GraphPath:
    edges = [piece[a][b]["edge"] for a, b in pairwise(nodes)]
    strength = float(FULL_SHARE_BP)
    for edge in edges:
        strength *= edge_strength_bp(graph, edge) / FULL_SHARE_BP
    return GraphPath(
        nodes=tuple(describe(graph, node) for node in nodes),
        edges=tuple(_edge(graph, edge) for edge in edges),
        strength_bp=math.floor(strength),
        hops=sum(node < graph.entities for node in nodes) - 1,
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
