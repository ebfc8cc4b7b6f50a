"""Frozen lines, in memory or in a file: read block by block, one line found by bisection."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

BLOCK_BYTES = 1 << 24
Read = Callable[[int, int], bytes]  # (offset, size) → bytes


class Lines:
    """Lines ended by LF and sorted by their first field; a big list is never read as a whole."""

    def __init__(self, source: bytes | Path) -> None:
        self.source = source

    def blocks(self, size: int = BLOCK_BYTES) -> Iterator[bytes]:
        """Give whole lines, about `size` bytes at a time."""
        if isinstance(self.source, bytes):
            if self.source:
                yield self.source
            return
        with self.source.open("rb") as file:
            rest = b""
            while block := file.read(size):
                cut = block.rfind(b"\n") + 1
                if cut:
                    yield rest + block[:cut]
                    rest = block[cut:]
                else:
                    rest += block
            if rest:
                yield rest

    def __iter__(self) -> Iterator[str]:
        for block in self.blocks():
            yield from block.decode().split("\n")[:-1]

    def find(self, key: str) -> list[str] | None:
        """Give the fields of the line whose first field is `key`."""
        if isinstance(self.source, bytes):
            return _bisect(key.encode(), len(self.source), self._slice)
        with self.source.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return _bisect(key.encode(), size, lambda at, n: os.pread(file.fileno(), n, at))

    def _slice(self, at: int, size: int) -> bytes:
        assert isinstance(self.source, bytes)
        return self.source[at : at + size]


def _bisect(key: bytes, size: int, read: Read) -> list[str] | None:
    """Find a line by its first field between byte offsets that begin lines."""
    low, high = 0, size
    while low < high:
        start = _line_start((low + high) // 2, low, read)
        line = _line_at(start, read)
        found = line.partition(b"\t")[0]
        if found == key:
            return line.decode().split("\t")
        if found < key:
            low = start + len(line) + 1
        else:
            high = start
    return None


def _line_start(at: int, low: int, read: Read) -> int:
    """Give where the line begins that holds byte `at`; no line begins before `low`."""
    step = 256
    while at > low:
        start = max(low, at - step)
        cut = read(start, at - start).rfind(b"\n")
        if cut >= 0:
            return start + cut + 1
        at = start
    return low


def _line_at(start: int, read: Read) -> bytes:
    size = 256
    while True:
        block = read(start, size)
        cut = block.find(b"\n")
        if cut >= 0 or len(block) < size:
            return block[:cut] if cut >= 0 else block
        size *= 4
