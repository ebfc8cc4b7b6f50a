"""One writer at a time on a workspace, told apart by the operating system, not by a leftover."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from riskwarn.errors import LockHeldError, Place, Problem
from riskwarn.store.connect import disk_faults

LOCK_FILE = "lock"


@contextmanager
def hold_lock(store_dir: Path, doing: str) -> Iterator[None]:
    """Hold the workspace's lock; it goes with the process, however the process ends.

    Takes:  doing, what this run does, shown to whoever is turned away.
    Raises: LockHeldError L001 (exit 75) naming process, host and since when; DiskError D002.
    """
    path = store_dir / LOCK_FILE
    with disk_faults(path):
        store_dir.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(handle, 500, 0).decode(errors="replace").strip()
            message = f"另一个运行正占用此工作区：{holder or '（未知）'}"
            raise LockHeldError(
                Problem("L001", message, Place(str(store_dir)), "等它结束后再试")
            ) from error
        since = datetime.now(UTC).isoformat(timespec="seconds")
        text = f"{doing}，进程 {os.getpid()}，主机 {socket.gethostname()}，自 {since}\n"
        os.ftruncate(handle, 0)
        os.pwrite(handle, text.encode(), 0)
        yield
    finally:
        os.close(handle)
