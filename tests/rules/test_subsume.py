"""What is said to be contained is contained: by hand, and over random rules and rows."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings

from riskwarn.records.rules import AllOf, AnyOf, Compare
from riskwarn.rules.pack import load_packs
from riskwarn.rules.subsume import contained, impossible, subsumed
from tests.rules.interpreter import judge
from tests.rules.packs import pack, rule, write
from tests.rules.test_property import AS_OF, INPUTS, ROWS, rules

ON = date(2026, 6, 30)
PARAMS = """\
params:
  low: {title: 低, type: int, values: [{region: "*", from: 2024-01-01, value: 3, note: x}]}
  high:
    title: 高
    type: int
    values:
      - {region: "*", from: 2024-01-01, value: 8, note: x}
      - {region: "33", from: 2024-01-01, value: 2, note: x}
  flat: {title: 平, type: int, values: [{region: "*", from: 2024-01-01, value: 9, note: x}]}
  fine: {title: 罚, type: fen, values: [{region: "*", from: 2024-01-01, value: 900, note: x}]}
  none_yet: {title: 无, type: int, values: [{region: "*", from: 2030-01-01, value: 3, note: x}]}
"""


def two(tmp_path, narrow, wide):
    text = pack(rule(narrow, "demo.narrow"), rule(wide, "demo.wide"), params=PARAMS)
    return load_packs(write(tmp_path, text))[0].rules


@pytest.mark.parametrize(
    ("narrow", "wide", "holds"),
    [
        ("{feature: complaints, ge: $flat}", "{feature: complaints, ge: $low}", True),
        ("{feature: complaints, ge: $low}", "{feature: complaints, ge: $flat}", False),
        ("{feature: complaints, ge: $flat}", "{feature: complaints, ge: $high}", False),  # null
        ("{feature: complaints, ge: $high}", "{feature: complaints, ge: $low}", False),  # 33: 2
        ("{feature: complaints, gt: 0}", "{feature: complaints, ge: 1}", True),
        ("{feature: complaints, ge: $none_yet}", "{field: status, eq: active}", True),  # never
        ("{field: status, eq: active}", "{feature: complaints, ge: $none_yet}", False),
        ("{field: status, eq: active}", "{field: status, in: [active, revoked]}", True),
        ("{field: status, in: [active, revoked]}", "{field: status, eq: active}", False),
        ("{field: industry, starts_with: H62}", "{field: industry, starts_with: H}", True),
        ("{field: industry, in: [H6210]}", "{field: industry, starts_with: H62}", True),
        ("{field: industry, starts_with: H}", "{field: industry, starts_with: H62}", False),
        (
            "{field: region, starts_with: ['3301']}",
            "{not: {field: region, starts_with: ['11']}}",
            True,
        ),
        (
            "{all: [{feature: complaints, ge: $flat}, {field: status, eq: active}]}",
            "{feature: complaints, ge: $low}",
            True,
        ),
        (
            "{feature: complaints, ge: $flat}",
            "{any: [{feature: fines_fen, ge: $fine}, {feature: complaints, ge: $low}]}",
            True,
        ),
        (
            "{any: [{feature: complaints, ge: $flat}, {feature: fines_fen, ge: $fine}]}",
            "{feature: complaints, ge: $low}",
            False,
        ),
        (
            "{not: {any: [{feature: complaints, lt: $flat}, {field: status, ne: active}]}}",
            "{all: [{field: status, eq: active}, {feature: complaints, gt: $low}]}",
            True,
        ),
        ("{feature: complaints, ge: 1}", "{feature: complaints, is_null: false}", True),
    ],
)
def test_containment_is_read_from_the_text(tmp_path, narrow, wide, holds):
    left, right = two(tmp_path, narrow, wide)
    assert contained(left, right, ON) is holds


def test_equal_rules_contain_each_other_and_a_guess_on_unknown_contains_nothing(tmp_path):
    left, right = two(tmp_path, "{field: status, eq: active}", "{field: status, eq: active}")
    both = [("demo.narrow", "demo.wide"), ("demo.wide", "demo.narrow")]
    assert subsumed([left, right], ON) == both
    assert not contained(replace(left, on_unknown="hit"), right, ON)


@pytest.mark.parametrize(
    ("when", "never"),
    [
        ("{all: [{feature: complaints, ge: $flat}, {feature: complaints, lt: $low}]}", True),
        ("{all: [{field: status, eq: active}, {field: status, eq: revoked}]}", True),
        ("{all: [{feature: complaints, is_null: true}, {feature: complaints, ge: 1}]}", True),
        ("{feature: complaints, ge: $none_yet}", True),
        ("{all: [{feature: complaints, ge: $low}, {feature: complaints, lt: $flat}]}", False),
        # below 8 nowhere and from 3 on: impossible everywhere but where the value is 2
        ("{all: [{feature: complaints, lt: $high}, {feature: complaints, ge: $flat}]}", True),
    ],
)
def test_conditions_that_exclude_each_other_are_named(tmp_path, when, never):
    made = load_packs(write(tmp_path, pack(rule(when), params=PARAMS)))[0].rules[0]
    assert impossible(made, ON) is never


@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(rules(), rules(), ROWS)
def test_no_row_ever_contradicts_a_containment(left, right, rows):
    more = Compare(input=INPUTS["words"], op="contains", value="卡")
    tight = replace(left, when=AllOf(children=(left.when, more)), on_unknown="ignore")
    loose = replace(left, when=AnyOf(children=(more, left.when)))
    weaker = [(left, right), (right, left), (tight, left), (left, loose)]
    assert contained(tight, left, AS_OF)
    for narrow, wide in weaker:
        if contained(narrow, wide, AS_OF):
            for row in rows:
                assert judge(narrow, row, AS_OF) is not True or judge(wide, row, AS_OF) is True
    if impossible(left, AS_OF):
        assert all(judge(left, row, AS_OF) is not True for row in rows)
