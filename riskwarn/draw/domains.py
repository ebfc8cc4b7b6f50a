"""Checks as rows, and rates of groups that no stratum was made for: regions, arms, classes, items.

A region's checks are whoever of each stratum's sample happens to lie there. Horvitz–Thompson
weights (size / checked) give numerator and denominator, their ratio the rate, and Taylor's
linearisation the variance; the interval is the score interval of the totals.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from riskwarn.draw.estimate import (
    DrawData,
    Estimate,
    StratumData,
    estimate_total,
    score_interval,
)
from riskwarn.draw.freeze import Frozen

REGION_DIGITS = 6  # county


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """One result: one task at one enterprise by one department's crew."""

    draw_id: str
    task_no: str
    stratum: str
    uscc: str
    region: str
    department: str
    officers: tuple[str, ...]
    problem: bool


def check_rows(
    draw_id: str,
    frozen: Frozen,
    targets: Sequence[Mapping[str, Any]],
    results: Sequence[Mapping[str, Any]],
    problem: frozenset[str],
) -> list[CheckRow]:
    """Give the results of one draw with stratum and region, in fixed order."""
    strata = {(t["task_no"], t["uscc"]): t["stratum"] for t in targets if not t["reserve"]}
    rows = []
    for row in sorted(results, key=lambda r: (r["task_no"], r["uscc"], r["department"])):
        line = frozen.pool.find(row["uscc"])
        rows.append(
            CheckRow(
                draw_id=draw_id,
                task_no=row["task_no"],
                stratum=strata[row["task_no"], row["uscc"]],
                uscc=row["uscc"],
                region=line[1] if line else "",
                department=row["department"],
                officers=tuple(row["officers"].split("|")),
                problem=bool(problem & set(row["codes"].split("|"))),
            )
        )
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainData:
    """A stratum's sample seen from one group: of `checked`, `inside` lie in it."""

    size: int
    checked: int
    inside: int
    problems: int


def estimate_domain(label: str, rows: Sequence[DomainData]) -> Estimate:
    """Estimate the rate of a group that cuts across strata.

    Gives:  size, the estimated number of enterprises in it; a group nobody of which was checked,
            or a stratum without any check, makes the rate unknown.
    """
    checked = sum(row.inside for row in rows)
    missing = any(not row.checked for row in rows)
    if not checked or missing:
        note = "有的风险类别没有结果，不能推断" if missing else ""
        return Estimate(
            label=label, size=0, checked=checked, rate=None, low=None, high=None, note=note
        )
    size = sum(row.size * row.inside / row.checked for row in rows)
    rate = sum(row.size * row.problems / row.checked for row in rows) / size
    parts = [(_spread(row, rate) / (size * size), row.checked - 1) for row in rows]
    low, high = score_interval(rate, parts, checked)
    return Estimate(label=label, size=round(size), checked=checked, rate=rate, low=low, high=high)


def _spread(row: DomainData, rate: float) -> float:
    """Variance of the stratum's weighted residuals: 1 − R for a problem, −R for none, 0 outside."""
    if row.checked < 2:
        return 0.0
    fine = row.inside - row.problems
    total = row.problems * (1 - rate) - fine * rate
    squares = row.problems * (1 - rate) ** 2 + fine * rate * rate
    variance = (squares - total * total / row.checked) / (row.checked - 1)
    return row.size * row.size * (1 - row.checked / row.size) * variance / row.checked


def by_region(data: DrawData, rows: Iterable[CheckRow]) -> list[Estimate]:
    """Give each region's rate for each task of a draw, as `task/region`."""
    found: dict[tuple[str, str], CheckRow] = {}
    problems: dict[tuple[str, str], bool] = {}
    for row in rows:
        key = (row.task_no, row.uscc)
        found[key] = row
        problems[key] = problems.get(key, False) or row.problem
    counts: dict[tuple[str, str], dict[str, list[int]]] = {}
    for key, row in found.items():
        place = (row.task_no, row.region[:REGION_DIGITS] or "不详")
        cell = counts.setdefault(place, {}).setdefault(row.stratum, [0, 0])
        cell[0] += 1
        cell[1] += problems[key]
    estimates = []
    for (task_no, region), cells in sorted(counts.items()):
        own = [row for row in data.strata if row.task_no == task_no and row.drawn]
        parts = [
            DomainData(
                size=row.size,
                checked=row.checked,
                inside=cells.get(row.stratum, (0, 0))[0],
                problems=cells.get(row.stratum, (0, 0))[1],
            )
            for row in own
        ]
        estimates.append(estimate_domain(f"{task_no}/{region}", parts))
    return estimates


def by_group(data: Sequence[DrawData], groups: Mapping[str, Sequence[str]]) -> list[Estimate]:
    """Give totals over several tasks.

    Takes:  groups, label → `draw/task` of its members.
    Gives:  one estimate a label, over enterprise × task; strata that nothing was drawn from are
            not spoken for.
    """
    every = {f"{d.draw_id}/{row.task_no}": (d, row.task_no) for d in data for row in d.strata}
    estimates = []
    for label, members in sorted(groups.items()):
        rows: list[StratumData] = []
        for name in members:
            draw, task_no = every[name]
            rows += [row for row in draw.strata if row.task_no == task_no and row.drawn]
        estimates.append(estimate_total(label, rows))
    return estimates


def by_class(data: Sequence[DrawData]) -> list[Estimate]:
    """Give each risk class's rate over all tasks."""
    names = sorted({row.stratum for draw in data for row in draw.strata if row.drawn})
    return [
        estimate_total(name, [r for d in data for r in d.strata if r.stratum == name and r.drawn])
        for name in names
    ]
