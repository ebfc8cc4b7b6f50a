"""Task workbooks, one a department: what to check is locked, what was found is filled in.

Headers are those of the inspection table, so a filled workbook comes back through the import.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from riskwarn.outputs import words
from riskwarn.outputs.workbook import (
    A3,
    IDENTITY,
    Column,
    clause_text,
    named_ids,
    open_book,
    reasons_text,
)
from riskwarn.records.leads import Lead
from riskwarn.records.report import ReportBundle
from riskwarn.tables.catalogue import load_catalogue

VERDICTS = ("属实", "不属实", "数据有误", "已移送")
UNDECIDED_FILE = "undecided"
_LATEST_DAYS = 366  # an inspection date later than a year after the run is a slip of the pen
_COLUMNS = (
    Column(header="企业名称", width=22, kind="wrap"),
    Column(header=IDENTITY, width=20),
    Column(header="住所", width=24, kind="wrap"),
    Column(header="监管事项", width=24, kind="wrap"),
    Column(header="严重程度", width=10),
    Column(header="理由", width=40, kind="wrap"),
    Column(header="核查建议", width=28, kind="wrap"),
    Column(header="办理期限", width=12, kind="date"),
    Column(header="检查日期", width=12, kind="date", open=True),
    Column(header="检查形式", width=11, open=True),
    Column(header="检查结果", width=22, kind="wrap", open=True),
    Column(header="核查结论", width=11, open=True),
    Column(header="实际适用条款", width=22, kind="wrap", open=True),
    Column(header="检查人员执法证号", width=18, kind="wrap", open=True),
    Column(header="备注", width=20, kind="wrap", open=True),
    Column(header="法律依据", width=60, kind="wrap"),
    Column(header="检查类别", width=10),
    Column(header="事项编码", width=17),
    Column(header="任务编号", width=17),
    Column(header="检查编号", width=24),
)
_PRINTED = 15
_AT = {column.header: place for place, column in enumerate(_COLUMNS)}
_CODES = "代码"
_BATCH = "批次"


def task_files(bundle: ReportBundle) -> list[tuple[str, tuple[Lead, ...]]]:
    """Give (file name, leads) for each department that has leads, by file name."""
    found: dict[str, list[Lead]] = {}
    for lead in bundle.leads:
        found.setdefault(lead.department_code, []).append(lead)
    return sorted((f"tasks-{_safe(code)}.xlsx", tuple(leads)) for code, leads in found.items())


def _safe(code: str) -> str:
    """A department's code as part of a file name; an odd one is replaced by its hash."""
    if not code:
        return UNDECIDED_FILE
    if re.fullmatch(r"[0-9A-Za-z_-]{1,40}", code) and code != UNDECIDED_FILE:
        return code
    return "x" + hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()[:12]


def write_tasks_book(bundle: ReportBundle, leads: Sequence[Lead], path: Path) -> None:
    """Write one department's workbook.

    The sheet is protected without a password: it guards against slips, not against intent; the
    batch on the very hidden sheet says which leads were handed out.
    """
    department = leads[0].department_name or words.UNDECIDED
    with open_book(path, bundle.as_of, f"{bundle.title} 核查任务 {department}") as book:
        rows = [_cells(lead, bundle) for lead in leads]
        columns = named_ids(_COLUMNS, bundle)
        sheet = book.sheet("核查任务", columns, rows, printed=_PRINTED, paper=A3)
        sheet.freeze_panes(1, 1)
        lists = _code_sheet(book.book)
        _validate(sheet, len(leads), bundle, lists)
        allowed = {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True}
        sheet.protect("", allowed | {"select_locked_cells": True})
        _batch_sheet(book.book, bundle, leads)


def _cells(lead: Lead, bundle: ReportBundle) -> list[Any]:
    advice = dict.fromkeys(signal.advice for signal in lead.signals if signal.advice)
    return [
        *(lead.name, lead.uscc, lead.address),
        *(lead.item_name, words.SEVERITY[lead.severity], reasons_text(lead), "\n".join(advice)),
        lead.deadline_on,
        *(None,) * 7,
        clause_text(lead.clauses),
        load_catalogue().codes["selected_by"].label("risk"),
        *(lead.item_code, lead.lead_id),
        f"{lead.lead_id}-{bundle.as_of:%y%m%d}",
    ]


def _code_sheet(book: Any) -> dict[str, str]:
    """Write the drop-down lists to a hidden sheet; gives header → range."""
    codes = load_catalogue().codes
    lists = {
        "检查形式": [words[0] for words in codes["inspection_form"].values.values()],
        "检查结果": [words[0] for words in codes["inspection_result"].values.values()],
        "核查结论": list(VERDICTS),
    }
    sheet = book.add_worksheet(_CODES)
    ranges = {}
    columns = sorted(lists)
    for row in range(max(len(values) for values in lists.values())):
        for place, header in enumerate(columns):
            if row < len(lists[header]):
                sheet.write_string(row, place, lists[header][row])
    for place, header in enumerate(columns):
        letter = "ABC"[place]
        ranges[header] = f"={_CODES}!${letter}$1:${letter}${len(lists[header])}"
    sheet.hide()
    return ranges


def _validate(sheet: Any, rows: int, bundle: ReportBundle, lists: dict[str, str]) -> None:
    """Drop-downs and date limits on the open cells."""
    for header, source in lists.items():
        place = _AT[header]
        told = {"error_title": header, "error_message": "请从下拉列表中选择。"}
        sheet.data_validation(1, place, rows, place, {"validate": "list", "source": source} | told)
    place = _AT["检查日期"]
    rule = {
        "validate": "date",
        "criteria": "between",
        "minimum": bundle.as_of,
        "maximum": bundle.as_of + timedelta(days=_LATEST_DAYS),
        "input_title": "检查日期",
        "input_message": "如 2026-07-01",
        "error_title": "检查日期",
        "error_message": "日期应在线索生成之日起一年之内。",
    }
    sheet.data_validation(1, place, rows, place, rule)


def _batch_sheet(book: Any, bundle: ReportBundle, leads: Sequence[Lead]) -> None:
    sheet = book.add_worksheet(_BATCH)
    ids = "\n".join(lead.lead_id for lead in leads)
    batch = hashlib.sha256(f"{bundle.run_id}\n{ids}".encode()).hexdigest()
    rows = (
        ("batch_id", batch),
        ("run_id", bundle.run_id),
        ("as_of", bundle.as_of.isoformat()),
        ("department_code", leads[0].department_code),
        ("leads", str(len(leads))),
    )
    for place, (name, value) in enumerate(rows):
        sheet.write_string(place, 0, name)
        sheet.write_string(place, 1, value)
    sheet.very_hidden()
