"""Which reader a file is for, told by its ending."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from riskwarn.errors import system_words
from riskwarn.sources.csvfile import CsvFile
from riskwarn.sources.parquetfile import ParquetFile
from riskwarn.sources.rawfile import RawFile, file_fault
from riskwarn.sources.workbook import open_workbook

if TYPE_CHECKING:
    import polars as pl


def open_raw(path: Path, shown: str, *, sheet: str | None = None) -> RawFile:
    """Open a delivery by its suffix.

    Raises: InputRejectedError I101–I104, I109, I111, I112.
    """
    if not _is_text(str(path)):
        plain = shown.encode(errors="replace").decode()
        raise file_fault("I101", plain, "：文件名或文件夹名不是 UTF-8，请改名")
    try:
        size = path.stat().st_size
    except OSError as error:
        raise file_fault("I101", shown, f"：{system_words(error)}") from error
    if size == 0:
        raise file_fault("I102", shown)
    suffix = path.suffix.lower()
    if suffix in (".csv", ".txt", ".tsv"):
        csv: RawFile = CsvFile.open(path, shown)
        return csv
    if suffix in (".xlsx", ".xlsm"):
        return open_workbook(path, shown, sheet)
    if suffix == ".parquet":
        parquet: RawFile = ParquetFile.open(path, shown)
        return parquet
    raise file_fault("I104", shown, f" {suffix or '（无后缀）'}")


def _is_text(name: str) -> bool:
    """Whether a name is Unicode: other bytes are lone surrogates, which no frame can hold."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def typed_chunks(raw: RawFile) -> "Iterator[pl.DataFrame]":
    """Give a file's rows with the types its writer gave them; only Parquet has any but text."""
    return raw.typed_chunks() if isinstance(raw, ParquetFile) else raw.chunks()
