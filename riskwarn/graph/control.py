"""Who controls an enterprise: majority chains, look-through ownership, and how sure that is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from riskwarn.constants import FULL_SHARE_BP
from riskwarn.graph.graph import Graph, Links, describe
from riskwarn.graph.holdings import Holdings, direct_holdings, ring_of, solve_rings
from riskwarn.graph.neighbours import in_blocks
from riskwarn.graph.ownership import (
    follow_control,
    look_through,
    majority_holder,
    owners_of,
)
from riskwarn.graph.shares import most_by_rounding
from riskwarn.graph.upstream import upstream
from riskwarn.records.graph import (
    BeneficialOwner,
    ControlChain,
    ControlStep,
    GraphNode,
    HoldingFaults,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

CUT_BELOW = 0.001  # a path that carries less than 0.1 % is cut; the cut mass is reported
OWNER_FROM_BP = (
    2_500  # 受益所有人: 25 % or more of the equity, 受益所有人信息管理办法（2024）第六条
)
MAX_LAYERS = 64  # bounds rings that could not be solved


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Control of every registered enterprise.

    The actual controller is found by going up, layer by layer, to the direct holder of more than
    half of the equity (公司法 2023 第二百六十五条: 超过百分之五十), until nobody holds so much. At
    most one holder can; where majorities run in a ring, the ring's smallest node number stands
    for it: enterprises registered here before outside ones, then by uscc.
    """

    above: "NDArray[np.int32]"  # each node's majority holder, −1 none
    controller: "NDArray[np.int32]"  # a node; the enterprise itself when nobody controls it
    layers: "NDArray[np.int32]"
    controlled: "NDArray[np.int32]"  # registered enterprises with the same controller, with itself
    unknown: "NDArray[np.bool_]"  # a holder of unknown share on the way could be the majority
    largest_bp: "NDArray[np.int32]"  # look-through share of the largest ultimate holder
    largest_holder: "NDArray[np.int32]"  # −1 none
    cut_bp: "NDArray[np.int32]"  # mass not followed to an end
    no_holder: "NDArray[np.bool_]"  # no holder with a known share is recorded
    cut_total: float  # enterprise-units of mass cut, over all enterprises with holders


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """What the chains of many enterprises are read from; build it once with `read_ownership`."""

    direct: Holdings
    solved: Holdings  # rings replaced by their outside holders
    above: "NDArray[np.int32]"  # each node's majority holder, −1 none
    top: "NDArray[np.int32]"
    layers: "NDArray[np.int32]"
    ring: "NDArray[np.int32]"
    may_be: "NDArray[np.bool_]"  # a holder of unknown share could be the majority


def read_ownership(graph: Graph) -> Ownership:
    """Read direct holdings, majorities and rings of the whole graph."""
    direct, ring = direct_holdings(graph), ring_of(graph)
    above = majority_holder(direct.pointers, direct.holder, direct.fraction)
    top, layers = follow_control(above)
    return Ownership(
        direct=direct,
        solved=solve_rings(direct, ring),
        above=above,
        top=top,
        layers=layers,
        ring=ring,
        may_be=_may_be_controlled(direct, above),
    )


def find_control(graph: Graph, *, threads: int = 1) -> Control:
    """Find controllers and ultimate holders of all registered enterprises."""
    own = read_ownership(graph)
    n = graph.enterprises
    top = own.top[:n]
    sizes = np.bincount(top, minlength=graph.nodes)
    largest, holder, followed = walk_up(own.solved, n, threads)
    none = np.diff(own.direct.pointers[: n + 1]) == 0
    cut = np.where(none, 0.0, 1.0 - followed)
    return Control(
        above=own.above,
        controller=top,
        layers=own.layers[:n],
        controlled=sizes[top].astype(np.int32),
        unknown=own.may_be[top],
        largest_bp=to_bp(largest),
        largest_holder=holder,
        cut_bp=to_bp(cut),
        no_holder=none,
        cut_total=float(cut.sum()),
    )


def walk_up(
    holdings: Holdings, rows: int, threads: int
) -> "tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]":
    """Run the look-through walk over the first `rows` nodes, in blocks."""
    largest, followed = np.zeros(rows), np.zeros(rows)
    holder = np.full(rows, -1, np.int32)
    hidden = _hidden(holdings)

    def work(first: int, last: int) -> None:
        look_through(
            holdings.pointers, holdings.holder, holdings.fraction, hidden, first, last,
            CUT_BELOW, MAX_LAYERS, largest, holder, followed,
        )  # fmt: skip

    in_blocks(rows, threads, work)
    return largest, holder, followed


def to_bp(share: "NDArray[np.float64]") -> "NDArray[np.int32]":
    """Round a share to whole basis points, half up; tiny float noise never shows."""
    return np.floor(np.clip(share, 0, 1) * FULL_SHARE_BP + 0.5).astype(np.int32)


