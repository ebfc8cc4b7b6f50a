"""Shareholdings as a matrix of fractions, rings solved exactly, and who sits in a ring."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from riskwarn.constants import FULL_SHARE_BP
from riskwarn.graph.graph import Graph
from riskwarn.graph.kernels import sort_rows
from riskwarn.graph.ownership import solve, strong_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

RING_LIMIT = 400  # members of a ring solved exactly; a larger one is walked, its rest is cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """Each node's direct holders: holder[pointers[u]:pointers[u+1]] with fraction f64 in 0–1.

    Holders whose share is unknown are left out; `unknown` marks the nodes that have such holders.
    A node whose shares exceed 100 % has them scaled down in proportion.
    """

    pointers: "NDArray[np.int64]"
    holder: "NDArray[np.int32]"
    fraction: "NDArray[np.float64]"
    unknown: "NDArray[np.bool_]"


def direct_holdings(graph: Graph) -> Holdings:
    """Give the direct holdings of every node."""
    part = graph.edges_of("shareholding")
    share = graph.share_bp[part]
    known = share > 0
    held, holder = graph.target[part], graph.source[part]
    unknown = np.zeros(graph.nodes, bool)
    unknown[held[share < 0]] = True
    pointers, columns, origin = sort_rows(graph.nodes, held[known], holder[known])
    shares = share[known].astype(np.int64)
    total = np.zeros(graph.nodes, np.int64)
    np.add.at(total, held[known], shares)
    whole = np.maximum(total, FULL_SHARE_BP)[held[known]]
    fraction = (shares / whole)[origin]
    return Holdings(pointers=pointers, holder=columns, fraction=fraction, unknown=unknown)


def ring_of(graph: Graph) -> "NDArray[np.int32]":
    """Number the rings of shareholding: i32[nodes], −1 outside any ring.

    A ring is a strongly connected component of two or more nodes, whatever the percentages.
    """
    part = graph.edges_of("shareholding")
    pointers, columns, _ = sort_rows(graph.nodes, graph.target[part], graph.source[part])
    component = strong_components(pointers, columns)
    sizes = np.bincount(component, minlength=1)
    ringed = sizes[component] > 1
    names = np.full(component.size, -1, np.int32)
    if ringed.any():
        _, first, inverse = np.unique(component[ringed], return_index=True, return_inverse=True)
        rank = np.empty(first.size, np.int32)
        rank[np.argsort(first, kind="stable")] = np.arange(first.size, dtype=np.int32)
        names[ringed] = rank[inverse]
    return names


def solve_rings(holdings: Holdings, ring: "NDArray[np.int32]") -> Holdings:
    """Replace the holders of ring members by the ring's outside holders, solved exactly.

    Inside a ring with inner shares W and outside shares E the outside holders own
    (I − W)⁻¹ E. A ring that nobody outside owns, or whose matrix is singular, stays as it is: its
    mass runs round and is cut.
    """
    members = np.flatnonzero(ring >= 0)
    if not members.size:
        return holdings
    order = members[np.argsort(ring[members], kind="stable")]
    bounds = np.flatnonzero(np.diff(ring[order], prepend=-1))
    replaced: dict[int, tuple[NDArray[np.int32], NDArray[np.float64]]] = {}
    for nodes in np.split(order, bounds[1:]):
        if nodes.size <= RING_LIMIT:
            replaced |= _solve_ring(holdings, nodes)
    return _replace_rows(holdings, replaced)


def _solve_ring(
    holdings: Holdings, nodes: "NDArray[np.int64]"
) -> "dict[int, tuple[NDArray[np.int32], NDArray[np.float64]]]":
    place = {int(node): i for i, node in enumerate(nodes)}
    spans = [slice(holdings.pointers[n], holdings.pointers[n + 1]) for n in nodes]
    outside = sorted({int(h) for s in spans for h in holdings.holder[s]} - place.keys())
    if not outside:
        return {}
    column = {node: i for i, node in enumerate(outside)}
    matrix, right = np.eye(nodes.size), np.zeros((nodes.size, len(outside)))
    for i, span in enumerate(spans):
        for holder, fraction in zip(
            holdings.holder[span].tolist(), holdings.fraction[span].tolist(), strict=True
        ):
            if holder in place:
                matrix[i, place[holder]] -= fraction
            else:
                right[i, column[holder]] += fraction
    if not solve(matrix, right):
        return {}
    names = np.array(outside, np.int32)
    return {int(node): (names, right[i].clip(0, 1)) for i, node in enumerate(nodes)}


def _replace_rows(
    holdings: Holdings,
    replaced: "dict[int, tuple[NDArray[np.int32], NDArray[np.float64]]]",
) -> Holdings:
    nodes = np.array(sorted(replaced), np.int64)
    row = np.repeat(np.arange(holdings.pointers.size - 1), np.diff(holdings.pointers)).astype(
        np.int32
    )
    keep = ~np.isin(row, nodes)
    new = [replaced[int(node)] for node in nodes]
    rows = [
        row[keep],
        *(np.full(h.size, n, np.int32) for n, (h, _) in zip(nodes, new, strict=True)),
    ]
    holders = np.concatenate([holdings.holder[keep], *(h for h, _ in new)])
    fractions = np.concatenate([holdings.fraction[keep], *(f for _, f in new)])
    pointers, columns, origin = sort_rows(holdings.pointers.size - 1, np.concatenate(rows), holders)
    return Holdings(
        pointers=pointers, holder=columns, fraction=fractions[origin], unknown=holdings.unknown
    )
