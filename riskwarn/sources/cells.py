"""A text column's memory as arrays that kernels read: no Python object a cell is made.

Polars keeps text as Arrow's string views: 16 bytes a cell, of which the first four are the
length; up to 12 bytes of text stand in the view itself, longer ones in a buffer beside it.
Source: Arrow columnar format, "Variable-size Binary View Layout"; Arrow C stream interface.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    U8: TypeAlias = NDArray[np.uint8]
    Parts: TypeAlias = tuple[NDArray[np.uint32], U8, U8, NDArray[np.int64], U8]

_VIEW_BYTES = 16
_FORMAT = b"vu"  # text as views
_FIXED_BUFFERS = 3  # validity, views, and at the end the sizes of the buffers of text


class _Schema(ctypes.Structure):
    _fields_ = (
        ("format", ctypes.c_char_p),
        ("name", ctypes.c_char_p),
        ("metadata", ctypes.c_char_p),
        ("flags", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
        ("private_data", ctypes.c_void_p),
    )


class _Array(ctypes.Structure):
    _fields_ = (
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.POINTER(ctypes.c_void_p)),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
        ("private_data", ctypes.c_void_p),
    )


class _Stream(ctypes.Structure):
    _fields_ = (
        ("get_schema", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)),
        ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)),
        ("get_last_error", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


@dataclass(frozen=True, slots=True)
class Cells:
    """One text column. Cell i is null where `valid` is not empty and valid[i] is 0.

    words: u64 (n, 2) and letters: u8 (16 n,), both the views; heads: u32 (n, 4), length, first
    four bytes, buffer, place in it; text: u8, all buffers one after another; starts: i64, where
    each begins in `text`.
    """

    words: "NDArray[np.uint64]"
    heads: "NDArray[np.uint32]"
    letters: "NDArray[np.uint8]"
    text: "NDArray[np.uint8]"
    starts: "NDArray[np.int64]"
    valid: "NDArray[np.uint8]"

    @property
    def parts(self) -> "Parts":
        """What kernels take to read a cell's bytes."""
        return self.heads, self.letters, self.text, self.starts, self.valid


@contextmanager
def cells_of(column: "pl.Series") -> "Iterator[Cells | None]":
    """Lend a text column's memory; it must not be used after the block.

    Gives: None for a column without rows, and where Polars keeps text in some other way.
    """
    if not len(column):
        yield None
        return
    whole = column.rechunk()
    capsule = whole.__arrow_c_stream__(None)
    array = _Array()
    is_views = _fetch(capsule, array)
    try:
        yield _lent(array) if is_views and array.length == len(whole) else None
    finally:
        if array.release:
            array.release(ctypes.addressof(array))


def _fetch(capsule: object, array: _Array) -> bool:
    """Take the stream's one array; whether it is text as views."""
    pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    pointer = pointer_of(capsule, b"arrow_array_stream")
    stream, schema = _Stream.from_address(pointer), _Schema()
    if stream.get_schema(pointer, ctypes.addressof(schema)):
        return False
    is_views = schema.format == _FORMAT
    schema.release(ctypes.addressof(schema))
    return not stream.get_next(pointer, ctypes.addressof(array)) and is_views


def _lent(array: _Array) -> Cells:
    rows, offset = array.length, array.offset
    views = _bytes_at(array.buffers[1] + offset * _VIEW_BYTES, rows * _VIEW_BYTES)
    words: NDArray[np.uint64] = np.require(views.view(np.uint64), requirements=["A"])
    count = array.n_buffers - _FIXED_BUFFERS
    sizes = np.empty(0, np.int64)
    if count:
        sizes = _bytes_at(array.buffers[array.n_buffers - 1], 8 * count).view(np.int64)
    buffers = [_bytes_at(array.buffers[2 + n], int(size)) for n, size in enumerate(sizes)]
    valid = np.empty(0, np.uint8)
    if array.buffers[0] and array.null_count:
        bits = _bytes_at(array.buffers[0], (offset + rows + 7) // 8)
        valid = np.unpackbits(bits, bitorder="little", count=offset + rows)[offset:]
    text = buffers[0] if len(buffers) == 1 else np.concatenate([*buffers, valid[:0]])
    return Cells(
        words=words.reshape(rows, 2),
        heads=words.view(np.uint32).reshape(rows, 4),
        letters=words.view(np.uint8),
        text=text,
        starts=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
        valid=valid,
    )


def _bytes_at(address: int | None, count: int) -> "NDArray[np.uint8]":
    if not address or not count:
        return np.empty(0, np.uint8)
    return np.ctypeslib.as_array((ctypes.c_uint8 * count).from_address(address))


def text_of(block: "NDArray[np.uint8]") -> "pl.Series":
    """Make a column out of texts of one length.  Takes: u8 (n, bytes), UTF-8 row by row."""
    import polars as pl

    return pl.Series(block).cast(pl.List(pl.UInt8)).cast(pl.Binary).cast(pl.String)
