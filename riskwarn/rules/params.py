"""Parameters by region and date, and lists with an age: read, and asked what holds on a day."""

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from riskwarn.errors import Place, Problem, nearest
from riskwarn.records.rules import ListEntry, Param, ParamValue, RuleList, Scalar
from riskwarn.rules.schema import ListFile, ParamFile, ParamValueFile
from riskwarn.rules.values import PARAM_VALUE, ValueFaultError, read_value
from riskwarn.rules.words import Words, known
from riskwarn.yamlfile import Node

_LIST_HEADER = ["value", "from_on", "to_on", "note"]
_LIST_STAMP = "# updated_on:"


def read_param(name: str, file: ParamFile, node: Node, problems: list[Problem]) -> Param:
    """Type the values of a parameter; faulty ones are reported and left out."""
    low, high = _read_range(file, node, problems)
    values: list[ParamValue] = []
    for number, given in enumerate(file.values):
        at = node.find(("values", number))
        value = _read_param_value(name, file, given, at, problems)
        if value is None:
            continue
        if _outside(value, low, high):
            span = "–".join(file.range or [])
            text = f"参数 {name} 的值 {given.value} 超出允许范围"
            problems.append(Problem("E117", text, at.find(("value",)).place, span))
        made = ParamValue(
            region=given.region.strip("*"),
            from_on=given.from_on,
            to_on=given.to_on,
            value=value,
            basis=tuple(given.basis),
            note=given.note,
            place=at.find(("value",)).place,
            basis_places=places_of(at.find(("basis",))),
        )
        if any((v.region, v.from_on) == (made.region, made.from_on) for v in values):
            text = f"参数 {name} 在同一地区同一天有两个值"
            problems.append(Problem("E118", text, at.place, "地区或起始日期各不相同"))
        values.append(made)
    return Param(
        name=name,
        type=file.type,
        title=file.title,
        values=tuple(values),
        low=low,
        high=high,
        place=node.place,
    )


def places_of(node: Node) -> tuple[Place, ...]:
    """Give the place of each element of a list."""
    return tuple(child.place for child in node.value) if isinstance(node.value, list) else ()


def _outside(value: object, low: float | None, high: float | None) -> bool:
    if low is None or high is None or not isinstance(value, int | float):
        return False
    return not low <= value <= high


def _read_range(
    file: ParamFile, node: Node, problems: list[Problem]
) -> tuple[float | None, float | None]:
    if file.range is None:
        return None, None
    read: list[float] = []
    for number, text in enumerate(file.range):
        place = node.find(("range", number)).place
        try:
            value = read_value(text, PARAM_VALUE[file.type])
        except ValueFaultError as fault:
            problems.append(Problem("E111", f"范围 {fault}", place, fault.expected, fault.hint))
            return None, None
        if isinstance(value, str):
            problems.append(Problem("E117", f"{file.type} 参数不能有 range", place))
            return None, None
        read.append(value)
    if read[0] > read[1]:
        problems.append(Problem("E117", "range 的下限大于上限", node.at("range")))
        return None, None
    return read[0], read[1]


def _read_param_value(
    name: str, file: ParamFile, given: ParamValueFile, at: Node, problems: list[Problem]
) -> Scalar | tuple[Scalar, ...] | None:
    node = at.find(("value",))
    if isinstance(given.value, list) != (file.type == "codes"):
        wanted = "列表，如 [H62, F52]" if file.type == "codes" else "一个值"
        problems.append(Problem("E111", f"参数 {name}（{file.type}）的值不对", node.place, wanted))
        return None
    if isinstance(given.value, list):
        return tuple(given.value)
    try:
        return read_value(given.value, PARAM_VALUE[file.type])
    except ValueFaultError as fault:
        text = f"参数 {name}：{fault}"
        problems.append(Problem("E111", text, node.place, fault.expected, fault.hint))
        return None


