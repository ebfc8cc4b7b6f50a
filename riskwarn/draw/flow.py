"""Least-cost crews by successive shortest paths: exact on integers, no library but numba.

The network (facts of the model: docs/double_random.md): source → officer by unit arcs whose cost
grows with the load; officer → check, at most once; lead inspectors straight, others through a side
node that lets at most `size - 1` of a crew pass; check → sink, `size`. A path is found backwards
from the check that wants one more officer, with potentials, and stops at the first officer who has
room (Ahuja, Magnanti, Orlin: Network Flows, 9.7).
"""

import heapq

import numba as nb
import numpy as np

FAR = np.int64(1) << np.int64(62)


@nb.njit(cache=True)
def _start_potentials(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    ptr, officer, cost, lead, load, step, size, pot
):
    checks, officers = ptr.shape[0] - 1, load.shape[0]
    for i in range(officers):
        pot[i] = (load[i] + 1) * step
    for c in range(checks):
        best_lead, best_side = FAR, FAR
        for a in range(ptr[c], ptr[c + 1]):
            reach = pot[officer[a]] + cost[a]
            if lead[officer[a]]:
                best_lead = min(best_lead, reach)
            else:
                best_side = min(best_side, reach)
        pot[officers + checks + c] = best_side
        pot[officers + c] = min(best_lead, best_side) if size > 1 else best_lead


@nb.njit(cache=True)
def _relax(dist, step_to, arc_to, touched, heap, u, new, v, arc):  # type: ignore[no-untyped-def]  # pragma: no cover
    if new < dist[u]:
        if dist[u] == FAR:
            touched.append(u)
        dist[u] = new
        step_to[u] = v
        arc_to[u] = arc
        heapq.heappush(heap, (new, u))


@nb.njit(cache=True)
def _search(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    net, state, target, touched
):
    """Find the shortest way from the source to one check, backwards; see the module text.

    Gives: the reduced length, and the officer it starts with (-1: nobody can be reached).
    """
    ptr, officer, cost, lead, load, room, step, size = net
    used, owner, held, count, side, pot, dist, step_to, arc_to = state
    checks, officers = ptr.shape[0] - 1, load.shape[0]
    dist[officers + target] = 0
    heap = [(np.int64(0), np.int64(officers + target))]
    best, first = FAR, np.int64(-1)
    while len(heap) > 0:
        d, v = heapq.heappop(heap)
        if d >= best:
            break
        if d > dist[v]:
            continue
        if v < officers:
            if count[v] < room[v]:
                total = d + (load[v] + count[v] + 1) * step - pot[v]
                if total < best:
                    best, first = total, v
            for k in range(count[v]):  # hand one of its checks over to somebody else
                a = held[v, k]
                u = officers + owner[a] if lead[v] else officers + checks + owner[a]
                new = d - cost[a] + pot[u] - pot[v]
                _relax(dist, step_to, arc_to, touched, heap, u, new, v, a)
            continue
        direct = v < officers + checks
        c = v - officers if direct else v - officers - checks
        for a in range(ptr[c], ptr[c + 1]):
            u = np.int64(officer[a])
            if lead[u] == direct and not used[a]:
                new = d + cost[a] + pot[u] - pot[v]
                _relax(dist, step_to, arc_to, touched, heap, u, new, v, a)
        other = v + checks if direct else v - checks
        if (direct and side[c] < size - 1) or (not direct and side[c] > 0):
            new = d + pot[other] - pot[v]
            _relax(dist, step_to, arc_to, touched, heap, other, new, v, np.int64(-1))
    return best, first


@nb.njit(cache=True)
def _augment(net, state, target, first):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Walk the way found: each officer on it takes one check, the next gives that one up."""
    used, _owner, held, count, side, _pot, _dist, step_to, arc_to = state
    checks, officers = net[0].shape[0] - 1, net[4].shape[0]
    v = first
    while v != officers + target:
        after, a = step_to[v], arc_to[v]
        if v < officers:
            used[a] = True
            held[v, count[v]] = a
            count[v] += 1
        elif after < officers:
            used[a] = False
            for k in range(count[after]):
                if held[after, k] == a:
                    held[after, k] = held[after, count[after] - 1]
                    break
            count[after] -= 1
        elif v >= officers + checks:
            side[v - officers - checks] += 1
        else:
            side[v - officers] -= 1
        v = after


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
    nodes = officers + 2 * checks
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
    pot = np.zeros(nodes, dtype=np.int64)
    _start_potentials(ptr, officer, cost, lead, load, step, size, pot)
    dist = np.full(nodes, FAR, dtype=np.int64)
    step_to = np.full(nodes, -1, dtype=np.int64)
    arc_to = np.full(nodes, -1, dtype=np.int64)
    net = (ptr, officer, cost, lead, load, room, step, size)
    state = (used, owner, held, count, side, pot, dist, step_to, arc_to)
    short = np.zeros(checks, dtype=np.int64)
    cut = np.zeros(nodes, dtype=np.bool_)
    for target in range(checks):
        for unit in range(size):
            touched = [np.int64(officers + target)]
            best, first = _search(net, state, target, touched)
            if first < 0:
                if not short.any():
                    for v in touched:
                        cut[v] = True
                short[target] = size - unit
            else:
                for v in touched:
                    if dist[v] < best:
                        pot[v] += best - dist[v]
                _augment(net, state, target, first)
            for v in touched:
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
