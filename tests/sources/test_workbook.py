"""Workbooks: read in a child with limits; bombs and damage are refused, the parent lives."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from riskwarn.errors import InputRejectedError
from riskwarn.sources import workbook
from riskwarn.sources.rawfile import ROW
from riskwarn.sources.workbook import formula_cells, open_workbook


def a_book(path: Path, *sheets) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"S{number}")
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def content(path: Path, sheet: str | None = None):
    book = open_workbook(path, path.name, sheet)
    return book, pl.concat(list(book.chunks()))


def test_cells_come_as_text_dates_as_dates_and_codes_whole(tmp_path):
    rows = [
        ["代码", "日期", "金额", "是否", "名称"],
        ["010000", date(2024, 2, 3), 12.5, True, "甲,乙"],
        [123456789012345, datetime(2024, 2, 3, 10, 30), 3.0, False, None],  # noqa: DTZ001
    ]
    book, found = content(a_book(tmp_path / "a.xlsx", rows))
    assert book.headers == ("代码", "日期", "金额", "是否", "名称")
    assert found.rows() == [
        (2, "010000", "2024-02-03", "12.5", "1", "甲,乙"),
        (3, "123456789012345", "2024-02-03 10:30:00", "3", "0", None),
    ]
    assert book.shape.encoding == "xlsx"
    assert book.note_codes == ()


def test_a_title_above_the_header_keeps_the_row_numbers_of_the_sheet(tmp_path):
    rows = [["某县行政处罚台账"], [], ["代码", "名称"], ["1", "甲"]]
    book, found = content(a_book(tmp_path / "a.xlsx", rows))
    assert book.headers[:2] == ("代码", "名称")
    assert found[ROW].to_list() == [4]


def test_further_sheets_are_noted_and_one_can_be_named(tmp_path):
    path = a_book(tmp_path / "a.xlsx", [["代码", "名"], ["1", "甲"]], [["代码", "名"], ["2", "乙"]])
    book, found = content(path)
    assert book.note_codes == ("N315",)
    assert found["代码"].to_list() == ["1"]
    assert content(path, "S1")[1]["代码"].to_list() == ["2"]
    with pytest.raises(InputRejectedError, match=r"I112.*没有工作表 S9"):
        content(path, "S9")


def test_an_empty_sheet_is_an_empty_file(tmp_path):
    with pytest.raises(InputRejectedError, match="I102"):
        content(a_book(tmp_path / "a.xlsx", []))


def test_what_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(InputRejectedError, match="I112"):
        content(path)
    whole = a_book(tmp_path / "b.xlsx", [["a", "b"], [1, 2]]).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputRejectedError, match="I112"):
        content(path)


def test_a_file_that_is_not_there_is_said_not_to_be_there(tmp_path):
    with pytest.raises(InputRejectedError, match=r"I101 .*没有这个文件"):
        content(tmp_path / "a.xlsx")


def test_formulas_are_found_in_every_sheet_and_across_blocks(tmp_path):
    filling = [[f"甲{n}", "乙" * 50] for n in range(20_000)]  # the part is larger than one block
    path = a_book(tmp_path / "a.xlsx", [*filling, ["=1+1", "丙"]], [["x"], ["y", "=A1"]])
    assert formula_cells(path) == [(20_001, 1), (2, 2)]
    assert formula_cells(a_book(tmp_path / "b.xlsx", [["=", "甲"], ["'=1", 2]])) == []


SHEET = (
    '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/'
    'main">{dimension}<sheetData>{rows}</sheetData></worksheet>'
)


def replaced(tmp_path: Path, rows: str, dimension: str = "") -> Path:
    """A real workbook whose sheet part was written anew."""
    source = a_book(tmp_path / "good.xlsx", [["a", "b"], [1, 2]])
    target = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            raw = old.read(part)
            if part.filename.startswith("xl/worksheets/"):
                raw = SHEET.format(rows=rows, dimension=dimension).encode()
            new.writestr(part.filename, raw)
    return target


TWO_CELLS = (
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
)


def test_two_cells_at_opposite_corners_are_refused_before_anything_opens_them(tmp_path):
    with pytest.raises(InputRejectedError, match=r"I111.*1048576 行 × 16384 列"):
        content(replaced(tmp_path, TWO_CELLS))


def test_a_dimension_beyond_reason_is_refused(tmp_path):
    path = replaced(tmp_path, "", '<dimension ref="A1:XFD1048576"/>')
    with pytest.raises(InputRejectedError, match="I111"):
        content(path)


def test_a_reader_that_aborts_takes_only_the_child_with_it(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "CELLS_MAX", 1 << 60)
    with pytest.raises(InputRejectedError, match="I112"):
        content(replaced(tmp_path, TWO_CELLS))


def test_a_zip_bomb_is_refused_by_its_declared_sizes(tmp_path, monkeypatch):
    path = replaced(tmp_path, " " * 30_000_000)
    with pytest.raises(InputRejectedError, match=r"I111.*压缩比"):
        content(path)
    monkeypatch.setattr(workbook, "UNPACKED_MAX_BYTES", 1_000_000)
    with pytest.raises(InputRejectedError, match=r"I111.*字节"):
        content(path)


def test_a_child_that_needs_too_much_memory_or_time_is_stopped(tmp_path, monkeypatch):
    path = a_book(tmp_path / "a.xlsx", [["a", "b"], *([n, n] for n in range(2_000))])
    monkeypatch.setattr(workbook, "CHILD_MEMORY_BYTES", 1 << 20)
    with pytest.raises(InputRejectedError, match="I112"):
        content(path)
