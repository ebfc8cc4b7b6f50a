"""Judging what the lot drew, and systems beside one another: figures with weights.

Enterprises that somebody chose to check are riskier than others; what a model says of all of them
can only be judged where the lot decided. A row drawn with chance π stands for 1/π enterprises
(Horvitz and Thompson; shares by Hájek's ratio), so that every figure is of all enterprises that
could have been drawn. Rows not drawn are left out.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from riskwarn.model.evaluate import bootstrap
from riskwarn.records.model import DrawnJudgement, Estimate

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

LEAST_DRAWN = 50  # fewer rows give no figure worth an interval
CALIBRATION_BINS = 5


def weighted_auc(labels: "Floats", scores: "Floats", weights: "Floats") -> float:
    """Area under the ROC curve of weighted rows; ties half. NaN when a class is absent."""
    import numpy as np

    _, places = np.unique(scores, return_inverse=True)
    bad = np.bincount(places, weights * (labels > 0.5))
    good = np.bincount(places, weights * (labels <= 0.5))
    pairs = float(bad.sum() * good.sum())
    below = np.concatenate([[0.0], np.cumsum(good)[:-1]])
    return float((bad * (below + good / 2)).sum()) / pairs if pairs else float("nan")


def at_capacity(
    labels: "Floats", scores: "Floats", weights: "Floats", share: float
) -> tuple[float, float]:
    """Precision and recall among the highest scores that make up a share of the weight.

    The rows level with the cut count by the part of them that fits.
    """
    import numpy as np

    room = max(float(weights.min(initial=1.0)), share * float(weights.sum()))
    _, places = np.unique(-scores, return_inverse=True)
    mass = np.bincount(places, weights)
    found = np.bincount(places, weights * (labels > 0.5))
    before = np.concatenate([[0.0], np.cumsum(mass)[:-1]])
    part = np.clip((room - before) / np.maximum(mass, 1e-12), 0.0, 1.0)
    caught, seen = float((found * part).sum()), float((mass * part).sum())
    total = float(found.sum())
    precision = caught / seen if seen else float("nan")
    return precision, caught / total if total else float("nan")


def figures(
    labels: "Floats", scores: "Floats", weights: "Floats", share: float, times: int, seed: int
) -> dict[str, Estimate]:
    """AUC, precision, recall and lift at capacity of scores, with bootstrap intervals."""

    def over(figure: "Callable[[Ints], float]") -> Estimate:
        return bootstrap(figure, len(labels), times, seed)

    def lift(i: "Ints") -> float:
        rate = float((labels[i] * weights[i]).sum() / weights[i].sum())
        precision = at_capacity(labels[i], scores[i], weights[i], share)[0]
        return precision / rate if rate else float("nan")

    return {
        "auc": over(lambda i: weighted_auc(labels[i], scores[i], weights[i])),
        "precision_at_capacity": over(
            lambda i: at_capacity(labels[i], scores[i], weights[i], share)[0]
        ),
        "recall_at_capacity": over(
            lambda i: at_capacity(labels[i], scores[i], weights[i], share)[1]
        ),
        "lift_at_capacity": over(lift),
    }


def judge_drawn(
    rows: "pl.DataFrame", chances: "Floats", share: float, times: int, seed: int
) -> DrawnJudgement | str:
    """Judge probabilities on the rows that the lot drew, each weighted by 1/π.

    Takes:  test rows with label, random bool, inverse_chance f64; chances in their order.
    Gives:  the judgement, or in words why there is none.
    """
    import numpy as np

    drawn = rows["random"].fill_null(False).to_numpy()
    labels = rows["label"].to_numpy().astype(np.float64)[drawn]
    count, positives = int(drawn.sum()), int(labels.sum())
    if count < LEAST_DRAWN or positives in (0, count):
        return f"测试期随机抽中的只有 {count} 条（有问题 {positives} 条），不足以单独评判"
    weights = rows["inverse_chance"].to_numpy().astype(np.float64)[drawn]
    said = chances[drawn]

    def mean(value: "Floats") -> Estimate:
        return bootstrap(
            lambda i: float((value[i] * weights[i]).sum() / weights[i].sum()), count, times, seed
        )

    estimates = figures(labels, said, weights, share, times, seed)
    estimates |= {
        "base_rate": mean(labels),
        "mean_probability": mean(said),
        "brier": mean((said - labels) ** 2),
    }
    return DrawnJudgement(
        rows=count,
        positives=positives,
        stands_for=float(weights.sum()),
        estimates=estimates,
        calibration=_calibration(labels, said, weights),
    )


def _calibration(
    labels: "Floats", said: "Floats", weights: "Floats"
) -> tuple[Mapping[str, float], ...]:
    """Expected and observed share in bins of equal weight by probability, lowest first."""
    import numpy as np

    order = np.argsort(said, kind="stable")
    middle = np.cumsum(weights[order]) - weights[order] / 2
    bins = np.minimum((middle / weights.sum() * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    parts = [order[bins == number] for number in range(CALIBRATION_BINS)]
    return tuple(
        {
            "rows": float(part.size),
            "expected": float(np.average(said[part], weights=weights[part])),
            "observed": float(np.average(labels[part], weights=weights[part])),
        }
        for part in parts
        if part.size
    )


def judge_systems(
    rows: "pl.DataFrame",
    scores: Mapping[str, "Floats"],
    share: float,
    times: int,
    seed: int,
    *,
    drawn: bool,
) -> dict[str, dict[str, Estimate]]:
    """Judge several scores on the same rows: all of them alike, or the drawn ones by 1/π."""
    import numpy as np

    chosen = np.ones(rows.height, bool)
    weights = np.ones(rows.height)
    if drawn:
        chosen = rows["random"].fill_null(False).to_numpy()
        weights = rows["inverse_chance"].to_numpy().astype(np.float64)
    labels = rows["label"].to_numpy().astype(np.float64)
    return {
        name: figures(labels[chosen], score[chosen], weights[chosen], share, times, seed)
        for name, score in scores.items()
    }
