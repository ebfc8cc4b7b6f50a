"""Aggregates that need an order or doubles removed: last, first, burst, dedupe."""

from typing import TYPE_CHECKING, Any

from riskwarn.features.rows import Rows
from riskwarn.records.features import WindowFeature

if TYPE_CHECKING:
    import narwhals as nw

_AT, _VALUE = "_at", "_value"


def special_part(rows: Rows, spec: WindowFeature) -> tuple["nw.LazyFrame[Any]", list["nw.Expr"]]:
    """Aggregate one spec in a pass of its own.

    Rows equal in `dedupe` count once: the latest day and the greatest value stand for them.
    Gives: the frame keyed by rows.key, and the final expression after the join.
    """
    import narwhals as nw

    frame = rows.frame.filter(rows.holds(spec).fill_null(False))
    at, value = nw.col(rows.at(spec)), nw.col(rows.value_column(spec))
    extra = [*_as_of(rows), *spec.dedupe]
    frame = frame.select(rows.key, *extra, at.alias(_AT), value.alias(_VALUE))
    if spec.dedupe:
        frame = frame.group_by(rows.key, *extra).agg(nw.col(_AT).max(), nw.col(_VALUE).max())
    if spec.agg in ("last", "first"):
        return _edge_value(rows, spec, frame)
    if spec.agg == "burst":
        return _burst(rows, spec, frame)
    return _plain(rows, spec, frame)


def _as_of(rows: Rows) -> list[str]:
    return ["as_of"] if rows.key == "row" else []


def _name(rows: Rows, spec: WindowFeature, part: str) -> str:
    return f"{rows.prefix}_{spec.name}_{part}"


def _edge_value(
    rows: Rows, spec: WindowFeature, frame: "nw.LazyFrame[Any]"
) -> tuple["nw.LazyFrame[Any]", list["nw.Expr"]]:
    """The value on the latest (or earliest) day that has one; the greatest of that day."""
    import narwhals as nw

    known = frame.filter(~nw.col(_VALUE).is_null(), ~nw.col(_AT).is_null())
    edge = nw.col(_AT).max() if spec.agg == "last" else nw.col(_AT).min()
    days = known.group_by(rows.key).agg(edge)
    name = _name(rows, spec, "value")
    values = known.join(days, on=[rows.key, _AT], how="inner")
    values = values.group_by(rows.key).agg(nw.col(_VALUE).max().alias(name))
    return values, [nw.col(name).alias(spec.name)]


def _burst(
    rows: Rows, spec: WindowFeature, frame: "nw.LazyFrame[Any]"
) -> tuple["nw.LazyFrame[Any]", list["nw.Expr"]]:
    """k rows inside within_days days: the day k−1 rows earlier is less than so many days ago."""
    import narwhals as nw

    dated = frame.filter(~nw.col(_AT).is_null())
    earlier = nw.col(_AT).shift(spec.k - 1).over(rows.key, order_by=_AT)
    close = (nw.col(_AT) - earlier < spec.within_days).fill_null(False).cast(nw.Int8)
    name = _name(rows, spec, "close")
    found = dated.select(rows.key, close.alias(name))
    found = found.group_by(rows.key).agg(nw.col(name).max())
    return found, [(nw.col(name).fill_null(0) == 1).alias(spec.name)]


def _plain(
    rows: Rows, spec: WindowFeature, frame: "nw.LazyFrame[Any]"
) -> tuple["nw.LazyFrame[Any]", list["nw.Expr"]]:
    """The ordinary aggregates once doubles are gone."""
    import narwhals as nw

    name, rows_name = _name(rows, spec, "value"), _name(rows, spec, "rows")
    value, one = nw.col(_VALUE), nw.lit(1, nw.Int32).alias("_one")
    frame = frame.with_columns(one, value.is_null().cast(nw.Int8).alias("_null"))
    count = nw.col("_one").sum().alias(rows_name)
    match spec.agg:
        case "count" | "exists":
            done = frame.group_by(rows.key).agg(count)
            counted = nw.col(rows_name).fill_null(0).cast(nw.Int32)
            final = counted if spec.agg == "count" else counted > 0
        case "sum":
            total, known = value.cast(nw.Int64).sum().alias(name), value.count()
            frame = frame.with_columns(value.cast(nw.Int64))
            total = value.sum().alias(name)
            done = frame.group_by(rows.key).agg(total, known.alias(rows_name))
            known_rows = nw.col(rows_name)
            final = nw.when(known_rows.is_null() | (known_rows > 0)).then(
                nw.col(name).fill_null(0).cast(nw.Int64)
            )
        case "nunique":
            kinds, nulls = value.n_unique().alias(name), nw.col("_null").max().alias(rows_name)
            done = frame.group_by(rows.key).agg(kinds, nulls)
            final = (nw.col(name).cast(nw.Int32) - nw.col(rows_name)).fill_null(0).cast(nw.Int32)
        case "min" | "days_until":
            done = frame.group_by(rows.key).agg(value.min().alias(name))
            final = nw.col(name)
        case _:
            done = frame.group_by(rows.key).agg(value.max().alias(name))
            final = nw.col(name)
    if spec.agg == "days_until":
        final = (final - rows.today).cast(nw.Int32)
    if spec.agg == "days_since":
        final = (rows.today - final).cast(nw.Int32)
    return done, [final.alias(spec.name)]
