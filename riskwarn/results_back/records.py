"""A draw's results as rows of the inspection table: what nights and models learn from."""

import csv
import io
from datetime import date
from pathlib import Path

from riskwarn.errors import NothingToDoError, Problem
from riskwarn.store import draw_amends as amends
from riskwarn.store import draws as kept
from riskwarn.store.store import Store
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.workspace import Workspace

PPM = 1_000_000
COLUMNS = (
    *("inspection_no", "uscc", "inspected_on", "published_on", "plan_no", "task_no"),
    *("selected_by", "selection_ppm", "item_code", "officers", "results", "problem"),
)


def write_records(ws: Workspace, draw_id: str, on: date) -> tuple[Path, int]:
    """Write the results known on a day as a delivery of the table 检查记录, to be imported.

    Each check of a task is one row: drawn at random, with its logged chance in millionths, known
    from the day its result came in. Where the register delivers the same checks under numbers of
    its own, do not import them twice.

    Gives:  the CSV file in the inbox, and its rows. The same results give the same bytes.
    Raises: NothingToDoError D194 when there is no result yet.
    """
    table = load_catalogue()
    titles = table.table("inspection").columns
    problem = table.codes["inspection_result"].problem
    with Store.open(ws) as store:
        rows = amends.results_as_of(store, draw_id, on)
        targets = {
            (target["task_no"], target["uscc"]): target
            for target in kept.targets_of(store, draw_id)
        }
    if not rows:
        raise NothingToDoError(Problem("D194", f"抽查 {draw_id} 还没有检查结果"))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(titles[name].title for name in COLUMNS)
    for row in rows:
        target = targets[row["task_no"], row["uscc"]]
        codes = row["codes"].split("|")
        number = f"{draw_id}/{row['task_no']}/{row['uscc']}/{row['department']}"
        writer.writerow(
            [
                *(number, row["uscc"], row["checked_on"], row["imported_on"], draw_id),
                *(row["task_no"], "random", _ppm(target["chance_num"], target["chance_den"])),
                *(target["items"].split(",")[0], row["officers"], row["codes"]),
                "是" if problem & set(codes) else "否",
            ]
        )
    path = ws.inbox / f"inspection_{draw_id}_{on}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.getvalue(), encoding="utf-8")
    path.chmod(0o600)
    return path, len(rows)


def _ppm(chance: int, out_of: int) -> int:
    """A chance in millionths, half up, never 0: it was drawn."""
    return max(1, (2 * chance * PPM + out_of) // (2 * out_of))
