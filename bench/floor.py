"""The floor of a county night: the best known kernel for each job, all in one process.

The same deliveries that riskwarn imports, read by Polars; ids by hash table, the graph by
`bench/kernels.py`, eleven aggregates a table of events and forty rules by a streaming query,
a model of 100 trees, SHAP of 2,000, 50,000 leads into SQLite, one draw by hashlib. Nothing is
checked, explained, kept or as of a day: it is what the arithmetic costs, not a product.

    python -m bench.floor INBOX --as-of 2025-12-01
"""

import argparse
import hashlib
import json
import resource
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

USCC, PERSON = "统一社会信用代码", "证件号码"
WINDOWS = (30, 90, 365)
STEPS, HOPS, ATTRIBUTES, RULES, TREES = 20, 2, 8, 40, 100
# table → key header, day, number (summed), as the county delivers them
EVENTS = {
    "abnormal_listing": (USCC, "列入日期", None),
    "ad_monitoring": ("广告主统一社会信用代码", "发布日期", None),
    "annual_report": (USCC, "填报日期", "营业总收入（元）"),
    "change": (USCC, "变更日期", None),
    "complaint": (USCC, "登记日期", None),
    "equipment": ("使用单位统一社会信用代码", "下次检验日期", None),
    "indicator": (USCC, "观测日期", "数值"),
    "inspection": (USCC, "检查时间", None),
    "lawsuit": (USCC, "立案日期", "标的额（元）"),
    "licence": (USCC, "发证日期", None),
    "penalty": (USCC, "处罚决定日期", "罚款金额（元）"),
    "platform_shop": (USCC, "开店日期", None),
    "public_opinion": (USCC, "发布日期", "热度"),
    "sampling": (USCC, "抽样日期", None),
    "tax_rating": (USCC, "评价日期", None),
}


class Clock:
    """CPU seconds by job, user and system, in the order of the jobs."""

    def __init__(self) -> None:
        self.jobs: dict[str, float] = {}

    def time(self, job: str, work: Callable[..., Any], *values: Any) -> Any:
        start = _cpu()
        found = work(*values)
        self.jobs[job] = self.jobs.get(job, 0.0) + _cpu() - start
        return found


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def files_of(inbox: Path, table: str) -> list[Path]:
    """Give a table's first deliveries; updates are left out, the floor knows no changes."""
    return [p for p in sorted(inbox.glob(f"{table}*.parquet")) if "更新" not in p.stem]


def read(inbox: Path, table: str, *columns: str) -> pl.DataFrame:
    return pl.scan_parquet(files_of(inbox, table)).select(columns).collect()


class Ids:
    """Texts of one kind to dense numbers."""

    def __init__(self, most: int) -> None:
        size = 1 << (2 * most).bit_length()
        self.slots, self.numbers = np.zeros(size, np.uint64), np.zeros(size, np.int32)

    def of(self, *texts: pl.Series) -> tuple[list[np.ndarray], int]:
        from bench.kernels import number_hashes

        hashes = np.concatenate([text.hash(1).to_numpy() for text in texts])
        found, count = number_hashes(hashes, self.slots, self.numbers)
        return np.split(found, np.cumsum([len(text) for text in texts])[:-1]), count


def read_edges(inbox: Path) -> dict[str, pl.DataFrame]:
    company, holder = "被投资企业统一社会信用代码", "股东统一社会信用代码"
    return {
        "enterprise": read(inbox, "enterprise", USCC, "法定代表人证件号码", "住所", "联系电话"),
        "link": read(inbox, "person_link", USCC, PERSON),
        "held": read(inbox, "shareholding", company, holder, "股东证件号码", "持股比例（%）"),
        "relation": read(inbox, "relation", USCC, "关联方统一社会信用代码"),
    }


