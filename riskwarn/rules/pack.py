"""Rule packs: YAML files → typed packs, with every fault of every file at once."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from riskwarn.errors import ConfigError, Place, Problem, nearest, raise_all
from riskwarn.features.catalogue import load_features, merge, read_features
from riskwarn.records.features import Feature, FeatureSet, GraphFeature, RatioFeature
from riskwarn.records.rules import (
    Dedupe,
    InList,
    Input,
    Pack,
    Param,
    ParamRef,
    Rule,
    RuleList,
    Score,
    walk,
)
from riskwarn.rules.conditions import Scope, find_input, read_condition
from riskwarn.rules.examples import read_tests
from riskwarn.rules.params import places_of, read_list, read_param
from riskwarn.rules.schema import ListFile, PackFile, PackHeader, ParamFile, RuleFile
from riskwarn.rules.words import Words, known
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.terms import Severity
from riskwarn.yamlfile import ModelT, Node, check_keys, load, read_model

FEATURES_FILE = "features.yaml"
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def load_packs(folder: Path) -> list[Pack]:
    """Read every pack of a folder.

    Takes:  folder with `*.yaml` packs, `features.yaml` and the lists the packs name.
    Gives:  the packs, sorted by file name.
    Raises: ConfigError with every fault of every file.
    """
    packs, _, problems = read_packs(folder)
    raise_all(ConfigError, problems)
    return packs


def read_packs(folder: Path) -> tuple[list[Pack], FeatureSet, list[Problem]]:
    """Read what can be read: sound packs with their sound rules, all features, all problems."""
    problems: list[Problem] = []
    roots: list[tuple[Path, Node]] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name == FEATURES_FILE:
            continue
        try:
            roots.append((path, load(path, f"{folder.name}/{path.name}")))
        except ConfigError as error:
            problems.extend(error.problems)
    features = _all_features(folder, [root for _, root in roots], problems)
    words = Words(load_catalogue(), features)
    packs = [_read_pack(path, root, words, problems) for path, root in roots]
    return [pack for pack in packs if pack is not None], features, problems


def _all_features(folder: Path, roots: Iterable[Node], problems: list[Problem]) -> FeatureSet:
    """Join features.yaml with the packs' own sections; a faulty section is reported, left out."""
    features = FeatureSet()
    path = folder / FEATURES_FILE
    try:
        if path.is_file():
            features = load_features(path, f"{folder.name}/{FEATURES_FILE}")
    except ConfigError as error:
        problems.extend(error.problems)
    for root in roots:
        section = root.value.get("features") if isinstance(root.value, dict) else None
        if section is None or section.value is None:
            continue
        try:
            features = merge([features, read_features(section, features)])
        except ConfigError as error:
            problems.extend(
                p if p.place else replace(p, place=section.place) for p in error.problems
            )
    return features


def _take(node: Node, model: type[ModelT], problems: list[Problem]) -> ModelT | None:
    try:
        return read_model(node, model)
    except ConfigError as error:
        problems.extend(error.problems)
        return None


def _section(root: Node, key: str, problems: list[Problem]) -> dict[str, Node]:
    """Give the named parts of a section; a section that is no mapping is a fault."""
    node = root.value.get(key) if isinstance(root.value, dict) else None
    if node is None or node.value is None:
        return {}
    if not isinstance(node.value, dict):
        problems.append(Problem("Y020", f"{key} 应为“名称: 内容”的映射", node.place))
        return {}
    return node.value


def _read_pack(path: Path, root: Node, words: Words, problems: list[Problem]) -> Pack | None:
    if not isinstance(root.value, dict):
        problems.append(Problem("Y020", "规则包应以 riskwarn: 1 开头", root.place))
        return None
    problems.extend(check_keys(root, PackFile))
    if "riskwarn" in root.value and root.value["riskwarn"].value != "1":
        problems.append(Problem("Y020", "规则语言版本不对", root.value["riskwarn"].place, "1"))
    header = _take(root.value["pack"], PackHeader, problems) if "pack" in root.value else None
    digest = hashlib.sha256(path.read_bytes())
    if (path.parent / FEATURES_FILE).is_file():
        digest.update((path.parent / FEATURES_FILE).read_bytes())
    params: dict[str, Param] = {}
    for name, node in _section(root, "params", problems).items():
        file = _take(node, ParamFile, problems)
        if file is not None:
            params[name] = read_param(name, file, node, problems)
            _refuse_homonym(name, root.value["params"].at(name), words, problems)
    lists: dict[str, RuleList] = {}
    for name, node in _section(root, "lists", problems).items():
        given = _take(node, ListFile, problems)
        made = given and read_list(name, given, node, path.parent, words, problems)
        if made:
            lists[name] = made
            digest.update((path.parent / made.source).read_bytes())
    declared = {key: _section(root, key, []) for key in ("params", "lists", "features")}
    known: dict[str, Mapping[str, object]] = {
        "params": params,
        "lists": lists,
        "features": words.inputs,
    }
    doubtful = {n for key, names in declared.items() for n in names if n not in known[key]}
    scope = Scope(words, params, lists, problems, frozenset(doubtful))
    rules = _read_rules(root, scope, header.id if header else "")
    if header is None:
        return None
    return Pack(
        id=header.id,
        version=header.version,
        title=header.title,
        owner=header.owner,
        region=header.region.strip("*"),
        file=root.place.file,
        sha256=digest.hexdigest(),
        params=params,
        lists=lists,
        features=_looked_at(rules, words.features),
        rules=tuple(rules),
    )


def _refuse_homonym(name: str, place: Place, words: Words, problems: list[Problem]) -> None:
    if name in words.fields or name in words.inputs or name == "as_of":
        what = "特征" if name in words.inputs else "字段"
        problems.append(Problem("E115", f"参数 {name} 与{what}同名", place, "另起一个名称"))


