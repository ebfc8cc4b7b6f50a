"""Columns that a Parquet file's writer typed already: taken as they are where nothing is lost."""

from datetime import date

import polars as pl

from riskwarn.sources.converted import Converted
from riskwarn.sources.dates import FIRST_YEAR, LAST_YEAR
from riskwarn.tables.catalogue import Column

_LIMITS = {"int": 63, "fen": 63, "bp": 31}  # bits of the stored value
_STORED: dict[str, pl.DataType] = {"int": pl.Int64(), "fen": pl.Int64(), "bp": pl.Int32()}
_FIRST_DAY, _LAST_DAY = (
    (day - date(1970, 1, 1)).days for day in (date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))
)


def as_delivered(raw: pl.Series, column: Column, scale: int | None) -> Converted | None:
    """Give a typed column's values without a way round by text.

    Takes:  raw, of any type; scale as `convert` takes it.
    Gives:  what its text would be read as, None where only the text can tell: an open end, a
            number too large, no type that the catalogue's column has.
    """
    if raw.dtype == pl.Date and column.type == "date":
        return Converted(raw) if is_usual(raw) else None
    if raw.dtype.is_integer() and column.type in _LIMITS:
        places = 0 if column.type == "int" else 2 if scale is None else scale
        return _whole(raw, _LIMITS[column.type], places, _STORED[column.type])
    if raw.dtype == pl.Float64 and column.type == "number":
        finite = raw.is_finite().all()
        return Converted(raw + 0.0) if finite else None  # −0.0 becomes 0.0, as by its text
    return None


def as_text(raw: pl.Series) -> pl.Series:
    """Write a typed column as its text; text stays."""
    if raw.dtype == pl.String:
        return raw
    if raw.dtype.is_float():  # 2017.0 is the year 2017; a fraction keeps its shortest digits
        value = pl.col("v")
        whole = value.is_finite() & (value == value.floor()) & (value.abs() < 2**53)
        as_int = value.cast(pl.Int64, strict=False).cast(pl.String)
        text = pl.when(whole).then(as_int).otherwise(value.cast(pl.String))
        return raw.to_frame("v").select(text).to_series()
    if raw.dtype == pl.Boolean:
        value = pl.col("v")
        text = pl.when(value).then(pl.lit("1")).when(~value).then(pl.lit("0"))
        return raw.to_frame("v").select(text).to_series()
    if isinstance(raw.dtype, pl.List):
        return raw.cast(pl.List(pl.String)).list.join("|")
    return raw.cast(pl.String, strict=raw.dtype != pl.Binary)


def is_usual(days: pl.Series) -> bool:
    """Whether every day lies in the years that are read without a note."""
    numbers = days.cast(pl.Int32)  # days since 1970: a year far out is no Python date
    first, last = numbers.min(), numbers.max()
    if not (isinstance(first, int) and isinstance(last, int)):
        return True
    return first >= _FIRST_DAY and last <= _LAST_DAY


def _whole(raw: pl.Series, bits: int, places: int, dtype: pl.DataType) -> Converted | None:
    least, most = raw.min(), raw.max()
    limit = (2**bits - 1) // 10**places
    if not (isinstance(least, int) and isinstance(most, int)):
        return Converted(raw.cast(dtype))
    if least < -limit or most > limit:
        return None
    return Converted((raw.cast(pl.Int64) * 10**places).cast(dtype))
