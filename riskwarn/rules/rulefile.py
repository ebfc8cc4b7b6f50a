"""One rule as written → a self-contained rule: its inputs, parameters and lists looked up."""

import re
from dataclasses import dataclass, field

from riskwarn.errors import ConfigError, Place, Problem, nearest
from riskwarn.records.rules import (
    Condition,
    Dedupe,
    InList,
    Input,
    Param,
    ParamRef,
    Rule,
    RuleList,
    Score,
    walk,
)
from riskwarn.rules.conditions import Scope, find_input, read_condition
from riskwarn.rules.examples import read_tests
from riskwarn.rules.params import places_of
from riskwarn.rules.schema import RuleFile
from riskwarn.rules.words import known
from riskwarn.terms import Severity
from riskwarn.yamlfile import ModelT, Node, read_model

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(slots=True)
class _Named:
    """What a rule names, gathered while it is read."""

    inputs: dict[str, Input] = field(default_factory=dict)
    params: dict[str, Param] = field(default_factory=dict)
    lists: dict[str, RuleList] = field(default_factory=dict)

    def gather(self, when: Condition, scope: Scope) -> None:
        for part in walk(when):
            given = getattr(part, "input", None)
            if isinstance(given, Input):
                self.inputs[given.name] = given
            if isinstance(part, InList):
                self.lists[part.list] = scope.lists[part.list]
            value = getattr(part, "value", None)
            if isinstance(value, ParamRef):
                self.params[value.name] = scope.params[value.name]


def take(node: Node, model: type[ModelT], problems: list[Problem]) -> ModelT | None:
    """Check a node against a model; None when it is faulty, with its faults in `problems`."""
    try:
        return read_model(node, model)
    except ConfigError as error:
        problems.extend(error.problems)
        return None


def read_rules(root: Node, scope: Scope, pack: str) -> list[Rule]:
    """Read the rules of a pack's root; those with faults are left out, the faults in the scope."""
    node = root.value["rules"] if isinstance(root.value, dict) and "rules" in root.value else None
    if node is None or node.value is None:
        return []
    if not isinstance(node.value, list):
        scope.fault("Y020", "rules 应为列表，每条规则以“- ”开头", node.place)
        return []
    rules = []
    for child in node.value:
        file = take(child, RuleFile, scope.problems)
        rule = file and _read_rule(file, child, scope, pack)
        if rule:
            rules.append(rule)
    return rules


def _read_rule(file: RuleFile, node: Node, scope: Scope, pack: str) -> Rule | None:
    when = read_condition(file.when, node.find(("when",)), scope)
    named = _Named()
    if when is not None:
        named.gather(when, scope)
    _read_message(file.message, node.find(("message",)).place, scope, named)
    score = _read_score(file, node, scope, named)
    dedupe = _read_dedupe(file, node, scope, named)
    if when is None:  # do not report a test's mention of an input that is itself in doubt
        read_tests(file, node, scope, {**scope.words.fields, **scope.words.inputs})
        return None
    return Rule(
        id=file.id,
        version=file.version,
        status=file.status,
        role=file.role,
        title=file.title,
        says=file.says,
        item=file.item,
        basis=tuple(file.basis),
        effective_from=file.effective.from_on,
        effective_to=file.effective.to_on,
        severity=Severity(file.severity),
        when=when,
        on_unknown=file.on_unknown,
        message=file.message,
        pack=pack,
        score=score,
        dedupe=dedupe,
        false_positives=tuple(file.false_positives),
        advice=file.advice,
        tags=tuple(file.tags),
        replaces=tuple(file.replaces),
        reason=file.reason,
        inputs=dict(sorted(named.inputs.items())),
        params=dict(sorted(named.params.items())),
        lists=dict(sorted(named.lists.items())),
        tests=read_tests(file, node, scope, named.inputs),
        place=node.at("id"),
        places=node.keys,
        basis_places=places_of(node.find(("basis",))),
    )


def _read_message(text: str, place: Place, scope: Scope, named: _Named) -> None:
    """Resolve the placeholders of a message; what it shows becomes an input of the rule."""
    if "｛" in text or "｝" in text or text.count("{") != len(PLACEHOLDER.findall(text)):
        scope.fault("E116", "message 的花括号不成对或为全角", place, "半角 {名称}")
    words = scope.words
    for name in PLACEHOLDER.findall(text):
        if name in scope.params:
            named.params[name] = scope.params[name]
        elif name in words.inputs:
            named.inputs[name] = words.inputs[name]
        elif name in words.fields:
            named.inputs[name] = words.fields[name]
        elif name not in scope.doubtful:
            every = [*scope.params, *words.inputs, *words.fields]
            hint = nearest(name, every) or words.meant_field(name)
            said = f"message 中的 {{{name}}} 没有定义"
            scope.fault("E116", said, place, known(named.inputs), hint)


def _read_score(file: RuleFile, node: Node, scope: Scope, named: _Named) -> Score | None:
    if file.score is None:
        return None
    per = file.score.per
    if per is None:
        return Score(base=file.score.base)
    place = node.find(("score", "per", "feature")).place
    given = find_input(per.feature, "feature", place, scope)
    if given is not None:
        named.inputs[given.name] = given
        if given.type not in ("int", "fen", "bp"):
            scope.fault("E111", f"按 {per.feature}（{given.type}）加分须为整数特征", place)
    return Score(base=file.score.base, feature=per.feature, weight=per.weight, cap=per.cap)


def _read_dedupe(file: RuleFile, node: Node, scope: Scope, named: _Named) -> Dedupe:
    for key in ("by", "reopen_on"):
        for number, name in enumerate(getattr(file.dedupe, key)):
            if name == "uscc":
                continue
            place = node.find(("dedupe", key, number)).place
            source = "feature" if name in scope.words.inputs else "field"
            given = find_input(name, source, place, scope)
            if given is not None:
                named.inputs[name] = given
    return Dedupe(
        by=tuple(file.dedupe.by),
        cooldown_days=file.dedupe.cooldown,
        reopen_on=tuple(file.dedupe.reopen_on),
    )
