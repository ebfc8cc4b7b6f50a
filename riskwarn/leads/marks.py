"""Which enterprises are sources of risk on the day: those on a public list and not off it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from riskwarn.records.snapshot import Snapshot
from riskwarn.terms import Collected

if TYPE_CHECKING:
    from numpy.typing import NDArray

# table → (day of listing, words); the first that applies is shown
LISTS = {
    "serious_violation": ("listed_on", "列入严重违法失信名单"),
    "dishonest_debtor": ("published_on", "列为失信被执行人"),
    "abnormal_listing": ("listed_on", "列入经营异常名录"),
}
SOURCES = ("serious_violation", "dishonest_debtor")  # what a path leads to; the first of LISTS
_EPOCH = date(1970, 1, 1)


class Marks(Mapping[int, str]):
    """ent → words and day of its latest listing; nine bytes an enterprise until one is asked."""

    def __init__(self, listed: pl.DataFrame) -> None:
        """Takes: listed: ent i32 sorted and distinct, list u8 (place in LISTS), day i32."""
        self._ent, self._list, self._day = (listed[name].to_numpy() for name in listed.columns)

    def __getitem__(self, ent: int) -> str:
        at = int(self._ent.searchsorted(np.int32(ent)))  # an int would have all of them widened
        if at == self._ent.size or self._ent[at] != ent:
            raise KeyError(ent)
        words = [said for _, said in LISTS.values()][self._list[at]]
        return f"{_EPOCH + timedelta(int(self._day[at]))} {words}"

    def listed(self, tables: Sequence[str] = SOURCES) -> "NDArray[np.int32]":
        """Give the enterprises whose words are of some of the lists, sorted."""
        places = [place for place, table in enumerate(LISTS) if table in tables]
        return self._ent[np.isin(self._list, places)]

    def __iter__(self) -> Iterator[int]:
        return iter(self._ent.tolist())

    def __len__(self) -> int:
        return int(self._ent.size)


def risk_marks(snapshot: Snapshot) -> Marks:
    """Give the marks of those still listed on the day.

    A table that is missing or stale marks nobody: its listings are unknown.
    """
    schema = {"ent": pl.Int32, "list": pl.UInt8, "day": pl.Int32}
    parts = [pl.DataFrame(schema=schema).lazy()]
    for number, (table, (column, _)) in enumerate(LISTS.items()):
        if snapshot.collected(table) is not Collected.FRESH:
            continue
        live = pl.col("ent").is_not_null() & pl.col("removed_on").is_null()
        live &= pl.col(column) <= snapshot.as_of
        rows = snapshot.scan(table).filter(live).group_by(pl.col("ent").cast(pl.Int32))
        latest = rows.agg(
            pl.lit(number, pl.UInt8).alias("list"), pl.col(column).max().cast(pl.Int32).alias("day")
        )
        parts.append(latest)
    found = pl.concat(parts).sort("ent", "list").unique("ent", keep="first", maintain_order=True)
    return Marks(found.collect())
