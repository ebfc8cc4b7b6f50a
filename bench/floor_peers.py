"""The floor's graph and event jobs in python-igraph and in DuckDB's SQL, on the same deliveries.

Run by the python of the bench environment, which has polars, numpy, igraph and duckdb:

    .venv-bench/bin/python bench/floor_peers.py INBOX igraph|duckdb
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

DAY = "2025-12-01"
USCC, PERSON = "统一社会信用代码", "证件号码"
EVENTS = {
    "abnormal_listing": (USCC, "列入日期"),
    "annual_report": (USCC, "填报日期"),
    "change": (USCC, "变更日期"),
    "complaint": (USCC, "登记日期"),
    "indicator": (USCC, "观测日期"),
    "inspection": (USCC, "检查时间"),
    "lawsuit": (USCC, "立案日期"),
    "licence": (USCC, "发证日期"),
    "penalty": (USCC, "处罚决定日期"),
    "public_opinion": (USCC, "发布日期"),
    "sampling": (USCC, "抽样日期"),
    "tax_rating": (USCC, "评价日期"),
}


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def files(inbox: Path, table: str) -> list[str]:
    return [str(p) for p in sorted(inbox.glob(f"{table}*.parquet")) if "更新" not in p.stem]


def edges(inbox: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    """All ties as dense numbers by Polars' own dictionary: source, target, held, holder, nodes."""

    def read(table: str, a: str, b: str) -> pl.DataFrame:
        frame = pl.scan_parquet(files(inbox, table)).select(a=pl.col(a), b=pl.col(b))
        return frame.drop_nulls().collect()

    company = "被投资企业统一社会信用代码"
    parts = [
        read("enterprise", USCC, "法定代表人证件号码"),
        read("enterprise", USCC, "住所"),
        read("enterprise", USCC, "联系电话"),
        read("person_link", USCC, PERSON),
        read("relation", USCC, "关联方统一社会信用代码"),
        read("shareholding", company, "股东证件号码"),
        read("shareholding", company, "股东统一社会信用代码"),
    ]
    whole = pl.concat(parts)
    ids = pl.concat([whole["a"], whole["b"]]).cast(pl.Categorical).to_physical().to_numpy()
    source, target = ids[: whole.height], ids[whole.height :]
    held = sum(part.height for part in parts[-2:])
    return source, target, source[-held:], target[-held:], int(ids.max()) + 1


def graph_jobs(inbox: Path, timed: Callable[..., Any]) -> None:
    import igraph

    source, target, held, holder, nodes = timed("read and number", edges, inbox)
    graph = timed("build", lambda: igraph.Graph(n=nodes, edges=np.column_stack([source, target])))
    held_by = timed(
        "build", lambda: igraph.Graph(n=nodes, edges=np.column_stack([held, holder]), directed=True)
    )
    seed = np.zeros(nodes)
    seed[: nodes // 100] = 1
    timed("components", graph.connected_components)
    timed("rings", lambda: held_by.connected_components(mode="strong"))
    timed("cores", graph.coreness)
    timed("risk flow", lambda: graph.personalized_pagerank(damping=0.85, reset=seed.tolist()))


def event_jobs(inbox: Path, timed: Callable[..., Any]) -> None:
    import duckdb

    db = duckdb.connect(config={"threads": 2})
    for table, (key, day) in EVENTS.items():
        age = f"(date '{DAY}' - \"{day}\")"
        windows = ", ".join(
            f"count(*) filter ({age} between 0 and {w}) n{w},"
            f" sum(case when {age} between 0 and {w} then {age} end) s{w}"
            for w in (30, 90, 365)
        )
        names = ", ".join(f"'{name}'" for name in files(inbox, table))
        query = (
            f'create table "{table}" as select "{key}" id, {windows}, min({age}) last,'
            f' max({age}) first from read_parquet([{names}]) group by "{key}"'
        )
        timed("events", db.execute, query)
    names = ", ".join(f"'{name}'" for name in files(inbox, "enterprise"))
    joins = " ".join(f'left join "{t}" on "{t}".id = e."{USCC}"' for t in EVENTS)
    tables = list(EVENTS)
    rules = " + ".join(f'(coalesce("{tables[j % 12]}".n90, 0) > {j % 5})::int' for j in range(40))
    scored = f"select {rules} s from read_parquet([{names}]) e {joins}"
    query = f"select count(*) from ({scored}) where s > 6"
    timed("rules", lambda: db.execute(query).fetchone())


def main() -> None:
    spent: dict[str, float] = {}

    def timed(job: str, work: Callable[..., Any], *values: Any) -> Any:
        start = cpu()
        found = work(*values)
        spent[job] = spent.get(job, 0.0) + cpu() - start
        return found

    inbox, which = Path(sys.argv[1]), sys.argv[2]
    begun = time.monotonic()
    {"igraph": graph_jobs, "duckdb": event_jobs}[which](inbox, timed)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    told = {job: round(seconds, 2) for job, seconds in spent.items()}
    wall = round(time.monotonic() - begun, 1)
    print(json.dumps({"with": which, "cpu_s": told, "peak_mib": peak, "wall_s": wall}))


if __name__ == "__main__":
    main()
