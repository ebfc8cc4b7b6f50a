"""A plan filled in as a workbook: its cells become the same nodes that a YAML plan is read as.

The workbook is opened by a limited child process (`riskwarn.sources`); every fault names its cell.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from riskwarn.errors import ConfigError, Place, Problem, nearest, raise_all
from riskwarn.records.draw import IN_CHARGE
from riskwarn.sources.workbook import open_workbook
from riskwarn.yamlfile import Node

PLAN_SHEET, TASK_SHEET, SEED_SHEET = "计划", "任务", "种子"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing to fill in: its header, where it goes in the plan, what may stand in it.

    `words`: what people choose → the plan's word. `many`: several, divided by ；、, or a line end.
    """

    header: str
    path: tuple[str, ...]
    words: Mapping[str, str] | None = None
    many: bool = False
    note: str = ""


PLAN_FIELDS = (
    Field(header="计划编号", path=("plan",), note="字母、数字、- 和 _"),
    Field(header="计划名称", path=("title",)),
    Field(header="发布机关", path=("issuer",)),
    Field(header="年度", path=("year",), note="如 2026"),
    Field(header="批次", path=("batch",), note="本年第几批"),
    Field(header="每组人数", path=("officers_per_check",), note="不少于 2"),
    Field(header="区划匹配位数", path=("region_digits",), note="0 为不按区划限制人员"),
    Field(header="每人年度上限", path=("max_load",)),
    Field(header="同组企业间隔天数", path=("pair_repeat_days",)),
    Field(header="企业年度入企上限", path=("yearly_cap",)),
    Field(header="完成天数", path=("finish_within_days",)),
    Field(header="不预先告知", path=("embargo",), words={"是": "true", "否": "false"}),
    Field(
        header="季度窗口",
        path=("quarter_window",),
        words={"提示": "warn", "强制": "enforce", "不检查": "off"},
    ),
)
TASK_FIELDS = (
    Field(header="任务编号", path=("task",)),
    Field(header="任务名称", path=("title",)),
    Field(header="事项编码", path=("items",), many=True, note="可多个，用；分开"),
    Field(header="抽查方式", path=("mode",), words={"不定向": "undirected", "定向": "directed"}),
    Field(header="事项类别", path=("category",), words={"一般": "general", "重点": "key"}),
    Field(
        header="主体类型",
        path=("where", "kinds"),
        words={
            "企业": "company",
            "个体工商户": "individual",
            "农民专业合作社": "coop",
            "分支机构": "branch",
            "代表机构": "office",
        },
        many=True,
    ),
    Field(header="区划", path=("where", "regions"), many=True),
    Field(header="行业", path=("where", "industries"), many=True),
    Field(header="经营项目类别", path=("where", "facilities"), many=True),
    Field(header="从业人数不少于", path=("where", "employees", "at_least")),
    Field(header="从业人数不多于", path=("where", "employees", "at_most")),
    Field(header="注册资本不少于（万元）", path=("where", "capital_wan", "at_least")),
    Field(header="注册资本不多于（万元）", path=("where", "capital_wan", "at_most")),
    *(
        Field(header=f"{name}类比例", path=("ratios", name), note="如 3%")
        for name in ("A", "B", "C", "D")
    ),
    Field(header="未分类比例", path=("ratios", "U"), note="留空则不抽"),
    Field(header="每类最少户数", path=("minimum",)),
    Field(header="总体下限", path=("floor",), note="留空按 3%（定向、重点不设）"),
    Field(header="备选比例", path=("reserve",)),
    Field(header="不重复天数", path=("no_repeat_days",)),
    Field(header="部门", path=("departments",), many=True, note="编码或 编码/资格；首个牵头；属地"),
)
SEED_FIELDS = (
    Field(header="种类", path=("kind",), words={"公开值": "sources", "份额": "shares"}),
    Field(header="名称", path=("name",)),
    Field(header="产生日期", path=("on",), note="公开值填"),
    Field(header="信息量（位）", path=("bits",), note="公开值填"),
    Field(header="写法", path=("form",), note="公开值填：0 一位数字，# 整数，< 由小到大"),
    Field(header="承诺", path=("commitment",), note="份额填，64 位十六进制"),
)
_DIVIDERS = "；;、,，\n"


def read_sheets(path: Path) -> Node:
    """Read a filled workbook as the node of a plan.

    Raises: ConfigError D110 with each unknown header or word by its cell; InputRejectedError for a
            file that is no workbook or has no such sheet.
    """
    problems: list[Problem] = []
    rows = list(_rows(path, PLAN_SHEET, ("项目", "内容", "说明")))
    named = {field.header: field for field in PLAN_FIELDS}
    root = Node({}, Place(f"{path.name}!{PLAN_SHEET}"), {})
    _put(root, ("riskwarn_plan",), Node("1", root.place, {}))
    for row in rows:
        label, cell = row["项目"], row["内容"]
        field = named.get(str(label.value))
        if field is None:
            problems.append(_unknown(label, named))
        elif cell.value:
            _put(root, field.path, _read_cell(cell, field, problems))
    tasks = [_read_row(row, TASK_FIELDS, problems) for row in _table(path, TASK_SHEET, TASK_FIELDS)]
    for task in tasks:
        _set_demands(task)
    _put(root, ("tasks",), Node(tasks, Place(f"{path.name}!{TASK_SHEET}"), {}))
    _put(root, ("seed",), _read_seed(path, problems))
    raise_all(ConfigError, problems)
    return root


