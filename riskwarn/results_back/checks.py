"""The checks of a published draw, and the work lists in which officers fill in what they found."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from riskwarn.draw.results import Check, Finding, list_checks
from riskwarn.errors import NothingToDoError, Problem
from riskwarn.outputs.worklist import write_work_list
from riskwarn.records.draw import Crew, Directory
from riskwarn.store import draws as kept
from riskwarn.store.store import Store
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.workspace import Workspace


def write_work_lists(ws: Workspace, draw_id: str, directory: Directory) -> list[Path]:
    """Write one workbook for each officer who leads a check, under out/draw/<id>/清单/.

    Takes:  directory, the names behind the codes (shown to officers, never in a bundle).
    """
    with Store.open(ws) as store:
        checks, drawn_on = read_checks(store, draw_id, directory)
    folder = ws.out_dir / "draw" / draw_id / "清单"
    folder.mkdir(parents=True, exist_ok=True)
    by_lead: dict[str, list[Check]] = {}
    for check in checks:
        by_lead.setdefault(check.officers[0], []).append(check)
    codes = load_catalogue().codes["inspection_result"]
    paths = []
    for number, own in sorted(by_lead.items()):
        path = folder / f"{draw_id}-{number}.xlsx"
        write_work_list(own, codes, drawn_on, path)
        path.chmod(0o600)
        paths.append(path)
    return paths


def read_checks(
    store: Store, draw_id: str, directory: Directory | None = None
) -> tuple[list[Check], date]:
    """Give the checks of a published draw and the day it was drawn; NothingToDoError D191."""
    events = kept.events_of(store, draw_id)
    if not events or events[-1]["kind"] != "publish":
        message = f"抽查 {draw_id} 还没有抽取"
        raise NothingToDoError(Problem("D191", message, expected="先运行 riskwarn draw run"))
    attempt = sum(1 for event in events if event["kind"] == "freeze")
    files = kept.read_files(store, draw_id, attempt)
    header = json.loads(files["freeze.json"])
    titles = {task["task"]: task["title"] for task in header["tasks"]}
    crews = []
    for line in files["crews.txt"].decode().splitlines():
        uscc, department, qualification, tasks, officers = line.split("\t")
        crews.append(
            Crew(
                uscc=uscc,
                department=department,
                qualification=qualification,
                tasks=tuple(tasks.split(",")),
                officers=tuple(officers.split(",")),
            )
        )
    drawn_on = date.fromisoformat(events[-1]["on"])
    return list_checks(
        draw_id, crews, titles, directory or Directory(), files["salt.key"]
    ), drawn_on


def as_finding(row: Mapping[str, Any]) -> Finding:
    return Finding(
        draw_id=row["draw_id"],
        task_no=row["task_no"],
        uscc=row["uscc"],
        department=row["department"],
        officers=tuple(row["officers"].split("|")),
        checked_on=date.fromisoformat(row["checked_on"]),
        codes=tuple(row["codes"].split("|")),
        note=row["note"],
    )
