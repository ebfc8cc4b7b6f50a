"""Twelve shipped rules over a million enterprises and ten million events, beside hand-written code.

    python -m bench.rules --enterprises 1000000 --events 10000000

Each side runs as a process of its own, Parquet to Parquet: it counts the features of the last
days from three event tables, applies the rules (three-valued: an unknown status is not "no") and
writes one column a rule. All sides must give the same columns. The shipped pack's names and
thresholds are read by riskwarn; the other sides have them written in, as people write them.
`riskwarn_all` runs every shipped rule that rests on the three tables: what further rules cost.
"""

import argparse
import json
import shutil
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.measure import Cost, measure

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".venv-bench" / "bin" / "python"
AS_OF = date(2026, 6, 30)
RULES = (
    "price.complaint_surge", "price.relapse_after_penalty", "cert.ccc.complaints",
    "competition.bribery", "consumer.mediation_refused", "consumer.privacy",
    "consumer.relapse_after_penalty", "credit.inspection.obstructed", "food.penalty.third_in_year",
    "food.expired.complaints", "safety.penalty.continuing", "pyramid.reports",
)  # fmt: skip
SAFETY_ITEM = "99009903900095"
TABLES = {"complaint": 5, "penalty": 2, "inspection": 3}  # tenths of the events
SIDES = ("riskwarn", "riskwarn_all", "polars", "duckdb", "pandas")


def make(folder: Path, enterprises: int, events: int) -> None:
    """Write the four tables as a snapshot holds them; the same bytes every time."""
    import numpy as np
    import polars as pl

    from riskwarn.tables.catalogue import load_catalogue

    dice = np.random.default_rng(1)
    words = {
        "domain": ["food", "price", "consumer", "safety", "pyramid", "advertising"],
        "kind": ["complaint", "report"],
        "penalty_kind": ["fine", "warning", "suspension", "closure"],
        "category": ["3C标志", "商业贿赂", "个人信息泄露", "食品过期", "质量", "价格", "预付卡"],
        "result": ["failed", "settled", "filed"],
        "results": ["ok", "obstructed", "problem|obstructed", "problem"],
        "item_code": [SAFETY_ITEM, "99009903900001", "99009903100074"],
    }

    def pick(name: str, size: int) -> Any:
        choice = pl.Series(words[name])
        return choice.gather(dice.integers(0, len(words[name]), size))

    def dated(size: int) -> Any:
        days = dice.integers(0, 1200, size).astype("int32")
        first = (AS_OF - timedelta(days=1199) - date(1970, 1, 1)).days
        return (pl.Series(days) + first).cast(pl.Int32).cast(pl.Date)

    status = pl.Series(["active"] * 17 + ["revoked", "cancelled", None])
    ents = pl.int_range(enterprises, dtype=pl.Int32, eager=True)
    register = pl.DataFrame(
        {
            "ent": ents,
            "uscc": ents.cast(pl.String).str.zfill(18),
            "region": ["330106"] * enterprises,
            "status": status.gather(dice.integers(0, 20, enterprises)),
        }
    )
    register.write_parquet(folder / "enterprise.parquet")
    for table, tenths in TABLES.items():
        size = events * tenths // 10
        on = dated(size)
        own = {
            "complaint": ("received_on", ["domain", "kind", "category", "result"]),
            "penalty": ("decided_on", ["domain"]),
            "inspection": ("inspected_on", ["results", "item_code"]),
        }[table]
        columns = {"ent": dice.integers(0, enterprises, size).astype("int32"), own[0]: on}
        columns |= {"known_on": on} | {name: pick(name, size) for name in own[1]}
        if table == "penalty":
            columns["kind"] = pick("penalty_kind", size)
        if table == "inspection":
            columns["problem"] = dice.integers(0, 2, size).astype(bool)
        dates = {
            one.name: pl.Series([None], dtype=pl.Date).new_from_index(0, size)
            for one in load_catalogue().table(table).columns.values()
            if one.type == "date" and one.name not in columns
        }
        frame = pl.DataFrame(columns | dates)  # a snapshot has every date column, filled or not
        frame.sort("ent").write_parquet(folder / f"{table}.parquet")


