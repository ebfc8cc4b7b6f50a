"""Retraining: store → snapshots → graph → features → splits → train → calibrate → judge → card."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn.errors import ConfigError, Problem
from riskwarn.features.catalogue import load_features, merge
from riskwarn.features.table import derive, feature_table, snapshot_windows
from riskwarn.features.windows import window_features
from riskwarn.model import labels as _labels
from riskwarn.model.card import card_data, write_card
from riskwarn.model.config import Training, TrainingSettings
from riskwarn.model.evaluate import judge
from riskwarn.model.leaks import check_declared, check_values, refuse_leaks
from riskwarn.model.pin import hash_training_data, keep_model
from riskwarn.model.splits import Split, cohort_days, split_rows
from riskwarn.model.strictness import officer_strictness
from riskwarn.model.train import Trained, train
from riskwarn.records.features import FeatureSet, WindowFeature
from riskwarn.records.model import Judgement, ModelLock
from riskwarn.records.snapshot import Snapshot
from riskwarn.store.snapshot import build_snapshot
from riskwarn.store.store import Store
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.terms import Collected
from riskwarn.workspace import Workspace

if TYPE_CHECKING:
    import polars as pl

# Fields that a register does not rewrite: only these may be read from today's snapshot for a
# past day. The others need a snapshot of that day (cohort by dates).
LASTING_FIELDS = ("uscc", "kind", "region", "industry", "established_on", "facility_type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrained:
    """What a retraining gave."""

    folder: Path
    lock: ModelLock
    judgement: Judgement
    card: Mapping[str, Any]


def retrain(ws: Workspace, training: Training, features: FeatureSet, as_of: date) -> Retrained:
    """Train, judge, and keep one model in the workspace's models folder.

    Takes:  training, one model.yaml; features that it may name; as_of, the day of training:
            nothing known later is used, not even for labels.
    Gives:  Retrained; the folder holds model.ubj, lock.yaml, card.yaml and card.md.
    Raises: NothingToDoError M013, M014 (no labels, one class); ConfigError M01x, M06x.
    """
    settings = training.settings
    refuse_leaks(check_declared(settings, features.features, load_catalogue()))
    rows = gather_rows(ws, training, features, as_of)
    window = 0 if settings.label.at == "visit" else settings.label.window_days
    split = split_rows(rows["as_of"].to_numpy(), settings.split, window)
    trained = train(rows, split, settings, titles_of(features))
    fitted = split.train | split.calibrate if settings.calibration.refit else split.train
    refuse_leaks(check_values(rows.filter(fitted), trained.columns, features.features))
    return _keep(ws, training, rows, split, trained)


def gather_rows(
    ws: Workspace, training: Training, features: FeatureSet, as_of: date
) -> "pl.DataFrame":
    """Compute the cohort with its features and labels.

    Gives: row, ent, uscc, as_of i32, label i8, weight f64, random bool, visit_day i32, officers,
           fields and features; sorted by row.
    """
    chosen = needed_features(training.settings, features)
    with (
        tempfile.TemporaryDirectory(prefix="riskwarn-retrain-") as scratch,
        Store.open(ws) as store,
    ):
        limits = ws.settings.imports.stale_after_days
        newest = build_snapshot(store, as_of, Path(scratch) / "newest", limits)
        if training.settings.cohort.each_inspection:
            return rows_by_visit(newest, training, chosen)
        label = training.settings.label
        days = cohort_days(training.settings.cohort, as_of, label.window_days + label.settle_days)
        snapshots = [
            build_snapshot(store, day, Path(scratch) / day.isoformat(), limits) for day in days
        ]
        return rows_by_day(newest, snapshots, training, chosen)


def rows_by_visit(newest: Snapshot, training: Training, features: FeatureSet) -> "pl.DataFrame":
    """One row an inspection, as of the day before it: window features at many dates in one pass.

    Raises: ConfigError M016 for a field that registers rewrite, M017 for a graph feature.
    """
    import polars as pl

    settings = training.settings
    _check_by_visit(settings, features)
    cohort = _labels.visits(_scanner(newest), training.events[0], settings)
    pairs = cohort.lazy().select("row", "ent", "as_of")
    windows = window_features(_scanner(newest), newest.collected, features.windows, pairs)
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

    parts = [_day_rows(snapshot, features) for snapshot in snapshots]
    table = pl.concat(parts, how="vertical_relaxed")
    numbers = newest.scan("enterprise").select("uscc", "ent").collect()
    table = table.drop("ent").join(numbers, on="uscc", how="inner", maintain_order="left")
    table = (
        table.sort("as_of", "ent").with_row_index("row").with_columns(pl.col("row").cast(pl.Int32))
    )
    found = _labels.foretell(table, _scanner(newest), training.events, training.settings)
    found = found.with_columns(officers=pl.lit(None, pl.String))
    return table.join(found, on="row", how="inner", maintain_order="left").sort("row")


def _day_rows(snapshot: Snapshot, features: FeatureSet) -> "pl.DataFrame":
    import polars as pl

    windows = snapshot_windows(snapshot, features).collect()
    graph_frame = _graph_frame(snapshot, features, windows)
    table = feature_table(snapshot, features, graph_frame, windows)
    day = (snapshot.as_of - date(1970, 1, 1)).days
    active = (pl.col("status") == "active").fill_null(True)  # unknown status is not "closed"
    return table.filter(active).with_columns(as_of=pl.lit(day, pl.Int32)).collect()


def _graph_frame(
    snapshot: Snapshot, features: FeatureSet, windows: "pl.DataFrame"
) -> "pl.DataFrame | None":
    if not features.graphs:
        return None
    from riskwarn.graph.build import build_graph
    from riskwarn.graph.features import graph_features

    frame: pl.DataFrame = graph_features(build_graph(snapshot), features.graphs, windows)
    return frame


def needed_features(settings: TrainingSettings, features: FeatureSet) -> FeatureSet:
    """Keep the features a model names and those that ratios and graph measures stand on."""
    wanted = {*settings.features, *(c.field for c in settings.categories)}
    for name in sorted(wanted):
        feature = features.features.get(name)
        for slot in ("of", "over", "under"):
            other = getattr(feature, slot, None) if not isinstance(feature, WindowFeature) else None
            if other is not None and other in features.features:
                wanted.add(other)
    kept = {name: f for name, f in features.features.items() if name in wanted}
    return FeatureSet(features=kept)


def titles_of(features: FeatureSet) -> dict[str, str]:
    """Give Chinese titles of features and of enterprise fields."""
    fields = load_catalogue().table("enterprise").columns
    titles = {name: column.title for name, column in fields.items()}
    return titles | {name: f.title or name for name, f in features.features.items()}


def load_feature_files(paths: Sequence[Path]) -> FeatureSet:
    """Read and merge feature files."""
    return merge([load_features(path) for path in paths])


def _check_by_visit(settings: TrainingSettings, features: FeatureSet) -> None:
    problems = []
    fields = load_catalogue().table("enterprise").columns
    named = {*settings.features, *(c.field for c in settings.categories)}
    used = {f.column for f in features.fields} | {name for name in named if name in fields}
    for column in sorted(used - set(LASTING_FIELDS)):
        expected = "按日期取样（cohort.dates 或 count），每日各用当日的快照"
        problems.append(
            Problem("M016", f"字段 {column} 会被登记机关改写，过去的值不可知", expected=expected)
        )
    problems += [
        Problem("M017", f"图特征 {f.name} 不能按每次检查取样", expected="按日期取样")
        for f in features.graphs
    ]
    if problems:
        raise ConfigError(*problems)


def _keep(
    ws: Workspace, training: Training, rows: "pl.DataFrame", split: Split, trained: Trained
) -> Retrained:
    settings = training.settings
    fitted = split.train | split.calibrate if settings.calibration.refit else split.train
    labels, weights = rows["label"].to_numpy(), rows["weight"].to_numpy()
    digest = hash_training_data(
        trained.columns, trained.matrix[fitted], labels[fitted], weights[fitted]
    )
    folder = ws.models_dir / settings.model
    lock = keep_model(
        folder,
        trained,
        name=settings.model,
        task=settings.label.title,
        trained_on="generated" if ws.settings.generated_data else "real",
        training_rows=fitted,
        training_data_sha256=digest,
    )
    test = rows.filter(split.test)
    chances = trained.probabilities[split.test]
    judgement = judge(test, chances, settings.judge, settings.boost.seed)
    strictness = (
        officer_strictness(test, chances, settings.judge.bootstrap, settings.boost.seed)
        if settings.label.at == "visit"
        else ()
    )
    counts = {
        "all": rows.height,
        "train": int(split.train.sum()),
        "calibrate": int(split.calibrate.sum()),
        "test": int(split.test.sum()),
    }
    counts["embargo"] = counts["all"] - sum(counts[n] for n in ("train", "calibrate", "test"))
    card = card_data(
        settings,
        lock,
        judgement,
        counts,
        calibrated_on=trained.calibrated_on,
        strictness=strictness,
    )
    write_card(folder, card)
    return Retrained(folder=folder, lock=lock, judgement=judgement, card=card)


def _scanner(snapshot: Snapshot) -> Any:
    def scan(table: str) -> Any:
        if snapshot.collected(table) is Collected.MISSING:
            return None
        return snapshot.scan(table)

    return scan
