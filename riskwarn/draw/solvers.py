"""Another exact solver for the same network: OR-tools, where it is installed (extra `assign`).

It must give the same officers as ours: `assign_officers` proves whatever it returns and refuses
what is not optimal, and random costs leave one optimum only.
"""

from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from riskwarn.draw.assign import Network, Solver
from riskwarn.errors import ConfigError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORTH_IT = 200_000  # pairs; fewer are solved before OR-tools is loaded
COST_LIMIT = 1 << 62  # OR-tools multiplies costs by the number of nodes within 64 bits


def best_solver(net: Network) -> "Solver | None":
    """Give OR-tools for a big network where it is installed, else None: our own solver."""
    if len(net.officer) < WORTH_IT or find_spec("ortools") is None:
        return None
    return solve_with_ortools


def solve_with_ortools(net: Network) -> "NDArray[np.bool_] | None":
    """Solve part by part (regions and departments that share no officer).

    Gives:  used bool [pairs]; None when a part cannot be staffed or its costs would overflow, so
            that our own solver takes over.
    Raises: ConfigError D163 when OR-tools is not installed.
    """
    try:
        min_cost_flow = import_module("ortools.graph.python.min_cost_flow")
    except ImportError as error:
        problem = Problem("D163", "没有安装 OR-tools", expected="pip install riskwarn[assign]")
        raise ConfigError(problem) from error
    used = np.zeros(len(net.officer), dtype=np.bool_)
    owner = np.repeat(np.arange(len(net.ptr) - 1), np.diff(net.ptr))
    for checks in _parts(net, owner):
        pairs = np.flatnonzero(np.isin(owner, checks))
        part, who = _part(net, pairs, owner, checks)
        found = _solve(part, min_cost_flow.SimpleMinCostFlow()) if len(who) else None
        if found is None:
            return None
        used[pairs] = found
    return used


def _parts(net: Network, owner: "NDArray[np.int64]") -> "list[NDArray[np.int64]]":
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    checks, size = len(net.ptr) - 1, len(net.ptr) - 1 + len(net.load)
    ends = (owner, checks + net.officer.astype(np.int64))
    graph = coo_array((np.ones(len(owner), dtype=np.int8), ends), shape=(size, size))
    label = connected_components(graph, directed=False)[1][:checks]
    return [np.flatnonzero(label == part) for part in np.unique(label)]


def _part(
    net: Network,
    pairs: "NDArray[np.int64]",
    owner: "NDArray[np.int64]",
    checks: "NDArray[np.int64]",
) -> "tuple[Network, NDArray[np.int64]]":
    who, officer = np.unique(net.officer[pairs], return_inverse=True)
    counts = np.bincount(np.searchsorted(checks, owner[pairs]), minlength=len(checks))
    part = replace(
        net,
        ptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        officer=officer.astype(np.int32),
        cost=net.cost[pairs],
        lead=net.lead[who],
        load=net.load[who],
        room=net.room[who],
    )
    return part, who.astype(np.int64)


def _solve(net: Network, flow: Any) -> "NDArray[np.bool_] | None":
    checks, officers = len(net.ptr) - 1, len(net.load)
    nodes = officers + 2 * checks + 2
    if int((net.load + net.room).max()) * net.step * (nodes + 1) > COST_LIMIT:
        return None
    check, side = officers + np.arange(checks), officers + checks + np.arange(checks)
    source, sink = nodes - 2, nodes - 1
    owner = np.repeat(np.arange(checks), np.diff(net.ptr))
    heads = np.where(net.lead[net.officer], check[owner], side[owner])
    ones, none = np.ones(len(net.officer), dtype=np.int64), np.zeros(checks, dtype=np.int64)
    add = flow.add_arcs_with_capacity_and_unit_cost
    arcs = add(net.officer.astype(np.int64), heads, ones, net.cost)
    level_of = np.repeat(np.arange(officers), net.room)
    first = np.repeat(np.cumsum(net.room) - net.room, net.room)
    level = (net.load[level_of] + np.arange(len(level_of)) - first + 1) * net.step
    add(np.full(len(level_of), source), level_of, np.ones(len(level_of), dtype=np.int64), level)
    add(side, check, none + net.size - 1, none)
    add(check, none + sink, none + net.size, none)
    flow.set_nodes_supplies(np.array([source, sink]), np.array([1, -1]) * checks * net.size)
    if flow.solve() != flow.OPTIMAL:  # reading flows of an unsolved problem ends the process
        return None
    used: NDArray[np.bool_] = flow.flows(arcs) > 0
    return used
