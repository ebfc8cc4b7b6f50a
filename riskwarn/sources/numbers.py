"""Money, shares and numbers from text, exactly: no binary fraction touches a fen."""

import numpy as np
import polars as pl

from riskwarn.sources.cells import cells_of
from riskwarn.sources.converted import Converted, finding, join_settled, narrow
from riskwarn.sources.looks import plain_decimals

_UNKNOWN = ["无", "不详", "未知", "暂无", "N/A", "-"]
_PLAIN = r"^([+-]?)(\d{1,18})(?:\.(\d*))?$"


def _tidy(raw: pl.Series) -> pl.Series:
    """Half-width, without thousands separators, currency marks, per-cent signs and blanks."""
    plain = narrow(raw)
    if plain.str.contains(r"[^0-9.+-]").any():
        plain = plain.str.replace_all(r"^[¥￥]|[,\s]|元$|%$", "")
    return plain


def _unknown(raw: pl.Series) -> pl.Series:
    return raw.is_in(_UNKNOWN).fill_null(value=False)


def convert_scaled(raw: pl.Series, scale: int, dtype: pl.DataType) -> Converted:
    """Read decimal text as an integer of 10^-scale of its unit: yuan → fen is scale 2.

    Half a unit rounds away from zero, and is noted.  Gives: values of `dtype`.
    """
    limit = 2 ** (31 if dtype == pl.Int32 else 63) - 1
    safe = max((limit - 1) // 10**scale - 1, -1)
    settled, amounts = np.zeros(len(raw), np.uint8), np.zeros(len(raw), np.int64)
    with cells_of(raw) as cells:
        if cells is None:
            return scaled_with_care(raw, scale, dtype)
        others = plain_decimals(*cells.parts, scale, safe, amounts, settled)
    values = pl.Series(amounts).set(pl.Series(settled == 0), None).cast(dtype)
    if not others:
        return Converted(values)
    return join_settled(
        raw, settled, Converted(values), lambda rest: scaled_with_care(rest, scale, dtype)
    )


def scaled_with_care(raw: pl.Series, scale: int, dtype: pl.DataType) -> Converted:
    """Read what `convert_scaled` reads, however it is written."""
    unknown = _unknown(raw)
    plain = _tidy(raw.set(unknown, None))
    whole = plain.cast(pl.Int64, strict=False)
    limit = 2 ** (31 if dtype == pl.Int32 else 63) - 1
    most = limit // 10**scale
    fits = whole.is_between(-most, most).fill_null(value=False)  # abs() of the least is itself
    values = whole.set(~fits, None) * 10**scale
    rest = plain.is_not_null() & ~fits
    rounded = too_big = pl.repeat(False, len(raw), dtype=pl.Boolean, eager=True)
    if rest.any():
        exact = _fractions(plain.set(~rest, None), scale, limit)
        values = pl.select(pl.when(rest).then(exact["value"]).otherwise(values)).to_series()
        rounded, too_big = exact["rounded"], exact["too_big"]
    bad = plain.is_not_null() & values.is_null() & ~too_big
    findings = finding("I207", bad) + finding("I208", too_big)
    findings += finding("N308", rounded) + finding("N310", unknown)
    return Converted(values.cast(dtype), tuple(findings))


def _fractions(plain: pl.Series, scale: int, limit: int) -> pl.DataFrame:
    """Integer arithmetic on the digits: value i64 (null: unreadable), rounded, too_big flags."""
    group = pl.col("plain").str.extract_groups(_PLAIN)
    digits = pl.col("f").str.slice(0, scale).str.pad_end(scale, "0")
    frame = (
        pl.DataFrame({"plain": plain})
        .with_columns(group.alias("g"))
        .with_columns(
            pl.col("g").struct.field("1").alias("sign"),
            pl.col("g").struct.field("2").cast(pl.Int64, strict=False).alias("i"),
            pl.col("g").struct.field("3").fill_null("").alias("f"),
        )
        .with_columns(
            (pl.lit("0") + digits).cast(pl.Int64, strict=False).alias("cents"),
            (pl.col("f").str.slice(scale, 1).cast(pl.Int64, strict=False).fill_null(0) >= 5)
            .cast(pl.Int64)
            .alias("up"),
            pl.col("f").str.slice(scale).str.contains("[1-9]").alias("rounded"),
            (pl.col("i") > (limit - 1) // 10**scale - 1).fill_null(value=False).alias("big"),
        )
    )
    amount = pl.when(~pl.col("big")).then(pl.col("i") * 10**scale + pl.col("cents") + pl.col("up"))
    signed = pl.when(pl.col("sign") == "-").then(-amount).otherwise(amount)
    long = pl.col("plain").str.contains(r"^[+-]?\d{19,}(\.\d*)?$").fill_null(value=False)
    readable = pl.col("i").is_not_null()
    return frame.select(
        pl.when(readable).then(signed).alias("value"),
        (readable & pl.col("rounded")).alias("rounded"),
        (pl.col("big") | long).alias("too_big"),
    )


def convert_ints(raw: pl.Series) -> Converted:
    """Read whole numbers; 12.0 is 12, 12.5 is no whole number.  Gives: values Int64."""
    unknown = _unknown(raw)
    plain = _tidy(raw.set(unknown, None))
    values = plain.cast(pl.Int64, strict=False)
    rest = plain.is_not_null() & values.is_null()
    if rest.any():
        trimmed = plain.set(~rest, None).str.replace(r"\.0*$", "")
        values = values.fill_null(trimmed.cast(pl.Int64, strict=False))
    bad = plain.is_not_null() & values.is_null()
    long = plain.str.contains(r"^[+-]?\d{19,}(\.0*)?$").fill_null(value=False) & bad
    findings = finding("I207", bad & ~long) + finding("I208", long) + finding("N310", unknown)
    return Converted(values, tuple(findings))


def convert_floats(raw: pl.Series) -> Converted:
    """Read finite numbers.  Gives: values Float64, never NaN or infinite."""
    unknown = _unknown(raw)
    plain = _tidy(raw.set(unknown, None))
    values = plain.cast(pl.Float64, strict=False)
    infinite = (~values.is_finite()).fill_null(value=False)
    values = values.set(infinite, None)
    bad = plain.is_not_null() & values.is_null() & ~infinite
    findings = finding("I207", bad) + finding("I208", infinite) + finding("N310", unknown)
    return Converted(values, tuple(findings))
