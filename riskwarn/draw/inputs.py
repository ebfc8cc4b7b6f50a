"""From the as-of snapshot and earlier draws to what the pools are made of."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from riskwarn.draw.officers import OfficerInput
from riskwarn.draw.pool import PoolInput
from riskwarn.draw.related import TIE_TABLES, doubt_related, find_related
from riskwarn.errors import InputRejectedError, Problem
from riskwarn.records.snapshot import Snapshot
from riskwarn.terms import Collected

if TYPE_CHECKING:
    import polars as pl

SATURDAY = 5
WATCHED = ("enterprise", "officer", "officer_interest", "department", "inspection", *TIE_TABLES)


def collected_tables(snapshot: Snapshot) -> dict[str, str]:
    """Whether each table that the draw rests on can be believed; goes into the freeze."""
    return {name: snapshot.collected(name).value for name in WATCHED}


def check_collected(snapshot: Snapshot) -> list[Problem]:
    """D140 no officers at all · D146, D147 what is not known and so not excluded (warnings)."""
    problems = []
    if snapshot.collected("officer") is Collected.MISSING:
        problems.append(
            Problem("D140", "没有执法人员名录（officer 表）", expected="先导入执法检查人员名录库")
        )
    says = {
        "officer_interest": "回避关系未采集或已过期：只能回避已知的关系",
        "inspection": "检查记录未采集或已过期：不重复抽查与频次上限只按本系统的抽取计算",
        "officer": "执法人员名录已过期",
        "enterprise": "市场主体名录已过期",
    }
    for table, message in says.items():
        if snapshot.collected(table) is not Collected.FRESH:
            problems.append(Problem("D146", message, severity="warning"))
    if snapshot.collected("officer") is not Collected.MISSING:
        problems += doubt_related(snapshot)
    return problems


def known_departments(snapshot: Snapshot) -> frozenset[str]:
    """The codes of the department library; empty when it was never delivered."""
    return frozenset(_above(snapshot))


def working_days(snapshot: Snapshot) -> Callable[[date], bool] | None:
    """Whether a day is worked, by the delivered calendar; None without one.

    A day that the calendar does not hold counts as worked from Monday to Friday.
    """
    if snapshot.collected("calendar") is Collected.MISSING:
        return None
    frame = snapshot.scan("calendar").select("day", "is_working").collect()
    days: dict[date, bool] = dict(frame.iter_rows())
    return lambda day: bool(days.get(day, day.weekday() < SATURDAY))


def pool_input(
    snapshot: Snapshot,
    classes: "pl.LazyFrame",
    targets: Sequence[Mapping[str, Any]],
    exempt: Iterable[str] = (),
) -> PoolInput:
    """Give the register, the classes and the history of random checks.

    Takes:  classes, uscc and risk_class; targets, rows of earlier draws (uscc, items, authority,
            drawn_on) by the day.
    """
    import polars as pl

    fields = ["uscc", "status", "kind", "region", "industry", "department_code"]
    fields += ["facility_type", "employees", "registered_capital_fen"]
    above = _above(snapshot)
    drawn = [
        {
            "uscc": row["uscc"],
            "item_code": item,
            "authority": authority,
            "drawn_on": row["drawn_on"],
        }
        for row in targets
        for item in row["items"].split(",")
        for authority in above.get(row["authority"], (row["authority"],))
    ]
    schema = {"uscc": pl.String, "item_code": pl.String, "authority": pl.String}
    own = pl.DataFrame(drawn, schema={**schema, "drawn_on": pl.String})
    own = own.with_columns(pl.col("drawn_on").str.to_date())
    return PoolInput(
        enterprises=snapshot.scan("enterprise").select(fields),
        classes=classes.select("uscc", "risk_class").drop_nulls(),
        history=pl.concat([own, _inspected(snapshot, above)]).unique(),
        exempt=pl.DataFrame({"uscc": sorted(exempt)}, schema={"uscc": pl.String}),
    )


def _above(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """Department → itself and those above it."""
    if snapshot.collected("department") is Collected.MISSING:
        return {}
    frame = snapshot.scan("department").select("department_code", "parent_code").collect()
    parent = dict(frame.iter_rows())
    chains = {}
    for code in sorted(parent):
        chain, at = [code], parent[code]
        while at and at not in chain:  # a circle in the library ends the walk
            chain.append(at)
            at = parent.get(at)
        chains[code] = tuple(chain)
    return chains


def _inspected(snapshot: Snapshot, above: Mapping[str, Sequence[str]]) -> "pl.DataFrame":
    """Random checks on record; the authority is the first officer's department."""
    import polars as pl

    schema = {"uscc": pl.String, "item_code": pl.String, "authority": pl.String}
    if snapshot.collected("inspection") is Collected.MISSING:
        return pl.DataFrame(schema={**schema, "drawn_on": pl.Date})
    checks = snapshot.scan("inspection").filter(pl.col("selected_by") == "random").collect()
    checks = checks.select(
        "uscc",
        pl.col("item_code").fill_null(""),
        pl.col("officers").str.split("|").list.first().alias("officer_no"),
        pl.col("inspected_on").alias("drawn_on"),
    )
    homes = {"officer_no": [], "authority": []} if not above else _homes(snapshot, above)
    home = pl.DataFrame(homes, schema={"officer_no": pl.String, "authority": pl.String})
    found = checks.join(home, on="officer_no", how="left").with_columns(
        pl.col("authority").fill_null("")
    )
    return found.select("uscc", "item_code", "authority", "drawn_on").drop_nulls("drawn_on")


