"""YAML with positions, safe against hostile files.

Scalars stay text (`no`, `0330` and 18-digit codes keep their meaning); types come from the schema
that reads them. Depth, size and events are guarded before the recursive composer sees the file:
without the guard 30,000 opening brackets crash the process.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from riskwarn.constants import YAML_MAX_BYTES, YAML_MAX_DEPTH, YAML_MAX_EVENTS
from riskwarn.errors import ConfigError, Place, Problem, nearest

_NULLS = {"", "~", "null", "Null", "NULL"}
_FULL_WIDTH = {
    "：": ":",
    "，": ",",
    "［": "[",
    "］": "]",
    "｛": "{",
    "｝": "}",
    "【": "[",
    "】": "]",
}
_FULL_WIDTH |= {"“": '"', "”": '"', "\t": "两个空格", "\u3000": "半角空格", "、": ","}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Node:
    """One YAML value with its position: text, a list of nodes, a mapping of nodes, or None."""

    value: "str | list[Node] | dict[str, Node] | None"
    place: Place
    keys: dict[str, Place]  # where each key of a mapping stands

    def plain(self) -> Any:
        """Give the same value without positions: str, None, list and dict only."""
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        return self.value

    def find(self, path: tuple[int | str, ...]) -> "Node":
        """Follow keys and indexes as far as they lead; steps that fit nothing are skipped."""
        node = self
        for step in path:
            if isinstance(node.value, dict) and step in node.value:
                node = node.value[str(step)]
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
        return node

    def at(self, key: str) -> Place:
        """Give the place of a mapping's key, or of the node itself when the key is absent."""
        return self.keys.get(key, self.place)


