"""The conformance suite: several hundred cases, the same on every engine and by the naive reading.

Every operator × type of column × kind of right-hand side that the language allows, with lists,
nested conditions and the ways of being unknown; one table holds the rows that tell them apart.
"""

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import polars as pl
import pytest

from riskwarn.engine.engines import open_engine
from riskwarn.records.rules import (
    AllOf,
    AnyOf,
    AsOf,
    Compare,
    InList,
    ListEntry,
    Not,
    Param,
    ParamRef,
    ParamValue,
    Rule,
    RuleList,
)
from riskwarn.rules.conditions import ALLOWED_OPS
from riskwarn.rules.run import evaluate
from riskwarn.terms import Severity
from tests.engines import EVERY_ENGINE, small
from tests.rules.interpreter import judge
from tests.rules.test_property import AS_OF, DTYPES, INPUTS, TODAY

ORDERED = ("eq", "ne", "lt", "le", "gt", "ge")
LITERALS = {
    "count": (0, 3),
    "money": (0, 2 * 10**15),
    "share": (1, 10_000),
    "mean": (0.5, -1.0),
    "day": (TODAY, TODAY - 1),
    "flag": (True, False),
    "status": ("active", "revoked"),
    "words": ("预付卡", "[x]"),
    "region": ("330106", "11"),
}
MANY = {
    "status": (("active",), ("active", "revoked")),
    "region": (("3301", "330106"), ("11",)),
    "industry": (("H6210", "62"), ("C1411",), ("J66",)),
    "words": (("预付卡", ""), ("a.b",)),
    "count": ((1, 2),),
}
PREFIXES = {
    "region": (("33",), ("3301", "11")),
    "industry": (("H",), ("62", "C14"), ("F522",)),
    "words": (("预付",), ("[",)),
    "status": (("act",),),
}
CONTAINS = {"words": ("卡", ".", "[x]", "a|b"), "members": ("a", "b", "aa")}
COLUMNS = {
    "count": [0, 3, -2, 1, 2, None],
    "money": [0, 2 * 10**15, -1, 5, None],
    "share": [1, 10_000, 0, None],
    "mean": [0.5, -1.0, 0.0, None],
    "day": [TODAY, TODAY - 1, TODAY + 1, None],
    "flag": [True, False, None],
    "status": ["active", "revoked", "act", None],
    "region": ["330106", "3301", "33", "330203", "110101", "11", None],
    "industry": ["H6210", "6210", "62", "H62", "C1411", "1411", "J66", "5221", None],
    "words": ["预付卡", "退卡", "", "a.b", "[x]", "a|b", None],
    "members": ["a", "a|b", "b|aa", "", None],
    "uscc": ["X1", "X2", "X3", None],
}
NESTED = 60


def the_rows():
    """Rows that show every value of every column, in mixed company."""
    dice = random.Random(5)
    rows = []
    for name, values in COLUMNS.items():
        for value in values:
            row = {other: dice.choice(choices) for other, choices in COLUMNS.items()}
            rows.append({**row, name: value})
    rows += [{name: dice.choice(values) for name, values in COLUMNS.items()} for _ in range(60)]
    rows.append(dict.fromkeys(COLUMNS))
    return rows


def param(name, kind, values):
    """Values by region and day: everywhere, a province, one that ended, one yet to come."""
    many = [values[n % len(values)] for n in range(4)]
    made = (
        ParamValue(region="", from_on=date(2020, 1, 1), to_on=None, value=many[0]),
        ParamValue(region="33", from_on=date(2025, 1, 1), to_on=None, value=many[1]),
        ParamValue(region="3301", from_on=date(2025, 1, 1), to_on=date(2026, 6, 29), value=many[2]),
        ParamValue(region="11", from_on=AS_OF + timedelta(days=1), to_on=None, value=many[3]),
    )
    return Param(name=name, type=kind, title="", values=made)


def black(age):
    entries = (
        ListEntry(value="X1", from_on=AS_OF),
        ListEntry(value="X2", from_on=AS_OF, to_on=AS_OF - timedelta(days=1)),
        ListEntry(value="X3", from_on=AS_OF + timedelta(days=1)),
    )
    updated = AS_OF - timedelta(days=age)
    return RuleList(
        name="black",
        title="",
        source="",
        key="uscc",
        updated_on=updated,
        max_age_days=9,
        entries=entries,
    )


