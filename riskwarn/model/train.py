"""Fit the trees. The same rows, settings and xgboost version give the same file, byte for byte."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from riskwarn.errors import ConfigError, NothingToDoError, Problem
from riskwarn.model.calibrate import fit_calibration, to_probability
from riskwarn.model.config import TrainingSettings
from riskwarn.model.matrix import choose_columns, to_matrix
from riskwarn.model.splits import Split
from riskwarn.records.model import Calibration, ModelColumn

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    Floats = npt.NDArray[np.float64]
    Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A fitted model and what it says of every row of its cohort."""

    booster: Any  # xgboost.Booster
    columns: tuple[ModelColumn, ...]
    calibration: Calibration
    margins: "Floats"  # of all rows of the cohort, in their order
    probabilities: "Floats"
    calibrated_on: str  # in words, for the card
    matrix: "Matrix"
    dropped: tuple[str, ...] = ()  # features without one value in the training rows


def train(
    rows: "pl.DataFrame",
    split: Split,
    settings: TrainingSettings,
    words: Mapping[str, tuple[str, str]],
) -> Trained:
    """Fit, calibrate, and score the whole cohort.

    Takes:  rows, the cohort with features, `label` i8 0/1, `inverse_chance` f64, `random` bool;
            split of these rows; words, feature → (Chinese title, unit).
    Gives:  Trained.
    Raises: NothingToDoError M114 single-class labels; ConfigError M110, M111, M115.
    """
    import numpy as np

    labels = rows["label"].to_numpy().astype(np.float64)
    weights = weights_of(rows, settings.weights)
    _check_labels(labels, split)
    columns = choose_columns(
        rows.filter(split.train), settings.features, settings.categories, words
    )
    matrix = to_matrix(rows, columns)
    empty = _empty(matrix[split.train], columns)
    if empty and settings.when_empty == "refuse":
        raise ConfigError(*(_say_empty(name) for name in empty))
    if empty:
        columns = tuple(column for column in columns if column.name not in empty)
        if not columns:
            raise NothingToDoError(*(_say_empty(name) for name in empty))
        matrix = to_matrix(rows, columns)
    booster = fit_trees(matrix, labels, weights, split.train, columns, settings)
    margins = margins_of(booster, matrix)
    chosen, said = _calibration_rows(rows, split, settings, labels)
    calibration = fit_calibration(
        settings.calibration.method,
        margins[chosen],
        labels[chosen],
        weights_of(rows, settings.calibration.weights)[chosen],
    )
    if settings.calibration.refit:
        both = split.train | split.calibrate
        booster = fit_trees(matrix, labels, weights, both, columns, settings)
        margins = margins_of(booster, matrix)
        said += "；之后用训练与校准样本重新拟合，校准曲线不变"
    return Trained(
        booster=booster,
        columns=columns,
        calibration=calibration,
        margins=margins,
        probabilities=to_probability(calibration, margins),
        calibrated_on=said,
        matrix=matrix,
        dropped=tuple(empty),
    )


def weights_of(rows: "pl.DataFrame", kind: str) -> "Floats":
    """Give 1/π for `selection` (1 where not drawn), else 1 for every row; f64 [rows]."""
    import numpy as np

    if kind == "selection":
        return rows["inverse_chance"].to_numpy().astype(np.float64)
    return np.ones(rows.height)


def fit_trees(
    matrix: "Matrix",
    labels: "Floats",
    weights: "Floats",
    chosen: "npt.NDArray[np.bool_]",
    columns: Sequence[ModelColumn],
    settings: TrainingSettings,
) -> Any:
    """Fit one booster on the chosen rows (bool [rows]); gives an xgboost.Booster."""
    import xgboost

    data = xgboost.QuantileDMatrix(
        matrix[chosen],
        labels[chosen],
        weight=weights[chosen],
        max_bin=settings.boost.max_bin,
        nthread=settings.boost.nthread,
    )
    parameters = settings.boost.model_dump(exclude={"rounds"})
    parameters |= {"objective": "binary:logistic", "tree_method": "hist", "verbosity": 0}
    if settings.monotone:
        signs = {"increasing": 1, "decreasing": -1}
        wanted = [settings.monotone.get(c.source) if c.kind != "level" else None for c in columns]
        parameters["monotone_constraints"] = tuple(signs[w] if w else 0 for w in wanted)
    return xgboost.train(parameters, data, settings.boost.rounds)


def margins_of(booster: Any, matrix: "Matrix") -> "Floats":
    """Give the log-odds of every row of a matrix, f64."""
    import numpy as np

    margins = booster.inplace_predict(matrix, predict_type="margin", missing=np.nan)
    return np.asarray(margins, dtype=np.float64)


def chances_of(trained: Trained, table: "pl.DataFrame") -> "Floats":
    """Give the probability of each row of a feature table; NaN where every feature is unknown."""
    import numpy as np

    matrix = to_matrix(table, trained.columns)
    chances = to_probability(trained.calibration, margins_of(trained.booster, matrix))
    return np.where(np.isnan(matrix).all(axis=1), np.nan, chances)


def canary_places(rows: int, count: int = 64) -> list[int]:
    """Choose evenly spaced rows, first and last among them."""
    if rows <= count:
        return list(range(rows))
    return [i * (rows - 1) // (count - 1) for i in range(count)]


def _check_labels(labels: "Floats", split: Split) -> None:
    parts: dict[Literal["训练", "校准", "测试"], Any] = {
        "训练": split.train,
        "校准": split.calibrate,
        "测试": split.test,
    }
    problems = []
    for name, chosen in parts.items():
        positives, total = int(labels[chosen].sum()), int(chosen.sum())
        if positives in (0, total):
            problems.append(
                Problem(
                    "M114",
                    f"{name}样本 {total} 条的标签只有一类（有问题 {positives} 条）",
                    expected="两类都有；没有标签时不训练模型，工作区只按规则运行",
                )
            )
    if problems:
        raise NothingToDoError(*problems)


def _empty(matrix: "Matrix", columns: Sequence[ModelColumn]) -> list[str]:
    import numpy as np

    bare: list[bool] = np.all(np.isnan(matrix), axis=0).tolist()
    return [column.name for column, is_bare in zip(columns, bare, strict=True) if is_bare]


def _say_empty(name: str) -> Problem:
    expected = "已有数据的特征，或从 features 中删去，或写 when_empty: drop"
    return Problem("M115", f"特征 {name} 在训练样本中全部为空", expected=expected)


def _calibration_rows(
    rows: "pl.DataFrame", split: Split, settings: TrainingSettings, labels: "Floats"
) -> tuple["npt.NDArray[np.bool_]", str]:
    import numpy as np

    count = int(split.calibrate.sum())
    if settings.calibration.on == "all":
        return split.calibrate, f"校准期全部 {count} 条样本"
    drawn = split.calibrate & rows["random"].fill_null(False).to_numpy()
    few = int(drawn.sum()) < settings.calibration.min_random
    if few or len(np.unique(labels[drawn])) < 2:
        need = settings.calibration.min_random
        words = f"随机抽查样本只有 {int(drawn.sum())} 条（需 {need} 条且两类都有），"
        words += f"改用校准期全部 {count} 条"
        return split.calibrate, words
    weighed = "，按 1/抽中概率加权" if settings.calibration.weights == "selection" else ""
    return drawn, f"校准期随机抽查的 {int(drawn.sum())} 条样本{weighed}"