def riskwarn(folder: Path, out: Path, *, every: bool = False) -> None:
    """The night's own code: fused features, compiled rules."""
    from riskwarn.engine.frames import write_parquet
    from riskwarn.features.table import column_types, snapshot_windows
    from riskwarn.records.features import FeatureSet, WindowFeature
    from riskwarn.records.snapshot import Snapshot, TableState
    from riskwarn.rules.pack import load_packs, pack_features
    from riskwarn.rules.run import evaluate
    from riskwarn.terms import Collected

    packs = load_packs(ROOT / "rules")
    features = pack_features(packs).features
    rules = [r for pack in packs for r in pack.rules if r.id in RULES]
    if every:
        rules = [r for pack in packs for r in pack.rules if _rests_on(r, features)]
    names = {n for rule in rules for n, i in rule.inputs.items() if i.source == "feature"}
    chosen = FeatureSet(features={name: features[name] for name in sorted(names)})
    assert all(isinstance(one, WindowFeature) for one in chosen.features.values())
    assert column_types(chosen.windows)
    states = {
        name: TableState(
            table=name, collected=Collected.FRESH, rows=1, last_known_on=AS_OF, sha256=""
        )
        for name in TABLES
    }
    snapshot = Snapshot(folder=folder, as_of=AS_OF, enterprises=0, tables=states)
    register = snapshot.scan("enterprise")
    table = snapshot_windows(snapshot, chosen).join(
        register, on="ent", how="left", maintain_order="left"
    )
    write_parquet(evaluate(sorted(rules, key=lambda r: r.id), table, AS_OF), out)


def _rests_on(rule: Any, features: Any) -> bool:
    """Whether a rule needs nothing but status, region and columns of the three tables made here."""
    have = {
        "complaint": {"domain", "kind", "category", "result"},
        "penalty": {"domain", "kind"},
        "inspection": {"results", "item_code", "problem"},
    }
    for name, given in rule.inputs.items():
        if given.source == "field":
            if name not in ("status", "region"):
                return False
            continue
        one = features[name]
        if getattr(one, "table", "") not in have or getattr(one, "agg", "") != "count":
            return False
        if one.at or one.dedupe or not {c.column for c in one.where} <= have[one.table]:
            return False
    return any(given.source == "feature" for given in rule.inputs.values())


def by_hand_polars(folder: Path, out: Path) -> None:
    """The same by hand in lazy Polars, streaming."""
    import polars as pl

    def since(column: str, days: int) -> pl.Expr:
        return (pl.col(column) > AS_OF - timedelta(days=days)) & (pl.col(column) <= AS_OF)

    domain, kind, category = pl.col("domain"), pl.col("kind"), pl.col("category")
    at = "received_on"
    complaint = {
        "price90": since(at, 90) & (domain == "price"),
        "ccc": since(at, 365) & category.str.contains("3C|强制性认证|认证标志"),
        "bribe": since(at, 365) & (kind == "report") & category.str.contains("商业贿赂|回扣"),
        "failed": since(at, 180) & (kind == "complaint") & (pl.col("result") == "failed"),
        "privacy": since(at, 365) & category.str.contains("个人信息|隐私|骚扰"),
        "consumer90": since(at, 90) & (domain == "consumer"),
        "expired": since(at, 90)
        & (domain == "food")
        & category.str.contains("过期|变质|腐败|霉变"),
        "pyramid": since(at, 180) & (kind == "report") & (domain == "pyramid"),
    }
    year = since("decided_on", 365)
    severe = ["suspension", "licence_revoked", "closure"]
    penalty = {
        "price_p": year & (domain == "price"),
        "consumer_p": year & (domain == "consumer"),
        "food_p": year & (domain == "food") & ~kind.is_in(severe),
        "safety_p": year & (domain == "safety") & (kind == "fine"),
    }
    member = pl.concat_str(pl.lit("|"), pl.col("results"), pl.lit("|"))
    inspection = {
        "obstructed": since("inspected_on", 365)
        & member.str.contains("|obstructed|", literal=True),
        "safety_i": since("inspected_on", 90)
        & (pl.col("item_code") == SAFETY_ITEM)
        & pl.col("problem"),
    }
    frame = pl.scan_parquet(folder / "enterprise.parquet").select("ent", "status")
    for table, counts in (
        ("complaint", complaint),
        ("penalty", penalty),
        ("inspection", inspection),
    ):
        grouped = (
            pl.scan_parquet(folder / f"{table}.parquet")
            .filter(pl.col("known_on") <= AS_OF)
            .group_by("ent")
            .agg(is_one.sum().alias(name) for name, is_one in counts.items())
        )
        frame = frame.join(grouped, on="ent", how="left")
    active = pl.col("status") == "active"

    def least(name: str, limit: int) -> pl.Expr:
        return pl.col(name).fill_null(0) >= limit

    hits = {
        "cert.ccc.complaints": least("ccc", 2),
        "competition.bribery": least("bribe", 1),
        "consumer.mediation_refused": least("failed", 5),
        "consumer.privacy": least("privacy", 2),
        "consumer.relapse_after_penalty": least("consumer_p", 1) & least("consumer90", 1),
        "credit.inspection.obstructed": least("obstructed", 1),
        "food.expired.complaints": least("expired", 3),
        "food.penalty.third_in_year": least("food_p", 3),
        "price.complaint_surge": least("price90", 5),
        "price.relapse_after_penalty": least("price_p", 1) & least("price90", 1),
        "pyramid.reports": least("pyramid", 2),
        "safety.penalty.continuing": least("safety_p", 1) & least("safety_i", 1),
    }
    said = frame.select("ent", *((active & hit).alias(name) for name, hit in hits.items()))
    said.sort("ent").sink_parquet(out)


