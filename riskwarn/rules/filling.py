"""A use of a template → an ordinary rule with its parameters and features, as nodes of a pack.

What a slot gave keeps the slot's place, everything else the place of the use: a fault that is
found later points at what the writer can mend.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from riskwarn.errors import Problem, nearest
from riskwarn.rules.schema import RuleFile
from riskwarn.rules.slots import Filled, SlotFaultError, limits, read_slot
from riskwarn.rules.templates import SAID, Template
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.yamlfile import Node

_HOLE = re.compile(r"<([^<>\s+.\-]+)(?:\.([a-z_]+))?([+-]\d+)?>")
_ELSEWHERE = "000000"  # a region that no parameter names: where a value for "*" holds
_WHOLE = re.compile(r"-?[0-9]+")
_USE = ("template", "slots")
_FIELDS = tuple(RuleFile.model_fields.items())


def fill_templates(root: Node, templates: Mapping[str, Template], problems: list[Problem]) -> Node:
    """Write out every use of a template in a pack's root.

    Gives: the root with ordinary rules, params and features; faulty uses are reported, left out.
    """
    rules = root.value.get("rules") if isinstance(root.value, dict) else None
    if rules is None or not isinstance(rules.value, list):
        return root
    written, made = [], {"params": dict[str, Node](), "features": dict[str, Node]()}
    for child in rules.value:
        if not isinstance(child.value, dict) or not set(_USE) & set(child.value):
            written.append(child)
            continue
        found = _fill(child, templates, problems)
        if found is not None:
            written.append(found.rule)
            made["params"] |= found.params
            made["features"] |= found.features
    assert isinstance(root.value, dict)
    whole = {**root.value, "rules": Node(written, rules.place, rules.keys)}
    for key, more in made.items():
        own = whole.get(key)
        mapping = own.value if own is not None and isinstance(own.value, dict) else {}
        keys = {**(own.keys if own else {}), **{name: node.place for name, node in more.items()}}
        if more:
            whole[key] = Node({**mapping, **more}, own.place if own else root.place, keys)
    return Node(whole, root.place, root.keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    rule: Node
    params: dict[str, Node]
    features: dict[str, Node]


def _fill(use: Node, templates: Mapping[str, Template], problems: list[Problem]) -> _Made | None:
    before = len(problems)
    assert isinstance(use.value, dict)
    if "template" not in use.value:
        hint = nearest("template", use.value)
        text = f"写了 slots，没有写用哪个模板{f'（{hint} 疑为 template）' if hint else ''}"
        problems.append(Problem("E144", text, use.at(hint or "slots"), "template: 模板名称"))
        return None
    template = templates.get(str(use.find(("template",)).value))
    if template is None:
        name = str(use.find(("template",)).value)
        titles = {one.title: one.name for one in templates.values()}
        hint = titles.get(name) or nearest(name, templates)
        known = "、".join(templates) or "rules/templates.yaml 里的模板"
        text = f"没有模板 {name}"
        problems.append(Problem("E144", text, use.find(("template",)).place, known, hint))
        return None
    if "when" in use.value:
        text = "用了模板就不再写 when"
        problems.append(Problem("E146", text, use.at("when"), "删去 when，或不用模板"))
    filled = dict(_read_slots(use, template, problems))
    if len(problems) > before:
        return None
    return _Writer(template, filled, use).write()


def _read_slots(
    use: Node, template: Template, problems: list[Problem]
) -> Iterator[tuple[str, Filled]]:
    given = use.value.get("slots") if isinstance(use.value, dict) else None
    cells = given.value if given is not None and isinstance(given.value, dict) else {}
    for name in cells:
        if name not in template.slots and given is not None:
            text = f"模板 {template.name} 没有“{name}”这个空"
            hint = nearest(name, template.slots)
            problems.append(Problem("E140", text, given.at(name), "、".join(template.slots), hint))
    for name, slot in template.slots.items():
        node = cells.get(name)
        if node is None and slot.default is not None:
            node = Node(slot.default, use.find(("template",)).place, {})
        if node is None:
            place = given.place if given is not None else use.place
            text = f"模板 {template.name} 的“{name}”没有填"
            problems.append(Problem("E141", text, place, slot.what))
            continue
        try:
            declared = template.node.find(("slots", name))
            yield name, read_slot(name, slot, node, declared, load_catalogue())
        except SlotFaultError as fault:
            problems.append(fault.problem)


class _Writer:
    """Fills the holes of one template for one use."""

    def __init__(self, template: Template, filled: Mapping[str, Filled], use: Node) -> None:
        self.template = template
        self.filled = filled
        self.use = use
        self.place = use.find(("template",)).place
        since = [one.since for one in filled.values() if one.since is not None]
        began = _date(use.find(("effective", "from")).value)
        self.since = began
        self.as_of = max([began, *since])
        regions = [one.region for one in filled.values() if one.values and one.region != "*"]
        self.region = regions[0].ljust(6, "0") if regions else _ELSEWHERE
        self.rule = str(use.find(("id",)).value or "rule").replace(".", "_")

    def write(self) -> _Made:
        body = self.template.node
        params = self._named(body.find(("params",)))
        features = self._named(body.find(("features",)))
        rule = self._node(body.find(("rule",)))
        assert isinstance(rule.value, dict)
        own = {k: v for k, v in (self.use.value or {}).items() if k not in _USE}  # type: ignore[union-attr]
        said = Node(self.sentence(), self.place, {})
        value = {"title": said, "says": said, **rule.value, **own}
        if "tests" in own and isinstance(own["tests"].value, list):
            made = rule.value["tests"].value if "tests" in rule.value else []
            assert isinstance(made, list)
            value["tests"] = Node([*made, *own["tests"].value], own["tests"].place, {})
        order = {info.alias or name: at for at, (name, info) in enumerate(_FIELDS)}
        value = dict(sorted(value.items(), key=lambda pair: order.get(pair[0], len(order))))
        keys = {**dict.fromkeys(value, self.place), **self.use.keys}
        done = Node(value, self.use.place, keys)
        return _Made(rule=done, params=params, features=self._needed(features, done))

    def sentence(self) -> str:
        """The template's sentence with what was filled in."""
        return SAID.sub(lambda found: self.filled[found[1]].shown, self.template.says)

    def _needed(self, features: dict[str, Node], rule: Node) -> dict[str, Node]:
        """Leave out the features that this choice of slots does not look at."""
        kept: dict[str, Node] = {}
        text = repr(rule.plain())
        while True:
            more = {n: f for n, f in features.items() if n not in kept and n in text}
            if not more:
                return {name: node for name, node in features.items() if name in kept}
            kept |= more
            text = repr([node.plain() for node in more.values()])

    def _named(self, node: Node) -> dict[str, Node]:
        if not isinstance(node.value, dict) or node is self.template.node:
            return {}
        made = {}
        for name, child in node.value.items():
            filled = self._node(child)
            made[self._text(name)[0]] = self._values(filled, child)
        return made

    def _values(self, node: Node, template: Node) -> Node:
        """Put what a slot says by region in the place of a parameter's `values: <slot>`."""
        if not isinstance(node.value, dict) or "values" not in node.value:
            return node
        found = _HOLE.fullmatch(str(template.find(("values",)).value))
        if found is None:
            return node
        slot = self.filled[found[1]]
        place = slot.place.place
        values = list(slot.values)
        if not values:
            cell = slot.parts.get("list") or Node(slot.text, place, {})
            note = Node(f"本地设定：{slot.shown}", place, {})
            parts = {
                "region": Node("*", place, {}),
                "from": Node(self.since.isoformat(), place, {}),
                "value": cell,
                "note": note,
            }
            values = [Node(parts, place, {})]
        made = {**node.value, "values": Node(values, place, {})}
        span = limits(self.template.slots[found[1]])
        if span is not None and "range" not in made:
            made["range"] = Node([Node(str(one), place, {}) for one in span], place, {})
        return Node(made, place, dict.fromkeys(made, place))

    def _node(self, node: Node) -> Node:
        if isinstance(node.value, list):
            return Node([self._node(child) for child in node.value], self.place, {})
        if isinstance(node.value, dict):
            made = {self._text(key)[0]: self._node(child) for key, child in node.value.items()}
            return Node(made, self.place, dict.fromkeys(made, self.place))
        if not isinstance(node.value, str):
            return Node(node.value, self.place, {})
        whole = _HOLE.fullmatch(node.value)
        if whole and whole[2] and whole[1] in self.filled and whole[2] != "show":
            part = self.filled[whole[1]].parts.get(whole[2])
            if part is not None:
                return self._node(part)
        text, slot = self._text(node.value)
        return Node(text, slot.place.place if slot else self.place, {})

    def _text(self, text: str) -> tuple[str, Filled | None]:
        """Fill the holes of one text; name the slot that it came from."""
        used: list[Filled] = []

        def put(found: re.Match[str]) -> str:
            name, part, step = found[1], found[2], int(found[3] or 0)
            if name == "as_of":
                return (self.as_of + timedelta(days=step)).isoformat()
            if name in ("rule", "region"):
                return self.rule if name == "rule" else self.region
            slot = self.filled.get(name)
            if slot is None:
                return found[0]
            used.append(slot)
            if part == "show":
                return slot.shown
            if part is not None:
                return str(slot.parts[part].value) if part in slot.parts else found[0]
            if step and _WHOLE.fullmatch(slot.text):
                return str(int(slot.text) + step)
            return found[0] if step else slot.text

        filled = _HOLE.sub(put, text)
        return filled, used[0] if used else None


def _date(text: object) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return date(2000, 1, 1)  # the rule's own check says what is wrong with the date