def _homes(snapshot: Snapshot, above: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    if snapshot.collected("officer") is Collected.MISSING:
        return {"officer_no": [], "authority": []}
    rows = snapshot.scan("officer").select("officer_no", "department_code").collect().iter_rows()
    pairs = [(number, code) for number, own in rows for code in above.get(own, (own,)) if code]
    return {"officer_no": [n for n, _ in pairs], "authority": [c for _, c in pairs]}


def officer_input(
    snapshot: Snapshot, on: date, crews: Sequence[tuple[str, str, str]]
) -> OfficerInput:
    """Give the officers, their interests, whom they met, and their load this year.

    Takes:  crews, (officer_no, uscc, drawn_on) of earlier draws whose checks are not on record yet.
    Raises: InputRejectedError D140 without an officer table.
    """
    import polars as pl

    if snapshot.collected("officer") is Collected.MISSING:
        raise InputRejectedError(*[p for p in check_collected(snapshot) if p.severity == "error"])
    above = _above(snapshot)
    officers = snapshot.scan("officer").collect()
    chains = {code: ",".join(chain) for code, chain in above.items()}
    officers = officers.with_columns(pl.col("department_code").replace(chains))
    met = _met(snapshot, crews)
    this_year = met.filter(pl.col("inspected_on").dt.year() == on.year)
    load = this_year.group_by("officer_no").agg(load=pl.len().cast(pl.Int64))
    texts = {"officer_no": pl.String, "uscc": pl.String}
    dated = {"from_on": pl.Date, "to_on": pl.Date}
    interests = pl.DataFrame(schema={**texts, "kind": pl.String, **dated})
    if snapshot.collected("officer_interest") is not Collected.MISSING:
        interests = snapshot.scan("officer_interest").select(interests.columns).collect()
    return OfficerInput(
        officers=officers,
        interests=interests,
        related=find_related(snapshot),
        pairs=met.select("officer_no", "uscc", "inspected_on"),
        load=load.sort("officer_no"),
    )


def _met(snapshot: Snapshot, crews: Sequence[tuple[str, str, str]]) -> "pl.DataFrame":
    import polars as pl

    schema = {"officer_no": pl.String, "uscc": pl.String, "inspected_on": pl.String}
    own = pl.DataFrame(list(crews), schema=schema, orient="row")
    own = own.with_columns(pl.col("inspected_on").str.to_date())
    if snapshot.collected("inspection") is Collected.MISSING:
        return own
    checks = snapshot.scan("inspection").select("officers", "uscc", "inspected_on").collect()
    checks = checks.with_columns(pl.col("officers").str.split("|").alias("officer_no"))
    checks = checks.explode("officer_no").drop_nulls(["officer_no", "inspected_on"])
    return pl.concat([own, checks.select("officer_no", "uscc", "inspected_on")]).unique()
