"""Supervision items: read from CSV line by line, checked, each resting on pinned clauses."""

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

from riskwarn.constants import CELL_MAX_CHARS, ITEM_CODE_LENGTH, USCC_LENGTH
from riskwarn.errors import ConfigError, Place, Problem
from riskwarn.law.item_columns import (
    COLUMNS,
    PINS_COLUMN,
    Layout,
    further_columns,
    lay_out,
    match_columns,
    open_lines,
)
from riskwarn.law.pins import Pinner, read_pins, write_pins
from riskwarn.records.law import PinnedCitation, SupervisionItem

_CATALOGUE_CODE = re.compile(rf"\d{{{ITEM_CODE_LENGTH}}}")
_SUB_CODE = re.compile(rf"[0-9A-Z]{{{ITEM_CODE_LENGTH},{ITEM_CODE_LENGTH + 10}}}")
_IMPLEMENTATION_CODE = re.compile(rf"[0-9A-Z]{{{USCC_LENGTH}}}[1-5][0-9A-Z]+")
_DAY = re.compile(r"(\d{4})[-/年.](\d{1,2})[-/月.](\d{1,2})日?")


class _Fault(Protocol):
    """Takes down one fault of a row; column counts from 0, -1 for the whole row."""

    def __call__(self, code: str, message: str, expected: str = "", column: int = 0) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadItem:
    """One row: the item as far as it can be read (None: not at all), and what is wrong with it."""

    item: SupervisionItem | None
    problems: tuple[Problem, ...]


def load_items(items_dir: Path) -> list[SupervisionItem]:
    """Read all item lists (*.csv) of a folder.

    Gives:  the items by code.
    Raises: ConfigError I101–I109, all problems of all files at once; an item code that stands
            twice is one.
    """
    items: dict[str, SupervisionItem] = {}
    problems: list[Problem] = []
    if not items_dir.is_dir():
        raise ConfigError(Problem("I100", "找不到监管事项目录", Place(str(items_dir))))
    for path in sorted(items_dir.glob("*.csv")):
        for row in read_items(path):
            problems += row.problems
            if row.item is None or not row.item.code:
                continue
            first = items.setdefault(row.item.code, row.item)
            if first is not row.item:
                problems.append(_doubled(row.item, first, Place(str(path), row.item.line)))
    if problems:
        raise ConfigError(*problems)
    return [items[code] for code in sorted(items)]


def load_list(path: Path) -> tuple[list[SupervisionItem], list[str]]:
    """Read one list whole: its items in their order, and the names of its further columns.

    Raises: ConfigError, all rows that cannot be read at once.
    """
    rows = list(read_items(path))
    problems = [problem for row in rows for problem in row.problems]
    if problems:
        raise ConfigError(*problems)
    return [row.item for row in rows if row.item is not None], further_columns(path)


def _doubled(item: SupervisionItem, first: SupervisionItem, place: Place) -> Problem:
    return Problem(
        "I106", f"事项编码 {item.code} 重复（第 {first.line} 行已有）", place, "编码唯一"
    )


class _Lines:
    """Lines for a CSV reader that passes over rows which do not name a word, unparsed.

    A line is passed over only where a row begins and nothing in it is quoted; whatever is quoted
    is left to the reader. `at` is the line where the row begins that was read last.
    """

    def __init__(self, lines: Iterator[str], word: str) -> None:
        self._lines, self._word = lines, word
        self._read = 0
        self.at = 0
        self.begins = True  # set by whoever takes the rows, once it has one

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        for line in self._lines:
            self._read += 1
            if not self.begins:
                return line
            if self._word in line or '"' in line or self._read == 1:
                self.at, self.begins = self._read, False
                return line
        raise StopIteration


def read_items(
    path: Path,
    naming: str = "",
    shown: str = "",
    header_row: int = 0,
    only: Collection[str] | None = None,
) -> Iterator[ReadItem]:
    """Read one list, row by row, in bounded memory when it is UTF-8.

    Takes:  naming, only rows that have this word in some cell (default: all); shown, the name in
            messages; header_row, for a sheet written as CSV: the row of its header, so that places
            are rows of the sheet and not lines of the CSV; only, the text fields and further
            columns that are wanted besides code, name, dates and pins (default: all). Every check
            is made all the same.
    Gives:  every row's item and problems; a missing column ends the reading.
    """
    with open_lines(path) as lines:
        source = _Lines(lines, naming)
        reader = csv.reader(source)
        header = [name.strip().lstrip("\ufeff") for name in next(reader, [])]
        source.begins = True
        file = shown or str(path)
        columns, problems = match_columns(header, file, header_row or 1)
        if problems:
            yield ReadItem(item=None, problems=tuple(problems))
            return
        layout = lay_out(header, columns, only)
        row = header_row
        try:
            for cells in reader:
                source.begins = True
                row += 1
                wanted = not naming or any(naming in cell for cell in cells)
                if wanted and any(map(str.strip, cells)):
                    yield _read_row(cells, layout, file, row if header_row else source.at)
        except (UnicodeDecodeError, csv.Error) as error:
            place = Place(file, row + 1 if header_row else source.at + source.begins)
            problem = Problem("I109", "从这一行起读不下去：编码或引号有误", place, str(error))
            yield ReadItem(item=None, problems=(problem,))


