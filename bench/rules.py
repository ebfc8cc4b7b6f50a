"""Shipped rules over a million enterprises and ten million events, beside hand-written code.

    python -m bench.rules --enterprises 1000000 --events 10000000

Each side runs as a process of its own, Parquet to Parquet: it counts the features of a day from
the event tables, applies the rules (three-valued: an unknown status is not "no") and writes one
column a rule. Written by hand are 48 rules over ten event tables, in lazy Polars, in SQL (run by
DuckDB and by PySpark local[2]) and in pandas; all sides must give the same columns. Thresholds
and code lists are read by riskwarn from the packs; the others have them written in, as people do.
riskwarn also runs alone: the first twelve of those rules, sixty, and every shipped rule that needs
no graph.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import rules_data, rules_polars, rules_sql
from bench.measure import Cost, measure
from bench.rules_data import AS_OF, SHARES
from bench.rules_sql import HITS, TWELVE

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".venv-bench" / "bin" / "python"
ALIKE = ("riskwarn", "riskwarn_duckdb", "riskwarn_spark", "polars", "duckdb", "spark", "pandas")
ALONE = ("riskwarn_12", "riskwarn_60", "riskwarn_all")
SIXTY = 60


def shipped() -> list[Any]:
    """Load the shipped packs."""
    from riskwarn.rules.pack import load_packs

    return load_packs(ROOT / "rules")


def chosen_rules(packs: list[Any], side: str) -> list[Any]:
    """Give the rules of a side, sorted by id."""
    from riskwarn.rules.pack import pack_features

    rules = sorted((r for pack in packs for r in pack.rules), key=lambda rule: str(rule.id))
    features = pack_features(packs).features
    able = [r for r in rules if "graph" not in _rests_on(r, features)]
    if side == "riskwarn_all":
        return able
    if side == "riskwarn_60":  # the 48 and the next ones by name
        more = [r for r in able if r.id not in HITS][: SIXTY - len(HITS)]
        return sorted([*(r for r in able if r.id in HITS), *more], key=lambda rule: str(rule.id))
    wanted = TWELVE if side == "riskwarn_12" else tuple(HITS)
    return [rule for rule in rules if rule.id in wanted]


def _rests_on(rule: Any, features: Any) -> set[str]:
    """Name the kinds of feature that a rule needs."""
    kinds, open_ = set(), [n for n, i in rule.inputs.items() if i.source == "feature"]
    while open_:
        one = features[open_.pop()]
        kinds.add("graph" if hasattr(one, "edges") else type(one).__name__)
        open_ += [getattr(one, key) for key in ("over", "under") if hasattr(one, key)]
        open_ += [one.of] if hasattr(one, "industry_digits") else []
    return kinds


def needed_features(packs: list[Any], rules: list[Any]) -> Any:
    """Give the features that the rules rest on, and those that these rest on."""
    from riskwarn.features.catalogue import rests_on
    from riskwarn.records.features import FeatureSet
    from riskwarn.rules.pack import pack_features

    every = pack_features(packs).features
    open_ = [n for rule in rules for n, i in rule.inputs.items() if i.source == "feature"]
    wanted: set[str] = set()
    while open_:
        name = open_.pop()
        if name not in wanted:
            wanted.add(name)
            open_ += rests_on(every[name])
    return FeatureSet(features={name: every[name] for name in sorted(wanted)})


def a_snapshot(folder: Path) -> Any:
    """Give the made-up files as a night sees them."""
    from riskwarn.records.snapshot import Snapshot, TableState
    from riskwarn.terms import Collected

    states = {
        name: TableState(
            table=name, collected=Collected.FRESH, rows=1, last_known_on=AS_OF, sha256=""
        )
        for name in SHARES
    }
    ranges = rules_data.ranges(folder)
    return Snapshot(folder=folder, as_of=AS_OF, enterprises=0, tables=states, ranges=ranges)


def riskwarn(folder: Path, out: Path, side: str = "riskwarn") -> dict[str, int]:
    """The night's own code: fused features, compiled rules; on the engine that the side names."""
    import polars as pl

    from riskwarn.engine.engines import EngineSettings, open_engine
    from riskwarn.engine.frames import write_parquet
    from riskwarn.features.table import column_types, event_features, table_beside
    from riskwarn.rules.run import evaluate

    packs = shipped()
    rules = chosen_rules(packs, side)
    features = needed_features(packs, rules)
    fields = sorted({n for r in rules for n, i in r.inputs.items() if i.source == "field"})
    fields = sorted({*fields, "region"})
    name = side.partition("_")[2]
    settings = EngineSettings(name=name if name in ("duckdb", "spark") else "polars")
    snapshot = a_snapshot(folder)
    types: dict[Any, Any] = {**column_types(features.windows)}
    with tempfile.TemporaryDirectory(dir=folder) as made, open_engine(settings, Path(made)) as one:
        work, paths = Path(made), []
        for number, part in enumerate(snapshot.parts()):
            counted = event_features(part, features, one.read)
            events = one.bring(counted, "events", sort_by="ent").cast(types)
            paths.append(work / f"{number:03}.parquet")
            if snapshot.ranges > 1:
                write_parquet(events, paths[-1])
        if snapshot.ranges > 1:
            events = pl.scan_parquet(paths)
        register, beside = snapshot.scan("enterprise"), [events.lazy()]
        table = table_beside(register, features, AS_OF, beside, fields)
        if settings.name == "polars":
            write_parquet(evaluate(rules, table, AS_OF), out)
        else:
            write_parquet(table, work / "table.parquet")
            said = evaluate(rules, one.read(work / "table.parquet"), AS_OF)
            write_parquet(one.bring(said, "hits", sort_by="ent"), out)
    if settings.name == "spark":
        from riskwarn.engine.spark import stop_spark

        stop_spark()
    return {"rules": len(rules), "features": len(features.features)}


