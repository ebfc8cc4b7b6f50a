"""Deliveries as files: Chinese headers, exchange columns, Parquet, CSV in two encodings, XLSX."""

import hashlib
from datetime import datetime
from pathlib import Path

import polars as pl

from riskwarn.tables.catalogue import Table

ROW_GROUP = 131_072  # rows; fixed, so that the bytes do not depend on threads
SMALL = 20_000  # enterprises up to which the small lists come as people send them
_EXCHANGE = {"cd_operation": "操作标识", "cd_batch": "批次号", "known_on": "知悉日期"}


def as_delivered(
    frame: pl.DataFrame, table: Table, batch: str, operation: str = "i"
) -> pl.DataFrame:
    """Rename to the Chinese titles and add the exchange columns that the frame lacks.

    Takes:  frame with exactly the table's columns, and perhaps known_on and cd_operation.
    """
    columns = list(table.columns)
    extra = [name for name in frame.columns if name not in columns and name not in _EXCHANGE]
    missing = [name for name in columns if name not in frame.columns]
    if extra or missing:
        raise ValueError(f"{table.name}: extra {extra}, missing {missing}")
    if "cd_operation" not in frame.columns:
        frame = frame.with_columns(pl.lit(operation).alias("cd_operation"))
    frame = frame.with_columns(pl.lit(batch).alias("cd_batch"))
    titles = {name: column.title for name, column in table.columns.items()} | _EXCHANGE
    exchange = [name for name in _EXCHANGE if name in frame.columns]
    return frame.select([*columns, *exchange]).rename(titles, strict=False)


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write one file; equal frames give equal bytes."""
    frame.rechunk().write_parquet(
        path, compression="zstd", compression_level=1, statistics=True, row_group_size=ROW_GROUP
    )


def write_csv(frame: pl.DataFrame, path: Path, encoding: str) -> None:
    """Write text; GB18030 as older systems send it, UTF-8 with a mark as spreadsheets do."""
    text = frame.write_csv(line_terminator="\r\n", date_format="%Y-%m-%d")
    path.write_bytes(text.encode(encoding))


def write_workbook(frame: pl.DataFrame, path: Path) -> None:
    """Write a workbook as a colleague would: one sheet, a header, dates as dates."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": datetime(2025, 1, 1)})  # noqa: DTZ001
        sheet = book.add_worksheet("Sheet1")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, frame.columns)
        for number, row in enumerate(frame.iter_rows(), 1):
            for place, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, place, value)
                elif hasattr(value, "year"):
                    sheet.write_datetime(number, place, value, day)
                elif value is not None:
                    sheet.write(number, place, value)


def file_hash(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
