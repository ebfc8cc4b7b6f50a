"""When results must be public, and which are."""

from datetime import date
from typing import Any

from riskwarn.draw.freeze import load_frozen
from riskwarn.draw.results import overdue
from riskwarn.leads.calendar import work_calendar
from riskwarn.results_back.checks import read_checks
from riskwarn.store import draws as kept
from riskwarn.store.store import Store
from riskwarn.workspace import Workspace

PUBLISH_DAYS = 20  # working days from the end of a check to its publication


def due_list(ws: Workspace, draw_id: str, on: date) -> dict[str, list[dict[str, Any]]]:
    """Say what is late and what must be published by when.

    Gives:  late, checks without a result though the time to finish them is over; publish, each
            result with its last day (20 working days after the check; provisional while a year's
            holidays are not published) and whether that day has passed.
    Source: 20 working days, 总局 2018-06-08; 冀政办发〔2015〕22号.
    """
    with Store.open(ws) as store:
        checks, drawn_on = read_checks(store, draw_id, {})
        rows = [r for r in kept.results_of(store, draw_id) if r["imported_on"] <= on.isoformat()]
        attempt = sum(e["kind"] == "freeze" for e in kept.events_of(store, draw_id))
        days = load_frozen(kept.read_files(store, draw_id, attempt)).header["finish_within_days"]
    late = overdue(checks, [row["seal"] for row in rows], drawn_on, days, on)
    publish = []
    for row in rows:
        checked_on = date.fromisoformat(row["checked_on"])
        calendar = work_calendar([checked_on.year, checked_on.year + 1])
        by, provisional = calendar.add_working_days(checked_on, PUBLISH_DAYS)
        publish.append(
            {
                "task": row["task_no"],
                "uscc": row["uscc"],
                "by": by.isoformat(),
                "provisional": provisional,
                "passed": by < on,
            }
        )
    shown = [{"task": c.task_no, "uscc": c.uscc, "officers": list(c.officers)} for c in late]
    return {"late": shown, "publish": publish}
