"""Dates in the forms that registers deliver, with the precision they have."""

import polars as pl

from riskwarn.sources.converted import Converted, finding, narrow

NEVER = "9999-12-31"
FIRST_YEAR, LAST_YEAR = 1900, 2200
OPEN_YEARS = (9999, 2999)  # 9999-9-9 and its like: no end is set
_TIME = r"(?:[T\s]*\d{1,2}[:：时].*)?"
_PARTED = (
    r"^(?P<y>\d{4})(?:[-/.年]\s*(?P<m>\d{1,2})(?:[-/.月]\s*(?P<d>\d{1,2})日?|月)?|年)?\s*"
    + _TIME
    + "$"
)
_JOINED = r"^(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})?(?:\d{6})?\s*" + _TIME + "$"
_UNKNOWN = ["无", "不详", "未知", "暂无", "0000-00-00", "0"]


def convert_dates(raw: pl.Series) -> Converted:
    """Read dates; one without a day becomes the last day of its month or year.

    So nothing is known too early. The year 9999 is an open end, 9999-12-31.
    Gives: values Date; precision text month | year, null where the day was given.
    """
    day = raw.str.to_date("%Y-%m-%d", strict=False)
    usual = day.dt.year().is_between(FIRST_YEAR, LAST_YEAR).fill_null(value=False)
    rest = raw.is_not_null() & ~usual
    if not rest.any():
        return Converted(day)
    odd = _read_odd(raw.filter(rest).unique().sort())
    joined = pl.DataFrame({"raw": raw.set(~rest, None)}).join(
        odd, on="raw", how="left", maintain_order="left"
    )
    values = pl.select(pl.when(rest).then(joined["day"]).otherwise(day).alias("v")).to_series()
    findings = []
    for code in ("I205", "I206", "N302", "N303", "N310"):
        findings += finding(code, (joined["code"] == code).fill_null(value=False))
    precision = joined["precision"]
    return Converted(values, tuple(findings), precision if precision.is_not_null().any() else None)


def _read_odd(odd: pl.Series) -> pl.DataFrame:
    """Read the distinct values that are no plain ISO day: raw, day, precision, code."""
    plain = narrow(odd)
    frame = pl.DataFrame({"raw": odd, "plain": plain}).with_columns(
        pl.col("plain").str.extract_groups(_PARTED).alias("a"),
        pl.col("plain").str.extract_groups(_JOINED).alias("b"),
    )
    parts = {p: pl.coalesce(*(pl.col(g).struct.field(p) for g in "ab")) for p in "ymd"}
    frame = frame.with_columns(
        **{p: part.cast(pl.Int32, strict=False) for p, part in parts.items()}
    )
    month, last = pl.col("m").fill_null(12), pl.col("d").fill_null(1)
    text = pl.format("{}-{}-{}", "y", month, last)
    given = text.str.to_date("%Y-%m-%d", strict=False)
    coarse = pl.col("d").is_null()
    open_end = pl.col("y").is_in(OPEN_YEARS)
    frame = frame.with_columns(
        pl.when(open_end)
        .then(pl.lit(NEVER).str.to_date())
        .when(coarse)
        .then(given.dt.month_end())
        .otherwise(given)
        .alias("day"),
        pl.col("plain").is_in(_UNKNOWN).alias("empty"),
    )
    in_range = pl.col("y").is_between(FIRST_YEAR, LAST_YEAR) | open_end
    wrong = (
        pl.when("empty")
        .then(pl.lit("N310"))
        .when(pl.col("y").is_null() | ~in_range)
        .then(pl.lit("I206"))
        .when(pl.col("day").is_null())
        .then(pl.lit("I205"))
    )
    rough = pl.when(pl.col("m").is_null()).then(pl.lit("N303")).otherwise(pl.lit("N302"))
    rough = pl.when(coarse & ~open_end).then(rough)
    frame = frame.with_columns(pl.coalesce(wrong, rough).alias("code"))
    return frame.select(
        "raw",
        pl.when(wrong.is_null()).then("day").alias("day"),
        pl.col("code")
        .replace_strict({"N302": "month", "N303": "year"}, default=None, return_dtype=pl.String)
        .alias("precision"),
        "code",
    )
