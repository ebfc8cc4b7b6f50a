"""The assignment is the cheapest there is, proven twice, and says what is missing otherwise."""

import itertools
import random
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest

from riskwarn.draw import flow
from riskwarn.draw.assign import Network, assign_officers, say_shortfall
from riskwarn.records.draw import Crew


def a_network(rng: random.Random, officers: int, checks: int, size: int = 2) -> Network:
    ptr, who, cost = [0], [], []
    for _ in range(checks):
        able = [i for i in range(officers) if rng.random() < 0.7]
        who += able
        cost += [rng.randrange(1 << 44) for _ in able]
        ptr.append(len(who))
    load = [rng.randrange(3) for _ in range(officers)]
    return Network(
        ptr=np.array(ptr, dtype=np.int64),
        officer=np.array(who, dtype=np.int32),
        cost=np.array(cost, dtype=np.int64),
        lead=np.array([rng.random() < 0.5 for _ in range(officers)]),
        load=np.array(load, dtype=np.int64),
        room=np.array([rng.randrange(1, 4) for _ in range(officers)], dtype=np.int64),
        step=1 << 44,
        size=size,
    )


def total(net: Network, used: np.ndarray) -> int:
    cost = sum(int(c) for c, u in zip(net.cost, used, strict=True) if u)
    count = np.bincount(net.officer[used], minlength=len(net.load))
    for load, n in zip(net.load.tolist(), count.tolist(), strict=True):
        cost += sum((load + k) * net.step for k in range(1, n + 1))
    return cost


def cheapest_by_trying_all(net: Network) -> int | None:
    """Every choice of crews: the slow truth for a handful of checks."""
    choices = []
    for c in range(len(net.ptr) - 1):
        pairs = range(net.ptr[c], net.ptr[c + 1])
        crews = itertools.combinations(pairs, net.size)
        choices.append([crew for crew in crews if any(net.lead[net.officer[a]] for a in crew)])
    best = None
    for picked in itertools.product(*choices):
        used = np.zeros(len(net.officer), dtype=bool)
        used[[a for crew in picked for a in crew]] = True
        count = np.bincount(net.officer[used], minlength=len(net.load))
        if (count <= net.room).all():
            cost = total(net, used)
            best = cost if best is None or cost < best else best
    return best


def solve(net: Network) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return flow.solve(
        net.ptr, net.officer, net.cost, net.lead, net.load, net.room, net.step, net.size
    )


def is_proven(net: Network, used: np.ndarray) -> bool:
    args = (net.ptr, net.officer, net.cost, net.lead, net.load, net.room, net.step, net.size)
    return bool(flow.potentials(*args, used)[0])


@pytest.mark.parametrize("size", [2, 3])
def test_the_answer_equals_trying_every_choice_on_two_hundred_small_instances(size):
    rng = random.Random(size)
    feasible = 0
    for _ in range(100):
        net = a_network(rng, rng.randrange(3, 7), rng.randrange(1, 4), size)
        used, short, _ = solve(net)
        best = cheapest_by_trying_all(net)
        if best is None:
            assert short.any()
            continue
        feasible += 1
        assert not short.any()
        assert total(net, used) == best
        assert is_proven(net, used)
    assert feasible > 25


def as_graph(net: Network) -> nx.DiGraph:
    """The same network for networkx; the levels of load are unit arcs through helper nodes."""
    graph = nx.DiGraph()
    checks = len(net.ptr) - 1
    graph.add_node("s", demand=-checks * net.size)
    graph.add_node("t", demand=checks * net.size)
    for i, (load, room) in enumerate(zip(net.load.tolist(), net.room.tolist(), strict=True)):
        for k in range(1, room + 1):
            graph.add_edge("s", ("level", i, k), capacity=1, weight=(load + k) * net.step)
            graph.add_edge(("level", i, k), ("officer", i), capacity=1, weight=0)
    for c in range(checks):
        graph.add_edge(("check", c), "t", capacity=net.size, weight=0)
        graph.add_edge(("side", c), ("check", c), capacity=net.size - 1, weight=0)
        for a in range(net.ptr[c], net.ptr[c + 1]):
            i = int(net.officer[a])
            to = ("check", c) if net.lead[i] else ("side", c)
            graph.add_edge(("officer", i), to, capacity=1, weight=int(net.cost[a]))
    return graph


def test_the_answer_equals_networkx_network_simplex_pair_by_pair():
    rng = random.Random(7)
    compared = 0
    for _ in range(6):
        net = a_network(rng, 14, 10)
        net = Network(**{n: getattr(net, n) for n in net.__slots__} | {"room": net.room + 2})
        used, short, _ = solve(net)
        if short.any():
            continue
        compared += 1
        flows = nx.network_simplex(as_graph(net))[1]
        owner = np.searchsorted(net.ptr, np.arange(len(net.officer)), side="right") - 1
        for a, (c, i) in enumerate(zip(owner.tolist(), net.officer.tolist(), strict=True)):
            to = ("check", c) if net.lead[i] else ("side", c)
            assert flows["officer", i][to] == int(used[a])
    assert compared >= 4


