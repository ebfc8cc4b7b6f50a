"""Dates as epoch days: the only form of a date whose arithmetic every engine does alike."""

from collections.abc import Iterable
from datetime import date
from typing import Any

EPOCH = date(1970, 1, 1)


def epoch_day(on: date) -> int:
    """Give the days since 1970-01-01."""
    return (on - EPOCH).days


def with_epoch_days(frame: Any, columns: Iterable[str]) -> Any:
    """Turn date columns of a native lazy frame into Int32 epoch days; integers stay as they are.

    Takes:  a Polars LazyFrame or another lazy frame that narwhals knows.
    Gives:  a frame of the same library.
    """
    import narwhals as nw
    import polars as pl

    lazy = nw.from_native(frame)
    schema = lazy.collect_schema()
    dates = [name for name in columns if schema[name] == nw.Date]
    if isinstance(frame, pl.LazyFrame):  # a Date is an Int32 there already: no cost
        return frame.with_columns(pl.col(dates).to_physical()) if dates else frame
    days = [(nw.col(n) - nw.lit(EPOCH)).cast(nw.Int32).alias(n) for n in dates]
    return nw.to_native(lazy.with_columns(days)) if days else frame
