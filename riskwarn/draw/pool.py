"""Who can be drawn, and why the others cannot: one row for every enterprise of the register.

Nothing is left out silently. An enterprise that is not in a task carries the reason in the same
frozen line, so the register, the pool and the exclusions cannot drift apart.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from riskwarn.draw.plan import allowed_strata
from riskwarn.errors import InputRejectedError, Problem
from riskwarn.records.draw import IN_CHARGE, UNCLASSED, DrawPlan, DrawTask

if TYPE_CHECKING:
    import polars as pl

EXCLUDED = "!"  # a stratum field that begins so is a reason, not a stratum
CHUNK_ROWS = 400_000  # enterprises worked on at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolInput:
    """What the pool is made of, as known on the day.

    The first two may be scans, so that they need not fit into memory.
    enterprises: uscc, status, kind, region, industry, department_code (all text, may be null);
                 facility_type text, employees and registered_capital_fen i64 where known.
    classes:     uscc, risk_class (A–D); who is missing has no class.
    history:     uscc, item_code, authority, drawn_on (pl.Date): drawn or checked before, random
                 checks only; who ordered it is `authority`.
    exempt:      uscc of the published exemption list.
    """

    enterprises: "pl.DataFrame | pl.LazyFrame"
    classes: "pl.DataFrame | pl.LazyFrame"
    history: "pl.DataFrame"
    exempt: "pl.DataFrame"


def pool_chunks(
    plan: DrawPlan, given: PoolInput, on: date, rows: int = CHUNK_ROWS
) -> "Iterator[pl.DataFrame]":
    """Give the frames of `build_pool` for one range of codes after the other, in their order."""
    import polars as pl

    every, classes = given.enterprises.lazy(), given.classes.lazy()
    for low, high in _ranges(every, rows):
        inside = pl.lit(True)
        inside = inside if low is None else inside & (pl.col("uscc") >= low)
        inside = inside if high is None else inside & (pl.col("uscc") < high)
        part = replace(
            given,
            enterprises=every.filter(inside).collect(),
            classes=classes.filter(inside).collect(),
        )
        yield build_pool(plan, part, on)


def _ranges(every: "pl.LazyFrame", rows: int) -> list[tuple[str | None, str | None]]:
    """Cut the codes into ranges of about `rows` each, by every 1,000th of them."""
    import polars as pl

    step = min(1_000, max(1, rows // 10))
    sample = every.select("uscc").gather_every(step).collect()["uscc"].sort().unique().sort()
    count = max(1, round(len(sample) * step / rows))
    places = [len(sample) * n // count for n in range(1, count)]
    cuts: list[str | None] = [None, *pl.Series(sample).gather(places).to_list(), None]
    return list(pairwise(cuts))


def build_pool(plan: DrawPlan, given: PoolInput, on: date) -> "pl.DataFrame":
    """Give the register with each task's stratum or reason.

    Takes:  on, the day of the freeze; history later than it does not count.
    Gives:  sorted by uscc: uscc, region, department, class (all text, "" unknown), room (how often
            each authority may still draw it, `authority=n` joined by ","), and `task:<no>` with
            a stratum or `!reason` for every task.
    Raises: InputRejectedError D131 when an enterprise stands in the register twice, D132 when a
            field holds a tab or a line break.
    """
    import polars as pl

    table = _register(given).collect()
    _refuse_doubles(table)
    past = given.history.filter(pl.col("drawn_on") <= on)
    table = _add_used(table, past, plan, on)
    for task in plan.tasks:
        recent = past.filter(
            pl.col("item_code").is_in(list(task.items))
            & (pl.col("drawn_on") > on - timedelta(days=task.no_repeat_days))
        )
        table = table.join(
            recent.select("uscc").unique().with_columns(_repeated=pl.lit(True)),
            on="uscc",
            how="left",
        )
        table = table.with_columns(_stratum(plan, task).alias(f"task:{task.task_no}"))
        table = table.drop("_repeated")
    tasks = [f"task:{task.task_no}" for task in plan.tasks]
    table = table.with_columns(_room(plan).alias("room")).sort("uscc")
    table = table.select("uscc", "region", "department", "class", "room", *tasks)
    _refuse_breaks(table)
    return table


def _register(given: PoolInput) -> "pl.LazyFrame":
    import polars as pl

    fields = ["status", "kind", "region", "industry", "department_code"]
    enterprises = given.enterprises.lazy()
    there = enterprises.collect_schema().names()
    more = [
        pl.col(name).cast(dtype) if name in there else pl.lit(None, dtype).alias(name)
        for name, dtype in (
            ("facility_type", pl.String),
            ("employees", pl.Int64),
            ("registered_capital_fen", pl.Int64),
        )
    ]
    texts = [pl.col(name).fill_null("") for name in fields]
    table = enterprises.select("uscc", *texts, *more)
    classes = (
        given.classes.lazy().select("uscc", pl.col("risk_class").alias("class")).unique("uscc")
    )
    table = table.join(classes, on="uscc", how="left").with_columns(pl.col("class").fill_null(""))
    exempt = given.exempt.lazy().select("uscc").unique().with_columns(_exempt=pl.lit(True))
    table = table.join(exempt, on="uscc", how="left")
    return table.rename({"department_code": "department"})


def _refuse_doubles(table: "pl.DataFrame") -> None:
    import polars as pl

    doubled = table.filter(pl.col("uscc").is_duplicated())["uscc"].unique().sort().to_list()
    if doubled:
        raise InputRejectedError(
            *[
                Problem("D131", f"抽查对象名录库中企业 {uscc} 重复", expected="每户一行")
                for uscc in doubled[:20]
            ]
        )


def _refuse_breaks(table: "pl.DataFrame") -> None:
    import polars as pl

    text = pl.concat_str([pl.col("uscc"), "region", "department", "class"], separator="")
    bad = table.filter(text.str.contains(r"[\t\r\n|,=!]"))["uscc"].to_list()
    if bad:
        message = f"企业 {bad[0]!r} 的字段含有制表符、换行或 | , = !"
        raise InputRejectedError(Problem("D132", message, expected="先修正登记数据"))


def _add_used(
    table: "pl.DataFrame", past: "pl.DataFrame", plan: DrawPlan, on: date
) -> "pl.DataFrame":
    """Add `used:<authority>`: one visit a day and authority this year, however many items.

    A visit whose authority is unknown counts for every authority.
    """
    import polars as pl

    year = past.filter(pl.col("drawn_on").dt.year() == on.year)
    visits = year.select("uscc", "authority", "drawn_on").unique()
    counts = visits.group_by("uscc", "authority").agg(_used=pl.len().cast(pl.Int64))
    unknown = counts.filter(pl.col("authority") == "").select("uscc", _unknown="_used")
    for authority in authorities(plan):
        resolved = _resolved(authority).alias("authority")
        table = table.with_columns(resolved).join(counts, on=["uscc", "authority"], how="left")
        table = table.join(unknown, on="uscc", how="left").drop("authority")
        total = pl.col("_used").fill_null(0) + pl.col("_unknown").fill_null(0)
        table = table.with_columns(total.alias(f"used:{authority}")).drop("_used", "_unknown")
    return table


def authorities(plan: DrawPlan) -> list[str]:
    """The lead departments of the tasks, each once, in the plan's order."""
    return list(dict.fromkeys(task.authority for task in plan.tasks))


