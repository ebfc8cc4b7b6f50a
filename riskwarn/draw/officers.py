"""The inspector pool: who may be drawn, who may not and why, and who must stay away from whom."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from riskwarn.draw.pool import EXCLUDED, first_reason
from riskwarn.errors import InputRejectedError, Problem
from riskwarn.records.draw import IN_CHARGE, OFFICER_EXCLUSIONS, DrawPlan

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerInput:
    """What the inspector pool is made of, as known on the day.

    officers:  officer_no, department_code (own, then those above it, ","-joined), region,
               certificate_until, qualifications ("|"-joined), is_lead, on_leave_from, on_leave_to.
    interests: officer_no, uscc, kind, from_on, to_on (declared).
    related:   officer_no, uscc (kin, shares, past jobs found in the graph; may be empty).
    pairs:     officer_no, uscc, inspected_on (who checked whom before).
    load:      officer_no, load (checks so far this year, i64).
    """

    officers: "pl.DataFrame"
    interests: "pl.DataFrame"
    related: "pl.DataFrame"
    pairs: "pl.DataFrame"
    load: "pl.DataFrame"


def build_officers(plan: DrawPlan, given: OfficerInput, draw_on: date) -> "pl.DataFrame":
    """Give every officer of the library with the reason why not, if any.

    Takes:  draw_on, the day on which the draw will take place: the certificate must be valid then.
    Gives:  sorted by officer_no: officer_no, department, region, lead ("0"/"1"), qualifications
            (","-joined, sorted), load i64, max_load i64, state ("" or `!reason`).
    Raises: InputRejectedError D141 officer twice, D142 a field with a forbidden character.

    An unknown lead flag is not a lead; a certificate without an end date is not valid: a draw must
    not rest on a guess.
    """
    import polars as pl

    table = given.officers.select(
        "officer_no",
        pl.col("department_code").fill_null("").alias("department"),
        pl.col("region").fill_null(""),
        pl.col("is_lead").fill_null(False).cast(pl.Int8).cast(pl.String).alias("lead"),
        pl.col("qualifications").fill_null("").str.replace_all("|", ",", literal=True),
        "certificate_until",
        "on_leave_from",
        "on_leave_to",
    )
    doubled = table.filter(pl.col("officer_no").is_duplicated())["officer_no"].unique().sort()
    if len(doubled):
        faults = [
            Problem("D141", f"执法人员 {number} 重复", expected="每人一行") for number in doubled
        ]
        raise InputRejectedError(*faults)
    table = table.join(given.load.select("officer_no", "load"), on="officer_no", how="left")
    table = table.with_columns(
        pl.col("load").fill_null(0).cast(pl.Int64),
        pl.lit(plan.max_load, dtype=pl.Int64).alias("max_load"),
    )
    table = table.with_columns(_state(plan, draw_on).alias("state")).sort("officer_no")
    text = pl.concat_str(["officer_no", "region"], separator="")
    bad = table.filter(text.str.contains(r"[\t\r\n|,=!]"))["officer_no"].to_list()
    if bad:
        raise InputRejectedError(Problem("D142", f"执法人员 {bad[0]!r} 的字段含有不允许的字符"))
    wanted = ["officer_no", "department", "region", "lead", "qualifications", "load", "max_load"]
    return table.select(*wanted, "state")


def _state(plan: DrawPlan, draw_on: date) -> "pl.Expr":
    import polars as pl

    codes = {demand.department for task in plan.tasks for demand in task.demands}
    own, until = pl.col("department").str.split(","), pl.col("certificate_until")
    outside = pl.col("department") == ""
    if IN_CHARGE not in codes:
        outside = pl.any_horizontal([own.list.contains(code) for code in sorted(codes)]).not_()
    away = (pl.col("on_leave_from") <= draw_on) & (
        pl.col("on_leave_to").is_null() | (pl.col("on_leave_to") >= draw_on)
    )
    tests = [
        ("department", outside),
        ("certificate_missing", until.is_null()),
        ("certificate_expired", until < draw_on),
        ("leave", away),
        ("load", pl.col("load") >= pl.col("max_load")),
    ]
    return first_reason(tests, pl.lit(""))


def build_recusals(plan: DrawPlan, given: OfficerInput, draw_on: date) -> "pl.DataFrame":
    """Give the pairs that must not meet: officer_no, uscc; sorted, each once, no kind shown.

    A past post (former) counts for ever; other interests until their end; a pair that met within
    `pair_repeat_days` counts as well. An interest without dates is taken to hold.
    """
    import polars as pl

    interests = given.interests
    begun = pl.col("from_on").is_null() | (pl.col("from_on") <= draw_on)
    lasting = pl.col("to_on").is_null() | (pl.col("to_on") >= draw_on)
    former = (pl.col("kind") == "former").fill_null(False)
    since = draw_on - timedelta(days=plan.pair_repeat_days)
    parts = [
        interests.filter(begun & (lasting | former)).select("officer_no", "uscc"),
        given.related.select("officer_no", "uscc"),
        given.pairs.filter(pl.col("inspected_on") > since).select("officer_no", "uscc"),
    ]
    known = given.officers.select("officer_no")
    pairs = pl.concat(parts).drop_nulls().unique().join(known, on="officer_no", how="semi")
    return pairs.sort("officer_no", "uscc")


def _left_out(officers: "pl.DataFrame") -> str:
    """Say how many officers were left out for what, so that the cure is seen."""
    counts = dict(officers["state"].value_counts(sort=True).iter_rows())
    named = {f"{EXCLUDED}{code}": words for code, words in OFFICER_EXCLUSIONS.items()}
    said = [f"{words} {counts[code]} 名" for code, words in named.items() if counts.get(code)]
    return f"（名录共 {officers.height} 名：{'、'.join(said)}）" if said else ""


def check_officers(plan: DrawPlan, officers: "pl.DataFrame") -> list[Problem]:
    """Find departments that cannot send a crew at all, before anything is frozen.

    Gives:  D143 fewer officers than one check needs · D144 no lead inspector · D145 nobody with the
            qualification that a task asks.
    """
    import polars as pl

    active = officers.filter(pl.col("state") == "")
    problems = []
    for task in plan.tasks:
        for demand in task.demands:
            able = active
            where = "属地部门（合计）" if demand.department == IN_CHARGE else demand.department
            if demand.department != IN_CHARGE:
                own = pl.col("department").str.split(",")
                able = able.filter(own.list.contains(demand.department))
            if demand.qualification:
                held = pl.col("qualifications").str.split(",").list.contains(demand.qualification)
                able = able.filter(held)
            who = f"任务 {task.task_no}：{where}" + (
                f" 有“{demand.qualification}”资格的" if demand.qualification else " "
            )
            need = plan.officers_per_check
            if able.height < need:
                code = "D145" if demand.qualification else "D143"
                message = f"{who}可派执法人员只有 {able.height} 名，每次检查要 {need} 名"
                message += _left_out(officers)
                problems.append(Problem(code, message, expected="补充人员、延长执法证，或调整计划"))
            elif not able.filter(pl.col("lead") == "1").height:
                message = f"{who}执法人员中没有主检人员"
                problems.append(Problem("D144", message, expected="每次检查至少 1 名主检"))
    return problems
