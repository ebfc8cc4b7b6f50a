"""Proposals for legal staff as a workbook: texts side by side, locked; the decision is open."""

from pathlib import Path
from typing import Any

from riskwarn.law.decisions import BATCH, CHOICES, DECISION, HEADERS, INSTEAD, KEY, REASON, cells_of
from riskwarn.law.proposals import Batch
from riskwarn.outputs.gate import clean
from riskwarn.outputs.workbook import Column, cut, open_book

SHEET = "建议"
_WIDTHS = {
    BATCH: 4,
    KEY: 4,
    "事项编码": 17,
    "事项名称": 28,
    "现引条款": 30,
    "变动": 14,
    "变动种类": 14,
    "原文": 60,
    "新文": 60,
    "建议": 30,
    "其他可能": 26,
    "施行日期": 12,
    "把握": 10,
    "说明": 26,
    DECISION: 10,
    INSTEAD: 32,
    REASON: 26,
}
_OPEN = (DECISION, INSTEAD, REASON)
_COLUMNS = tuple(
    Column(header=name, width=_WIDTHS[name], kind="wrap", open=name in _OPEN) for name in HEADERS
)
_ABOUT = (
    ("怎样填", "逐行比较“原文”与“新文”，在“决定”一栏选一项；其他各栏已锁定，不要删行、加行。"),
    (CHOICES[0], "改引“建议”一栏的条款；建议为删去这一依据时，即删去。"),
    (CHOICES[1], "改引别的条款：在“改为条款”一栏写 《法名》第…条第…款第…项，多条用 ； 隔开。"),
    (CHOICES[2], "现在不定，保持原样；下一次生成建议时再次列出。尚未施行的修改只能选这一项。"),
    (CHOICES[3], "该监管事项自决定之日起停用。"),
    (
        "填完以后",
        "riskwarn law decide 文件.xlsx --by 姓名：全部合格才记入，有一处不合格则整份退回。",
    ),
)


def write_proposals_book(batch: Batch, path: Path) -> None:
    """Write a batch as a workbook; the same batch gives the same bytes.

    The sheet is protected without a password: it guards against slips; whatever was changed all
    the same is found when the workbook comes back.
    """
    columns = (Column(header="项目", width=16), Column(header="内容", width=90, kind="wrap"))
    with open_book(path, batch.end, f"法律变动建议 {batch.id}") as book:
        rows = [cells_of(batch, row) for row in batch.rows]
        sheet = book.sheet(SHEET, _COLUMNS, rows)
        sheet.freeze_panes(1, 4)
        sheet.set_column(0, 1, 4, None, {"hidden": True})
        _validate(sheet, max(1, len(rows)))
        allowed = {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True}
        sheet.protect("", allowed | {"select_locked_cells": True})
        book.sheet("说明", columns, _ABOUT)


def shown(text: str) -> str:
    """How a text stands in its cell."""
    return cut(clean(text))


def _validate(sheet: Any, rows: int) -> None:
    at = HEADERS.index(DECISION)
    told = {"error_title": DECISION, "error_message": "请从下拉列表中选择。"}
    rule = {"validate": "list", "source": list(CHOICES)} | told
    sheet.data_validation(1, at, rows, at, rule)