def _resolved(authority: str) -> "pl.Expr":
    import polars as pl

    return pl.col("department") if authority == IN_CHARGE else pl.lit(authority)


def first_reason(tests: Sequence[tuple[str, "pl.Expr"]], otherwise: "pl.Expr") -> "pl.Expr":
    """Give `!reason` of the first test that holds, else the other expression; null holds not."""
    import polars as pl

    return pl.coalesce(
        *[pl.when(hit).then(pl.lit(f"{EXCLUDED}{reason}")) for reason, hit in tests], otherwise
    )


def _stratum(plan: DrawPlan, task: DrawTask) -> "pl.Expr":
    import polars as pl

    by_class = pl.when(pl.col("class") == "").then(pl.lit(UNCLASSED)).otherwise(pl.col("class"))
    tests = [("not_active", pl.col("status").is_in(["", "active"]).not_()), *_scope_tests(task)]
    if any(demand.department == IN_CHARGE for demand in task.demands):
        tests.append(("no_department", pl.col("department") == ""))
    tests += [
        ("exempt", pl.col("_exempt").is_not_null()),
        ("no_repeat", pl.col("_repeated").is_not_null()),
        ("cap", pl.col(f"used:{task.authority}") >= plan.yearly_cap),
        ("class_unknown", by_class.is_in(list(allowed_strata(task))).not_()),
    ]
    return first_reason(tests, by_class)


def _scope_tests(task: DrawTask) -> Sequence[tuple[str, "pl.Expr"]]:
    """A field that is missing makes the scope unknown; unknown is not out, and is not in either."""
    import polars as pl

    tests: list[tuple[str, pl.Expr]] = []
    named: Mapping[str, tuple[str, ...]] = {
        "kind": task.scope.kinds,
        "region": task.scope.regions,
        "industry": task.scope.industries,
        "facility": task.scope.facilities,
    }
    for field, wanted in named.items():
        if not wanted:
            continue
        column = pl.col("facility_type" if field == "facility" else field).fill_null("")
        tests.append(("scope_unknown", column == ""))
        if field in ("kind", "facility"):
            tests.append((field, column.is_in(list(wanted)).not_()))
        else:
            hits = [column.str.starts_with(prefix) for prefix in wanted]
            tests.append((field, pl.any_horizontal(*hits).not_()))
    bounds = {
        "size": ("employees", task.scope.employees),
        "capital": ("registered_capital_fen", task.scope.capital_fen),
    }
    for reason, (field, (least, most)) in bounds.items():
        if least is None and most is None:
            continue
        tests.append(("scope_unknown", pl.col(field).is_null()))
        tests.append((reason, (pl.col(field) < (least or 0)).fill_null(False)))
        if most is not None:
            tests.append((reason, (pl.col(field) > most).fill_null(False)))
    return tests


def _room(plan: DrawPlan) -> "pl.Expr":
    """`authority=n` for every authority that draws in this batch, as the code it has here."""
    import polars as pl

    parts = []
    for authority in authorities(plan):
        left = (pl.lit(plan.yearly_cap) - pl.col(f"used:{authority}")).clip(0, None)
        parts.append(_resolved(authority) + pl.lit("=") + left.cast(pl.String))
    return pl.concat_str(parts, separator=",")
