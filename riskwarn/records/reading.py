"""What reading one file for one table gives: a checked frame, what was refused, what was mended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from riskwarn.records.quality import TableQuality

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One table's rows out of one file.

    frame:   the accepted rows, typed as the catalogue says, with cd_operation, cd_time,
             known_on, evidence and cd_batch (text, null: none said); `<date>_precision`
             (month | year, null: day) beside a date column that has a value without a day.
    rejects: file, row, column, value (masked when personal), code, reason; one row a fault.
    notes:   the same columns for what was repaired or is odd, the first of each kind only.
    counts:  (column, code) → how often each note was made.
    distinct_keys: no two rows have one key; False also where nobody looked.
    """

    table: str
    file: str
    content: str  # SHA-256 of what was delivered and how it was read
    encoding: str
    frame: "pl.DataFrame"
    rejects: "pl.DataFrame"
    notes: "pl.DataFrame"
    counts: Mapping[tuple[str, str], int]
    quality: TableQuality
    ignored_columns: tuple[str, ...] = field(default=())
    distinct_keys: bool = False
