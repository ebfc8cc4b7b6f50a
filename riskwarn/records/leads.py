"""A lead: what was noticed about an enterprise, why, under which clause, who goes by when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from riskwarn.records.model import Reason
from riskwarn.records.rules import ValueType
from riskwarn.terms import LeadState, PersonalData, RiskClass, Severity

SCORE_SCALE = 100  # scores and points are integers, hundredths of a point
PPM = 1_000_000  # probabilities are integers, parts per million
SEVERITIES = (Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)  # weakest first


class LeadChange(StrEnum):
    """How a lead stands against the previous run."""

    NEW, WORSE, SAME, BETTER = "new", "worse", "same", "better"


class GoneReason(StrEnum):
    """Why a lead of the previous run is not on today's list."""

    CLEARED = "cleared"  # every rule behind it says: no longer
    UNKNOWN = "unknown"  # a rule behind it can no longer be judged: data is missing
    OUTRANKED = "outranked"  # others are more urgent than the department's capacity allows
    JUDGED = "judged"  # people have decided; the same evidence does not ask them again
    LEFT_REGISTER = "left_register"  # the enterprise is no longer delivered
    RULE_RETIRED = "rule_retired"  # no rule behind it is in effect any longer


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedValue:
    """One value that a rule looked at; `value` as in the feature table, None means unknown.

    Dates are epoch days, money fen, shares basis points: `type` says which.
    """

    name: str
    title: str
    value: str | int | float | bool | None
    type: ValueType = "text"
    unit: str = ""
    codes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One rule's hit on one enterprise."""

    uscc: str
    rule_id: str
    rule_version: int
    rule_title: str
    item: str
    severity: Severity
    points: int  # hundredths
    message: str
    values: tuple[NamedValue, ...] = ()
    basis: tuple[str, ...] = ()
    dedupe_key: str = ""
    advice: str = ""
    false_positives: tuple[str, ...] = ()
    factor: bool = False  # adds points and context, never opens a lead


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSignal:
    """The calibrated probability that a check would find a problem, and its top reasons."""

    probability_ppm: int
    reasons: tuple[Reason, ...] = ()

    @property
    def probability(self) -> float:
        return self.probability_ppm / PPM


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseText:
    """A cited clause in the words in force on the day, with the clauses before and after it.

    `in_force` None: the day it came into force is unknown. `text` empty: not found; `note` says so.
    """

    citation: str  # as people write it
    canonical: str = ""  # 食品安全法@2025-09-12#41.2
    version: str = ""  # words for people: 2025-09-12 公布，2025-12-01 施行
    text: str = ""
    in_force: bool | None = None
    before: tuple[str, str] | None = None  # (label, text)
    after: tuple[str, str] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureNode:
    """One thing in the evidence graph; `hop` is its distance from the lead's enterprise."""

    key: str
    label: str
    kind: str  # enterprise | person | address | phone
    hop: int
    mark: str = ""  # why it matters: 已列入严重违法失信名单


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureEdge:
    """One link; `on_path` when it lies on the path that explains the risk."""

    source: str
    target: str
    kind: str
    label: str  # 持股 60%
    directed: bool = False
    on_path: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The part of the credit graph that explains a lead; the focus node has hop 0."""

    nodes: tuple[PictureNode, ...]
    edges: tuple[PictureEdge, ...]
    sentence: str = ""  # the path in words
    omitted: int = 0  # nodes left out to keep it readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A holder as shown: `share` in words, of the layer below or, in the end, of the enterprise."""

    label: str
    kind: str  # enterprise | outside | person
    share: str  # 51%


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlTable:
    """Who controls the lead's enterprise, layer by layer, who holds it in the end, what is odd."""

    sentence: str
    layers: tuple[Holder, ...] = ()  # from the direct holder upwards
    owners: tuple[Holder, ...] = ()  # ultimate holders of 25 % or more
    notes: tuple[str, ...] = ()  # what was cut, over 100 %, missing, circular


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One value of a delivered row, in words; the output gate masks it by `personal`."""

    title: str
    text: str
    personal: PersonalData = PersonalData.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One delivered row behind a hit."""

    evidence: str  # delivery file and row
    happened_on: date | None
    known_on: date | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRows:
    """Rows of one table behind a lead: the newest few, and how many there are in all."""

    table: str
    title: str
    rows: tuple[SourceRow, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """风险预警线索: one enterprise, one supervision item, one matter.

    `score` is in hundredths of a point and the sum of `rule_points`, `factor_points` and
    `model_points`. `lead_id` never changes over the lead's life.
    """

    lead_id: str
    rank: int
    uscc: str
    name: str
    region: str
    region_name: str
    address: str
    item_code: str
    item_name: str
    domain: str  # words for people
    dedupe_key: str
    score: int
    rule_points: int
    factor_points: int
    model_points: int
    severity: Severity
    signals: tuple[Signal, ...]
    context: tuple[Signal, ...] = ()  # factors
    model: ModelSignal | None = None
    clauses: tuple[ClauseText, ...] = ()
    picture: Picture | None = None
    control: ControlTable | None = None
    sources: tuple[SourceRows, ...] = ()
    risk_class: RiskClass | None = None
    department_code: str = ""  # empty: 未定
    department_name: str = ""
    deadline_on: date
    deadline_days: int  # working days
    deadline_provisional: bool = False
    state: LeadState = LeadState.NEW
    first_seen_on: date
    change: LeadChange = LeadChange.NEW
    reopened: bool = False
    previous_score: int | None = None
    unknown_rules: int = 0  # rules that could not be judged for this enterprise


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneLead:
    """A lead of the previous run that is not on today's list, and why."""

    lead_id: str
    uscc: str
    name: str
    item_code: str
    item_name: str
    department_code: str
    department_name: str
    state: LeadState
    score: int
    first_seen_on: date
    reason: GoneReason


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentLoad:
    """What one department's capacity did: how many were issued, how many cut."""

    department_code: str
    department_name: str
    capacity: int
    issued: int
    cut: int
    lowest_issued: int | None = None  # score, hundredths
    highest_cut: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conservation:
    """Where every hit went: hits = opened + merged + cooled_down + cut.

    A hit is one rule's hit of a rule that may open leads, or one opening by the model alone.
    """

    hits: int
    opened: int  # leads on the list, one hit each
    merged: int  # further hits of the same matter
    cooled_down: int  # matters that people have decided, without new evidence
    cut: int  # matters beyond a department's capacity

    @property
    def holds(self) -> bool:
        return self.hits == self.opened + self.merged + self.cooled_down + self.cut


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCount:
    """How many enterprises are in a class; None: no rule could be judged and no model spoke."""

    risk_class: RiskClass | None
    enterprises: int
    partly_unknown: int  # of these, with at least one rule that could not be judged


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemInfo:
    """What leads need to know of a supervision item."""

    code: str
    name: str
    domain: str = ""
    basis: tuple[str, ...] = ()  # its clauses, shown when a signal cites none


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadCounts:
    """The night's counts beside the leads themselves."""

    conservation: Conservation
    loads: tuple[DepartmentLoad, ...]
    classes: tuple[ClassCount, ...]
    model_only: int = 0  # leads that the model alone opened
    model_only_refused: int = 0  # in the model's top share, but no item is set for the model
    undispatched: int = 0
    by_rule: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)  # hit clear unknown
