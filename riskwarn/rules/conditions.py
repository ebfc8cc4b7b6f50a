"""`when` as written → typed conditions: every name known, every value of its type."""

from collections.abc import Mapping
from dataclasses import dataclass

from riskwarn.errors import Place, Problem, nearest
from riskwarn.records.rules import (
    AllOf,
    AnyOf,
    AsOf,
    Compare,
    CompareValue,
    Condition,
    InList,
    Input,
    Not,
    Param,
    ParamRef,
    RuleList,
    RuleOp,
    Scalar,
)
from riskwarn.rules.schema import OPS, ConditionFile
from riskwarn.rules.values import PARAM_VALUE, ValueFaultError, read_value
from riskwarn.rules.words import Words, known
from riskwarn.yamlfile import Node, list_slip

_ORDERED = ("date", "fen", "bp", "int", "number")
_MANY = ("in", "not_in", "starts_with")
ALLOWED_OPS: dict[str, tuple[RuleOp, ...]] = {
    **dict.fromkeys(_ORDERED, ("eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "is_null")),
    **dict.fromkeys(("code", "region"), ("eq", "ne", "in", "not_in", "is_null", "starts_with")),
    "industry": ("in", "not_in", "is_null", "starts_with"),
    "text": ("eq", "ne", "in", "not_in", "is_null", "starts_with", "contains"),
    "set": ("contains", "is_null"),
    "flag": ("eq", "ne", "is_null"),
}
_NO_POLICY = (0, 1)  # "none" and "at least one" are no thresholds that somebody sets


@dataclass(frozen=True)
class Scope:
    """What a rule's condition may name, and where its faults are collected."""

    words: Words
    params: Mapping[str, Param]
    lists: Mapping[str, RuleList]
    problems: list[Problem]
    doubtful: frozenset[str] = frozenset()  # declared, but faulty: already reported

    def fault(
        self, code: str, message: str, place: Place, expected: str = "", hint: str = ""
    ) -> None:
        self.problems.append(Problem(code, message, place, expected, hint))


def read_condition(file: ConditionFile, node: Node, scope: Scope) -> Condition | None:
    """Type a condition; None when it or a part of it is faulty (the faults are in the scope)."""
    for key, kind in (("all", AllOf), ("any", AnyOf)):
        children: list[ConditionFile] | None = getattr(file, key)
        if children is not None:
            nodes = [node.find((key, number)) for number in range(len(children))]
            read = [
                read_condition(child, at, scope) for child, at in zip(children, nodes, strict=True)
            ]
            whole = [child for child in read if child is not None]
            return (
                kind(children=tuple(whole), place=node.at(key)) if len(whole) == len(read) else None
            )
    if file.not_ is not None:
        child = read_condition(file.not_, node.find(("not",)), scope)
        return None if child is None else Not(child=child, place=node.at("not"))
    if file.in_list is not None:
        return _read_in_list(file.in_list, node, scope)
    return _read_compare(file, node, scope)


def _read_in_list(name: str, node: Node, scope: Scope) -> Condition | None:
    place = node.find(("in_list",)).place
    if name in scope.doubtful:
        return None
    if name not in scope.lists:
        scope.fault(
            "E104", f"没有名单 {name}", place, known(scope.lists), nearest(name, scope.lists)
        )
        return None
    given = scope.words.fields[scope.lists[name].key]
    return InList(input=given, list=name, place=place)


def find_input(name: str, source: str, place: Place, scope: Scope) -> Input | None:
    """Look a field or feature up; an unknown one is a fault with the nearest right word."""
    words = scope.words
    if name in scope.doubtful:
        return None
    if source == "field":
        if name in words.fields:
            return words.fields[name]
        if name in words.enterprise.columns:
            scope.fault("E101", f"字段 {name} 涉及个人信息，规则不得使用", place)
        elif name in words.inputs:
            scope.fault("E101", f"{name} 是特征，不是字段", place, f"feature: {name}")
        else:
            scope.fault(
                "E101",
                f"市场主体没有字段 {name}",
                place,
                known(words.fields),
                words.meant_field(name),
            )
    elif name in words.inputs:
        return words.inputs[name]
    elif name in words.fields:
        scope.fault("E102", f"{name} 是字段，不是特征", place, f"field: {name}")
    else:
        scope.fault(
            "E102", f"没有特征 {name}", place, known(words.inputs), words.meant_feature(name)
        )
    return None


def _read_compare(file: ConditionFile, node: Node, scope: Scope) -> Condition | None:
    source = "field" if file.field is not None else "feature"
    name = file.field if file.field is not None else file.feature or ""
    place = node.find((source,)).place
    given = find_input(name, source, place, scope)
    if given is None:
        return None
    op = next(op for op in OPS if op in file.written)
    if op not in ALLOWED_OPS[given.type]:
        allowed = "、".join(ALLOWED_OPS[given.type])
        scope.fault("E113", f"{name}（{given.type}）不能用 {op}", node.at(op), allowed)
        return None
    value = _read_side(node.find((op,)), given, op, scope)
    return None if value is None else Compare(input=given, op=op, value=value, place=place)


def _read_side(node: Node, given: Input, op: RuleOp, scope: Scope) -> CompareValue | None:
    if op == "is_null":
        return node.value == "true"
    if op in _MANY and isinstance(node.value, list):
        read = [_read_literal(child, given, scope) for child in node.value]
        whole = tuple(value for value in read if value is not None)
        return whole if len(whole) == len(read) and whole else None
    text = node.value if isinstance(node.value, str) else ""
    if text.startswith(("$", "＄")):
        return _read_reference(text, node.place, given, op, scope)
    value = _read_literal(node, given, scope)
    return (value,) if op in _MANY and value is not None else value


def _read_literal(node: Node, given: Input, scope: Scope) -> Scalar | None:
    text = node.value if isinstance(node.value, str) else ""
    if text in scope.params:
        scope.fault("E103", f"参数要写成 ${text}", node.place, f"${text}")
        return None
    codes = scope.words.catalogue.codes.get(given.codes or "")
    try:
        value = read_value(text, given.type, codes)
    except ValueFaultError as fault:
        slip, cure = list_slip(text)
        said = f"{given.name} 的值不对：{fault}" + (f"，{slip}" if slip else "")
        scope.fault("E111", said, node.place, fault.expected, cure or fault.hint)
        return None
    if given.type in _ORDERED and value not in _NO_POLICY:
        scope.fault(
            "E114",
            f"{given.name} 直接写了数值 {text}",
            node.place,
            "在 params 里登记（地区、日期、依据），此处写 $参数名",
        )
        return None
    return value


def _read_reference(
    text: str, place: Place, given: Input, op: RuleOp, scope: Scope
) -> CompareValue | None:
    name = text[1:].strip()
    if text != f"${name}":
        scope.fault("E103", f"参数引用 {text!r} 写法不对", place, f"${name}")
        return None
    if name == "as_of":
        if given.type == "date":
            return AsOf()
        scope.fault("E111", f"{given.name}（{given.type}）不能与 $as_of 比较", place, "日期字段")
        return None
    if name in scope.doubtful and name not in scope.params:
        return None
    if name not in scope.params:
        hint = nearest(name, [*scope.params, "as_of"])
        scope.fault("E103", f"没有参数 {name}", place, known(scope.params), hint and f"${hint}")
        return None
    return _check_reference(scope.params[name], place, given, op, scope)


def _check_reference(
    param: Param, place: Place, given: Input, op: RuleOp, scope: Scope
) -> ParamRef | None:
    many = op in _MANY
    kind = PARAM_VALUE[param.type]
    fits = kind == given.type or (kind, given.type) == ("int", "number")
    if given.type in ("code", "region", "industry", "text"):
        fits = kind == "text"
    if not fits or many != (param.type == "codes"):
        wanted = "codes" if many else given.type
        scope.fault(
            "E111", f"参数 {param.name}（{param.type}）与 {given.name} {op} 不相配", place, wanted
        )
        return None
    codes = scope.words.catalogue.codes.get(given.codes or "")
    sound = True
    for value in param.values if kind == "text" else ():
        for text in value.value if isinstance(value.value, tuple) else (value.value,):
            try:
                read_value(str(text), given.type, codes)
            except ValueFaultError as fault:
                scope.fault(
                    "E111", f"参数 {param.name}：{fault}", value.place, fault.expected, fault.hint
                )
                sound = False
    return ParamRef(name=param.name) if sound else None
