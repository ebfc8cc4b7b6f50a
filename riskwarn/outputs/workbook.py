"""Workbooks: text stays text, no formula and no link comes from data, the same bytes each time."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from riskwarn.outputs import words
from riskwarn.outputs.gate import clean, mask_field
from riskwarn.records.leads import SCORE_SCALE, ClauseText, GoneLead, Lead
from riskwarn.records.report import ReportBundle
from riskwarn.terms import PersonalData

CELL_LIMIT = 32_000  # Excel's own limit is 32,767 characters
LINE_HEIGHT, FEWEST_LINES, MOST_LINES = 14, 2, 12  # of a row; points, by its printed columns
A4, A3 = 9, 8
_WIDE = re.compile("[\u2e80-\U0010ffff]")
_WIDTHS_KEPT = 4_096  # lines of clauses and advice come again and again
_HEADER = {"bold": True, "bg_color": "#1D4F91", "font_color": "#FFFFFF", "text_wrap": True}
_GRID = {"border": 1, "border_color": "#D9DEE5"}
_FONT = {"font_name": "Microsoft YaHei", "font_size": 10}
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}
Kind = Literal["text", "wrap", "number", "date"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a sheet: its header, width in characters, kind; `open` cells may be edited."""

    header: str
    width: int
    kind: Kind = "text"
    open: bool = False


class Book:
    """A workbook whose cells all pass the gate."""

    def __init__(self, path: Path, as_of: date, title: str) -> None:
        import xlsxwriter

        self.book: Any = xlsxwriter.Workbook(str(path), _OPTIONS)
        created = datetime(as_of.year, as_of.month, as_of.day)  # noqa: DTZ001  no clock in outputs
        self.book.set_properties({"title": clean(title), "created": created})
        self._formats: dict[tuple[str, bool], Any] = {}
        self.head = self.book.add_format(_FONT | _HEADER | {"valign": "vcenter", "border": 1})

    def form(self, kind: Kind, *, open_cell: bool = False) -> Any:
        """Give the cell format of a kind; unlocked and tinted for cells that people fill in."""
        key = (kind, open_cell)
        if key not in self._formats:
            look = _FONT | {"valign": "top"} | _GRID
            look |= {"align": "center"} if kind in ("number", "date") else {}
            look |= {"text_wrap": True} if kind == "wrap" else {}
            look |= {"num_format": "yyyy-mm-dd"} if kind == "date" else {}
            look |= {"locked": False, "bg_color": "#FFF9E5"} if open_cell else {}
            self._formats[key] = self.book.add_format(look)
        return self._formats[key]

    def sheet(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Any]],
        *,
        printed: int | None = None,
        paper: int = A4,
        after_row: Callable[[Any, int], None] | None = None,
    ) -> Any:
        """Add a sheet with a frozen header, filters, widths and all its rows.

        Takes:  rows, values in the order of the columns; printed, so many columns go on paper and
                decide how high a row is, all when not given; after_row, called with sheet and
                place (from 0) while the row can still be written over.
        A column that nobody fills in and that is blank in every row is hidden.
        """
        sheet = self.book.add_worksheet(name)
        for place, column in enumerate(columns):
            form = self.form(column.kind, open_cell=column.open)
            blank = bool(rows) and not column.open and all(_empty(row[place]) for row in rows)
            sheet.set_column(place, place, column.width, form, {"hidden": blank})
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
        sheet.set_row(0, 32)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.header, self.head)
        shown = columns[:printed]
        sheet.set_landscape()
        sheet.set_paper(paper)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.print_area(0, 0, max(len(rows), 1), len(shown) - 1)
        sheet.set_footer("&C第 &P / &N 页")
        for place, values in enumerate(rows, 1):
            if any(column.kind == "wrap" for column in columns):
                sheet.set_row(place, _height(shown, values))
            self._row(sheet, place, columns, values)
            if after_row is not None:
                after_row(sheet, place - 1)
        return sheet

    def _row(
        self, sheet: Any, place: int, columns: Sequence[Column], values: Sequence[Any]
    ) -> None:
        """Write one row; None and empty text leave a blank cell."""
        for number, (column, value) in enumerate(zip(columns, values, strict=True)):
            form = self.form(column.kind, open_cell=column.open)
            if _empty(value):
                sheet.write_blank(place, number, None, form)
            elif column.kind == "number" and isinstance(value, int | float):
                sheet.write_number(place, number, value, form)
            elif isinstance(value, date):
                sheet.write_datetime(place, number, value, form)
            else:
                sheet.write_string(place, number, cut(clean(value)), form)


def _empty(value: Any) -> bool:
    return value is None or value == ""


