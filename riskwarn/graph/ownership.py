"""Kernels on shareholdings: rings, controllers, look-through ownership, a small exact solver."""

from typing import TYPE_CHECKING

import numpy as np

from riskwarn.jit import kernel

if TYPE_CHECKING:
    from riskwarn.graph.kernels import F64, I32, I64, Bool


@kernel
def strong_components(pointers: "I64", columns: "I32") -> "I32":
    """Tarjan's strongly connected components, without recursion; gives i32[nodes]."""
    nodes = pointers.size - 1
    low = np.zeros(nodes, np.int32)
    number = np.zeros(nodes, np.int32)
    stack = np.empty(nodes, np.int32)
    calls = np.empty(nodes, np.int32)
    cursor = np.empty(nodes, np.int64)
    component = np.full(nodes, -1, np.int32)
    height, time, found = 0, 0, 0
    for root in range(nodes):
        if number[root]:
            continue
        depth = 1
        calls[0] = root
        time += 1
        number[root] = time
        low[root] = time
        cursor[root] = pointers[root]
        stack[height] = root
        height += 1
        while depth:
            u = calls[depth - 1]
            if cursor[u] < pointers[u + 1]:
                v = columns[cursor[u]]
                cursor[u] += 1
                if number[v] == 0:
                    time += 1
                    number[v] = time
                    low[v] = time
                    cursor[v] = pointers[v]
                    stack[height] = v
                    height += 1
                    calls[depth] = v
                    depth += 1
                elif component[v] < 0 and number[v] < low[u]:
                    low[u] = number[v]
                continue
            depth -= 1
            if depth and low[u] < low[calls[depth - 1]]:
                low[calls[depth - 1]] = low[u]
            if low[u] == number[u]:
                while True:
                    height -= 1
                    w = stack[height]
                    component[w] = found
                    if w == u:
                        break
                found += 1
    return component


@kernel
def _pivot(matrix: "F64", right: "F64", i: int) -> bool:
    """Bring the largest entry of column i to row i; gives whether it is far enough from 0."""
    best = i
    for j in range(i + 1, matrix.shape[0]):
        if abs(matrix[j, i]) > abs(matrix[best, i]):
            best = j
    if best != i:
        for k in range(matrix.shape[1]):
            matrix[i, k], matrix[best, k] = matrix[best, k], matrix[i, k]
        for k in range(right.shape[1]):
            right[i, k], right[best, k] = right[best, k], right[i, k]
    return bool(abs(matrix[i, i]) > 1e-9)


@kernel
def _eliminate(matrix: "F64", right: "F64", i: int) -> None:
    """Clear column i in every other row."""
    for j in range(matrix.shape[0]):
        factor = matrix[j, i] / matrix[i, i]
        if j == i or factor == 0.0:
            continue
        for k in range(i, matrix.shape[1]):
            matrix[j, k] -= factor * matrix[i, k]
        for k in range(right.shape[1]):
            right[j, k] -= factor * right[i, k]


@kernel
def solve(matrix: "F64", right: "F64") -> bool:
    """Solve matrix · x = right in place by Gauss–Jordan elimination with partial pivoting.

    Written out, not LAPACK: the bits must not depend on the number of threads.
    Gives: whether the matrix was regular; `right` then holds x.
    """
    for i in range(matrix.shape[0]):
        if not _pivot(matrix, right, i):
            return False
        _eliminate(matrix, right, i)
    for i in range(matrix.shape[0]):
        for k in range(right.shape[1]):
            right[i, k] /= matrix[i, i]
    return True


@kernel
def majority_holder(pointers: "I64", holder: "I32", fraction: "F64") -> "I32":
    """Give each node's direct holder of more than half, −1 where there is none.

    At most one holder has more than half, so there is no tie to break.
    """
    nodes = pointers.size - 1
    found = np.full(nodes, -1, np.int32)
    for u in range(nodes):
        for k in range(pointers[u], pointers[u + 1]):
            if fraction[k] > 0.5:
                found[u] = holder[k]
    return found


@kernel
def follow_control(above: "I32") -> "tuple[I32, I32]":
    """Follow the majority holders to the top of every chain.

    Gives: top i32[nodes], the last node, or where the chain runs into a ring of majorities the
    ring's smallest node; layers i32[nodes], steps to it (into a ring: steps to the ring's first
    member met, which is 0 for a member).
    """
    nodes = above.size
    top = np.full(nodes, -1, np.int32)
    layers = np.zeros(nodes, np.int32)
    seen = np.full(nodes, -1, np.int32)
    path = np.empty(nodes, np.int32)
    for start in range(nodes):
        length = 0
        u = start
        while top[u] < 0 and seen[u] != start:
            seen[u] = start
            path[length] = u
            length += 1
            if above[u] < 0:
                break
            u = above[u]
        if top[u] < 0 and above[u] < 0:
            top[u] = u
        elif top[u] < 0:
            smallest = u
            v = above[u]
            while v != u:
                smallest = min(smallest, v)
                v = above[v]
            top[u] = smallest
            v = above[u]
            while v != u:
                top[v] = smallest
                v = above[v]
        for i in range(length - 1, -1, -1):
            v = path[i]
            if top[v] < 0:
                top[v] = top[above[v]]
                layers[v] = layers[above[v]] + 1
    return top, layers


