"""Rows put in their places, a delivery at a time: a table is sorted without being held twice.

Where each row goes is known before it is read, so that a column is one array of the table's
length and every delivery is read, put down and forgotten.
"""

import mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import polars as pl

from riskwarn.jit import kernel
from riskwarn.store.flat import Chunk, write_flat
from riskwarn.store.idtable import IdTable, first_places, hashes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]
    I32 = NDArray[np.int32]
    I64 = NDArray[np.int64]

OWN_PAGES_BYTES = 1 << 20
_KINDS: dict[Any, tuple[str, Any]] = {
    pl.Int32: ("i32", np.int32),
    pl.Date: ("date", np.int32),
    pl.Int64: ("i64", np.int64),
    pl.Float64: ("f64", np.float64),
    pl.Boolean: ("flag", np.uint8),
}


@kernel
def put_values(values: "Array", places: "I64", out: "Array") -> None:
    """out[places] = values, without a look at the bounds."""
    for i in range(values.size):
        out[places[i]] = values[i]


@kernel
def count_rows(ent: "I32", counts: "I64") -> None:
    """Add each enterprise's rows; those of nobody (−1) are counted at the end."""
    for i in range(ent.size):
        counts[ent[i]] += 1


@kernel
def repeat_ents(counts: "I64", start: int, out: "I32") -> None:
    """Give each enterprise's number as often as it has rows, then nobody's."""
    at = 0
    for ent in range(counts.size):
        for _ in range(counts[ent]):
            out[at] = start + ent
            at += 1


@kernel
def give_places(ent: "I32", ahead: "I64", places: "I64") -> None:
    """Give each row its place, in the order of arrival within an enterprise.

    Takes:  ahead, the next free place of each enterprise, at the end that of nobody's rows.
    """
    for i in range(ent.size):
        places[i] = ahead[ent[i]]
        ahead[ent[i]] += 1


def room_for(rows: int, dtype: Any) -> "Array":
    """Give an array whose content is anything, in pages of its own: let go of, they are gone.

    Columns of all sizes out of one heap leave holes in it that no other part of a night fills.
    """
    size = rows * np.dtype(dtype).itemsize
    if size < OWN_PAGES_BYTES:
        return np.empty(rows, dtype)
    pages = mmap.mmap(-1, size)
    if hasattr(mmap, "MADV_HUGEPAGE"):  # rows are put everywhere at once
        pages.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(pages, dtype, rows)


class Layout:
    """A table's rows by place; columns that a delivery lacks are null in its rows."""

    def __init__(self, rows: int) -> None:
        self.rows, self.taken = rows, 0
        self.columns: dict[str, _Column] = {}

    def put_ent(self, counts: "I64", start: int) -> None:
        """Write each row's enterprise, since that is what the places follow.

        Takes:  counts, of each enterprise's rows from `start` on, at the end of nobody's.
        """
        column = _Values(pl.Int32(), self.rows)
        repeat_ents(counts, start, column.values)
        if counts[-1]:
            column.valid = np.arange(self.rows) < self.rows - counts[-1]
        self.columns["ent"] = column

    def take(self, frame: pl.DataFrame, places: "I64") -> None:
        """Put down a frame's rows; every place is given once."""
        for name, series in frame.to_dict().items():
            column = self.columns.get(name)
            if column is None:
                column = self.columns[name] = _column(series, self.rows)
                if self.taken:
                    column.lack(slice(None))
            column.put(series, places)
        for name, column in self.columns.items():
            if name != "ent" and name not in frame.columns:
                column.lack(places)
        self.taken += frame.height

    def write(self, path: Path, start: int = 0, stop: int | None = None) -> None:
        """Write the rows from start to stop.  Raises: DiskError D002."""
        stop = self.rows if stop is None else stop
        types = {name: column.kind for name, column in self.columns.items()}

        def chunk(name: str, first: int, last: int) -> Chunk:
            return self.columns[name].chunk(start + first, start + last)

        write_flat(path, types, stop - start, chunk)


class _Column(Protocol):
    kind: str

    def put(self, series: pl.Series, places: "I64") -> None: ...
    def lack(self, places: "I64 | slice") -> None: ...
    def chunk(self, start: int, stop: int) -> Chunk: ...


def _column(series: pl.Series, rows: int) -> _Column:
    if series.dtype == pl.String:
        few = series.n_unique() * 2 <= series.len()
        return _FewTexts(rows) if few else _Texts(rows)
    return _Values(series.dtype, rows)