def number_edges(raw: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """All ends to numbers: enterprises, then persons, addresses and phones behind them."""
    e, link, held, other = (raw[name] for name in ("enterprise", "link", "held", "relation"))
    codes, persons = Ids(3 * len(e)), Ids(4 * len(e))
    by_firm = held.filter(held[held.columns[1]].is_not_null())
    by_person = held.filter(held[held.columns[1]].is_null())
    series = [e[USCC], link[USCC], by_firm[by_firm.columns[0]], by_firm[by_firm.columns[1]]]
    series += [by_person[by_person.columns[0]], other[other.columns[0]], other[other.columns[1]]]
    (own, linked, firm, holder, company, a, b), n = codes.of(*series)
    legal = e["法定代表人证件号码"]
    (rep, who, hand), p = persons.of(legal, link[PERSON], by_person[by_person.columns[2]])
    (place,), q = Ids(len(e)).of(e["住所"])
    (phone,), r = Ids(len(e)).of(e["联系电话"])
    rep, who, hand, place, phone = rep + n, who + n, hand + n, place + n + p, phone + n + p + q
    sources = [rep, who, holder, hand, a, own, own]
    targets = [own, linked, firm, company, b, place, phone]
    share = pl.concat([by_firm["持股比例（%）"], by_person["持股比例（%）"]])
    return {
        "source": np.concatenate(sources).astype(np.int32),
        "target": np.concatenate(targets).astype(np.int32),
        "held": np.concatenate([firm, company]).astype(np.int32),
        "holder": np.concatenate([holder, hand]).astype(np.int32),
        "share": share.cast(pl.Float32, strict=False).fill_null(0).to_numpy() / 100,
        "nodes": n + p + q + r,
        "enterprises": len(e),
        "codes": codes,
    }


def graph_jobs(clock: Clock, g: dict[str, Any]) -> int:
    """Every whole-graph job of the night, once.  Gives: bytes of the arrays it must hold."""
    from bench import kernels as k

    nodes, source, target = g["nodes"], g["source"], g["target"]
    pointers, columns = clock.time("csr", k.both_ways, nodes, source, target)
    up = clock.time("csr", k.by_row, nodes, g["held"], g["holder"], g["share"])
    clock.time("components", k.weak_components, nodes, source, target)
    clock.time("rings", k.strong_components, *up[:2])
    clock.time("control", k.controllers, *up)
    clock.time("look-through", k.owners, *up, g["enterprises"], np.float32(0.001), 24)
    clock.time("cores", k.cores, pointers, columns)
    seed = np.zeros(nodes, np.float32)
    seed[: nodes // 100] = 1
    clock.time("risk flow", k.pagerank, pointers, columns, seed, STEPS)
    values = np.random.default_rng(3).random((nodes, ATTRIBUTES), dtype=np.float32)
    for _ in range(HOPS):
        values = clock.time("neighbour means", k.neighbour_means, pointers, columns, values)
    for _ in range(HOPS):
        values = clock.time("neighbour maxima", k.neighbour_maxima, pointers, columns, values)
    return 13 * source.size + 8 * source.size + 64 * nodes


def count_events(inbox: Path, ids: Ids, as_of: date) -> tuple[list[pl.DataFrame], int]:
    """Eleven aggregates of each table of events, keyed by number."""
    parts, rows = [], 0
    for name, (key, day, number) in EVENTS.items():
        columns = [key, day, *([number] if number else [])]
        frame = read(inbox, name, *columns)
        rows += frame.height
        (own,), _ = ids.of(frame[key])
        age = (pl.lit(as_of) - pl.col(day)).dt.total_days().cast(pl.Int32)
        amount = pl.col(number).cast(pl.Float64) if number else pl.lit(1.0)
        events = (
            frame.lazy()
            .select(age.alias("age"), amount.alias("v"))
            .with_columns(pl.Series("ent", own))
        )
        inside = {w: (pl.col("age") >= 0) & (pl.col("age") <= w) for w in WINDOWS}
        sums = [here.cast(pl.Int32).sum().alias(f"{name}_n{w}") for w, here in inside.items()]
        sums += [
            pl.when(here).then("v").otherwise(0).sum().alias(f"{name}_s{w}")
            for w, here in inside.items()
        ]
        sums += [
            (here & (pl.col("v") > 1)).sum().alias(f"{name}_k{w}") for w, here in inside.items()
        ]
        sums += [pl.col("v").max().alias(f"{name}_max"), pl.col("age").min().alias(f"{name}_last")]
        parts.append(events.group_by("ent").agg(sums).collect(engine="streaming"))
    return parts, rows


def run_rules(parts: list[pl.DataFrame], enterprises: int) -> tuple[int, np.ndarray]:
    """Put the aggregates side by side, run forty rules.  Gives: hits, a matrix for the model."""
    whole = pl.DataFrame({"ent": np.arange(enterprises, dtype=np.int32)}).lazy()
    for part in parts:
        whole = whole.join(part.lazy(), on="ent", how="left")
    names = [name for part in parts for name in part.columns if name != "ent"]
    rules = [
        ((pl.col(names[j]) > j % 5) & (pl.col(names[-1 - j]) < 300)).fill_null(False).alias(f"r{j}")
        for j in range(RULES)
    ]
    found = whole.with_columns(rules).collect(engine="streaming")
    hits = sum(int(found[f"r{j}"].sum()) for j in range(RULES))
    return hits, found.select(pl.col(names[:60]).cast(pl.Float32)).to_numpy(order="c")


def model_jobs(clock: Clock, matrix: np.ndarray) -> None:
    """Predict everybody by 100 trees of depth 4; SHAP for 2,000. The training is not counted."""
    import xgboost

    rng = np.random.default_rng(1)
    some = rng.choice(len(matrix), min(50_000, len(matrix)), replace=False)
    label = np.nan_to_num(matrix[some, 0]) + rng.random(some.size) > 1
    data = xgboost.DMatrix(matrix[some], label.astype(np.float32))
    settings = {"max_depth": 4, "nthread": 1, "objective": "binary:logistic"}
    booster = xgboost.train(settings, data, TREES)
    chunks = range(0, len(matrix), 65_536)
    clock.time("predict", lambda: [booster.inplace_predict(matrix[i : i + 65_536]) for i in chunks])
    few = xgboost.DMatrix(matrix[:2_000])
    clock.time("SHAP", lambda: booster.predict(few, pred_contribs=True))


def write_leads(count: int = 50_000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(Path(folder) / "leads.sqlite")
        db.execute("create table leads (id text, item text, score int, state text, day text)")
        rows = ((f"L{i:012}", "市场监管", i, "new", "2025-12-01") for i in range(count))
        db.executemany("insert into leads values (?, ?, ?, ?, ?)", rows)
        db.commit()
        db.close()


def draw(codes: list[str], seed: bytes = b"0" * 50) -> int:
    """Hash everybody, take the smallest thousand."""
    tickets = sorted(hashlib.sha256(seed + code.encode()).digest() for code in codes)
    return len(tickets[:1000])


def measure_floor(inbox: Path, as_of: date) -> dict[str, Any]:
    """Run every job once, after the kernels have been compiled on nothing."""
    _compile()
    clock = Clock()
    raw = clock.time("read edges", read_edges, inbox)
    codes = raw["enterprise"][USCC].to_list()
    g = clock.time("ids", number_edges, raw)
    del raw
    needed = graph_jobs(clock, g)
    parts, events = clock.time("events", count_events, inbox, g["codes"], as_of)
    hits, matrix = clock.time("rules", run_rules, parts, g["enterprises"])
    model_jobs(clock, matrix)
    clock.time("write leads", write_leads)
    clock.time("draw", draw, codes)
    return {
        "enterprises": g["enterprises"],
        "nodes": g["nodes"],
        "edges": int(g["source"].size),
        "events": events,
        "hits": hits,
        "cpu_s": {job: round(spent, 2) for job, spent in clock.jobs.items()},
        "floor_cpu_s": round(sum(clock.jobs.values()), 2),
        "array_mib": round(needed / 2**20),
    }


def copy_all(inbox: Path) -> dict[str, float]:
    """Read every cell of the deliveries and write it once: what keeping costs at the least."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(inbox.glob("*.parquet")):
            frame, copy = clock.time("read", pl.read_parquet, path), Path(folder) / "copy.parquet"
            clock.time("write", lambda f, p: f.write_parquet(p, compression="lz4"), frame, copy)
    return {job: round(spent, 2) for job, spent in clock.jobs.items()}


def _compile() -> None:
    from bench import kernels as k

    one = np.zeros(1, np.int32)
    pointers, columns = k.both_ways(2, one, one + 1)
    up = k.by_row(2, one, one + 1, np.ones(1, np.float32))
    k.weak_components(2, one, one + 1)
    k.strong_components(*up[:2])
    k.controllers(*up)
    k.owners(*up, 1, np.float32(0.001), 24)
    k.cores(pointers, columns)
    k.pagerank(pointers, columns, np.zeros(2, np.float32), 1)
    k.neighbour_means(pointers, columns, np.zeros((2, 8), np.float32))
    k.neighbour_maxima(pointers, columns, np.zeros((2, 8), np.float32))
    Ids(1).of(pl.Series(["a"]))


def main() -> None:
    """Measure the floor of a county's deliveries and print it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("inbox", type=Path)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2025, 12, 1))
    parser.add_argument("--copy", action="store_true", help="only read and write every cell once")
    args = parser.parse_args()
    told = {"copy_cpu_s": copy_all(args.inbox)} if args.copy else None
    told = told or measure_floor(args.inbox, args.as_of)
    print(json.dumps(told, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    sys.exit(main())
