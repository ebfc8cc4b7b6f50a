"""From drawn enterprises to visits and crews: 进一次门、查多项事.

Targets that several tasks drew become one visit. A visit needs one crew for each department and
qualification that its tasks ask for. Merging happens after the lottery and looks at nothing but
its outcome, so it cannot change anybody's chance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from riskwarn.records.draw import IN_CHARGE, Crew, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCount:
    """What merging saves: visits if every task and department went alone, and visits now."""

    apart: int
    merged: int

    @property
    def saved(self) -> int:
        return self.apart - self.merged


def form_crews(
    header: Mapping[str, Any], targets: Sequence[Target], departments: Mapping[str, str]
) -> tuple[list[Crew], VisitCount]:
    """Give the crews to be staffed, sorted by (uscc, department, qualification).

    Takes:  departments, uscc → the department in charge of it.
    """
    tasks = {task["task"]: task for task in header["tasks"]}
    wanted: dict[tuple[str, str, str], list[str]] = {}
    apart = 0
    for target in targets:
        if target.reserve:
            continue
        for demand in tasks[target.task_no]["demands"]:
            code = demand["department"]
            code = departments[target.uscc] if code == IN_CHARGE else code
            wanted.setdefault((target.uscc, code, demand["qualification"]), []).append(
                target.task_no
            )
            apart += 1
    crews = [
        Crew(uscc=uscc, department=code, qualification=need, tasks=tuple(sorted(nos)), officers=())
        for (uscc, code, need), nos in sorted(wanted.items())
    ]
    merged = len({crew.uscc for crew in crews})
    return crews, VisitCount(apart=apart, merged=merged)
