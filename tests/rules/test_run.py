"""Compiled rules over a small feature table: regions, dates, unknowns, engines."""

from datetime import date

import polars as pl
import pytest

from riskwarn.engine.engines import open_engine
from riskwarn.errors import ConfigError
from riskwarn.rules.pack import load_packs, pack_features
from riskwarn.rules.params import param_at
from riskwarn.rules.run import evaluate, live_rules, run_rules
from riskwarn.rules.values import days_of
from tests.rules.packs import pack, rule, write

ON = date(2026, 6, 30)


def table(**columns):
    size = len(next(iter(columns.values())))
    frame = {"ent": list(range(size)), "region": [None] * size, "complaints": [0] * size, **columns}
    return pl.DataFrame(frame, schema_overrides={"ent": pl.Int32, "region": pl.String})


def outcome(tmp_path, when, on=ON, more="", **columns):
    packs = load_packs(write(tmp_path, pack(rule(when), params=PARAMS_AND + more)))
    return run_rules(packs, table(**columns).lazy(), on).collect()["demo.a"].to_list()


PARAMS_AND = """\
params:
  complaint_min:
    title: 投诉件数
    type: int
    values:
      - {region: "*", from: 2024-01-01, value: 10, note: 建议值}
      - {region: "33", from: 2025-01-01, value: 8, note: 建议值}
      - {region: "3301", from: 2026-01-01, to: 2026-12-31, value: 4, note: 试点}
  local_only:
    title: 只有一地
    type: int
    values: [{region: "11", from: 2024-01-01, value: 2, note: 建议值}]
"""
REGIONS = ["330106", "330203", "110101", None]


def test_a_parameter_is_the_longest_region_prefix(tmp_path):
    when = "{feature: complaints, ge: $complaint_min}"
    for count, wanted in [
        (4, [True, False, False, None]),
        (8, [True, True, False, None]),
        (10, [True, True, True, None]),  # an unknown region stays unknown: 10 may not be its value
    ]:
        assert outcome(tmp_path, when, region=REGIONS, complaints=[count] * 4) == wanted


def test_a_parameter_is_the_newest_that_has_begun_and_not_ended(tmp_path):
    when = "{feature: complaints, ge: $complaint_min}"
    one = {"region": ["330106"], "complaints": [9]}
    assert outcome(tmp_path, when, date(2024, 6, 30), **one) == [False]  # 10 everywhere
    assert outcome(tmp_path, when, date(2024, 12, 31), **one) == [False]
    assert outcome(tmp_path, when, date(2025, 1, 1), **one) == [True]  # 8 in 33
    one["complaints"] = [4]
    assert outcome(tmp_path, when, date(2025, 12, 31), **one) == [False]
    assert outcome(tmp_path, when, date(2026, 12, 31), **one) == [True]  # 4 in 3301, last day
    assert outcome(tmp_path, when, date(2027, 1, 1), **one) == [False]  # back to 8


def test_a_region_that_no_value_covers_is_unknown(tmp_path):
    seen = outcome(
        tmp_path,
        "{feature: complaints, ge: $local_only}",
        region=["110101", "330106", None],
        complaints=[2, 2, 2],
    )
    assert seen == [True, None, None]


def test_the_vectorised_parameter_is_the_one_told_in_messages(tmp_path):
    packs = load_packs(write(tmp_path, pack(rule("{feature: complaints, ge: $complaint_min}"))))
    param = packs[0].params["complaint_min"]
    for on in [date(2023, 1, 1), date(2024, 5, 5), date(2025, 5, 5), ON, date(2027, 5, 5)]:
        for region in [*REGIONS, "33", "3301", "44"]:
            value = param_at(param, region, on)
            rows = table(region=[region] * 2, complaints=[(value or 9), (value or 9) - 1])
            seen = evaluate([packs[0].rules[0]], rows.lazy(), on).collect()["demo.a"].to_list()
            assert seen == ([None, None] if value is None else [True, False]), (on, region)


def test_unknown_is_neither_no_nor_yes(tmp_path):
    """Kleene's tables, written out by hand."""
    three = ["active", "revoked", None]  # true, false, unknown
    left, right = "{field: status, eq: active}", "{field: kind, eq: company}"
    grid = {
        "status": [a for a in three for _ in three],
        "kind": ["company", "branch", None] * 3,
    }
    t, f, u = True, False, None
    both = outcome(tmp_path, f"{{all: [{left}, {right}]}}", **grid)
    assert both == [t, f, u, f, f, f, u, f, u]
    either = outcome(tmp_path, f"{{any: [{left}, {right}]}}", **grid)
    assert either == [t, t, t, t, f, u, t, u, u]
    neither = outcome(tmp_path, f"{{not: {{any: [{left}, {right}]}}}}", **grid)
    assert neither == [f, f, f, f, t, u, f, u, u]
    missing = outcome(tmp_path, "{field: status, is_null: true}", **grid)
    assert missing == [f, f, f, f, f, f, t, t, t]


def test_an_industry_is_found_with_or_without_its_letter(tmp_path):
    codes = ["H6210", "6210", "H62", "62", "6110", "C6210", None]
    for when, wanted in {
        "{field: industry, starts_with: H62}": [True, True, True, True, False, False, None],
        "{field: industry, starts_with: [H]}": [True, True, True, True, True, False, None],
        '{field: industry, starts_with: "62"}': [True, True, True, True, False, False, None],
        "{field: industry, in: [H62]}": [False, False, True, True, False, False, None],
        "{field: industry, not_in: [H62]}": [True, True, False, False, True, True, None],
    }.items():
        assert outcome(tmp_path, when, industry=codes) == wanted, when