def _height(columns: Sequence[Column], values: Sequence[Any]) -> int:
    """Points for as many lines as the longest wrapped text needs, within limits."""
    lines = [
        sum(-(-_width(part) // (column.width - 2)) or 1 for part in str(value).split("\n"))
        for column, value in zip(columns, values, strict=False)
        if column.kind == "wrap" and not _empty(value)
    ]
    return LINE_HEIGHT * min(max([*lines, FEWEST_LINES]), MOST_LINES) + 4


@lru_cache(maxsize=_WIDTHS_KEPT)
def _width(text: str) -> int:
    """In Excel's characters: a Han character is as wide as two."""
    return len(text) + len(_WIDE.findall(text))


@contextmanager
def open_book(path: Path, as_of: date, title: str) -> Iterator[Book]:
    """Write a workbook to `path`; it is closed and whole when the block ends."""
    book = Book(path, as_of, title)
    yield book
    book.book.close()


def cut(text: str) -> str:
    """Keep a cell within Excel's limit; say so when something was cut."""
    return text if len(text) <= CELL_LIMIT else text[:CELL_LIMIT] + "…（过长，余下从略）"


IDENTITY = "统一社会信用代码"
_LEADS = (
    Column(header="序号", width=6, kind="number"),
    Column(header="企业名称", width=28, kind="wrap"),
    Column(header=IDENTITY, width=21),
    Column(header="严重程度", width=10),
    Column(header="分值", width=8, kind="number"),
    Column(header="变化", width=9),
    Column(header="理由", width=56, kind="wrap"),
    Column(header="监管事项", width=30, kind="wrap"),
    Column(header="办理部门", width=20, kind="wrap"),
    Column(header="办理期限", width=12, kind="date"),
    Column(header="期限说明", width=15, kind="wrap"),
    Column(header="状态", width=9),
    Column(header="法律依据", width=40, kind="wrap"),
    Column(header="核查建议", width=36, kind="wrap"),
    Column(header="可能误报", width=30, kind="wrap"),
    Column(header="模型概率", width=10),
    Column(header="模型主要因素", width=40, kind="wrap"),
    Column(header="条款原文（当日有效）", width=70, kind="wrap"),
    Column(header="首次出现", width=12, kind="date"),
    Column(header="信用风险分类", width=14),
    Column(header="领域", width=18, kind="wrap"),
    Column(header="所在区划", width=16),
    Column(header="住所", width=36, kind="wrap"),
    Column(header="监管事项目录编码", width=17),
    Column(header="线索编号", width=17),
)
_LEADS_PRINTED = 12
_GONE = (
    Column(header="企业名称", width=30, kind="wrap"),
    Column(header=IDENTITY, width=21),
    Column(header="监管事项", width=40, kind="wrap"),
    Column(header="退出原因", width=36, kind="wrap"),
    Column(header="原分值", width=8, kind="number"),
    Column(header="状态", width=10),
    Column(header="首次出现", width=12, kind="date"),
    Column(header="办理部门", width=22, kind="wrap"),
    Column(header="线索编号", width=17),
)
_ABOUT = (Column(header="项目", width=24), Column(header="内容", width=90, kind="wrap"))


def write_leads_book(bundle: ReportBundle, path: Path, about: Sequence[tuple[str, str]]) -> None:
    """Write leads.xlsx: the ranked leads, those that are gone, and how to read it."""
    with open_book(path, bundle.as_of, f"{bundle.title} 风险预警线索") as book:
        rows = [_lead_cells(lead, bundle.as_of) for lead in bundle.leads]
        sheet = book.sheet("线索", named_ids(_LEADS, bundle), rows, printed=_LEADS_PRINTED)
        sheet.freeze_panes(1, 2)
        gone = [_gone_cells(left) for left in bundle.gone]
        book.sheet("退出线索", named_ids(_GONE, bundle), gone)
        book.sheet("说明", _ABOUT, about)


def named_ids(columns: Sequence[Column], bundle: ReportBundle) -> tuple[Column, ...]:
    """Call the column of ids what this workspace calls them."""
    return tuple(
        replace(column, header=bundle.identity_word) if column.header == IDENTITY else column
        for column in columns
    )


def _gone_cells(left: GoneLead) -> list[Any]:
    cells = [left.name, left.uscc, left.item_name or left.item_code, words.GONE[left.reason]]
    tail = [words.STATE[left.state], left.first_seen_on, left.department_name]
    return [*cells, scored(left.score), *tail, left.lead_id]


def scored(hundredths: int) -> int | float:
    """A score as Excel's number: whole points stay whole."""
    whole, rest = divmod(hundredths, SCORE_SCALE)
    return hundredths / SCORE_SCALE if rest else whole


def reasons_text(lead: Lead) -> str:
    """All reasons in words, one a line."""
    lines = [signal.message for signal in lead.signals] or [words.headline(lead)]
    lines += [f"相关因素：{signal.message}" for signal in lead.context]
    return "\n".join(lines)


def clause_text(clauses: Sequence[ClauseText]) -> str:
    """The clauses' words, each under its address and version."""
    parts = []
    for clause in clauses:
        head = f"{clause.citation}（{clause.version}）" if clause.version else clause.citation
        parts.append(f"{head}\n{clause.text or clause.note}")
    return "\n\n".join(parts)


def _lead_cells(lead: Lead, as_of: date) -> list[Any]:
    signals = lead.signals
    model = lead.model
    advice = dict.fromkeys(signal.advice for signal in signals if signal.advice)
    false = dict.fromkeys(text for signal in signals for text in signal.false_positives)
    factors = [
        f"{reason.title or reason.feature} {words.reason_value(reason)}"
        f"（{'升高' if reason.raises else '降低'}）"
        for reason in (model.reasons if model else ())
    ]
    days = f"{lead.deadline_days} 个工作日" + ("（暂定）" if lead.deadline_provisional else "")
    days += "\n已逾期" if lead.deadline_on < as_of else ""
    return [
        *(lead.rank, lead.name, lead.uscc, words.SEVERITY[lead.severity], scored(lead.score)),
        "重新开启" if lead.reopened else words.CHANGE[lead.change],
        reasons_text(lead),
        *(lead.item_name, lead.department_name or words.UNDECIDED, lead.deadline_on, days),
        words.STATE[lead.state],
        "\n".join(clause.citation for clause in lead.clauses),
        *("\n".join(advice), "\n".join(false)),
        words.probability(model.probability_ppm) if model else "",
        "\n".join(factors),
        clause_text(lead.clauses),
        lead.first_seen_on,
        lead.risk_class.value if lead.risk_class else "未分类",
        *(lead.domain, lead.region_name or lead.region),
        mask_field(lead.address, PersonalData.ADDRESS),
        lead.item_code,
        lead.lead_id,
    ]
