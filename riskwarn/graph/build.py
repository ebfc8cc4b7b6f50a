"""From a snapshot to the credit graph: keys to numbers, edges in force on the day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from riskwarn.graph.edges import RawEdges, read_edges
from riskwarn.graph.graph import KINDS, Graph, Spell
from riskwarn.graph.kernels import count_ends
from riskwarn.graph.numbering import number_nodes
from riskwarn.graph.shares import Merged, merge_edges
from riskwarn.records.graph import EDGE_TABLES, EDGE_TYPES, GraphReport, Hub, NodeKind
from riskwarn.records.snapshot import Snapshot
from riskwarn.terms import Collected

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

HUB_LIMIT = 200  # enterprises at one address, phone or person; beyond it says little of each
EXAMPLES = 100  # names in a report
YOUNG_DAYS = 1_095  # three years: the first annual reports are due, most exits happen by then
SMALL_STAFF = 3  # at most so many employees


def build_graph(
    snapshot: Snapshot,
    as_of: date | None = None,
    hub_limit: int = HUB_LIMIT,
    spell: Spell | None = None,
) -> Graph:
    """Build the graph of what was known and in force on a day.

    Takes:  snapshot; as_of, not after the snapshot's day (default: that day); hub_limit, the
            number of enterprises beyond which an address, phone or person is not propagated
            through. Addresses and phones are those of the enterprise rows known by as_of; spell,
            for a night's view, whose ids are integers.
    Gives:  the graph; odd rows are counted in `report`.
    Raises: OverflowError beyond 2³¹ − 1 nodes.
    """
    on = as_of or snapshot.as_of
    raw = read_edges(snapshot, on)
    numbered = number_nodes(raw)
    starts = _starts(numbered.keys, raw.enterprises)
    merged = merge_edges(numbered.pairs)
    hubs = _hubs(merged, starts, hub_limit)
    hub = np.zeros(starts[-1], bool)
    hub[hubs.node] = True
    return Graph(
        as_of=on,
        starts=starts,
        source=merged.source,
        target=merged.target,
        share_bp=merged.share_bp,
        type_starts=merged.type_starts,
        hub=hub,
        weak=_weak(raw.weak, on, raw.enterprises),
        self_held=merged.self_edges,
        past=_past_holdings(snapshot, on),
        keys=numbered.keys,
        report=_report(snapshot, raw, numbered.keys, merged, hub_limit, hubs, starts, spell),
        spell=spell,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hubs:
    """Nodes with more neighbours than the limit, in the order of their numbers."""

    node: "NDArray[np.int64]"
    around: "NDArray[np.int64]"  # their distinct neighbours


def _hubs(merged: Merged, starts: tuple[int, ...], limit: int) -> _Hubs:
    """Count distinct neighbours where there are many edges; of attributes, registered ones only."""
    many = count_ends(starts[-1], merged.source, merged.target) > limit
    keys = []
    for node, other in ((merged.source, merged.target), (merged.target, merged.source)):
        here = np.flatnonzero(many[node])
        at, to = node[here].astype(np.int64), other[here]
        counts = (at < starts[2]) | (to < starts[1])
        keys.append(at[counts] << 32 | to[counts])
    node, around = np.unique(np.unique(np.concatenate(keys)) >> 32, return_counts=True)
    return _Hubs(node=node[around > limit], around=around[around > limit])


def _past_holdings(snapshot: Snapshot, on: date) -> "pl.LazyFrame | None":
    """Shareholdings known by the day, in force or not; read only if a measure asks for them."""
    import polars as pl

    if snapshot.collected("shareholding") is not Collected.FRESH:
        return None
    return snapshot.scan("shareholding").filter(pl.col("known_on") <= on)


def _starts(keys: "Mapping[NodeKind, pl.Series]", enterprises: int) -> tuple[int, ...]:
    sizes = [enterprises, *(len(keys[kind]) for kind in KINDS[1:])]
    return (0, *np.cumsum(sizes).tolist())


def _weak(enterprise: "pl.DataFrame", on: date, count: int) -> "NDArray[np.int8]":
    """1 young or small, 0 neither, −1 unknown."""
    import polars as pl

    day = (on - date(1970, 1, 1)).days
    young = (day - pl.col("established_on").cast(pl.Int32)) < YOUNG_DAYS
    small = pl.col("employees") <= SMALL_STAFF
    weak = enterprise.select("ent", w=(young | small).cast(pl.Int8).fill_null(-1))
    found = np.full(count, -1, np.int8)
    found[weak["ent"].to_numpy()] = weak["w"].to_numpy()
    return found


def _report(
    snapshot: Snapshot,
    raw: RawEdges,
    keys: "Mapping[NodeKind, pl.Series]",
    merged: Merged,
    hub_limit: int,
    hubs: _Hubs,
    starts: tuple[int, ...],
    spell: Spell | None,
) -> GraphReport:
    def name(node: int) -> str:
        place = max(i for i in range(len(KINDS)) if starts[i] <= node)
        key = keys[KINDS[place]][node - starts[place]]
        return str(key) if spell is None else spell(KINDS[place], key)

    shared = np.flatnonzero(hubs.node >= starts[2])
    shown = []
    for place in shared[np.argsort(-hubs.around[shared], kind="stable")][:EXAMPLES]:
        node, around = int(hubs.node[place]), int(hubs.around[place])
        kind = max(i for i in range(len(KINDS)) if starts[i] <= node)
        shown.append(Hub(kind=KINDS[kind], key=name(node), enterprises=around))
    ends = merged.type_starts
    return GraphReport(
        nodes={kind: starts[i + 1] - starts[i] for i, kind in enumerate(KINDS)},
        edges={name: ends[i + 1] - ends[i] for i, name in enumerate(EDGE_TYPES)},
        missing=missing_types(snapshot),
        hub_limit=hub_limit,
        hubs=int(shared.size),
        hub_examples=tuple(shown),
        over_full=merged.over_full.size,
        over_full_examples=tuple(name(int(node)) for node in merged.over_full[:EXAMPLES]),
        unknown_share=merged.unknown_share,
        self_holdings=merged.self_edges.size,
        self_holding_examples=tuple(name(int(n)) for n in merged.self_edges[:EXAMPLES]),
        to_nowhere=raw.to_nowhere,
        ended=raw.ended,
        not_begun=raw.not_begun,
    )


def missing_types(snapshot: Snapshot) -> tuple[str, ...]:
    """Name the edge types whose table is missing or stale on the day."""
    fresh = Collected.FRESH
    return tuple(
        name for name, table in EDGE_TABLES.items() if snapshot.collected(table) is not fresh
    )
