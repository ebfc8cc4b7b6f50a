"""Choose between settings of the trees, on folds inside the training rows alone.

Where rows have days, each fold learns from days whose label windows had ended when its own days
began. Neither the rows that calibrate nor those that judge have a part in it, so the test says
what the choice is worth. A panel has one day: there the judged rows alone are kept out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from riskwarn.errors import NothingToDoError, Problem
from riskwarn.model.config import BoostSettings, TrainingSettings
from riskwarn.model.evaluate import auc, average_precision
from riskwarn.model.matrix import choose_columns, to_matrix
from riskwarn.model.splits import fold_numbers, rolling_folds
from riskwarn.model.train import fit_trees, margins_of, weights_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    Rows = npt.NDArray[np.bool_]

_EPOCH = date(1970, 1, 1)
_INNER = 1_000_000_007  # far from any seed that a person writes
_FIGURES = {"auc": auc, "average_precision": average_precision}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """The settings taken, and in words what each candidate gave."""

    settings: TrainingSettings
    told: tuple[str, ...]


def tune(
    rows: "pl.DataFrame",
    settings: TrainingSettings,
    embargo_days: int,
    words: Mapping[str, tuple[str, str]],
) -> Tuned:
    """Try the candidates of `tune.boost`; take the best mean over the folds, of equals the first.

    Takes:  rows of the training part; embargo_days between what is learned and what is judged.
    Gives:  the settings with the chosen `boost`; as they are where nothing is to be tuned.
    Raises: NothingToDoError M105 when no fold has both classes on both sides.
    """
    if settings.tune is None:
        return Tuned(settings=settings, told=())
    labels = rows["label"].to_numpy().astype("float64")
    folds = _folds(rows["as_of"].to_numpy(), labels, settings, embargo_days)
    return _best(rows, labels, folds, settings, words, "滚动折")


def tune_dealt(
    rows: "pl.DataFrame", settings: TrainingSettings, words: Mapping[str, tuple[str, str]]
) -> Tuned:
    """The same for rows of one day: enterprises are dealt into folds by the order of a keyed hash.

    Takes:  rows to learn from, with `uscc`; the judged ones are not among them.
    Raises: NothingToDoError M105 when no fold has both classes on both sides.
    """
    if settings.tune is None:
        return Tuned(settings=settings, told=())
    labels = rows["label"].to_numpy().astype("float64")
    count = max(2, settings.tune.folds)
    # another seed than that of the folds that judge: theirs would leave some of these empty
    numbers = fold_numbers(rows["uscc"].to_list(), count, settings.boost.seed + _INNER)
    folds = _usable(labels, [(numbers != k, numbers == k) for k in range(count)])
    return _best(rows, labels, folds, settings, words, "折")


def _best(
    rows: "pl.DataFrame",
    labels: "npt.NDArray[np.float64]",
    folds: "Sequence[tuple[Rows, Rows]]",
    settings: TrainingSettings,
    words: Mapping[str, tuple[str, str]],
    kind: str,
) -> Tuned:
    import numpy as np

    assert settings.tune is not None
    weights = weights_of(rows, settings.weights)
    columns = choose_columns(rows, settings.features, settings.categories, words)
    matrix = to_matrix(rows, columns)
    figure = _FIGURES[settings.tune.by]
    told, best = [], (float("-inf"), settings)
    for changes in ({}, *settings.tune.boost):
        boost = BoostSettings.model_validate(settings.boost.model_dump() | changes)
        tried = settings.model_copy(update={"boost": boost})
        found = []
        for learned, judged in folds:
            trees = fit_trees(matrix, labels, weights, learned, columns, tried)
            found.append(figure(labels[judged], margins_of(trees, matrix[judged])))
        value = float(np.mean(found))
        named = "、".join(f"{k}={v}" for k, v in sorted(changes.items())) or "原设置"
        told.append(f"调参：{named}，{len(folds)} 个{kind}的平均 {settings.tune.by} {value:.4f}")
        if value > best[0]:
            best = (value, tried)
    return Tuned(settings=best[1], told=tuple(told))


def _folds(
    as_of: "npt.NDArray[np.int32]",
    labels: "npt.NDArray[np.float64]",
    settings: TrainingSettings,
    embargo_days: int,
) -> "list[tuple[Rows, Rows]]":
    """Windows one after another up to the last training day, both classes on both sides."""
    assert settings.tune is not None
    length = max(settings.label.window_days, 30)
    last = int(as_of.max()) + 1
    starts = [
        _EPOCH + timedelta(days=last - length * back) for back in range(settings.tune.folds, 0, -1)
    ]
    folds = rolling_folds(as_of, starts, length, embargo_days)
    return _usable(labels, folds)


def _usable(
    labels: "npt.NDArray[np.float64]", folds: "Sequence[tuple[Rows, Rows]]"
) -> "list[tuple[Rows, Rows]]":
    """Keep the folds with both classes on both sides."""
    usable = [fold for fold in folds if all(0 < labels[one].sum() < one.sum() for one in fold)]
    if not usable:
        expected = "更多的样本或观察日，或去掉 tune"
        raise NothingToDoError(Problem("M105", "训练样本分不出可供调参的折", expected=expected))
    return usable