def run_side(side: str, folder: Path) -> dict[str, int]:
    """Do one side's work in this process; give what it counted, where it is ours."""
    out = folder / f"out_{side}.parquet"
    if side.startswith("riskwarn"):
        return riskwarn(folder, out, side)
    if side == "polars":
        rules_polars.polars_side(folder, out)
    elif side == "duckdb":
        rules_sql.duckdb_side(folder, out)
    elif side == "spark":
        rules_sql.spark_side(folder, out)
    return {}


def fingerprint(path: Path) -> list[tuple[str, int, int, int]]:
    """Hits, unknowns and the sum of the ents hit, for each rule written by hand."""
    import polars as pl

    files = sorted(path.glob("part-*.parquet")) if path.is_dir() else [path]
    frame = pl.read_parquet(files)
    return [
        (
            name,
            int(frame[name].sum()),
            frame[name].null_count(),
            int(frame.filter(pl.col(name))["ent"].cast(pl.Int64).sum()),
        )
        for name in sorted(frame.columns)
        if name in HITS
    ]


def main() -> None:
    """Run every side and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--enterprises", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--peers", type=Path, default=PEERS, help="python with pandas, pyarrow")
    parser.add_argument("--sides", nargs="+", default=[*ALIKE, *ALONE], choices=[*ALIKE, *ALONE])
    parser.add_argument("--side", choices=[*ALIKE, *ALONE, "make"], help="one, in this process")
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    folder = args.folder or Path(tempfile.mkdtemp(prefix="riskwarn-bench-"))
    if args.side == "make":
        rules_data.make(folder, args.enterprises, args.events, shipped())
    elif args.side:
        print(json.dumps(run_side(args.side, folder)))
    else:
        print(json.dumps(compare(folder, args), ensure_ascii=False, indent=1))
        if not args.folder:
            shutil.rmtree(folder)


def compare(folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    """Measure each side; a side whose tools are missing is left out and said to be."""
    me = [sys.executable, "-m", "bench.rules", "--folder", str(folder)]
    if not list(folder.glob("**/enterprise.parquet")):
        size = ["--enterprises", str(args.enterprises), "--events", str(args.events)]
        measure([*me, "--side", "make", *size], cwd=ROOT)
    costs: dict[str, Cost] = {}
    told: dict[str, dict[str, int]] = {}
    for side in args.sides:
        if _missing(side, args.peers):
            continue
        if side == "pandas":
            script = [str(args.peers), "-m", "bench.rules_pandas", str(folder)]
            costs[side], _ = measure(script, cwd=ROOT)
        else:
            costs[side], text = measure([*me, "--side", side], cwd=ROOT)
            told[side] = json.loads(text)
    prints = {s: fingerprint(folder / f"out_{s}.parquet") for s in costs if s in ALIKE}
    first = next(iter(prints.values()), [])
    found = {
        "enterprises": args.enterprises,
        "events": args.events,
        "rules_by_hand": len(HITS),
        "same_columns": all(one == first for one in prints.values()),
        "rules_that_hit": sum(hit > 0 for _, hit, _, _ in first),
        "hits": sum(hit for _, hit, _, _ in first),
        "sides": {side: cost.as_dict() | told.get(side, {}) for side, cost in costs.items()},
        "left_out": [side for side in args.sides if side not in costs],
    }
    if "riskwarn" in costs:
        base = costs["riskwarn"].cpu_s
        found["riskwarn_over"] = {
            s: round(base / c.cpu_s, 2) for s, c in costs.items() if s in ALIKE and s != "riskwarn"
        }
    return found


def _missing(side: str, peers: Path) -> bool:
    from riskwarn.engine.engines import engine_lack

    if side == "pandas":
        return not peers.is_file()
    name = side.removeprefix("riskwarn_")
    return name in ("duckdb", "spark") and bool(engine_lack(name))


if __name__ == "__main__":
    main()
