"""The feature catalogue: read from YAML, checked against the input catalogue, merged."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from riskwarn.errors import ConfigError, Problem, nearest, raise_all
from riskwarn.features.declared import check_feature
from riskwarn.features.families import expand_family
from riskwarn.features.kinds import value_kind
from riskwarn.features.written import read_one
from riskwarn.records.features import (
    Feature,
    FeatureSet,
    GraphFeature,
    PeerFeature,
    RatioFeature,
)
from riskwarn.tables.catalogue import Catalogue, load_catalogue
from riskwarn.yamlfile import Node, load


def load_features(path: Path, shown_as: str = "") -> FeatureSet:
    """Read a feature file: `riskwarn: 1`, a mapping `features`, a mapping `families`.

    Takes:  path of the YAML file; shown_as, its name in messages.
    Gives:  the set, in the file's order, features before families.
    Raises: ConfigError with every fault of the file: F1xx, Y0xx.
    """
    root = load(path, shown_as)
    if not isinstance(root.value, dict) or not {"features", "families"} & set(root.value):
        raise ConfigError(Problem("F101", "缺少 features", root.place, "features: {名称: …}"))
    problems = [
        Problem("Y021", f"不认识的键 {key}", root.at(key), "riskwarn、features、families")
        for key in root.value
        if key not in ("riskwarn", "features", "families")
    ]
    written, faults = _write_out(root, load_catalogue())
    found, more = _read_all(written, load_catalogue())
    names = {feature.name: feature for feature in found}
    faults += more + _check_references(written, names, names)
    raise_all(ConfigError, [*problems, *faults])
    return FeatureSet(features=names)


def _write_out(root: Node, catalogue: Catalogue) -> tuple[Node, list[Problem]]:
    """Join `features` and what `families` expand to into one mapping of declarations."""
    own = root.value if isinstance(root.value, dict) else {}
    plain = own.get("features", Node({}, root.place, {}))
    if not isinstance(plain.value, dict) or "families" not in own:
        return plain, []
    families = own["families"]
    if not isinstance(families.value, dict):
        return plain, [Problem("F101", "families 应为映射", families.place, "名称_{x}: {each: …}")]
    every, places, problems = dict(plain.value), dict(plain.keys), []
    for template, node in families.value.items():
        titles = {name: _title(name, child) for name, child in every.items()}
        try:
            for name, child in expand_family(template, node, families, titles, catalogue).items():
                if name in every:
                    text = f"特征 {name} 已在前面声明"
                    problems.append(Problem("F144", text, families.at(template), "另取一个名称"))
                every[name], places[name] = child, families.at(template)
        except ConfigError as error:
            problems += error.problems
    return Node(every, plain.place, places), problems


def _title(name: str, node: Node) -> str:
    own = node.value if isinstance(node.value, dict) else {}
    title = own["title"].value if "title" in own else None
    return title if isinstance(title, str) else name


def read_features(node: Node, known: FeatureSet | None = None) -> FeatureSet:
    """Read a mapping of features inside another file, such as a rule pack.

    Takes:  node, the mapping; known, features that its ratios and graph measures may name too.
    Raises: ConfigError with every fault of the mapping.
    """
    found, problems = _read_all(node, load_catalogue())
    names = {feature.name: feature for feature in found}
    problems += _check_references(node, names, {**(known.features if known else {}), **names})
    raise_all(ConfigError, problems)
    return FeatureSet(features=names)


def merge(sets: Iterable[FeatureSet]) -> FeatureSet:
    """Join sets; the same name may come twice only with the same meaning (titles may differ).

    Raises: ConfigError F110 naming every feature that is declared differently.
    """
    merged: dict[str, Feature] = {}
    problems = []
    for feature in (f for one in sets for f in one.features.values()):
        first = merged.setdefault(feature.name, feature)
        if _meaning(first) != _meaning(feature):
            problems.append(Problem("F110", f"特征 {feature.name} 有两种不同的定义"))
    raise_all(ConfigError, problems)
    return FeatureSet(features=merged)


def _meaning(feature: Feature) -> tuple[object, ...]:
    shown = ("title", "unit")
    slots = [name for name in feature.__slots__ if name not in shown]
    return (type(feature).__name__, *(getattr(feature, name) for name in slots))


def _read_all(node: Node, catalogue: Catalogue) -> tuple[list[Feature], list[Problem]]:
    if not isinstance(node.value, dict):
        return [], [Problem("F101", "features 应为映射", node.place, "名称: {title: …, from: …}")]
    found: list[Feature] = []
    problems: list[Problem] = []
    for name, child in node.value.items():
        try:
            feature = read_one(name, child, node, catalogue)
            faults = check_feature(feature, child, catalogue)
            problems += faults
            if not faults:
                found.append(feature)
        except ConfigError as error:
            problems += error.problems
    return found, problems


def _check_references(
    node: Node, found: dict[str, Feature], known: dict[str, Feature]
) -> list[Problem]:
    """Check the names that ratios and graph measures use; children are found by name."""
    problems = []
    for name, feature in found.items():
        place = node.find((name,)).place
        for word in rests_on(feature):
            other = known.get(word)
            if other is None or other.name == name:
                hint = nearest(word, known)
                problems.append(Problem("F120", f"没有特征 {word}", place, nearest=hint))
            elif isinstance(feature, GraphFeature) and not _is_number(other):
                problems.append(Problem("F121", f"{word} 不是数，图特征不能据此汇总", place))
            elif isinstance(feature, PeerFeature) and not _has_order(other):
                problems.append(Problem("F123", f"{word} 不是数，不能在同行中排位", place))
            elif isinstance(feature, RatioFeature) and isinstance(other, PeerFeature):
                problems.append(Problem("F124", f"{word} 是同行排位，不能再作比值", place))
        if in_circle(name, known):
            problems.append(Problem("F122", f"特征 {name} 绕一圈又取决于自己", place))
    return problems


def _is_number(feature: Feature) -> bool:
    """Whether a graph measure can gather the feature: ratios and ranks come after the graph."""
    if isinstance(feature, RatioFeature | PeerFeature):
        return False
    return value_kind(feature, load_catalogue()) not in ("text", "date")


def _has_order(feature: Feature) -> bool:
    """Whether peers can be ranked by the feature; ranks of ranks are refused."""
    if isinstance(feature, PeerFeature):
        return False
    return value_kind(feature, load_catalogue()) not in ("text", "date", "flag")


def rests_on(feature: Feature | None) -> tuple[str, ...]:
    """Name the features that one is computed from directly; none for a name nobody declared."""
    if isinstance(feature, RatioFeature):
        return (feature.over, feature.under)
    if isinstance(feature, GraphFeature | PeerFeature) and feature.of:
        return (feature.of,)
    return ()


def in_circle(name: str, known: Mapping[str, Feature]) -> bool:
    """Whether a feature rests on itself through others."""
    seen: set[str] = set()
    open_ = [word for word in rests_on(known[name]) if word != name]
    while open_:
        word = open_.pop()
        if word == name:
            return True
        if word in known and word not in seen:
            seen.add(word)
            open_ += rests_on(known[word])
    return False
