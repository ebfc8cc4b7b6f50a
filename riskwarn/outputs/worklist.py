"""Work lists of a draw, one workbook an officer; and returned copies with wrong cells marked."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from riskwarn.draw.results import (
    CODES_HEADERS,
    DATE_HEADER,
    NOTE_HEADER,
    SEAL_HEADER,
    CellFault,
    Check,
)
from riskwarn.outputs.gate import clean
from riskwarn.outputs.workbook import A3, Column, cut, open_book
from riskwarn.tables.catalogue import CodeList

SHEET = "检查清单"
COLUMNS = (
    Column(header="任务编号", width=10),
    Column(header="任务", width=28, kind="wrap"),
    Column(header="统一社会信用代码", width=21),
    Column(header="名称", width=30, kind="wrap"),
    Column(header="地址", width=32, kind="wrap"),
    Column(header="检查部门", width=22, kind="wrap"),
    Column(header="主检", width=20, kind="wrap"),
    Column(header="检查人员", width=26, kind="wrap"),
    Column(header=DATE_HEADER, width=13, kind="date", open=True),
    *(Column(header=name, width=26, open=True) for name in CODES_HEADERS),
    Column(header=NOTE_HEADER, width=30, kind="wrap", open=True),
    Column(header=SEAL_HEADER, width=24),
)
_AT = {column.header: place for place, column in enumerate(COLUMNS)}
_MARK = {"bg_color": "#F8CBAD", "border": 2, "border_color": "#C00000", "locked": False}


def write_work_list(checks: Sequence[Check], codes: CodeList, on: date, path: Path) -> None:
    """Write one officer's list; what was drawn is locked, what was found is filled in."""
    with open_book(path, on, "双随机检查清单") as book:
        rows = [_row(check) for check in checks]
        sheet = book.sheet(SHEET, COLUMNS, rows, printed=len(COLUMNS) - 1, paper=A3)
        _offer_codes(book.book, sheet, codes, len(checks))
        sheet.protect("", {"format_columns": True, "autofilter": True, "select_locked_cells": True})


def _row(check: Check) -> list[Any]:
    """Names first, the code behind them: two departments or officers may have one name."""
    people = [_named(*pair) for pair in zip(check.people, check.officers, strict=True)]
    return [
        *(check.task_no, check.task_title, check.uscc, check.name, check.address),
        *(_named(check.department_name, check.department), people[0], "、".join(people)),
        *((None,) * 5),
        check.seal,
    ]


def _named(name: str, code: str) -> str:
    return f"{name}（{code}）" if name else code


def _offer_codes(book: Any, sheet: Any, codes: CodeList, rows: int) -> None:
    words = [names[0] for names in codes.values.values()]
    lists = book.add_worksheet("代码")
    for place, word in enumerate(words):
        lists.write_string(place, 0, word)
    lists.hide()
    source = f"=代码!$A$1:$A${len(words)}"
    for header in CODES_HEADERS:
        rule = {"validate": "list", "source": source, "error_message": "请从列表中选择"}
        sheet.data_validation(1, _AT[header], max(rows, 1), _AT[header], rule)


def write_marked_copy(
    rows: Sequence[Mapping[str, str]], faults: Sequence[CellFault], on: date, path: Path
) -> None:
    """Write the returned file again: every wrong cell is coloured and says why in a note."""
    wrong: dict[tuple[int, str], str] = {}
    for fault in faults:
        key = (fault.row, fault.header)
        said = f"{fault.code} {fault.message}"
        wrong[key] = f"{wrong[key]}；{said}" if key in wrong else said
    with open_book(path, on, "双随机检查清单（退回修改）") as book:
        every = [[row.get(column.header, "") for column in COLUMNS] for row in rows]
        mark = book.book.add_format(_MARK)

        def mark_wrong(sheet: Any, place: int) -> None:
            for number, column in enumerate(COLUMNS):
                told = wrong.get((place, column.header))
                if told:
                    sheet.write_string(place + 1, number, cut(clean(every[place][number])), mark)
                    sheet.write_comment(place + 1, number, clean(told), {"author": "riskwarn"})

        book.sheet(SHEET, COLUMNS, every, printed=len(COLUMNS) - 1, paper=A3, after_row=mark_wrong)