def test_any_single_exchange_of_officers_fails_the_proof():
    rng = random.Random(3)
    net = a_network(rng, 12, 8)
    net = Network(**{n: getattr(net, n) for n in net.__slots__} | {"room": net.room + 3})
    used, short, _ = solve(net)
    assert not short.any()
    exchanges = 0
    for c in range(8):
        span = range(net.ptr[c], net.ptr[c + 1])
        for out, into in itertools.product(span, span):
            if not used[out] or used[into]:
                continue
            crew = [a for a in span if used[a] and a != out] + [into]
            if not any(net.lead[net.officer[a]] for a in crew):
                continue
            other = used.copy()
            other[out], other[into] = False, True
            if (np.bincount(net.officer[other], minlength=12) > net.room).any():
                continue
            exchanges += 1
            assert not is_proven(net, other)
    assert exchanges > 20


def people(net: Network) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(officer_no=f"P{i:02d}", lead=bool(lead)) for i, lead in enumerate(net.lead)
    ]


def crews(count: int) -> list[Crew]:
    return [
        Crew(uscc=f"E{c}", department="D1", qualification="食品", tasks=("T1",), officers=())
        for c in range(count)
    ]


def test_a_shortfall_names_department_region_qualification_and_how_many():
    full = np.arange(0, 4 * 3, dtype=np.int32) % 3
    net = Network(
        ptr=np.arange(0, 13, 3, dtype=np.int64),
        officer=full,
        cost=np.arange(12, dtype=np.int64),
        lead=np.array([True, True, False]),
        load=np.zeros(3, dtype=np.int64),
        room=np.array([2, 2, 2], dtype=np.int64),
        step=1 << 44,
        size=2,
    )
    regions = {f"E{c}": "330106" for c in range(4)}
    found = assign_officers(net, crews(4), people(net), regions)  # type: ignore[arg-type]
    assert not found.potentials
    assert [(row.needed, row.available, row.lead) for row in found.shortfalls] == [(8, 6, False)]
    staffed = [len(crew.officers) for crew in found.crews]
    assert sum(staffed) == 6  # the best partial staffing uses everybody there is
    said = str(say_shortfall(found.shortfalls[0]))
    assert said.startswith("D162 人员不足：部门 D1 区划 330106 的 4 组检查需要执法人员 8 人次")
    assert "食品" in said


def test_when_only_leads_are_missing_it_says_leads():
    net = Network(
        ptr=np.array([0, 3, 6], dtype=np.int64),
        officer=np.array([0, 1, 2, 0, 1, 2], dtype=np.int32),
        cost=np.arange(6, dtype=np.int64),
        lead=np.array([True, False, False]),
        load=np.zeros(3, dtype=np.int64),
        room=np.array([1, 5, 5], dtype=np.int64),
        step=1 << 44,
        size=2,
    )
    regions = {"E0": "", "E1": ""}
    found = assign_officers(net, crews(2), people(net), regions)  # type: ignore[arg-type]
    assert [(row.needed, row.available, row.lead) for row in found.shortfalls] == [(2, 1, True)]


def test_load_is_levelled_before_chance_speaks():
    rng = random.Random(5)
    officers, checks = 6, 12
    net = Network(
        ptr=np.arange(0, officers * checks + 1, officers, dtype=np.int64),
        officer=np.tile(np.arange(officers, dtype=np.int32), checks),
        cost=np.array([rng.randrange(1 << 44) for _ in range(officers * checks)], dtype=np.int64),
        lead=np.ones(officers, dtype=bool),
        load=np.array([0, 0, 0, 2, 2, 2], dtype=np.int64),
        room=np.full(officers, 20, dtype=np.int64),
        step=1 << 44,
        size=2,
    )
    used, _, _ = solve(net)
    after = np.bincount(net.officer[used], minlength=officers) + net.load
    assert after.tolist() == [5, 5, 5, 5, 5, 5]  # (24 checks + 6 before) over six people


def test_or_tools_gives_the_same_officers_where_it_is_installed():
    pytest.importorskip("ortools", reason="the extra `assign` is not installed")
    from riskwarn.draw.solvers import solve_with_ortools

    rng = random.Random(11)
    compared = 0
    for _ in range(30):
        net = a_network(rng, 14, 8)
        used, short, _ = solve(net)
        other = solve_with_ortools(net)
        if short.any():
            assert other is None
        else:
            compared += 1
            assert other is not None
            assert (other == used).all()
    assert compared > 5


def test_a_draw_gives_the_same_bundle_with_or_tools_as_without(tmp_path, monkeypatch):
    pytest.importorskip("ortools", reason="the extra `assign` is not installed")
    from riskwarn.draw import solvers
    from tests.draw.builders import a_bundle

    own = a_bundle(tmp_path, 120)
    monkeypatch.setattr(solvers, "WORTH_IT", 0)
    assert a_bundle(tmp_path, 120) == own
