"""Kernels over the whole graph: cores, flow of risk, and what lies at the ends of edges.

Every row is worked in the order of the adjacency, so that no bit depends on threads.
"""

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from riskwarn.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    I32: TypeAlias = NDArray[np.int32]
    I64: TypeAlias = NDArray[np.int64]
    Index: TypeAlias = I32 | I64
    F64: TypeAlias = NDArray[np.float64]

DAMPING = 0.85  # share handed on at each step; Page and Brin's, as all libraries have it
STEPS = 20  # what is left to come is below 0.85^21 = 3 % of what the sources give


@kernel
def core_numbers(pointers: "Index", columns: "I32") -> "I32":
    """Give each node's core number, edges counted one by one.

    Source: Batagelj and Zaversnik 2003, bins by degree; O(nodes + edges).
    """
    nodes = pointers.size - 1
    left = np.empty(nodes, np.int32)
    most = 0
    for u in range(nodes):
        left[u] = pointers[u + 1] - pointers[u]
        most = max(most, left[u])
    starts = np.zeros(most + 2, np.int64)
    for u in range(nodes):
        starts[left[u] + 1] += 1
    for d in range(most + 1):
        starts[d + 1] += starts[d]
    free = starts.copy()
    order = np.empty(nodes, np.int32)
    place = np.empty(nodes, np.int64)
    for u in range(nodes):
        place[u] = free[left[u]]
        order[place[u]] = u
        free[left[u]] += 1
    for i in range(nodes):
        u = order[i]
        for k in range(pointers[u], pointers[u + 1]):
            v = columns[k]
            if left[v] <= left[u]:
                continue
            first = starts[left[v]]  # swap v with the first of its bin, then shrink the bin
            other = order[first]
            order[place[v]], place[other] = other, place[v]
            order[first], place[v] = v, first
            starts[left[v]] += 1
            left[v] -= 1
    return left


@kernel
def risk_flow(pointers: "Index", columns: "I32", source: "F64") -> "F64":
    """Hand risk on along edges: personalised PageRank, scaled so that sources add up.

    Takes: a symmetric adjacency; source f64 [nodes] ≥ 0.
    Gives: f64 [nodes]: x = (1 − d)·source + d·(each node's x in equal parts to its edges), STEPS
           times, from x = source. A node without edges keeps what it would hand on. Twice as many
           sources elsewhere change nothing here.
    """
    nodes = pointers.size - 1
    now = source.copy()
    given = np.empty(nodes)
    for _ in range(STEPS):
        for u in range(nodes):
            degree = pointers[u + 1] - pointers[u]
            given[u] = now[u] / degree if degree else 0.0
        for v in range(nodes):
            total = 0.0
            for k in range(pointers[v], pointers[v + 1]):
                total += given[columns[k]]
            if pointers[v] == pointers[v + 1]:
                total = now[v]
            now[v] = (1 - DAMPING) * source[v] + DAMPING * total
    return now


@kernel
def gather_ties(pointers: "Index", columns: "I32", values: "F64") -> "tuple[F64, I32, F64]":
    """Gather the known values at the other ends of each node's edges.

    Gives: total f64, known i32 and greatest f64, one a node; in the order of the adjacency.
    """
    nodes = pointers.size - 1
    total, greatest = np.zeros(nodes), np.zeros(nodes)
    known = np.zeros(nodes, np.int32)
    for u in range(nodes):
        for k in range(pointers[u], pointers[u + 1]):
            value = values[columns[k]]
            if np.isnan(value):
                continue
            total[u] += value
            known[u] += 1
            if known[u] == 1 or value > greatest[u]:
                greatest[u] = value
    return total, known, greatest
