"""Rules from a workbook: one row a rule, one column a slot; and the empty workbook to fill in."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from riskwarn.errors import ConfigError, Place, Problem, nearest, raise_all
from riskwarn.rules.templates import Template
from riskwarn.sources.workbook import open_workbook
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.terms import Severity
from riskwarn.yamlfile import Node

RULE_SHEET, TEMPLATE_SHEET = "规则", "模板"
_MANY = ("basis", "false_positives", "tags")
_DIVIDERS = "；;\n"
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "模板": ("template",),
    "规则编号": ("id",),
    "标题": ("title",),
    "监管事项编码": ("item",),
    "依据": ("basis",),
    "生效日期": ("effective", "from"),
    "严重程度": ("severity",),
    "状态": ("status",),
    "可能的误报": ("false_positives",),
    "核查建议": ("advice",),
}
_SEVERITY = {"低": "low", "中": "medium", "高": "high", "严重": "critical"}
_STATUS = {"草稿": "draft", "影子": "shadow", "启用": "stable", "停用": "deprecated"}
assert set(_SEVERITY.values()) == {one.value for one in Severity}


def read_sheet(path: Path, templates: Mapping[str, Template], header: Mapping[str, str]) -> Node:
    """Read a filled workbook as the root of a pack whose rules use templates.

    Takes:  header, the pack's id, version, title and owner.
    Gives:  the root; every node's place is its cell, `文件!规则!C3`.
    Raises: ConfigError E147 for unknown columns or templates, each at its cell;
            InputRejectedError for a file that is no workbook.
    """
    at = Place(f"{path.name}!{RULE_SHEET}")
    problems: list[Problem] = []
    slots = list(dict.fromkeys(name for one in templates.values() for name in one.slots))
    by_title = {one.title: one.name for one in templates.values()}
    rules = []
    for row in _rows(path, [*_COLUMNS, *slots], problems):
        name = row.pop("模板", None)
        if name is None:
            place = next(iter(row.values())).place
            problems.append(Problem("E147", "这一行没有选模板", place, "、".join(by_title)))
            continue
        chosen = by_title.get(str(name.value), str(name.value))
        if chosen not in templates:
            text, hint = f"没有模板 {name.value}", nearest(str(name.value), by_title)
            problems.append(Problem("E147", text, name.place, "、".join(by_title), hint))
            continue
        row["模板"] = Node(chosen, name.place, {})
        rules.append(_rule(row, slots))
    if not rules and not problems:
        problems.append(Problem("E147", "一条规则也没有填", at, "每行一条"))
    raise_all(ConfigError, problems)
    pack = {key: Node(value, at, {}) for key, value in header.items()}
    whole = {"pack": Node(pack, at, {}), "rules": Node(rules, at, {})}
    return Node({"riskwarn": Node("1", at, {}), **whole}, at, {})


def _rows(path: Path, columns: Sequence[str], problems: list[Problem]) -> Iterator[dict[str, Node]]:
    """Give each row with anything in it: header → its filled cells."""
    book = open_workbook(path, path.name, RULE_SHEET)
    headers = [str(header).strip() for header in book.headers]
    for number, name in enumerate(headers):
        if name and name not in columns:
            place = Place(_cell(path, book.csv.header_row, number))
            hint = nearest(name, columns)
            problems.append(Problem("E147", f"不认识的列 {name!r}", place, "", hint))
    for chunk in book.chunks():
        for values in chunk.iter_rows():
            line, texts = int(values[0]), values[-len(headers) :]
            filled = {
                name: Node(text.strip(), Place(_cell(path, line, number)), {})
                for number, (name, text) in enumerate(zip(headers, texts, strict=True))
                if name in columns and text is not None and text.strip()
            }
            if filled:
                yield filled


def _rule(row: Mapping[str, Node], slots: Sequence[str]) -> Node:
    first = row["模板"].place
    value: dict[str, Node] = {}
    keys: dict[str, Place] = {}
    for header, path in _COLUMNS.items():
        cell = row.get(header)
        if cell is None:
            continue
        keys[path[0]] = cell.place
        node = _typed(path[0], cell)
        value[path[0]] = (
            Node({path[1]: node}, cell.place, {path[1]: cell.place}) if len(path) > 1 else node
        )
    cells = {name: row[name] for name in slots if name in row}
    filled = {name: _slot(name, cell) for name, cell in cells.items()}
    places = {name: cell.place for name, cell in cells.items()}
    return Node({**value, "slots": Node(filled, first, places)}, first, keys)


def _typed(key: str, cell: Node) -> Node:
    text = str(cell.value)
    if key in _MANY:
        return _split(cell, _DIVIDERS)
    if key == "severity":
        text = _SEVERITY.get(text, text)
    elif key == "status":
        text = _STATUS.get(text, text)
    return Node(text.removesuffix(" 00:00:00"), cell.place, {})  # Excel's dates carry an hour


def _slot(name: str, cell: Node) -> Node:
    return _split(cell, f"{_DIVIDERS}、,，") if name == "行业" else cell


def _split(cell: Node, marks: str) -> Node:
    text = str(cell.value)
    for mark in marks:
        text = text.replace(mark, "\n")
    parts = [part.strip() for part in text.split("\n") if part.strip()]
    return Node([Node(part, cell.place, {}) for part in parts], cell.place, {})


def _cell(path: Path, line: int, number: int) -> str:
    letters, number = "", number + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{path.name}!{RULE_SHEET}!{letters}{line}"


def write_sheet(templates: Mapping[str, Template], path: Path) -> None:
    """Write the empty workbook: a sheet to fill in, and one that says what each template wants."""
    import xlsxwriter

    book = xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    )
    bold = book.add_format({"bold": True, "bg_color": "#E7EEF7", "text_wrap": True})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    slots = list(dict.fromkeys(name for one in templates.values() for name in one.slots))
    sheet = book.add_worksheet(RULE_SHEET)
    for number, name in enumerate([*_COLUMNS, *slots]):
        sheet.write_string(0, number, name, bold)
        sheet.set_column(number, number, 16, text)  # text: 2024-01-01 and 014 stay as typed
    lists = {0: [one.title for one in templates.values()], 6: list(_SEVERITY), 7: list(_STATUS)}
    for number, words in lists.items():
        sheet.data_validation(1, number, 500, number, {"validate": "list", "source": words})
    sheet.freeze_panes(1, 2)
    told = book.add_worksheet(TEMPLATE_SHEET)
    for number, (head, width) in enumerate((("模板", 24), ("这句话", 60), ("要填的空", 90))):
        told.write_string(0, number, head, bold)
        told.set_column(number, number, width, text)
    for line, one in enumerate(templates.values(), 1):
        cells = (one.title, one.says, "\n".join(describe_slots(one)))
        for number, cell in enumerate(cells):
            told.write_string(line, number, cell, text)
    book.close()


def describe_slots(template: Template) -> list[str]:
    """Say of each slot what goes in: its choices or range, and what stands when it is left out."""
    return [f"{name}：{_describe(slot)}" for name, slot in template.slots.items()]


def _describe(slot: Any) -> str:
    text = str(slot.what)
    if slot.one_of:
        text += f"（{'、'.join(slot.one_of)}）"
    if slot.codes:
        codes = load_catalogue().codes[slot.codes].values
        text += f"（{'、'.join(labels[0] if labels else code for code, labels in codes.items())}）"
    if slot.range:
        text += f"，{slot.range[0]} 至 {slot.range[1]}"
    return text + (f"，不填为 {slot.default}" if slot.default else "")
