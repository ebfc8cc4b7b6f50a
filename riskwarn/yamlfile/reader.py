"""YAML text → nodes with positions, safe against hostile files.

Scalars stay text (`no`, `0330` and 18-digit codes keep their meaning); types come from the schema
that reads them. Depth, size and events are guarded before the recursive composer sees the file:
without the guard 30,000 opening brackets crash the process.
"""

from pathlib import Path

import yaml

from riskwarn.constants import YAML_MAX_BYTES, YAML_MAX_DEPTH, YAML_MAX_EVENTS
from riskwarn.errors import ConfigError, Place, Problem
from riskwarn.yamlfile.nodes import Node
from riskwarn.yamlfile.slips import syntax_error

_NULLS = {"", "~", "null", "Null", "NULL"}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
        raise _fault("Y001", Place(name), f"读不到文件：{error.strerror}") from error
    return parse(raw, name)


def parse(raw: bytes | str, name: str) -> Node:
    """Read YAML text; the same promises as `load`."""
    if isinstance(raw, str):
        raw = raw.encode("utf-8", "surrogatepass")
    if len(raw) > YAML_MAX_BYTES:
        raise _fault(
            "Y002", Place(name), f"文件有 {len(raw)} 字节", f"不超过 {YAML_MAX_BYTES} 字节"
        )
    text = _decode(raw, name)
    try:
        _guard(text, name)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise syntax_error(text, name, error) from error
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


def _decode(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place(name, raw[: error.start].count(b"\n") + 1)
        try:
            raw.decode("gb18030")
        except UnicodeDecodeError:
            raise _fault("Y003", place, "不是 UTF-8 编码", "UTF-8 编码的文本") from error
        cure = "在编辑器里另存为 UTF-8"
        raise _fault("Y003", place, "不是 UTF-8 编码，像是 GBK（GB18030）", cure) from error


def _guard(text: str, name: str) -> None:
    """Walk the event stream, which is not recursive, and refuse bombs, anchors and tags."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
        mark = event.start_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
        if count > YAML_MAX_EVENTS:
            raise _fault("Y005", place, "内容过多", f"不超过 {YAML_MAX_EVENTS} 个节点")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            cure = "直接写出内容；文字以 & 或 * 开头时加引号"
            raise _fault("Y006", place, "不允许锚点和别名（& 与 *）", cure)
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            raise _fault("Y007", place, f"不允许标签 {tag}", "不带标签的值；文字以 ! 开头时加引号")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > YAML_MAX_DEPTH:
            raise _fault("Y008", place, "嵌套过深", f"不超过 {YAML_MAX_DEPTH} 层")


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
            problems.append(Problem("Y004", "键必须是文字", at, "文字里有花括号时加引号"))
            continue
        key = str(key_node.value)
        if key in keys:
            first = f"第 {keys[key].line} 行已有同名键"
            problems.append(Problem("Y010", f"重复的键 {key}（{first}）", at, "每个键只写一次"))
            continue
        keys[key] = at
        values[key] = _convert(value_node, name, problems)
    return Node(values, place, keys)
