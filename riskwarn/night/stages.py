"""From snapshot to leads: each stage takes what the one before left in the working folder."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from riskwarn.engine.engines import Engine, EngineSettings, open_engine
from riskwarn.engine.frames import thread_count, write_parquet
from riskwarn.engine.memory import give_back
from riskwarn.leads.build import BuiltLeads, build_leads
from riskwarn.leads.calendar import WorkCalendar, work_calendar
from riskwarn.leads.classes import CLASS_COLUMNS
from riskwarn.leads.clauses import clause_finder
from riskwarn.leads.control import control_finder
from riskwarn.leads.evidence import rows_behind, source_rows
from riskwarn.leads.inputs import LeadInputs
from riskwarn.leads.marks import risk_marks
from riskwarn.leads.names import name_finder
from riskwarn.leads.network import picture_finder
from riskwarn.leads.score import to_ppm
from riskwarn.model.drift import night_drift
from riskwarn.model.predict import Spoken, speak
from riskwarn.night.plan import NightPlan
from riskwarn.night.regions import region_names
from riskwarn.night.spans import count_spans, whole_windows, write_table
from riskwarn.records.graph import GraphReport
from riskwarn.records.model import NightDrift, Reason
from riskwarn.records.snapshot import Snapshot
from riskwarn.rules.classify import card_classes
from riskwarn.rules.explain import message
from riskwarn.rules.run import rule_columns
from riskwarn.store.spell import speller
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.terms import Collected

if TYPE_CHECKING:
    from riskwarn.graph.graph import Graph

CALENDAR_YEARS = 2  # the year of the night and the next: no deadline reaches further


@dataclass(frozen=True, slots=True, kw_only=True)
class NightTables:
    """The feature table on disk, and the graph it was partly read from."""

    path: Path
    graph: "Graph"
    report: GraphReport


def build_tables(plan: NightPlan, snapshot: Snapshot, work: Path) -> NightTables:
    """Build the credit graph and the night's feature table, one row an enterprise.

    What the events say is counted on the engine of the settings; graph, fields and ratios are not.
    """
    from riskwarn.graph.build import build_graph

    features, polars = plan.features, plan.ws.settings.engine == "polars"
    spans = count_spans(snapshot, features, work, lambda: night_engine(plan, work), cut=polars)
    give_back()
    graph = build_graph(snapshot, spell=speller(plan.ws.store_dir, work))
    give_back()
    measures = _write_measures(plan, graph, whole_windows(snapshot, features, spans), work)
    give_back()
    path = work / "table.parquet"
    write_table(snapshot, features, spans, measures, path)
    give_back()
    return NightTables(path=path, graph=graph, report=graph.report)


def _write_measures(
    plan: NightPlan, graph: "Graph", windows: pl.LazyFrame, work: Path
) -> list[pl.LazyFrame]:
    """Take the graph's measures, each group into a file of its own."""
    from riskwarn.graph.measures import measured

    threads = thread_count(plan.ws.settings.threads)
    files: list[Path] = []
    for columns in measured(graph, plan.features.graphs, windows, threads=threads):
        if columns:
            files.append(work / "measures" / f"{len(files):03}.parquet")
            write_parquet(pl.DataFrame(columns), files[-1])
    return [pl.scan_parquet(file) for file in files]


def judge_rules(plan: NightPlan, tables: NightTables, work: Path) -> Path:
    """Run every live rule: `ent` and one column of hit, clear or unknown a rule."""
    path = work / "hits.parquet"
    with night_engine(plan, work) as engine:
        sparing = replace(engine, sparing=True)
        write_parquet(rule_columns(plan.packs, tables.path, plan.as_of, sparing), path)
    give_back()
    return path


def night_engine(plan: NightPlan, work: Path) -> AbstractContextManager[Engine]:
    """Open the engine that the settings name; its files go with the working folder."""
    own = plan.ws.settings
    chosen = EngineSettings(
        name=own.engine,
        threads=thread_count(own.threads),
        spark_master=own.spark_master,
        spark_memory=own.spark_memory,
    )
    return open_engine(chosen, work)


def speak_model(plan: NightPlan, tables: NightTables) -> Spoken | None:
    """Let the model speak; None when the workspace names none."""
    if plan.model_dir is None:
        return None
    return speak(plan.model_dir, tables.path, plan.ws.settings, plan.as_of)


def hold_to_reference(
    plan: NightPlan, tables: NightTables, spoken: Spoken | None
) -> NightDrift | None:
    """Measure how far tonight lies from what the model was fitted on; None without its word."""
    if plan.model_dir is None or spoken is None or spoken.probabilities is None:
        return None
    assert spoken.lock is not None
    return night_drift(plan.model_dir, spoken.lock, tables.path, spoken.probabilities)


def make_leads(
    plan: NightPlan,
    snapshot: Snapshot,
    tables: NightTables,
    hits: Path,
    spoken: Spoken | None,
    evidence: Callable[[Mapping[str, Collection[int]]], Snapshot],
) -> BuiltLeads:
    """Score, rank, dispatch and explain.

    Takes: evidence, gives the whole rows of enterprises by table.
    """
    register = snapshot.scan("enterprise")
    names = name_finder(register)
    marks = risk_marks(snapshot)
    table = pl.scan_parquet(tables.path)
    heard = spoken.probabilities if spoken else None
    classes = None
    if plan.card is not None:
        ppm = None if heard is None else to_ppm(heard)
        classes = card_classes(plan.card, table, plan.as_of, ppm).select(CLASS_COLUMNS)
    model_dir = plan.model_dir

    def reasons(rows: pl.DataFrame) -> Mapping[int, Sequence[Reason]]:
        from riskwarn.model.reasons import give_reasons

        assert model_dir is not None
        return give_reasons(model_dir, tables.path, rows["ent"].to_list())

    inputs = LeadInputs(
        as_of=plan.as_of,
        table=table,
        register=register,
        hits=pl.scan_parquet(hits),
        rules=plan.rules,
        message=lambda rule, row: message(rule, row, plan.as_of),
        calendar=night_calendar(plan, snapshot),
        items=plan.items,
        probability=heard,
        clause=clause_finder(plan.book),
        reasons=reasons if heard is not None else None,
        pictures=picture_finder(tables.graph, names, marks, marks.listed()),
        control=control_finder(tables.graph, names),
        sources=lambda wanted: source_rows(
            evidence(rows_behind(wanted, plan.features)), wanted, plan.features, load_catalogue()
        ),
        departments=collected_table(snapshot, "department"),
        classes=classes,
        region_names=region_names(table, collected_table(snapshot, "region"), plan.as_of),
        pack_titles={pack.id: pack.title for pack in plan.packs},
        previous=plan.previous,
        previous_as_of=plan.previous_run.as_of if plan.previous_run else None,
    )
    return build_leads(inputs, plan.ws.settings)


def night_calendar(plan: NightPlan, snapshot: Snapshot) -> WorkCalendar:
    """Build the working days that deadlines count by; delivered days go before published ones."""
    days = collected_table(snapshot, "calendar")
    overrides = {} if days is None else dict(days.select("day", "is_working").iter_rows())
    first = plan.as_of.year
    years = range(first, first + CALENDAR_YEARS)
    return work_calendar(years, overrides, plan.ws.settings.leads.holidays)


def collected_table(snapshot: Snapshot, name: str) -> pl.DataFrame | None:
    """Read a table whole, None when it was never delivered."""
    if snapshot.collected(name) is Collected.MISSING:
        return None
    return snapshot.scan(name).collect()
