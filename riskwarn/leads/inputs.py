"""What a night hands to the leads, and what it asks back while they are put together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from riskwarn.leads.calendar import WorkCalendar
from riskwarn.leads.control import ControlFinder
from riskwarn.leads.network import PictureFinder
from riskwarn.records.leads import ClauseText, ItemInfo, SourceRows
from riskwarn.records.model import Reason
from riskwarn.records.rules import Rule

Row = Mapping[str, Any]
SourceFinder = Callable[[Mapping[str, Sequence[int]]], Mapping[int, tuple[SourceRows, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadInputs:
    """What a night hands to the leads.

    table: a scan of the feature table (it is read several times, a few columns each), one row an
    enterprise sorted by `ent`: uscc, name, region, department_code, every column the rules look at.
    register: ent, sorted, and what the table lacks of name and address.
    hits: ent, sorted, and one nullable boolean column a rule.
    rules: those computed, shadow ones too.
    message: a rule and its row → the sentence.  clause: a citation and a day → its text then.
    reasons: rows of the table of the issued enterprises → top reasons by ent.
    pictures, control, sources: by ents, by ents, and by feature name → ents; any may be left out.
    classes: ent, points i64, unknown u32, risk_class by a scorecard; None: by points.
    previous: the states that the last run before as_of left; previous_as_of, its day.
    """

    as_of: date
    table: pl.LazyFrame
    hits: pl.LazyFrame
    register: pl.LazyFrame | None = None
    rules: Sequence[Rule]
    message: Callable[[Rule, Row], str]
    calendar: WorkCalendar
    items: Mapping[str, ItemInfo] = field(default_factory=dict)
    probability: pl.DataFrame | None = None  # ent, probability f64
    clause: Callable[[str, date], ClauseText | None] | None = None
    reasons: Callable[[pl.DataFrame], Mapping[int, Sequence[Reason]]] | None = None
    pictures: PictureFinder | None = None
    control: ControlFinder | None = None
    sources: SourceFinder | None = None
    departments: pl.DataFrame | None = None
    classes: pl.DataFrame | None = None
    region_names: Mapping[str, str] = field(default_factory=dict)
    pack_titles: Mapping[str, str] = field(default_factory=dict)  # the domain, if no item says it
    previous: pl.DataFrame | None = None
    previous_as_of: date | None = None
