"""Results back: filled work lists → checked → store → what follows; a whole file or nothing."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn.draw.freeze import load_frozen
from riskwarn.draw.results import (
    ABNORMAL_DAYS,
    CellFault,
    Check,
    Finding,
    check_findings,
    follow_ups,
    list_checks,
    overdue,
)
from riskwarn.errors import InputRejectedError, NothingToDoError, Place, Problem
from riskwarn.leads.calendar import work_calendar
from riskwarn.outputs.worklist import SHEET, write_marked_copy, write_work_list
from riskwarn.records.draw import Crew
from riskwarn.sources.workbook import open_workbook
from riskwarn.store import draws as kept
from riskwarn.store.lock import hold_lock
from riskwarn.store.store import Store
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.workspace import Workspace

if TYPE_CHECKING:
    from riskwarn.draw.estimate import DrawData

PUBLISH_DAYS = 20  # working days from the end of a check to its publication
RECHECK_DAYS = 30  # 整改复查: ours, where the order itself names no day


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedResults:
    """What one file brought."""

    file: str
    stored: int
    left_open: int
    follow_ups: Mapping[str, int]


class ReturnedFileError(InputRejectedError):
    """A file with wrong cells; `marked` is the copy in which they are marked."""

    def __init__(self, marked: Path, *problems: Problem) -> None:
        self.marked = marked
        super().__init__(*problems)


def write_work_lists(ws: Workspace, draw_id: str, names: Mapping[str, str]) -> list[Path]:
    """Write one workbook for each officer who leads a check, under out/draw/<id>/清单/.

    Takes:  names, uscc → name of the enterprise (shown to officers, never in a bundle).
    """
    with Store.open(ws) as store:
        checks, drawn_on = _checks(store, draw_id, names)
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


def import_results(ws: Workspace, draw_id: str, path: Path, on: date) -> ImportedResults:
    """Take one filled work list into the store, whole or not at all.

    Raises: ReturnedFileError (exit 4) with every wrong cell, and a marked copy beside the file;
            InputRejectedError for a file that is no work list; NothingToDoError D191.
    """
    rows, digest = _read_rows(path)
    with hold_lock(ws.store_dir, "导入检查结果"), Store.open(ws) as store:
        checks, drawn_on = _checks(store, draw_id, {})
        known = {row["seal"]: _finding(row) for row in kept.results_of(store, draw_id)}
        codes = load_catalogue().codes["inspection_result"]
        found, faults = check_findings(rows, checks, codes, drawn_on, on, known)
        if faults:
            raise _refuse(path, rows, faults, on)
        seals = {(c.task_no, c.uscc, c.department): c.seal for c in checks}
        follows = [row for finding in found for row in _follow_rows(finding)]
        with store.transaction():
            kept.keep_results(store, [_row(f, seals, digest, on) for f in found])
            kept.keep_follow_ups(store, follows)
    counts: dict[str, int] = {}
    for row in follows:
        counts[row["kind"]] = counts.get(row["kind"], 0) + 1
    open_checks = len(checks) - len(known) - len(found)
    return ImportedResults(
        file=path.name, stored=len(found), left_open=open_checks, follow_ups=counts
    )


def due_list(ws: Workspace, draw_id: str, on: date) -> dict[str, list[dict[str, Any]]]:
    """Say what is late and what must be published by when.

    Gives:  late, checks without a result though the time to finish them is over; publish, each
            result with its last day (20 working days after the check; provisional while a year's
            holidays are not published) and whether that day has passed.
    Source: 20 working days, 总局 2018-06-08; 冀政办发〔2015〕22号.
    """
    with Store.open(ws) as store:
        checks, drawn_on = _checks(store, draw_id, {})
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


def draw_data(ws: Workspace, on: date) -> "list[DrawData]":
    """Give every draw published by a day with its results, for the estimates."""
    from riskwarn.draw.estimate import DrawData

    problem = load_catalogue().codes["inspection_result"].problem
    data = []
    with Store.open(ws) as store:
        for draw_id in kept.draw_ids(store):
            events = [e for e in kept.events_of(store, draw_id) if e["on"] <= on.isoformat()]
            if not events or events[-1]["kind"] != "publish":
                continue
            attempt = sum(1 for event in events if event["kind"] == "freeze")
            frozen = load_frozen(kept.read_files(store, draw_id, attempt))
            targets = kept.targets_of(store, draw_id)
            results = [
                row
                for row in kept.results_of(store, draw_id)
                if row["imported_on"] <= on.isoformat()
            ]
            data.append(DrawData.make(draw_id, frozen, targets, results, problem))
    return data


def _checks(store: Store, draw_id: str, names: Mapping[str, str]) -> tuple[list[Check], date]:
    events = kept.events_of(store, draw_id)
    if not events or events[-1]["kind"] != "publish":
        message = f"抽查 {draw_id} 还没有抽取"
        raise NothingToDoError(Problem("D191", message, expected="先运行 riskwarn draw run"))
    attempt = sum(1 for event in events if event["kind"] == "freeze")
    files = kept.read_files(store, draw_id, attempt)
    frozen = load_frozen(files)
    titles = {task["task"]: task["title"] for task in frozen.header["tasks"]}
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
    return list_checks(draw_id, crews, titles, names, files["salt.key"]), drawn_on


def _read_rows(path: Path) -> tuple[list[dict[str, str]], str]:
    """Read the sheet in the limited child process, all as text."""
    if not path.is_file():
        raise InputRejectedError(Problem("R100", "没有这个文件", Place(path.name)))
    book = open_workbook(path, path.name, SHEET)
    rows: list[dict[str, str]] = []
    for chunk in book.chunks():
        texts = chunk.select(chunk.columns[-len(book.headers) :])
        rows += [
            {h: (v or "").strip() for h, v in zip(book.headers, values, strict=True)}
            for values in texts.iter_rows()
        ]
    return rows, hashlib.sha256(path.read_bytes()).hexdigest()


def _refuse(
    path: Path, rows: list[dict[str, str]], faults: list[CellFault], on: date
) -> ReturnedFileError:
    marked = path.with_name(f"{path.stem}-退回.xlsx")
    write_marked_copy(rows, faults, on, marked)
    marked.chmod(0o600)
    problems = [
        Problem(fault.code, f"{fault.header}：{fault.message}", Place(path.name, fault.row + 2))
        for fault in faults
    ]
    return ReturnedFileError(marked, *problems)


def _finding(row: Mapping[str, Any]) -> Finding:
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


def _row(
    finding: Finding, seals: Mapping[tuple[str, str, str], str], digest: str, on: date
) -> dict[str, Any]:
    return {
        "draw_id": finding.draw_id,
        "task_no": finding.task_no,
        "uscc": finding.uscc,
        "department": finding.department,
        "seal": seals[finding.task_no, finding.uscc, finding.department],
        "checked_on": finding.checked_on.isoformat(),
        "codes": "|".join(finding.codes),
        "officers": "|".join(finding.officers),
        "note": finding.note,
        "file_sha256": digest,
        "imported_on": on.isoformat(),
    }


def _follow_rows(finding: Finding) -> list[dict[str, Any]]:
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
