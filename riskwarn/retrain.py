"""Retraining: store → snapshots → graph → features → splits → train → calibrate → judge → card."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn.errors import Problem
from riskwarn.features.catalogue import load_features, merge
from riskwarn.judging import Prepared, believed_back, describe_population, judge_prepared
from riskwarn.model.card import card_data, write_card
from riskwarn.model.cohort import (
    needed_features,
    rows_by_day,
    rows_by_visit,
    scanner,
    words_of,
)
from riskwarn.model.compare import compare, later_rows
from riskwarn.model.config import Training, TrainingSettings, name_features
from riskwarn.model.declared import model_features
from riskwarn.model.leaks import check_declared, check_known_by, check_values, refuse_leaks
from riskwarn.model.matrix import choose_columns, sources
from riskwarn.model.pin import hash_training_data, keep_model
from riskwarn.model.predict import admit, predict
from riskwarn.model.splits import Split, cohort_days, split_rows
from riskwarn.model.train import train, weights_of
from riskwarn.model.tune import tune
from riskwarn.model.visit import judge_with_visit_facts, with_visit_facts
from riskwarn.records.features import FeatureSet
from riskwarn.records.model import Compared, Judgement, ModelLock
from riskwarn.store.snapshot import build_snapshot
from riskwarn.store.store import Store
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.workspace import Workspace

if TYPE_CHECKING:
    import polars as pl


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
    Gives:  Retrained; the folder holds model.ubj, features.yaml, drift.yaml, lock.yaml and the
            card, as card.yaml and card.md.
    Raises: NothingToDoError M113, M114 (no labels, one class); ConfigError M11x, M16x.
    """
    training = name_features(training, features.features)
    prepared = prepare(ws, training, features, as_of)
    return keep_prepared(ws, prepared, features, as_of)


def prepare(ws: Workspace, training: Training, features: FeatureSet, as_of: date) -> Prepared:
    """Gather, split, check for leaks, tune, fit and calibrate; keeps nothing."""
    settings = training.settings
    refuse_leaks(check_declared(settings, features.features, load_catalogue()))
    rows = gather_rows(ws, training, features, as_of)
    window = 0 if settings.label.at == "visit" else settings.label.window_days
    split = split_rows(rows["as_of"].to_numpy(), settings.split, window)
    words = words_of(features)
    tuned = tune(rows.filter(split.train), settings, split.embargo_days, words)
    trained = train(rows, split, tuned.settings, words)
    fitted = split.train | split.calibrate if settings.calibration.refit else split.train
    refuse_leaks(check_values(rows.filter(fitted), trained.columns, features.features))
    return Prepared(
        settings=tuned.settings,
        tuned=tuned.told,
        rows=rows,
        split=split,
        trained=trained,
        fitted=fitted,
    )


def compare_with_visit_facts(
    ws: Workspace, prepared: "Prepared", training: Training, names: Sequence[str], as_of: date
) -> Judgement:
    """Judge the same settings with officers and the visit day's indicators; keeps nothing."""
    with tempfile.TemporaryDirectory(prefix="riskwarn-visit-") as scratch, Store.open(ws) as store:
        limits = ws.settings.imports.stale_after_days
        newest = build_snapshot(store, as_of, Path(scratch), limits)
        rows = with_visit_facts(prepared.rows, scanner(newest)("indicator"), names)
    return judge_with_visit_facts(rows, prepared.split, training.settings, names)