SQL = """
copy (
 with c as (select ent,
   count(*) filter (received_on > d90 and domain = 'price') price90,
   count(*) filter (received_on > d365 and regexp_matches(category, '3C|强制性认证|认证标志')) ccc,
   count(*) filter (received_on > d365 and kind = 'report'
     and regexp_matches(category, '商业贿赂|回扣')) bribe,
   count(*) filter (received_on > d180 and kind = 'complaint' and result = 'failed') failed,
   count(*) filter (received_on > d365 and regexp_matches(category, '个人信息|隐私|骚扰')) privacy,
   count(*) filter (received_on > d90 and domain = 'consumer') consumer90,
   count(*) filter (received_on > d90 and domain = 'food'
     and regexp_matches(category, '过期|变质|腐败|霉变')) expired,
   count(*) filter (received_on > d180 and kind = 'report' and domain = 'pyramid') pyramid
  from (select *, date '{day}' - 90 d90, date '{day}' - 180 d180, date '{day}' - 365 d365
        from '{folder}/complaint.parquet') where known_on <= date '{day}' group by ent),
 p as (select ent,
   count(*) filter (domain = 'price') price_p,
   count(*) filter (domain = 'consumer') consumer_p,
   count(*) filter (domain = 'food'
     and kind not in ('suspension', 'licence_revoked', 'closure')) food_p,
   count(*) filter (domain = 'safety' and kind = 'fine') safety_p
  from '{folder}/penalty.parquet'
  where known_on <= date '{day}' and decided_on > date '{day}' - 365 group by ent),
 i as (select ent,
   count(*) filter (contains('|' || results || '|', '|obstructed|')) obstructed,
   count(*) filter (inspected_on > date '{day}' - 90 and item_code = '{item}' and problem) safety_i
  from '{folder}/inspection.parquet'
  where known_on <= date '{day}' and inspected_on > date '{day}' - 365 group by ent)
 select e.ent,
  status = 'active' and coalesce(ccc, 0) >= 2 as "cert.ccc.complaints",
  status = 'active' and coalesce(bribe, 0) >= 1 as "competition.bribery",
  status = 'active' and coalesce(failed, 0) >= 5 as "consumer.mediation_refused",
  status = 'active' and coalesce(privacy, 0) >= 2 as "consumer.privacy",
  status = 'active' and coalesce(consumer_p, 0) >= 1 and coalesce(consumer90, 0) >= 1
   as "consumer.relapse_after_penalty",
  status = 'active' and coalesce(obstructed, 0) >= 1 as "credit.inspection.obstructed",
  status = 'active' and coalesce(expired, 0) >= 3 as "food.expired.complaints",
  status = 'active' and coalesce(food_p, 0) >= 3 as "food.penalty.third_in_year",
  status = 'active' and coalesce(price90, 0) >= 5 as "price.complaint_surge",
  status = 'active' and coalesce(price_p, 0) >= 1 and coalesce(price90, 0) >= 1
   as "price.relapse_after_penalty",
  status = 'active' and coalesce(pyramid, 0) >= 2 as "pyramid.reports",
  status = 'active' and coalesce(safety_p, 0) >= 1 and coalesce(safety_i, 0) >= 1
   as "safety.penalty.continuing"
 from '{folder}/enterprise.parquet' e left join c using (ent) left join p using (ent)
  left join i using (ent) order by e.ent
) to '{out}' (format parquet)
"""


