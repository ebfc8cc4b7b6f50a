"""Where frames run: Polars' streaming engine, with files that are the same bytes every time."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from riskwarn.errors import DiskError, Place, Problem, system_words

if TYPE_CHECKING:
    import polars as pl

ROWS_A_GROUP = 131_072  # fixed, so that a file does not depend on how the engine cut its morsels


def set_threads(threads: int) -> None:
    """Bound the threads of Polars, numba and BLAS in this process and its children.

    Takes: threads, 0 for as many as the machine has. Works only before Polars is imported, since
    it reads its limit once; results are the same at any number.
    """
    if threads > 0:
        for name in ("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS"):
            os.environ[name] = str(threads)
        os.environ["OPENBLAS_NUM_THREADS"] = str(threads)


def thread_count(threads: int = 0) -> int:
    """Give the number of threads meant by a setting: 0 is all that this process may use."""
    return threads if threads > 0 else max(1, len(os.sched_getaffinity(0)))


def collect(frame: "pl.LazyFrame", sort_by: Sequence[str] = ()) -> "pl.DataFrame":
    """Run a lazy frame on the streaming engine; `sort_by` puts its rows in a fixed order."""
    if sort_by:
        frame = frame.sort(list(sort_by))
    return frame.collect(engine="streaming")


def write_parquet(frame: "pl.DataFrame | pl.LazyFrame", path: Path) -> None:
    """Write one Parquet file whole or not at all, with the same bytes for the same rows.

    The caller sees to the order of the rows. Written beside, flushed to the disk, then renamed.
    A lazy frame streams to the file and is never whole in memory; its bytes are those of the same
    frame collected.
    Raises: DiskError D001 when the disk is full or the file cannot be written.
    """
    import polars as pl

    beside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            _stream(frame, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise _disk_fault(path, system_words(error)) from error
    except pl.exceptions.ComputeError as error:  # so Polars wraps what the disk said
        beside.unlink(missing_ok=True)
        if "os error" not in str(error):
            raise
        raise _disk_fault(path, str(error).rsplit(": ", 1)[-1]) from error


def in_blocks(blocks: Iterable["pl.DataFrame"], schema: "pl.Schema") -> "pl.LazyFrame":
    """Give a lazy frame whose rows are made block by block, as what is done with them asks.

    Takes:  blocks, gone through once; their schema.
    """
    import polars as pl
    from polars.io.plugins import register_io_source

    def rows(
        columns: list[str] | None, predicate: "pl.Expr | None", most: int | None, _: int | None
    ) -> Iterator[pl.DataFrame]:
        left, source = most, iter(blocks)
        while left != 0 and (part := next(source, None)) is not None:
            if left is not None:
                part = part.head(left)
                left -= part.height
            part = part if columns is None else part.select(columns)
            yield part if predicate is None else part.filter(predicate)
            del part  # before the next one is made

    return register_io_source(rows, schema=schema)


def scan_in_blocks(path: Path) -> "pl.LazyFrame":
    """Scan a Parquet file, but never read more than one row group ahead of what is done with it.

    The file's own scan decodes as many as it has threads, which of a wide table is much.
    """
    import polars as pl
    from polars.io.plugins import register_io_source

    frame = pl.scan_parquet(path)
    height = frame.select(pl.len()).collect().item()

    def rows(
        columns: list[str] | None, predicate: "pl.Expr | None", most: int | None, _: int | None
    ) -> Iterator[pl.DataFrame]:
        wanted = frame if columns is None else frame.select(columns)
        end = height if most is None else min(most, height)
        for first in range(0, end, ROWS_A_GROUP):
            part = wanted.slice(first, min(ROWS_A_GROUP, end - first)).collect()
            yield part if predicate is None else part.filter(predicate)
            del part  # before the next one is read

    return register_io_source(rows, schema=frame.collect_schema())


def _disk_fault(path: Path, why: str) -> DiskError:
    return DiskError(Problem("D001", f"写不了文件：{why}", Place(str(path))))


def _stream(frame: "pl.DataFrame | pl.LazyFrame", file: BinaryIO) -> None:
    import polars as pl

    if isinstance(frame, pl.LazyFrame):
        frame.sink_parquet(
            file,
            compression="zstd",
            compression_level=1,
            row_group_size=ROWS_A_GROUP,
            maintain_order=True,
            engine="streaming",
        )
        return
    frame.rechunk().write_parquet(
        file, compression="zstd", compression_level=1, row_group_size=ROWS_A_GROUP
    )


def _flush_folder(folder: Path) -> None:
    """Make the rename itself outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
