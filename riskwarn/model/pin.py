"""Put a trained model on disk and pin it."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn.model.declared import write_features
from riskwarn.model.drift import DriftReference, write_reference
from riskwarn.model.lock import (
    DRIFT_FILE,
    FEATURES_FILE,
    model_path,
    read_lock,
    sha256_of,
    write_lock,
)
from riskwarn.model.predict import canary_margins
from riskwarn.model.train import Trained, canary_places, margins_of
from riskwarn.records.features import FeatureSet
from riskwarn.records.model import Canary, ModelColumn, ModelLock, TrainedOn

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Matrix = npt.NDArray[np.float32]

MODEL_FILE = "model.ubj"


def keep_model(
    folder: Path,
    trained: Trained,
    *,
    name: str,
    task: str,
    trained_on: TrainedOn,
    training_rows: "npt.NDArray[np.bool_]",
    training_data_sha256: str,
    fitted_until: date,
    features: FeatureSet,
    drift: DriftReference,
) -> ModelLock:
    """Write model.ubj, features.yaml, drift.yaml and, last, lock.yaml: no torn write is believed.

    Takes: training_rows, bool over the cohort: canaries are taken from these rows; features, the
           declarations that the model's columns stand on; drift, what nights are held to.
    """
    import xgboost

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / MODEL_FILE
    temporary = folder / "model.tmp.ubj"
    trained.booster.save_model(temporary)
    os.replace(temporary, path)
    declared = write_features(folder, features)
    write_reference(folder / DRIFT_FILE, drift)
    matrix = trained.matrix[training_rows]
    lock = ModelLock(
        name=name,
        file=MODEL_FILE,
        sha256=sha256_of(path),
        task=task,
        trained_on=trained_on,
        training_data_sha256=training_data_sha256,
        training_rows=int(training_rows.sum()),
        fitted_until=fitted_until,
        xgboost=xgboost.__version__,
        features_sha256=sha256_of(declared),
        drift_sha256=sha256_of(folder / DRIFT_FILE),
        columns=trained.columns,
        calibration=trained.calibration,
        canary=make_canary(trained.booster, matrix),
    )
    write_lock(folder, lock)
    return read_lock(folder)


def pin_again(folder: Path) -> ModelLock:
    """Pin the file that lies there now: somebody trusts these bytes. Canaries are taken anew.

    Raises: VerificationError M130, M131 (no usable lock), M132, M133, M138–M142.
    """
    lock = read_lock(folder)
    path = model_path(folder, lock)
    beside = [folder / name for name in (FEATURES_FILE, DRIFT_FILE)]
    features, drift = (sha256_of(one) if one.is_file() else "" for one in beside)
    trusted = replace(lock, sha256=sha256_of(path), features_sha256=features, drift_sha256=drift)
    margins = canary_margins(trusted, folder)
    write_lock(folder, replace(trusted, canary=replace(lock.canary, margins=margins)))
    return read_lock(folder)


def make_canary(booster: Any, matrix: "Matrix") -> Canary:
    """Take up to 64 rows of a matrix and the margins they give today."""
    rows = matrix[canary_places(len(matrix))]
    margins = margins_of(booster, rows)
    plain = tuple(
        tuple(None if value != value else float(value) for value in row)  # NaN differs from itself
        for row in rows.tolist()
    )
    return Canary(rows=plain, margins=tuple(margins.tolist()))


def hash_training_data(
    columns: Sequence[ModelColumn], matrix: "Matrix", labels: Any, weights: Any
) -> str:
    """Hash what was learned from: column names, matrix, labels and weights, in their order."""
    import numpy as np

    digest = hashlib.sha256()
    digest.update("\n".join(column.name for column in columns).encode())
    canonical = np.where(np.isnan(matrix), np.float32(np.nan), matrix)  # one NaN pattern
    digest.update(np.ascontiguousarray(canonical, dtype="<f4").tobytes())
    digest.update(np.ascontiguousarray(labels, dtype="<f8").tobytes())
    digest.update(np.ascontiguousarray(weights, dtype="<f8").tobytes())
    return digest.hexdigest()
