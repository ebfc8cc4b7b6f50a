"""Communities: enterprises drawn together by the addresses, phones and persons they share.

Label propagation in turns on the two sides of the graph, attributes and enterprises (Raghavan,
Albert, Kumara 2007; in turns so that no label swings to and fro, Barber and Clark 2009). The seeds
are the attributes that at least two registered enterprises have and that are no hubs:

1. Each seed carries its own label; each enterprise takes the label of its largest seed, of equally
   large ones the seed of the smallest number.
2. In turn, up to ROUNDS times, until nothing changes: each seed takes the label that most of its
   edges to enterprises carry, then each enterprise the one that most of its edges to seeds carry.
   Who carries one of the most frequent labels keeps it; else the smallest of these is taken.
3. Enterprises of one label are a community; one without a seed is alone.

Nodes are worked in the order of their numbers and every count is whole, so nothing depends on
chance, threads or the order of rows. Where a connected component joins half a county through chance
pairs, a community stays with those who share most among themselves.
"""

from typing import TYPE_CHECKING

import numpy as np

from riskwarn.graph.graph import Graph
from riskwarn.jit import kernel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from riskwarn.graph.kernels import I32, Bool, Index

SEEDS = ("address", "phone", "legal_rep")  # edge types, where a declaration names none
ROUNDS = 10  # a county of 100,000 settles in five


def communities(graph: Graph, types: "Sequence[str]") -> "NDArray[np.int32]":
    """Give the smallest enterprise of each registered enterprise's community; i32[enterprises]."""
    links = graph.links(types, numbered=False)
    return spread_labels(
        links.pointers, links.columns, graph.entities, graph.enterprises, graph.hub, ROUNDS
    )


def unplaced(graph: Graph, types: "Sequence[str]") -> "NDArray[np.bool_]":
    """Tell the enterprises none of whose attributes of these types is known."""
    found = np.ones(graph.enterprises, bool)
    for name in types:
        part = graph.edges_of(name)
        source, target = graph.source[part], graph.target[part]
        for ent, other in ((source, target), (target, source)):
            found[ent[(ent < graph.enterprises) & (other >= graph.entities)]] = False
    return found


@kernel
def spread_labels(
    pointers: "Index", columns: "I32", entities: int, enterprises: int, hub: "Bool", rounds: int
) -> "I32":
    """Propagate labels as the module says. Takes a symmetric adjacency of the seeds' edge types."""
    nodes = pointers.size - 1
    label = _first_labels(pointers, columns, entities, enterprises, hub)
    votes = np.zeros(nodes, np.int32)
    for _ in range(rounds):
        changed = 0
        for node in range(entities, nodes):
            if label[node] >= 0:
                changed += _take(pointers, columns, node, 0, enterprises, label, votes)
        for e in range(enterprises):
            if label[e] >= 0:
                changed += _take(pointers, columns, e, entities, nodes, label, votes)
        if changed == 0:
            break
    smallest = np.full(nodes, -1, np.int32)
    found = np.arange(enterprises).astype(np.int32)
    for e in range(enterprises):
        if label[e] >= 0:
            if smallest[label[e]] < 0:
                smallest[label[e]] = e
            found[e] = smallest[label[e]]
    return found


@kernel
def _first_labels(
    pointers: "Index", columns: "I32", entities: int, enterprises: int, hub: "Bool"
) -> "I32":
    """Seeds carry their own numbers, enterprises that of their largest seed; −1 without one."""
    nodes = pointers.size - 1
    size = np.zeros(nodes, np.int32)
    label = np.full(nodes, -1, np.int32)
    for node in range(entities, nodes):
        for k in range(pointers[node], pointers[node + 1]):
            size[node] += columns[k] < enterprises
        if size[node] > 1 and not hub[node]:
            label[node] = node
    for e in range(enterprises):
        best = -1
        for k in range(pointers[e], pointers[e + 1]):
            v = columns[k]
            if v < entities or label[v] < 0:
                continue
            if best < 0 or size[v] > size[best] or (size[v] == size[best] and v < best):
                best = v
        label[e] = best
    return label


@kernel
def _take(
    pointers: "Index", columns: "I32", node: int, low: int, high: int, label: "I32", votes: "I32"
) -> int:
    """Let a node take the label most of its edges to nodes low..high−1 carry; 1 if it changed.

    `votes` comes and goes as zeros.
    """
    most, old = 0, label[node]
    for k in range(pointers[node], pointers[node + 1]):
        v = columns[k]
        if low <= v < high and label[v] >= 0:
            votes[label[v]] += 1
            most = max(most, votes[label[v]])
    best = old if votes[old] == most else label.size
    for k in range(pointers[node], pointers[node + 1]):
        v = columns[k]
        if best != old and low <= v < high and label[v] >= 0 and votes[label[v]] == most:
            best = min(best, label[v])
    for k in range(pointers[node], pointers[node + 1]):
        v = columns[k]
        if low <= v < high and label[v] >= 0:
            votes[label[v]] = 0
    if best == old or best == label.size:
        return 0
    label[node] = best
    return 1
