"""The workbook in which a plan is filled in: three sheets, drop-downs where words are fixed."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from riskwarn.draw.plansheet import (
    PLAN_FIELDS,
    PLAN_SHEET,
    SEED_FIELDS,
    SEED_SHEET,
    TASK_FIELDS,
    TASK_SHEET,
    Field,
)
from riskwarn.outputs.workbook import open_book

ROWS = 200  # tasks a plan may have


def write_plan_template(path: Path, on: date) -> None:
    """Write an empty plan workbook; every cell is text, so that 3% and codes stay as typed."""
    with open_book(path, on, "双随机抽查计划") as made:
        text = made.book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        sheet = made.book.add_worksheet(PLAN_SHEET)
        sheet.set_column(0, 0, 20)
        sheet.set_column(1, 2, 40, text)
        for at, header in enumerate(("项目", "内容", "说明")):
            sheet.write_string(0, at, header, made.head)
        for row, field in enumerate(PLAN_FIELDS, 1):
            sheet.write_string(row, 0, field.header)
            sheet.write_blank(row, 1, None, text)
            sheet.write_string(row, 2, field.note, text)
            _offer(sheet, row, row, 1, field)
        for name, fields in ((TASK_SHEET, TASK_FIELDS), (SEED_SHEET, SEED_FIELDS)):
            _write_table(made, name, fields, text)


def _write_table(made: Any, name: str, fields: Sequence[Field], text: Any) -> None:
    sheet = made.book.add_worksheet(name)
    sheet.freeze_panes(1, 2)
    for at, field in enumerate(fields):
        sheet.set_column(at, at, 18, text)
        sheet.write_string(0, at, field.header, made.head)
        if field.note:
            sheet.write_comment(0, at, field.note, {"author": "riskwarn"})
        _offer(sheet, 1, ROWS, at, field)


def _offer(sheet: Any, first: int, last: int, column: int, field: Field) -> None:
    if field.words is None:
        return
    rule: dict[str, Any] = {"validate": "list", "source": list(field.words)}
    if field.many:  # several may be written, divided by ；
        rule["error_type"] = "information"
    sheet.data_validation(first, column, last, column, rule)
