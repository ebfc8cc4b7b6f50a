"""Which enterprises are sources of risk on the day: those on a public list and not off it."""

from datetime import date

import polars as pl

from riskwarn.records.snapshot import Snapshot
from riskwarn.terms import Collected

# table → (day of listing, words); the first that applies is shown
LISTS = {
    "serious_violation": ("listed_on", "列入严重违法失信名单"),
    "dishonest_debtor": ("published_on", "列为失信被执行人"),
    "abnormal_listing": ("listed_on", "列入经营异常名录"),
}
SOURCES = ("serious_violation", "dishonest_debtor")  # what a path in the graph leads to


def risk_marks(snapshot: Snapshot, tables: tuple[str, ...] = tuple(LISTS)) -> dict[int, str]:
    """Give ent → words and day of its latest listing, for those still listed on the day.

    A table that is missing or stale marks nobody: its listings are unknown.
    """
    marks: dict[int, str] = {}
    for table in tables:
        if snapshot.collected(table) is not Collected.FRESH:
            continue
        column, words = LISTS[table]
        for ent, day in _listed(snapshot, table, column):
            marks.setdefault(ent, f"{day.isoformat()} {words}")
    return marks


def _listed(snapshot: Snapshot, table: str, column: str) -> list[tuple[int, date]]:
    live = pl.col("ent").is_not_null() & pl.col("removed_on").is_null()
    live &= pl.col(column) <= snapshot.as_of
    rows = snapshot.scan(table).filter(live).group_by("ent").agg(pl.col(column).max())
    return rows.sort("ent").collect().rows()
