"""The best known simple kernels on int32 adjacency, one job each: what the scan is held against.

They do the bare job only: no unknowns, no hubs, no rings solved, no edge in time.
"""

import numba as nb
import numpy as np

_JIT = {"cache": True, "nogil": True}


@nb.njit(**_JIT)
def both_ways(nodes, source, target):
    """Counting sort of an undirected edge list.  Gives: pointers i64, columns i32."""
    pointers = np.zeros(nodes + 1, np.int64)
    for k in range(source.size):
        pointers[source[k] + 1] += 1
        pointers[target[k] + 1] += 1
    for i in range(nodes):
        pointers[i + 1] += pointers[i]
    free = pointers[:-1].copy()
    columns = np.empty(2 * source.size, np.int32)
    for k in range(source.size):
        a, b = source[k], target[k]
        columns[free[a]] = b
        free[a] += 1
        columns[free[b]] = a
        free[b] += 1
    return pointers, columns


@nb.njit(**_JIT)
def by_row(nodes, row, column, value):
    """Counting sort of a weighted edge list.  Gives: pointers, columns, values f32."""
    pointers = np.zeros(nodes + 1, np.int64)
    for r in row:
        pointers[r + 1] += 1
    for i in range(nodes):
        pointers[i + 1] += pointers[i]
    free = pointers[:-1].copy()
    columns = np.empty(row.size, np.int32)
    values = np.empty(row.size, np.float32)
    for k in range(row.size):
        at = free[row[k]]
        free[row[k]] = at + 1
        columns[at] = column[k]
        values[at] = value[k]
    return pointers, columns, values


@nb.njit(**_JIT)
def weak_components(nodes, source, target):
    """Union-find with path halving."""
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


@nb.njit(**_JIT)
def strong_components(pointers, columns):
    """Tarjan without recursion; nodes without successors are done at once."""
    nodes = pointers.size - 1
    low, number = np.zeros(nodes, np.int32), np.zeros(nodes, np.int32)
    stack, calls = np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    cursor = np.empty(nodes, np.int64)
    component = np.full(nodes, -1, np.int32)
    height = time = found = 0
    for start in range(nodes):
        if number[start]:
            continue
        depth, time = 1, time + 1
        calls[0] = stack[height] = start
        height += 1
        number[start] = low[start] = time
        cursor[start] = pointers[start]
        while depth:
            u = calls[depth - 1]
            if cursor[u] < pointers[u + 1]:
                v = columns[cursor[u]]
                cursor[u] += 1
                if number[v] == 0:
                    time += 1
                    number[v] = low[v] = time
                    if pointers[v] == pointers[v + 1]:
                        component[v] = found
                        found += 1
                        continue
                    cursor[v] = pointers[v]
                    stack[height] = calls[depth] = v
                    height += 1
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
                    component[stack[height]] = found
                    if stack[height] == u:
                        break
                found += 1
    return component


@nb.njit(**_JIT)
def cores(pointers, columns):
    """Batagelj and Zaversnik."""
    nodes = pointers.size - 1
    left = (pointers[1:] - pointers[:-1]).astype(np.int32)
    bins = np.zeros(left.max() + 2, np.int64)
    for d in left:
        bins[d + 1] += 1
    for d in range(left.max() + 1):
        bins[d + 1] += bins[d]
    place, order, free = np.empty(nodes, np.int32), np.empty(nodes, np.int32), bins.copy()
    for u in range(nodes):
        place[u] = free[left[u]]
        order[place[u]] = u
        free[left[u]] += 1
    for i in range(nodes):
        u = order[i]
        for k in range(pointers[u], pointers[u + 1]):
            v = columns[k]
            if left[v] > left[u]:
                first = bins[left[v]]
                other = order[first]
                order[place[v]], place[other] = other, place[v]
                order[first], place[v] = v, first
                bins[left[v]] += 1
                left[v] -= 1
    return left