def by_hand_duckdb(folder: Path, out: Path) -> None:
    """The same by hand in SQL."""
    import duckdb

    db = duckdb.connect(
        config={"memory_limit": "2GB", "threads": 2, "temp_directory": str(out.parent)}
    )
    db.execute(SQL.format(folder=folder, out=out, day=AS_OF.isoformat(), item=SAFETY_ITEM))


def run_side(side: str, folder: Path, out: Path) -> None:
    """Do one side's work in this process."""
    if side.startswith("riskwarn"):
        riskwarn(folder, out, every=side == "riskwarn_all")
    elif side == "polars":
        by_hand_polars(folder, out)
    elif side == "duckdb":
        by_hand_duckdb(folder, out)


def fingerprint(path: Path) -> list[tuple[str, int, int, int]]:
    """Hits, unknowns and the sum of the ents hit, for each rule."""
    import polars as pl

    frame = pl.read_parquet(path)
    names = [name for name in sorted(frame.columns) if name in RULES]
    return [
        (
            name,
            int(frame[name].sum()),
            frame[name].null_count(),
            int(frame.filter(pl.col(name))["ent"].cast(pl.Int64).sum()),
        )
        for name in names
    ]


def main() -> None:
    """Run every side and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--enterprises", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--peers", type=Path, default=PEERS, help="python with pandas, pyarrow")
    parser.add_argument("--side", choices=[*SIDES, "make"], help="one side alone, in this process")
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    folder = args.folder or Path(tempfile.mkdtemp(prefix="riskwarn-bench-"))
    if args.side == "make":
        make(folder, args.enterprises, args.events)
    elif args.side:
        run_side(args.side, folder, folder / f"out_{args.side}.parquet")
    else:
        compare(folder, args)
        if not args.folder:
            shutil.rmtree(folder)


def compare(folder: Path, args: argparse.Namespace) -> None:
    """Measure each side; a side whose tools are missing is left out and said to be."""
    me = [sys.executable, "-m", "bench.rules", "--folder", str(folder)]
    size = ["--enterprises", str(args.enterprises), "--events", str(args.events)]
    measure([*me, "--side", "make", *size], cwd=ROOT)
    costs: dict[str, Cost] = {}
    for side in SIDES:
        if side == "pandas":
            if not args.peers.is_file():
                continue
            script = [str(ROOT / "bench" / "rules_pandas.py"), str(folder)]
            costs[side], _ = measure([str(args.peers), *script])
        else:
            costs[side], _ = measure([*me, "--side", side], cwd=ROOT)
    prints = {side: fingerprint(folder / f"out_{side}.parquet") for side in costs}
    same = all(one == prints["riskwarn"] for one in prints.values())
    base = costs["riskwarn"].cpu_s
    told = {
        "enterprises": args.enterprises,
        "events": args.events,
        "rules": len(RULES),
        "same_columns": same,
        "hits": sum(hit for _, hit, _, _ in prints["riskwarn"]),
        "sides": {side: cost.as_dict() for side, cost in costs.items()},
        "riskwarn_over": {s: round(base / c.cpu_s, 2) for s, c in costs.items() if s != "riskwarn"},
        "left_out": [side for side in SIDES if side not in costs],
    }
    print(json.dumps(told, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
