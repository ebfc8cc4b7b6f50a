"""YAML text → nodes with positions, safe against hostile files.

Scalars stay text (`no`, `0330` and 18-digit codes keep their meaning); types come from the schema
that reads them. Depth, size and events are guarded before the recursive composer sees the file:
without the guard 30,000 opening brackets crash the process.
"""

from pathlib import Path
from typing import Any

import yaml

from riskwarn.constants import YAML_MAX_BYTES, YAML_MAX_DEPTH, YAML_MAX_EVENTS
from riskwarn.errors import ConfigError, Place, Problem, system_words
from riskwarn.yamlfile.nodes import Node
from riskwarn.yamlfile.slips import syntax_error

_NULLS = {"", "~", "null", "Null", "NULL"}
_SINGLE = ("expected a single document in the stream", None)
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
        raise _fault("Y001", Place(name), f"读不到文件：{system_words(error)}") from error
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
    problems: list[Problem] = []
    try:
        node = _build(text, name, problems)
    except yaml.YAMLError as error:
        raise syntax_error(text, name, error) from error
    except ValueError as error:  # PyYAML: lone surrogates and unprintable characters
        raise _fault("Y004", Place(name), "含有不可用的字符", "可打印的文本") from error
    if problems:
        raise ConfigError(*problems)
    return node or Node(None, Place(name, 1, 1), {})


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


def _build(text: str, name: str, problems: list[Problem]) -> Node | None:
    """Build nodes from the event stream, which is not recursive; refuse bombs, anchors and tags.

    Gives: the root, or None for an empty file. Unfit keys go into `problems`.
    """
    root: Node | None = None
    second: Any = None  # a mark: of the C reader or of the other
    open_: list[_Open] = []
    for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
        raw: str | None = None
        if count > YAML_MAX_EVENTS:
            place = _at(event, name)
            raise _fault("Y005", place, "内容过多", f"不超过 {YAML_MAX_EVENTS} 个节点")
        if isinstance(event, yaml.NodeEvent):
            _refuse(event, name)
        if isinstance(event, yaml.ScalarEvent):
            # the C reader gives "" as the style of a plain scalar
            raw = str(event.value)
            is_null = not event.style and raw in _NULLS
            done = Node(None if is_null else raw, _at(event, name), {})
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(open_) == YAML_MAX_DEPTH:
                place = _at(event, name)
                raise _fault("Y008", place, "嵌套过深", f"不超过 {YAML_MAX_DEPTH} 层")
            open_.append(_Open(_at(event, name), isinstance(event, yaml.MappingStartEvent)))
            continue
        elif isinstance(event, yaml.CollectionEndEvent):
            done = open_.pop().close()
        elif isinstance(event, yaml.DocumentStartEvent) and root is not None:
            second = second or event.start_mark  # told last: other faults are nearer the slip
            continue
        else:
            continue
        if open_:
            open_[-1].add(done, raw, problems)
        else:
            root = root or done
    if second is not None:
        raise yaml.composer.ComposerError(*_SINGLE, "but found another document", second)
    return root


class _Open:
    """A sequence or mapping whose end has not come yet."""

    def __init__(self, place: Place, mapping: bool) -> None:
        self.place, self.mapping = place, mapping
        self.items: list[Node] = []
        self.values: dict[str, Node] = {}
        self.keys: dict[str, Place] = {}
        self.key: tuple[str | None, Place] | None = None  # of a mapping whose value is next

    def add(self, node: Node, raw: str | None, problems: list[Problem]) -> None:
        """Take an element, a key or a value; raw, the text of a scalar (`null` is a good key)."""
        if not self.mapping:
            self.items.append(node)
        elif self.key is None:
            self.key = (raw, node.place)
        else:
            (text, at), self.key = self.key, None
            self._put(text, at, node, problems)

    def _put(self, key: str | None, at: Place, node: Node, problems: list[Problem]) -> None:
        if key is None:
            problems.append(Problem("Y004", "键必须是文字", at, "文字里有花括号时加引号"))
        elif key in self.keys:
            first = f"第 {self.keys[key].line} 行已有同名键"
            problems.append(Problem("Y010", f"重复的键 {key}（{first}）", at, "每个键只写一次"))
        else:
            self.keys[key], self.values[key] = at, node

    def close(self) -> Node:
        if self.mapping:
            return Node(self.values, self.place, self.keys)
        return Node(self.items, self.place, {})


def _refuse(event: yaml.NodeEvent, name: str) -> None:
    if isinstance(event, yaml.AliasEvent) or event.anchor:
        cure = "直接写出内容；文字以 & 或 * 开头时加引号"
        raise _fault("Y006", _at(event, name), "不允许锚点和别名（& 与 *）", cure)
    tag = getattr(event, "tag", None)
    if tag not in (None, "!"):
        cure = "不带标签的值；文字以 ! 开头时加引号"
        raise _fault("Y007", _at(event, name), f"不允许标签 {tag}", cure)


def _at(event: yaml.Event, name: str) -> Place:
    mark = event.start_mark
    return Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
