"""Champion and challenger, judged on the same later rows, with the interval of the difference."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from riskwarn.errors import NothingToDoError, Problem
from riskwarn.model.evaluate import auc, average_precision, bootstrap, precision_at
from riskwarn.records.model import Compared, Estimate, ModelLock

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]
    Figure = Callable[[Floats, Floats], float]

_EPOCH = date(1970, 1, 1)
_FEWEST = 20  # rows below which no comparison is worth a number


def later_rows(rows: "pl.DataFrame", locks: tuple[ModelLock, ModelLock]) -> "pl.DataFrame":
    """Keep the labelled rows whose day lies after what either model has learned.

    Raises: NothingToDoError M151 when fewer than 20 are left or they have one outcome only.
    """
    import polars as pl

    until = max(lock.fitted_until for lock in locks)
    kept = rows.filter(pl.col("as_of") >= (until - _EPOCH).days)
    if kept.height < _FEWEST or kept["label"].n_unique() < 2:
        expected = f"{until} 之后至少 {_FEWEST} 条、两类都有的样本"
        text = f"两个模型都没有学过的样本只有 {kept.height} 条，不能比较"
        raise NothingToDoError(Problem("M151", text, expected=expected))
    return kept


def compare(
    rows: "pl.DataFrame",
    names: tuple[str, str],
    heard: tuple["Floats", "Floats"],
    capacity_share: float,
    times: int,
    seed: int,
) -> Compared:
    """Compare two models' probabilities.

    Takes:  rows with label and as_of; names and probabilities f64 of champion and challenger in
            the order of rows, NaN (nothing known) counts as the lowest.
    """
    import numpy as np

    labels = rows["label"].to_numpy().astype(np.float64)
    first, second = (np.where(np.isfinite(p), p, -1.0) for p in heard)
    capacity = max(1, round(capacity_share * len(labels)))
    figures: dict[str, Figure] = {
        "auc": auc,
        "average_precision": average_precision,
        "precision_at_capacity": lambda y, p: precision_at(y, p, min(capacity, len(y))),
        "brier": lambda y, p: float(((np.clip(p, 0, 1) - y) ** 2).mean()),
    }

    def measure(scores: Callable[["Ints"], "Floats"] | None, figure: "Figure") -> Estimate:
        """One model's figure; without scores the second's minus the first's, row by row."""

        def of(i: "Ints") -> float:
            if scores is not None:
                return figure(labels[i], scores(i))
            return figure(labels[i], second[i]) - figure(labels[i], first[i])

        return bootstrap(of, len(labels), times, seed)

    alone = [
        {name: measure(p.__getitem__, f) for name, f in figures.items()} for p in (first, second)
    ]
    gain = {name: measure(None, f) for name, f in figures.items()}
    chosen = [set(np.argsort(-p, kind="stable")[:capacity].tolist()) for p in (first, second)]
    days = rows["as_of"].to_numpy()
    return Compared(
        champion=names[0],
        challenger=names[1],
        rows=len(labels),
        positives=int(labels.sum()),
        first_on=_EPOCH + timedelta(days=int(days.min())),
        last_on=_EPOCH + timedelta(days=int(days.max())),
        of_champion=alone[0],
        of_challenger=alone[1],
        gain=gain,
        same_leads=len(chosen[0] & chosen[1]) / capacity,
    )
