"""Least-cost crews by successive shortest paths: exact on integers, no library but numba.

The network (docs/double_random.md): source → officer by unit arcs whose cost grows with the load;
officer → check, at most once, lead inspectors straight, others through a side node that lets at
most `size - 1` of a crew pass; check → sink, `size`. A way through a check always means that one
officer enters and another leaves, so the search walks from officer to officer only: backwards from
the check that wants one more, with potentials, to the first officer who has room (Ahuja, Magnanti,
Orlin: Network Flows, 9.7).
"""

import heapq

import numba as nb
import numpy as np

FAR = np.int64(1) << np.int64(62)


@nb.njit(cache=True)
def _enter(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    net, state, c, leads_only, base, after, best, first, touched, heap
):
    """Offer check `c` to all who may enter it; `after` is who would leave (-1: nobody).

    Gives: the shortest chain to somebody with room so far and where it starts; a way that is no
    shorter than that is not followed. On the way the check's price is worked out: the least that
    anybody asks for entering it. Potentials only grow, so an old price stays a lower bound, and a
    check that is too dear already need not be looked at.
    """
    ptr, officer, cost, lead, load, room, step = net[:7]
    used, count, price = state[0], state[3], state[9]
    pot, dist, step_to, arc_to = state[5], state[6], state[7], state[8]
    shift = base if after < 0 else base - pot[after]
    if shift + price[c] >= best:
        return best, first
    price[c] = FAR
    for a in range(ptr[c], ptr[c + 1]):
        if used[a]:
            continue
        u = officer[a]
        asked = cost[a] + pot[u]
        price[c] = min(price[c], asked)
        new = shift + asked
        if new >= best or new >= dist[u] or (leads_only and not lead[u]):
            continue
        if dist[u] == FAR:
            touched.append(np.int64(u))
        dist[u] = new
        step_to[u] = after
        arc_to[u] = a
        heapq.heappush(heap, (new, np.int64(u)))
        if count[u] < room[u]:
            total = new + (load[u] + count[u] + 1) * step - pot[u]
            if total < best:
                best, first = total, np.int64(u)
    return best, first


@nb.njit(cache=True)
def _search(net, state, target, touched):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Find the cheapest chain of officers that ends with one more in check `target`.

    Gives: its length (potential of the check), and the officer it starts with (-1: nobody).
    """
    cost, lead, size = net[2], net[3], net[7]
    owner, held, count, side, dist = state[1], state[2], state[3], state[4], state[6]
    heap = [(FAR, np.int64(-1))]
    none = np.int64(-1)
    leads_only = side[target] >= size - 1
    best, first = _enter(net, state, target, leads_only, 0, none, FAR, none, touched, heap)
    while len(heap) > 0:
        d, v = heapq.heappop(heap)
        if d >= best or v < 0:
            break
        if d > dist[v]:
            continue
        for k in range(count[v]):  # hand one of its checks over to somebody else
            a = held[v, k]
            c = owner[a]
            leads_only = lead[v] and side[c] >= size - 1
            best, first = _enter(
                net, state, c, leads_only, d - cost[a], v, best, first, touched, heap
            )
    return best, first


@nb.njit(cache=True)
def _augment(net, state, target, first):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Walk the chain: each officer on it takes one check, the next gives that one up."""
    lead = net[3]
    used, owner, held, count, side, pot, _dist, step_to, arc_to, price = state
    v = first
    while v >= 0:
        a, after = arc_to[v], step_to[v]
        c = owner[a]
        if after >= 0:
            for k in range(count[after]):
                if owner[held[after, k]] == c:
                    used[held[after, k]] = False
                    price[c] = min(price[c], net[2][held[after, k]] + pot[after])
                    held[after, k] = held[after, count[after] - 1]
                    break
            count[after] -= 1
            side[c] -= 0 if lead[after] else 1
        used[a] = True
        held[v, count[v]] = a
        count[v] += 1
        side[c] += 0 if lead[v] else 1
        v = after


