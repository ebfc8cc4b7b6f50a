"""One night: what was delivered → snapshot → features → rules and model → leads → outputs → store.

Killed anywhere, the night is simply run again: nothing counts before the one transaction that
records it, and what that transaction recorded is found again by the run's key.
"""

import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from riskwarn.night.bundle import Judged, report_bundle
from riskwarn.night.graph_words import read_cut
from riskwarn.night.keep import commit_night, publish
from riskwarn.night.looked_at import columns_looked_at
from riskwarn.night.plan import NightPlan, read_plan
from riskwarn.night.stages import (
    build_tables,
    hold_to_reference,
    judge_rules,
    make_leads,
    speak_model,
)
from riskwarn.outputs.write import write_outputs
from riskwarn.records.model import NightDrift
from riskwarn.records.snapshot import Snapshot
from riskwarn.store.lock import hold_lock
from riskwarn.store.narrow import narrow_snapshot
from riskwarn.store.store import Store
from riskwarn.store.view import build_view
from riskwarn.workspace import Workspace

if TYPE_CHECKING:
    from riskwarn.records.report import ReportBundle

STAGES = (
    "读取规则、法规与模型",
    "截取当日已知数据",
    "计算图谱与特征",
    "运行规则",
    "模型评分",
    "形成线索",
    "写出报告",
    "记入台账",
    "发布",
    "完成",
)
Tell = Callable[[str, int, int], None]  # stage, how many are done, of how many


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What a night gave."""

    run_key: str
    as_of: date
    folder: Path  # the published outputs
    leads: int
    gone: int
    model_spoke: bool
    model_why: str
    drift: NightDrift | None  # None where no model spoke
    repeated: bool  # the very same run had been recorded before


def scan(ws: Workspace, as_of: date, tell: Tell) -> Night:
    """Run the night of one day.

    Takes:  as_of: nothing known later is used; tell, called as each stage begins.
    Gives:  what happened; the outputs lie in `ws.out_dir/<as_of>`. The same inputs, packs, laws,
            model, settings and day give the same bytes.
    Raises: NothingToDoError (6) without data; ConfigError (3); VerificationError (5) when a model
            is refused and the settings say stop; LockHeldError (75); DiskError (74).
    """
    stage = iter(range(len(STAGES)))

    def begin() -> None:
        number = next(stage)
        tell(STAGES[number], number, len(STAGES) - 1)

    with hold_lock(ws.store_dir, f"夜间扫描 {as_of}"), Store.open(ws) as store:
        begin()
        store.sweep()
        work = _empty(ws.store_dir / "work")
        plan = read_plan(ws, store, as_of)
        begin()
        stale = ws.settings.imports.stale_after_days
        looked_at = columns_looked_at(plan.features)
        snapshot = build_view(store, as_of, work / "snapshot", stale, looked_at)
        begin()
        tables = build_tables(plan, snapshot, work)
        begin()
        hits = judge_rules(plan, tables, work)
        begin()
        spoken = speak_model(plan, tables)
        drift = hold_to_reference(plan, tables, spoken)
        begin()

        def evidence(asked: Mapping[str, Collection[int]]) -> Snapshot:
            return narrow_snapshot(store, snapshot, work / "evidence", asked)

        built = make_leads(plan, snapshot, tables, hits, spoken, evidence)
        begin()
        cut = read_cut(tables.path, plan.features)
        judged = Judged(built=built, spoken=spoken, drift=drift, graph=tables.report, cut=cut)
        bundle = report_bundle(plan, store, snapshot, judged)
        manifest = _write(plan, bundle, work)
        begin()
        new = commit_night(plan, store, manifest, built)
        begin()
        folder = publish(work / "out", ws.out_dir / as_of.isoformat())
        publish_table(tables.path, ws.store_dir / "tables" / f"{as_of.isoformat()}.parquet")
        shutil.rmtree(work)
        begin()
    return _night(plan, bundle, folder, new)


def publish_table(table: Path, target: Path) -> None:
    """Keep the night's feature table, so that a rule can be asked why it said what it said."""
    target.parent.mkdir(parents=True, exist_ok=True)
    table.replace(target)


def _empty(folder: Path) -> Path:
    """Give an empty folder; what a killed run left there counts for nothing."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def _write(plan: NightPlan, bundle: "ReportBundle", work: Path) -> dict[str, object]:
    out = work / "out"
    out.mkdir()
    return plan.write_manifest(out, write_outputs(bundle, out), bundle)


def _night(plan: NightPlan, bundle: "ReportBundle", folder: Path, new: bool) -> Night:
    return Night(
        run_key=plan.run_key,
        as_of=plan.as_of,
        folder=folder,
        leads=len(bundle.leads),
        gone=len(bundle.gone),
        model_spoke=bundle.model.spoke,
        model_why=bundle.model.why,
        drift=bundle.model.drift,
        repeated=not new,
    )
