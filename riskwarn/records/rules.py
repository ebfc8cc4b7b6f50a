"""What a rule pack says, typed: parameters, lists, conditions, rules, their tests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from riskwarn.errors import Place
from riskwarn.records.features import FeatureSet
from riskwarn.terms import Severity

ValueType = Literal[
    "text", "code", "set", "region", "industry", "date", "fen", "bp", "int", "number", "flag"
]
ParamType = Literal["int", "number", "days", "fen", "bp", "date", "code", "codes"]
RuleOp = Literal[
    "eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "is_null", "contains", "starts_with"
]
Status = Literal["draft", "shadow", "stable", "deprecated"]
Role = Literal["scenario", "factor"]
OnUnknown = Literal["ignore", "data_gap", "hit"]
Scalar = str | int | float | bool
Outcome = Literal["hit", "clear", "unknown"]
NOWHERE = Place("")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamValue:
    """One value of a parameter: where and since when it holds, and on what it rests.

    `region` is a prefix of a GB/T 2260 code, "" means everywhere. `to_on` is the last day.
    Dates are epoch days, money fen, shares basis points.
    """

    region: str
    from_on: date
    to_on: date | None
    value: Scalar | tuple[Scalar, ...]
    basis: tuple[str, ...] = ()
    note: str = ""
    place: Place = field(default=NOWHERE, compare=False)
    basis_places: tuple[Place, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """A number or code list that policy sets, by region and date."""

    name: str
    type: ParamType
    title: str
    values: tuple[ParamValue, ...]
    low: float | None = None
    high: float | None = None
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """One value on a list; known and valid from `from_on` on, until `to_on` inclusive."""

    value: str
    from_on: date
    to_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleList:
    """A black, grey or white list; older than `max_age_days` it says nothing: unknown, not no."""

    name: str
    title: str
    source: str
    key: str  # the enterprise field that its values are compared with
    updated_on: date
    max_age_days: int
    entries: tuple[ListEntry, ...]
    place: Place = field(default=NOWHERE, compare=False)

    def fresh(self, on: date) -> bool:
        return (on - self.updated_on).days <= self.max_age_days

    def members(self, on: date) -> tuple[str, ...]:
        """Give the values on the list on a day, sorted, each once."""
        live = {
            entry.value
            for entry in self.entries
            if entry.from_on <= on and (entry.to_on is None or on <= entry.to_on)
        }
        return tuple(sorted(live))


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A column of the feature table that a rule looks at: a field of the enterprise or a feature.

    In the table dates are epoch days, fen and bp integers, flags booleans, codes text.
    """

    name: str
    source: Literal["field", "feature"]
    type: ValueType
    title: str = ""
    unit: str = ""
    codes: str | None = None  # the code list that gives its words


@dataclass(frozen=True, slots=True)
class ParamRef:
    """`$name` in a condition."""

    name: str


@dataclass(frozen=True, slots=True)
class AsOf:
    """`$as_of` in a condition: the day of the run."""


CompareValue = Scalar | tuple[Scalar, ...] | ParamRef | AsOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """One comparison; unknown when either side is, except `is_null`."""

    input: Input
    op: RuleOp
    value: CompareValue
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InList:
    """Whether a field's value is on a list; unknown when the list is stale."""

    input: Input
    list: str
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """Kleene and."""

    children: tuple["Condition", ...]
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """Kleene or."""

    children: tuple["Condition", ...]
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """Kleene not: unknown stays unknown."""

    child: "Condition"
    place: Place = field(default=NOWHERE, compare=False)


Condition = Compare | InList | AllOf | AnyOf | Not


def walk(condition: Condition) -> Iterator[Condition]:
    """Give a condition and all below it, parents first, in the order written."""
    yield condition
    if isinstance(condition, AllOf | AnyOf):
        for child in condition.children:
            yield from walk(child)
    elif isinstance(condition, Not):
        yield from walk(condition.child)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Points of a hit: base, plus `weight` for each unit of a feature, at most `cap` of these."""

    base: int
    feature: str | None = None
    weight: int = 0
    cap: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dedupe:
    """Which hits are the same matter, how long it rests, which changed values wake it."""

    by: tuple[str, ...] = ("uscc",)
    cooldown_days: int | None = None  # None: the workspace's setting
    reopen_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """One example in a pack: a small world and what the rule must say about it.

    Values are typed by the catalogue, dates as epoch days. Every table not named is fresh and
    empty; `missing` names those that were never delivered. A field left out is unknown.
    """

    name: str
    as_of: date
    enterprise: Mapping[str, Scalar | None]
    tables: Mapping[str, tuple[Mapping[str, Scalar | None], ...]]
    features: Mapping[str, Scalar | None]  # given instead of computed
    missing: tuple[str, ...]
    lists: Mapping[str, tuple[str, ...]]  # the members of a list, instead of its file
    expect: Outcome
    values: Mapping[str, Scalar | None]  # what inputs and parameters must come to
    boundary: bool = False  # stands within one unit of a threshold
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule, self-contained: it carries the parameters and lists that it names."""

    id: str
    version: int
    status: Status
    role: Role
    title: str
    item: str  # 监管事项目录编码, 14 digits
    basis: tuple[str, ...]
    effective_from: date
    effective_to: date | None
    severity: Severity
    when: Condition
    on_unknown: OnUnknown
    message: str
    pack: str
    score: Score | None = None
    dedupe: Dedupe = field(default_factory=Dedupe)
    false_positives: tuple[str, ...] = ()
    advice: str = ""
    tags: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    reason: str = ""  # why deprecated
    says: str = ""  # the sentence of its template, filled
    inputs: Mapping[str, Input] = field(default_factory=dict)
    params: Mapping[str, Param] = field(default_factory=dict)
    lists: Mapping[str, RuleList] = field(default_factory=dict)
    tests: tuple[RuleTest, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)  # of its keys
    basis_places: tuple[Place, ...] = field(default=(), compare=False)

    def at(self, key: str) -> Place:
        """Give the place of one of the rule's keys, or of the rule."""
        return self.places.get(key, self.place)

    def effective(self, on: date) -> bool:
        """Whether the rule speaks on a day; `effective_to` is its last day."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """The rules of one domain.

    `sha256` is over the pack's file, its lists and the folder's features.yaml; `features` holds
    every feature its rules look at, and those that these rest on.
    """

    id: str
    version: str
    title: str
    owner: str
    region: str
    file: str
    sha256: str
    params: Mapping[str, Param]
    lists: Mapping[str, RuleList]
    features: FeatureSet
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One node of an explanation: what was asked, what was seen, what follows."""

    text: str
    outcome: Outcome
    depth: int
    value: str = ""  # the value seen, as people read it
    threshold: str = ""  # what it was compared with


@dataclass(frozen=True, slots=True, kw_only=True)
class TryResult:
    """What one example gave on one engine."""

    rule: str
    test: str
    engine: str
    passed: bool
    expected: str
    got: str
    place: Place = field(default=NOWHERE, compare=False)