def load(path: Path, shown_as: str = "") -> Node:
    """Read one YAML file strictly.

    Takes:  path; shown_as, the name used in messages (default: the path as given).
    Gives:  the root node.
    Raises: ConfigError Y001–Y010 with file:line:column.
    """
    name = shown_as or str(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(Problem("Y001", f"读不到文件：{error.strerror}", Place(name))) from error
    return parse(raw, name)


def parse(raw: bytes | str, name: str) -> Node:
    """Read YAML text; the same promises as `load`."""
    if isinstance(raw, str):
        raw = raw.encode()
    if len(raw) > YAML_MAX_BYTES:
        raise _fault(
            "Y002", Place(name), f"文件有 {len(raw)} 字节", f"不超过 {YAML_MAX_BYTES} 字节"
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _fault("Y003", Place(name, line), "不是 UTF-8 编码", "UTF-8 编码的文本") from error
    try:
        _guard(text, name)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise _syntax_fault(text, name, error) from error
    except ValueError as error:  # PyYAML: lone surrogates and unprintable characters
        raise _fault("Y004", Place(name), "含有不可用的字符", "可打印的文本") from error
    if root is None:
        return Node(None, Place(name, 1, 1), {})
    problems: list[Problem] = []
    node = _convert(root, name, problems)
    if problems:
        raise ConfigError(*problems)
    return node


def _fault(code: str, place: Place, message: str, expected: str = "") -> ConfigError:
    return ConfigError(Problem(code, message, place, expected))


def _guard(text: str, name: str) -> None:
    """Walk the event stream, which is not recursive, and refuse bombs, anchors and tags."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
        mark = event.start_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
        if count > YAML_MAX_EVENTS:
            raise _fault("Y005", place, "内容过多", f"不超过 {YAML_MAX_EVENTS} 个节点")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _fault("Y006", place, "不允许锚点和别名（& 与 *）", "直接写出内容")
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            raise _fault("Y007", place, f"不允许标签 {tag}", "不带标签的值")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > YAML_MAX_DEPTH:
            raise _fault("Y008", place, "嵌套过深", f"不超过 {YAML_MAX_DEPTH} 层")


def _syntax_fault(text: str, name: str, error: yaml.YAMLError) -> ConfigError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return _fault("Y004", Place(name), "不是合法的 YAML", "合法的 YAML")
    lines = text.splitlines() or [""]
    for number in range(min(mark.line, len(lines) - 1), max(mark.line - 3, -1), -1):
        for column, char in enumerate(lines[number], 1):
            if char in _FULL_WIDTH:
                shown = "制表符" if char == "\t" else f"全角“{char}”"
                place = Place(name, number + 1, column)
                return _fault("Y009", place, f"这里是{shown}", f"半角“{_FULL_WIDTH[char]}”")
    message = f"YAML 写法有误（{getattr(error, 'problem', '') or error}）"
    return _fault("Y004", Place(name, mark.line + 1, mark.column + 1), message)


def _convert(node: yaml.Node, name: str, problems: list[Problem]) -> Node:
    place = Place(name, node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.SequenceNode):
        return Node([_convert(child, name, problems) for child in node.value], place, {})
    if isinstance(node, yaml.MappingNode):
        return _convert_mapping(node, place, name, problems)
    is_null = not getattr(node, "style", None) and node.value in _NULLS  # C loader: plain is ""
    return Node(None if is_null else str(node.value), place, {})


def _convert_mapping(
    node: yaml.MappingNode, place: Place, name: str, problems: list[Problem]
) -> Node:
    values: dict[str, Node] = {}
    keys: dict[str, Place] = {}
    for key_node, value_node in node.value:
        at = Place(name, key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(Problem("Y004", "键必须是文字", at))
            continue
        key = str(key_node.value)
        if key in keys:
            first = f"第 {keys[key].line} 行已有同名键"
            problems.append(Problem("Y010", f"重复的键 {key}（{first}）", at, "每个键只写一次"))
            continue
        keys[key] = at
        values[key] = _convert(value_node, name, problems)
    return Node(values, place, keys)


def read_model(node: Node, model: type[ModelT], code: str = "Y020") -> ModelT:
    """Check a node against a pydantic model; every fault of the file in one error.

    Raises: ConfigError with `code` for wrong values, Y021 for unknown keys, Y022 for missing ones.
    """
    try:
        return model.model_validate(node.plain())
    except ValidationError as error:
        raise ConfigError(*_model_problems(node, model, error, code)) from error


def check_keys(node: Node, model: type[BaseModel]) -> list[Problem]:
    """Check the keys of one mapping alone: for files whose parts are read one by one."""
    if not isinstance(node.value, dict):
        return [Problem("Y020", "应为“键: 值”的映射", node.place)]
    known = _known_keys(model, ())
    problems = [_unknown_key(key, node, known) for key in node.value if key not in known]
    for name, info in model.model_fields.items():
        if info.is_required() and (info.alias or name) not in node.value:
            problems.append(Problem("Y022", f"缺少 {info.alias or name}", node.place))
    return problems


def _unknown_key(key: str, parent: Node, known: list[str]) -> Problem:
    hint = "半角冒号 ':'" if "：" in key else nearest(key, known)
    return Problem("Y021", f"不认识的键 {key}", parent.at(key), "、".join(known), hint)


def _model_problems(
    root: Node, model: type[BaseModel], error: ValidationError, code: str
) -> Iterator[Problem]:
    for fault in error.errors(include_url=False):
        path = tuple(fault["loc"])
        if fault["type"] == "extra_forbidden":
            known = _known_keys(model, path[:-1])
            yield _unknown_key(str(path[-1]), root.find(path[:-1]), known)
        elif fault["type"] == "missing":
            parent = root.find(path[:-1])
            yield Problem("Y022", f"缺少 {path[-1]}", parent.place)
        else:
            found = root.find(path)
            yield Problem(code, _say(fault, found), found.place, _expected(fault))


def _say(fault: Any, found: Node) -> str:
    where = ".".join(str(step) for step in fault["loc"])
    shown = found.value if isinstance(found.value, str) else "（整段）"
    if isinstance(found.value, str) and "：" in found.value and "type" in fault["type"]:
        return f"{where} 应分项书写，却是一段文字 {shown[:40]!r}：疑为全角冒号“：”"
    if fault["type"] in ("value_error", "assertion_error"):
        return f"{where}：{fault['ctx']['error']}"
    return f"{where} 的值 {str(shown)[:60]!r} 不对"


def _expected(fault: Any) -> str:
    context = fault.get("ctx") or {}
    if fault["type"] in ("value_error", "assertion_error"):
        return ""
    if "expected" in context:
        return str(context["expected"]).replace(" or ", "、")
    return str(fault["msg"])


def _known_keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Name the keys allowed at a path, by following the model's annotations."""
    current: Any = model
    for step in path:
        if isinstance(step, int):
            continue
        following = _submodels(current, step)
        current = following if following is not None else current
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [f.alias or name for name, f in current.model_fields.items()]
    return []


def _submodels(current: Any, step: str) -> Any:
    if not (isinstance(current, type) and issubclass(current, BaseModel)):
        return None
    for name, info in current.model_fields.items():
        if step in (name, info.alias):
            return _first_model(info.annotation)
    return None


def _first_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _first_model(inner)
        if found is not None:
            return found
    return None
