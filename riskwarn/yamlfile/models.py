"""Nodes checked against pydantic models: every fault of a file at once, each with its cure.

A model may name what people say instead of its words: `spoken: ClassVar[dict[str, str]]` maps
such a word to the right one. A field's `description` says in Chinese what is expected of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from riskwarn.errors import ConfigError, Problem, nearest
from riskwarn.yamlfile.nodes import Node
from riskwarn.yamlfile.slips import half_width, list_slip, odd_characters, plain_word

ModelT = TypeVar("ModelT", bound=BaseModel)
Path = tuple[int | str, ...]
_EXPECTED = {
    "int_parsing": "整数",
    "int_type": "整数",
    "float_parsing": "数",
    "bool_parsing": "true 或 false",
    "string_type": "一段文字",
    "list_type": "列表，如 [甲, 乙]",
    "dict_type": "“键: 值”的映射",
    "model_type": "“键: 值”的映射",
    "date_from_datetime_parsing": "日历上有的日期，如 2026-06-30",
    "date_parsing": "年-月-日，如 2026-06-30",
    "date_type": "年-月-日，如 2026-06-30",
}


def read_model(node: Node, model: type[ModelT], code: str = "Y020") -> ModelT:
    """Check a node against a pydantic model; every fault of the file in one error.

    Raises: ConfigError with `code` for wrong values, Y021 for unknown keys, Y022 for missing ones.
    """
    try:
        return model.model_validate(node.plain())
    except ValidationError as error:
        raise ConfigError(*_problems(node, model, error, code)) from error


def check_keys(node: Node, model: type[BaseModel]) -> list[Problem]:
    """Check the keys of one mapping alone: for files whose parts are read one by one."""
    if not isinstance(node.value, dict):
        return [Problem("Y020", "应为“键: 值”的映射", node.place)]
    problems = [_unknown_key(key, node, model) for key in node.value if key not in _keys(model)]
    for name, info in model.model_fields.items():
        if info.is_required() and (info.alias or name) not in node.value:
            problems.append(Problem("Y022", f"缺少 {info.alias or name}", node.place))
    return problems


def _keys(model: Any) -> list[str]:
    if isinstance(model, type) and issubclass(model, BaseModel):
        return [info.alias or name for name, info in model.model_fields.items()]
    return []


def _spoken(model: Any) -> Mapping[str, str]:
    words: Mapping[str, str] = getattr(model, "spoken", {})
    return words


def _unknown_key(key: str, parent: Node, model: Any) -> Problem:
    known, plain = _keys(model), plain_word(key)
    odd = odd_characters(key)
    head, colon, rest = key.partition("：") if "：" in key else key.partition(":")
    if colon and rest and plain_word(head) in known:  # `title：甲` or `title:甲` in a flow mapping
        kind = "全角冒号" if colon == "：" else "冒号后缺少空格"
        text = f"不认识的键 {key}：疑为{kind}"
        return Problem("Y021", text, parent.at(key), f"{plain_word(head)}: {rest.strip()}")
    hint = plain if plain in known and plain != key else ""
    hint = hint or _spoken(model).get(plain, "") or nearest(plain.lower(), known)
    text = f"不认识的键 {key}" + (f"（含{odd}）" if odd else "")
    mark, right = half_width(key)
    if mark:
        return Problem("Y021", f"{text}：疑为全角“{mark}”", parent.at(key), f"半角“{right}”")
    return Problem("Y021", text, parent.at(key), "、".join(known), hint if hint in known else "")


def _problems(
    root: Node, model: type[BaseModel], error: ValidationError, code: str
) -> Iterator[Problem]:
    seen: set[tuple[object, ...]] = set()
    for fault in error.errors(include_url=False):
        path: Path = tuple(fault["loc"])
        problem = _problem(root, model, fault, path, code)
        key = (problem.place, problem.code)  # a union of types reports each of its branches
        if key not in seen or problem.code in ("Y021", "Y022"):
            yield problem
        seen.add(key)


def _problem(root: Node, model: type[BaseModel], fault: Any, path: Path, code: str) -> Problem:
    owner, info = _model_at(model, path)
    if fault["type"] == "extra_forbidden" or _glued(path, owner):
        return _unknown_key(str(path[-1]), root.find(path[:-1]), _model_at(model, path[:-1])[0])
    if fault["type"] == "missing":
        return Problem("Y022", f"缺少 {path[-1]}", root.find(path[:-1]).place)
    found = root.find(path)
    where = ".".join(str(step) for step in path if not _is_branch(step))
    if fault["type"] in ("value_error", "assertion_error"):
        return Problem(code, f"{where}：{fault['ctx']['error']}".lstrip("："), found.place)
    message = _message(where, fault, found)
    expected = _expected(fault, info)
    if fault["type"] in ("list_type", "dict_type", "model_type") and isinstance(found.value, str):
        slip, cure = list_slip(found.value)
        if slip and fault["type"] == "list_type":
            return Problem(code, f"{message}：{slip}", found.place, expected, cure)
    return Problem(code, message, found.place, expected, _meant(fault, found, owner))


def _glued(path: Path, owner: Any) -> bool:
    """Whether the last step is a key and its value without the blank between: `name:甲`."""
    last = str(path[-1]) if path else ""
    return any(mark in last and last.split(mark)[0] in _keys(owner) for mark in ":：")


def _is_branch(step: int | str) -> bool:
    """Pydantic names the branch of a union in the path, such as `list[str]`."""
    return isinstance(step, str) and ("[" in step or step in ("str", "literal"))


def _message(where: str, fault: Any, found: Node) -> str:
    if isinstance(found.value, str):
        wants_parts = fault["type"] in ("list_type", "dict_type", "model_type")
        if wants_parts and "：" in found.value:
            return f"{where} 应分项书写，却是一段文字 {found.value[:40]!r}：疑为全角冒号“：”"
        if not found.value:
            return f"{where} 是空的"
        return f"{where} 的值 {found.value[:60]!r} 不对"
    if found.value is None:
        return f"{where} 没有写值"
    shape = "列表" if isinstance(found.value, list) else "映射"
    cure = "：文字以 { 或 [ 开头时要加引号" if fault["type"] == "string_type" else ""
    return f"{where} 不应是{shape}{cure}"


def _expected(fault: Any, info: FieldInfo | None) -> str:
    context = fault.get("ctx") or {}
    kind = str(fault["type"])
    if kind == "literal_error":
        return str(context["expected"]).replace("'", "").replace(" or ", "、").replace(", ", "、")
    if kind == "greater_than_equal":
        return f"不小于 {context['ge']}"
    if kind == "less_than_equal":
        return f"不大于 {context['le']}"
    if kind == "too_short":
        return f"至少 {context['min_length']} 项"
    if kind == "too_long":
        return f"至多 {context['max_length']} 项"
    if info is not None and info.description:
        return info.description
    if kind == "string_too_short":
        return "一段文字"
    if kind == "string_pattern_mismatch":
        return f"符合 {context['pattern']} 的文字"
    return _EXPECTED.get(kind, str(fault["msg"]))


def _meant(fault: Any, found: Node, owner: Any) -> str:
    """Give the word that was probably meant, for a wrong word out of a few."""
    if not isinstance(found.value, str):
        return ""
    plain = plain_word(found.value)
    if fault["type"] == "literal_error":
        words = _expected(fault, None).split("、")
        spoken = _spoken(owner).get(plain, "")
        return spoken if spoken in words else nearest(plain.lower(), words)
    wants_parts = fault["type"] in ("list_type", "dict_type", "model_type")
    return plain if plain and plain != found.value and not wants_parts else ""


def _model_at(model: type[BaseModel], path: Path) -> tuple[Any, FieldInfo | None]:
    """Follow a path through the models' annotations: the last model, and the field it ends on."""
    current: Any = model
    info: FieldInfo | None = None
    for step in path:
        if isinstance(step, int) or _is_branch(step):
            continue
        fields: Iterable[tuple[str, FieldInfo]] = ()
        if isinstance(current, type) and issubclass(current, BaseModel):
            fields = current.model_fields.items()
        named = next((i for name, i in fields if step in (name, i.alias)), None)
        if named is None:
            continue
        info, inner = named, _first_model(named.annotation)
        if inner is not None:
            current = inner
    return current, info


def _first_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _first_model(inner)
        if found is not None:
            return found
    return None
