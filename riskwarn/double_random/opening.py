"""Open a checked enterprise of an unannounced draw: its proof, out in the open from now on."""

import json
from datetime import date
from pathlib import Path

from riskwarn.audit.log import head_with, log_leaf
from riskwarn.double_random.register import last_is
from riskwarn.draw.events import next_attempt
from riskwarn.draw.freeze import load_frozen
from riskwarn.draw.opening import open_leaf, opening_leaves
from riskwarn.draw.publish import write_folder
from riskwarn.errors import InputRejectedError, Problem
from riskwarn.store import draw_amends as amends
from riskwarn.store import draws as kept
from riskwarn.store.ledger import append_log
from riskwarn.store.lock import hold_lock
from riskwarn.store.store import Store
from riskwarn.workspace import Workspace


def open_enterprise(ws: Workspace, draw_id: str, uscc: str, on: date) -> Path:
    """Open one leaf; the same enterprise again gives the same file and no second log entry.

    Raises: InputRejectedError D174 the draw is no unannounced one · D175 not drawn · D176 a check
            of it has no result yet; NothingToDoError D191.
    """
    with hold_lock(ws.store_dir, "双随机开封"), Store.open(ws) as store:
        events = kept.events_of(store, draw_id)
        last_is(events, draw_id, ("publish",))
        attempt = next_attempt(events) - 1
        files = kept.read_files(store, draw_id, attempt)
        frozen = load_frozen(files, kept.pool_of(store, draw_id, attempt))
        if not frozen.header["embargo"]:
            message = f"抽查 {draw_id} 不是不预先告知的检查，名单已经公示"
            raise InputRejectedError(Problem("D174", message))
        crews = files["crews.txt"].decode().splitlines()
        leaves = opening_leaves(files["drawn.txt"].decode().splitlines(), crews, files["salt.key"])
        if uscc not in dict(leaves):
            raise InputRejectedError(Problem("D175", f"{uscc} 不在抽查 {draw_id} 的抽中对象中"))
        _check_done(store, draw_id, uscc, crews, on)
        raw = open_leaf(draw_id, uscc, frozen, leaves)
        name = ws.settings.hash
        said = {"kind": "open", "draw_id": draw_id, "uscc": uscc, "on": on.isoformat()}
        leaf = log_leaf("draw", said, name)
        here = store.log_leaves()
        if not any(_same(old.payload, draw_id, uscc) for old in here if old.kind == "draw"):
            with store.transaction():
                append_log(store.db, [leaf], head_with(here, [leaf], name))
    folder = ws.out_dir / "draw" / draw_id / "公开" / "开封"
    write_folder({f"{uscc}.json": raw}, folder)
    return folder / f"{uscc}.json"


def _same(payload: str, draw_id: str, uscc: str) -> bool:
    said = json.loads(payload)
    return (said.get("kind"), said.get("draw_id"), said.get("uscc")) == ("open", draw_id, uscc)


def _check_done(store: Store, draw_id: str, uscc: str, crews: list[str], on: date) -> None:
    wanted = set()
    for line in crews:
        fields = line.split("\t")
        if fields[0] == uscc:
            wanted |= {(task, fields[1]) for task in fields[3].split(",")}
    rows = amends.results_as_of(store, draw_id, on)
    missing = wanted - {(row["task_no"], row["department"]) for row in rows if row["uscc"] == uscc}
    if missing:
        said = "、".join(f"{task}/{department}" for task, department in sorted(missing))
        message = f"{uscc} 的检查尚无结果：{said}"
        raise InputRejectedError(Problem("D176", message, expected="检查完成并导入结果之后再开封"))
