"""Draws and what came back from them: events in order, targets with their chance, results.

The lists of a freeze are files under store/draws/<draw>/<attempt>/, each registered here by its
SHA-256; a file that is not registered does not count. The pool may be large: it is moved, hashed
and handed on as a file.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from riskwarn.errors import Place, Problem, VerificationError
from riskwarn.store.connect import disk_faults
from riskwarn.store.segments import sync_folder
from riskwarn.store.store import Store

POOL = "pool.txt"
Body = bytes | Path


def draw_folder(store: Store, draw_id: str, attempt: int) -> Path:
    return store.folder / "draws" / draw_id / str(attempt)


def events_of(store: Store, draw_id: str) -> list[dict[str, Any]]:
    """The chain of events of a draw, oldest first; empty when there is no such draw."""
    rows = store.db.execute(
        "select payload from draw_events where draw_id=? order by place", (draw_id,)
    )
    return [json.loads(row[0]) for row in rows]


def draw_ids(store: Store) -> list[str]:
    return [row[0] for row in store.db.execute("select draw_id from draws order by draw_id")]


def keep_draw(
    store: Store, draw_id: str, plan_no: str, batch: int, year: int, hash_name: str
) -> None:
    """Enter a draw, once; call within a transaction."""
    store.db.execute(
        "insert or ignore into draws values (?,?,?,?,?)", (draw_id, plan_no, batch, year, hash_name)
    )


def keep_events(store: Store, draw_id: str, events: Sequence[Mapping[str, Any]]) -> None:
    """Append the events that are not yet there; call within a transaction.

    Raises: VerificationError D181 when the stored chain is not the beginning of `events`.
    """
    stored = events_of(store, draw_id)
    if [dict(event) for event in events[: len(stored)]] != stored:
        raise VerificationError(Problem("D181", f"抽查 {draw_id} 的事件已被他人改动，请重试"))
    for place, event in enumerate(events[len(stored) :], len(stored)):
        payload = json.dumps(dict(event), ensure_ascii=False, sort_keys=True)
        store.db.execute(
            "insert into draw_events values (?,?,?,?,?)",
            (draw_id, place, event["kind"], event["on"], payload),
        )


def write_files(store: Store, draw_id: str, attempt: int, files: Mapping[str, Body]) -> None:
    """Write files durably; they count only once `register_files` has named them.

    Takes:  name → bytes, or a file on the store's disk that is moved to its place.
    """
    folder = draw_folder(store, draw_id, attempt)
    for name, body in sorted(files.items()):
        if isinstance(body, Path):
            _move_durably(body, folder / name)
        else:
            _write_durably(folder / name, body)


def _move_durably(source: Path, path: Path) -> None:
    with disk_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb+") as file:
            os.fchmod(file.fileno(), 0o600)
            os.fsync(file.fileno())
        source.replace(path)
        sync_folder(path.parent)


def _write_durably(path: Path, raw: bytes) -> None:
    with disk_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(path.name + ".tmp")
        with temporary.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)


def register_files(store: Store, draw_id: str, attempt: int, names: Iterable[str]) -> None:
    """Make written files count; call within a transaction."""
    folder = draw_folder(store, draw_id, attempt)
    for name in sorted(names):
        store.db.execute(
            "insert or replace into draw_files values (?,?,?,?)",
            (draw_id, attempt, name, _sha256(folder / name)),
        )


def _sha256(path: Path) -> str:
    """The hash of a file, read block by block; of one that is not there, of nothing."""
    if not path.is_file():
        return ""
    with disk_faults(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pool_of(store: Store, draw_id: str, attempt: int) -> Path:
    """Give the frozen pool of one attempt as a file.

    Raises: VerificationError D182 when it is missing or altered.
    """
    row = store.db.execute(
        "select sha256 from draw_files where draw_id=? and attempt=? and name=?",
        (draw_id, attempt, POOL),
    ).fetchone()
    path = draw_folder(store, draw_id, attempt) / POOL
    if row is None or _sha256(path) != row[0]:
        raise _altered(draw_id, attempt, POOL)
    return path


def _altered(draw_id: str, attempt: int, name: str) -> VerificationError:
    message = "库中的抽查文件缺失或被改动"
    return VerificationError(Problem("D182", message, Place(f"{draw_id}/{attempt}/{name}")))


def read_files(
    store: Store, draw_id: str, attempt: int, only: Sequence[str] | None = None
) -> dict[str, bytes]:
    """Read the registered files of one attempt, or some of them; the pool is read by `pool_of`.

    Raises: VerificationError D182 when a file is missing or altered.
    """
    rows = store.db.execute(
        "select name, sha256 from draw_files where draw_id=? and attempt=? order by name",
        (draw_id, attempt),
    ).fetchall()
    files: dict[str, bytes] = {}
    folder = draw_folder(store, draw_id, attempt)
    for name, digest in rows:
        if name == POOL or (only is not None and name not in only):
            continue
        path = folder / name
        with disk_faults(path):
            raw = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(raw).hexdigest() != digest:
            raise _altered(draw_id, attempt, name)
        files[name] = raw
    return files


def keep_targets(store: Store, rows: Iterable[Mapping[str, Any]]) -> None:
    """Enter drawn and reserve targets; keys as the columns of draw_targets; in a transaction."""
    sql = (
        "insert into draw_targets values (:draw_id,:task_no,:uscc,:stratum,:reserve,:rank,"
        ":authority,:items,:drawn_on,:chance_num,:chance_den)"
    )
    store.db.executemany(sql, list(rows))


def targets_until(store: Store, on: date, reserve: bool = False) -> list[dict[str, Any]]:
    """Targets drawn by a day, in fixed order; reserves only when asked for."""
    sql = "select * from draw_targets where drawn_on<=? and reserve<=? order by 1,2,3"
    cursor = store.db.execute(sql, (on.isoformat(), int(reserve)))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def targets_of(store: Store, draw_id: str) -> list[dict[str, Any]]:
    """All targets of one draw, reserves too."""
    cursor = store.db.execute(
        "select * from draw_targets where draw_id=? order by task_no, uscc", (draw_id,)
    )
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def keep_results(store: Store, rows: Iterable[Mapping[str, Any]]) -> None:
    """Enter the results of one file; a second result of a check is an error; in a transaction."""
    sql = (
        "insert into draw_results values (:draw_id,:task_no,:uscc,:department,:seal,:checked_on,"
        ":codes,:officers,:note,:file_sha256,:imported_on)"
    )
    store.db.executemany(sql, list(rows))


def keep_follow_ups(store: Store, rows: Iterable[Mapping[str, Any]]) -> None:
    """Open what follows from results; in the transaction of the results."""
    sql = (
        "insert or ignore into draw_follow_ups values "
        "(:draw_id,:task_no,:uscc,:department,:kind,:due_on,:provisional)"
    )
    store.db.executemany(sql, list(rows))


def results_of(store: Store, draw_id: str | None = None) -> list[dict[str, Any]]:
    """Results of one draw or of all, in fixed order."""
    where, values = ("where draw_id=?", (draw_id,)) if draw_id else ("", ())
    cursor = store.db.execute(f"select * from draw_results {where} order by 1,2,3", values)  # noqa: S608
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
