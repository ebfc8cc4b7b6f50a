"""One table's rows cut into ranges of enterprises and sorted by enterprise, in files of a night."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from riskwarn.store.connect import disk_faults
from riskwarn.store.laid import Layout, count_rows, give_places

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    I32: TypeAlias = NDArray[np.int32]
    Rows: TypeAlias = tuple[pl.DataFrame, I32]  # and each row's enterprise, −1 for nobody here

RANGE = 1 << 20  # enterprises of one range; fixed, so that no byte depends on the machine
ROWS_A_BATCH = 2_000_000  # rows of a table held at once where there are several ranges


def range_count(enterprises: int) -> int:
    """How many ranges so many enterprises make."""
    return -(-enterprises // RANGE)


def range_path(folder: Path, table: str, number: int, ranges: int) -> Path:
    """Where a table's rows of one range lie."""
    return (folder if ranges == 1 else folder / f"{number:03}") / f"{table}.parquet"


def write_ranges(
    folder: Path,
    table: str,
    frames: Iterable[pl.DataFrame],
    ents: "Sequence[I32]",
    count: int,
) -> None:
    """Write one table's files, one a range, each sorted by enterprise, then by arrival.

    Takes:  frames, to be read once; ents, the enterprises of the same rows, frame by frame, known
            before the frames are read; count, of all enterprises.
    Gives:  `ent` i32 before the frames' columns; rows of nobody at the end of the last range.
    Raises: DiskError D002.
    """
    ranges = range_count(count)
    paths = [range_path(folder, table, number, ranges) for number in range(ranges)]
    if ranges == 1:
        _laid(zip(frames, ents, strict=True), ents, 0, count).write(paths[0])
        return
    spilled: list[list[Path]] = []
    for number, batch in enumerate(_batches(zip(frames, ents, strict=True))):
        spills = [folder / "spill" / f"{table}-{n:03}-{number:04}.parquet" for n in range(ranges)]
        own = [ent for _, ent in batch]
        layout = _laid(batch, own, 0, count)
        edges = [0, *_edges(own, ranges), layout.rows]
        for path, start, stop in zip(spills, edges, edges[1:], strict=False):
            layout.write(path, start, stop)
        spilled.append(spills)
    for number, path in enumerate(paths):
        _merge([spills[number] for spills in spilled], path, number * RANGE, count)


def _batches(frames: "Iterable[Rows]") -> "Iterator[list[Rows]]":
    batch: list[Rows] = []
    for one in frames:
        batch.append(one)
        if sum(frame.height for frame, _ in batch) >= ROWS_A_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _edges(ents: "Sequence[I32]", ranges: int) -> list[int]:
    """Where the ranges but the first begin, in the order of enterprises."""
    sizes = np.zeros(ranges + 1, np.int64)
    for ent in ents:
        count_rows((ent // RANGE).astype(np.int32), sizes)  # −1 stays −1: nobody's, at the end
    return [int(at) for at in np.cumsum(sizes[: ranges - 1])]


def _merge(spills: Sequence[Path], path: Path, start: int, count: int) -> None:
    """Make one range of its spills.  Their rows keep the order in which they were delivered."""
    if len(spills) == 1:
        with disk_faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            spills[0].replace(path)
        return
    ents = []
    for spill in spills:
        ent = pl.read_parquet(spill, columns=["ent"])["ent"]
        ents.append((ent.fill_null(start - 1).to_numpy() - start).astype(np.int32))
    frames = (pl.read_parquet(spill).drop("ent") for spill in spills)
    rows = zip(frames, ents, strict=True)
    _laid(rows, ents, start, min(RANGE, count - start)).write(path)
    for spill in spills:
        spill.unlink()


def _laid(frames: "Iterable[Rows]", ents: "Sequence[I32]", start: int, size: int) -> Layout:
    """Put rows in the order of enterprises `start` ≤ ent < `start` + `size`.

    Takes: frames and ents, whose enterprises are counted from `start`.
    """
    counts = np.zeros(size + 1, np.int64)  # at the end: nobody's
    for ent in ents:
        count_rows(ent, counts)
    layout = Layout(sum(ent.size for ent in ents))
    layout.put_ent(counts, start)
    ahead = np.cumsum(counts) - counts
    for frame, ent in frames:
        places = np.empty(ent.size, np.int64)
        give_places(ent, ahead, places)
        layout.take(frame, places)
    return layout
