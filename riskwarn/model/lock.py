"""lock.yaml: pin a model's files, and verify them before any loader sees a byte."""

import hashlib
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from riskwarn.errors import ConfigError, Place, Problem, VerificationError
from riskwarn.records.model import Calibration, Canary, ModelColumn, ModelLock
from riskwarn.yamlfile import parse, read_model

LOCK_FILE = "lock.yaml"
FEATURES_FILE = "features.yaml"
DRIFT_FILE = "drift.yaml"
SUFFIXES = (".ubj", ".json")  # xgboost's own formats; never pickle
_HASH = r"^[0-9a-f]{64}$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _ColumnFile(_Strict):
    source: str
    kind: str = Field(pattern="^(number|flag|level)$")
    level: str = ""
    prefix: int = 0
    title: str = ""
    unit: str = ""


class _CalibrationFile(_Strict):
    method: str = Field(pattern="^(platt|isotonic)$")
    slope: float = 1.0
    intercept: float = 0.0
    margins: list[float] = Field(default_factory=list)
    probabilities: list[float] = Field(default_factory=list)


class _CanaryFile(_Strict):
    rows: list[list[float | None]]
    margins: list[float]


class _LockFile(_Strict):
    riskwarn_model: str = Field(pattern="^1$")
    name: str
    task: str
    file: str
    sha256: str = Field(pattern=_HASH)
    trained_on: str = Field(pattern="^(generated|real)$")
    training_data_sha256: str = Field(pattern=_HASH)
    training_rows: int
    fitted_until: date
    xgboost: str
    features_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    drift_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    columns: list[_ColumnFile]
    calibration: _CalibrationFile
    canary: _CanaryFile


def sha256_of(path: Path) -> str:
    """Hash a file in pieces; gives 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_lock(folder: Path, lock: ModelLock) -> Path:
    """Write lock.yaml beside the model; floats as Python's shortest exact text."""
    text = yaml.safe_dump(
        _plain(lock), allow_unicode=True, sort_keys=False, default_flow_style=None, width=100
    )
    path = folder / LOCK_FILE
    temporary = path.with_suffix(".tmp")
    temporary.write_text(
        "# 由 riskwarn model 生成；改动模型后请运行 riskwarn model pin\n" + text, "utf-8"
    )
    os.replace(temporary, path)
    return path


def read_lock(folder: Path) -> ModelLock:
    """Read lock.yaml.

    Raises: VerificationError M130 when there is none, M131 when it cannot be understood.
    """
    path = folder / LOCK_FILE
    if not path.is_file():
        problem = Problem(
            "M130", "模型没有锁定文件 lock.yaml", Place(str(folder)), "先运行 riskwarn model pin"
        )
        raise VerificationError(problem)
    raw = path.read_bytes()
    try:
        file = read_model(parse(raw, str(path)), _LockFile, "M131")
    except ConfigError as error:
        raise VerificationError(*error.problems) from error
    lock = _record(file, hashlib.sha256(raw).hexdigest())
    _check_shape(lock, path)
    return lock


def verify(folder: Path) -> ModelLock:
    """Check a model's files against its lock. No byte of the model is interpreted here.

    Raises: VerificationError M130–M135.
    """
    lock = read_lock(folder)
    path = model_path(folder, lock)
    place = Place(str(path))
    found = sha256_of(path)
    if found != lock.sha256:
        message = f"模型文件与锁定的散列值不符：现为 {found[:16]}…"
        raise VerificationError(Problem("M134", message, place, f"{lock.sha256[:16]}…"))
    _check_companions(folder, lock)
    return lock


def model_path(folder: Path, lock: ModelLock) -> Path:
    """Give the model's file; VerificationError M132, M133 when it is no plain file of ours."""
    path = folder / lock.file
    place = Place(str(path))
    if path.suffix not in SUFFIXES or Path(lock.file).name != lock.file:
        problem = Problem(
            "M132", f"不接受的模型文件 {lock.file}", place, "同一文件夹中的 .ubj 或 .json"
        )
        raise VerificationError(problem)
    if path.is_symlink() or not path.is_file():
        raise VerificationError(Problem("M133", "模型文件不存在或是链接", place))
    return path


