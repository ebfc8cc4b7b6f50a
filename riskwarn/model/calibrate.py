"""From a margin to a probability that means what it says."""

from typing import TYPE_CHECKING

from riskwarn.errors import NothingToDoError, Problem
from riskwarn.records.model import Calibration

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def fit_calibration(
    method: str, margins: "Floats", labels: "Floats", weights: "Floats | None" = None
) -> Calibration:
    """Fit Platt's line or isotonic steps on rows the trees never saw.

    Takes:  margins f64, labels 0/1 f64, weights f64 > 0 or None.
    Raises: NothingToDoError M114 when only one class is present.
    """
    import numpy as np

    if len(np.unique(labels)) < 2:
        raise NothingToDoError(
            Problem("M114", "校准样本只有一类标签，无法校准", expected="有问题与无问题的样本都有")
        )
    weight = np.ones(len(labels)) if weights is None else weights
    if method == "platt":
        slope, intercept = _platt(margins, labels, weight)
        return Calibration(method="platt", slope=slope, intercept=intercept)
    knots, values = _isotonic(margins, labels, weight)
    return Calibration(
        method="isotonic", margins=tuple(knots.tolist()), probabilities=tuple(values.tolist())
    )


def to_probability(calibration: Calibration, margins: "Floats") -> "Floats":
    """Map margins to probabilities in [0, 1], f64; a higher margin never gives a lower one."""
    import numpy as np

    if calibration.method == "platt":
        line = np.clip(calibration.slope * margins + calibration.intercept, -500.0, 500.0)
        return np.asarray(1.0 / (1.0 + np.exp(-line)))
    return np.interp(margins, calibration.margins, calibration.probabilities)


def _platt(margins: "Floats", labels: "Floats", weight: "Floats") -> tuple[float, float]:
    """Newton steps on the weighted log-loss with Platt's smoothed targets.

    Source: Platt 1999; Lin, Lin, Weng 2007, "A note on Platt's probabilistic outputs".
    """
    import numpy as np

    positives = float(weight[labels > 0.5].sum())
    negatives = float(weight.sum()) - positives
    high, low = (positives + 1) / (positives + 2), 1 / (negatives + 2)
    target = np.where(labels > 0.5, high, low)

    def loss(a: float, b: float) -> float:
        line = a * margins + b
        return float((weight * (np.logaddexp(0.0, line) - target * line)).sum())

    slope, intercept = 0.0, float(np.log((positives + 1) / (negatives + 1)))
    best = loss(slope, intercept)
    for _ in range(100):
        step = _newton_step(margins, weight, target, slope, intercept)
        size = 1.0
        while size > 1e-10:  # halve until the loss falls: it is convex, so this ends well
            trial = (slope - size * step[0], intercept - size * step[1])
            found = loss(*trial)
            if found <= best:
                break
            size /= 2
        slope, intercept, best = trial[0], trial[1], found
        if max(abs(step[0]), abs(step[1])) < 1e-10:
            break
    if slope <= 0:  # a model that ranks backwards on later rows: no better than its base rate
        rate = positives / (positives + negatives)
        return 0.0, float(np.log(rate / (1 - rate)))
    return slope, intercept


def _newton_step(
    margins: "Floats", weight: "Floats", target: "Floats", slope: float, intercept: float
) -> tuple[float, float]:
    import numpy as np

    chance = 1.0 / (1.0 + np.exp(-np.clip(slope * margins + intercept, -500, 500)))
    gap = weight * (chance - target)
    curve = weight * chance * (1 - chance)
    mixed = float((curve * margins).sum())
    hessian = np.array(
        [
            [float((curve * margins**2).sum()) + 1e-9, mixed],
            [mixed, float(curve.sum()) + 1e-9],
        ]
    )
    gradient = np.array([float((gap * margins).sum()), float(gap.sum())])
    step = np.linalg.solve(hessian, gradient)
    return float(step[0]), float(step[1])


def _isotonic(margins: "Floats", labels: "Floats", weight: "Floats") -> tuple["Floats", "Floats"]:
    """Pool adjacent violators; a pool becomes two knots, at its lowest and highest margin.

    One row at the base rate is added at either end, so that no probability is 0 or 1 on the
    strength of a few rows.
    """
    import numpy as np

    rate = float((labels * weight).sum() / weight.sum())
    ends = np.array([margins.min(), margins.max()])
    margins = np.concatenate([margins, ends])
    labels = np.concatenate([labels, [rate, rate]])
    weight = np.concatenate([weight, [1.0, 1.0]])
    order = np.argsort(margins, kind="stable")
    x, y, w = margins[order], labels[order], weight[order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(x) > 0) + 1])
    sums, weights = np.add.reduceat(y * w, starts), np.add.reduceat(w, starts)
    pools: list[list[float]] = []  # [sum, weight, first margin, last margin]
    for first, total, mass in zip(x[starts], sums, weights, strict=True):
        pools.append([float(total), float(mass), float(first), float(first)])
        while len(pools) > 1 and pools[-2][0] * pools[-1][1] >= pools[-1][0] * pools[-2][1]:
            above = pools.pop()
            pools[-1] = [pools[-1][0] + above[0], pools[-1][1] + above[1], pools[-1][2], above[3]]
    knots, values = [], []
    for total, mass, first, last in pools:
        value = total / mass
        for knot in (first, last) if last > first else (first,):
            knots.append(knot)
            values.append(value)
    return np.array(knots), np.maximum.accumulate(np.array(values))