def test_as_of_is_the_day_of_the_run(tmp_path):
    day = days_of(ON)
    seen = outcome(
        tmp_path, "{field: business_until, lt: $as_of}", business_until=[day - 1, day, None]
    )
    assert seen == [True, False, None]


LISTS = """\
lists:
  black: {title: 黑名单, source: lists/black.csv, key: uscc, max_age: 30d}
"""


def listed(tmp_path, updated_on="2026-06-01"):
    folder = write(tmp_path, pack(rule("{in_list: black}"), lists=LISTS))
    (folder / "lists" / "black.csv").write_text(
        f"# updated_on: {updated_on}\nvalue,from_on,to_on,note\n"
        "A,2026-01-01,,甲\nB,2026-06-30,,今日列入\nC,2026-07-01,,明日\nD,2026-01-01,2026-06-29,已满\n",
        encoding="utf-8",
    )
    return load_packs(folder)


def test_a_list_holds_only_what_was_on_it_that_day(tmp_path):
    rows = table(uscc=["A", "B", "C", "D", None]).lazy()
    seen = run_rules(listed(tmp_path), rows, ON).collect()["demo.a"].to_list()
    assert seen == [True, True, False, False, None]


def test_a_stale_list_says_nothing(tmp_path):
    rows = table(uscc=["A", "Z"]).lazy()
    packs = listed(tmp_path, "2026-05-31")
    assert run_rules(packs, rows, ON).collect()["demo.a"].to_list() == [True, False]  # 30 days
    late = run_rules(packs, rows, date(2026, 7, 1)).collect()["demo.a"].to_list()
    assert late == [None, None]


def test_a_change_of_a_list_changes_the_hash_of_the_pack(tmp_path):
    first = listed(tmp_path)[0].sha256
    assert listed(tmp_path)[0].sha256 == first
    assert listed(tmp_path, "2026-06-02")[0].sha256 != first


def test_on_unknown_hit_turns_the_unknown_into_a_hit(tmp_path):
    when = "{field: status, eq: active}"
    packs = load_packs(write(tmp_path, pack(rule(when, on_unknown="hit"), rule(when, "demo.b"))))
    rows = table(status=["active", "revoked", None]).lazy()
    found = run_rules(packs, rows, ON).collect()
    assert found["demo.a"].to_list() == [True, False, True]
    assert found["demo.b"].to_list() == [True, False, None]


def test_only_stable_and_shadow_rules_in_effect_speak(tmp_path):
    when = "{field: status, eq: active}"
    text = pack(
        rule(when, "demo.d", status="draft"),
        rule(when, "demo.s", status="shadow"),
        rule(when, "demo.x", status="deprecated", reason="改用 demo.a"),
        rule(when, "demo.late", effective="{from: 2026-07-01}"),
        rule(when, "demo.over", effective="{from: 2024-01-01, to: 2026-06-29}"),
        rule(when, "demo.last_day", effective="{from: 2024-01-01, to: 2026-06-30}"),
        rule(when, "demo.a"),
    )
    packs = load_packs(write(tmp_path, text))
    live = [r.id for r in live_rules(packs, ON)]
    assert live == ["demo.a", "demo.last_day", "demo.s"]
    found = run_rules(packs, table(status=["active"]).lazy(), ON).collect()
    assert found.columns == ["ent", *live]
    assert found.schema["demo.a"] == pl.Boolean


def test_a_table_without_a_needed_column_is_refused_by_name(tmp_path):
    packs = load_packs(write(tmp_path, pack(rule("{field: status, eq: active}"))))
    with pytest.raises(ConfigError, match="特征表缺少 status"):
        run_rules(packs, table(kind=["company"]).lazy(), ON)


def test_duckdb_gives_the_same_columns(tmp_path):
    pytest.importorskip("duckdb")
    when = "{any: [{feature: complaints, ge: $complaint_min}, {field: status, eq: active}]}"
    packs = load_packs(write(tmp_path, pack(rule(when))))
    rows = table(
        region=["330106", "330203", None, "110101"],
        complaints=[4, 7, 99, 0],
        status=["revoked", "revoked", "revoked", None],
    )
    with open_engine("duckdb") as engine:
        found = engine.lower(run_rules(packs, engine.lift(rows, "table"), ON)).sort("ent")
    assert found["demo.a"].to_list() == [True, False, None, None]


def test_packs_name_the_features_and_fields_they_look_at(tmp_path):
    text = pack(
        rule("{all: [{feature: g_same, ge: 1}, {field: status, eq: active}]}"),
        features="""\
features:
  complaints: {title: 投诉, from: complaint, agg: count}
  abnormal: {title: 异常, from: abnormal_listing, agg: count}
  unused: {title: 没用, from: change, agg: count}
  g_same: {title: 邻居异常, graph: neighbour_sum, edges: [address], of: abnormal}
""",
    )
    packs = load_packs(write(tmp_path, text))
    assert list(pack_features(packs).features) == ["abnormal", "complaints", "g_same"]