def in_force(param: Param, on: date) -> list[ParamValue]:
    """Give each region prefix's newest value begun by a day and not ended; longest first."""
    newest: dict[str, ParamValue] = {}
    for value in sorted(param.values, key=lambda v: v.from_on):
        if value.from_on <= on and (value.to_on is None or on <= value.to_on):
            newest[value.region] = value
    return sorted(newest.values(), key=lambda v: (-len(v.region), v.region))


def param_at(param: Param, region: str | None, on: date) -> Scalar | tuple[Scalar, ...] | None:
    """Give the value for one region on a day: longest prefix, then newest.

    None when no value covers the region, or when the region is unknown and values differ by region.
    """
    held = value_held(param, region, on)
    return None if held is None else held.value


def value_held(param: Param, region: str | None, on: date) -> ParamValue | None:
    """Give the value that `param_at` takes, with what it rests on."""
    values = in_force(param, on)
    if region is None:
        return values[0] if len(values) == 1 and not values[0].region else None
    return next((v for v in values if region.startswith(v.region)), None)


def read_list(
    name: str, file: ListFile, node: Node, folder: Path, words: Words, problems: list[Problem]
) -> RuleList | None:
    """Read a list's CSV: a first line `# updated_on: 2026-06-30`, then value,from_on,to_on,note."""
    if file.key not in words.fields:
        place = node.find(("key",)).place
        text = f"市场主体没有字段 {file.key}"
        problems.append(
            Problem("E101", text, place, known(words.fields), words.meant_field(file.key))
        )
        return None
    path = (folder / file.source).resolve()
    place = node.find(("source",)).place
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        there = [f"lists/{p.name}" for p in sorted((folder / "lists").glob("*.csv"))]
        hint = nearest(file.source, there)
        problems.append(Problem("E105", f"没有名单文件 {file.source}", place, known(there), hint))
        return None
    shown = f"{folder.name}/{file.source}"
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        problems.append(Problem("E106", "名单不是 UTF-8 编码", Place(shown), "UTF-8 编码的文本"))
        return None
    if not lines or not lines[0].startswith(_LIST_STAMP):
        wanted = f"{_LIST_STAMP} 2026-06-30"
        problems.append(Problem("E106", "名单首行须写明更新日期", Place(shown, 1), wanted))
        return None
    before = len(problems)
    updated_on = _list_date(lines[0].removeprefix(_LIST_STAMP), Place(shown, 1), problems)
    entries = _read_entries(lines[1:], shown, problems)
    if len(problems) > before or updated_on is None:
        return None
    return RuleList(
        name=name,
        title=file.title,
        source=file.source,
        key=file.key,
        updated_on=updated_on,
        max_age_days=file.max_age,
        entries=tuple(entries),
        place=node.place,
    )


def _read_entries(lines: Iterable[str], shown: str, problems: list[Problem]) -> list[ListEntry]:
    entries: list[ListEntry] = []
    header: list[str] | None = None
    for number, row in enumerate(csv.reader(lines), 2):
        if not row or row[0].startswith("#"):
            continue
        place = Place(shown, number)
        if header is None:
            header = [cell.strip() for cell in row]
            if header != _LIST_HEADER:
                problems.append(Problem("E106", "名单表头不对", place, ",".join(_LIST_HEADER)))
                return []
            continue
        cells = [cell.strip() for cell in row] + [""] * (len(_LIST_HEADER) - len(row))
        from_on = _list_date(cells[1], place, problems)
        to_on = _list_date(cells[2], place, problems) if cells[2] else None
        if not cells[0]:
            problems.append(Problem("E106", "名单的 value 为空", place, "要列入的值"))
        if from_on is not None:
            entries.append(ListEntry(value=cells[0], from_on=from_on, to_on=to_on))
    return entries


def _list_date(text: str, place: Place, problems: list[Problem]) -> date | None:
    try:
        read_value(text, "date")
    except ValueFaultError as fault:
        problems.append(Problem("E106", str(fault), place, fault.expected, fault.hint))
        return None
    return date.fromisoformat(text.strip())
