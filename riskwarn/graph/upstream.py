"""The part of the graph that decides who controls a few enterprises: all holders above them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from riskwarn.graph.graph import Graph
from riskwarn.jit import kernel
from riskwarn.records.graph import EDGE_TYPES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from riskwarn.graph.kernels import I32, Bool

_EDGE = "shareholding"


@kernel
def _climb(reached: "Bool", holder: "I32", held: "I32") -> None:
    """Mark the holders of what is marked, and theirs, until there is none new."""
    grown = True
    while grown:
        grown = False
        for k in range(held.size):
            if reached[held[k]] and not reached[holder[k]]:
                reached[holder[k]] = True
                grown = True


def upstream(graph: Graph, ents: Sequence[int]) -> "tuple[Graph, NDArray[np.int32]]":
    """Cut out some enterprises, their holders and everybody above these.

    Gives:  a graph of these nodes and of all shareholdings in them, nothing else, numbered anew in
            the old order, so that whatever is read upwards from them comes out the same to the
            bit; and the old number of each node, sorted. It describes no node: ask the whole graph.
    """
    part = graph.edges_of(_EDGE)
    source, target = graph.source[part], graph.target[part]
    reached = np.zeros(graph.nodes, bool)
    reached[np.asarray(ents, np.int32)] = True
    _climb(reached, source, target)
    numbers = np.flatnonzero(reached).astype(np.int32)
    kept = np.flatnonzero(reached[target])
    before = EDGE_TYPES.index(_EDGE)
    own = graph.self_held[reached[graph.self_held]]
    small = replace(
        graph,
        starts=tuple(np.searchsorted(numbers, np.array(graph.starts)).tolist()),
        source=_renumber(numbers, source[kept]),
        target=_renumber(numbers, target[kept]),
        share_bp=graph.share_bp[part][kept],
        type_starts=(0,) * (before + 1) + (kept.size,) * (len(EDGE_TYPES) - before),
        hub=graph.hub[numbers],
        self_held=_renumber(numbers, own),
        past=None,
    )
    return small, numbers


def _renumber(numbers: "NDArray[np.int32]", nodes: "NDArray[np.int32]") -> "NDArray[np.int32]":
    return np.searchsorted(numbers, nodes).astype(np.int32)
