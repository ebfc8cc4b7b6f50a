"""Double random: store → plan → pool → freeze → seed → lottery → assign → publish → store.

Each step of a draw is one function here; the store is opened here and nowhere below.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskwarn.audit.log import head_with, log_leaf
from riskwarn.double_random.register import (
    hash_of,
    last_is,
    open_snapshot,
    prepare,
    read_checked,
)
from riskwarn.draw.events import Event, add_event, add_freeze, next_attempt
from riskwarn.draw.freeze import Frozen, load_frozen
from riskwarn.draw.notice import draw_notice, freeze_notice, void_notice
from riskwarn.draw.opening import embargo_files
from riskwarn.draw.publish import (
    Body,
    bundle_files,
    frozen_files,
    make_outcome,
    write_folder,
    write_zip,
)
from riskwarn.draw.run import Draw, run_draw, say_shortfall, try_draw
from riskwarn.draw.seed import make_seed
from riskwarn.draw.targets import target_rows
from riskwarn.errors import NothingToDoError, Problem
from riskwarn.store import draws as kept
from riskwarn.store.ledger import append_log
from riskwarn.store.lock import hold_lock
from riskwarn.store.store import Store
from riskwarn.workspace import Workspace


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
    with Store.open(ws) as store, open_snapshot(ws, store, on) as snapshot:
        plan, problems = read_checked(ws, store, snapshot, path, on)
        frozen = prepare(ws, store, snapshot, plan, on, events=(), salt_key=bytes(16))
        return [*problems, *frozen.warnings]


def freeze(ws: Workspace, path: Path, on: date, salt_key: bytes) -> FrozenDraw:
    """Freeze one batch of a plan on a day: pool, officers, recusals, quotas, rules, one hash.

    Takes:  salt_key, 16 or more secret random bytes, kept in the store, never in a bundle.
    Gives:  the hash to be published at once, with the notice in out/draw/<id>/.
    Raises: ConfigError D1xx; InputRejectedError D131–D146, D172 when it is frozen already.
    """
    with hold_lock(ws.store_dir, "双随机冻结"), Store.open(ws) as store:
        with open_snapshot(ws, store, on) as snapshot:
            plan, problems = read_checked(ws, store, snapshot, path, on)
            draw_id = f"{plan.plan_no}-{plan.batch}"
            events = kept.events_of(store, draw_id)
            attempt = next_attempt(events)
            frozen = prepare(ws, store, snapshot, plan, on, events, salt_key)
            chain = add_freeze(events, frozen, on)
            counts = _count(frozen)
            files = {
                **frozen_files(frozen),
                "salt.key": salt_key,
                f"plan{path.suffix.lower()}": path.read_bytes(),
            }
            kept.write_files(store, draw_id, attempt, files)
        with store.transaction():
            name = frozen.header["hash"]
            kept.keep_draw(store, draw_id, plan.plan_no, plan.batch, plan.year, name)
            _keep(store, ws, draw_id, chain, since=len(events))
            kept.register_files(store, draw_id, attempt, files)
    folder = ws.out_dir / "draw" / draw_id
    write_folder({"冻结公告.txt": freeze_notice(frozen, chain).encode()}, folder)
    return FrozenDraw(
        draw_id=draw_id,
        attempt=attempt,
        root=frozen.root,
        folder=folder,
        pool=counts,
        warnings=(*problems, *frozen.warnings),
    )


def void(ws: Workspace, draw_id: str, on: date, reason: str, by: str, second: str) -> int:
    """Void the open freeze of a draw; the record is published with the next one.

    Gives: the number of the attempt that is void now.  Raises: InputRejectedError D171, D173;
           NothingToDoError D191 when there is no open freeze.
    """
    with hold_lock(ws.store_dir, "双随机作废"), Store.open(ws) as store:
        events = kept.events_of(store, draw_id)
        last_is(events, draw_id, ("freeze", "seed"))
        name = hash_of(ws, store, draw_id)
        chain = add_event(events, name, "void", on, reason=reason, by=by, second=second)
        with store.transaction():
            _keep(store, ws, draw_id, chain, since=len(events))
    write_folder(
        {"作废公告.txt": void_notice(draw_id, chain).encode()}, ws.out_dir / "draw" / draw_id
    )
    return next_attempt(events) - 1


def offer_partial(
    ws: Workspace, draw_id: str, values: Sequence[str], shares: Mapping[str, str], on: date
) -> tuple[Path, list[Problem]]:
    """Say what the officers at hand could do, when they do not suffice; nothing is stored.

    Gives:  a list of the crews with those who can be sent, as a file readable by its owner only,
            and D162 for every shortage.  Raises: NothingToDoError D191, D192 no shortage.
    """
    with Store.open(ws) as store:
        events = kept.events_of(store, draw_id)
        last_is(events, draw_id, ("freeze",))
        frozen, _ = _load(store, draw_id, next_attempt(events) - 1)
    seed = make_seed(frozen.header, frozen.root, values, shares, on)
    assigned = try_draw(frozen, seed).assigned
    if not assigned.shortfalls:
        message = f"抽查 {draw_id} 的人员足够，不需要部分分派"
        raise NothingToDoError(Problem("D192", message, expected="不带 --partial 抽取"))
    said = [say_shortfall(row) for row in assigned.shortfalls]
    size = frozen.header["rules"]["officers_per_check"]
    lines = ["现有人员可以完成的部分（未入库，不作公示；补足人员须作废后重新冻结）", ""]
    lines += [problem.message for problem in said]
    for crew in assigned.crews:
        short = size - len(crew.officers)
        mark = f"缺 {short} 人" if short else "已满"
        lines.append(f"{crew.uscc}\t{crew.department}\t{mark}\t{'、'.join(crew.officers)}")
    folder = ws.out_dir / "draw" / draw_id
    write_folder({"部分分派方案.txt": ("\n".join(lines) + "\n").encode()}, folder)
    return folder / "部分分派方案.txt", said


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
        last_is(events, draw_id, ("freeze",))
        attempt = next_attempt(events) - 1
        frozen, held = _load(store, draw_id, attempt)
        seed = make_seed(frozen.header, frozen.root, values, shares, on)
        draw = run_draw(frozen, seed)
        outcome = make_outcome(
            frozen, seed, draw.drawn, draw.assigned, draw.visits, held["salt.key"]
        )
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
    if frozen.header["embargo"]:
        write_folder(
            embargo_files(frozen, outcome.files["result.json"]),
            ws.out_dir / "draw" / draw_id / "公开",
        )
    return _write_out(ws, draw_id, files, draw)


def _keep(store: Store, ws: Workspace, draw_id: str, chain: Sequence[Event], since: int) -> None:
    """Keep the new events, each a leaf of the workspace's log too; within a transaction."""
    kept.keep_events(store, draw_id, chain)
    name = ws.settings.hash
    leaves = [log_leaf("draw", {"draw_id": draw_id, **event}, name) for event in chain[since:]]
    append_log(store.db, leaves, head_with(store.log_leaves(), leaves, name))


def _load(store: Store, draw_id: str, attempt: int) -> tuple[Frozen, dict[str, bytes]]:
    held = kept.read_files(store, draw_id, attempt)
    return load_frozen(held, kept.pool_of(store, draw_id, attempt)), held


def _write_out(ws: Workspace, draw_id: str, files: Mapping[str, Body], draw: Draw) -> PublishedDraw:
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


def _count(frozen: Frozen) -> dict[str, dict[str, int]]:
    return {
        task["task"]: {
            **{stratum["name"]: stratum["size"] for stratum in task["strata"]},
            **{f"!{reason}": count for reason, count in task["excluded"].items()},
        }
        for task in frozen.header["tasks"]
    }
