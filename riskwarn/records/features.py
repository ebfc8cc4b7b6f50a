"""What a feature is: declared once, computed once, used by rules and model alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Agg = Literal[
    "count", "sum", "nunique", "min", "max", "last", "first", "days_since", "burst", "exists"
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
    "reach",  # fewest hops from an enterprise with feature `of` > 0, within `max_hops`
    "control_depth",  # layers up to the actual controller
    "controlled",  # enterprises under the same actual controller
    "control_share",  # look-through share of the largest holder, basis points
    "ring",  # in a cross-holding ring: 0/1
    "shell_score",  # size of the address-phone-person cluster the enterprise sits in
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One comparison on a column of the table a feature is counted over."""

    column: str
    op: Operator
    value: Value | tuple[Value, ...]


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
    """A measure of the credit graph."""

    name: str
    measure: Measure
    title: str = ""
    edges: tuple[str, ...] = ()  # edge types followed; empty: all
    of: str | None = None  # a window feature
    hops: int = 1
    max_hops: int = 3
    unit: str = ""


Feature = WindowFeature | FieldFeature | GraphFeature


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSet:
    """Named features; equal declarations from several packs are one feature."""

    features: Mapping[str, Feature] = field(default_factory=dict)
