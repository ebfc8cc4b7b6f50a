"""Changes of control: when the majority of an enterprise, or of a layer above it, passed on.

A company's majority holder on a day is whoever holds more than half of the shares in force then, as
in control.py: contributions of one holder add up, holdings over 100 % are scaled down, a holding
without a start has always been, one without an end goes on. A change is a day on which the majority
holder is another than before, nobody included; the first holder known is none. Where a holding of
unknown percentage could have been the majority, changes are unknown. The chain is the one of today:
what passed on above a holder that is gone is no longer this enterprise's.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from riskwarn.constants import FULL_SHARE_BP
from riskwarn.graph.graph import Graph
from riskwarn.jit import kernel
from riskwarn.records.graph import NodeKind

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from riskwarn.graph.kernels import I32, Bool

    Bools = NDArray[np.bool_]

ALWAYS = -(2**31)  # the day of a holding whose start is unknown
NEVER = ALWAYS + 1  # no change is known


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlChanges:
    """Of each registered enterprise, its own majority's and those of the layers above it today."""

    count: "NDArray[np.int32]"
    last_day: "NDArray[np.int32]"  # epoch day of the last change; NEVER: none
    unknown: "Bools"


def control_changes(graph: Graph, above: "NDArray[np.int32]") -> ControlChanges:
    """Find the changes of control.

    Takes:  above, each node's majority holder today, −1 none.
    """
    count = np.zeros(graph.nodes, np.int32)
    last = np.full(graph.nodes, NEVER, np.int32)
    unknown = np.zeros(graph.nodes, bool)
    events = _events(graph)
    if events.height:
        node, day, holder, share, hidden_shares = (
            events[name].to_numpy() for name in ("node", "day", "holder", "share", "hidden")
        )
        sweep_majorities(
            node, day, holder, share, hidden_shares, FULL_SHARE_BP, count, last, unknown
        )
    total, latest, hidden = along_chain(above, count, last, unknown, graph.enterprises)
    return ControlChanges(count=total, last_day=latest, unknown=hidden)


def _events(graph: Graph) -> "pl.DataFrame":
    """What begins and ends, by company and day: node, day, holder, share, hidden (±, i32).

    Only companies in which anything can have changed: one holding ended, or two began apart.
    """
    import polars as pl

    schema = dict.fromkeys(("node", "day", "holder", "share", "hidden"), pl.Int32)
    if graph.past is None:
        return pl.DataFrame(schema=schema)
    outside = graph.keys[NodeKind.OUTSIDE]
    numbers = pl.DataFrame({"uscc": outside}).with_row_index("outside").lazy()
    own = pl.col("ent").fill_null(pl.col("outside").cast(pl.Int32) + graph.starts[1])
    begun, ended = (pl.col(name).to_physical() for name in ("from_on", "to_on"))
    day = (graph.as_of - date(1970, 1, 1)).days
    holder = pl.coalesce(pl.format("e:{}", "holder_uscc"), pl.format("p:{}", "holder_person_id"))
    itself = (pl.col("holder_uscc") == pl.col("uscc")).fill_null(False)
    rows = (
        graph.past.join(numbers, on="uscc", how="left")
        .select(
            node=own,
            begun=begun.fill_null(ALWAYS),
            ended=pl.when(ended <= day).then(ended),
            holder=holder,
            share=pl.col("ratio_bp").cast(pl.Int32),
            itself=itself,
        )
        .filter(pl.col("node").is_not_null(), pl.col("holder").is_not_null(), ~pl.col("itself"))
        .filter(pl.col("begun") <= day, (pl.col("begun") < pl.col("ended")).fill_null(True))
        .collect(engine="streaming")
    )
    moved = rows.group_by("node").agg(
        moved=pl.col("ended").is_not_null().any() | (pl.col("begun").n_unique() > 1)
    )
    rows = rows.join(moved.filter("moved"), on="node", how="semi")
    rows = rows.with_columns(
        holder=pl.col("holder").rank("dense").cast(pl.Int32) - 1,
        hidden=pl.col("share").is_null().cast(pl.Int32),
        share=pl.col("share").fill_null(0),
    )
    starts = rows.select("node", "holder", "share", "hidden", day="begun")
    ends = rows.filter(pl.col("ended").is_not_null()).select(
        "node", "holder", day="ended", share=-pl.col("share"), hidden=-pl.col("hidden")
    )
    both = pl.concat([starts.select(*schema), ends.select(*schema)]).cast(pl.Int32)
    return both.sort("node", "day", "holder", "share", "hidden")


@kernel
def sweep_majorities(
    node: "I32",
    day: "I32",
    holder: "I32",
    share: "I32",
    hidden: "I32",
    full: int,
    count: "I32",
    last: "I32",
    unknown: "Bool",
) -> None:
    """Go through each company's days and fill count, last and unknown at its node.

    Takes: events sorted by node and day; `full`, the whole of a company in basis points.
    """
    held = np.zeros(holder.max() + 1, np.int64)
    start = 0
    while start < node.size:
        stop = start
        while stop < node.size and node[stop] == node[start]:
            stop += 1
        total, secret = 0, 0
        before = -3  # −3 not seen yet, −2 unknown, −1 nobody
        k = start
        while k < stop:
            today = day[k]
            while k < stop and day[k] == today:
                held[holder[k]] += share[k]
                total += share[k]
                secret += hidden[k]
                k += 1
            now = -1
            for j in range(start, k):
                if 2 * held[holder[j]] > max(total, full):
                    now = holder[j]
            if now < 0 and secret > 0 and 2 * total < full:
                unknown[node[start]] = True
                continue
            if before != -3 and now != before:
                count[node[start]] += 1
                last[node[start]] = today
            before = now
        for j in range(start, stop):
            held[holder[j]] = 0
        start = stop


@kernel
def along_chain(
    above: "I32", count: "I32", last: "I32", unknown: "Bool", enterprises: int
) -> "tuple[I32, I32, Bool]":
    """Add up what happened at each enterprise and at its controllers, each node once."""
    total = np.zeros(enterprises, np.int32)
    latest = last[:enterprises].copy()
    hidden = np.zeros(enterprises, np.bool_)
    seen = np.full(above.size, -1, np.int32)
    for e in range(enterprises):
        u = e
        while u >= 0 and seen[u] != e:
            seen[u] = e
            total[e] += count[u]
            latest[e] = max(latest[e], last[u])
            hidden[e] = hidden[e] or unknown[u]
            u = above[u]
    return total, latest, hidden
