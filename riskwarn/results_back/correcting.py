"""Stored results corrected: the first stay, the correction and what it takes back are logged."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from riskwarn.audit.log import head_with, log_leaf
from riskwarn.draw.results import check_findings
from riskwarn.errors import InputRejectedError, Problem
from riskwarn.results_back.checks import as_finding, read_checks
from riskwarn.results_back.follow_ups import change_follow_ups
from riskwarn.results_back.returned import read_rows, refuse_file, result_row
from riskwarn.store import draw_amends as amends
from riskwarn.store.ledger import append_log
from riskwarn.store.lock import hold_lock
from riskwarn.store.store import Store
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """How many results changed, and how many follow-ups were taken back or opened for it."""

    corrected: int
    withdrawn: int
    opened: int


def correct_results(
    ws: Workspace, draw_id: str, path: Path, on: date, reason: str, by: str, second: str
) -> Corrected:
    """Correct stored results from a work list filled in again; the first ones stay in the store.

    Gives:  what changed; a follow-up that the corrected result no longer asks for is withdrawn with
            the reason, never deleted.
    Raises: InputRejectedError R110 without a reason and two persons; as `import_results` else.
    """
    who = {"reason": reason.strip(), "by_person": by.strip(), "second": second.strip()}
    if not all(who.values()) or who["by_person"] == who["second"]:
        raise InputRejectedError(Problem("R110", "更正须写明理由，并由两名不同的人员确认"))
    rows, digest = read_rows(path)
    with hold_lock(ws.store_dir, "更正检查结果"), Store.open(ws) as store:
        checks, drawn_on = read_checks(store, draw_id)
        now = {row["seal"]: as_finding(row) for row in amends.results_as_of(store, draw_id, on)}
        codes = load_catalogue().codes["inspection_result"]
        found, faults = check_findings(rows, checks, codes, drawn_on, on, {})
        if faults:
            raise refuse_file(path, rows, faults, on)
        seals = {(c.task_no, c.uscc, c.department): c.seal for c in checks}
        changed = []
        for finding in found:
            before = now.get(seals[finding.task_no, finding.uscc, finding.department])
            if before is not None and before != finding:
                changed.append(finding)
        with store.transaction():
            fixes = [result_row(finding, seals, digest, on) | who for finding in changed]
            amends.keep_corrections(store, fixes)
            follows = change_follow_ups(store, draw_id, changed, on, who)
            _log(ws, store, fixes, follows)
    withdrawn = sum(row["state"] == "withdrawn" for row in follows)
    return Corrected(corrected=len(changed), withdrawn=withdrawn, opened=len(follows) - withdrawn)


def _log(
    ws: Workspace, store: Store, fixes: list[dict[str, Any]], follows: list[dict[str, Any]]
) -> None:
    """One leaf a correction and one a follow-up taken back or opened; within the transaction."""
    said = [{"kind": "correct", **row} for row in fixes]
    said += [{**row, "follow_up": row["kind"], "kind": row["state"]} for row in follows]
    name = ws.settings.hash
    leaves = [log_leaf("draw", row, name) for row in said]
    if leaves:
        append_log(store.db, leaves, head_with(store.log_leaves(), leaves, name))