def _unknown(label: Node, known: Mapping[str, object]) -> Problem:
    text = str(label.value)
    return Problem("D110", f"不认识的项目 {text!r}", label.place, nearest=nearest(text, known))


def _rows(path: Path, sheet: str, headers: Sequence[str]) -> Iterator[dict[str, Node]]:
    """Give each row that is not empty: header → text with its cell; no value: None."""
    book = open_workbook(path, path.name, sheet)
    known = {str(header).strip(): at for at, header in enumerate(book.headers)}
    faults = [
        Problem("D110", f"工作表“{sheet}”缺少列 {name}", Place(f"{path.name}!{sheet}"))
        for name in headers
        if name not in known
    ]
    faults += [
        _unknown(_header(path, sheet, book.csv.header_row, at, name), dict.fromkeys(headers))
        for name, at in known.items()
        if name and name not in headers
    ]
    raise_all(ConfigError, faults)
    line = book.csv.header_row
    for chunk in book.chunks():
        for values in chunk.iter_rows():
            line, texts = int(values[0]), values[-len(book.headers) :]
            if any((text or "").strip() for text in texts):
                yield {
                    name: Node(
                        (texts[at] or "").strip() or None, Place(_cell(path, sheet, line, at)), {}
                    )
                    for name, at in known.items()
                }


def _header(path: Path, sheet: str, line: int, at: int, name: str) -> Node:
    return Node(name, Place(_cell(path, sheet, line, at)), {})


def _cell(path: Path, sheet: str, line: int, at: int) -> str:
    letters, at = "", at + 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{path.name}!{sheet}!{letters}{line}"


def _table(path: Path, sheet: str, fields: Sequence[Field]) -> list[dict[str, Node]]:
    return list(_rows(path, sheet, [field.header for field in fields]))


def _read_row(row: Mapping[str, Node], fields: Sequence[Field], problems: list[Problem]) -> Node:
    first = next(iter(row.values()))
    task = Node({}, first.place, {})
    for field in fields:
        cell = row[field.header]
        if cell.value:
            _put(task, field.path, _read_cell(cell, field, problems))
    return task


def _read_cell(cell: Node, field: Field, problems: list[Problem]) -> Node:
    text = str(cell.value)
    if not field.many:
        return Node(_word(text, field, cell, problems), cell.place, {})
    for mark in _DIVIDERS:
        text = text.replace(mark, "\n")
    parts = [part.strip() for part in text.split("\n") if part.strip()]
    children = [Node(_word(part, field, cell, problems), cell.place, {}) for part in parts]
    return Node(children, cell.place, {})


def _word(text: str, field: Field, cell: Node, problems: list[Problem]) -> str:
    if field.words is None:
        return text.removesuffix(" 00:00:00")  # Excel's dates carry an hour
    if text not in field.words:
        message = f"{field.header} {text!r} 不在可选项中"
        expected, hint = "、".join(field.words), nearest(text, field.words)
        problems.append(Problem("D110", message, cell.place, expected, hint))
    return field.words.get(text, text)


def _put(node: Node, path: Sequence[str], child: Node) -> None:
    """Hang a child below mappings that are made on the way, each standing at its cell."""
    at = node
    for step in path[:-1]:
        assert isinstance(at.value, dict)
        at.keys.setdefault(step, child.place)
        at = at.value.setdefault(step, Node({}, child.place, {}))
    assert isinstance(at.value, dict)
    at.value[path[-1]] = child
    at.keys[path[-1]] = child.place


def _set_demands(task: Node) -> None:
    """`D1/食品` → {code: D1, qualification: 食品}; 属地 → in_charge."""
    assert isinstance(task.value, dict)
    found = task.value.get("departments")
    if found is None or not isinstance(found.value, list):
        return
    demands = []
    for part in found.value:
        code, _, need = str(part.value).partition("/")
        demand = Node({}, part.place, {})
        code = IN_CHARGE if code.strip() == "属地" else code.strip()
        _put(demand, ("code",), Node(code, part.place, {}))
        if need.strip():
            _put(demand, ("qualification",), Node(need.strip(), part.place, {}))
        demands.append(demand)
    task.value["departments"] = Node(list(demands), found.place, {})


def _read_seed(path: Path, problems: list[Problem]) -> Node:
    seed = Node({}, Place(f"{path.name}!{SEED_SHEET}"), {})
    lists: dict[str, list[Node]] = {"sources": [], "shares": []}
    for row in _table(path, SEED_SHEET, SEED_FIELDS):
        entry = _read_row(row, SEED_FIELDS, problems)
        assert isinstance(entry.value, dict)
        kind = entry.value.pop("kind", None)
        if kind is None:
            problems.append(Problem("D110", "没有填种类", entry.place, "公开值、份额"))
        elif kind.value in lists:
            lists[str(kind.value)].append(entry)
    for name, entries in lists.items():
        if entries or name == "sources":
            _put(
                seed, (name,), Node(list(entries), entries[0].place if entries else seed.place, {})
            )
    return seed
