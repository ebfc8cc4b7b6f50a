"""Sentence templates: data in rules/templates.yaml, for people who write no conditions.

templates:
  count_over:
    title: 次数达到阈值
    says: "同一市场主体在{时段}内{事项}达到{阈值}"
    slots: {阈值: {what: 几次, type: int, range: [1, 500]}, …}
    params: {…}  features: {…}  rule: {…}   # with <阈值>, <事项.table>, <rule>, <as_of-10>
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from riskwarn.errors import ConfigError, Problem, nearest
from riskwarn.rules.schema import Strict, Text
from riskwarn.rules.slots import SlotFaultError, SlotFile, limits
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.yamlfile import Node, load, read_model

TEMPLATES_FILE = "templates.yaml"
SAID = re.compile(r"\{([^{}]+)\}")


class TemplateFile(Strict):
    title: Text
    says: Text
    slots: Annotated[dict[str, SlotFile], Field(min_length=1)]
    params: dict[str, Any] = Field(default_factory=dict)
    features: dict[str, Any] = Field(default_factory=dict)
    rule: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template: its sentence, its slots, and the nodes that a use of it fills."""

    name: str
    title: str
    says: str
    slots: Mapping[str, SlotFile]
    node: Node


def load_templates(folder: Path) -> dict[str, Template]:
    """Read a folder's templates; none when it has no templates.yaml.

    Raises: ConfigError with every fault of the file: Y0xx; E145 for a sentence that names no slot
            of the template.
    """
    path = folder / TEMPLATES_FILE
    if not path.is_file():
        return {}
    root = load(path, f"{folder.name}/{TEMPLATES_FILE}")
    node = root.value.get("templates") if isinstance(root.value, dict) else None
    if node is None or not isinstance(node.value, dict):
        raise ConfigError(Problem("Y022", "缺少 templates", root.place, "templates: {名称: …}"))
    assert isinstance(root.value, dict)
    choices = root.value.get("choices", Node({}, root.place, {}))
    found: dict[str, Template] = {}
    problems: list[Problem] = []
    for name, written in node.value.items():
        child = _with_choices(written, choices, problems)
        try:
            file = read_model(child, TemplateFile)
        except ConfigError as error:
            problems += error.problems
            continue
        unknown = [word for word in SAID.findall(file.says) if word not in file.slots]
        if unknown:
            place = child.find(("says",)).place
            text = f"句子里的 {'、'.join(unknown)} 不是本模板的空"
            problems.append(Problem("E145", text, place, "、".join(file.slots)))
        problems += _check_slots(file, child)
        found[name] = Template(
            name=name, title=file.title, says=file.says, slots=file.slots, node=child
        )
    if problems:
        raise ConfigError(*problems)
    return found


def _check_slots(file: TemplateFile, node: Node) -> Iterator[Problem]:
    """A slot's code list exists, and its range is written as its values are."""
    codes = load_catalogue().codes
    for name, slot in file.slots.items():
        at = node.find(("slots", name))
        if slot.codes is not None and slot.codes not in codes:
            hint, place = nearest(slot.codes, codes), at.find(("codes",)).place
            yield Problem("E145", f"没有代码表 {slot.codes}", place, nearest=hint)
        try:
            limits(slot)
        except SlotFaultError as fault:
            told = fault.problem
            yield Problem("E145", told.message, at.find(("range",)).place, told.expected)


def _with_choices(node: Node, choices: Node, problems: list[Problem]) -> Node:
    """Put the shared lists of choices in the place of their names: `one_of: 事项`."""
    slots = node.value.get("slots") if isinstance(node.value, dict) else None
    if slots is None or not isinstance(slots.value, dict) or not isinstance(choices.value, dict):
        return node
    made = {}
    for name, slot in slots.value.items():
        given = slot.value.get("one_of") if isinstance(slot.value, dict) else None
        if given is not None and isinstance(given.value, str) and isinstance(slot.value, dict):
            if given.value not in choices.value:
                hint = nearest(given.value, choices.value)
                text = f"没有共用选项 {given.value}"
                problems.append(Problem("E145", text, given.place, "、".join(choices.value), hint))
            shared = choices.value.get(given.value, Node({}, given.place, {}))
            slot = Node({**slot.value, "one_of": shared}, slot.place, slot.keys)
        made[name] = slot
    assert isinstance(node.value, dict)
    whole = {**node.value, "slots": Node(made, slots.place, slots.keys)}
    return Node(whole, node.place, node.keys)
