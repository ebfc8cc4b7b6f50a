"""Small made cohorts with a known truth, and a trained model over them."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from riskwarn.model.config import TrainingSettings
from riskwarn.model.drift import describe
from riskwarn.model.pin import hash_training_data, keep_model
from riskwarn.model.splits import Split, split_rows
from riskwarn.model.train import Trained, train
from riskwarn.records.features import FeatureSet
from riskwarn.records.model import ModelLock
from riskwarn.workspace import Settings

REAL = Settings()
GENERATED = Settings(generated_data=True)


def settings_of(**changes: object) -> TrainingSettings:
    plain: dict[str, object] = {
        "model": "made",
        "label": {"title": "测试问题", "events": [{"table": "inspection"}], "window_days": 30},
        "features": ["complaints_365d", "days_since_check", "listed"],
        "categories": [{"field": "industry", "prefix": 2, "max_levels": 3}],
        "monotone": {"complaints_365d": "increasing"},
        "boost": {"rounds": 30, "eta": 0.2},
        "judge": {"bootstrap": 50, "groups": ["industry"]},
    }
    return TrainingSettings.model_validate(plain | changes)


def a_cohort(rows: int = 3000, seed: int = 5) -> pl.DataFrame:
    """Rows over ten days 40 days apart; the chance of a problem depends on three features."""
    made = np.random.Generator(np.random.PCG64(seed))
    complaints = made.poisson(1.0, rows).astype(np.int64)
    since = made.integers(1, 900, rows).astype(np.float64)
    since[made.random(rows) < 0.2] = np.nan
    listed = made.random(rows) < 0.15
    industry = made.choice(
        ["5137", "5227", "6210", "1392", "8030"], rows, p=[0.3, 0.3, 0.2, 0.15, 0.05]
    )
    line = -2.2 + 0.6 * complaints + 1.2 * listed + np.where(industry == "6210", 0.8, 0.0)
    label = made.random(rows) < 1 / (1 + np.exp(-line))
    as_of = 15_000 + 40 * np.sort(made.integers(0, 10, rows))
    frame = pl.DataFrame(
        {
            "row": np.arange(rows, dtype=np.int32),
            "ent": made.integers(0, rows // 3, rows).astype(np.int32),
            "as_of": as_of.astype(np.int32),
            "complaints_365d": complaints,
            "days_since_check": since,
            "listed": listed,
            "industry": industry,
            "label": label.astype(np.int8),
            "visit_day": as_of.astype(np.int32) + 1,
            "random": made.random(rows) < 0.5,
            "inverse_chance": np.ones(rows),
        }
    )
    return frame.with_columns(pl.col("days_since_check").fill_nan(None))


@dataclass(frozen=True)
class Made:
    folder: Path
    lock: ModelLock
    trained: Trained
    cohort: pl.DataFrame
    split: Split
    table: Path  # a feature table, ent 0..n-1
    settings: TrainingSettings


def a_model(root: Path, trained_on: str = "real", **changes: object) -> Made:
    settings = settings_of(**changes)
    cohort = a_cohort()
    split = split_rows(cohort["as_of"].to_numpy(), settings.split, settings.label.window_days)
    trained = train(cohort, split, settings, {"complaints_365d": ("一年内投诉", "件")})
    folder = root / "models" / "made"
    digest = hash_training_data(
        trained.columns, trained.matrix, cohort["label"], cohort["inverse_chance"]
    )
    lock = keep_model(
        folder,
        trained,
        name="made",
        task="测试问题",
        trained_on="generated" if trained_on == "generated" else "real",
        training_rows=split.train,
        training_data_sha256=digest,
        fitted_until=date(2011, 6, 30),
        features=FeatureSet(),
        drift=describe(trained.columns, cohort, trained.probabilities, date(2011, 6, 30)),
    )
    table = root / "table.parquet"
    night = cohort.head(500).with_columns(pl.int_range(500, dtype=pl.Int32).alias("ent"))
    night.drop("label", "row", "as_of", "visit_day", "random", "inverse_chance").write_parquet(
        table
    )
    return Made(folder, lock, trained, cohort, split, table, settings)
