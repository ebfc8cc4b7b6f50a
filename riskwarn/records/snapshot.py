"""What was known on a day: one Parquet file a table, keyed by a dense enterprise number."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from riskwarn.terms import Collected

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class TableState:
    """Whether a table may be believed on the day."""

    table: str
    collected: Collected
    rows: int
    last_known_on: date | None  # day of the newest delivery known by as_of
    sha256: str  # of the Parquet file; empty when missing, and in a night's view
    orphans: int | None = None  # rows of enterprises that are not here; None: not counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The as-of view of all tables.

    `enterprise.parquet`: one row an enterprise, sorted by uscc, first column `ent` i32 = 0..n-1.
    `<table>.parquet`: rows known by as_of, with `ent` i32 (null: uscc not in enterprise), all
    columns of the catalogue typed (dates pl.Date, fen i64, bp i32, codes and sets text), plus
    `known_on` pl.Date and `evidence` text (delivery file, row). Sorted by (ent, happened_on, key).
    A night's view (store/view.py) has fewer columns, ids as integers, rows sorted by ent alone, and
    `ranges` of enterprises, each a snapshot in a folder of its own: 000, 001, …
    """

    folder: Path
    as_of: date
    enterprises: int
    tables: Mapping[str, TableState]
    ranges: int = 1

    def collected(self, table: str) -> Collected:
        state = self.tables.get(table)
        return state.collected if state else Collected.MISSING

    def path(self, table: str) -> Path:
        """The table's file; a pattern for all its files, in order, when there are ranges."""
        return (self.folder if self.ranges == 1 else self.folder / "*") / f"{table}.parquet"

    def parts(self) -> "list[Snapshot]":
        """The ranges, each a snapshot of its enterprises, numbered as in the whole."""
        if self.ranges == 1:
            return [self]
        folders = [self.folder / f"{number:03}" for number in range(self.ranges)]
        return [replace(self, folder=folder, ranges=1) for folder in folders]

    def scan(self, table: str) -> "pl.LazyFrame":
        """Scan a table; the file exists only when the table was ever delivered."""
        import polars as pl

        return pl.scan_parquet(self.path(table))
