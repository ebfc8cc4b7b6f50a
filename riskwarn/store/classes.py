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


def classes_between(
    db: sqlite3.Connection, root: Path, since: date, on: date, codes: pl.Series
) -> pl.DataFrame:
    """The classes that some enterprises had in [since, on]: as_of, uscc, risk_class.

    Frozen classes count, and of the nights the first of each month that has no frozen ones: every
    night of two years, each with a whole province, would cost more than the night itself.
    Takes:  codes, the enterprises asked for. Unknown classes are left out.
    """
    rows = db.execute(
        "select as_of, file from frozen_classes where as_of between :since and :on union all"
        " select min(as_of), file from class_files where as_of between :since and :on"
        " and substr(as_of, 1, 7) not in (select substr(as_of, 1, 7) from frozen_classes)"
        " group by substr(as_of, 1, 7) order by 1",
        {"since": since.isoformat(), "on": on.isoformat()},
    ).fetchall()
    wanted = pl.col("uscc").is_in(codes.unique().implode())
    frames = [pl.DataFrame(schema={"as_of": pl.Date, "uscc": pl.String, "risk_class": pl.String})]
    for day, file in rows:
        given = pl.lit(date.fromisoformat(day)).alias("as_of")
        theirs = pl.scan_parquet(root / file).filter(wanted, pl.col("risk_class").is_not_null())
        with disk_faults(root / file):
            frames.append(
                theirs.select(given, "uscc", "risk_class").collect(engine="streaming").sort("uscc")
            )
    return pl.concat(frames)
