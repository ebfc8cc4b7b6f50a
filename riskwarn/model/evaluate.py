"""How well scores did on rows they were not fitted to, with intervals."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from riskwarn.model.config import JudgeSettings
from riskwarn.records.model import Estimate, Judgement
from riskwarn.tables.catalogue import load_catalogue

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

_EPOCH = date(1970, 1, 1)
_MOST_GROUPS = 12
_FEN_A_WAN = 1_000_000  # 万元


def auc(labels: "Floats", scores: "Floats") -> float:
    """Area under the ROC curve: the chance that a positive scores above a negative, ties half.

    Takes: labels 0/1, scores f64, any order. Gives NaN when a class is absent. O(n log n).
    """
    import numpy as np

    positives = labels > 0.5
    above, below = int(positives.sum()), int((~positives).sum())
    if not above or not below:
        return float("nan")
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = ends - (counts - 1) / 2.0  # the mean rank of each distinct score, from 1
    total = float(ranks[places[positives]].sum())
    return (total - above * (above + 1) / 2) / (above * below)


def average_precision(labels: "Floats", scores: "Floats") -> float:
    """Mean of the precision at each step of recall; equal scores are one step."""
    import numpy as np

    order = np.argsort(-scores, kind="stable")
    hits = labels[order] > 0.5
    if not hits.any():
        return float("nan")
    last = np.concatenate([np.diff(scores[order]) != 0, [True]])
    found, seen = np.cumsum(hits)[last], np.flatnonzero(last) + 1
    gained = np.diff(np.concatenate([[0], found]))
    return float((gained * found / seen).sum() / hits.sum())


def accuracy(labels: "Floats", chances: "Floats") -> float:
    """Share of rows on the right side of one half; exactly one half counts as positive."""
    return float(((chances >= 0.5) == (labels > 0.5)).mean())


def f1(labels: "Floats", chances: "Floats") -> float:
    """Harmonic mean of precision and recall at one half; 0 when nothing positive is found."""
    said, true = chances >= 0.5, labels > 0.5
    both = int((said & true).sum())
    return 2 * both / (int(said.sum()) + int(true.sum())) if both else 0.0


def precision_at(labels: "Floats", scores: "Floats", capacity: int) -> float:
    """Share of positives among the `capacity` highest scores; ties at the cut count by share."""
    import numpy as np

    if not 0 < capacity <= len(scores):
        return float("nan")
    cut = np.partition(scores, len(scores) - capacity)[len(scores) - capacity]
    above, level = scores > cut, scores == cut
    room = capacity - int(above.sum())
    found = float((labels[above] > 0.5).sum()) + room * float((labels[level] > 0.5).mean())
    return found / capacity


def days_earlier(labels: "Floats", scores: "Floats", days: "Ints") -> float:
    """Mean days by which positives are visited earlier when the highest scores go first.

    The real number of visits a day is kept; the same days are handed out again by falling score.
    Equal scores share the mean of their days, so that the file's order decides nothing.
    Source: Chicago/food-inspections-evaluation, CODE/31_xgboost_model_evaluation.R.
    """
    positives = labels > 0.5
    if not positives.any():
        return float("nan")
    return float((days[positives] - _new_days(scores, days)[positives]).mean())


def found_in_first_half(labels: "Floats", scores: "Floats", days: "Ints") -> float:
    """Share of positives visited on days whose running total of visits is below half of all."""
    import numpy as np

    order = np.argsort(-scores, kind="stable")
    dealt = np.empty(len(days), dtype=np.int64)
    dealt[order] = np.sort(days)
    return share_before_half(labels, dealt)


def share_before_half(labels: "Floats", days: "Ints") -> float:
    """The same share for given visit days."""
    import numpy as np

    each, counts = np.unique(days, return_counts=True)
    early = each[np.cumsum(counts) < len(days) / 2]
    positives = labels > 0.5
    return float(np.isin(days[positives], early).mean()) if positives.any() else float("nan")


def _new_days(scores: "Floats", days: "Ints") -> "Floats":
    import numpy as np

    order = np.argsort(-scores, kind="stable")
    dealt = np.sort(days).astype(np.float64)
    _, places = np.unique(-scores[order], return_inverse=True)
    means = np.bincount(places, weights=dealt) / np.bincount(places)
    out = np.empty(len(days))
    out[order] = means[places]
    return out


def calibration_table(
    labels: "Floats", chances: "Floats", bins: int = 10
) -> tuple[Mapping[str, float], ...]:
    """Expected and observed share in bins of equal size by probability, lowest first."""
    import numpy as np

    order = np.argsort(chances, kind="stable")
    return tuple(
        {
            "rows": float(len(part)),
            "expected": float(chances[part].mean()),
            "observed": float(labels[part].mean()),
        }
        for part in np.array_split(order, min(bins, len(order)))
    )


def bootstrap(figure: "Callable[[Ints], float]", rows: int, times: int, seed: int) -> Estimate:
    """Give a figure on all rows, and its 2.5 and 97.5 percentiles over resampled rows."""
    import numpy as np

    value = figure(np.arange(rows))
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn = [figure(generator.integers(0, rows, rows)) for _ in range(times)]
    kept = [x for x in drawn if np.isfinite(x)]
    if not kept:
        return Estimate(value=value, low=float("nan"), high=float("nan"))
    low, high = np.percentile(kept, [2.5, 97.5])
    return Estimate(value=value, low=float(low), high=float(high))


def judge(
    rows: "pl.DataFrame",
    chances: "Floats",
    settings: JudgeSettings,
    seed: int,
    units: Mapping[str, str] | None = None,
) -> Judgement:
    """Judge probabilities on test rows.

    Takes:  rows with label 0/1, as_of i32, visit_day i32 where the schedule is judged, and the
            columns of settings.groups; chances f64 in the order of rows; units of the columns.
    Gives:  Judgement; every interval from the same seeded resampling.
    """
    import numpy as np

    labels = rows["label"].to_numpy().astype(np.float64)
    capacity = max(1, round(settings.capacity_share * len(labels)))

    def at(figure: "Callable[[Floats, Floats], float]") -> Estimate:
        return bootstrap(
            lambda i: figure(labels[i], chances[i]), len(labels), settings.bootstrap, seed
        )

    estimates = {
        "auc": at(auc),
        "average_precision": at(average_precision),
        "precision_at_capacity": at(lambda y, p: precision_at(y, p, capacity)),
        "lift_at_capacity": at(lambda y, p: _ratio(precision_at(y, p, capacity), float(y.mean()))),
        "brier": at(lambda y, p: float(((p - y) ** 2).mean())),
        "base_rate": at(lambda y, _: float(y.mean())),
    }
    if settings.schedule:
        days = rows["visit_day"].to_numpy().astype(np.int64)

        def on(figure: "Callable[[Floats, Floats, Ints], float]") -> Estimate:
            return bootstrap(
                lambda i: figure(labels[i], chances[i], days[i]),
                len(labels),
                settings.bootstrap,
                seed,
            )

        estimates["days_earlier"] = on(days_earlier)
        estimates["found_in_first_half"] = on(found_in_first_half)
        estimates["found_in_first_half_really"] = on(lambda y, _, d: share_before_half(y, d))
    as_of = rows["as_of"].to_numpy()
    return Judgement(
        rows=len(labels),
        positives=int(labels.sum()),
        first_on=_EPOCH + timedelta(days=int(as_of.min())),
        last_on=_EPOCH + timedelta(days=int(as_of.max())),
        estimates=estimates,
        calibration=calibration_table(labels, chances),
        groups={
            name: by_group(rows, chances, name, capacity, (units or {}).get(name, ""))
            for name in settings.groups
        },
    )


def by_group(
    rows: "pl.DataFrame", chances: "Floats", column: str, capacity: int, unit: str = ""
) -> tuple[Mapping[str, float | str], ...]:
    """How often each group is selected and how often that was right (a fairness table).

    Numbers are cut into quartiles of the test rows, in rising order; texts by value, the most
    frequent twelve. Money (unit fen) is shown in 万元, codes in the catalogue's words.
    Gives per group: rows, observed rate, mean probability, share selected, the share of those
    selected that was confirmed (precision), the share of its positives that was selected (recall),
    and precision over the group's own rate (lift).
    """
    import numpy as np
    import polars as pl

    order = np.argsort(-chances, kind="stable")
    chosen = np.zeros(len(chances), dtype=bool)
    chosen[order[:capacity]] = True
    frame = pl.DataFrame(
        {
            "group": _groups(rows[column], unit),
            "label": rows["label"].to_numpy().astype(np.float64),
            "chance": chances,
            "chosen": chosen,
        }
    )
    table = frame.group_by("group").agg(
        pl.len().alias("rows"),
        pl.col("label").mean().alias("observed"),
        pl.col("chance").mean().alias("expected"),
        pl.col("chosen").mean().alias("selected"),
        pl.col("label").filter(pl.col("chosen")).mean().alias("confirmed"),
        (pl.col("label").filter(pl.col("chosen")).sum() / pl.col("label").sum()).alias("found"),
    )
    table = table.with_columns(
        pl.col("found").fill_nan(None),
        lift=(pl.col("confirmed") / pl.col("observed")).fill_nan(None),
    )
    if rows[column].dtype.is_numeric():
        ordered = table.sort(pl.col("group").replace_strict(_order(frame["group"], rows[column])))
    else:
        ordered = table.sort(["rows", "group"], descending=[True, False])
    ordered = ordered.head(_MOST_GROUPS)
    return tuple(
        {key: "—" if value is None else value for key, value in row.items()}
        for row in ordered.iter_rows(named=True)
    )


def _order(groups: "pl.Series", values: "pl.Series") -> dict[str, float]:
    """Each group's least value; of the unknown, infinity."""
    import polars as pl

    least = (
        pl.DataFrame({"g": groups, "v": values.cast(pl.Float64)})
        .group_by("g")
        .agg(pl.col("v").min().fill_null(float("inf")))
    )
    return dict(least.iter_rows())


