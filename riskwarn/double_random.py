"""Double random: store → plan → pool → freeze → seed → lottery → assign → publish → store.

Each step of a draw is one function here; the store is opened here and nowhere below.
"""

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn import __version__
from riskwarn.audit.log import head_with, log_leaf
from riskwarn.draw.events import Event, add_event, next_attempt
from riskwarn.draw.freeze import FreezeInfo, Frozen, freeze_draw, load_frozen
from riskwarn.draw.gate import describe_items, item_gate
from riskwarn.draw.inputs import (
    check_collected,
    collected_tables,
    known_departments,
    officer_input,
    pool_input,
    working_days,
)
from riskwarn.draw.notice import draw_notice, freeze_notice
from riskwarn.draw.officers import build_officers, build_recusals, check_officers
from riskwarn.draw.plan import check_against, read_plan
from riskwarn.draw.pool import build_pool
from riskwarn.draw.publish import bundle_files, frozen_files, make_outcome, write_folder, write_zip
from riskwarn.draw.run import Draw, run_draw
from riskwarn.draw.seed import make_seed
from riskwarn.draw.targets import target_rows
from riskwarn.errors import ConfigError, NothingToDoError, Problem, raise_all
from riskwarn.law.book import LawBook
from riskwarn.records.draw import DrawPlan
from riskwarn.records.snapshot import Snapshot
from riskwarn.store import draws as kept
from riskwarn.store.ledger import append_log
from riskwarn.store.lock import hold_lock
from riskwarn.store.snapshot import build_snapshot
from riskwarn.store.store import Store
from riskwarn.workspace import Workspace, resource_dir

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenDraw:
    """What a freeze left behind: where the notice lies and the hash to publish."""

    draw_id: str
    attempt: int
    root: str
    folder: Path
    pool: Mapping[str, Mapping[str, int]]  # task → stratum or !reason → enterprises
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedDraw:
    """What a draw left behind."""

    draw_id: str
    folder: Path
    bundle: Path
    archive: Path
    drawn: int
    checks: int
    visits_saved: int


def check_plan_file(ws: Workspace, path: Path, on: date) -> list[Problem]:
    """Check a plan against itself, the published items, the officers and the register.

    Gives:  warnings; Raises: ConfigError with all errors at once.
    """
    with Store.open(ws) as store, _snapshot(ws, store, on) as snapshot:
        plan, problems = _read(ws, store, snapshot, path, on)
        frozen = _prepare(ws, store, snapshot, plan, on, attempt=1, salt_key=bytes(16))
        return [*problems, *frozen.warnings]


def freeze(ws: Workspace, path: Path, on: date, salt_key: bytes) -> FrozenDraw:
    """Freeze one batch of a plan on a day: pool, officers, recusals, quotas, rules, one hash.

    Takes:  salt_key, 16 or more secret random bytes, kept in the store, never in a bundle.
    Gives:  the hash to be published at once, with the notice in out/draw/<id>/.
    Raises: ConfigError D1xx; InputRejectedError D131–D146, D172 when it is frozen already.
    """
    with hold_lock(ws.store_dir, "双随机冻结"), Store.open(ws) as store:
        with _snapshot(ws, store, on) as snapshot:
            plan, problems = _read(ws, store, snapshot, path, on)
            draw_id = f"{plan.plan_no}-{plan.batch}"
            events = kept.events_of(store, draw_id)
            attempt = next_attempt(events)
            frozen = _prepare(ws, store, snapshot, plan, on, attempt, salt_key)
        name = frozen.header["hash"]
        chain = add_event(events, name, "freeze", on, root=frozen.root, attempt=attempt)
        files = {**frozen_files(frozen), "salt.key": salt_key, "plan.yaml": path.read_bytes()}
        kept.write_files(store, draw_id, attempt, files)
        with store.transaction():
            kept.keep_draw(store, draw_id, plan.plan_no, plan.batch, plan.year, name)
            _keep(store, ws, draw_id, chain, since=len(events))
            kept.register_files(store, draw_id, attempt, files)
    folder = ws.out_dir / "draw" / draw_id
    write_folder({"冻结公告.txt": freeze_notice(frozen).encode()}, folder)
    return FrozenDraw(
        draw_id=draw_id,
        attempt=attempt,
        root=frozen.root,
        folder=folder,
        pool=_count(frozen),
        warnings=(*problems, *frozen.warnings),
    )


