"""Kernels on int32 adjacency: build, components, neighbourhoods, reach.

Every kernel works a row at a time in a fixed order, so that its bits do not depend on threads.
"""

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from riskwarn.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    I32: TypeAlias = NDArray[np.int32]
    I64: TypeAlias = NDArray[np.int64]
    Index: TypeAlias = I32 | I64  # pointers into an adjacency
    F64: TypeAlias = NDArray[np.float64]
    Bool: TypeAlias = NDArray[np.bool_]


@kernel
def sort_rows(nodes: int, row: "I32", column: "I32") -> "tuple[I64, I32, I32]":
    """Counting sort of an edge list by row, stable.

    Gives: pointers i64[nodes + 1], columns i32[edges], and where each entry stood in the list.
    """
    pointers = np.zeros(nodes + 1, np.int64)
    for r in row:
        pointers[r + 1] += 1
    for i in range(nodes):
        pointers[i + 1] += pointers[i]
    free = pointers[:-1].copy()
    columns = np.empty(row.size, np.int32)
    origin = np.empty(row.size, np.int32)  # edges are numbered in 32 bits throughout
    for k in range(row.size):
        place = free[row[k]]
        free[row[k]] = place + 1
        columns[place] = column[k]
        origin[place] = k
    return pointers, columns, origin


@kernel
def components(nodes: int, source: "I32", target: "I32") -> "I32":
    """Union-find with path halving; gives the smallest node of each node's component."""
    root = np.arange(nodes).astype(np.int32)
    for k in range(source.size):
        a, b = source[k], target[k]
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        if a < b:
            root[b] = a
        elif b < a:
            root[a] = b
    for i in range(nodes):
        root[i] = root[root[i]]
    return root


@kernel
def write_distinct(keys: "I64", source: "I32", target: "I32") -> int:
    """Write the distinct ones of sorted keys (source in the upper half); gives how many."""
    found = 0
    for k in range(keys.size):
        if k == 0 or keys[k] != keys[k - 1]:
            source[found] = keys[k] >> 32
            target[found] = keys[k] & 0xFFFFFFFF
            found += 1
    return found


@kernel
def count_ends(nodes: int, source: "I32", target: "I32") -> "I32":
    """Count the edges at each node, whatever their type and direction."""
    found = np.zeros(nodes, np.int32)
    for k in range(source.size):
        found[source[k]] += 1
        found[target[k]] += 1
    return found


@kernel
def count_shared(
    pointers: "Index", columns: "I32", entities: int, enterprises: int, hub: "Bool"
) -> "I32":
    """Count the other enterprises that share a person, address or phone with each enterprise.

    Each counts once. Through hubs they are not enumerated for each: the largest hub's number,
    counted once, is taken when it is larger, which is exact when the enterprise has one such node.
    Gives: i32[enterprises], −1 where the enterprise has no such node.
    """
    members = np.zeros(hub.size, np.int32)
    seen = np.full(enterprises, -1, np.int32)
    for node in range(entities, hub.size):
        if hub[node]:
            for j in range(pointers[node], pointers[node + 1]):
                other = columns[j]
                if other < enterprises and seen[other] != node:
                    seen[other] = node
                    members[node] += 1
    found = np.full(enterprises, -1, np.int32)
    stamp = np.full(enterprises, -1, np.int32)
    for e in range(enterprises):
        most = -1
        distinct = 0
        stamp[e] = e
        for k in range(pointers[e], pointers[e + 1]):
            node = columns[k]
            if node < entities:
                continue
            if hub[node]:
                most = max(most, members[node] - 1)
                continue
            most = max(most, 0)
            for j in range(pointers[node], pointers[node + 1]):
                other = columns[j]
                if other < enterprises and stamp[other] != e:
                    stamp[other] = e
                    distinct += 1
        found[e] = max(most, distinct) if most >= 0 else -1
    return found


@kernel
def _visit(
    pointers: "Index",
    columns: "I32",
    entities: int,
    node: int,
    mark: int,
    stamp: "I32",
    queue: "I32",
    end: int,
) -> int:
    """Queue the enterprises at a node that are not stamped yet; gives the queue's new end.

    When the queue is full, gives its size + 1.
    """
    for k in range(pointers[node], pointers[node + 1]):
        v = columns[k]
        if v < entities and stamp[v] != mark:
            if end == queue.size:
                return end + 1
            stamp[v] = mark
            queue[end] = v
            end += 1
    return end


