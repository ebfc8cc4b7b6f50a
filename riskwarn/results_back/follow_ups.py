"""What follows from results, by when, and what a corrected result takes back."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from riskwarn.draw.results import ABNORMAL_DAYS, FOLLOW_UP_WORDS, Finding, follow_ups
from riskwarn.leads.calendar import work_calendar
from riskwarn.results_back.checks import as_finding
from riskwarn.store import draw_amends as amends
from riskwarn.store import draws as kept
from riskwarn.store.store import Store

RECHECK_DAYS = 30  # 整改复查: ours, where the order itself names no day
OPEN = ("open", "reopened")
KEY = ("task_no", "uscc", "department", "kind")


def follow_rows(finding: Finding) -> list[dict[str, Any]]:
    """Say what follows and by when: 经营异常名录 within 10 working days of verification."""
    calendar = work_calendar([finding.checked_on.year, finding.checked_on.year + 1])
    rows = []
    for kind in follow_ups(finding):
        due, provisional = calendar.add_working_days(finding.checked_on, ABNORMAL_DAYS)
        if kind == "recheck":
            due, provisional = finding.checked_on + timedelta(days=RECHECK_DAYS), False
        rows.append(
            {
                "draw_id": finding.draw_id,
                "task_no": finding.task_no,
                "uscc": finding.uscc,
                "department": finding.department,
                "kind": kind,
                "due_on": due.isoformat(),
                "provisional": int(provisional),
            }
        )
    return rows


def follow_ups_as_of(store: Store, draw_id: str, on: date) -> list[dict[str, Any]]:
    """What follows from the results as known on a day, in fixed order; nothing is ever deleted.

    Gives:  task_no, uscc, department, kind, due_on, provisional, state (open, withdrawn, reopened)
            and the reason of the last change.
    """
    day = on.isoformat()
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in kept.results_of(store, draw_id):
        if row["imported_on"] <= day:
            for opened in follow_rows(as_finding(row)):
                rows[_key(opened)] = opened | {"state": "open", "reason": ""}
    for change in amends.follow_up_changes_of(store, draw_id):
        if change["on_day"] <= day:
            names = ("draw_id", *KEY, "due_on", "provisional", "state", "reason")
            rows[_key(change)] = {name: change[name] for name in names}
    return [rows[key] for key in sorted(rows)]


def change_follow_ups(
    store: Store,
    draw_id: str,
    findings: Iterable[Finding],
    on: date,
    who: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Withdraw what corrected results no longer ask for, open what they ask for; in a transaction.

    Takes:  findings, the corrected results; who: reason, by_person, second.
    Gives:  the changes, each for the log.
    """
    held = {_key(row): row for row in follow_ups_as_of(store, draw_id, on)}
    changes = []
    for finding in findings:
        wanted = {_key(row): row for row in follow_rows(finding)}
        check = (finding.task_no, finding.uscc, finding.department)
        for key, row in held.items():
            if key[:3] == check and row["state"] in OPEN and key not in wanted:
                changes.append({**row, "state": "withdrawn"})
        for key, row in wanted.items():
            here = held.get(key)
            if not here or here["state"] not in OPEN or here["due_on"] != row["due_on"]:
                changes.append({**row, "state": "reopened"})
    rows = [{**change, **who, "on_day": on.isoformat()} for change in changes]
    kept.keep_follow_ups(store, rows)  # one line for what had never been opened
    amends.keep_follow_up_changes(store, rows)
    return rows


def show_follow_ups(store: Store, draw_id: str, on: date) -> list[dict[str, Any]]:
    """Give what follows for people: what, by when, whether it is late or was withdrawn and why."""
    return [
        {
            "task": row["task_no"],
            "uscc": row["uscc"],
            "department": row["department"],
            "kind": row["kind"],
            "what": FOLLOW_UP_WORDS[row["kind"]],
            "by": row["due_on"],
            "provisional": bool(row["provisional"]),
            "state": row["state"],
            "reason": row["reason"],
            "passed": row["state"] in OPEN and row["due_on"] < on.isoformat(),
        }
        for row in follow_ups_as_of(store, draw_id, on)
    ]


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row[name] for name in KEY)
