"""What happened afterwards: the cohort of (enterprise, day) pairs and their labels."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from riskwarn.errors import NothingToDoError, Problem
from riskwarn.features.conditions import compile_condition
from riskwarn.features.days import with_epoch_days
from riskwarn.model.config import Event, TrainingSettings
from riskwarn.tables.catalogue import load_catalogue

if TYPE_CHECKING:
    import polars as pl

Scan = Callable[[str], "pl.LazyFrame | None"]
_PPM = 1_000_000  # selection_ppm is in millionths


def visits(scan: Scan, event: Event, settings: TrainingSettings) -> "pl.DataFrame":
    """Make a cohort of inspections: each as of the day before it, labelled by its own outcome.

    Takes:  scan of the newest snapshot; the event, conditions on the inspection's own row.
    Gives:  row i32, ent i32, as_of i32 (epoch days), visit_day i32, label i8, officers text,
            random bool, inverse_chance f64 (1/π); sorted by (visit_day, ent, inspection_no).
            Inspections whose outcome is unknown, or of an enterprise that is not on file, are left
            out.
    Raises: NothingToDoError M114 when there is no labelled inspection.
    """
    import polars as pl

    native = scan("inspection")
    if native is None:
        raise NothingToDoError(_no_labels("没有检查记录"))
    held = _holds(native, event).collect()
    known = held.filter(
        pl.col("__holds").is_not_null(), pl.col("ent").is_not_null(), pl.col("__at").is_not_null()
    )
    if known.is_empty():
        raise NothingToDoError(_no_labels("没有一条检查记录有结果"))
    random, inverse = selection(settings.max_weight)
    return (
        known.sort("__at", "ent", "inspection_no")
        .with_row_index("row")
        .select(
            pl.col("row").cast(pl.Int32),
            "ent",
            (pl.col("__at") - 1).alias("as_of"),
            pl.col("__at").alias("visit_day"),
            pl.col("__holds").cast(pl.Int8).alias("label"),
            "officers",
            random.alias("random"),
            inverse.alias("inverse_chance"),
        )
    )


def selection(most: float) -> tuple["pl.Expr", "pl.Expr"]:
    """Give two expressions over the inspection table: drawn at random (bool), 1/π (f64).

    π is the logged chance of being drawn; 1/π is at most `most`, and 1 where π is unknown or the
    row was not drawn at random.
    """
    import polars as pl

    random = (pl.col("selected_by") == "random").fill_null(False)
    ppm = pl.col("selection_ppm")
    inverse = (_PPM / ppm.cast(pl.Float64)).clip(1.0, most)
    return random, pl.when(random & (ppm > 0)).then(inverse).otherwise(1.0).fill_null(1.0)


def foretell(
    cohort: "pl.DataFrame", scan: Scan, events: Sequence[Event], settings: TrainingSettings
) -> "pl.DataFrame":
    """Label a cohort by what happened in the window after each day.

    Takes:  cohort with row, ent i32 (of the newest snapshot), as_of i32; scan of that snapshot.
    Gives:  row, label i8, random bool, inverse_chance f64, visit_day i32 (first look, null: none),
            officers (null); rows nobody looked at are left out when `rows: inspected`, rows without
            any event row when `rows: recorded`, and rows whose only events are of unknown outcome
            always.
    Raises: NothingToDoError M114 when no row is left.
    """
    import polars as pl

    window = settings.label.window_days
    pairs = cohort.lazy().select("row", "ent", "as_of")
    label = pairs.select("row").with_columns(__hit=pl.lit(None, pl.Boolean), __open=pl.lit(0))
    parts = [label.filter(pl.lit(False))]
    for event in events:
        native = scan(event.table)
        if native is not None:
            inside = _within(pairs, _holds(native, event), window)
            parts.append(
                inside.group_by("row").agg(
                    pl.col("__holds").max().alias("__hit"),
                    pl.col("__holds").is_null().sum().cast(pl.Int32).alias("__open"),
                )
            )
    happened = (
        pl.concat(parts, how="vertical_relaxed")
        .group_by("row")
        .agg(pl.col("__hit").max(), pl.col("__open").sum())
    )
    looks = _looks(pairs, scan, settings, window)
    table = pairs.select("row").join(happened, on="row", how="left")
    table = table.join(looks, on="row", how="left").sort("row")
    if settings.label.rows == "recorded":
        table = table.filter(pl.col("__open").is_not_null())
    undecided = (pl.col("__open").fill_null(0) > 0) & ~pl.col("__hit").fill_null(False)
    table = table.filter(~undecided)
    if settings.label.rows == "inspected":
        table = table.filter(pl.col("visit_day").is_not_null())
    found = table.select(
        "row",
        pl.col("__hit").fill_null(False).cast(pl.Int8).alias("label"),
        pl.col("random").fill_null(False),
        pl.col("inverse_chance").fill_null(1.0),
        "visit_day",
    ).collect()
    if found.is_empty():
        raise NothingToDoError(_no_labels("观察期内没有可用的检查或事件"))
    return found


def _looks(
    pairs: "pl.LazyFrame", scan: Scan, settings: TrainingSettings, window: int
) -> "pl.LazyFrame":
    """Whether somebody looked at the enterprise in the window: the first visit decides."""
    import polars as pl

    native = scan("inspection")
    random, inverse = selection(settings.max_weight)
    if native is None:
        empty = {
            "row": pl.Int32,
            "visit_day": pl.Int32,
            "random": pl.Boolean,
            "inverse_chance": pl.Float64,
        }
        return pl.LazyFrame(schema=empty)
    seen = native.select(
        "ent",
        pl.col("inspected_on").to_physical().alias("__at"),
        "inspection_no",
        random.alias("random"),
        inverse.alias("inverse_chance"),
    )
    inside = _within(pairs, seen, window).sort("row", "__at", "inspection_no")
    return inside.group_by("row", maintain_order=True).agg(
        pl.col("__at").first().alias("visit_day"),
        pl.col("random").any(),
        pl.col("inverse_chance").first(),
    )


def _within(pairs: "pl.LazyFrame", events: "pl.LazyFrame", window: int) -> "pl.LazyFrame":
    import polars as pl

    joined = pairs.join(events, on="ent", how="inner")
    after = pl.col("__at") - pl.col("as_of")
    return joined.filter((after > 0) & (after <= window))


def _holds(native: "pl.LazyFrame", event: Event) -> "pl.LazyFrame":
    """The event table's rows with `__at` (epoch day) and `__holds` (true, false, null unknown)."""
    import narwhals as nw
    import polars as pl

    table = load_catalogue().table(event.table)
    at = table.happened_on
    assert at is not None
    dates = [name for name, column in table.columns.items() if column.type == "date"]
    frame = nw.from_native(with_epoch_days(native, dates))
    tests = [
        compile_condition(one, table.columns[one.column], nw.col(one.column), nw.col(at))
        for one in event.where
    ]
    both: Any = reduce(lambda left, right: left & right, tests) if tests else nw.lit(True)
    shown: pl.LazyFrame = nw.to_native(frame.with_columns(__holds=both, __at=nw.col(at)))
    return shown


def _no_labels(why: str) -> Problem:
    return Problem(
        "M114",
        f"没有标签可学：{why}",
        expected="先导入检查结果；没有标签的工作区只按规则运行",
    )
