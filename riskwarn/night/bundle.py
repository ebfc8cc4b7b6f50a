"""Everything the report shows, gathered: leads, tables, rules, the model's card, known limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from riskwarn.leads.build import BuiltLeads
from riskwarn.leads.summary import class_outcomes, data_gaps, rule_lines, table_lines
from riskwarn.model.predict import Spoken
from riskwarn.night.graph_words import CutShare, graph_faults, graph_limits
from riskwarn.night.plan import NightPlan
from riskwarn.night.stages import night_calendar
from riskwarn.records.graph import GraphReport
from riskwarn.records.model import NightDrift
from riskwarn.records.report import ClassOutcome, ModelLine, ReportBundle
from riskwarn.records.snapshot import Snapshot
from riskwarn.store.store import Store
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.terms import Collected

OUTCOME_DAYS = 365  # checks of the last year are counted per class
IDENTITY_WORDS = {"uscc": "统一社会信用代码", "local": "主体编号"}
_TRAINED = {"generated": "生成数据（非真实）", "real": "真实数据"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the night came to before anything was written."""

    built: BuiltLeads
    spoken: Spoken | None
    drift: NightDrift | None  # None where no model spoke
    graph: GraphReport
    cut: CutShare | None  # None: no feature asks for it


def report_bundle(
    plan: NightPlan, store: Store, snapshot: Snapshot, judged: Judged
) -> ReportBundle:
    """Gather one night for the outputs."""
    built = judged.built
    catalogue = load_catalogue()
    qualities = store.qualities()
    by_rule = built.counts.by_rule
    since = plan.as_of - timedelta(days=OUTCOME_DAYS)
    return ReportBundle(
        title=plan.ws.settings.name,
        as_of=plan.as_of,
        previous_as_of=plan.previous_run.as_of if plan.previous_run else None,
        run_id=plan.run_key[:12],
        enterprises=snapshot.enterprises,
        leads=built.leads,
        gone=built.gone,
        counts=built.counts,
        model=_model_line(judged, plan),
        tables=table_lines(
            snapshot,
            catalogue,
            plan.rules,
            plan.features,
            rejected=_sum({}, [(q.table, q.rejected) for q in qualities]),
            repaired=_sum({}, [(q.table, q.repaired) for q in qualities]),
            stale_after_days=plan.ws.settings.imports.stale_after_days,
        ),
        rules=rule_lines(plan.rules, by_rule),
        outcomes=_outcomes(store, snapshot, since, plan.as_of),
        outcomes_from=since,
        hashes=tuple((name, value) for name, value in plan.hashes.items() if value),
        limits=tuple(graph_limits(judged.graph)),
        graph_faults=graph_faults(judged.graph, judged.cut),
        data_gaps=data_gaps(plan.rules, by_rule),
        generated_data=plan.ws.settings.generated_data,
        identity_word=IDENTITY_WORDS[plan.ws.settings.imports.identity],
        holiday_unknown_years=_unknown_years(plan, snapshot, built),
        pages=plan.ws.settings.leads.report_pages,
    )


def _sum(into: dict[str, int], pairs: list[tuple[str, int]]) -> Mapping[str, int]:
    for name, count in pairs:
        into[name] = into.get(name, 0) + count
    return into


def _outcomes(
    store: Store, snapshot: Snapshot, since: date, as_of: date
) -> tuple[ClassOutcome, ...]:
    """Problems found per class, judged by classes that were given before the check.

    A class of the night's own day is never asked for: run again, the night would find its own.
    """
    if snapshot.collected("inspection") is Collected.MISSING:
        return ()
    wanted = ("inspected_on", "selected_by", "problem", "results")
    checks = (
        snapshot.scan("inspection")
        .filter(pl.col("inspected_on") >= since, pl.col("ent").is_not_null())
        .select(pl.col("ent").cast(pl.Int32), *wanted)
        .collect(engine="streaming")
    )
    checked = pl.col("ent").is_in(checks["ent"].unique().implode())
    register = snapshot.scan("enterprise").select(pl.col("ent").cast(pl.Int32), "uscc")
    codes = register.filter(checked).collect(engine="streaming")
    known = checks.join(codes, on="ent", how="inner").drop("ent")
    first, last = since - timedelta(days=OUTCOME_DAYS), as_of - timedelta(days=1)
    given = store.classes_between(first, last, codes["uscc"])
    return class_outcomes(known, given, load_catalogue(), since)


def _model_line(judged: Judged, plan: NightPlan) -> ModelLine:
    spoken = judged.spoken
    name = plan.ws.settings.model.name or ""
    if spoken is None:
        return ModelLine(spoke=False, why="本工作区未指定模型，只用规则")
    if spoken.refusal is not None or spoken.lock is None:
        problems = spoken.refusal.problems if spoken.refusal else ()
        why = "；".join(f"{problem.code} {problem.message}" for problem in problems)
        return ModelLine(spoke=False, name=name, why=f"模型被拒用，本晚只用规则：{why}")
    lock = spoken.lock
    facts = [
        ("预测内容", lock.task),
        ("训练样本", f"{lock.training_rows} 行，截至 {lock.fitted_until}"),
        ("训练数据", _TRAINED[lock.trained_on]),
        ("特征数", f"{len(lock.columns)}"),
        ("校准方法", lock.calibration.method),
        ("xgboost", lock.xgboost),
    ]
    return ModelLine(
        spoke=True,
        name=lock.name,
        why="；".join(note.message for note in spoken.notes),
        sha256=lock.sha256,
        generated=lock.trained_on == "generated",
        facts=tuple(facts),
        drift=judged.drift,
    )


def _unknown_years(plan: NightPlan, snapshot: Snapshot, built: BuiltLeads) -> tuple[int, ...]:
    if not any(lead.deadline_provisional for lead in built.leads):
        return ()
    known = night_calendar(plan, snapshot).known_years
    years = {year for lead in built.leads for year in (plan.as_of.year, lead.deadline_on.year)}
    return tuple(sorted(years - known))
