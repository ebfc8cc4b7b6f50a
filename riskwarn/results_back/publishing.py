"""When results must be public, and which are."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from riskwarn.draw.publish import write_folder
from riskwarn.draw.results import overdue
from riskwarn.errors import NothingToDoError, Problem
from riskwarn.leads.calendar import work_calendar
from riskwarn.results_back.checks import read_checks
from riskwarn.results_back.follow_ups import show_follow_ups
from riskwarn.store import draw_amends as amends
from riskwarn.store import draws as kept
from riskwarn.store.lock import hold_lock
from riskwarn.store.store import Store
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.workspace import Workspace

PUBLISH_DAYS = 20  # working days from the end of a check to its publication
FIELDS = ("task_no", "uscc", "department", "codes")


def due_list(ws: Workspace, draw_id: str, on: date) -> dict[str, list[dict[str, Any]]]:
    """Say what is late and what must be published by when.

    Gives:  late, checks without a result though the time to finish them is over; publish, each
            result with its last day (20 working days after the check; provisional while a year's
            holidays are not published), the day it was published, and whether it is overdue; a
            result that was corrected since counts as not yet published; follow_ups, what results
            opened, by when, what is late, what was withdrawn and why.
    Source: 20 working days, 总局 2018-06-08; 冀政办发〔2015〕22号.
    """
    with Store.open(ws) as store:
        checks, drawn_on = read_checks(store, draw_id)
        rows = amends.results_as_of(store, draw_id, on)
        done = amends.published_of(store, draw_id, on)
        attempt = sum(e["kind"] == "freeze" for e in kept.events_of(store, draw_id))
        files = kept.read_files(store, draw_id, attempt, only=("freeze.json",))
        days = json.loads(files["freeze.json"])["finish_within_days"]
        follows = show_follow_ups(store, draw_id, on)
    late = overdue(checks, [row["seal"] for row in rows], drawn_on, days, on)
    publish = []
    for row in rows:
        checked_on = date.fromisoformat(row["checked_on"])
        calendar = work_calendar([checked_on.year, checked_on.year + 1])
        by, provisional = calendar.add_working_days(checked_on, PUBLISH_DAYS)
        shown_on = done.get(tuple(row[field] for field in FIELDS))
        publish.append(
            {
                "task": row["task_no"],
                "uscc": row["uscc"],
                "by": by.isoformat(),
                "provisional": provisional,
                "published_on": shown_on,
                "passed": shown_on is None and by < on,
            }
        )
    shown = [{"task": c.task_no, "uscc": c.uscc, "officers": list(c.officers)} for c in late]
    return {"late": shown, "publish": publish, "follow_ups": follows}


def publish_results(ws: Workspace, draw_id: str, on: date) -> tuple[Path, int]:
    """Write the results known on a day for the public, and mark them as published.

    Gives:  the file, and how many were not published before.  Raises: NothingToDoError D191, D193
            without any new result.
    """
    words = load_catalogue().codes["inspection_result"].values
    with hold_lock(ws.store_dir, "公示检查结果"), Store.open(ws) as store:
        read_checks(store, draw_id)
        done = amends.published_of(store, draw_id, on)
        rows = amends.results_as_of(store, draw_id, on)
        new = [row for row in rows if tuple(row[field] for field in FIELDS) not in done]
        if not new:
            raise NothingToDoError(Problem("D193", f"抽查 {draw_id} 没有尚未公示的检查结果"))
        lines = ["任务\t统一社会信用代码\t检查部门\t检查日期\t检查结果"]
        for row in rows:
            said = "；".join(words[code][0] for code in row["codes"].split("|"))
            fields = (row["task_no"], row["uscc"], row["department"], row["checked_on"], said)
            lines.append("\t".join(fields))
        folder, name = ws.out_dir / "draw" / draw_id, f"检查结果公示-{on}.txt"
        write_folder({name: ("\n".join(lines) + "\n").encode()}, folder)
        with store.transaction():
            amends.keep_published(store, new, on)
    return folder / name, len(new)
