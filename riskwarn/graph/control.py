"""Who controls an enterprise: majority chains, look-through ownership, and how sure that is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from riskwarn.constants import FULL_SHARE_BP
from riskwarn.graph.graph import Graph
from riskwarn.graph.holdings import Holdings, direct_holdings, ring_of, solve_rings
from riskwarn.graph.neighbours import in_blocks
from riskwarn.graph.ownership import follow_control, look_through, majority_holder

if TYPE_CHECKING:
    from numpy.typing import NDArray

CUT_BELOW = 0.001  # a path that carries less than 0.1 % is cut; the cut mass is reported
MAX_LAYERS = 64  # bounds rings that could not be solved


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Control of every registered enterprise.

    The actual controller is found by going up, layer by layer, to the direct holder of more than
    half of the equity (公司法 2023 第二百六十五条: 超过百分之五十), until nobody holds so much. At
    most one holder can; where majorities run in a ring, the ring's smallest node number stands for it:
    enterprises registered here before outside ones, then by uscc.
    """

    controller: "NDArray[np.int32]"  # a node; the enterprise itself when nobody controls it
    layers: "NDArray[np.int32]"
    controlled: "NDArray[np.int32]"  # registered enterprises with the same controller, with itself
    unknown: "NDArray[np.bool_]"  # a holder of unknown share on the way could be the majority
    largest_bp: "NDArray[np.int32]"  # look-through share of the largest ultimate holder
    largest_holder: "NDArray[np.int32]"  # −1 none
    cut_bp: "NDArray[np.int32]"  # mass not followed to an end
    no_holder: "NDArray[np.bool_]"  # no holder with a known share is recorded
    cut_total: float  # enterprise-units of mass cut, over all enterprises with holders


def find_control(graph: Graph, *, threads: int = 1) -> Control:
    """Find controllers and ultimate holders of all registered enterprises."""
    direct = direct_holdings(graph)
    above = majority_holder(direct.pointers, direct.holder, direct.fraction)
    top, layers = follow_control(above)
    n = graph.enterprises
    open_end = _may_be_controlled(direct, above)
    sizes = np.bincount(top[:n], minlength=graph.nodes)
    solved = solve_rings(direct, ring_of(graph))
    largest, holder, followed = walk_up(solved, graph.nodes, n, threads)
    none = np.diff(direct.pointers[: n + 1]) == 0
    cut = np.where(none, 0.0, 1.0 - followed)
    return Control(
        controller=top[:n],
        layers=layers[:n],
        controlled=sizes[top[:n]].astype(np.int32),
        unknown=open_end[top[:n]],
        largest_bp=to_bp(largest),
        largest_holder=holder,
        cut_bp=to_bp(cut),
        no_holder=none,
        cut_total=float(cut.sum()),
    )


def walk_up(
    holdings: Holdings, nodes: int, rows: int, threads: int
) -> "tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]":
    """Run the look-through walk over the first `rows` nodes, in blocks."""
    largest, followed = np.zeros(rows), np.zeros(rows)
    holder = np.full(rows, -1, np.int32)
    hidden = holdings.unknown & (np.diff(holdings.pointers) == 0)

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


def _may_be_controlled(direct: Holdings, above: "NDArray[np.int32]") -> "NDArray[np.bool_]":
    """Nodes where nobody is known to hold the majority but a holder of unknown share could."""
    row = np.repeat(np.arange(above.size), np.diff(direct.pointers))
    known = np.bincount(row, weights=direct.fraction, minlength=above.size)
    return direct.unknown & (above < 0) & (known < 0.5)