@kernel
def _surround(
    pointers: "Index",
    columns: "I32",
    entities: int,
    hub: "Bool",
    centre: int,
    hops: int,
    stamp: "I32",
    queue: "I32",
) -> int:
    """Queue the enterprises within `hops` of the centre, nearest first, the centre at 0.

    Gives: the queue's end, or its size + 1 when it was full before the walk was over.
    """
    stamp[centre] = centre
    queue[0] = centre
    start, end = 0, 1
    for _ in range(hops):
        stop = end
        for q in range(start, stop):
            u = queue[q]
            if u != centre and hub[u]:
                continue
            end = _visit(pointers, columns, entities, u, centre, stamp, queue, end)
            if end > queue.size:
                return end
            for k in range(pointers[u], pointers[u + 1]):
                v = columns[k]
                if v < entities or hub[v] or stamp[v] == centre:
                    continue
                stamp[v] = centre
                end = _visit(pointers, columns, entities, v, centre, stamp, queue, end)
                if end > queue.size:
                    return end
        start = stop
    return end


@kernel
def project(
    pointers: "Index", columns: "I32", entities: int, hub: "Bool", most: int
) -> "tuple[I64, I32]":
    """List each entity's neighbours of one hop, in the order a walk meets them.

    Gives: adjacency of the entities alone; of none when it would have more than `most` entries.
    """
    stamp = np.full(pointers.size - 1, -1, np.int32)
    queue = np.empty(entities + 1, np.int32)
    starts = np.zeros(entities + 1, np.int64)
    near = np.empty(min(most, 4 * columns.size + 16), np.int32)
    for e in range(entities):
        end = _surround(pointers, columns, entities, hub, e, 1, stamp, queue)
        start, stop = starts[e], starts[e] + end - 1
        if stop > most:
            return np.zeros(1, np.int64), np.empty(0, np.int32)
        if stop > near.size:
            wider = np.empty(min(most, 2 * stop), np.int32)
            wider[:start] = near[:start]
            near = wider
        near[start:stop] = queue[1:end]
        starts[e + 1] = stop
    return starts, near[: starts[entities]]  # the rest of it was never touched


@kernel
def neighbourhood(
    pointers: "Index",
    columns: "I32",
    entities: int,
    first: int,
    last: int,
    hub: "Bool",
    hops: int,
    limit: int,
    values: "F64",
    total: "F64",
    known: "I32",
    greatest: "F64",
    near: "I32",
) -> int:
    """Walk each enterprise's surroundings once and gather its neighbours' values.

    A hop leads to an enterprise joined directly, or through one person, address or phone that is
    no hub. Neighbours within `hops` count once each, the enterprise itself never; the walk does
    not go on from an enterprise that is a hub. Values: f64[enterprises, m], NaN unknown.
    Fills total, known, greatest [., m] and near [.] for first ≤ e < last.
    Gives: how many walks stopped at `limit` neighbours (nearest first).
    """
    stamp = np.full(pointers.size - 1, -1, np.int32)
    queue = np.empty(limit + 1, np.int32)
    rated, width = values.shape
    stopped = 0
    for e in range(first, last):
        end = _surround(pointers, columns, entities, hub, e, hops, stamp, queue)
        if end > queue.size:
            stopped += 1
            end = queue.size
        near[e] = end - 1
        for q in range(1, end):
            u = queue[q]
            if u >= rated:
                continue
            for j in range(width):
                value = values[u, j]
                if np.isnan(value):
                    continue
                total[e, j] += value
                known[e, j] += 1
                if known[e, j] == 1 or value > greatest[e, j]:
                    greatest[e, j] = value
    return stopped


@kernel
def _spread(
    pointers: "Index", columns: "I32", entities: int, node: int, hops: "I32", queue: "I32", end: int
) -> int:
    """Queue the unreached enterprises at a node, one hop on; gives the queue's new end."""
    step = hops[node] + 1 if node < entities else hops[node]
    for k in range(pointers[node], pointers[node + 1]):
        v = columns[k]
        if v < entities and hops[v] < 0:
            hops[v] = step
            queue[end] = v
            end += 1
    return end


@kernel
def hops_from(
    pointers: "Index",
    columns: "I32",
    entities: int,
    hub: "Bool",
    sources: "I32",
    max_hops: int,
) -> "I32":
    """Breadth-first from all sources at once.

    Gives: i32[entities], hops from the nearest source, max_hops + 1 where none is so near.
    """
    hops = np.full(pointers.size - 1, -1, np.int32)
    queue = np.empty(entities, np.int32)
    start, end = 0, sources.size
    for i in range(sources.size):
        hops[sources[i]] = 0
        queue[i] = sources[i]
    while start < end:
        u = queue[start]
        start += 1
        if hops[u] == max_hops or (hops[u] > 0 and hub[u]):
            continue
        end = _spread(pointers, columns, entities, u, hops, queue, end)
        for k in range(pointers[u], pointers[u + 1]):
            v = columns[k]
            if v >= entities and hops[v] < 0 and not hub[v]:
                hops[v] = hops[u] + 1
                end = _spread(pointers, columns, entities, v, hops, queue, end)
    for i in range(entities):
        if hops[i] < 0:
            hops[i] = max_hops + 1
    return hops[:entities].copy()