def gather_rows(
    ws: Workspace, training: Training, features: FeatureSet, as_of: date
) -> "pl.DataFrame":
    """Compute the cohort with its features and labels.

    Gives: row, ent, uscc, as_of i32, label i8, inverse_chance f64, random bool, visit_day i32,
           officers, fields and features; sorted by row.
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
        past = {**limits, **believed_back(newest)}
        snapshots = [
            build_snapshot(store, day, Path(scratch) / day.isoformat(), past) for day in days
        ]
        return rows_by_day(newest, snapshots, training, chosen)


def check_training(
    ws: Workspace, training: Training, features: FeatureSet, as_of: date
) -> list[Problem]:
    """Look for leaks in a training configuration on this workspace's data.

    Gives: M160–M162 by declaration, M163, M164, M166 by values, M165 for features of past days
           that change when later deliveries are left out.
    """
    training = name_features(training, features.features)
    settings = training.settings
    problems = check_declared(settings, features.features, load_catalogue())
    rows = gather_rows(ws, training, features, as_of)
    columns = choose_columns(rows, settings.features, settings.categories, words_of(features))
    problems += check_values(rows, columns, features.features)
    if settings.cohort.each_inspection:  # by days each day has its own snapshot anyway
        problems += _check_looking_ahead(ws, training, features, rows)
    return problems


def _check_looking_ahead(
    ws: Workspace, training: Training, features: FeatureSet, rows: "pl.DataFrame"
) -> list[Problem]:
    """Compute the earlier half again from what was delivered as known by its last day."""
    import polars as pl

    middle = int(rows["visit_day"].sort()[rows.height // 2])
    day = date(1970, 1, 1) + timedelta(days=middle)
    earlier = gather_rows(ws, training, features, day)
    key = ["uscc", "as_of", "visit_day"]
    names = [name for name in training.settings.features if name in rows.columns]
    sides = [
        frame.filter(pl.col("visit_day") <= middle)
        .unique(key, keep="first", maintain_order=True)
        .sort(key)
        .with_columns(row=pl.int_range(pl.len(), dtype=pl.Int32))
        for frame in (earlier, rows)
    ]
    return check_known_by(sides[0], sides[1], names)


def compare_models(
    ws: Workspace, names: tuple[str, str], training: Training, features: FeatureSet, as_of: date
) -> Compared:
    """Judge champion and challenger on the same rows, later than anything either has learned.

    Takes:  names of two models of the workspace; training, whose label and cohort judge both;
            features beside those that the models carry; as_of, the day of judging.
    Raises: NothingToDoError M151, M113, M114; VerificationError when a model is refused.
    """
    import numpy as np
    import polars as pl

    folders = (ws.models_dir / names[0], ws.models_dir / names[1])
    locks = (admit(folders[0], ws.settings), admit(folders[1], ws.settings))
    every = merge([features, *(model_features(folder) for folder in folders)])
    wanted = list(dict.fromkeys(name for lock in locks for name in sources(lock.columns)))
    settings = training.settings.model_copy(
        update={"features": wanted, "categories": [], "monotone": {}}
    )
    rows = gather_rows(ws, replace(training, settings=settings), every, as_of)
    rows = later_rows(rows, locks).sort("row")
    table = rows.drop("ent").with_columns(ent=pl.int_range(rows.height, dtype=pl.Int32))
    with tempfile.TemporaryDirectory(prefix="riskwarn-compare-") as scratch:
        path = Path(scratch) / "rows.parquet"
        table.write_parquet(path)
        heard = tuple(
            predict(folder, path, ws.settings)["probability"].fill_null(np.nan).to_numpy()
            for folder in folders
        )
    judged = training.settings.judge
    pair = (heard[0], heard[1])
    seed = training.settings.boost.seed
    return compare(rows, names, pair, judged.capacity_share, judged.bootstrap, seed)


def load_feature_files(paths: Sequence[Path]) -> FeatureSet:
    """Read and merge feature files."""
    return merge([load_features(path) for path in paths])


def keep_prepared(
    ws: Workspace, prepared: Prepared, features: FeatureSet, as_of: date
) -> Retrained:
    """Judge a prepared model on its test rows, write its folder and its card."""
    settings = prepared.settings
    rows, trained, fitted = prepared.rows, prepared.trained, prepared.fitted
    labels, weights = rows["label"].to_numpy(), weights_of(rows, settings.weights)
    folder = ws.models_dir / settings.model
    lock = keep_model(
        folder,
        trained,
        name=settings.model,
        task=settings.label.title,
        trained_on="generated" if ws.settings.generated_data else "real",
        training_rows=fitted,
        training_data_sha256=hash_training_data(
            trained.columns, trained.matrix[fitted], labels[fitted], weights[fitted]
        ),
        fitted_until=_fitted_until(settings, prepared),
        features=needed_features(settings, features),
        drift=describe_population(ws, prepared, needed_features(settings, features), as_of),
    )
    words = words_of(features)
    units = {name: unit for name, (_, unit) in words.items()}
    judgement, strictness = judge_prepared(ws, prepared, as_of, units)
    card = card_data(
        settings,
        lock,
        judgement,
        _counts(rows.height, prepared.split),
        calibrated_on=trained.calibrated_on,
        strictness=strictness,
        group_titles={name: words.get(name, (name,))[0] for name in settings.judge.groups},
        notes=[
            *(f"特征 {name} 在训练样本中没有一个值，未采用" for name in trained.dropped),
            *prepared.tuned,
        ],
    )
    write_card(folder, card)
    return Retrained(folder=folder, lock=lock, judgement=judgement, card=card)


def _fitted_until(settings: TrainingSettings, prepared: Prepared) -> date:
    """The last day that trees or calibration learned of: the end of the last label window."""
    used = prepared.rows.filter(prepared.fitted | prepared.split.calibrate)
    window = 1 if settings.label.at == "visit" else settings.label.window_days
    return date(1970, 1, 1) + timedelta(days=int(used["as_of"].to_numpy().max()) + window)


def _counts(rows: int, split: Split) -> dict[str, int]:
    parts = {"train": split.train, "calibrate": split.calibrate, "test": split.test}
    counts = {name: int(chosen.sum()) for name, chosen in parts.items()}
    return {"all": rows, **counts, "embargo": rows - sum(counts.values())}
