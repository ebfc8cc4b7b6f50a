"""The as-of table: one row an enterprise with its fields and all features."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn.features.days import epoch_day, with_epoch_days
from riskwarn.features.kinds import polars_type
from riskwarn.features.peers import PEER_FIELDS, peer_features
from riskwarn.features.windows import window_features
from riskwarn.records.features import Feature, FeatureSet, FieldFeature
from riskwarn.records.snapshot import Snapshot
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.terms import Collected, PersonalData

if TYPE_CHECKING:
    import polars as pl


def enterprise_fields() -> tuple[str, ...]:
    """Name the columns of the enterprise table that reveal no person, uscc first."""
    columns = load_catalogue().table("enterprise").columns.values()
    return tuple(column.name for column in columns if column.personal is PersonalData.NONE)


def event_features(snapshot: Snapshot, features: FeatureSet, read: Callable[[Path], Any]) -> Any:
    """Compute what a day's events say, on the engine that reads the snapshot's files.

    Takes:  read, gives a lazy frame over a Parquet file: Polars, or another that narwhals knows.
    Gives:  a lazy frame of that library: ent, one column a window feature, sorted by ent.
    """
    import narwhals as nw

    def scan(table: str) -> Any:
        if snapshot.collected(table) is Collected.MISSING:
            return None
        return read(snapshot.path(table))

    register = nw.from_native(read(snapshot.path("enterprise")))
    ents = nw.to_native(register.select(nw.col("ent").cast(nw.Int32)))
    return window_features(scan, snapshot.collected, features.windows, ents, snapshot.as_of)


def snapshot_windows(
    snapshot: Snapshot, features: FeatureSet, events: "pl.LazyFrame | None" = None
) -> "pl.LazyFrame":
    """Give the day's window features for every enterprise, sorted by ent.

    Takes:  events, the result of `event_features` where another engine computed it.
    Gives:  ent, one column a window feature; fields that graph measures gather (`of`) come along,
            so that the graph needs no other frame.
    """
    import polars as pl

    found = event_features(snapshot, features, pl.scan_parquet) if events is None else events
    gathered = {spec.of for spec in features.graphs}
    fields = [one for one in features.fields if one.name in gathered]
    if not fields:
        return found
    own = FeatureSet(features={one.name: one for one in fields})
    table = feature_table(snapshot, own, fields=("uscc",)).select("ent", *own.features)
    return pl.concat([found, table.drop("ent")], how="horizontal")


def feature_table(
    snapshot: Snapshot,
    features: FeatureSet,
    graph_frame: "pl.DataFrame | pl.LazyFrame | None" = None,
    window_frame: "pl.DataFrame | pl.LazyFrame | None" = None,
    fields: Sequence[str] | None = None,
) -> "pl.LazyFrame":
    """Put fields and features side by side.

    Takes:  graph_frame, ent and the graph features (a feature that is not in it is null:
            unknown); window_frame, the result of `snapshot_windows` where it is at hand already;
            fields, enterprise columns wanted (default: all that reveal no person).
    Gives:  one row an enterprise, sorted by ent: ent i32, the fields (dates as epoch days i32),
            then every feature in the set's order.
    Raises: nothing here; a missing Parquet file fails at collect.
    """
    table = _register(snapshot.scan("enterprise"), features, snapshot.as_of, fields)
    windows = window_frame if window_frame is not None else snapshot_windows(snapshot, features)
    for frame in (windows, graph_frame):
        if frame is not None:
            table = table.join(frame.lazy(), on="ent", how="left", maintain_order="left")
    table = derive(table, features, _today(snapshot.as_of))
    if features.peers:
        table = table.join(_ranked(table, features), on="ent", how="left", maintain_order="left")
    return table.select("ent", *_wanted(fields), *features.features)


def table_beside(
    register: "pl.LazyFrame",
    features: FeatureSet,
    as_of: date,
    beside: Sequence["pl.LazyFrame"],
    fields: Sequence[str] | None = None,
) -> "pl.LazyFrame":
    """Make the feature table of some enterprises from frames that have them all in this order.

    Takes:  register, rows of the snapshot's `enterprise`; beside, frames of window and graph
            features and, from `peer_ranks`, of ranks: of each the rows of the same enterprises;
            fields, as in `feature_table`.
    Gives:  as `feature_table`, nothing looked up: only put side by side.
    """
    whole = _side_by_side(register, features, as_of, beside, fields)
    table = derive(whole, features, _today(as_of))
    return table.select("ent", *_wanted(fields), *features.features)


def peer_ranks(
    register: "pl.LazyFrame",
    features: FeatureSet,
    as_of: date,
    beside: Sequence["pl.LazyFrame"],
) -> "pl.DataFrame":
    """Give ent and the peer measures of all enterprises, sorted by ent; arguments as above."""
    table = derive(_side_by_side(register, features, as_of, beside), features, _today(as_of))
    return _ranked(table, features).sort("ent").collect(engine="streaming")


def _wanted(fields: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(("uscc", *(fields or enterprise_fields()))))


def _today(as_of: date) -> "pl.Expr":
    import polars as pl

    return pl.lit(epoch_day(as_of), pl.Int32)


def _side_by_side(
    register: "pl.LazyFrame",
    features: FeatureSet,
    as_of: date,
    beside: Sequence["pl.LazyFrame"],
    fields: Sequence[str] | None = None,
) -> "pl.LazyFrame":
    import polars as pl

    own = _register(register, features, as_of, fields)
    others = (one.drop("ent", strict=False) for one in beside)
    return pl.concat([own, *others], how="horizontal")


def _ranked(table: "pl.LazyFrame", features: FeatureSet) -> "pl.LazyFrame":
    names = (spec.name for spec in features.peers)
    ranked: pl.LazyFrame = peer_features(table, features.peers).select("ent", *names)
    return ranked


def _register(
    register: "pl.LazyFrame", features: FeatureSet, as_of: date, fields: Sequence[str] | None
) -> "pl.LazyFrame":
    """The enterprise's columns that are wanted or looked at, as known on the day."""
    import polars as pl

    named = [*_wanted(fields), *(f.column for f in features.fields)]
    named += PEER_FIELDS if features.peers else ()
    own = load_catalogue().table("enterprise").columns
    columns = tuple(dict.fromkeys([*named, *(own[n].visible_from or n for n in named)]))
    dates = [n for n in columns if _is_date(n)]
    base = register.select(pl.col("ent").cast(pl.Int32), *columns)
    table: pl.LazyFrame = with_epoch_days(base, dates)
    return table.with_columns(hidden_fields(columns, pl.lit(epoch_day(as_of))))