def _hidden(holdings: Holdings) -> "NDArray[np.bool_]":
    """Nodes that have holders, but none with a known share: mass cannot be followed there."""
    none_known: NDArray[np.bool_] = np.diff(holdings.pointers) == 0
    return holdings.unknown & none_known


def _may_be_controlled(direct: Holdings, above: "NDArray[np.int32]") -> "NDArray[np.bool_]":
    """Nodes where nobody is known to hold the majority but a holder of unknown share could."""
    row = np.repeat(np.arange(above.size), np.diff(direct.pointers))
    known = np.bincount(row, weights=direct.fraction, minlength=above.size)
    return direct.unknown & (above < 0) & (known < 0.5)


def chains(
    graph: Graph, ents: Sequence[int], ownership: Ownership | None = None
) -> tuple[ControlChain, ...]:
    """Show who controls enterprises, layer by layer, and who holds 25 % or more in the end.

    Takes:  ownership, from `read_ownership`, when it is there already; else only what lies above
            the enterprises is read.
    Raises: IndexError when one of ents is no registered enterprise.
    """
    strange = [ent for ent in ents if not 0 <= ent < graph.enterprises]
    if strange:
        raise IndexError(f"no enterprise {strange[0]}")
    part, numbers = (graph, None) if ownership else upstream(graph, ents)
    own = ownership or read_ownership(part)
    places = ents if numbers is None else np.searchsorted(numbers, np.array(ents)).tolist()

    def told(node: int) -> GraphNode:
        return describe(graph, node if numbers is None else int(numbers[node]))

    solved = own.solved
    bounds, nodes, shares = owners_of(
        solved.pointers, solved.holder, solved.fraction, _hidden(solved),
        CUT_BELOW, MAX_LAYERS, np.array(places, np.int32),
    )  # fmt: skip
    spans = [slice(*span) for span in pairwise(bounds.tolist())]
    reading = _Reading(part, own, part.links(("shareholding",), "in"), told)
    return tuple(
        _chain(reading, place, nodes[span], shares[span])
        for place, span in zip(places, spans, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """What chains are read from; `told` describes a node."""

    graph: Graph
    own: Ownership
    holders: Links
    told: "Callable[[int], GraphNode]"


def _chain(
    reading: _Reading, ent: int, nodes: "NDArray[np.int32]", shares: "NDArray[np.float64]"
) -> ControlChain:
    own, told = reading.own, reading.told
    steps, node, seen = [], ent, [ent]
    while own.above[node] >= 0:
        holder = int(own.above[node])
        steps.append(ControlStep(holder=told(holder), share_bp=_share(own.direct, node, holder)))
        if holder in seen:
            break
        seen.append(holder)
        node = holder
    top = int(own.top[ent])
    unknown = bool(own.may_be[top])
    held = own.direct.pointers[ent + 1] > own.direct.pointers[ent] or own.direct.unknown[ent]
    faults = [_faults(reading, one) for one in seen if one < reading.graph.entities]
    return ControlChain(
        enterprise=told(ent),
        steps=tuple(steps),
        controller=told(top) if steps and not unknown else None,
        unknown=unknown,
        in_ring=bool(own.above[top] >= 0),
        owners=_owners(reading, nodes, shares),
        cut_bp=int(to_bp(np.array([1.0 - float(shares.sum())]))[0]) if held else 0,
        faults=tuple(one for one in faults if one.any),
    )


def _faults(reading: _Reading, node: int) -> HoldingFaults:
    graph, holders = reading.graph, reading.holders
    part = graph.edges_of("shareholding")
    span = slice(holders.pointers[node], holders.pointers[node + 1])
    shares = graph.share_bp[part][holders.edge[span] - part.start]
    total = int(shares[shares > 0].sum(dtype=np.int64))
    place = int(np.searchsorted(graph.self_held, np.int32(node)))
    return HoldingFaults(
        enterprise=reading.told(node),
        total_bp=total,
        over_full=total > most_by_rounding(int((shares >= 0).sum())),
        unknown=int((shares < 0).sum()),
        holds_itself=place < graph.self_held.size and int(graph.self_held[place]) == node,
        in_ring=bool(reading.own.ring[node] >= 0),
    )


def _share(holdings: Holdings, node: int, holder: int) -> int:
    span = slice(holdings.pointers[node], holdings.pointers[node + 1])
    found = holdings.fraction[span][holdings.holder[span] == holder]
    return int(to_bp(found.sum(keepdims=True))[0])


def _owners(
    reading: _Reading, nodes: "NDArray[np.int32]", shares: "NDArray[np.float64]"
) -> tuple[BeneficialOwner, ...]:
    """Ultimate holders of 25 % or more, largest first, then by node."""
    points = to_bp(shares)
    order = sorted(range(nodes.size), key=lambda i: (-int(points[i]), int(nodes[i])))
    return tuple(
        BeneficialOwner(holder=reading.told(int(nodes[i])), share_bp=int(points[i]))
        for i in order
        if points[i] >= OWNER_FROM_BP
    )
