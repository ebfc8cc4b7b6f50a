"""Random rules over random rows, shrunk when they fail: compiled and row by row they agree.

The number of cases is in test_random_worlds; here a fault is brought down to its smallest form.
"""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskwarn.engine.engines import open_engine
from riskwarn.records.rules import (
    AllOf,
    AnyOf,
    AsOf,
    Compare,
    InList,
    Input,
    ListEntry,
    Not,
    Param,
    ParamRef,
    ParamValue,
    Rule,
    RuleList,
)
from riskwarn.rules.explain import explain, outcome_of
from riskwarn.rules.run import evaluate
from riskwarn.rules.values import days_of
from riskwarn.terms import Severity
from tests.rules.interpreter import judge

AS_OF = date(2026, 6, 30)
TODAY = days_of(AS_OF)
REGIONS = ["33", "3301", "330106", "3302", "330203", "11", "110101"]
INDUSTRIES = ["H62", "62", "6210", "H6210", "C1411", "1411", "J66", "F5221", "5221", "C13"]
PREFIXES = ["H", "C", "J", "H62", "62", "C14", "1411", "F522"]
INPUTS = {
    name: Input(name=name, source="feature", type=kind)
    for name, kind in {
        "count": "int",
        "money": "fen",
        "share": "bp",
        "mean": "number",
        "day": "date",
        "flag": "flag",
        "status": "code",
        "region": "region",
        "industry": "industry",
        "words": "text",
        "members": "set",
        "uscc": "text",
    }.items()
}
DTYPES = {
    **dict.fromkeys(("count", "share", "day"), pl.Int32),
    "money": pl.Int64,
    "mean": pl.Float64,
    "flag": pl.Boolean,
    **dict.fromkeys(("status", "region", "industry", "words", "members", "uscc"), pl.String),
}
VALUES = {
    "count": st.integers(-2, 5),
    "money": st.integers(-1, 4).map(lambda n: n * 10**15),
    "share": st.integers(0, 3),
    "mean": st.integers(-2, 6).map(lambda n: n / 2),
    "day": st.integers(TODAY - 2, TODAY + 2),
    "flag": st.booleans(),
    "status": st.sampled_from(["active", "revoked", "act"]),
    "region": st.sampled_from(REGIONS),
    "industry": st.sampled_from(INDUSTRIES),
    "words": st.sampled_from(["预付卡", "退卡", "", "卡", "a.b", "[x]", "a|b"]),
    "members": st.sampled_from(["a", "a|b", "b|aa", ""]),
    "uscc": st.sampled_from(["X1", "X2", "X3"]),
}
ORDERED = ["count", "money", "share", "mean", "day"]
MANY_OF = ["status", "region", "industry", "words"]
DATES = st.integers(-400, 30).map(lambda days: AS_OF + timedelta(days=days))


@st.composite
def params(draw, name, values):
    made = [
        ParamValue(
            region=draw(st.sampled_from(["", "", "33", "3301", "330106", "11"])),
            from_on=draw(DATES),
            to_on=draw(st.none() | st.sampled_from([AS_OF, AS_OF - timedelta(days=1)])),
            value=draw(values),
        )
        for _ in range(draw(st.integers(1, 4)))
    ]
    kept = {(v.region, v.from_on): v for v in made if v.to_on is None or v.to_on >= v.from_on}
    kind = {"money": "fen", "share": "bp", "mean": "number", "day": "date"}.get(name, "int")
    kind = "codes" if name in MANY_OF else kind
    return Param(name=f"p_{name}", type=kind, title="", values=tuple(kept.values()) or ())


LISTS = st.builds(
    RuleList,
    name=st.just("black"),
    title=st.just("名单"),
    source=st.just(""),
    key=st.just("uscc"),
    updated_on=st.sampled_from([AS_OF, AS_OF - timedelta(days=9), AS_OF - timedelta(days=10)]),
    max_age_days=st.just(9),
    entries=st.lists(
        st.builds(
            ListEntry,
            value=VALUES["uscc"],
            from_on=st.sampled_from([AS_OF - timedelta(days=1), AS_OF, AS_OF + timedelta(days=1)]),
            to_on=st.none() | st.sampled_from([AS_OF, AS_OF - timedelta(days=1)]),
        ),
        max_size=3,
    ).map(tuple),
)


