"""CSV: one pass over the bytes finds encoding, shape and damage; polars then reads text only."""

import codecs
import csv
import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from riskwarn.sources.rawfile import CHUNK_ROWS, ROW, Shape, distinct_headers, file_fault

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

BLOCK = 8 << 20
HEADER_MAX_BYTES = 1 << 20
_CONTROLS = bytes(b for b in range(32) if b not in (9, 10, 13)) + b"\x7f"
BLANK = 0  # fields of a line with nothing on it
_UNEVEN_KEPT = 100_000  # a file with more uneven rows than this is no CSV of that header


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvFile:
    """A CSV delivery whose bytes were looked at."""

    path: Path
    headers: tuple[str, ...]
    shape: Shape
    header_row: int = 1

    @classmethod
    def open(cls, path: Path, shown: str) -> "CsvFile":
        """Look at a CSV file.

        Raises: InputRejectedError I102 without a header, I103 for an unknown encoding.
        """
        encoding = _encoding(path, shown)
        with path.open("rb") as file:
            head = file.read(HEADER_MAX_BYTES)
        text = codecs.getincrementaldecoder(encoding)().decode(head)
        separator = _separator(text)
        try:
            headers = next(csv.reader(io.StringIO(text), delimiter=separator), [])
        except csv.Error as error:
            raise file_fault("I103", shown, f"：{error}", 1) from error
        if not any(header.strip() for header in headers):
            raise file_fault("I102", shown)
        shape = _shape(path, encoding, separator, len(headers))
        return cls(path=path, headers=distinct_headers(headers), shape=shape)

    @property
    def note_codes(self) -> tuple[str, ...]:
        codes = ["N313"] if self.shape.encoding == "gb18030" else []
        return (*codes, "N314") if self.shape.ends_open else tuple(codes)

    def chunks(self) -> "Iterator[pl.DataFrame]":
        """Give text frames of at most CHUNK_ROWS rows, rows with a wrong field count left out."""
        if self.shape.encoding != "gb18030":
            yield from self._read(self.path)
            return
        with tempfile.NamedTemporaryFile(suffix=".csv") as file:
            with self.path.open(encoding="gb18030", newline="") as source:
                while block := source.read(BLOCK):
                    file.write(block.encode())
            file.flush()
            yield from self._read(Path(file.name))

    def _read(self, path: Path) -> "Iterator[pl.DataFrame]":
        import polars as pl

        names = [f"c{number}" for number in range(len(self.headers))]
        lazy = pl.scan_csv(
            path,
            separator=self.shape.separator,
            infer_schema=False,
            with_column_names=lambda _: names,
            truncate_ragged_lines=True,
            row_index_name=ROW,
            row_index_offset=self.header_row + 1,
        )
        uneven = list(self.shape.uneven)
        for frame in lazy.collect_batches(chunk_size=CHUNK_ROWS, maintain_order=True):
            kept = frame.filter(~pl.col(ROW).is_in(uneven)) if uneven else frame
            yield kept.rename(dict(zip(names, self.headers, strict=True)))


def _encoding(path: Path, shown: str) -> str:
    """Strict UTF-8, then strict GB18030, never a guess that loses characters."""
    for name in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(name)(errors="strict")
        try:
            with path.open("rb") as file:
                while block := file.read(BLOCK):
                    decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return name
    raise file_fault("I103", shown)


def _separator(text: str) -> str:
    line = text.split("\n", 1)[0]
    return "\t" if line.count("\t") > line.count(",") else ","


def _shape(path: Path, encoding: str, separator: str, fields: int) -> Shape:
    """Count fields a record over the raw bytes; quoted separators and line ends do not count.

    In UTF-8 and GB18030 no second byte of a character is a comma, a quote or a line end, so bytes
    can be counted without decoding.
    """
    import numpy as np

    state = _Counter(ord(separator))
    control = False
    last = b"\n"
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            control = control or len(block.translate(None, _CONTROLS)) != len(block)
            state.feed(np.frombuffer(block, np.uint8))
            last = block[-1:]
    ends_open = last != b"\n"
    if ends_open:
        state.close()
    uneven = {}
    counts = state.counts()
    for position in np.flatnonzero((counts != fields) & (counts != BLANK))[:_UNEVEN_KEPT].tolist():
        uneven[position + 1] = int(counts[position])
    return Shape(
        encoding="utf-8" if encoding == "utf-8-sig" else encoding,
        separator=separator,
        rows=max(0, len(counts) - 1),
        uneven={row: n for row, n in uneven.items() if row > 1},
        has_control=control,
        ends_open=ends_open,
        ends_quoted=state.quoted,
    )


class _Counter:
    """Fields of each record, block by block."""

    def __init__(self, separator: int) -> None:
        self.separator = separator
        self.quoted = False
        self.pending = 0  # separators since the last line end
        self.empty = True  # nothing since the last line end
        self.found: list[npt.NDArray[np.int64]] = []

    def feed(self, block: "npt.NDArray[np.uint8]") -> None:
        import numpy as np

        ends = block == 10
        cuts = block == self.separator
        quotes = block == 34
        if self.quoted or quotes.any():
            inside = (np.cumsum(quotes) + self.quoted) & 1 == 1
            self.quoted = bool(inside[-1])
            ends &= ~inside
            cuts &= ~inside
        places = np.flatnonzero(ends)
        before = np.cumsum(cuts)[places] if places.size else np.zeros(0, np.int64)
        total = int(np.count_nonzero(cuts))
        if places.size:
            counts = np.diff(before, prepend=0)
            counts[0] += self.pending
            self.found.append(self._without_blank(block, places, counts + 1))
            self.pending = total - int(before[-1])
            self.empty = int(places[-1]) == block.size - 1
        else:
            self.pending += total
            self.empty = False

    def _without_blank(
        self,
        block: "npt.NDArray[np.uint8]",
        places: "npt.NDArray[np.int64]",
        counts: "npt.NDArray[np.int64]",
    ) -> "npt.NDArray[np.int64]":
        """Give lines with nothing on them the count BLANK: the reader makes them rows of nulls."""
        import numpy as np

        lengths = np.diff(places, prepend=-1) - 1
        bare = (lengths == 0) | ((lengths == 1) & (block[places - 1] == 13))
        bare[0] &= self.empty
        return np.where(bare, BLANK, counts)

    def close(self) -> None:
        import numpy as np

        self.found.append(np.array([self.pending + 1], np.int64))

    def counts(self) -> "npt.NDArray[np.int64]":
        import numpy as np

        return np.concatenate(self.found) if self.found else np.zeros(0, np.int64)
