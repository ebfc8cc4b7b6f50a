"""What a feature is: declared once, computed once, used by rules and model alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Agg = Literal[
    "count",  # rows
    "sum",  # of an integer column (fen, bp, int): float sums could vary with the order
    "nunique",  # distinct known values
    "min",
    "max",
    "last",  # known value on the latest day; on one day the greatest
    "first",  # known value on the earliest day; on one day the greatest
    "days_since",  # as_of − latest day of `of` (default: of `at`)
    "days_until",  # earliest day of `of` − as_of; negative when it has passed
    "burst",  # k rows inside within_days days: yes or no
    "exists",  # any row: yes, no, or unknown when a row's condition is unknown
    "trend",  # the window's rows (or sum of `of`) against the mean of `periods` like ones before
]
Operator = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "is_null", "contains"]
Value = str | int | float | bool | None
Measure = Literal[
    "degree",  # edges of the named types at the enterprise
    "component_size",  # enterprises in its connected component
    "shared",  # other enterprises at the same address / phone / person
    "neighbour_mean",  # mean of feature `of` over neighbours within `hops`
    "neighbour_sum",
    "neighbour_max",
    "tie_mean",  # mean of feature `of` over what is tied directly: persons and addresses too
    "tie_sum",
    "tie_max",
    "reach",  # fewest hops from an enterprise with `of` > 0; max_hops + 1 when none is so near
    "control_depth",  # layers up to the actual controller
    "controlled",  # enterprises under the same actual controller
    "control_share",  # look-through share of the largest ultimate holder, basis points
    "control_cut",  # look-through share not followed to a named holder, basis points
    "control_changes",  # times that the majority of it or of a controlling layer passed on
    "control_days_since",  # days since the last of these
    "held_total",  # sum of its holders' shares, basis points: over 10,000 is a fault
    "held_unknown",  # holders whose percentage is unknown
    "ring",  # in a cross-holding ring: yes or no
    "core",  # the largest k of which it is in the k-core: every member has k edges inside
    "risk_flow",  # personalised PageRank: risk `of` its sources, handed on along edges
    "shell_score",  # young or small enterprises in its address-phone-person cluster
    "community_size",  # enterprises drawn together by shared addresses, phones and persons
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One comparison on a column of the table a feature is counted over.

    A date is compared with an ISO date or with `$as_of`, `$as_of+30`, `$as_of-30` (days). A null
    cell makes the comparison unknown; only `is_null` (value true or false) asks for nulls.
    `contains` asks a set column for a member, a text column for a piece of text; with several
    values any of them will do.
    """

    column: str
    op: Operator
    value: Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Rows that have, or lack, a like row of the same enterprise in another table.

    `on` pairs a column of the feature's table with one of `table`; a null on our side makes the
    match unknown, a null on theirs equals nothing. `where` holds for rows of the other table.
    """

    table: str
    on: tuple[tuple[str, str], ...]
    where: tuple[Condition, ...] = ()
    absent: bool = False  # keep the rows without a like row: an anti-join


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFeature:
    """An aggregate over one table's rows of an enterprise in (as_of − window_days, as_of]."""

    name: str
    table: str
    agg: Agg
    title: str = ""
    of: str | None = None  # the aggregated column
    at: str | None = None  # the business date; default the table's happened_on
    window_days: int | None = None  # None: since ever
    where: tuple[Condition, ...] = ()
    dedupe: tuple[str, ...] = ()
    k: int = 0  # burst: at least k events …
    within_days: int = 0  # … inside so many days
    periods: int = 0  # trend: so many earlier windows of the same length
    match: Match | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFeature:
    """A column of the enterprise table, or days between it and as_of."""

    name: str
    column: str
    title: str = ""
    derive: Literal["value", "days_since", "days_until"] = "value"
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphFeature:
    """A measure of the credit graph.

    `edges` names edge types (see records/graph.py); empty means every type that was collected.
    `direction` holds for edges between enterprises: `in` follows edges that point at the
    enterprise (its holders), `out` those that leave it; ties through persons, addresses and
    phones have no direction.
    """

    name: str
    measure: Measure
    title: str = ""
    edges: tuple[str, ...] = ()  # edge types followed; empty: all
    of: str | None = None  # a window or graph feature, or a field that is a number
    hops: int = 1
    max_hops: int = 3
    direction: Literal["any", "in", "out"] = "any"
    min_share_bp: int = 0  # reach: shareholdings below this are not followed
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioFeature:
    """One feature over another, in basis points rounded down; null when `under` is 0 or null."""

    name: str
    over: str
    under: str
    title: str = ""
    unit: str = "bp"


PeerMeasure = Literal[
    "rank",  # share of the other peers whose value is lower, basis points rounded down
    "count",  # peers whose value is known, itself included
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerFeature:
    """Where an enterprise's value stands among active enterprises of its industry and region.

    Peers share the first `industry_digits` of the GB/T 4754 code (0: any industry; the section's
    letter does not count) and the first `region_digits` of the region code (0: anywhere). Equal
    values stand equally low. Unknown for an enterprise that is not active or whose value,
    industry or region is unknown, and among fewer than `least` peers.
    """

    name: str
    measure: PeerMeasure
    of: str
    title: str = ""
    industry_digits: int = 2
    region_digits: int = 4
    least: int = 20
    unit: str = ""


Feature = WindowFeature | FieldFeature | GraphFeature | RatioFeature | PeerFeature


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSet:
    """Named features; equal declarations from several packs are one feature."""

    features: Mapping[str, Feature] = field(default_factory=dict)

    @property
    def windows(self) -> tuple[WindowFeature, ...]:
        return tuple(f for f in self.features.values() if isinstance(f, WindowFeature))

    @property
    def fields(self) -> tuple[FieldFeature, ...]:
        return tuple(f for f in self.features.values() if isinstance(f, FieldFeature))

    @property
    def graphs(self) -> tuple[GraphFeature, ...]:
        return tuple(f for f in self.features.values() if isinstance(f, GraphFeature))

    @property
    def ratios(self) -> tuple[RatioFeature, ...]:
        return tuple(f for f in self.features.values() if isinstance(f, RatioFeature))

    @property
    def peers(self) -> tuple[PeerFeature, ...]:
        return tuple(f for f in self.features.values() if isinstance(f, PeerFeature))
