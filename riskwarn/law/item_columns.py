"""Which column of a list of items holds what: headers as offices write them, and as we do."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from riskwarn.errors import ConfigError, Place, Problem, nearest, system_words
from riskwarn.law.lawfile import decode

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
SUB_CODES = ("子项编码", "subitem_code")  # where a list has one, 事项编码 is the main item's
MAIN_CODE = "主项编码"
MAIN_CODES = (MAIN_CODE, "manage_matter_main_code")


def further_columns(path: Path) -> list[str]:
    """Name the columns of a list that are none of ours; they are kept as they came."""
    with open_lines(path) as lines:
        header = [name.strip().lstrip("\ufeff") for name in next(csv.reader(lines), [])]
    columns, _ = match_columns(header, str(path))
    return [name for name, _ in _extra(header, columns) if name]


def _extra(header: Sequence[str], columns: Mapping[str, int]) -> list[tuple[str, int]]:
    """The columns that are none of ours; the code of the main item is told from the item's own."""
    taken = set(columns.values())
    sub = columns.get("code", -1) in [header.index(n) for n in SUB_CODES if n in header]
    rest = [(name, at) for at, name in enumerate(header) if at not in taken]
    if not sub or MAIN_CODE in header:
        return rest
    return [(MAIN_CODE if name in COLUMNS["code"] else name, at) for name, at in rest]


def columns_of(path: Path) -> dict[str, int]:
    """Name the columns of a list, counted from 1: by their own headers and by ours."""
    with open_lines(path) as lines:
        header = [name.strip().lstrip("\ufeff") for name in next(csv.reader(lines), [])]
    ours, _ = match_columns(header, str(path))
    places = {name: at + 1 for at, name in enumerate(header)}
    return places | {COLUMNS[field][0]: at + 1 for field, at in ours.items() if field in COLUMNS}


@contextmanager
def open_lines(path: Path) -> Iterator[Iterator[str]]:
    """Lines of a CSV in UTF-8 (streamed) or GB18030 (decoded whole)."""
    try:
        raw = path.open("rb")
    except OSError as error:
        problem = Problem("I100", f"读不到事项清单：{system_words(error)}", Place(str(path)))
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


def match_columns(
    header: Sequence[str], file: str, row: int = 1
) -> tuple[dict[str, int], list[Problem]]:
    names = list(header)
    columns: dict[str, int] = {}
    for field, accepted in COLUMNS.items():
        for name in accepted:
            if name in names and field not in columns:
                columns[field] = names.index(name)
    for name in SUB_CODES:
        if name in names:
            columns["code"] = names.index(name)
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
class Layout:
    """Where a list has which field; worked out once, for a list may have a million rows."""

    width: int
    columns: Mapping[str, int]
    texts: tuple[tuple[str, int], ...]
    dates: tuple[tuple[str, int], ...]
    extra: tuple[tuple[str, int], ...]
    main_at: int  # the column of the main item's code, -1 where there is none

    def __hash__(self) -> int:
        raise TypeError("a layout is not a key")


def lay_out(
    header: Sequence[str], columns: Mapping[str, int], only: Collection[str] | None
) -> Layout:
    texts = [field for field in _TEXTS if field in columns and (only is None or field in only)]
    extra = _extra(header, columns)
    return Layout(
        width=len(header),
        columns=columns,
        texts=tuple((field, columns[field]) for field in texts),
        dates=tuple((field, columns[field]) for field in _DATES if field in columns),
        extra=tuple(pair for pair in extra if only is None or pair[0] in only),
        main_at=next((at for name, at in extra if name in MAIN_CODES), -1),
    )
