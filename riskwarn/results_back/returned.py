"""Filled work lists → checked → store → what follows; a whole file or nothing."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from riskwarn.draw.results import CellFault, Finding, check_findings
from riskwarn.errors import InputRejectedError, Place, Problem
from riskwarn.outputs.worklist import SHEET, write_marked_copy
from riskwarn.results_back.checks import as_finding, read_checks
from riskwarn.results_back.follow_ups import follow_rows
from riskwarn.sources.workbook import open_workbook
from riskwarn.store import draw_amends as amends
from riskwarn.store import draws as kept
from riskwarn.store.lock import hold_lock
from riskwarn.store.store import Store
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.workspace import Workspace


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
    rows, digest = read_rows(path)
    with hold_lock(ws.store_dir, "导入检查结果"), Store.open(ws) as store:
        checks, drawn_on = read_checks(store, draw_id)
        known = {row["seal"]: as_finding(row) for row in amends.results_as_of(store, draw_id, on)}
        codes = load_catalogue().codes["inspection_result"]
        found, faults = check_findings(rows, checks, codes, drawn_on, on, known)
        if faults:
            raise refuse_file(path, rows, faults, on)
        seals = {(c.task_no, c.uscc, c.department): c.seal for c in checks}
        follows = [row for finding in found for row in follow_rows(finding)]
        with store.transaction():
            kept.keep_results(store, [result_row(f, seals, digest, on) for f in found])
            kept.keep_follow_ups(store, follows)
    counts: dict[str, int] = {}
    for row in follows:
        counts[row["kind"]] = counts.get(row["kind"], 0) + 1
    open_checks = len(checks) - len(known) - len(found)
    return ImportedResults(
        file=path.name, stored=len(found), left_open=open_checks, follow_ups=counts
    )


def read_rows(path: Path) -> tuple[list[dict[str, str]], str]:
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


def refuse_file(
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


def result_row(
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
