"""Did it get better? Two draws of one item, compared at one class mix, not at two."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from riskwarn.draw.estimate import DrawData, StratumData, student_t


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The later rate minus the earlier one.

    `crude` mixes the change of the rates with that of the class mix; `change` is post-stratified
    to the later draw's mix, with a 95 % interval. None: a class was not checked in both.
    """

    item: str
    before: str
    after: str
    crude: float | None
    change: float | None
    low: float | None
    high: float | None
    note: str = ""


def changes(data: Sequence[DrawData], items: Mapping[str, Sequence[str]]) -> list[Change]:
    """Compare each item's draws, one after another.

    Takes:  data in the order of the draws; items, `draw/task` → item codes.
    """
    rows: dict[str, list[tuple[str, list[StratumData]]]] = {}
    for draw in data:
        for task_no in dict.fromkeys(row.task_no for row in draw.strata):
            own = [row for row in draw.strata if row.task_no == task_no and row.size]
            for item in items.get(f"{draw.draw_id}/{task_no}", ()):
                rows.setdefault(item, []).append((draw.draw_id, own))
    return [
        compare(item, before, after)
        for item, found in sorted(rows.items())
        for before, after in itertools.pairwise(found)
    ]


def compare(
    item: str, before: tuple[str, Sequence[StratumData]], after: tuple[str, Sequence[StratumData]]
) -> Change:
    """Compare two draws of one item."""
    old = {row.stratum: row for row in before[1]}
    new = {row.stratum: row for row in after[1]}
    size = sum(row.size for row in new.values())
    lacking = [
        name for name in new if name not in old or not old[name].checked or not new[name].checked
    ]
    if lacking or not size:
        note = f"{'、'.join(lacking)} 类未在两次中都有结果" if lacking else ""
        return Change(
            item=item, before=before[0], after=after[0],
            crude=None, change=None, low=None, high=None, note=note,
        )  # fmt: skip
    change = variance = spread = 0.0
    for name, row in new.items():
        weight = row.size / size
        change += weight * (row.problems / row.checked - old[name].problems / old[name].checked)
        for one in (row, old[name]):
            part = weight * weight * _variance(one)
            variance += part
            spread += part * part / max(one.checked - 1, 1)
    half = student_t(variance * variance / spread if spread else 1e9) * math.sqrt(variance)
    crude = _crude(list(new.values())) - _crude([row for row in before[1] if row.checked])
    return Change(
        item=item,
        before=before[0],
        after=after[0],
        crude=crude,
        change=change,
        low=max(-1.0, change - half),
        high=min(1.0, change + half),
    )


def _crude(rows: Sequence[StratumData]) -> float:
    size = sum(row.size for row in rows)
    return sum(row.size * row.problems / row.checked for row in rows) / size


def _variance(row: StratumData) -> float:
    """With half a problem added on either side: nothing found is not nothing there."""
    p = (row.problems + 0.5) / (row.checked + 1)
    left = 1 - row.checked / row.size
    return left * p * (1 - p) / row.checked