def _check_companions(folder: Path, lock: ModelLock) -> None:
    """The declarations a model carries are part of what it means: they are pinned too.

    So is what its drift is measured against; a model without either has an empty hash.
    """
    pinned = (
        (FEATURES_FILE, lock.features_sha256, "特征定义"),
        (DRIFT_FILE, lock.drift_sha256, "漂移基准"),
    )
    for name, expected, title in pinned:
        path = folder / name
        if (sha256_of(path) if path.is_file() else "") != expected:
            raise VerificationError(Problem("M134", f"{title}与锁定的散列值不符", Place(str(path))))


def _check_shape(lock: ModelLock, path: Path) -> None:
    width = len(lock.columns)
    faults = []
    if not lock.columns or not lock.canary.rows:
        faults.append("columns 与 canary 不得为空")
    if len(lock.canary.rows) != len(lock.canary.margins):
        faults.append("canary 的 rows 与 margins 数目不同")
    if any(len(row) != width for row in lock.canary.rows):
        faults.append(f"canary 每行应有 {width} 个值")
    c = lock.calibration
    if c.method == "isotonic":
        rising = list(c.margins) == sorted(c.margins)
        rising = rising and list(c.probabilities) == sorted(c.probabilities)
        if not c.margins or len(c.margins) != len(c.probabilities) or not rising:
            faults.append("isotonic 的 margins 与 probabilities 须等长且不下降")
        if any(not 0 <= p <= 1 for p in c.probabilities):
            faults.append("probabilities 须在 0 与 1 之间")
    if faults:
        raise VerificationError(*(Problem("M135", fault, Place(str(path))) for fault in faults))


def _record(file: _LockFile, digest: str) -> ModelLock:
    columns = tuple(ModelColumn(**column.model_dump()) for column in file.columns)
    c = file.calibration
    calibration = Calibration(
        method="platt" if c.method == "platt" else "isotonic",
        slope=c.slope,
        intercept=c.intercept,
        margins=tuple(c.margins),
        probabilities=tuple(c.probabilities),
    )
    canary = Canary(
        rows=tuple(tuple(row) for row in file.canary.rows), margins=tuple(file.canary.margins)
    )
    return ModelLock(
        name=file.name,
        task=file.task,
        file=file.file,
        sha256=file.sha256,
        trained_on="generated" if file.trained_on == "generated" else "real",
        training_data_sha256=file.training_data_sha256,
        training_rows=file.training_rows,
        fitted_until=file.fitted_until,
        xgboost=file.xgboost,
        features_sha256=file.features_sha256,
        drift_sha256=file.drift_sha256,
        columns=columns,
        calibration=calibration,
        canary=canary,
        sha256_of_lock=digest,
    )


def _plain(lock: ModelLock) -> Mapping[str, Any]:
    c = lock.calibration
    fitted: dict[str, Any] = {"slope": c.slope, "intercept": c.intercept}
    if c.method == "isotonic":
        fitted = {"margins": list(c.margins), "probabilities": list(c.probabilities)}
    return {
        "riskwarn_model": "1",
        "name": lock.name,
        "task": lock.task,
        "file": lock.file,
        "sha256": lock.sha256,
        "trained_on": lock.trained_on,
        "training_data_sha256": lock.training_data_sha256,
        "training_rows": lock.training_rows,
        "fitted_until": lock.fitted_until.isoformat(),
        "xgboost": lock.xgboost,
        "features_sha256": lock.features_sha256,
        "drift_sha256": lock.drift_sha256,
        "columns": [_column(column) for column in lock.columns],
        "calibration": {"method": c.method, **fitted},
        "canary": {
            "rows": [list(row) for row in lock.canary.rows],
            "margins": list(lock.canary.margins),
        },
    }


def _column(column: ModelColumn) -> dict[str, Any]:
    plain: dict[str, Any] = {"source": column.source, "kind": column.kind, "title": column.title}
    if column.kind == "level":
        plain |= {"level": column.level, "prefix": column.prefix}
    if column.unit:
        plain["unit"] = column.unit
    return plain
