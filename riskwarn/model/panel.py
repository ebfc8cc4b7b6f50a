"""Panels: enterprises as they stood on one day, with outcomes that became known afterwards.

Public data sets have no history that could part earlier from later days: they come in two folders
(one to learn from, one to judge by), with masks of fixed splits, or whole, to be cut into folds.
Features and training are those of any other workspace.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, model_validator

from riskwarn.model.config import TrainingSettings
from riskwarn.model.evaluate import accuracy, auc, average_precision, f1
from riskwarn.model.splits import Split, fold_numbers
from riskwarn.model.train import train
from riskwarn.model.tune import tune_dealt
from riskwarn.records.model import Estimate

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MaskSettings(_Strict):
    """Fixed splits: tables of one yes/no column a split and one row an enterprise."""

    id: str = "row"  # the column that names the enterprise
    train: str
    calibrate: str
    test: str


class FoldSettings(_Strict):
    """How rows without two folders are parted."""

    count: int | None = Field(default=None, ge=2, le=50)
    masks: MaskSettings | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "FoldSettings":
        if (self.count is None) == (self.masks is None):
            raise ValueError("count 与 masks 须写且只写一个")
        return self


class PanelSettings(_Strict):
    """Where a panel's files lie, and what is learned from which."""

    data: str  # folder below the evaluation data
    mapping: str
    delivered_on: date
    files: list[str]
    labels: str | None = None  # file of outcomes, when it is one that may be replaced
    train: str = ""  # folder below `data`
    test: str | None = None
    folds: FoldSettings | None = None
    calibrate_share: float = Field(default=0.2, gt=0, lt=1)
    doubtful: list[str] = Field(default_factory=list)  # features told once more without

    @model_validator(mode="after")
    def _one_way(self) -> "PanelSettings":
        if (self.test is None) == (self.folds is None):
            raise ValueError("test 与 folds 须写且只写一个")
        return self


def fold_splits(ids: Sequence[str], count: int, seed: int, day: date) -> list[Split]:
    """Give one split a fold: the fold judges, the one after it calibrates, the rest are fitted."""
    numbers = fold_numbers(ids, count, seed)
    return [
        _split((numbers != k) & (numbers != (k + 1) % count), numbers == (k + 1) % count,
               numbers == k, day)
        for k in range(count)
    ]  # fmt: skip


def side_split(
    ids: Sequence[str], judged: "Bools", share: float, seed: int, day: date
) -> list[Split]:
    """Give the one split of two folders: a share of the first calibrates, the second judges."""
    numbers = fold_numbers(ids, max(2, round(1 / share)), seed)
    held = (numbers == 0) & ~judged
    return [_split(~judged & ~held, held, judged, day)]


def mask_splits(
    ids: Sequence[str], masks: Mapping[str, "pl.DataFrame"], by: str, prefix: str, day: date
) -> list[Split]:
    """Give one split a column of the masks.

    Takes: masks train, calibrate, test: frames of `by` and equally named Boolean columns; prefix,
           what the mapping puts before ids.
    """
    import numpy as np
    import polars as pl

    wanted = pl.DataFrame({"id": ids})
    aligned = {}
    for part, frame in masks.items():
        named = frame.with_columns(id=pl.lit(prefix) + pl.col(by).cast(pl.String)).drop(by)
        aligned[part] = wanted.join(named, on="id", how="left", maintain_order="left").drop("id")

    def chosen(part: str, column: str) -> "Bools":
        series = aligned[part][column].cast(pl.Boolean).fill_null(False)
        return np.asarray(series.to_numpy(), dtype=bool)

    return [
        _split(chosen("train", c), chosen("calibrate", c), chosen("test", c), day)
        for c in aligned["test"].columns
    ]


def _split(fitted: "Bools", calibrate: "Bools", test: "Bools", day: date) -> Split:
    return Split(fitted, calibrate, test, day, day, 0)


def judge_splits(
    rows: "pl.DataFrame",
    splits: Sequence[Split],
    settings: TrainingSettings,
    words: Mapping[str, tuple[str, str]],
) -> tuple[dict[str, Estimate], list[dict[str, float]], list[tuple[str, ...]]]:
    """Train on every split and judge what it did not see.

    Settings are tuned, where `tune` is written, for each split on what it fits and calibrates.
    Gives:  auc, average_precision, accuracy and f1 (at 0.5), brier, base_rate: the mean over the
            splits, with 2.5 and 97.5 percentiles when each split's test rows are drawn anew; the
            figures of each split; and what tuning said for each.
    Raises: NothingToDoError M114 when a part has one class only.
    """
    import numpy as np

    labels = rows["label"].to_numpy().astype(np.float64)
    heard, told = [], []
    for split in splits:
        tuned = tune_dealt(rows.filter(split.train | split.calibrate), settings, words)
        told.append(tuned.told)
        chances = train(rows, split, tuned.settings, words).probabilities
        heard.append((labels[split.test], chances[split.test]))
    times, seed = settings.judge.bootstrap, settings.boost.seed
    estimates = {name: _over_splits(f, heard, times, seed) for name, f in FIGURES.items()}
    each = [{name: float(f(y, p)) for name, f in FIGURES.items()} for y, p in heard]
    return estimates, each, told


FIGURES: Mapping[str, Callable[["Floats", "Floats"], float]] = {
    "auc": auc,
    "average_precision": average_precision,
    "accuracy": accuracy,
    "f1": f1,
    "brier": lambda y, p: float(((p - y) ** 2).mean()),
    "base_rate": lambda y, _: float(y.mean()),
}


def _over_splits(
    figure: Callable[["Floats", "Floats"], float],
    heard: Sequence[tuple["Floats", "Floats"]],
    times: int,
    seed: int,
) -> Estimate:
    import numpy as np

    value = float(np.mean([figure(y, p) for y, p in heard]))
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn = []
    for _ in range(times):
        again = [generator.integers(0, len(y), len(y)) for y, _ in heard]
        found = [figure(y[i], p[i]) for (y, p), i in zip(heard, again, strict=True)]
        drawn.append(np.mean(found))
    kept = [x for x in drawn if np.isfinite(x)]
    if not kept:
        return Estimate(value=value, low=float("nan"), high=float("nan"))
    low, high = np.percentile(kept, [2.5, 97.5])
    return Estimate(value=value, low=float(low), high=float(high))
