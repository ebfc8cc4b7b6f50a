"""Excel workbooks, opened only in a child process with limits: two cells can abort a reader."""

import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from riskwarn.sources.csvfile import CsvFile
from riskwarn.sources.rawfile import Shape, file_fault

if TYPE_CHECKING:
    import polars as pl

UNPACKED_MAX_BYTES = 500_000_000  # of all parts together
RATIO_MAX = 200  # unpacked to packed; sheets of text reach 20 to 60
RATIO_FROM_BYTES = 20_000_000  # below this even a high ratio harms nobody
CELLS_MAX = 60_000_000
CHILD_MEMORY_BYTES = 3 << 30
CHILD_CPU_S = 120
_REFERENCE = re.compile(rb'<(?:\w+:)?dimension[^>]*ref="[A-Z]*\d*:?([A-Z]+)(\d+)"')
_CELL = re.compile(rb' r="([A-Z]{1,3})(\d{1,7})"')
_FORMULA = re.compile(rb'<(?:\w+:)?c [^>]*?r="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*<(?:\w+:)?f[ >/]')
_TAIL = 512  # bytes carried over, so that what lies across two blocks is seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbook:
    """One sheet of a workbook, as the CSV that the child process wrote of it."""

    csv: CsvFile
    folder: "tempfile.TemporaryDirectory[str]"  # lives as long as the workbook is read
    shape: Shape
    other_sheets: bool

    @property
    def headers(self) -> tuple[str, ...]:
        return self.csv.headers

    @property
    def note_codes(self) -> tuple[str, ...]:
        return ("N315",) if self.other_sheets else ()

    def chunks(self) -> "Iterator[pl.DataFrame]":
        yield from self.csv.chunks()


def open_workbook(path: Path, shown: str, sheet: str | None = None) -> Workbook:
    """Look at a workbook's parts, then have a child process write its sheet as CSV.

    Raises: InputRejectedError I101 for no such file, I102 for an empty sheet, I111 for one that is
            not safe to open, I112 when the child cannot read it.
    """
    if not path.is_file():
        raise file_fault("I101", shown, "：没有这个文件")
    check_parts(path, shown)
    folder = tempfile.TemporaryDirectory(prefix="riskwarn-")
    target = Path(folder.name) / "sheet.csv"
    command = [sys.executable, "-m", "riskwarn.sources.workbook_child"]
    command += [
        str(path.resolve()),
        str(target),
        sheet or "",
        str(CHILD_MEMORY_BYTES),
        str(CHILD_CPU_S),
    ]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=CHILD_CPU_S * 5,
            check=False,
            env=_environment(),
            cwd=folder.name,
        )
    except subprocess.TimeoutExpired as error:
        raise file_fault("I112", shown, "：读取超时") from error
    said = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        why = said if done.returncode == 3 else f"：读取进程中止（{done.returncode}）"
        raise file_fault("I112", shown, why)
    if target.stat().st_size == 0:
        raise file_fault("I102", shown)
    more, header_row = said.split()
    csv = replace(CsvFile.open(target, shown), header_row=int(header_row))
    shape = replace(csv.shape, encoding="xlsx", has_control=True)
    return Workbook(csv=csv, folder=folder, shape=shape, other_sheets=more == "more")


def _environment() -> dict[str, str]:
    """The child finds this package and nothing else of our surroundings."""
    package_home = str(Path(__file__).resolve().parents[2])
    return {"PYTHONPATH": package_home, "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def check_parts(path: Path, shown: str) -> None:
    """Refuse bombs before anything is unpacked whole: sizes, ratios and the extent of sheets."""
    try:
        with zipfile.ZipFile(path) as book:
            parts = book.infolist()
            unpacked = sum(part.file_size for part in parts)
            packed = max(1, sum(part.compress_size for part in parts))
            if unpacked > UNPACKED_MAX_BYTES:
                raise file_fault("I111", shown, f"：解开后有 {unpacked} 字节")
            if unpacked > RATIO_FROM_BYTES and unpacked / packed > RATIO_MAX:
                raise file_fault("I111", shown, f"：压缩比 {unpacked // packed}，疑为压缩炸弹")
            for part in parts:
                if re.fullmatch(r"xl/worksheets/[^/]+\.xml", part.filename):
                    _check_extent(book, part, shown)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as error:
        raise file_fault("I112", shown, "：不是完整的 .xlsx 文件") from error


def formula_cells(path: Path) -> list[tuple[int, int]]:
    """Find the cells of all sheets that hold a formula; their values are not what anybody wrote.

    Takes:  path, a workbook whose parts were looked at (`check_parts`).
    Gives:  (row, column) of each, counted from 1, in the order of the sheets.
    """
    found: dict[tuple[int, int], None] = {}
    with zipfile.ZipFile(path) as book:
        for part in book.infolist():
            if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", part.filename):
                continue
            tail = b""
            with book.open(part) as file:
                while block := file.read(1 << 20):
                    text = tail + block
                    for match in _FORMULA.finditer(text):
                        found[int(match.group(2)), _column_number(match.group(1))] = None
                    tail = text[-_TAIL:]
    return list(found)


def _check_extent(book: zipfile.ZipFile, part: zipfile.ZipInfo, shown: str) -> None:
    """Count bytes while unpacking, for headers lie, and find the outermost cell."""
    rows = columns = read = 0
    tail = b""
    with book.open(part) as file:
        while block := file.read(1 << 20):
            read += len(block)
            if read > min(part.file_size, UNPACKED_MAX_BYTES):
                raise file_fault("I111", shown, "：部件比所声明的大")
            text = tail + block
            for letters, number in _outermost(text):
                rows, columns = max(rows, number), max(columns, letters)
            tail = text[-64:]
    if rows * columns > CELLS_MAX:
        raise file_fault("I111", shown, f"：工作表有 {rows} 行 × {columns} 列")


def _outermost(text: bytes) -> Iterator[tuple[int, int]]:
    for pattern in (_REFERENCE, _CELL):
        for match in pattern.finditer(text):
            yield _column_number(match.group(1)), int(match.group(2))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
