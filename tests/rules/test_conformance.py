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
from riskwarn.engine.frames import write_parquet
from riskwarn.features.table import event_features, feature_table, snapshot_windows
from riskwarn.graph.build import build_graph
from riskwarn.graph.measures import graph_features
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
from riskwarn.rules.pack import load_packs, pack_features
from riskwarn.rules.run import evaluate, rule_columns
from riskwarn.terms import Severity
from tests.engines import EVERY_ENGINE, small
from tests.graph.snapshots import a_snapshot
from tests.rules.interpreter import judge
from tests.rules.packs import pack, rule, write
from tests.rules.test_property import AS_OF, DTYPES, INPUTS, TODAY

ORDERED = ("eq", "ne", "lt", "le", "gt", "ge")
LITERALS = {
    "count": (0, 3),
    "money": (0, 2 * 10**15, 2**53 + 1),
    "share": (1, 10_000),
    "mean": (0.5, -1.0),
    "day": (TODAY, TODAY - 1),
    "flag": (True, False),
    "status": ("active", "revoked"),
    "words": ("预付卡", "[x]", "ｅ\u0301"),
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
    "money": [0, 2 * 10**15, -1, 5, 2**53, 2**53 + 1, -(2**62), None],
    "share": [1, 10_000, 0, None],
    "mean": [0.5, -1.0, 0.0, None],
    "day": [TODAY, TODAY - 1, TODAY + 1, None],
    "flag": [True, False, None],
    "status": ["active", "revoked", "act", None],
    "region": ["330106", "3301", "33", "330203", "110101", "11", None],
    "industry": ["H6210", "6210", "62", "H62", "C1411", "1411", "J66", "5221", None],
    "words": ["预付卡", "退卡", "", "a.b", "[x]", "a|b", "ａ|ｂ", "é", "e\u0301", "ｅ\u0301", None],
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


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_every_case_is_fine_with_nobody(table, engine):
    with open_engine(small(engine)) as opened:
        found = opened.lower(evaluate(cases(), opened.lift(table.clear(), "table"), AS_OF))
    assert found.height == 0
    assert len(found.columns) == len(cases()) + 1


WHOLE = """\
features:
  complaints: {title: 投诉, from: complaint, agg: count, window: 90d}
  same: {title: 同址, graph: shared, edges: [address]}
  near: {title: 邻居投诉, graph: neighbour_sum, edges: [address], of: complaints}
  stands: {title: 排位, peers: rank, of: complaints, same: {industry: 2, region: 4}, least: 3}
  lost: {title: 失信, from: serious_violation, agg: exists}
"""


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_the_whole_line_with_graph_peers_and_tables_that_lack_is_the_same(tmp_path, engine):
    """Events on the engine, graph and ranks, rules on the engine; worked out by hand below."""
    town = [
        {"uscc": f"U{n}", "status": "active", "industry": "H62", "region": "330106",
         "address": "西湖路1号" if n < 3 else None}
        for n in range(4)
    ]  # fmt: skip
    filed = [
        {"uscc": code, "case_no": f"{code}{n}", "received_on": AS_OF - timedelta(days=n)}
        for code, days in {"U0": (0, 89), "U1": (90,), "U3": (1, 2, 3)}.items()
        for n in days
    ]
    tables = {"enterprise": town, "complaint": filed, "serious_violation": []}
    snapshot = a_snapshot(tmp_path, tables, stale=("serious_violation",))
    whens = {
        "demo.a": "{feature: complaints, ge: 1}",
        "demo.b": "{feature: same, ge: 1}",
        "demo.c": "{feature: near, ge: 1}",
        "demo.d": "{not: {feature: lost, eq: true}}",
        "demo.e": "{all: [{feature: complaints, ge: 1}, {feature: stands, ge: 1}]}",
    }
    text = pack(*(rule(when, name) for name, when in whens.items()), params="", features=WHOLE)
    packs = load_packs(write(tmp_path, text))
    features = pack_features(packs)
    with open_engine(small(engine), tmp_path) as opened:
        counted = event_features(snapshot, features, opened.read)
        events = opened.bring(counted, "events", sort_by="ent")
        windows = snapshot_windows(snapshot, features, events).collect()
        measures = graph_features(build_graph(snapshot), features.graphs, windows)
        table = feature_table(snapshot, features, measures, windows)
        write_parquet(table, tmp_path / "table.parquet")
        found = rule_columns(packs, tmp_path / "table.parquet", AS_OF, opened).collect()
    said = {name: found[name].to_list() for name in whens}
    assert said == {
        "demo.a": [True, False, False, True],
        "demo.b": [True, True, True, None],  # no address: unknown, not none
        "demo.c": [False, True, True, False],
        "demo.d": [None] * 4,  # the table is stale
        "demo.e": [True, False, False, True],
    }


def test_a_case_that_is_bent_is_noticed(table):
    """The suite is no rubber stamp: another operator gives another column."""
    rules = [r for r in cases() if isinstance(r.when, Compare) and r.when.op == "ge"]
    for plain in rules[:10]:
        bent = replace(plain, id="bent", when=replace(plain.when, op="gt"))
        found = evaluate([plain, bent], table.lazy(), AS_OF).collect()
        assert found[plain.id].to_list() != found["bent"].to_list()