class _Values:
    """Numbers, dates and flags."""

    def __init__(self, dtype: pl.DataType, rows: int) -> None:
        self.kind, physical = _KINDS[dtype.base_type()]
        self.values = room_for(rows, physical)
        self.valid: Array | None = None

    def put(self, series: pl.Series, places: "I64") -> None:
        there = series.is_not_null().to_numpy() if series.null_count() else None
        if there is not None and self.valid is None:
            self.valid = np.ones(self.values.size, np.bool_)
        if self.valid is not None:
            self.valid[places] = True if there is None else there
        if there is not None:
            series, places = series.drop_nulls(), places[there]
        put_values(series.to_physical().to_numpy(), places, self.values)

    def lack(self, places: "I64 | slice") -> None:
        if self.valid is None:
            self.valid = np.ones(self.values.size, np.bool_)
        self.valid[places] = False

    def chunk(self, start: int, stop: int) -> Chunk:
        return _present(self.values[start:stop], self.valid, start, stop)


def _present(values: "Array", valid: "Array | None", start: int, stop: int) -> Chunk:
    if valid is None:
        return Chunk(values=values)
    there = valid[start:stop]
    return Chunk(values=values) if there.all() else Chunk(values=values[there], valid=there)


class _FewTexts:
    """Texts that come again and again: numbered as they come, −1 for none."""

    kind = "text"

    def __init__(self, rows: int) -> None:
        self.numbers = room_for(rows, np.int32)
        self.table = IdTable()
        self.words: list[bytes] = []

    def put(self, series: pl.Series, places: "I64") -> None:
        before = self.table.count
        found = self.table.number(*hashes_of(series))
        if self.table.count > before:
            fresh = series.gather(first_places(found, before, self.table.count))
            self.words.extend(_plain(word) for word in fresh)
        put_values(found, places, self.numbers)

    def lack(self, places: "I64 | slice") -> None:
        self.numbers[places] = -1

    def chunk(self, start: int, stop: int) -> Chunk:
        numbers = self.numbers[start:stop]
        there = numbers >= 0
        numbers, valid = (numbers, None) if there.all() else (numbers[there], there)
        used = np.zeros(len(self.words), np.bool_)
        used[numbers] = True
        named = [self.words[number] for number in np.flatnonzero(used)]
        if len(named) > 1 << 16:
            raw = b"".join([self.words[number] for number in numbers])
            return Chunk(values=np.frombuffer(raw, np.uint8), valid=valid)
        shorter = (np.cumsum(used, dtype=np.int32) - np.int32(1))[numbers]
        words = b"".join(named)
        return Chunk(values=shorter, valid=valid, words=words, word_count=len(named))


class _Texts:
    """Texts that are mostly different: kept as delivered, with where each place's text lies."""

    kind = "text"

    def __init__(self, rows: int) -> None:
        self.origin = room_for(rows, np.int32)
        self.pieces: list[pl.Series] = []
        self.count = 0

    def put(self, series: pl.Series, places: "I64") -> None:
        here = np.arange(self.count, self.count + series.len(), dtype=np.int32)
        put_values(here, places, self.origin)
        self.pieces.append(series)
        self.count += series.len()

    def lack(self, places: "I64 | slice") -> None:
        self.origin[places] = -1

    def chunk(self, start: int, stop: int) -> Chunk:
        if len(self.pieces) > 1:
            self.pieces = [pl.concat(self.pieces, rechunk=True)]
        origin = self.origin[start:stop]
        texts = self.pieces[0].gather(pl.Series(origin).set(pl.Series(origin < 0), None))
        valid = texts.is_not_null().to_numpy() if texts.null_count() else None
        raw = _plain_all(texts.drop_nulls())
        return Chunk(values=np.frombuffer(raw, np.uint8), valid=valid)


def _plain(word: str) -> bytes:
    raw = word.encode()
    return len(raw).to_bytes(4, "little") + raw


def _plain_all(texts: pl.Series) -> bytes:
    """Each text's length in four bytes, then its own bytes."""
    lengths = texts.str.len_bytes().to_numpy().astype(np.uint32)
    joined = np.frombuffer((texts.str.join("").item() or "").encode(), np.uint8)
    out = np.empty(joined.size + 4 * lengths.size, np.uint8)
    put_texts(joined, lengths, out)
    return out.tobytes()


@kernel
def put_texts(joined: "Array", lengths: "Array", out: "Array") -> None:
    """Put each length (u32, little-endian) before its bytes."""
    at = start = 0
    for i in range(lengths.size):
        size = lengths[i]
        for k in range(4):
            out[at + k] = (size >> np.uint32(8 * k)) & np.uint32(255)
        at += 4
        for k in range(size):
            out[at + k] = joined[start + k]
        at += size
        start += size