@st.composite
def leaves(draw, known):
    kind = draw(st.sampled_from(["order", "order", "member", "prefix", "text", "null", "list"]))
    if kind == "list":
        return InList(input=INPUTS["uscc"], list="black")
    if kind == "null":
        name = draw(st.sampled_from(sorted(INPUTS)))
        return Compare(input=INPUTS[name], op="is_null", value=draw(st.booleans()))
    if kind == "text":
        name = draw(st.sampled_from(["words", "members"]))
        text = draw(st.sampled_from(["卡", "预付", "a", ".", "[", "b"]))
        return Compare(input=INPUTS[name], op="contains", value=text)
    if kind == "order":
        return draw(ordered(known))
    name = draw(st.sampled_from(MANY_OF))
    op = "starts_with" if kind == "prefix" else draw(st.sampled_from(["in", "not_in"]))
    if draw(st.booleans()) and not (name == "industry" and op != "starts_with"):
        known[f"p_{name}"] = known.get(f"p_{name}") or draw(params(name, codes(name, op)))
        return Compare(input=INPUTS[name], op=op, value=ParamRef(f"p_{name}"))
    return Compare(input=INPUTS[name], op=op, value=draw(codes(name, op)))


def codes(name, op):
    one = VALUES[name]
    if name == "industry":
        one = st.sampled_from(PREFIXES if op == "starts_with" else INDUSTRIES)
    return st.lists(one, min_size=1, max_size=3, unique=True).map(tuple)


@st.composite
def ordered(draw, known):
    name = draw(st.sampled_from([*ORDERED, "flag", "status"]))
    ops = ["eq", "ne"] if name in ("flag", "status") else ["eq", "ne", "lt", "le", "gt", "ge"]
    op = draw(st.sampled_from(ops))
    if name == "day" and draw(st.booleans()):
        return Compare(input=INPUTS[name], op=op, value=AsOf())
    if name in ORDERED and draw(st.booleans()):
        known[f"p_{name}"] = known.get(f"p_{name}") or draw(params(name, VALUES[name]))
        return Compare(input=INPUTS[name], op=op, value=ParamRef(f"p_{name}"))
    return Compare(input=INPUTS[name], op=op, value=draw(VALUES[name]))


@st.composite
def rules(draw):
    known: dict[str, Param] = {}

    def node(depth: int):
        kind = draw(st.sampled_from(["leaf", "all", "any", "not"])) if depth else "leaf"
        if kind == "leaf":
            return draw(leaves(known))
        if kind == "not":
            return Not(child=node(depth - 1))
        children = tuple(node(depth - 1) for _ in range(draw(st.integers(1, 3))))
        return AllOf(children=children) if kind == "all" else AnyOf(children=children)

    return Rule(
        id="random.rule",
        version=1,
        status="stable",
        role="scenario",
        title="",
        item="0" * 14,
        basis=(),
        effective_from=date(2020, 1, 1),
        effective_to=None,
        severity=Severity.LOW,
        when=node(3),
        on_unknown=draw(st.sampled_from(["data_gap", "data_gap", "hit", "ignore"])),
        message="",
        pack="random",
        inputs=INPUTS,
        params=known,
        lists={"black": draw(LISTS)},
    )


ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}),
    min_size=1,
    max_size=8,
)
QUICK = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}


def as_table(rows):
    frame = pl.DataFrame(rows, schema=DTYPES)
    return frame.with_columns(pl.int_range(pl.len(), dtype=pl.Int32).alias("ent"))


@settings(max_examples=120, **QUICK)
@given(rules(), ROWS)
def test_polars_agrees_with_the_row_by_row_reading(rule, rows):
    found = evaluate([rule], as_table(rows).lazy(), AS_OF).collect()
    assert found[rule.id].to_list() == [judge(rule, row, AS_OF) for row in rows]


@settings(max_examples=15, **QUICK)
@given(rules(), ROWS)
def test_duckdb_agrees_with_the_row_by_row_reading(rule, rows):
    pytest.importorskip("duckdb")
    with open_engine("duckdb") as engine:
        lifted = engine.lift(as_table(rows), "table")
        found = engine.lower(evaluate([rule], lifted, AS_OF)).sort("ent")
    assert found[rule.id].to_list() == [judge(rule, row, AS_OF) for row in rows]


@settings(max_examples=40, **QUICK)
@given(rules(), ROWS)
def test_an_explanation_ends_as_the_run_does(rule, rows):
    findings = explain(rule, rows[0], AS_OF)
    seen = judge(rule, rows[0], AS_OF)
    if rule.on_unknown != "hit":
        assert findings[0].outcome == outcome_of(seen)
    assert findings[0].depth == 0