def leaves():
    """Every allowed comparison, and the parameters it needs."""
    kinds = {"money": "fen", "share": "bp", "mean": "number", "day": "date"}
    for name, given in INPUTS.items():
        for op in ALLOWED_OPS[given.type]:
            if op == "is_null":
                yield from ((Compare(input=given, op=op, value=v), {}) for v in (True, False))
            elif op in ORDERED:
                for value in LITERALS.get(name, ()):
                    yield Compare(input=given, op=op, value=value), {}
                if given.type in ("int", "fen", "bp", "number", "date"):
                    made = param(f"p_{name}", kinds.get(name, "int"), LITERALS[name])
                    yield Compare(input=given, op=op, value=ParamRef(made.name)), {made.name: made}
                if given.type == "date":
                    yield Compare(input=given, op=op, value=AsOf()), {}
            elif op == "contains":
                for text in CONTAINS.get(name, ()):
                    yield Compare(input=given, op=op, value=text), {}
            else:
                sets = PREFIXES if op == "starts_with" else MANY
                for values in sets.get(name, ()):
                    yield Compare(input=given, op=op, value=values), {}
                if sets.get(name) and given.type in ("code", "region", "text"):
                    made = param(f"s_{name}_{op}", "codes", sets[name])
                    yield Compare(input=given, op=op, value=ParamRef(made.name)), {made.name: made}
    yield InList(input=INPUTS["uscc"], list="black"), {}


def cases():
    """Name → rule: every leaf plain and negated, lists stale and fresh, nests of leaves."""
    plain = list(leaves())
    made = []
    for leaf, params in plain:
        made += [(leaf, params, "data_gap", 0), (Not(child=leaf), params, "data_gap", 0)]
    made += [(InList(input=INPUTS["uscc"], list="black"), {}, "data_gap", 10)]
    dice = random.Random(9)
    for number, join in product(range(NESTED), (AllOf, AnyOf)):
        parts = dice.sample(plain, 3)
        params = {name: one for _, own in parts for name, one in own.items()}
        other = AnyOf if join is AllOf else AllOf
        when = join(children=(parts[0][0], other(children=(parts[1][0], Not(child=parts[2][0])))))
        made.append((when, params, ("hit", "ignore", "data_gap")[number % 3], 0))
    return [a_rule(f"c{n:04d}", *case) for n, case in enumerate(made)]


def a_rule(name, when, params, on_unknown, age):
    return Rule(
        id=name,
        version=1,
        status="stable",
        role="scenario",
        title="",
        item="0" * 14,
        basis=(),
        effective_from=date(2020, 1, 1),
        effective_to=None,
        severity=Severity.LOW,
        when=when,
        on_unknown=on_unknown,
        message="",
        pack="conformance",
        inputs=INPUTS,
        params=params,
        lists={"black": black(age)},
    )


@pytest.fixture(scope="module")
def table():
    frame = pl.DataFrame(the_rows(), schema=DTYPES)
    return frame.with_columns(pl.int_range(pl.len(), dtype=pl.Int32).alias("ent"))


def test_there_are_enough_cases_and_they_say_all_three_things(table):
    rules = cases()
    assert len(rules) >= 200
    rows = table.drop("ent").to_dicts()
    said = [{judge(rule, row, AS_OF) for row in rows} for rule in rules]
    telling = sum(len(outcomes) > 1 for outcomes in said)
    assert telling >= 0.95 * len(rules)
    assert set().union(*said) == {True, False, None}


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_every_case_is_the_same_on_the_engine_and_by_the_naive_reading(table, engine):
    rules = cases()
    rows = table.drop("ent").to_dicts()
    with open_engine(small(engine)) as opened:
        found = opened.lower(evaluate(rules, opened.lift(table, "table"), AS_OF)).sort("ent")
    wrong = [
        f"{rule.id} {rule.when}"
        for rule in rules
        if found[rule.id].to_list() != [judge(rule, row, AS_OF) for row in rows]
    ]
    assert wrong == []


def test_a_case_that_is_bent_is_noticed(table):
    """The suite is no rubber stamp: another operator gives another column."""
    rules = [r for r in cases() if isinstance(r.when, Compare) and r.when.op == "ge"]
    for rule in rules[:10]:
        bent = replace(rule, id="bent", when=replace(rule.when, op="gt"))
        found = evaluate([rule, bent], table.lazy(), AS_OF).collect()
        assert found[rule.id].to_list() != found["bent"].to_list()
