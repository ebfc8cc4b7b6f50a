"""Everything that the outputs of one night show; nothing is looked up while writing."""

from dataclasses import dataclass, field
from datetime import date

from riskwarn.records.leads import GoneLead, Lead, LeadCounts
from riskwarn.records.model import NightDrift
from riskwarn.terms import Collected, RiskClass


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLine:
    """How one table stands on the day."""

    table: str
    title: str
    collected: Collected
    rows: int
    rejected: int = 0
    repaired: int = 0
    last_known_on: date | None = None
    stale_after_days: int = 0
    orphans: int = 0  # rows of enterprises that are not in the register
    used_by_rules: int = 0  # rules that look at it
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """One rule's night: how many enterprises it hit, cleared, could not judge."""

    rule_id: str
    version: int
    title: str
    pack: str
    item: str
    status: str
    role: str
    severity: str
    hit: int
    clear: int
    unknown: int
    basis: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLine:
    """Whether a model spoke, which, and what its card says in short."""

    spoke: bool
    name: str = ""
    why: str = ""  # why it did not speak, or with which reserve it did
    sha256: str = ""
    generated: bool = False  # trained on generated data
    facts: tuple[tuple[str, str], ...] = ()  # card lines: (label, value)
    drift: NightDrift | None = None  # None where no model spoke


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphFault:
    """One kind of oddity of the graph: how many there are, and the first of them by name."""

    title: str
    count: int
    treatment: str  # what was done with it
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassOutcome:
    """Problems found by checks, per class; a rate only where the lot decided who was checked."""

    risk_class: RiskClass
    arm: str  # words for people: 双随机
    random: bool
    checked: int
    problems: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBundle:
    """One night, ready to be written."""

    title: str  # the workspace's name
    as_of: date
    previous_as_of: date | None
    run_id: str
    enterprises: int
    leads: tuple[Lead, ...]
    gone: tuple[GoneLead, ...]
    counts: LeadCounts
    model: ModelLine
    tables: tuple[TableLine, ...] = ()
    rules: tuple[RuleLine, ...] = ()
    graph_faults: tuple[GraphFault, ...] = ()
    outcomes: tuple[ClassOutcome, ...] = ()
    outcomes_from: date | None = None
    hashes: tuple[tuple[str, str], ...] = ()
    limits: tuple[str, ...] = ()
    data_gaps: tuple[tuple[str, int], ...] = ()  # (rule title, enterprises) where on_unknown asks
    generated_data: bool = False
    identity_word: str = "统一社会信用代码"  # where ids are the workspace's own: 主体编号
    holiday_unknown_years: tuple[int, ...] = ()
    pages: int = field(default=2_000)  # at most so many lead pages; the rest is in the workbook