@nb.njit(cache=True)
def _cut(net, state, target):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Mark all that a failed search reaches: officers, then checks, then their side nodes."""
    ptr, officer, _cost, lead, load, _room, _step, size = net
    used, owner, held, count, side = state[0], state[1], state[2], state[3], state[4]
    checks, officers = ptr.shape[0] - 1, load.shape[0]
    cut = np.zeros(officers + 2 * checks, dtype=np.bool_)
    cut[officers + target] = True
    todo = [np.int64(officers + target)]
    while len(todo) > 0:
        v = todo.pop()
        found = [np.int64(-1)]
        if v < officers:
            for k in range(count[v]):
                c = owner[held[v, k]]
                found.append(officers + c if lead[v] else officers + checks + c)
        else:
            direct = v < officers + checks
            c = v - officers if direct else v - officers - checks
            if direct and side[c] < size - 1:
                found.append(v + checks)
            if not direct and side[c] > 0:
                found.append(v - checks)
            for a in range(ptr[c], ptr[c + 1]):
                fits = lead[officer[a]] == direct and not used[a]
                found.append(np.int64(officer[a]) if fits else np.int64(-1))
        for u in found:
            if u >= 0 and not cut[u]:
                cut[u] = True
                todo.append(u)
    return cut


@nb.njit(cache=True)
def solve(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    ptr, officer, cost, lead, load, room, step, size
):
    """Assign `size` officers to every check; see the module text.

    Takes:  ptr i64 [checks+1], officer i32 and cost i64 [pairs] (pairs of a check side by side,
            cost ≥ 0); lead bool, load i64 (before this batch), room i64 (how many more), all
            [officers]; step i64, the cost of one level of load; size ≥ 1.
    Gives:  used bool [pairs]; short i64 [checks], officers that could not be found; cut bool
            [officers + 2·checks], what the first failed search had reached (all False: none).
    """
    checks, officers, pairs = ptr.shape[0] - 1, load.shape[0], officer.shape[0]
    owner = np.empty(pairs, dtype=np.int64)
    for c in range(checks):
        owner[ptr[c] : ptr[c + 1]] = c
    most = np.int64(0)
    for i in range(officers):
        most = max(most, room[i])
    used = np.zeros(pairs, dtype=np.bool_)
    held = np.full((officers, most + 1), -1, dtype=np.int64)
    count = np.zeros(officers, dtype=np.int64)
    side = np.zeros(checks, dtype=np.int64)
    pot = (load + 1) * step
    dist = np.full(officers, FAR, dtype=np.int64)
    step_to = np.full(officers, -1, dtype=np.int64)
    arc_to = np.full(officers, -1, dtype=np.int64)
    net = (ptr, officer, cost, lead, load, room, step, size)
    price = np.zeros(checks, dtype=np.int64)
    state = (used, owner, held, count, side, pot, dist, step_to, arc_to, price)
    short = np.zeros(checks, dtype=np.int64)
    cut = np.zeros(officers + 2 * checks, dtype=np.bool_)
    # checks that share officers one after the other: what a search looks at is still at hand
    first_of = np.array([officer[ptr[c]] if ptr[c] < ptr[c + 1] else -1 for c in range(checks)])
    for target in np.argsort(first_of, kind="mergesort"):
        for unit in range(size):
            touched = [np.int64(-1)]
            best, first = _search(net, state, target, touched)
            if first < 0:
                if not short.any():
                    cut = _cut(net, state, target)
                short[target] = size - unit
            else:
                for v in touched[1:]:
                    if dist[v] < best:
                        pot[v] += best - dist[v]
                _augment(net, state, target, first)
            for v in touched[1:]:
                dist[v] = FAR
            if first < 0:
                break
    return used, short, cut


@nb.njit(cache=True)
def potentials(  # type: ignore[no-untyped-def]  # noqa: C901  # pragma: no cover - compiled
    ptr, officer, cost, lead, load, room, step, size, used
):
    """Prove an assignment least-cost, or find that it is not; asks nothing of how it was made.

    Takes:  as `solve`, and used bool [pairs], an assignment with every crew full.
    Gives:  (True, potential i64 [officers]) where source = 0, the same for every solver: distances
            in the residual network from everywhere at once (Bellman-Ford); or (False, …) when a
            cycle of negative cost shows a cheaper assignment.
    """
    checks, officers = ptr.shape[0] - 1, load.shape[0]
    nodes = officers + 2 * checks
    pot = np.zeros(nodes + 1, dtype=np.int64)  # the last is the source
    count = np.zeros(officers, dtype=np.int64)
    side = np.zeros(checks, dtype=np.int64)
    for c in range(checks):
        for a in range(ptr[c], ptr[c + 1]):
            if used[a]:
                count[officer[a]] += 1
                if not lead[officer[a]]:
                    side[c] += 1
    for _round in range(nodes + 2):
        moved = False
        for i in range(officers):
            if count[i] < room[i]:
                new = pot[nodes] + (load[i] + count[i] + 1) * step
                if new < pot[i]:
                    pot[i] = new
                    moved = True
            if count[i] > 0:
                new = pot[i] - (load[i] + count[i]) * step
                if new < pot[nodes]:
                    pot[nodes] = new
                    moved = True
        for c in range(checks):
            at, by = officers + c, officers + checks + c
            for a in range(ptr[c], ptr[c + 1]):
                i = officer[a]
                to = at if lead[i] else by
                if used[a]:
                    if pot[to] - cost[a] < pot[i]:
                        pot[i] = pot[to] - cost[a]
                        moved = True
                elif pot[i] + cost[a] < pot[to]:
                    pot[to] = pot[i] + cost[a]
                    moved = True
            if side[c] < size - 1 and pot[by] < pot[at]:
                pot[at] = pot[by]
                moved = True
            if side[c] > 0 and pot[at] < pot[by]:
                pot[by] = pot[at]
                moved = True
        if not moved:
            return True, pot[:officers] - pot[nodes]
    return False, pot[:officers] - pot[nodes]
