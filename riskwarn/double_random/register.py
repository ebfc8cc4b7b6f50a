"""What a freeze is made of: the register as known on a day, the checked plan, pool and officers."""

import tempfile
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn import __version__
from riskwarn.draw.events import Event, event_hash, next_attempt
from riskwarn.draw.freeze import POOL, FreezeInfo, Frozen, freeze_draw
from riskwarn.draw.gate import describe_items, item_gate
from riskwarn.draw.inputs import (
    check_collected,
    collected_tables,
    known_departments,
    officer_input,
    pool_input,
    working_days,
)
from riskwarn.draw.officers import build_officers, build_recusals, check_officers
from riskwarn.draw.plan import check_against, read_plan
from riskwarn.draw.pool import pool_chunks
from riskwarn.errors import ConfigError, NothingToDoError, Problem, raise_all
from riskwarn.law.book import LawBook
from riskwarn.records.draw import DrawPlan
from riskwarn.records.snapshot import Snapshot
from riskwarn.store import draws as kept
from riskwarn.store.snapshot import build_snapshot
from riskwarn.store.store import Store
from riskwarn.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def open_snapshot(ws: Workspace, store: Store, on: date) -> "Iterator[Snapshot]":
    """The register as known on a day, in a folder that goes away again."""
    ws.store_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ws.store_dir, prefix="draw-") as folder:
        yield build_snapshot(store, on, Path(folder), ws.settings.imports.stale_after_days)


def read_checked(
    ws: Workspace, store: Store, snapshot: Snapshot, path: Path, on: date
) -> tuple[DrawPlan, list[Problem]]:
    """Read the plan and check it against items, departments and the day."""
    from riskwarn.law.items import load_items

    plan = read_plan(path)
    gate = item_gate(load_items(ws.items_dir), LawBook.open(ws.laws_dir))
    problems = check_collected(snapshot)
    problems += check_against(
        plan, str(path), on, gate, known_departments(snapshot), working_days(snapshot)
    )
    raise_all(ConfigError, problems)
    return plan, [problem for problem in problems if problem.severity != "error"]


def prepare(
    ws: Workspace,
    store: Store,
    snapshot: Snapshot,
    plan: DrawPlan,
    on: date,
    events: Sequence[Event],
    salt_key: bytes,
) -> Frozen:
    """Build pool, officers and recusals as of a day and freeze them.

    Takes:  events, the draw's so far. The pool is written into the snapshot's folder.
    """
    from riskwarn.law.items import load_items

    draw_on = max(source.on for source in plan.sources)
    targets = kept.targets_until(store, on)
    given = pool_input(snapshot, store.scan_classes_until(on), targets)
    staff = officer_input(snapshot, on, _open_crews(store, snapshot, on))
    officers = build_officers(plan, staff, draw_on)
    raise_all(ConfigError, check_officers(plan, officers))
    heads = store.tree_heads()
    info = FreezeInfo(
        as_of=on,
        frozen_on=on,
        attempt=next_attempt(events),
        hash_name=ws.settings.hash,
        salt_key=salt_key,
        code_version=__version__,
        settings_sha256=ws.settings_hash,
        register_sha256=snapshot.tables["enterprise"].sha256,
        collected=collected_tables(snapshot),
        items=describe_items(load_items(ws.items_dir)),
        prev=event_hash(events[-1], ws.settings.hash) if events else "",
        log_size=heads[-1].size if heads else 0,
        log_root=heads[-1].root if heads else "",
    )
    recusals = build_recusals(plan, staff, draw_on)
    chunks = pool_chunks(plan, given, on)
    return freeze_draw(plan, chunks, officers, recusals, info, snapshot.folder / POOL)


def _open_crews(store: Store, snapshot: Snapshot, on: date) -> list[tuple[str, str, str]]:
    """(officer, uscc, day) of earlier draws whose checks are not in the inspection table yet."""
    done: set[str] = set()
    if snapshot.path("inspection").is_file():
        plans = snapshot.scan("inspection").select("plan_no").unique().collect()
        done = {name for name in plans["plan_no"].to_list() if name}
    crews = []
    for draw_id in kept.draw_ids(store):
        events = kept.events_of(store, draw_id)
        if draw_id in done or events[-1]["kind"] != "publish" or events[-1]["on"] > on.isoformat():
            continue
        attempt = next_attempt(events) - 1
        files = kept.read_files(store, draw_id, attempt, only=("crews.txt",))
        for line in files["crews.txt"].decode().splitlines():
            uscc, _, _, _, officers = line.split("\t")
            crews += [(number, uscc, events[-1]["on"]) for number in officers.split(",")]
    return crews


def hash_of(ws: Workspace, store: Store, draw_id: str) -> Any:
    row = store.db.execute("select hash_name from draws where draw_id=?", (draw_id,)).fetchone()
    return row[0] if row else ws.settings.hash


def last_is(events: Sequence[Event], draw_id: str, kinds: Sequence[str]) -> None:
    if not events or events[-1]["kind"] not in kinds:
        state = events[-1]["kind"] if events else "没有这个抽查"
        message = f"抽查 {draw_id} 没有待抽取的冻结（现状：{state}）"
        raise NothingToDoError(Problem("D191", message, expected="先运行 riskwarn draw freeze"))
