"""Scorecards: YAML → a typed card, with every fault of the file at once, each at its line."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from riskwarn.errors import ConfigError, Place, Problem, UsageError, nearest, raise_all
from riskwarn.features.catalogue import load_features, rests_on
from riskwarn.records.features import FeatureSet
from riskwarn.records.rules import Compare, Input, RuleOp
from riskwarn.records.scorecard import (
    GROUPS,
    PROBABILITY,
    Band,
    Cuts,
    Decay,
    GroupName,
    Indicator,
    Repair,
    Scorecard,
    Veto,
)
from riskwarn.rules.cardfile import BandFile, CardFile, CompareFile, IndicatorFile, Looks
from riskwarn.rules.conditions import ALLOWED_OPS, Scope, find_input
from riskwarn.rules.pack import FEATURES_FILE
from riskwarn.rules.rulefile import take
from riskwarn.rules.values import ValueFaultError, read_value
from riskwarn.rules.words import Words, known
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.yamlfile import Node, load

CARDS_FOLDER = "scorecards"
_MODEL = Input(name=PROBABILITY, source="feature", type="int", title="模型给出的概率（百万分之）")


def card_names(rules_dir: Path) -> list[str]:
    """Name the scorecards of a rules folder."""
    return sorted(path.stem for path in (rules_dir / CARDS_FOLDER).glob("*.yaml"))


def load_card(rules_dir: Path, name: str) -> tuple[Scorecard, FeatureSet]:
    """Read one scorecard of a rules folder.

    Gives:  the card, and the features that it looks at with those that these rest on.
    Raises: UsageError R031 when there is none of that name; ConfigError with every fault.
    """
    path = rules_dir / CARDS_FOLDER / f"{name}.yaml"
    there = card_names(rules_dir)
    if name not in there:
        hint = nearest(name, there)
        problem = Problem("R031", f"没有评分卡 {name}", expected=known(there), nearest=hint)
        raise UsageError(problem)
    declared = load_features(rules_dir / FEATURES_FILE, f"{rules_dir.name}/{FEATURES_FILE}")
    root = load(path, f"{rules_dir.name}/{CARDS_FOLDER}/{path.name}")
    card = read_card(root, Words(load_catalogue(), declared), _sha256(path))
    return card, _with_rests([name for name in card.inputs if name in declared.features], declared)


def _with_rests(names: list[str], declared: FeatureSet) -> FeatureSet:
    """Give the named features, and those that graph features and ratios rest on, sorted."""
    wanted = dict.fromkeys(names)
    before = -1
    while before < len(wanted):
        before = len(wanted)
        for name in list(wanted):
            wanted |= dict.fromkeys(rests_on(declared.features.get(name)))
    have = declared.features
    return FeatureSet(features={name: have[name] for name in sorted(wanted) if name in have})


def check_cards(rules_dir: Path) -> list[Problem]:
    """Give every fault of every scorecard of a folder."""
    problems: list[Problem] = []
    for name in card_names(rules_dir):
        try:
            load_card(rules_dir, name)
        except ConfigError as error:
            problems += error.problems
    return problems


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_card(root: Node, words: Words, sha256: str = "") -> Scorecard:
    """Type a scorecard.

    Raises: ConfigError Y0xx for its shape; E101, E102 for names, E111, E113 for values and
            operators, E130–E133 for what contradicts itself.
    """
    problems: list[Problem] = []
    file = take(root, CardFile, problems)
    if file is None:
        raise ConfigError(*problems)
    reader = _Reader(Scope(words, {}, {}, problems))
    indicators = tuple(reader.indicators(file, root))
    vetoes = [
        Veto(title=one.title, when=when, basis=one.basis)
        for number, one in enumerate(file.vetoes)
        if (when := reader.compare(one, one, root.find(("vetoes", number))))
    ]
    repairs = [
        Repair(
            title=one.title,
            when=when,
            of=tuple(one.of),
            gives_back_bp=one.gives_back_bp,
            basis=one.basis,
        )
        for number, one in enumerate(file.repairs)
        if (when := reader.compare(one, one, root.find(("repairs", number))))
    ]
    problems += _check(file, root, reader.seen)
    raise_all(ConfigError, problems)
    return Scorecard(
        id=file.scorecard.id,
        version=file.scorecard.version,
        title=file.scorecard.title,
        owner=file.scorecard.owner,
        note=file.scorecard.note,
        known_from_bp=file.known_from_bp,
        indicators=indicators,
        caps={group.name: group.cap for group in file.groups if group.cap is not None},
        vetoes=tuple(vetoes),
        repairs=tuple(repairs),
        cuts=Cuts(by=file.cuts.by, b=file.cuts.b, c=file.cuts.c, d=file.cuts.d),
        factors={one.region.strip("*"): dict(one.factors) for one in file.local},
        sha256=sha256,
    )


@dataclass(frozen=True)
class _Reader:
    """Types comparisons by the words there are; faults go into the scope."""

    scope: Scope
    seen: list[tuple[str, Place]] = field(default_factory=list)  # indicators, also faulty ones

    def indicators(self, file: CardFile, root: Node) -> Iterator[Indicator]:
        for g, group in enumerate(file.groups):
            for s, second in enumerate(group.indicators):
                for i, one in enumerate(second.items):
                    node = root.find(("groups", g, "indicators", s, "items", i))
                    self.seen.append((one.id, node.find(("id",)).place))
                    made = self._indicator(one, node, group.name, second.name)
                    if made is not None:
                        yield made

    def _indicator(
        self, one: IndicatorFile, node: Node, group: GroupName, second: str
    ) -> Indicator | None:
        given = self.input(one, node)
        if given is None:
            return None
        bands = [
            Band(when=when, points=band.points)
            for number, band in enumerate(one.bands)
            if (when := self._typed(band, given, node.find(("bands", number))))
        ]
        decay = self._decay(one, node)
        if len(bands) < len(one.bands) or (one.decay and decay is None):
            return None
        return Indicator(
            id=one.id,
            title=one.title,
            group=group,
            second=second,
            input=given,
            bands=tuple(bands),
            decay=decay,
            official=one.official == "true",
            basis=one.basis,
            place=node.place,
        )

    def input(self, one: Looks, node: Node) -> Input | None:
        if one.probability is not None:
            return _MODEL
        source = "field" if one.field is not None else "feature"
        name = one.field if one.field is not None else one.feature or ""
        return find_input(name, source, node.find((source,)).place, self.scope)

    def compare(self, look: Looks, one: CompareFile, node: Node) -> Compare | None:
        given = self.input(look, node)
        return None if given is None else self._typed(one, given, node)

    def _typed(self, one: CompareFile | BandFile, given: Input, node: Node) -> Compare | None:
        op = cast("RuleOp", one.op)
        if op not in ALLOWED_OPS[given.type]:
            allowed = "、".join(ALLOWED_OPS[given.type])
            text = f"{given.name}（{given.type}）不能用 {op}"
            self.scope.fault("E113", text, node.at(op), allowed)
            return None
        at = node.find((op,))
        nodes = at.value if isinstance(at.value, list) else [at]
        values = [self._value(str(child.value), given, child.place) for child in nodes]
        if any(value is None for value in values):
            return None
        value: Any = tuple(values) if op in ("in", "starts_with") else values[0]
        return Compare(input=given, op=op, value=value, place=at.place)

    def _value(self, text: str, given: Input, place: Place) -> Any:
        codes = self.scope.words.catalogue.codes.get(given.codes or "")
        try:
            return read_value(text, given.type, codes)
        except ValueFaultError as fault:
            said = f"{given.name} 的值不对：{fault}"
            self.scope.fault("E111", said, place, fault.expected, fault.hint)
            return None

    def _decay(self, one: IndicatorFile, node: Node) -> Decay | None:
        if one.decay is None:
            return None
        place = node.find(("decay", "by")).place
        by = find_input(one.decay.by, "feature", place, self.scope)
        if by is not None and by.type != "int":
            self.scope.fault("E113", f"{by.name} 不是天数", place, "days_since 类的特征")
            return None
        if one.decay.over < 1:
            self.scope.fault("E111", "衰减期至少 1 天", node.find(("decay", "over")).place)
            return None
        return None if by is None else Decay(by=by, over_days=one.decay.over)


def _check(file: CardFile, root: Node, seen: list[tuple[str, Place]]) -> Iterator[Problem]:
    """What contradicts itself within a card."""
    for number, group in enumerate(file.groups):
        if group.name in [one.name for one in file.groups[:number]]:
            place = root.find(("groups", number)).place
            yield Problem("E130", f"一级指标 {group.name} 写了两次", place)
    ids = [name for name, _ in seen]
    for number, (name, place) in enumerate(seen):
        if name in ids[:number]:
            yield Problem("E131", f"指标 {name} 写了两次", place)
    for number, repair in enumerate(file.repairs):
        for name in repair.of:
            if name not in ids:
                place = root.find(("repairs", number, "of")).place
                hint = nearest(name, ids)
                yield Problem("E132", f"没有指标 {name}", place, known(ids), hint)
    names = [*ids, *GROUPS]
    for number, one in enumerate(file.local):
        for name in one.factors:
            if name not in names:
                place = root.find(("local", number, "factors")).at(name)
                yield Problem("E132", f"没有指标 {name}", place, known(names), nearest(name, names))
        if one.region in [other.region for other in file.local[:number]]:
            place = root.find(("local", number)).place
            yield Problem("E133", f"地区 {one.region} 写了两次", place)