def _groups(series: "pl.Series", unit: str) -> "pl.Series":
    import numpy as np
    import polars as pl

    if not series.dtype.is_numeric():
        return _in_words(series).fill_null("未知")
    known = series.drop_nulls().cast(pl.Float64)
    if known.n_unique() <= 6:
        return series.cast(pl.Float64).cast(pl.String).fill_null("未知")
    cuts = sorted({float(known.quantile(q) or 0) for q in (0.25, 0.5, 0.75)})
    scale, word = (_FEN_A_WAN, " 万元") if unit == "fen" else (1, "")
    shown = [f"{cut / scale:g}" for cut in cuts]
    labels = [f"≤ {shown[0]}", *(f"{a} – {b}" for a, b in pairwise(shown)), f"> {shown[-1]}"]
    values = series.cast(pl.Float64)
    places = np.searchsorted(cuts, values.fill_null(0.0).to_numpy(), side="left")
    names = pl.Series([labels[place] + word for place in places], dtype=pl.String)
    return names.set(values.is_null(), "未知")


def _in_words(series: "pl.Series") -> "pl.Series":
    """A code of the enterprise table as people say it; other texts as they are."""
    import polars as pl

    catalogue = load_catalogue()
    column = catalogue.table("enterprise").columns.get(series.name)
    text = series.cast(pl.String)
    if column is None or not column.codes or column.codes not in catalogue.codes:
        return text
    codes = catalogue.codes[column.codes]
    return text.replace({code: codes.label(code) for code in codes.values})


def flatten(estimates: Mapping[str, Estimate], digits: int = 4) -> dict[str, Sequence[float]]:
    """Give value, low, high of each figure, rounded for people and JSON."""
    return {
        name: [round(e.value, digits), round(e.low, digits), round(e.high, digits)]
        for name, e in estimates.items()
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
