"""The forms of a draw's visits: 检查通知书, 现场检查记录表, 审批表."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from riskwarn.draw.freeze import Frozen, load_frozen
from riskwarn.draw.poolfile import FIELDS
from riskwarn.draw.results import Check
from riskwarn.errors import InputRejectedError, Problem
from riskwarn.outputs.forms import TITLES, Visit, fill_form, write_pdf, write_word
from riskwarn.outputs.forms.word import TEMPLATE
from riskwarn.records.draw import IN_CHARGE, Directory
from riskwarn.results_back.checks import read_checks
from riskwarn.store import draws as kept
from riskwarn.store.store import Store
from riskwarn.workspace import Workspace

OWN_TEMPLATES = "forms"  # a workspace's folder: 行政检查通知书.docx there replaces the shipped one


def write_forms(ws: Workspace, draw_id: str, directory: Directory, uscc: str) -> list[Path]:
    """Write the three forms of one visit, for each department that sends a crew, as PDF and Word.

    Takes:  directory, the names behind the codes.
    Raises: InputRejectedError D175 when it was not drawn; NothingToDoError D191; D195, D196 as the
            writers do.
    """
    with Store.open(ws) as store:
        checks, drawn_on = read_checks(store, draw_id, directory)
        attempt = sum(e["kind"] == "freeze" for e in kept.events_of(store, draw_id))
        frozen = load_frozen(
            kept.read_files(store, draw_id, attempt), kept.pool_of(store, draw_id, attempt)
        )
    own = [check for check in checks if check.uscc == uscc]
    if not own:
        raise InputRejectedError(Problem("D175", f"{uscc} 不在抽查 {draw_id} 的抽中对象中"))
    crews: dict[tuple[str, tuple[str, ...]], list[Check]] = {}
    for check in own:
        crews.setdefault((check.department, check.officers), []).append(check)
    folder = ws.out_dir / "draw" / draw_id / "文书"
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    days = timedelta(days=frozen.header["finish_within_days"])
    for number, (_, members) in enumerate(sorted(crews.items()), 1):
        first = members[0]
        visit = Visit(
            draw_id=draw_id,
            number=f"{draw_id}-{uscc[-6:]}-{number}",
            plan_title=f"{frozen.header['title']}第 {frozen.header['batch']} 批",
            issuer=frozen.header["issuer"],
            department=first.department_name or first.department,
            uscc=uscc,
            name=first.name,
            address=first.address,
            tasks=tuple(check.task_title for check in members),
            basis=_basis(frozen, members),
            officers=tuple(zip(first.officers, first.people, strict=True)),
            drawn_on=drawn_on,
            finish_by=drawn_on + days,
            used=_used(frozen, members),
            cap=frozen.header["rules"]["yearly_cap"],
            root=frozen.root,
        )
        for kind, title in TITLES.items():
            stem = folder / f"{uscc}-{number}-{title}"
            form = fill_form(kind, visit)
            mine = ws.root / OWN_TEMPLATES / f"{title}.docx"
            write_pdf(form, drawn_on, stem.with_suffix(".pdf"))
            template = mine if mine.is_file() else TEMPLATE
            write_word(form, drawn_on, stem.with_suffix(".docx"), template)
            paths += [stem.with_suffix(".pdf"), stem.with_suffix(".docx")]
    return paths


def _basis(frozen: Frozen, members: Sequence[Check]) -> tuple[str, ...]:
    wanted = {check.task_no for check in members}
    found = [
        item["basis"]
        for task in frozen.header["tasks"]
        if task["task"] in wanted
        for item in task["items"]
    ]
    return tuple(dict.fromkeys(basis for basis in found if basis))


def _used(frozen: Frozen, members: Sequence[Check]) -> int:
    """Visits that the tasks' authorities had made there this year before the freeze, the most."""
    line = dict(zip(FIELDS, frozen.pool.find(members[0].uscc) or (), strict=True))
    room = dict(part.split("=") for part in line["room"].split(","))
    wanted = {check.task_no for check in members}
    leads = {t["authority"] for t in frozen.header["tasks"] if t["task"] in wanted}
    codes = {line["department"] if lead == IN_CHARGE else lead for lead in leads}
    cap: int = frozen.header["rules"]["yearly_cap"]
    return max(cap - int(room[code]) for code in codes)
