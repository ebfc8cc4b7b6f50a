"""What a delivery is worth: counts that the data-quality page shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class TableQuality:
    """Counts over one table's rows of one file. Shares follow from counts; none is stored."""

    table: str
    file: str
    rows: int = 0  # rows in the file
    accepted: int = 0
    rejected: int = 0  # rows refused, whatever the number of faults in each
    repaired: int = 0  # values mended, each noted
    filled: Mapping[str, int] = field(default_factory=dict)  # column → rows with a value
    rejected_by: Mapping[str, int] = field(default_factory=dict)  # fault code → faults
    noted_by: Mapping[str, int] = field(default_factory=dict)  # note code → notes
    duplicate_rows: int = 0  # the same row again, left out
    duplicate_keys: int = 0  # rows that give an earlier key other values on the same day
    future_dates: int = 0  # business dates after the delivery's day
    dangling: int | None = None  # rows of enterprises in no delivery; None: no table to compare
