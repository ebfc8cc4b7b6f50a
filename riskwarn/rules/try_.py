"""Inline tests: every example of every rule, on every engine that is installed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from riskwarn.engine.engines import Engine, EngineSettings, installed_engines, open_engine
from riskwarn.records.features import FeatureSet
from riskwarn.records.rules import (
    AsOf,
    Compare,
    ListEntry,
    Outcome,
    Pack,
    ParamRef,
    Rule,
    RuleTest,
    TryResult,
    walk,
)
from riskwarn.rules.explain import outcome_of, values_of
from riskwarn.rules.pack import pack_features
from riskwarn.rules.params import param_at
from riskwarn.rules.run import evaluate
from riskwarn.rules.values import days_of
from riskwarn.rules.worlds import world_table

if TYPE_CHECKING:
    import polars as pl

Case = tuple[Rule, RuleTest]
_WORDS: dict[Outcome, str] = {"hit": "命中", "clear": "未命中", "unknown": "无法判断"}
_NEAR = 0.01  # a boundary example of a fraction stands this near; of a whole number, one unit


def run_tests(packs: Sequence[Pack], engines: Iterable[str] | None = None) -> list[TryResult]:
    """Run every inline test through the same features and rules code as a night.

    Takes:  engines, default all installed.
    Gives:  one result a test and engine, in the order of the packs.
    """
    cases = [(rule, test) for pack in packs for rule in pack.rules for test in rule.tests]
    needed = pack_features(packs)
    results: dict[tuple[str, str, str], TryResult] = {}
    names = tuple(engines) if engines is not None else installed_engines()
    for name in names if cases else ():
        with open_engine(EngineSettings(name=name, brief=True)) as engine:
            for result in _run(cases, needed, engine):
                results[result.rule, result.test, name] = result
    return [results[rule.id, test.name, name] for rule, test in cases for name in names]


def _groups(cases: Iterable[Case], key: Any) -> Iterator[list[Case]]:
    grouped: dict[Any, list[Case]] = {}
    for case in cases:
        grouped.setdefault(key(case), []).append(case)
    yield from grouped.values()


def _run(cases: Sequence[Case], features: FeatureSet, engine: Engine) -> Iterator[TryResult]:
    table = world_table([test for _, test in cases], features, engine.lift, engine.lower)
    rows = table.to_dicts()
    place = {(rule.id, test.name): number for number, (rule, test) in enumerate(cases)}
    for group in _groups(cases, lambda case: (case[1].as_of, tuple(sorted(case[1].lists.items())))):
        found = _evaluate(group, table, place, engine)
        for rule, test in group:
            row = rows[place[rule.id, test.name]]
            got = outcome_of(found[place[rule.id, test.name]][rule.id])
            yield judge(rule, test, row, got, engine.name)


def _evaluate(
    cases: Sequence[Case],
    table: "pl.DataFrame",
    place: Mapping[tuple[str, str], int],
    engine: Engine,
) -> dict[int, dict[str, bool | None]]:
    """Run the rules of some cases that share day and lists; give each row's outcomes."""
    import polars as pl

    as_of = cases[0][1].as_of
    rules = {rule.id: with_lists(rule, test) for rule, test in cases}
    wanted = [place[rule.id, test.name] for rule, test in cases]
    lifted = engine.lift(table.filter(pl.col("ent").is_in(wanted)), "table")
    found = engine.lower(evaluate(rules.values(), lifted, as_of))
    return {int(row["ent"]): row for row in found.to_dicts()}


def with_lists(rule: Rule, test: RuleTest) -> Rule:
    """Put the members that a test gives in the place of a list's file."""
    lists = dict(rule.lists)
    for name, members in test.lists.items():
        if name in lists:
            entries = tuple(ListEntry(value=one, from_on=test.as_of) for one in members)
            lists[name] = replace(lists[name], entries=entries, updated_on=test.as_of)
    return replace(rule, lists=lists)


def judge(
    rule: Rule, test: RuleTest, row: Mapping[str, Any], got: Outcome, engine: str
) -> TryResult:
    """Compare what an example expects with what it gave."""
    faults = []
    if got != test.expect:
        faults.append(_WORDS[got])
    seen = values_of(rule, row, test.as_of)
    faults += [
        f"{name} 为 {seen.get(name)}，应为 {wanted}"
        for name, wanted in test.values.items()
        if seen.get(name) != wanted
    ]
    if test.boundary and not near_threshold(rule, test, row):
        faults.append("标为 boundary，却没有任何一项比较贴近阈值")
    return TryResult(
        rule=rule.id,
        test=test.name,
        engine=engine,
        passed=not faults,
        expected=_WORDS[test.expect],
        got="；".join(faults) or _WORDS[got],
        place=test.place,
    )


def near_threshold(rule: Rule, test: RuleTest, row: Mapping[str, Any]) -> bool:
    """Whether some ordered comparison of the rule is decided within one unit of its threshold."""
    for node in walk(rule.when):
        if not isinstance(node, Compare) or node.op not in ("lt", "le", "gt", "ge", "eq", "ne"):
            continue
        value, threshold = row.get(node.input.name), _threshold(node, rule, test, row)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if not isinstance(threshold, int | float):
            continue
        whole = float(value).is_integer() and float(threshold).is_integer()
        if abs(value - threshold) <= (1 if whole else _NEAR):
            return True
    return False


def _threshold(node: Compare, rule: Rule, test: RuleTest, row: Mapping[str, Any]) -> Any:
    if isinstance(node.value, AsOf):
        return days_of(test.as_of)
    if isinstance(node.value, ParamRef):
        return param_at(rule.params[node.value.name], row.get("region"), test.as_of)
    return node.value
