"""A province's night from its integers on: graph, features, rules, leads of 14 million enterprises.

The view that a night makes of a county of a million is laid out fourteen times, and its ties are
crossed: every third corporate holder, relation and every fifth person belongs to another copy.
Import and the cutting of the view are left out here; everything after them is the night's own.

    python -m bench.province WORKSPACE --copies 14 --as-of 2025-12-01 --work FOLDER
"""

import argparse
import json
import resource
import shutil
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from riskwarn.night import stages
from riskwarn.night.looked_at import columns_looked_at
from riskwarn.night.plan import NightPlan, read_plan
from riskwarn.records.graph import GraphReport
from riskwarn.records.snapshot import Snapshot
from riskwarn.store.numbers import Dictionary, open_folder
from riskwarn.store.ranges import RANGE
from riskwarn.store.segments import write_segment
from riskwarn.store.store import Store
from riskwarn.store.view import build_view
from riskwarn.terms import Collected
from riskwarn.workspace import Workspace

# table → the columns of ids in the view: space, and the share that belongs to another copy
IDS: Mapping[str, Mapping[str, tuple[str, float]]] = {
    "enterprise": {
        "uscc_no": ("code", 0.0),
        "legal_rep_id": ("person", 0.0),
        "address_no": ("address", 0.0),
        "phone_no": ("phone", 0.0),
    },
    "shareholding": {
        "uscc": ("code", 0.0),
        "holder_uscc": ("code", 0.33),
        "holder_person_id": ("person", 0.2),
    },
    "person_link": {"uscc": ("code", 0.0), "person_id": ("person", 0.2)},
    "relation": {"uscc": ("code", 0.0), "other_uscc": ("code", 0.33)},
    "equity_pledge": {"uscc": ("code", 0.0), "pledgor_uscc": ("code", 0.33)},
}


def lay_out(
    one: Snapshot,
    sizes: Mapping[str, int],
    copies: int,
    folder: Path,
    only: Collection[str] = (),
) -> Snapshot:
    """Write the view `copies` times, ids moved apart, some ends of ties moved to other copies."""
    assert one.ranges == 1
    assert one.enterprises <= RANGE
    for path in sorted(one.folder.glob("*.parquet")):
        if only and path.stem not in only:
            continue
        frame = pl.read_parquet(path)
        for copy in range(copies):
            moved = moved_copy(frame, path.stem, copy, copies, one.enterprises, sizes)
            write_segment(moved, folder / f"{copy:03}" / path.name)
    tables = {name: replace(state, rows=state.rows * copies) for name, state in one.tables.items()}
    return replace(
        one, folder=folder, enterprises=one.enterprises * copies, tables=tables, ranges=copies
    )


def moved_copy(
    frame: pl.DataFrame, table: str, copy: int, copies: int, ents: int, sizes: Mapping[str, int]
) -> pl.DataFrame:
    if "ent" not in frame.columns:
        return frame if copy == 0 else frame.clear()
    rng = np.random.default_rng([copy, frame.height])
    new = [(pl.col("ent") + copy * ents).cast(pl.Int32)]
    for name, (space, crossed) in IDS.get(table, {}).items():
        where = np.full(frame.height, copy, np.int32)
        other = rng.random(frame.height) < crossed
        where[other] = rng.integers(0, copies, int(other.sum()))
        new.append((pl.col(name) + pl.Series(where * np.int32(sizes[space]))).cast(pl.Int32))
    if table == "enterprise":
        new.append(pl.lit(f"{copy:02}") + pl.col("uscc").str.slice(2))
    return frame.with_columns(new)


class Meter:
    """CPU seconds and the largest resident set so far, told at each step."""

    def __init__(self) -> None:
        self.told: dict[str, dict[str, float]] = {}
        self.last, self.since = _cpu(), time.monotonic()

    def step(self, name: str, work: Callable[..., Any], *values: Any) -> Any:
        found = work(*values)
        now = _cpu()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.told[name] = {
            "cpu_s": round(now - self.last, 1),
            "peak_mib": round(peak),
            "wall_s": round(time.monotonic() - self.since, 1),
        }
        print(name, self.told[name], flush=True)
        self.last, self.since = now, time.monotonic()
        return found


def _cpu() -> float:
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def run(
    workspace: Path, copies: int, as_of: date, work: Path, *, graph_only: bool
) -> dict[str, Any]:
    """Lay the province out and run its night."""
    ws = Workspace.open(workspace)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    meter = Meter()
    with Store.open(ws) as store:
        plan = read_plan(ws, store, as_of)
        wanted = columns_looked_at(plan.features)
        limits = ws.settings.imports.stale_after_days
        one = meter.step("view of one", build_view, store, as_of, work / "one", limits, wanted)
    numbers = open_folder(ws.store_dir)
    sizes = {
        space: len(Dictionary(numbers / space)) for space in ("code", "person", "address", "phone")
    }
    only = tuple(IDS) if graph_only else ()
    province = meter.step("lay out", lay_out, one, sizes, copies, work / "all", only)
    if graph_only:
        report = graph_jobs(meter, plan, province)
        return told(province, report) | {"steps": meter.told}
    stages.speller = lambda folder, work: _spell  # no texts lie behind copies
    tables = meter.step("graph and features", stages.build_tables, plan, province, work)
    hits = meter.step("rules", stages.judge_rules, plan, tables, work)
    built = meter.step("leads", _leads, plan, province, tables, hits)
    return told(province, tables.report) | {"leads": len(built.leads), "steps": meter.told}


def told(province: Snapshot, report: GraphReport) -> dict[str, Any]:
    return {
        "enterprises": province.enterprises,
        "nodes": sum(report.nodes.values()),
        "edges": sum(report.edges.values()),
        "rows": sum(state.rows for state in province.tables.values()),
    }


def _spell(kind: Any, place: int) -> str:
    return str(place)


def graph_jobs(meter: Meter, plan: NightPlan, province: Snapshot) -> GraphReport:
    """Build the graph and take every graph measure of the packs, over made-up values."""
    from riskwarn.graph.build import build_graph
    from riskwarn.graph.measures import graph_features

    graph = meter.step("graph", lambda: build_graph(province, spell=_spell))
    specs = plan.features.graphs
    ours = {spec.name for spec in specs}
    names = sorted({spec.of for spec in specs if spec.of and spec.of not in ours})
    rng = np.random.default_rng(1)
    size = province.enterprises
    flags = {name: (rng.random(size) < 0.05).astype(np.int32) for name in names}
    values = pl.DataFrame({"ent": np.arange(size, dtype=np.int32), **flags})
    threads = plan.ws.settings.threads or 2
    meter.step("measures", lambda: graph_features(graph, specs, values, threads=threads))
    return graph.report


def _leads(plan: NightPlan, province: Snapshot, tables: Any, hits: Path) -> Any:
    gone = {
        name: replace(state, collected=Collected.MISSING) for name, state in province.tables.items()
    }
    nothing = replace(province, tables=gone)  # no delivered rows lie behind copies
    return stages.make_leads(plan, province, tables, hits, None, lambda asked: nothing)


def main() -> None:
    """Run and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workspace", type=Path, help="a county of about a million, imported")
    parser.add_argument("--copies", type=int, default=14)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2025, 12, 1))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--graph-only", action="store_true", help="no events, rules and leads")
    args = parser.parse_args()
    found = run(args.workspace, args.copies, args.as_of, args.work, graph_only=args.graph_only)
    print(json.dumps(found, indent=1))
    shutil.rmtree(args.work)


if __name__ == "__main__":
    main()