def derive(table: "pl.LazyFrame", features: FeatureSet, today: "pl.Expr") -> "pl.LazyFrame":
    """Add field features, null columns for features nobody computed, then ratios.

    Takes:  a table with the enterprise's columns (dates as epoch days) and the other features;
            today, as_of in epoch days, a literal or a column.
    """
    import polars as pl

    catalogue = load_catalogue()
    there = set(table.collect_schema().names())
    computed: tuple[Feature, ...] = (*features.windows, *features.graphs)
    absent = [
        pl.lit(None, polars_type(feature, catalogue)).alias(feature.name)
        for feature in computed
        if feature.name not in there
    ]
    table = table.with_columns([*(_field(one, today) for one in features.fields), *absent])
    return table.with_columns(
        [_share(pl.col(one.over), pl.col(one.under)).alias(one.name) for one in features.ratios]
    )


def hidden_fields(columns: Sequence[str], today: "pl.Expr") -> list["pl.Expr"]:
    """Null the enterprise columns whose `visible_from` lies after the day."""
    import polars as pl

    table = load_catalogue().table("enterprise")
    hidden = []
    for name in columns:
        by = table.columns[name].visible_from
        if by is not None:
            seen = pl.col(by).is_null() | (pl.col(by) <= today)
            hidden.append(pl.when(seen).then(pl.col(name)).alias(name))
    return hidden


def _is_date(column: str) -> bool:
    return load_catalogue().table("enterprise").columns[column].type == "date"


def _field(feature: FieldFeature, today: "pl.Expr") -> "pl.Expr":
    import polars as pl

    value = pl.col(feature.column)
    if feature.derive == "days_since":
        value = (today - value).cast(pl.Int32)
    elif feature.derive == "days_until":
        value = (value - today).cast(pl.Int32)
    return value.alias(feature.name)


def _share(over: "pl.Expr", under: "pl.Expr") -> "pl.Expr":
    import polars as pl

    whole = under.cast(pl.Int64)
    share = over.cast(pl.Int64) * 10_000 // whole
    return pl.when(whole != 0).then(share.clip(-(2**31), 2**31 - 1)).cast(pl.Int32)


def column_types(features: Sequence[Feature]) -> "dict[str, pl.DataType]":
    """Give the dtype of every feature's column in the table."""
    catalogue = load_catalogue()
    return {feature.name: polars_type(feature, catalogue) for feature in features}
