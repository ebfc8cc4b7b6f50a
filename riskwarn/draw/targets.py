"""Rows of drawn targets as the store keeps them, each with its exact chance."""

from datetime import date
from typing import Any

from riskwarn.draw.freeze import Frozen
from riskwarn.draw.run import Draw
from riskwarn.records.draw import IN_CHARGE


def target_rows(draw_id: str, frozen: Frozen, draw: Draw, on: date) -> list[dict[str, Any]]:
    """Give one row a target: chance_num / chance_den = seats / (size - capped) of its stratum.

    That is the chance that everybody of the stratum had who still had room; the chance of those
    who were not drawn follows from the same row of result.json and the frozen pool.
    """
    tasks = {task["task"]: task for task in frozen.header["tasks"]}
    seats = {(row.task_no, row.stratum): row for row in draw.drawn.seats}
    places = draw.drawn.places
    rows = []
    for target in draw.drawn.targets:
        task = tasks[target.task_no]
        row = seats[target.task_no, target.stratum]
        code = task["authority"]
        rows.append(
            {
                "draw_id": draw_id,
                "task_no": target.task_no,
                "uscc": target.uscc,
                "stratum": target.stratum,
                "reserve": int(target.reserve),
                "rank": target.rank,
                "authority": places[target.uscc][1] if code == IN_CHARGE else code,
                "items": ",".join(item["code"] for item in task["items"]),
                "drawn_on": on.isoformat(),
                "chance_num": row.seats,
                "chance_den": row.size - row.capped,
            }
        )
    return rows
