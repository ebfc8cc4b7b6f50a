"""What random checks cost: who stood in the pools, who was drawn, how often."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from riskwarn.draw.estimate import DrawData
from riskwarn.draw.lines import Lines
from riskwarn.draw.pool import EXCLUDED


def coverage(data: Sequence[DrawData]) -> dict[str, int]:
    """Count for the burden report: in the pools, drawn, checked, excluded by reason."""
    strata = [row for draw in data for row in draw.strata]
    counts = {
        "eligible": sum(row.size for row in strata),
        "drawn": sum(row.drawn for row in strata),
        "checked": sum(row.checked for row in strata),
    }
    for draw in data:
        for reason, count in draw.excluded.items():
            name = f"{EXCLUDED}{reason}"
            counts[name] = counts.get(name, 0) + count
    return counts


def count_eligible(pools: Sequence[Lines]) -> int:
    """Count the enterprises that could be drawn in any of some draws; the pools are sorted."""
    return sum(1 for _ in groupby(heapq.merge(*(_eligible(pool) for pool in pools))))


def _eligible(pool: Lines) -> Iterator[str]:
    for line in pool:
        fields = line.split("\t")
        if any(not stratum.startswith(EXCLUDED) for stratum in fields[5].split("|")):
            yield fields[0]


def burden(rows: Sequence[Mapping[str, Any]], eligible: int) -> dict[str, Any]:
    """Count visits and checks of each enterprise over all draws.

    Takes:  rows, drawn targets (draw_id, task_no, uscc); eligible, enterprises in any pool.
    Gives:  enterprises drawn, and how many had 1, 2, … visits (one a draw, merged) and checks.
    """
    visits: dict[str, set[str]] = {}
    checks: dict[str, int] = {}
    for row in rows:
        visits.setdefault(row["uscc"], set()).add(row["draw_id"])
        checks[row["uscc"]] = checks.get(row["uscc"], 0) + 1
    by_visits: dict[int, int] = {}
    by_checks: dict[int, int] = {}
    for uscc, draws in visits.items():
        by_visits[len(draws)] = by_visits.get(len(draws), 0) + 1
        by_checks[checks[uscc]] = by_checks.get(checks[uscc], 0) + 1
    return {
        "eligible": eligible,
        "drawn": len(visits),
        "visits": {str(n): by_visits[n] for n in sorted(by_visits)},
        "checks": {str(n): by_checks[n] for n in sorted(by_checks)},
    }
