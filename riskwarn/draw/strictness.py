"""How strict officers are: who checks whom was drawn, so their checks are alike but for chance.

Within a cell — one draw, task, class, region and department — every officer who may go is as likely
to get one check as another. Under "all are equally strict", the problems an officer finds are
therefore a random draw of the cell's: mean and variance are those of the hypergeometric
distribution, added over cells. Officers who are alone in their cells cannot be judged.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from riskwarn.draw.domains import CheckRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Strictness:
    """One officer: problems found against those expected of anybody with the same checks.

    `z`, `p`: None when chance alone could not have varied it. `p_adjusted` is Holm's, over all
    officers judged: below 0.05, at least one is unlike the others beyond chance.
    """

    officer_no: str
    checks: int
    found: int
    expected: float
    z: float | None
    p: float | None
    p_adjusted: float | None


def officer_strictness(rows: Iterable[CheckRow]) -> list[Strictness]:
    """Compare every officer with chance; sorted by officer_no."""
    cells: dict[tuple[str, ...], list[CheckRow]] = {}
    for row in rows:
        key = (row.draw_id, row.task_no, row.stratum, row.region, row.department)
        cells.setdefault(key, []).append(row)
    sums: dict[str, list[float]] = {}  # checks, found, expected, variance
    for _, members in sorted(cells.items()):
        rate = sum(row.problem for row in members) / len(members)
        for number in sorted({n for row in members for n in row.officers}):
            own = [row for row in members if number in row.officers]
            share = sums.setdefault(number, [0, 0, 0.0, 0.0])
            share[0] += len(own)
            share[1] += sum(row.problem for row in own)
            share[2] += len(own) * rate
            if len(members) > 1:
                left = (len(members) - len(own)) / (len(members) - 1)
                share[3] += len(own) * rate * (1 - rate) * left
    return _adjusted([_judge(number, *sums[number]) for number in sorted(sums)])


def _judge(
    number: str, checks: float, found: float, expected: float, variance: float
) -> Strictness:
    z = (found - expected) / math.sqrt(variance) if variance > 0 else None
    p = math.erfc(abs(z) / math.sqrt(2)) if z is not None else None
    return Strictness(
        officer_no=number,
        checks=int(checks),
        found=int(found),
        expected=expected,
        z=z,
        p=p,
        p_adjusted=None,
    )


def _adjusted(rows: list[Strictness]) -> list[Strictness]:
    """Holm's step-down: many officers, so the least p must be smaller to count."""
    from dataclasses import replace

    order = sorted((row.p, at) for at, row in enumerate(rows) if row.p is not None)
    worst = 0.0
    done = list(rows)
    for rank, (p, at) in enumerate(order):
        worst = max(worst, min(1.0, p * (len(order) - rank)))
        done[at] = replace(rows[at], p_adjusted=worst)
    return done
