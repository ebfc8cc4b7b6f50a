"""Supervision items: read from CSV line by line, checked, each resting on pinned clauses."""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

from riskwarn.constants import CELL_MAX_CHARS, ITEM_CODE_LENGTH, USCC_LENGTH
from riskwarn.errors import ConfigError, Place, Problem, nearest
from riskwarn.law.lawfile import decode
from riskwarn.law.pins import Pinner, read_pins, write_pins
from riskwarn.records.law import PinnedCitation, SupervisionItem

# field → headers that are accepted; the first is the one we write
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("事项编码", "实施清单编码", "监管事项检查实施清单编码", "manage_matter_code"),
    "catalogue_code": ("目录编码", "监管事项目录编码"),
    "department": ("监管部门", "监管主体", "抽查主体", "检查主体", "department_id"),
    "main_name": ("监管事项主项名称", "主项名称", "监管事项", "抽查事项名称", "抽查类别"),
    "name": ("监管事项子项名称", "子项名称", "子项", "抽查子项", "抽查事项", "subitem_name"),
    "target": ("监管对象", "抽查对象", "检查对象", "supervise_object"),
    "form": ("监管形式", "supervise_form"),
    "administrative_type": ("行政类型", "administrative_type"),
    "way": ("监管方式", "抽查方式", "检查方式", "supervise_way"),
    "measure": ("监管措施",),
    "basis_text": ("设定依据", "抽查依据", "检查依据", "set_gist"),
    "flow": ("监管流程", "supervise_flow"),
    "result": ("监管结果", "supervise_result"),
    "tier": ("监管层级", "supervise_level"),
    "effective_on": ("生效日期", "take_effect_date"),
    "cancelled_on": ("取消日期", "cancel_date"),
    "region_code": ("行政区划代码", "区划代码", "cd_source"),
    "source": ("来源", "来源部门", "清单"),
}
PINS_COLUMN = "依据引用"
_DATES = ("effective_on", "cancelled_on")
_REQUIRED = ("code", "name")
_TEXTS = tuple(field for field in COLUMNS if field not in (*_DATES, *_REQUIRED))
TIERS = ("国家级", "省级", "市级", "县级", "乡级")
_CATALOGUE_CODE = re.compile(rf"\d{{{ITEM_CODE_LENGTH}}}")
_IMPLEMENTATION_CODE = re.compile(rf"[0-9A-Z]{{{USCC_LENGTH}}}[1-5][0-9A-Z]+")
_DAY = re.compile(r"(\d{4})[-/年.](\d{1,2})[-/月.](\d{1,2})日?")


class _Fault(Protocol):
    """Takes down one fault of a row; column counts from 0, -1 for the whole row."""

    def __call__(self, code: str, message: str, expected: str = "", column: int = 0) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadItem:
    """One row: the item, or what is wrong with the row."""

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
            if row.item is None:
                continue
            first = items.setdefault(row.item.code, row.item)
            if first is not row.item:
                problems.append(_doubled(row.item, first, Place(str(path), row.item.line)))
    if problems:
        raise ConfigError(*problems)
    return [items[code] for code in sorted(items)]


def _doubled(item: SupervisionItem, first: SupervisionItem, place: Place) -> Problem:
    return Problem(
        "I106", f"事项编码 {item.code} 重复（第 {first.line} 行已有）", place, "编码唯一"
    )


def read_items(
    path: Path,
    keep: Callable[[Sequence[str]], bool] | None = None,
    shown: str = "",
    header_row: int = 0,
    only: Collection[str] | None = None,
) -> Iterator[ReadItem]:
    """Read one list, row by row, in bounded memory when it is UTF-8.

    Takes:  keep, a look at a row's cells that says whether it is wanted at all (default: all);
            shown, the name in messages; header_row, for a sheet written as CSV: the row of its
            header, so that places are rows of the sheet and not lines of the CSV; only, the
            text fields and further columns that are wanted besides code, name, dates and pins
            (default: all). Every check is made all the same.
    Gives:  an item or its problems for every row; a missing column ends the reading.
    """
    with _open(path) as lines:
        reader = csv.reader(lines)
        header = [name.strip().lstrip("\ufeff") for name in next(reader, [])]
        file = shown or str(path)
        columns, problems = _match_columns(header, file, header_row or 1)
        if problems:
            yield ReadItem(item=None, problems=tuple(problems))
            return
        layout = _layout(header, columns, only)
        line = header_row + 1 if header_row else reader.line_num + 1
        try:
            for cells in reader:
                wanted = keep is None or keep(cells)
                if wanted and any(map(str.strip, cells)):
                    yield _read_row(cells, layout, file, line)
                line = line + 1 if header_row else reader.line_num + 1
        except (UnicodeDecodeError, csv.Error) as error:
            place = Place(file, line)
            problem = Problem("I109", "从这一行起读不下去：编码或引号有误", place, str(error))
            yield ReadItem(item=None, problems=(problem,))