def _read_row(cells: Sequence[str], layout: Layout, file: str, line: int) -> ReadItem:
    problems: list[Problem] = []
    columns = layout.columns

    def fault(code: str, message: str, expected: str = "", column: int = 0) -> None:
        at = Place(file, line, column + 1 if column >= 0 else 0)
        problems.append(Problem(code, message, at, expected))

    if len(cells) != layout.width:
        fault("I102", f"本行有 {len(cells)} 列", f"{layout.width} 列", -1)
        return ReadItem(item=None, problems=tuple(problems))
    if max(map(len, cells)) > CELL_MAX_CHARS:
        _check_lengths(cells, columns, fault)
    days: dict[str, date | None] = {}
    for field, at in layout.dates:
        text = cells[at].strip()
        days[field] = _day(text) if text else None
        if text and days[field] is None:
            fault("I105", f"日期 {text!r} 不对", "如 2025-01-31", at)
    code, name = cells[columns["code"]].strip(), cells[columns["name"]].strip()
    of_main = layout.main_at >= 0 and bool(cells[layout.main_at].strip())
    if not (of_main and _SUB_CODE.fullmatch(code)):  # sub-items are numbered below their main item
        _check_code(code, columns["code"], fault)
    name = name or (cells[columns["main_name"]].strip() if "main_name" in columns else "")
    if not name:
        fault("I104", "没有事项名称", "", columns["name"])
    begins, ends = days.get("effective_on"), days.get("cancelled_on")
    if begins and ends and ends < begins:
        fault("I107", f"取消日期 {ends} 早于生效日期 {begins}", "", columns["cancelled_on"])
    at = columns.get("pins", -1)
    pins = _pins(cells[at], at, problems, file, line) if at >= 0 else ()
    item = SupervisionItem(
        code=code,
        name=name,
        **{field: cells[at].strip() for field, at in layout.texts},
        effective_on=begins,
        cancelled_on=ends,
        citations=pins,
        line=line,
        extra=tuple((name, text) for name, at in layout.extra if (text := cells[at].strip())),
    )
    return ReadItem(item=item, problems=tuple(problems))


def _check_lengths(cells: Sequence[str], columns: Mapping[str, int], fault: _Fault) -> None:
    for field, at in columns.items():
        if len(cells[at].strip()) > CELL_MAX_CHARS:
            fault(
                "I103", f"{field} 有 {len(cells[at].strip())} 字", f"不超过 {CELL_MAX_CHARS} 字", at
            )


def _check_code(code: str, column: int, fault: _Fault) -> None:
    if _CATALOGUE_CODE.fullmatch(code) or _IMPLEMENTATION_CODE.fullmatch(code):
        return
    expected = f"目录编码 {ITEM_CODE_LENGTH} 位数字；实施清单编码为 18 位信用代码加 1–5 及序号"
    fault("I108", f"事项编码 {code!r}（{len(code)} 位）不对", expected, column)


def _pins(
    cell: str, column: int, problems: list[Problem], file: str, line: int
) -> tuple[PinnedCitation, ...]:
    try:
        return read_pins(cell)
    except ConfigError as error:
        at = Place(file, line, column + 1)
        problems += [Problem(p.code, p.message, at, p.expected, p.nearest) for p in error.problems]
        return ()


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def pin_item(item: SupervisionItem, pinner: Pinner, on: date | None) -> SupervisionItem:
    """Give an item with its free-text basis resolved and pinned as of a day."""
    return replace(item, citations=pinner.pin_text(item.basis_text, on))


def write_items(items: Iterable[SupervisionItem], path: Path, extra: Sequence[str] = ()) -> int:
    """Write a list as CSV with its pins.

    Takes:  items, in the order to write; extra, the further columns that are kept as they came.
    Gives:  the number of rows. The same items give the same bytes; nothing is left half-written.
    """
    fields = list(COLUMNS)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    count = 0
    with temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([COLUMNS[field][0] for field in fields] + [PINS_COLUMN, *extra])
        for item in items:
            row = [_cell(getattr(item, field)) for field in fields]
            further = dict(item.extra)
            more = [further.get(name, "") for name in extra]
            writer.writerow([*row, write_pins(item.citations), *more])
            count += 1
    temporary.replace(path)
    return count


def _cell(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")
