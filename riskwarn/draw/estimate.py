"""What the draw says about everybody: unbiased problem rates with honest intervals.

A drawn enterprise stands for size/seats others of its stratum. Within a batch, strata are simple
random samples of known size, so the stratified estimator with Neyman's variance and the finite
population correction is exact design-based inference; no model enters. Whoever was excluded by a
no-repeat rule or cap is not spoken for, and the share that is spoken for is shown.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from riskwarn.draw.freeze import Frozen

TAIL = 0.025  # on either side of a 95 % interval
Z95 = 1.959963984540054  # standard normal quantile, 97.5 %
# Student's t, 97.5 %, by degrees of freedom: few checks must not look certain.
_T975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
_T975_MORE = ((12, 2.179), (15, 2.131), (20, 2.086), (30, 2.042), (60, 2.000), (120, 1.980))


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumData:
    """One stratum of one task: sizes and what the checks found."""

    task_no: str
    stratum: str
    size: int
    drawn: int
    checked: int
    problems: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawData:
    """One draw with its results so far."""

    draw_id: str
    strata: tuple[StratumData, ...]
    register: int
    excluded: Mapping[str, int]

    @classmethod
    def make(
        cls,
        draw_id: str,
        frozen: Frozen,
        targets: Sequence[Mapping[str, Any]],
        results: Sequence[Mapping[str, Any]],
        problem: frozenset[str],
    ) -> "DrawData":
        """Take the frozen sizes, the drawn targets and the stored results of one draw.

        A check counts as a problem when any of its departments found one.
        """
        found: dict[tuple[str, str], bool] = {}
        for row in results:
            key = (row["task_no"], row["uscc"])
            found[key] = found.get(key, False) or bool(problem & set(row["codes"].split("|")))
        strata = []
        excluded: dict[str, int] = {}
        for task in frozen.header["tasks"]:
            for cell in task["strata"]:
                own = [
                    (t["task_no"], t["uscc"])
                    for t in targets
                    if t["task_no"] == task["task"]
                    and t["stratum"] == cell["name"]
                    and not t["reserve"]
                ]
                seen = [found[key] for key in own if key in found]
                strata.append(
                    StratumData(
                        task_no=task["task"],
                        stratum=cell["name"],
                        size=cell["size"],
                        drawn=len(own),
                        checked=len(seen),
                        problems=sum(seen),
                    )
                )
            for reason, count in task["excluded"].items():
                excluded[reason] = excluded.get(reason, 0) + count
        return cls(
            draw_id=draw_id,
            strata=tuple(strata),
            register=frozen.header["lists"]["pool.txt"]["count"],
            excluded=excluded,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A problem rate among `size` enterprises, with a 95 % interval; None: nothing can be said."""

    label: str
    size: int
    checked: int
    rate: float | None
    low: float | None
    high: float | None
    note: str = ""


def estimate_stratum(row: StratumData) -> Estimate:
    """Estimate one stratum: exact hypergeometric interval, which holds for any number of checks."""
    label = f"{row.task_no}/{row.stratum}"
    note = f"{row.drawn - row.checked} 户尚无结果" if row.checked < row.drawn else ""
    if not row.checked:
        return Estimate(
            label=label, size=row.size, checked=0, rate=None, low=None, high=None, note=note
        )
    low, high = _hypergeometric(row.size, row.checked, row.problems)
    return Estimate(
        label=label,
        size=row.size,
        checked=row.checked,
        rate=row.problems / row.checked,
        low=low / row.size,
        high=high / row.size,
        note=note,
    )


