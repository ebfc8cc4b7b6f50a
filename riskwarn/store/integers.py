"""Files of integer columns that can be made again: not waited for, each column with a checksum.

A file is renamed into its place when it is whole. A power cut may still leave it short or empty,
since nobody waited for the disk: then its foot does not fit and it counts for nothing. A column
whose bytes are not those that were written is noticed when it is read.
"""

import json
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import numpy as np

from riskwarn.errors import DiskError, Place, Problem
from riskwarn.store.connect import disk_faults

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

Found = TypeVar("Found")
MAGIC = b"RWINTS01"
_FOOT = 8 + len(MAGIC)  # the length of the description, and the magic word


class DamagedCacheError(Exception):
    """A file that can be made again is not what was written: take it away and make it again."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.name)
        self.path = path


def made_again(work: Callable[[], Found], make: Callable[[], object] | None = None) -> Found:
    """Do some work; take each damaged file that it meets away, and do it again.

    Takes:  make, what makes such files again, where the work itself does not.
    Raises: DiskError D002 when a file is damaged again after it was made anew.
    """
    seen: set[Path] = set()
    while True:
        try:
            return work()
        except DamagedCacheError as damaged:
            if damaged.path in seen:
                message, cure = "重做后读出的仍与写入的不同，磁盘可能有故障", "检查磁盘后重新运行"
                raise DiskError(
                    Problem("D002", message, Place(damaged.path.name), cure)
                ) from damaged
            seen.add(damaged.path)
            with disk_faults(damaged.path):
                damaged.path.unlink(missing_ok=True)
            if make:
                make()


def write_integers(path: Path, columns: "Mapping[str, Array]") -> None:
    """Write named arrays of numbers, whole or not at all.

    Raises: DiskError D002 when the disk refuses.
    """
    with disk_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".part")
        try:
            with beside.open("wb") as file:
                about, at = [], 0
                for name, values in columns.items():
                    held = np.ascontiguousarray(values).view(np.uint8)
                    file.write(held.data)
                    about.append([name, values.dtype.str, at, values.size, zlib.crc32(held.data)])
                    at += held.size
                told = json.dumps(about).encode()
                file.write(told + len(told).to_bytes(8, "little") + MAGIC)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def read_integers(path: Path, names: Sequence[str] | None = None) -> "dict[str, Array]":
    """Read some columns, or all.

    Raises: DamagedCacheError when the file is missing, short or not what was written; KeyError
            for a column that it never had.
    """
    try:
        with path.open("rb") as file:
            about = {one[0]: one[1:] for one in _described(path, file)}
            wanted = about if names is None else names
            return {name: _column(path, file, *about[name]) for name in wanted}
    except FileNotFoundError as error:
        raise DamagedCacheError(path) from error


def is_whole(path: Path) -> bool:
    """Whether the file is there with its foot; its columns are looked at when they are read."""
    try:
        with path.open("rb") as file:
            _described(path, file)
    except (FileNotFoundError, DamagedCacheError):
        return False
    return True


def _described(path: Path, file: BinaryIO) -> list[list[Any]]:
    """The file's description: name, dtype, place, length and checksum of each column."""
    size = os.fstat(file.fileno()).st_size
    if size < _FOOT:
        raise DamagedCacheError(path)
    file.seek(size - _FOOT)
    foot = file.read(_FOOT)
    length = int.from_bytes(foot[:8], "little")
    if foot[8:] != MAGIC or length > size - _FOOT:
        raise DamagedCacheError(path)
    file.seek(size - _FOOT - length)
    try:
        about: list[list[Any]] = json.loads(file.read(length))
    except ValueError as error:
        raise DamagedCacheError(path) from error
    if sum(np.dtype(one[1]).itemsize * one[3] for one in about) != size - _FOOT - length:
        raise DamagedCacheError(path)
    return about


def _column(path: Path, file: BinaryIO, dtype: str, at: int, size: int, checksum: int) -> "Array":
    file.seek(at)
    values = np.fromfile(file, dtype=dtype, count=size)
    if values.size != size or zlib.crc32(values.view(np.uint8).data) != checksum:
        raise DamagedCacheError(path)
    return values
