"""Filled work lists → checked → store → what follows; a whole file or nothing."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from riskwarn.draw.results import (
    ABNORMAL_DAYS,
    CellFault,
    Finding,
    check_findings,
    follow_ups,
)
from riskwarn.errors import InputRejectedError, Place, Problem
from riskwarn.leads.calendar import work_calendar
from riskwarn.outputs.worklist import SHEET, write_marked_copy
from riskwarn.results_back.checks import as_finding, read_checks
from riskwarn.sources.workbook import open_workbook
from riskwarn.store import draw_amends as amends
from riskwarn.store import draws as kept
from riskwarn.store.lock import hold_lock
from riskwarn.store.store import Store
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.workspace import Workspace

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


def import_results(ws: Workspace, draw_id: str, path: Path, on: date) -> ImportedResults:
    """Take one filled work list into the store, whole or not at all.

    Raises: ReturnedFileError (exit 4) with every wrong cell, and a marked copy beside the file;
            InputRejectedError for a file that is no work list; NothingToDoError D191.
    """
    rows, digest = _read_rows(path)
    with hold_lock(ws.store_dir, "导入检查结果"), Store.open(ws) as store:
        checks, drawn_on = read_checks(store, draw_id)
        known = {row["seal"]: as_finding(row) for row in amends.results_as_of(store, draw_id, on)}
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


def correct_results(
    ws: Workspace, draw_id: str, path: Path, on: date, reason: str, by: str, second: str
) -> int:
    """Correct stored results from a work list filled in again; the first ones stay in the store.

    Gives:  how many results changed.
    Raises: InputRejectedError R110 without a reason and two persons; as `import_results` else.
    """
    who = {"reason": reason.strip(), "by_person": by.strip(), "second": second.strip()}
    if not all(who.values()) or who["by_person"] == who["second"]:
        raise InputRejectedError(Problem("R110", "更正须写明理由，并由两名不同的人员确认"))
    rows, digest = _read_rows(path)
    with hold_lock(ws.store_dir, "更正检查结果"), Store.open(ws) as store:
        checks, drawn_on = read_checks(store, draw_id)
        now = {row["seal"]: as_finding(row) for row in amends.results_as_of(store, draw_id, on)}
        codes = load_catalogue().codes["inspection_result"]
        found, faults = check_findings(rows, checks, codes, drawn_on, on, {})
        if faults:
            raise _refuse(path, rows, faults, on)
        seals = {(c.task_no, c.uscc, c.department): c.seal for c in checks}
        changed = []
        for finding in found:
            before = now.get(seals[finding.task_no, finding.uscc, finding.department])
            if before is not None and before != finding:
                changed.append(finding)
        with store.transaction():
            rows_out = [_row(finding, seals, digest, on) | who for finding in changed]
            amends.keep_corrections(store, rows_out)
            kept.keep_follow_ups(store, [row for f in changed for row in _follow_rows(f)])
    return len(changed)


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
