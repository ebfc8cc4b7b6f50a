"""Parquet files that hold deliveries: written whole or not at all, known only once registered."""

import hashlib
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import polars as pl

from riskwarn.store.connect import disk_faults
from riskwarn.tables.catalogue import Table
from riskwarn.tables.frames import PRECISION_SUFFIX, system_schema, table_schema

ROW_GROUP_ROWS = 262_144  # fixed, so that the bytes do not depend on threads


def complete(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Give the frame all the table's columns in the catalogue's order; absent ones are null.

    What is neither the table's nor every row's, such as cd_batch, is left out.
    """
    wanted: list[pl.Expr] = []
    for name, dtype in (table_schema(table) | system_schema()).items():
        here = name in frame.columns
        wanted.append((pl.col(name) if here else pl.lit(None)).cast(dtype).alias(name))
    precise = [name for name in frame.columns if name.endswith(PRECISION_SUFFIX)]
    return frame.select(*wanted, *sorted(name for name in precise if name not in table.columns))


def write_segment(frame: pl.DataFrame, path: Path, *, statistics: bool = True) -> None:
    """Write a frame: temporary file, fsync, rename, fsync of the folder.

    Takes:  statistics, whether row groups say their least and greatest values. Deliveries are
            read whole and come in no order that would let a group be passed over.
    Raises: DiskError D002 when the disk refuses.
    """
    with disk_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        try:
            with temporary.open("wb") as file:
                frame.write_parquet(
                    file, compression="lz4", statistics=statistics, row_group_size=ROW_GROUP_ROWS
                )
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except pl.exceptions.ComputeError as error:  # polars wraps the disk's own words
            temporary.unlink(missing_ok=True)
            raise OSError(28, str(error), str(path)) from error
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_hash(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def count_dangling(enterprises: Sequence[Path], asked: Mapping[str, Path]) -> dict[str, int]:
    """Count each segment's rows whose `uscc` none of the enterprise segments holds.

    The codes of all enterprises are put into one table of hashes, once, and looked up there.
    """
    from riskwarn.store.idtable import IdTable, hashes_of

    if not enterprises or not asked:
        return {}
    table = IdTable()
    for path in enterprises:
        table.number(*hashes_of(pl.read_parquet(path, columns=["uscc"])["uscc"]))
    known, found = table.count, {}
    for name, path in asked.items():
        numbers = table.number(*hashes_of(pl.read_parquet(path, columns=["uscc"])["uscc"]))
        found[name] = int((numbers >= known).sum())
    return found


def old_numbers(rows: pl.LazyFrame) -> pl.DataFrame:
    """Old 15-digit registration numbers beside the credit codes of the same rows: reg_no, uscc.

    Takes:  rows of the enterprise table; one without reg_no names none.
    """
    if "reg_no" not in rows.collect_schema():
        return pl.DataFrame(schema={"reg_no": pl.String, "uscc": pl.String})
    old = rows.select("reg_no", "uscc").filter(pl.col("reg_no").str.contains(r"^\d{15}$"))
    return old.unique().collect()


def sweep(folder: Path, registered: Collection[str]) -> list[str]:
    """Remove segment files that no transaction registered; give their names."""
    swept = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder.parent).as_posix()
        if path.is_file() and name not in registered:
            path.unlink()
            swept.append(name)
    return swept