@nb.njit(**_JIT)
def controllers(pointers, columns, values):
    """Follow the holder of half or more upwards, by pointer jumping."""
    nodes = pointers.size - 1
    top = np.arange(nodes).astype(np.int32)
    for u in range(nodes):
        best = np.float32(0.5)
        for k in range(pointers[u], pointers[u + 1]):
            if values[k] >= best:
                best = values[k]
                top[u] = columns[k]
    for _ in range(6):
        for u in range(nodes):
            top[u] = top[top[u]]
    return top


@nb.njit(**_JIT)
def owners(pointers, columns, values, enterprises, least, layers):
    """Walk every enterprise's holders up to the end; counts ultimate holders of a quarter or more.

    A path below `least` is cut. Gives: how many, and the mass cut.
    """
    share, held = np.zeros(pointers.size - 1, np.float32), np.empty(65_536, np.int32)
    node, mass = np.empty(65_536, np.int32), np.empty(65_536, np.float32)
    upper, above = np.empty(65_536, np.int32), np.empty(65_536, np.float32)
    found, cut = 0, 0.0
    for e in range(enterprises):
        node[0], mass[0] = e, 1.0
        width, ends = 1, 0
        for _ in range(layers):
            wide = 0
            for q in range(width):
                for k in range(pointers[node[q]], pointers[node[q] + 1]):
                    v, part = columns[k], mass[q] * values[k]
                    if part < least or wide == 65_536:
                        cut += part
                    elif pointers[v] == pointers[v + 1]:
                        if share[v] == 0:
                            held[ends] = v
                            ends += 1
                        share[v] += part
                    else:
                        upper[wide], above[wide] = v, part
                        wide += 1
            node, upper = upper, node
            mass, above = above, mass
            width = wide
            if not width:
                break
        for q in range(ends):
            found += share[held[q]] >= 0.25
            share[held[q]] = 0
    return found, cut


@nb.njit(**_JIT)
def pagerank(pointers, columns, seed, steps):
    """Personalised PageRank, damping 0.85."""
    nodes = pointers.size - 1
    now, given = seed.copy(), np.empty(nodes, np.float32)
    for _ in range(steps):
        for u in range(nodes):
            degree = pointers[u + 1] - pointers[u]
            given[u] = now[u] / degree if degree else 0
        for u in range(nodes):
            total = np.float32(0)
            for k in range(pointers[u], pointers[u + 1]):
                total += given[columns[k]]
            now[u] = np.float32(0.85) * total + np.float32(0.15) * seed[u]
    return now


@nb.njit(**_JIT)
def neighbour_means(pointers, columns, values):
    """Mean of the neighbours' attributes, f32 [nodes, m]."""
    nodes, width = values.shape
    found = np.zeros((nodes, width), np.float32)
    for u in range(nodes):
        for k in range(pointers[u], pointers[u + 1]):
            for j in range(width):
                found[u, j] += values[columns[k], j]
        degree = pointers[u + 1] - pointers[u]
        if degree > 1:
            for j in range(width):
                found[u, j] /= degree
    return found


@nb.njit(**_JIT)
def neighbour_maxima(pointers, columns, values):
    """Greatest of the neighbours' attributes, f32 [nodes, m]."""
    nodes, width = values.shape
    found = np.zeros((nodes, width), np.float32)
    for u in range(nodes):
        for k in range(pointers[u], pointers[u + 1]):
            for j in range(width):
                found[u, j] = max(found[u, j], values[columns[k], j])
    return found


@nb.njit(**_JIT)
def number_hashes(hashes, slots, numbers):
    """Dense numbers for 64-bit hashes by open addressing; slots u64, numbers i32, powers of two.

    Gives: i32 [hashes], and how many distinct ones there are. A hash of 0 counts as 1.
    """
    mask, count = np.uint64(slots.size - 1), 0
    found = np.empty(hashes.size, np.int32)
    for i in range(hashes.size):
        wanted = hashes[i] if hashes[i] else np.uint64(1)
        at = wanted & mask
        while slots[at] and slots[at] != wanted:
            at = (at + np.uint64(1)) & mask
        if not slots[at]:
            slots[at] = wanted
            numbers[at] = count
            count += 1
        found[i] = numbers[at]
    return found, count
