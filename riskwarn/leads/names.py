"""The names of a few enterprises, read when they are asked for."""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

NameFinder = Callable[[Collection[int]], Mapping[int, str]]


def name_finder(register: "pl.LazyFrame") -> NameFinder:
    """Give the function that reads enterprises' names.

    Takes:  register, a scan with ent and name (null: unknown).
    Gives:  ent → name, without those whose name is unknown or empty.
    """
    import polars as pl

    def find(ents: Collection[int]) -> Mapping[int, str]:
        wanted = pl.Series(sorted(ents), dtype=pl.Int32)
        rows = register.select(pl.col("ent").cast(pl.Int32), "name").filter(
            pl.col("ent").is_in(wanted.implode())
        )
        told = rows.collect(engine="streaming")
        return {ent: name for ent, name in told.sort("ent").iter_rows() if name}

    return find