def further_columns(path: Path) -> list[str]:
    """Name the columns of a list that are none of ours; they are kept as they came."""
    with _open(path) as lines:
        header = [name.strip().lstrip("\ufeff") for name in next(csv.reader(lines), [])]
    columns, _ = _match_columns(header, str(path))
    taken = set(columns.values())
    return [name for at, name in enumerate(header) if at not in taken and name]


def columns_of(path: Path) -> dict[str, int]:
    """Name the columns of a list, counted from 1: by their own headers and by ours."""
    with _open(path) as lines:
        header = [name.strip().lstrip("\ufeff") for name in next(csv.reader(lines), [])]
    ours, _ = _match_columns(header, str(path))
    places = {name: at + 1 for at, name in enumerate(header)}
    return places | {COLUMNS[field][0]: at + 1 for field, at in ours.items() if field in COLUMNS}


@contextmanager
def _open(path: Path) -> Iterator[Iterator[str]]:
    """Lines of a CSV in UTF-8 (streamed) or GB18030 (decoded whole)."""
    try:
        raw = path.open("rb")
    except OSError as error:
        why = "没有这个文件" if isinstance(error, FileNotFoundError) else error.strerror
        problem = Problem("I100", f"读不到事项清单：{why}", Place(str(path)))
        raise ConfigError(problem) from error
    with raw:
        utf8 = True
        try:
            raw.read(65_536).rpartition(b"\n")[0].decode("utf-8")
        except UnicodeDecodeError:
            utf8 = False
        raw.seek(0)
        if utf8:
            yield io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
        else:
            yield iter(decode(raw.read(), str(path)).splitlines(keepends=True))


def _match_columns(
    header: Sequence[str], file: str, row: int = 1
) -> tuple[dict[str, int], list[Problem]]:
    names = list(header)
    columns: dict[str, int] = {}
    for field, accepted in COLUMNS.items():
        for name in accepted:
            if name in names and field not in columns:
                columns[field] = names.index(name)
    if PINS_COLUMN in names:
        columns["pins"] = names.index(PINS_COLUMN)
    if "name" not in columns and "main_name" in columns:
        columns["name"] = columns["main_name"]
    if "code" not in columns and "catalogue_code" in columns:
        columns["code"] = columns.pop("catalogue_code")
    problems = []
    for field in _REQUIRED:
        if field not in columns:
            title = COLUMNS[field][0]
            hint = nearest(title, names)
            at = Place(file, row)
            problems.append(Problem("I101", f"缺少列 {title}", at, "、".join(COLUMNS[field]), hint))
    return columns, problems


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Where a list has which field; worked out once, for a list may have a million rows."""

    width: int
    columns: Mapping[str, int]
    texts: tuple[tuple[str, int], ...]
    dates: tuple[tuple[str, int], ...]
    extra: tuple[tuple[str, int], ...]

    def __hash__(self) -> int:
        raise TypeError("a layout is not a key")


def _layout(
    header: Sequence[str], columns: Mapping[str, int], only: Collection[str] | None
) -> _Layout:
    known = set(columns.values())
    texts = [field for field in _TEXTS if field in columns and (only is None or field in only)]
    extra = [(name, at) for at, name in enumerate(header) if at not in known]
    return _Layout(
        width=len(header),
        columns=columns,
        texts=tuple((field, columns[field]) for field in texts),
        dates=tuple((field, columns[field]) for field in _DATES if field in columns),
        extra=tuple(pair for pair in extra if only is None or pair[0] in only),
    )


def _read_row(cells: Sequence[str], layout: _Layout, file: str, line: int) -> ReadItem:
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
    _check_code(code, columns["code"], fault)
    name = name or (cells[columns["main_name"]].strip() if "main_name" in columns else "")
    if not name:
        fault("I104", "没有事项名称", "", columns["name"])
    begins, ends = days.get("effective_on"), days.get("cancelled_on")
    if begins and ends and ends < begins:
        fault("I107", f"取消日期 {ends} 早于生效日期 {begins}", "", columns["cancelled_on"])
    at = columns.get("pins", -1)
    pins = _pins(cells[at], at, problems, file, line) if at >= 0 else ()
    if problems:
        return ReadItem(item=None, problems=tuple(problems))
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
    return ReadItem(item=item, problems=())


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
