"""What was known on a day: one Parquet file a table, keyed by a dense enterprise number."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    sha256: str  # of the Parquet file; empty when missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The as-of view of all tables.

    `enterprise.parquet`: one row an enterprise, sorted by uscc, first column `ent` i32 = 0..n-1.
    `<table>.parquet`: rows known by as_of, with `ent` i32 (null: uscc not in enterprise), all
    columns of the catalogue typed (dates pl.Date, fen i64, bp i32, codes and sets text), plus
    `known_on` pl.Date and `evidence` text (delivery file, row). Sorted by (ent, happened_on, key).
    """

    folder: Path
    as_of: date
    enterprises: int
    tables: Mapping[str, TableState]

    def collected(self, table: str) -> Collected:
        state = self.tables.get(table)
        return state.collected if state else Collected.MISSING

    def path(self, table: str) -> Path:
        return self.folder / f"{table}.parquet"

    def scan(self, table: str) -> "pl.LazyFrame":
        """Scan a table; the file exists only when the table was ever delivered."""
        import polars as pl

        return pl.scan_parquet(self.path(table))
