"""What a picture shows: the surroundings of one enterprise, the strongest path to a risk."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from riskwarn.constants import FULL_SHARE_BP
from riskwarn.graph.graph import Graph, describe
from riskwarn.graph.walks import Ways, edges_among, index_edges, search, surround
from riskwarn.records.graph import EDGE_TYPES, EgoNetwork, GraphEdge, GraphPath

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_HOPS = 4  # of a path
EGO_HOPS = 2
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
_MOST_ENTRIES = 2**31  # of an index that is numbered in 32 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The numbers of what lies around an enterprise, not described yet.

    nodes: nearest first, then strongest, then by number, the enterprise itself at 0; edges: all
    among them, sorted; left_out: nodes within EGO_HOPS hops that are not among them.
    """

    nodes: Sequence[int]
    edges: Sequence[int]
    left_out: int


def all_links(graph: Graph) -> Ways:
    """Index all edges by both their ends once, for many pictures: 8 bytes an edge, 4 a node."""
    fits = 2 * graph.source.size < _MOST_ENTRIES
    size = graph.nodes + 2
    pointers = np.zeros(size, np.int32) if fits else np.zeros(size, np.int64)
    edge = index_edges(pointers, graph.source, graph.target)
    own = [
        -1 if name == "shareholding" else STRENGTH_BP.get(name, _OTHER_BP) for name in EDGE_TYPES
    ]
    return Ways(
        pointers=pointers[:-1],
        edge=edge,
        source=graph.source,
        target=graph.target,
        share_bp=graph.share_bp,
        type_ends=np.array(graph.type_starts[1:], np.int64),
        type_bp=np.array(own, np.int64),
        least_bp=_LEAST_BP,
        most_bp=FULL_SHARE_BP,
        hub=graph.hub,
        entities=graph.entities,
    )


@cache
def _costs() -> "NDArray[np.int64]":
    """Whole micro-nats by strength, one more an edge: no float ties, the shorter of equals wins."""
    nats = [round(-math.log(bp / FULL_SHARE_BP) * 1e6) + 1 for bp in range(1, FULL_SHARE_BP + 1)]
    return np.array([0, *nats], np.int64)


def strongest_path(
    graph: Graph,
    ent: int,
    sources: "Collection[int] | NDArray[np.int32]",
    links: Ways | None = None,
) -> GraphPath | None:
    """Find the path of the greatest product of edge strengths to any source of risk.

    Takes:  sources, enterprises (or other nodes) that are bad, for many pictures a sorted array;
            ent itself is no source.
    Gives:  the path from ent to the source, None when none lies within MAX_HOPS hops and the
            MAX_NODES nodes of the strongest ties. Equal strengths: the source with the smaller
            number.
    """
    ordered = sources if isinstance(sources, np.ndarray) else np.array(sorted(sources), np.int32)
    if not ordered.size:
        return None
    nodes, edges = search(links or all_links(graph), ent, ordered, _costs(), MAX_HOPS)
    return _to_path(graph, nodes[::-1].tolist(), edges[::-1].tolist()) if nodes.size else None


def surroundings(graph: Graph, ent: int, limit: int, links: Ways) -> Around:
    """Number the surroundings of one enterprise: nearest first, then strongest, then by number.

    Takes:  limit, how many nodes may be shown, the centre included.
    """
    order = surround(links, ent, EGO_HOPS)
    shown = order[: max(1, limit)]
    return Around(
        nodes=shown.tolist(),
        edges=np.unique(edges_among(links, shown)).tolist(),
        left_out=order.size - shown.size,
    )


def ego(graph: Graph, ent: int, limit: int = 40, links: Ways | None = None) -> EgoNetwork:
    """Give the surroundings of one enterprise, all described."""
    around = surroundings(graph, ent, limit, links or all_links(graph))
    return describe_around(graph, around, around.nodes)


def describe_around(graph: Graph, around: Around, keep: Collection[int]) -> EgoNetwork:
    """Describe those of the surroundings that are kept; the others count as left out."""
    nodes = [node for node in around.nodes if node in keep]
    inside = set(nodes)
    edges = [
        edge
        for edge in around.edges
        if int(graph.source[edge]) in inside and int(graph.target[edge]) in inside
    ]
    return EgoNetwork(
        centre=around.nodes[0],
        nodes=tuple(describe(graph, node) for node in nodes),
        edges=tuple(_edge(graph, edge) for edge in edges),
        left_out=around.left_out + len(around.nodes) - len(nodes),
    )


def edge_strength_bp(graph: Graph, edge: int) -> int:
    """Give the strength of an edge in basis points, 1 to 10,000."""
    kind = graph.type_of(edge)
    if kind == "shareholding":
        return min(max(int(graph.share_bp[edge]), _LEAST_BP), FULL_SHARE_BP)
    return STRENGTH_BP.get(kind, _OTHER_BP)


def _to_path(graph: Graph, nodes: Sequence[int], edges: Sequence[int]) -> GraphPath:
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
