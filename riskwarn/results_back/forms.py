"""The forms of a draw's visits: 检查通知书, 现场检查记录表, 审批表."""

from collections.abc import Mapping
from pathlib import Path

from riskwarn.draw.freeze import load_frozen
from riskwarn.draw.results import Check
from riskwarn.errors import InputRejectedError, Problem
from riskwarn.outputs.forms import TITLES, Visit, write_form
from riskwarn.results_back.checks import read_checks
from riskwarn.store import draws as kept
from riskwarn.store.store import Store
from riskwarn.workspace import Workspace


def write_forms(ws: Workspace, draw_id: str, names: Mapping[str, str], uscc: str) -> list[Path]:
    """Write the three forms of one visit, for each department that sends a crew.

    Takes:  names, uscc → name of the enterprise.
    Raises: InputRejectedError D175 when it was not drawn; NothingToDoError D191.
    """
    with Store.open(ws) as store:
        checks, drawn_on = read_checks(store, draw_id, names)
        attempt = sum(e["kind"] == "freeze" for e in kept.events_of(store, draw_id))
        frozen = load_frozen(kept.read_files(store, draw_id, attempt))
    own = [check for check in checks if check.uscc == uscc]
    if not own:
        raise InputRejectedError(Problem("D175", f"{uscc} 不在抽查 {draw_id} 的抽中对象中"))
    basis = {
        task["task"]: [item["basis"] for item in task["items"] if item["basis"]]
        for task in frozen.header["tasks"]
    }
    crews: dict[tuple[str, tuple[str, ...]], list[Check]] = {}
    for check in own:
        crews.setdefault((check.department, check.officers), []).append(check)
    folder = ws.out_dir / "draw" / draw_id / "文书"
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, ((_, officers), members) in enumerate(sorted(crews.items()), 1):
        visit = Visit(
            draw_id=draw_id,
            issuer=frozen.header["issuer"],
            uscc=uscc,
            name=names.get(uscc, ""),
            tasks=tuple(check.task_title for check in members),
            basis=tuple(dict.fromkeys(b for check in members for b in basis[check.task_no])),
            officers=officers,
            drawn_on=drawn_on,
            root=frozen.root,
        )
        for kind, title in TITLES.items():
            path = folder / f"{uscc}-{number}-{title}.pdf"
            write_form(kind, visit, path)
            paths.append(path)
    return paths