@kernel
def _layer_up(
    pointers: "I64",
    holder: "I32",
    fraction: "F64",
    hidden: "Bool",
    cut_below: float,
    node: int,
    mass: float,
    share: "F64",
    held: "I32",
    ends: int,
    after: "F64",
    upper: "I32",
    above: int,
) -> "tuple[int, int]":
    """Hand a node's mass to its holders: to `share` at those nobody holds, to `after` at others."""
    for k in range(pointers[node], pointers[node + 1]):
        v = holder[k]
        part = mass * fraction[k]
        if part < cut_below or hidden[v]:
            continue
        if pointers[v] == pointers[v + 1]:
            if share[v] == 0.0:
                held[ends] = v
                ends += 1
            share[v] += part
        else:
            if after[v] == 0.0:
                upper[above] = v
                above += 1
            after[v] += part
    return ends, above


@kernel
def _walk_owners(
    pointers: "I64",
    holder: "I32",
    fraction: "F64",
    hidden: "Bool",
    cut_below: float,
    max_layers: int,
    start: int,
    share: "F64",
    held: "I32",
    mass: "F64",
    after: "F64",
    layer: "I32",
    upper: "I32",
) -> int:
    """Walk up from one node; gives how many ultimate holders stand in `held`, their `share` set.

    `mass` and `after` come and go as zeros.
    """
    ends, width = 0, 1
    layer[0] = start
    mass[start] = 1.0
    for _ in range(max_layers):
        if width == 0:
            break
        above = 0
        for q in range(width):
            u = layer[q]
            ends, above = _layer_up(
                pointers, holder, fraction, hidden, cut_below, u, mass[u],
                share, held, ends, after, upper, above,
            )  # fmt: skip
            mass[u] = 0.0
        for q in range(above):
            layer[q] = upper[q]
            mass[upper[q]] = after[upper[q]]
            after[upper[q]] = 0.0
        width = above
    for q in range(width):
        mass[layer[q]] = 0.0
    return ends


@kernel
def look_through(
    pointers: "I64",
    holder: "I32",
    fraction: "F64",
    hidden: "Bool",
    first: int,
    last: int,
    cut_below: float,
    max_layers: int,
    largest: "F64",
    largest_holder: "I32",
    followed: "F64",
) -> None:
    """Walk up the shareholdings of each node, carrying mass, to the holders nobody holds.

    A path is cut when its mass falls below `cut_below`, after max_layers, and at a node whose
    holders are `hidden`: there, but none with a known share. Fills, for first ≤ e < last, the
    largest ultimate holder's share, that holder (the smaller number at equal shares; −1 none),
    and the mass followed to an end; 1 − followed was cut or has no known holder.
    """
    nodes = pointers.size - 1
    share, mass, after = np.zeros(nodes), np.zeros(nodes), np.zeros(nodes)
    held, layer, upper = (
        np.empty(nodes, np.int32),
        np.empty(nodes, np.int32),
        np.empty(nodes, np.int32),
    )
    for e in range(first, last):
        largest[e] = 0.0
        largest_holder[e] = -1
        followed[e] = 0.0
        if pointers[e] == pointers[e + 1]:
            continue
        ends = _walk_owners(
            pointers, holder, fraction, hidden, cut_below, max_layers, e,
            share, held, mass, after, layer, upper,
        )  # fmt: skip
        for q in range(ends):
            v = held[q]
            followed[e] += share[v]
            if share[v] > largest[e] or (share[v] == largest[e] and v < largest_holder[e]):
                largest[e] = share[v]
                largest_holder[e] = v
            share[v] = 0.0


@kernel
def owners_of(
    pointers: "I64",
    holder: "I32",
    fraction: "F64",
    hidden: "Bool",
    cut_below: float,
    max_layers: int,
    starts: "I32",
) -> "tuple[I64, I32, F64]":
    """Give the ultimate holders of some nodes, each node's in the order they are met.

    Gives: bounds i64[starts + 1] into holders i32 and their shares f64.
    """
    nodes = pointers.size - 1
    share, mass, after = np.zeros(nodes), np.zeros(nodes), np.zeros(nodes)
    held, layer, upper = (
        np.empty(nodes, np.int32),
        np.empty(nodes, np.int32),
        np.empty(nodes, np.int32),
    )
    bounds = np.zeros(starts.size + 1, np.int64)
    found, shares = np.empty(4 * starts.size + 16, np.int32), np.empty(4 * starts.size + 16)
    for i in range(starts.size):
        ends = 0
        if pointers[starts[i]] < pointers[starts[i] + 1]:
            ends = _walk_owners(
                pointers, holder, fraction, hidden, cut_below, max_layers, starts[i],
                share, held, mass, after, layer, upper,
            )  # fmt: skip
        first, last = bounds[i], bounds[i] + ends
        if last > found.size:
            found = np.concatenate((found, np.empty(last, np.int32)))
            shares = np.concatenate((shares, np.empty(last)))
        for q in range(ends):
            found[first + q] = held[q]
            shares[first + q] = share[held[q]]
            share[held[q]] = 0.0
        bounds[i + 1] = last
    return bounds, found[: bounds[-1]].copy(), shares[: bounds[-1]].copy()