def void(ws: Workspace, draw_id: str, on: date, reason: str, by: str, second: str) -> int:
    """Void the open freeze of a draw; the record is published with the next one.

    Gives: the number of the attempt that is void now.  Raises: InputRejectedError D171, D173;
           NothingToDoError D191 when there is no open freeze.
    """
    with hold_lock(ws.store_dir, "双随机作废"), Store.open(ws) as store:
        events = kept.events_of(store, draw_id)
        _last_is(events, draw_id, ("freeze", "seed"))
        name = _hash_of(ws, store, draw_id)
        chain = add_event(events, name, "void", on, reason=reason, by=by, second=second)
        with store.transaction():
            _keep(store, ws, draw_id, chain, since=len(events))
        return next_attempt(events) - 1


def run(
    ws: Workspace, draw_id: str, values: Sequence[str], shares: Mapping[str, str], on: date
) -> PublishedDraw:
    """Draw targets and officers of a frozen batch, log, publish.

    Takes:  values, one for each source of the plan in its order; shares, name → opened secret.
    Gives:  where the bundle, its zip and the notice lie, under out/draw/<id>/.
    Raises: InputRejectedError D151–D154 (seed), D162 (officers do not suffice; nothing is stored);
            NothingToDoError D191 when there is no open freeze.
    """
    with hold_lock(ws.store_dir, "双随机抽取"), Store.open(ws) as store:
        events = kept.events_of(store, draw_id)
        _last_is(events, draw_id, ("freeze",))
        attempt = next_attempt(events) - 1
        frozen = load_frozen(kept.read_files(store, draw_id, attempt))
        seed = make_seed(frozen.header, frozen.root, values, shares, on)
        draw = run_draw(frozen, seed)
        outcome = make_outcome(frozen, seed, draw.drawn, draw.assigned, draw.visits)
        name, result = frozen.header["hash"], outcome.result_hash
        chain = add_event(events, name, "seed", on, seed=seed.seed.hex())
        chain = add_event(chain, name, "draw", on, result=result)
        chain = add_event(chain, name, "publish", on, result=result)
        notice = draw_notice(frozen, seed, outcome, chain)
        files = bundle_files(frozen, outcome, chain, notice)
        kept.write_files(store, draw_id, attempt, outcome.files)
        with store.transaction():
            _keep(store, ws, draw_id, chain, since=len(events))
            kept.register_files(store, draw_id, attempt, outcome.files)
            kept.keep_targets(store, target_rows(draw_id, frozen, draw, on))
    return _write_out(ws, draw_id, files, draw)


def _keep(store: Store, ws: Workspace, draw_id: str, chain: Sequence[Event], since: int) -> None:
    """Keep the new events, each a leaf of the workspace's log too; within a transaction."""
    kept.keep_events(store, draw_id, chain)
    name = ws.settings.hash
    leaves = [log_leaf("draw", {"draw_id": draw_id, **event}, name) for event in chain[since:]]
    append_log(store.db, leaves, head_with(store.log_leaves(), leaves, name))


def _write_out(
    ws: Workspace, draw_id: str, files: Mapping[str, bytes], draw: Draw
) -> PublishedDraw:
    folder = ws.out_dir / "draw" / draw_id
    write_folder(files, folder / "bundle")
    write_folder({"抽查结果公示.txt": files["notice.txt"]}, folder)
    write_zip(files, folder / f"{draw_id}.zip")
    return PublishedDraw(
        draw_id=draw_id,
        folder=folder,
        bundle=folder / "bundle",
        archive=folder / f"{draw_id}.zip",
        drawn=sum(not target.reserve for target in draw.drawn.targets),
        checks=len(draw.assigned.crews),
        visits_saved=draw.visits.saved,
    )


def enterprise_names(ws: Workspace, draw_id: str) -> dict[str, str]:
    """Give the names of the register as known on the day of the freeze: uscc → name."""
    with Store.open(ws) as store:
        events = kept.events_of(store, draw_id)
        _last_is(events, draw_id, ("publish",))
        frozen_on = [event["on"] for event in events if event["kind"] == "freeze"][-1]
        with _snapshot(ws, store, date.fromisoformat(frozen_on)) as snapshot:
            frame = snapshot.scan("enterprise").select("uscc", "name").collect()
    return {uscc: name or "" for uscc, name in frame.iter_rows()}


