"""Shell clusters: many young or small enterprises that share two of address, phone, person."""

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from riskwarn.graph.graph import Graph
from riskwarn.graph.kernels import components

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHARED = ("address", "phone", "legal_rep")


def _attributes(graph: Graph) -> "dict[str, NDArray[np.int32]]":
    return {name: _attribute(graph, name) for name in _SHARED}


def shell_clusters(graph: Graph) -> "NDArray[np.int32]":
    """Give the smallest enterprise of each enterprise's cluster; i32[enterprises]."""
    return _clusters(_attributes(graph), graph.enterprises)


def _clusters(own: "dict[str, NDArray[np.int32]]", count: int) -> "NDArray[np.int32]":
    sources, targets = [], []
    for first, second in combinations(_SHARED, 2):
        a, b = own[first], own[second]
        both = np.flatnonzero((a >= 0) & (b >= 0))
        pair = a[both].astype(np.int64) << 32 | b[both]
        order = np.argsort(pair, kind="stable")
        same = np.flatnonzero(pair[order][1:] == pair[order][:-1])
        sources.append(both[order[same]].astype(np.int32))
        targets.append(both[order[same + 1]].astype(np.int32))
    return components(count, np.concatenate(sources), np.concatenate(targets))


def shell_scores(graph: Graph) -> "NDArray[np.int32]":
    """Count the young or small enterprises of each enterprise's cluster; i32[enterprises].

    Young: established less than YOUNG_DAYS before the day; small: SMALL_STAFF or fewer employees
    (build.py). 0 outside clusters of two and more; −1, unknown, where an enterprise lacks two of
    the three attributes and so cannot be placed.
    """
    own = _attributes(graph)
    cluster = _clusters(own, graph.enterprises)
    known = sum((nodes >= 0).astype(np.int32) for nodes in own.values())
    size = np.bincount(cluster, minlength=graph.enterprises)
    weak = np.zeros(graph.enterprises, np.int64)
    np.add.at(weak, cluster[graph.weak == 1], 1)
    score = np.where(size[cluster] > 1, weak[cluster], 0)
    return np.where(known >= 2, score, -1).astype(np.int32)


def _attribute(graph: Graph, name: str) -> "NDArray[np.int32]":
    """Each enterprise's node of one attribute, the smallest when it has several, −1 for none."""
    part = graph.edges_of(name)
    source, target = graph.source[part], graph.target[part]
    ent, node = (target, source) if name == "legal_rep" else (source, target)
    found = np.full(graph.enterprises, -1, np.int32)
    inside = ent < graph.enterprises
    # edges are sorted, so within an enterprise nodes rise; assigned from behind, the smallest stays
    found[ent[inside][::-1]] = node[inside][::-1]
    return found
