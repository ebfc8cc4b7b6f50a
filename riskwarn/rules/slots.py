"""What stands in a template's slots: written by people, typed, told back as they wrote it."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from riskwarn.errors import Place, Problem, nearest
from riskwarn.rules.schema import ParamValueFile, Strict, Text, Word
from riskwarn.rules.values import ValueFaultError, read_value
from riskwarn.tables.catalogue import Catalogue
from riskwarn.yamlfile import Node, list_slip

SlotType = Literal["days", "int", "fen", "bp", "times", "choice", "industries"]
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)\s*(万|亿)?\s*(\D*)")
_SCALE = {"万": 10_000, "亿": 100_000_000, None: 1}
# What people write after a number, and by how much it counts.
_UNITS: Mapping[str, Mapping[str, int]] = {
    "days": {"": 1, "天": 1, "日": 1, "d": 1, "周": 7, "星期": 7},
    "int": dict.fromkeys(("", *"次件家户条批台人层期个", "批次"), 1),
    "fen": {"元": 100, "分": 1},
    "bp": {"%": 100, "％": 100, "bp": 1},
    "times": {"": 10_000, "倍": 10_000},
}
_WANTED = {
    "days": "天数，如 90天",
    "int": "整数，如 5",
    "fen": "金额带单位，如 5万元",
    "bp": "百分数，如 80%",
    "times": "倍数，如 3倍",
}


class SlotFile(Strict):
    """One slot as a template declares it."""

    what: Text
    type: SlotType
    range: Annotated[list[Word], Field(min_length=2, max_length=2)] | None = None
    default: Word | None = None
    one_of: dict[str, Any] | None = None
    codes: str | None = None

    @model_validator(mode="after")
    def _choices(self) -> "SlotFile":
        if (self.type == "choice") != (self.one_of is not None or self.codes is not None):
            raise ValueError("choice 须写 one_of 或 codes，其他种类不写")
        if self.range is not None and self.type in ("choice", "industries"):
            raise ValueError("range 只用于数")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A slot's value: for machines, for people, and where it was written.

    `values`: what it is in each region since when, as nodes of a parameter's `values`.
    """

    text: str
    shown: str
    place: Node
    parts: Mapping[str, Node] = field(default_factory=dict)
    values: tuple[Node, ...] = ()
    region: str = "*"
    since: date | None = None


def read_slot(
    name: str, slot: SlotFile, node: Node, declared: Node, catalogue: Catalogue
) -> Filled:
    """Type one slot.

    Takes:  node, as filled in; declared, the slot's node in the template.
    Raises: SlotFaultError with the problem, at the slot.
    """
    if isinstance(node.value, list) and slot.type != "industries":
        return _by_region(name, slot, node)
    if slot.type == "industries":
        return _industries(name, node)
    if not isinstance(node.value, str):
        raise _fault("E142", f"{name} 应填一个值", node, _wanted(slot))
    if slot.type == "choice":
        return _choice(name, slot, node, declared, catalogue)
    text = _number(name, slot, node)
    return Filled(text=text, shown=node.value.strip(), place=node)


class SlotFaultError(ValueError):
    """A slot that cannot be taken as it is."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def _fault(code: str, text: str, node: Node, expected: str = "", hint: str = "") -> SlotFaultError:
    return SlotFaultError(Problem(code, text, node.place, expected, hint))


def _wanted(slot: SlotFile) -> str:
    return _WANTED.get(slot.type, slot.what)


def _number(name: str, slot: SlotFile, node: Node) -> str:
    raw = unicodedata.normalize("NFKC", str(node.value)).replace(",", "").strip()
    found = _NUMBER.fullmatch(raw)
    units = _UNITS[slot.type]
    unit = found[3].strip() if found else ""
    if found is None or unit not in units:
        hint = f"{raw}{next(iter(units))}" if found and not unit and "" not in units else ""
        raise _fault("E142", f"{name} 填的 {node.value!r} 不对", node, _wanted(slot), hint)
    value = Decimal(found[1]) * _SCALE[found[2]] * units[unit]
    if value != value.to_integral_value():
        raise _fault("E142", f"{name} 填的 {node.value!r} 太细", node, _wanted(slot))
    if slot.range is not None:
        low, high = (_limit(slot, word) for word in slot.range)
        if not low <= value <= high:
            span = " 至 ".join(slot.range)
            raise _fault("E143", f"{name} 填的 {node.value} 超出允许范围", node, span)
    return str(int(value))


def _limit(slot: SlotFile, word: str) -> int:
    bare = slot.model_copy(update={"range": None})
    return int(_number("range", bare, Node(word, Place(""), {})))


def limits(slot: SlotFile) -> tuple[int, int] | None:
    """Give a slot's allowed range in the units that rules compare."""
    return (
        None if slot.range is None else (_limit(slot, slot.range[0]), _limit(slot, slot.range[1]))
    )


def _by_region(name: str, slot: SlotFile, node: Node) -> Filled:
    """A value for each region and date: what `values` of a parameter says, in people's units."""
    from riskwarn.rules.rulefile import take

    assert isinstance(node.value, list)
    if slot.type == "choice" or not node.value:
        raise _fault("E142", f"{name} 应填一个值", node, _wanted(slot))
    values, problems = [], list[Problem]()
    first: ParamValueFile | None = None
    for child in node.value:
        file = take(child, ParamValueFile, problems)
        if file is None:
            raise SlotFaultError(problems[0])
        text = _number(name, slot, child.find(("value",)))
        assert isinstance(child.value, dict)
        typed = Node(text, child.find(("value",)).place, {})
        values.append(Node({**child.value, "value": typed}, child.place, child.keys))
        first = first or file
    assert first is not None
    start = node.value[0].find(("value",))
    return Filled(
        text=str(values[0].find(("value",)).value),
        shown=str(start.value),
        place=node,
        values=tuple(values),
        region=first.region,
        since=first.from_on,
    )


def _choice(name: str, slot: SlotFile, node: Node, declared: Node, catalogue: Catalogue) -> Filled:
    text = str(node.value).strip()
    if slot.codes is not None:
        codes = catalogue.codes[slot.codes]
        try:
            value = str(read_value(text, "code", codes))
        except ValueFaultError as fault:
            value = fault.hint
            if text not in codes.values.get(value, ()):
                words = [labels[0] for labels in codes.values.values() if labels]
                hint = nearest(text, words)
                raise _fault(
                    "E142", f"{name} 没有 {text!r} 这一项", node, "、".join(words), hint
                ) from None
        return Filled(text=value, shown=codes.label(value), place=node)
    choices = slot.one_of or {}
    if text not in choices:
        hint = nearest(text, choices)
        known = "、".join(choices)
        raise _fault("E142", f"{name} 没有 {text!r} 这一项", node, known, hint)
    parts = declared.find(("one_of", text)).value
    return Filled(text=text, shown=text, place=node, parts=parts if isinstance(parts, dict) else {})


def _industries(name: str, node: Node) -> Filled:
    written = node.value if isinstance(node.value, list) else [node]
    children = []
    for child in written:
        slip, cure = list_slip(str(child.value))
        if slip:
            raise _fault("E142", f"{name}：{slip}", child, "列表，如 [H62, F52]", cure)
        try:
            read_value(str(child.value), "industry")
        except ValueFaultError as fault:
            raise _fault("E142", f"{name}：{fault}", child, fault.expected, fault.hint) from None
        children.append(Node(str(child.value), child.place, {}))
    shown = "、".join(str(child.value) for child in children)
    whole = Node(list(children), node.place, {})
    return Filled(text=shown, shown=shown, place=node, parts={"list": whole, "first": children[0]})
