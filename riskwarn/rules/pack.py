"""Rule packs: YAML files → typed packs, with every fault of every file at once."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from riskwarn.errors import ConfigError, Place, Problem, raise_all
from riskwarn.features.catalogue import load_features, merge, read_features, rests_on
from riskwarn.records.features import FeatureSet
from riskwarn.records.rules import Pack, Param, Rule, RuleList
from riskwarn.rules.conditions import Scope
from riskwarn.rules.filling import fill_templates
from riskwarn.rules.params import read_list, read_param
from riskwarn.rules.rulefile import read_rules, take
from riskwarn.rules.schema import ListFile, PackFile, PackHeader, ParamFile
from riskwarn.rules.templates import TEMPLATES_FILE, Template, load_templates
from riskwarn.rules.words import Words
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.yamlfile import Node, check_keys, load

FEATURES_FILE = "features.yaml"


def load_packs(folder: Path) -> list[Pack]:
    """Read every pack of a folder.

    Takes:  folder with `*.yaml` packs, `features.yaml` and the lists the packs name.
    Gives:  the packs, sorted by file name.
    Raises: ConfigError with every fault of every file.
    """
    packs, _, problems = read_packs(folder)
    raise_all(ConfigError, problems)
    return packs


def read_packs(
    folder: Path, more: Sequence[tuple[Path, Node]] = ()
) -> tuple[list[Pack], FeatureSet, list[Problem]]:
    """Read what can be read: sound packs with their sound rules, all features, all problems.

    Takes:  more, packs that do not lie in the folder yet, each with the file it may become.
    """
    problems: list[Problem] = []
    roots = read_roots(folder, problems)
    roots += [(path, fill_templates(root, _templates(folder, []), problems)) for path, root in more]
    features = _all_features(folder, [root for _, root in roots], problems)
    words = Words(load_catalogue(), features)
    packs = [_read_pack(path, root, words, problems) for path, root in roots]
    return [pack for pack in packs if pack is not None], features, problems


def read_roots(folder: Path, problems: list[Problem]) -> list[tuple[Path, Node]]:
    """Load every pack of a folder, its templates filled in; faults go into `problems`."""
    roots: list[tuple[Path, Node]] = []
    templates = _templates(folder, problems)
    for path in sorted(folder.glob("*.yaml")):
        if path.name in (FEATURES_FILE, TEMPLATES_FILE):
            continue
        try:
            root = load(path, f"{folder.name}/{path.name}")
            roots.append((path, fill_templates(root, templates, problems)))
        except ConfigError as error:
            problems.extend(error.problems)
    return roots


def _templates(folder: Path, problems: list[Problem]) -> dict[str, Template]:
    try:
        return load_templates(folder)
    except ConfigError as error:
        problems.extend(error.problems)
        return {}


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
    header = take(root.value["pack"], PackHeader, problems) if "pack" in root.value else None
    params = _read_params(root, words, problems)
    lists = _read_lists(root, path.parent, words, problems)
    declared = {key: _section(root, key, []) for key in ("params", "lists", "features")}
    sound: dict[str, Collection[str]] = {
        "params": params,
        "lists": lists,
        "features": words.inputs,
    }
    doubtful = {n for key, names in declared.items() for n in names if n not in sound[key]}
    scope = Scope(words, params, lists, problems, frozenset(doubtful))
    rules = read_rules(root, scope, header.id if header else "")
    if header is None:
        return None
    return Pack(
        id=header.id,
        version=header.version,
        title=header.title,
        owner=header.owner,
        region=header.region.strip("*"),
        file=root.place.file,
        sha256=_hash(path, lists),
        params=params,
        lists=lists,
        features=_looked_at(rules, words.features),
        rules=tuple(rules),
    )


def _read_params(root: Node, words: Words, problems: list[Problem]) -> dict[str, Param]:
    params: dict[str, Param] = {}
    for name, node in _section(root, "params", problems).items():
        file = take(node, ParamFile, problems)
        if file is not None:
            params[name] = read_param(name, file, node, problems)
            _refuse_homonym(name, root.find(("params",)).at(name), words, problems)
    return params


def _read_lists(
    root: Node, folder: Path, words: Words, problems: list[Problem]
) -> dict[str, RuleList]:
    lists: dict[str, RuleList] = {}
    for name, node in _section(root, "lists", problems).items():
        file = take(node, ListFile, problems)
        made = file and read_list(name, file, node, folder, words, problems)
        if made:
            lists[name] = made
    return lists


def _hash(path: Path, lists: Mapping[str, RuleList]) -> str:
    """Hash all that gives the rules their meaning: pack, common features, templates, lists."""
    files = [path, path.parent / FEATURES_FILE, path.parent / TEMPLATES_FILE]
    files += [path.parent / lists[name].source for name in sorted(lists)]
    digest = hashlib.sha256()
    for file in files:
        if file.is_file():  # each with its length, so that no byte can change files unseen
            raw = file.read_bytes()
            digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()


def _refuse_homonym(name: str, place: Place, words: Words, problems: list[Problem]) -> None:
    if name in words.fields or name in words.inputs or name == "as_of":
        what = "特征" if name in words.inputs else "字段"
        problems.append(Problem("E115", f"参数 {name} 与{what}同名", place, "另起一个名称"))


def _looked_at(rules: Iterable[Rule], features: FeatureSet) -> FeatureSet:
    """Give the features that rules look at, and those that graph features and ratios rest on."""
    wanted: dict[str, None] = {}
    for rule in rules:
        wanted |= {name: None for name, i in rule.inputs.items() if i.source == "feature"}
    before = -1
    while before < len(wanted):  # a ratio may rest on a graph feature, which rests on others
        before = len(wanted)
        for name in list(wanted):
            wanted |= dict.fromkeys(rests_on(features.features.get(name)))
    have = features.features
    return FeatureSet(features={name: have[name] for name in sorted(wanted) if name in have})


def pack_features(packs: Iterable[Pack]) -> FeatureSet:
    """Give every feature that the packs need, sorted by name."""
    merged = merge(pack.features for pack in packs)
    return FeatureSet(features=dict(sorted(merged.features.items())))
