"""Open the state database so that a commit survives a power cut, and say disk faults plainly."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from riskwarn.errors import DiskError, Place, Problem, system_words
from riskwarn.store.migrations import migrate

BUSY_MS = 10_000


def connect(path: Path) -> sqlite3.Connection:
    """Open (and make) the database at `path`: WAL, FULL sync, foreign keys, newest schema.

    Raises: DiskError D001 when it cannot be opened or written, D003 for a newer schema.
    """
    with disk_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000)
        db.execute("pragma journal_mode=wal")
        db.execute("pragma synchronous=full")
        db.execute("pragma foreign_keys=on")
        migrate(db)
        path.chmod(0o600)
    return db


@contextmanager
def disk_faults(path: Path) -> Iterator[None]:
    """Turn a full disk, a broken database or an unreadable file into DiskError (exit 74)."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
            raise  # a fault of ours, not of the disk
        raise DiskError(Problem("D001", f"库读写失败：{error}", Place(path.name))) from error
    except OSError as error:
        where = Place(Path(error.filename).name if error.filename else path.name)
        raise DiskError(Problem("D002", f"文件读写失败：{system_words(error)}", where)) from error


@contextmanager
def transaction(db: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All or nothing: commit at the end, roll back on any fault."""
    with disk_faults(path):
        db.execute("begin immediate")
        try:
            yield
            db.execute("commit")
        except BaseException:
            if db.in_transaction:
                db.execute("rollback")
            raise