def _hypergeometric(size: int, checked: int, problems: int) -> tuple[int, int]:
    """Give the least and greatest number of problems among `size` that 95 % cannot rule out."""
    from scipy.stats import hypergeom

    def too_few(total: int) -> bool:  # so few problems that this many would be a surprise
        return bool(hypergeom.sf(problems - 1, size, total, checked) < TAIL)

    def too_many(total: int) -> bool:
        return bool(hypergeom.cdf(problems, size, total, checked) < TAIL)

    most = size - (checked - problems)
    low = _first(problems, most, lambda total: not too_few(total))
    high = _first(low, most + 1, too_many) - 1
    return low, high


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Give the first whole number in [low, high) from which on `holds`, else high."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def estimate_total(label: str, rows: Sequence[StratumData]) -> Estimate:
    """Estimate the rate over several strata: Horvitz–Thompson with the checks as drawn.

    Gives:  rate Σ N_h p_h / Σ N_h; variance Σ (N_h/N)² (1 − n_h/N_h) p_h(1 − p_h)/(n_h − 1);
            score interval with Satterthwaite degrees of freedom. A stratum with no check makes the
            whole unknown; one with a single check is pooled with its neighbour in risk.
    """
    size = sum(row.size for row in rows)
    checked = sum(row.checked for row in rows)
    missing = [row.stratum for row in rows if not row.checked]
    if not size or missing:
        note = f"{'、'.join(missing)} 类没有结果，不能推断总体" if missing else ""
        return Estimate(
            label=label, size=size, checked=checked, rate=None, low=None, high=None, note=note
        )
    rate = sum(row.size * row.problems / row.checked for row in rows) / size
    parts = [_variance(row, size) for row in pool_thin(rows)]
    if (
        sum(part for part, _ in parts) == 0
    ):  # all alike: fall back on the exact interval of the pooled sample
        pooled = StratumData(
            task_no=label,
            stratum="",
            size=size,
            drawn=checked,
            checked=checked,
            problems=sum(row.problems for row in rows),
        )
        exact = estimate_stratum(pooled)
        return Estimate(
            label=label, size=size, checked=checked, rate=rate, low=exact.low, high=exact.high
        )
    low, high = score_interval(rate, parts, checked)
    return Estimate(label=label, size=size, checked=checked, rate=rate, low=low, high=high)


def score_interval(
    rate: float, parts: Sequence[tuple[float, int]], checked: int
) -> tuple[float, float]:
    """Give the 95 % interval of a rate.

    Takes:  parts, each stratum's share of the variance with its degrees of freedom; where they
            come to nothing (all alike), the number of checks stands for the sureness.
    """
    variance = sum(part for part, _ in parts)
    if variance <= 0 or not 0 < rate < 1:
        return _wilson(rate, checked, Z95)
    spread = sum(part * part / df for part, df in parts if df)
    df = variance * variance / spread if spread else 0.0
    z = student_t(df) if df else Z95
    return _wilson(rate, rate * (1 - rate) / variance, z)


def _wilson(rate: float, checks: float, z: float) -> tuple[float, float]:
    """Wilson's score interval with the number of simple checks that would be as sure.

    The plain interval (rate ± z·s) holds 92.5 % where 95 % is promised and problems are rare; this
    one leans to the middle as it should. Source: Franco et al., J. Surv. Stat. Methodol. 2019.
    """
    middle = (rate + z * z / (2 * checks)) / (1 + z * z / checks)
    half = z * math.sqrt(rate * (1 - rate) / checks + z * z / (4 * checks * checks))
    half /= 1 + z * z / checks
    return max(0.0, middle - half), min(1.0, middle + half)


def pool_thin(rows: Sequence[StratumData]) -> list[StratumData]:
    """For the variance only, join a stratum with one check to the one before it (else after)."""
    joined: list[StratumData] = []
    for row in rows:
        if joined and (row.checked < 2 or joined[-1].checked < 2):
            last = joined.pop()
            row = StratumData(
                task_no=row.task_no,
                stratum=last.stratum + row.stratum,
                size=last.size + row.size,
                drawn=last.drawn + row.drawn,
                checked=last.checked + row.checked,
                problems=last.problems + row.problems,
            )
        joined.append(row)
    return joined


def _variance(row: StratumData, total: int) -> tuple[float, int]:
    if row.checked < 2:
        return 0.0, 0
    p = row.problems / row.checked
    share = row.size / total
    left = 1 - row.checked / row.size
    return share * share * left * p * (1 - p) / (row.checked - 1), row.checked - 1


def student_t(df: float) -> float:
    if df < 1:
        return _T975[0]
    if df <= len(_T975):
        return _T975[int(df) - 1]
    usable = [value for at, value in _T975_MORE if at <= df]
    return usable[-1] if usable else _T975[-1]