DEMO_VALUES = (
    "示例值 03 07 12 19 25 31 + 08",
    "示例值 05 11 22 28 34 + 02 09",
    "示例值 3471.25 11205.80",
)


def run_demo_draw(ws: Workspace, as_of: date) -> PublishedDraw:
    """Go the whole way once with the shipped plan, for `riskwarn demo`.

    The public values are made up and say so in their own text, and the salt is no secret here, so
    that the same workspace gives the same bytes; a real draw has neither.
    Takes:  a workspace whose register was imported and, for strata, scanned by as_of.
    """
    path = ws.root / "plan.yaml"
    path.write_text(demo_plan(as_of), encoding="utf-8")
    frozen = freeze(ws, path, as_of, hashlib.sha256(ws.settings_hash.encode()).digest())
    last = max(source.on for source in read_plan(path).sources)
    return run(ws, frozen.draw_id, DEMO_VALUES, {}, last)


def demo_plan(as_of: date) -> str:
    """The shipped plan with its dates moved to follow `as_of`."""
    text = (resource_dir("examples") / "county" / "plan.yaml").read_text(encoding="utf-8")
    days = {"2025-12-03": 2, "2025-12-04": 3}
    for number, shipped in enumerate(days):  # first out of the way of the year
        text = text.replace(shipped, f"<{number}>")
    text = text.replace("2025", str(as_of.year))
    for number, after in enumerate(days.values()):
        text = text.replace(f"<{number}>", (as_of + timedelta(days=after)).isoformat())
    return text


@contextmanager
def _snapshot(ws: Workspace, store: Store, on: date) -> "Iterator[Snapshot]":
    """The register as known on a day, in a folder that goes away again."""
    ws.store_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ws.store_dir, prefix="draw-") as folder:
        yield build_snapshot(store, on, Path(folder), ws.settings.imports.stale_after_days)


def _read(
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


def _prepare(
    ws: Workspace,
    store: Store,
    snapshot: Snapshot,
    plan: DrawPlan,
    on: date,
    attempt: int,
    salt_key: bytes,
) -> Frozen:
    """Build pool, officers and recusals as of a day and freeze them."""
    from riskwarn.law.items import load_items

    draw_on = max(source.on for source in plan.sources)
    targets = kept.targets_until(store, on)
    pool = build_pool(plan, pool_input(snapshot, store.classes_until(on), targets), on)
    staff = officer_input(snapshot, on, _open_crews(store, snapshot, on))
    officers = build_officers(plan, staff, draw_on)
    raise_all(ConfigError, check_officers(plan, officers))
    info = FreezeInfo(
        as_of=on,
        frozen_on=on,
        attempt=attempt,
        hash_name=ws.settings.hash,
        salt_key=salt_key,
        code_version=__version__,
        settings_sha256=ws.settings_hash,
        register_sha256=snapshot.tables["enterprise"].sha256,
        collected=collected_tables(snapshot),
        items=describe_items(load_items(ws.items_dir)),
    )
    return freeze_draw(plan, pool, officers, build_recusals(plan, staff, draw_on), info)


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
        files = kept.read_files(store, draw_id, next_attempt(events) - 1)
        for line in files["crews.txt"].decode().splitlines():
            uscc, _, _, _, officers = line.split("\t")
            crews += [(number, uscc, events[-1]["on"]) for number in officers.split(",")]
    return crews


def _count(frozen: Frozen) -> dict[str, dict[str, int]]:
    return {
        task["task"]: {
            **{stratum["name"]: stratum["size"] for stratum in task["strata"]},
            **{f"!{reason}": count for reason, count in task["excluded"].items()},
        }
        for task in frozen.header["tasks"]
    }


def _hash_of(ws: Workspace, store: Store, draw_id: str) -> Any:
    row = store.db.execute("select hash_name from draws where draw_id=?", (draw_id,)).fetchone()
    return row[0] if row else ws.settings.hash


def _last_is(events: Sequence[Event], draw_id: str, kinds: Sequence[str]) -> None:
    if not events or events[-1]["kind"] not in kinds:
        state = events[-1]["kind"] if events else "没有这个抽查"
        message = f"抽查 {draw_id} 没有待抽取的冻结（现状：{state}）"
        raise NothingToDoError(Problem("D191", message, expected="先运行 riskwarn draw freeze"))