def _read_rules(root: Node, scope: Scope, pack: str) -> list[Rule]:
    node = root.value["rules"] if isinstance(root.value, dict) and "rules" in root.value else None
    if node is None or node.value is None:
        return []
    if not isinstance(node.value, list):
        scope.fault("Y020", "rules 应为列表，每条规则以“- ”开头", node.place)
        return []
    rules = []
    for child in node.value:
        file = _take(child, RuleFile, scope.problems)
        rule = file and _read_rule(file, child, scope, pack)
        if rule:
            rules.append(rule)
    return rules


def _read_rule(file: RuleFile, node: Node, scope: Scope, pack: str) -> Rule | None:
    when = read_condition(file.when, node.find(("when",)), scope)
    inputs: dict[str, Input] = {}
    params: dict[str, Param] = {}
    lists: dict[str, RuleList] = {}
    for part in walk(when) if when else ():
        given = getattr(part, "input", None)
        if isinstance(given, Input):
            inputs[given.name] = given
        if isinstance(part, InList):
            lists[part.list] = scope.lists[part.list]
        if isinstance(getattr(part, "value", None), ParamRef):
            params[part.value.name] = scope.params[part.value.name]  # type: ignore[union-attr]
    _read_message(file.message, node.find(("message",)).place, scope, inputs, params)
    score = _read_score(file, node, scope, inputs)
    dedupe = _read_dedupe(file, node, scope, inputs)
    if when is None:  # do not report a test's mention of an input that is itself in doubt
        read_tests(file, node, scope, {**scope.words.fields, **scope.words.inputs})
        return None
    tests = read_tests(file, node, scope, inputs)
    return Rule(
        id=file.id,
        version=file.version,
        status=file.status,
        role=file.role,
        title=file.title,
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
        inputs=dict(sorted(inputs.items())),
        params=dict(sorted(params.items())),
        lists=dict(sorted(lists.items())),
        tests=tests,
        place=node.at("id"),
        places=node.keys,
        basis_places=places_of(node.find(("basis",))),
    )


def _read_message(
    text: str, place: Place, scope: Scope, inputs: dict[str, Input], params: dict[str, Param]
) -> None:
    """Resolve the placeholders of a message; what it shows becomes an input of the rule."""
    if "｛" in text or "｝" in text or text.count("{") != len(PLACEHOLDER.findall(text)):
        scope.fault("E116", "message 的花括号不成对或为全角", place, "半角 {名称}")
    words = scope.words
    for name in PLACEHOLDER.findall(text):
        if name in scope.params:
            params[name] = scope.params[name]
        elif name in words.inputs:
            inputs[name] = words.inputs[name]
        elif name in words.fields:
            inputs[name] = words.fields[name]
        elif name not in scope.doubtful:
            every = [*scope.params, *words.inputs, *words.fields]
            hint = nearest(name, every) or words.meant_field(name)
            scope.fault("E116", f"message 中的 {{{name}}} 没有定义", place, known(inputs), hint)


def _read_score(file: RuleFile, node: Node, scope: Scope, inputs: dict[str, Input]) -> Score | None:
    if file.score is None:
        return None
    per = file.score.per
    if per is None:
        return Score(base=file.score.base)
    place = node.find(("score", "per", "feature")).place
    given = find_input(per.feature, "feature", place, scope)
    if given is not None:
        inputs[given.name] = given
        if given.type not in ("int", "fen", "bp"):
            scope.fault("E111", f"按 {per.feature}（{given.type}）加分须为整数特征", place)
    return Score(base=file.score.base, feature=per.feature, weight=per.weight, cap=per.cap)


def _read_dedupe(file: RuleFile, node: Node, scope: Scope, inputs: dict[str, Input]) -> Dedupe:
    for key in ("by", "reopen_on"):
        for number, name in enumerate(getattr(file.dedupe, key)):
            if name == "uscc":
                continue
            place = node.find(("dedupe", key, number)).place
            source = "feature" if name in scope.words.inputs else "field"
            given = find_input(name, source, place, scope)
            if given is not None:
                inputs[name] = given
    return Dedupe(
        by=tuple(file.dedupe.by),
        cooldown_days=file.dedupe.cooldown,
        reopen_on=tuple(file.dedupe.reopen_on),
    )


def _looked_at(rules: Iterable[Rule], features: FeatureSet) -> FeatureSet:
    """Give the features that rules look at, and those that graph features and ratios rest on."""
    wanted: dict[str, None] = {}
    for rule in rules:
        wanted |= {name: None for name, i in rule.inputs.items() if i.source == "feature"}
    for _ in range(2):  # a ratio may rest on a graph feature, which rests on a window feature
        for name in list(wanted):
            wanted |= dict.fromkeys(_rests_on(features.features.get(name)))
    have = features.features
    return FeatureSet(features={name: have[name] for name in sorted(wanted) if name in have})


def pack_features(packs: Iterable[Pack]) -> FeatureSet:
    """Give every feature that the packs need, sorted by name."""
    merged = merge(pack.features for pack in packs)
    return FeatureSet(features=dict(sorted(merged.features.items())))


def _rests_on(feature: Feature | None) -> tuple[str, ...]:
    if isinstance(feature, RatioFeature):
        return (feature.over, feature.under)
    return (feature.of,) if isinstance(feature, GraphFeature) and feature.of else ()


def used_fields(packs: Iterable[Pack]) -> list[str]:
    """Give the enterprise columns that the packs look at, sorted; region is always among them."""
    fields = {
        name
        for pack in packs
        for rule in pack.rules
        for name, given in rule.inputs.items()
        if given.source == "field"
    }
    return sorted(fields | {"region"})
