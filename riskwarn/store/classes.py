"""Risk classes as nights and freezings gave them: files that count once a run is recorded."""

import sqlite3
from datetime import date
from pathlib import Path

import polars as pl

from riskwarn.records.ledger import RunCommit
from riskwarn.store.connect import disk_faults
from riskwarn.store.segments import write_segment

FREEZING = "classify"  # the kind of run whose classes are frozen
_CLASS_COLUMNS = ("uscc", "risk_class", "points")


def stage_classes(root: Path, commit: RunCommit) -> str | None:
    """Write the classes' file before the transaction that makes it count."""
    if commit.classes is None:
        return None
    name = f"classes/{commit.as_of.isoformat()}-{commit.run_key[:16]}.parquet"
    frame = commit.classes.select(_CLASS_COLUMNS).with_columns(pl.col("points").cast(pl.Int64))
    write_segment(frame.sort("uscc"), root / name)
    return name


def enter_classes(db: sqlite3.Connection, commit: RunCommit, file: str | None) -> None:
    """Make a written file of classes count; within a transaction."""
    if file is not None and commit.classes is not None:
        row = (commit.as_of.isoformat(), commit.run_key, file, commit.classes.height)
        table = "frozen_classes" if commit.kind == FREEZING else "class_files"
        db.execute(f"insert or replace into {table} values (?, ?, ?, ?)", row)  # noqa: S608


def classes_until(db: sqlite3.Connection, root: Path, on: date) -> pl.DataFrame:
    """The newest frozen classes not after the day, else a scan's; may be empty."""
    frozen = frozen_until(db, root, on)
    if frozen is not None:
        return frozen[1]
    row = db.execute(
        "select file from class_files where as_of <= ? order by as_of desc limit 1",
        (on.isoformat(),),
    ).fetchone()
    if row is None:
        return pl.DataFrame(schema={"uscc": pl.String, "risk_class": pl.String, "points": pl.Int64})
    with disk_faults(root / row[0]):
        return pl.read_parquet(root / row[0])


def scan_classes_until(db: sqlite3.Connection, root: Path, on: date) -> pl.LazyFrame:
    """Scan what `classes_until` reads, for registers that should not be held in memory."""
    for table in ("frozen_classes", "class_files"):
        row = db.execute(
            f"select file from {table} where as_of <= ? order by as_of desc limit 1",  # noqa: S608
            (on.isoformat(),),
        ).fetchone()
        if row is not None:
            return pl.scan_parquet(root / row[0]).select("uscc", "risk_class")
    return pl.LazyFrame(schema={"uscc": pl.String, "risk_class": pl.String})


def frozen_until(db: sqlite3.Connection, root: Path, on: date) -> tuple[date, pl.DataFrame] | None:
    """The newest frozen classes not after the day, with their day."""
    row = db.execute(
        "select as_of, file from frozen_classes where as_of <= ? order by as_of desc limit 1",
        (on.isoformat(),),
    ).fetchone()
    if row is None:
        return None
    with disk_faults(root / row[1]):
        return date.fromisoformat(row[0]), pl.read_parquet(root / row[1])


def classes_between(db: sqlite3.Connection, root: Path, since: date, on: date) -> pl.DataFrame:
    """Every class given by runs of [since, on]: as_of, uscc, risk_class; unknown ones left out.

    On a day with frozen classes these count, not the scan's.
    """
    rows = db.execute(
        "select as_of, file from frozen_classes where as_of between :since and :on union all"
        " select as_of, file from class_files where as_of between :since and :on"
        " and as_of not in (select as_of from frozen_classes) order by as_of",
        {"since": since.isoformat(), "on": on.isoformat()},
    ).fetchall()
    frames = [pl.DataFrame(schema={"as_of": pl.Date, "uscc": pl.String, "risk_class": pl.String})]
    for day, file in rows:
        with disk_faults(root / file):
            frame = pl.read_parquet(root / file, columns=["uscc", "risk_class"])
        given = pl.lit(date.fromisoformat(day)).alias("as_of")
        frames.append(frame.drop_nulls().select(given, "uscc", "risk_class"))
    return pl.concat(frames)
