"""Parquet as plain as it gets: a page a column, uncompressed, one or two bytes where they do.

For files that live one night. A general writer looks for the best encoding of every page, which
costs more than all else that is done to a row of a night's view; here the encoding follows from
the range of the values. Any reader of Parquet reads it (Apache Parquet format 2.9: PLAIN,
RLE_DICTIONARY whose indices are bit-packed at 8 or 16 bits, levels of optional columns).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from riskwarn.store.connect import disk_faults

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

MAGIC = b"PAR1"
ROWS_A_GROUP = 262_144  # fixed, so that the bytes do not depend on threads
_MOST_CODES = 1 << 16
_PLAIN, _RLE, _DICTIONARY = 0, 3, 8  # Encoding
_OPTIONAL = 1
_DATA_PAGE, _DICTIONARY_PAGE = 0, 2
# Our type → Type, ConvertedType (None: none), numpy dtype of a value (None: text or bit).
_TYPES: dict[str, tuple[int, int | None, str | None]] = {
    "flag": (0, None, None),
    "i32": (1, None, "<i4"),
    "date": (1, 6, "<i4"),
    "i64": (2, None, "<i8"),
    "f64": (5, None, "<f8"),
    "text": (6, 0, None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One column of one row group.

    `values`: those that are there, without the nulls; of a text the bytes of PLAIN or, with
    `words`, integers that number them. `valid`: bool, a row each; None: no nulls.
    """

    values: "Array"
    valid: "Array | None" = None
    words: bytes | None = None  # PLAIN bytes of the texts that the values number
    word_count: int = 0


def write_flat(
    path: Path, types: Mapping[str, str], rows: int, chunk: Callable[[str, int, int], Chunk]
) -> None:
    """Write a file row group by row group.

    Takes:  types, column → flag, i32, date (epoch days), i64, f64 or text; chunk, which gives a
            column's rows from start to stop.
    Raises: DiskError D002 when the disk refuses. Nobody waits for the disk: the file is of this
            night alone.
    """
    with disk_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(MAGIC)
            groups = []
            for start in range(0, rows, ROWS_A_GROUP):
                stop = min(start + ROWS_A_GROUP, rows)
                told = [
                    _write_chunk(file, name, kind, stop - start, chunk(name, start, stop))
                    for name, kind in types.items()
                ]
                size = sum(one[1] for one in told)
                groups.append(
                    _struct((1, _list(12, [t for t, _ in told])), (2, size), (3, stop - start))
                )
            foot = _foot(types, rows, groups)
            file.write(foot + len(foot).to_bytes(4, "little") + MAGIC)


def _write_chunk(
    file: BinaryIO, name: str, kind: str, rows: int, chunk: Chunk
) -> tuple[bytes, int]:
    """Write one column chunk.  Gives: its ColumnChunk and how many bytes it took."""
    begin = file.tell()
    words, count, codes = _words(kind, chunk)
    encoding = _PLAIN
    if words is not None:
        head = _struct((1, count, 5), (2, _PLAIN, 5))
        _write_page(file, _DICTIONARY_PAGE, (7, head), [words])
        encoding = _DICTIONARY
    data_at = file.tell()
    body = [_levels(rows, chunk.valid), *(_packed(codes) if words is not None else [codes])]
    head = _struct((1, rows, 5), (2, encoding, 5), (3, _RLE, 5), (4, _RLE, 5))
    _write_page(file, _DATA_PAGE, (5, head), body)
    size = file.tell() - begin
    meta = _struct(
        (1, _TYPES[kind][0], 5),
        (2, _list(5, [_zigzag(one) for one in (_PLAIN, _RLE, _DICTIONARY)])),
        (3, _list(8, [_text(name)])),
        (4, 0, 5),
        (5, rows),
        (6, size),
        (7, size),
        (9, data_at),
        *([(11, begin)] if words is not None else []),
    )
    return _struct((2, begin), (3, meta, 12)), size


def _words(kind: str, chunk: Chunk) -> "tuple[bytes | None, int, Array]":
    """The table of values, its length, and the numbers in it; no table where it would not pay."""
    values, dtype = chunk.values, _TYPES[kind][2]
    if chunk.words is not None:
        return chunk.words, chunk.word_count, _narrow(values, chunk.word_count)
    if kind == "flag":
        return None, 0, np.packbits(values, bitorder="little")
    if dtype is None or kind == "f64" or not values.size:
        return None, 0, values
    low = int(values.min())
    count = int(values.max()) - low + 1
    if count > _MOST_CODES or count * 2 > values.size:
        return None, 0, values.astype(dtype, copy=False)
    table = np.arange(low, low + count, dtype=dtype)
    return table.tobytes(), count, _narrow(values - low, count)


def _narrow(codes: "Array", count: int) -> "Array":
    return codes.astype(np.uint8 if count <= 256 else np.dtype("<u2"))


def _packed(codes: "Array") -> list[Any]:
    """Numbers bit-packed at 8 or 16 bits are their own bytes, filled up to eights."""
    groups = -(-codes.size // 8)
    filler = bytes((groups * 8 - codes.size) * codes.itemsize)
    return [bytes([8 * codes.itemsize]) + _varint(groups << 1 | 1), codes, filler]


def _levels(rows: int, valid: "Array | None") -> bytes:
    """Whether each row has a value: one run of ones, or the bits."""
    if valid is None:
        levels = _varint(rows << 1) + b"\x01"
    else:
        bits = np.packbits(valid, bitorder="little").tobytes()
        levels = _varint(len(bits) << 1 | 1) + bits
    return len(levels).to_bytes(4, "little") + levels


def _write_page(file: BinaryIO, kind: int, about: tuple[int, bytes], body: Sequence[Any]) -> None:
    size = sum(memoryview(part).nbytes for part in body)
    number, head = about
    file.write(_struct((1, kind, 5), (2, size, 5), (3, size, 5), (number, head, 12)))
    for part in body:
        if memoryview(part).nbytes:
            file.write(memoryview(part))


def _foot(types: Mapping[str, str], rows: int, groups: Sequence[bytes]) -> bytes:
    schema = [_struct((4, _text("root"), 8), (5, len(types), 5))]
    for name, kind in types.items():
        type_, converted, _ = _TYPES[kind]
        more = [] if converted is None else [(6, converted, 5)]
        schema.append(_struct((1, type_, 5), (3, _OPTIONAL, 5), (4, _text(name), 8), *more))
    return _struct(
        (1, 1, 5),
        (2, _list(12, schema)),
        (3, rows),
        (4, _list(12, groups)),
        (6, _text("riskwarn"), 8),
    )


# Thrift's compact protocol: (field number, value, type); without a type an i64 or a list.
_I64, _LIST = 6, 9


def _struct(*fields: tuple[Any, ...]) -> bytes:
    out, last = BytesIO(), 0
    for number, value, *given in fields:
        type_ = given[0] if given else (_I64 if isinstance(value, int) else _LIST)
        out.write(bytes([(number - last) << 4 | type_]))
        out.write(_zigzag(value) if isinstance(value, int) else value)
        last = number
    return out.getvalue() + b"\x00"


def _list(type_: int, items: Sequence[bytes]) -> bytes:
    size = len(items)
    head = bytes([size << 4 | type_]) if size < 15 else bytes([0xF0 | type_]) + _varint(size)
    return head + b"".join(items)


def _text(text: str) -> bytes:
    raw = text.encode()
    return _varint(len(raw)) + raw


def _zigzag(number: int) -> bytes:
    return _varint(number << 1 if number >= 0 else (-number << 1) - 1)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
