"""Rows to learn from: (enterprise, day) pairs with features as of the day, and labels."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from riskwarn.errors import ConfigError, Problem
from riskwarn.features.catalogue import rests_on
from riskwarn.features.kinds import column_kind, value_kind
from riskwarn.features.table import derive, feature_table, snapshot_windows
from riskwarn.features.windows import window_features
from riskwarn.model.config import Training, TrainingSettings
from riskwarn.model.drift import still_active
from riskwarn.model.labels import foretell, visits
from riskwarn.records.features import FeatureSet, GraphFeature, PeerFeature
from riskwarn.records.snapshot import Snapshot
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.terms import Collected

if TYPE_CHECKING:
    import polars as pl

# Fields that a register does not rewrite: only these may be read from today's snapshot for a
# past day. The others need a snapshot of that day (cohort by dates).
LASTING_FIELDS = ("uscc", "kind", "region", "industry", "established_on", "facility_type")
_UNIT_KINDS = ("fen", "bp", "date")


def rows_by_visit(newest: Snapshot, training: Training, features: FeatureSet) -> "pl.DataFrame":
    """One row an inspection, as of the day before it: window features at many dates in one pass.

    Raises: ConfigError M116 for a field that registers rewrite, M117 for a graph or peer feature.
    """
    import polars as pl

    settings = training.settings
    _check_by_visit(settings, features)
    cohort = visits(scanner(newest), training.events[0], settings)
    pairs = cohort.lazy().select("row", "ent", "as_of")
    windows = window_features(scanner(newest), newest.collected, features.windows, pairs)
    fields = sorted({*LASTING_FIELDS, *(f.column for f in features.fields)})
    base = newest.scan("enterprise").select("ent", *fields)
    base = base.with_columns(pl.col(pl.Date).to_physical())
    table = windows.join(base, on="ent", how="left")
    table = derive(table, features, pl.col("as_of")).select(
        "row", *LASTING_FIELDS, *features.features
    )
    rows: pl.DataFrame = cohort.lazy().join(table, on="row", how="left").sort("row").collect()
    return rows


def rows_by_day(
    newest: Snapshot, snapshots: Sequence[Snapshot], training: Training, features: FeatureSet
) -> "pl.DataFrame":
    """Every active enterprise on several days, each day seen through its own snapshot."""
    import polars as pl

    parts = [day_rows(snapshot, features) for snapshot in snapshots]
    table = pl.concat(parts, how="vertical_relaxed")
    numbers = newest.scan("enterprise").select("uscc", "ent").collect()
    table = table.drop("ent").join(numbers, on="uscc", how="inner", maintain_order="left")
    table = (
        table.sort("as_of", "ent").with_row_index("row").with_columns(pl.col("row").cast(pl.Int32))
    )
    found = foretell(table, scanner(newest), training.events, training.settings)
    found = found.with_columns(officers=pl.lit(None, pl.String))
    return table.join(found, on="row", how="inner", maintain_order="left").sort("row")


def day_rows(snapshot: Snapshot, features: FeatureSet) -> "pl.DataFrame":
    """Every active enterprise on a snapshot's day: the feature table's columns and as_of i32."""
    import polars as pl

    windows = snapshot_windows(snapshot, features).collect()
    graph_frame = _graph_frame(snapshot, features, windows)
    table = feature_table(snapshot, features, graph_frame, windows)
    day = (snapshot.as_of - date(1970, 1, 1)).days
    return table.filter(still_active()).with_columns(as_of=pl.lit(day, pl.Int32)).collect()


def _graph_frame(
    snapshot: Snapshot, features: FeatureSet, windows: "pl.DataFrame"
) -> "pl.DataFrame | None":
    if not features.graphs:
        return None
    from riskwarn.graph.build import build_graph
    from riskwarn.graph.measures import graph_features

    frame: pl.DataFrame = graph_features(build_graph(snapshot), features.graphs, windows)
    return frame


def needed_features(settings: TrainingSettings, features: FeatureSet) -> FeatureSet:
    """Keep the features a model names and those that ratios and graph measures stand on."""
    wanted = {*settings.features, *(c.field for c in settings.categories)}
    open_ = sorted(wanted)
    while open_:
        feature = features.features.get(open_.pop())
        below = [] if feature is None else [n for n in rests_on(feature) if n not in wanted]
        wanted.update(below)
        open_ += below
    kept = {name: f for name, f in features.features.items() if name in wanted}
    return FeatureSet(features=kept)


def words_of(features: FeatureSet) -> dict[str, tuple[str, str]]:
    """Give the Chinese title and the unit (fen, bp, date or a word) of features and fields."""
    catalogue = load_catalogue()
    words: dict[str, tuple[str, str]] = {}
    for name, column in catalogue.table("enterprise").columns.items():
        kind = column_kind(column)
        words[name] = (column.title, kind if kind in _UNIT_KINDS else "")
    for name, feature in features.features.items():
        kind = value_kind(feature, catalogue)
        words[name] = (feature.title or name, kind if kind in _UNIT_KINDS else feature.unit)
    return words


def _check_by_visit(settings: TrainingSettings, features: FeatureSet) -> None:
    problems = []
    fields = load_catalogue().table("enterprise").columns
    named = {*settings.features, *(c.field for c in settings.categories)}
    used = {f.column for f in features.fields} | {name for name in named if name in fields}
    for column in sorted(used - set(LASTING_FIELDS)):
        expected = "按日期取样（cohort.dates 或 count），每日各用当日的快照"
        problems.append(
            Problem("M116", f"字段 {column} 会被登记机关改写，过去的值不可知", expected=expected)
        )
    problems += [
        Problem("M117", f"图特征、同行特征 {f.name} 不能按每次检查取样", expected="按日期取样")
        for f in features.features.values()
        if isinstance(f, GraphFeature | PeerFeature)
    ]
    if problems:
        raise ConfigError(*problems)


def scanner(snapshot: Snapshot) -> Any:
    """Give a table's frame by name, None when it was never delivered."""

    def scan(table: str) -> Any:
        if snapshot.collected(table) is Collected.MISSING:
            return None
        return snapshot.scan(table)

    return scan
