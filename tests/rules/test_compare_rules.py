"""Diff, overlap, sweep and hygiene over small frames, against counting by hand."""

from datetime import date

import polars as pl
import pytest

from riskwarn.errors import UsageError
from riskwarn.records.features import FeatureSet
from riskwarn.rules.changes import compare_lists, listing_rules
from riskwarn.rules.hygiene import Day, find_concerns
from riskwarn.rules.overlap import ROWS_A_CHUNK, overlap
from riskwarn.rules.pack import load_packs, read_packs
from riskwarn.rules.run import evaluate
from riskwarn.rules.sweep import find_param, show_value, sweep, sweep_values, with_value
from tests.rules.packs import PARAMS, pack, rule, write

ON = date(2026, 6, 30)
WHEN = "{feature: complaints, ge: $complaint_min}"


def said(**columns):
    size = len(next(iter(columns.values())))
    names = [f"U{n}" for n in range(size)]
    return pl.DataFrame(
        {"uscc": names, **columns}, schema_overrides=dict.fromkeys(columns, pl.Boolean)
    )


def test_the_list_changes_by_those_who_enter_and_leave():
    old = said(a=[True, True, False, None, False], gone=[False, False, True, False, False])
    new = said(a=[True, False, False, True, None], new=[False, True, False, False, True])
    change = compare_lists(old, new)
    assert (change.old_listed, change.new_listed) == (3, 4)
    assert [(m.uscc, m.rules) for m in change.entered] == [("U3", ("a",)), ("U4", ("new",))]
    assert [(m.uscc, m.rules) for m in change.left] == [("U2", ("gone",))]
    by_rule = {one.rule: one for one in change.rules}
    assert (by_rule["a"].entered, by_rule["a"].left) == (1, 1)
    assert (by_rule["a"].old_unknown, by_rule["a"].new_unknown) == (1, 1)
    assert (by_rule["gone"].fate, by_rule["gone"].left) == ("removed", 1)
    assert (by_rule["new"].fate, by_rule["new"].entered) == ("added", 2)


def test_the_same_packs_change_nothing_and_other_enterprises_are_refused():
    frame = said(a=[True, None, False])
    change = compare_lists(frame, frame)
    assert change.entered == change.left == ()
    assert all(one.same for one in change.rules)
    assert compare_lists(frame.select("uscc"), frame.select("uscc")).new_listed == 0
    with pytest.raises(ValueError, match="same enterprises"):
        compare_lists(frame, frame.head(2))


def test_only_scenario_rules_of_the_asked_status_make_the_list(tmp_path):
    text = pack(
        rule(WHEN, "demo.a"),
        rule(WHEN, "demo.s", status="shadow"),
        rule(WHEN, "demo.f", role="factor"),
    )
    rules = load_packs(write(tmp_path, text))[0].rules
    assert [r.id for r in listing_rules(rules, ["stable"])] == ["demo.a"]
    assert [r.id for r in listing_rules(rules, ["stable", "shadow"])] == ["demo.a", "demo.s"]


def test_overlap_counts_as_sets_do_also_past_a_chunk():
    size = ROWS_A_CHUNK + 1000
    rows = {
        "a": [n % 2 == 0 for n in range(size)],
        "b": [n % 3 == 0 if n % 5 else None for n in range(size)],
        "c": [False] * size,
    }
    sets = {name: {n for n, hit in enumerate(column) if hit} for name, column in rows.items()}
    pairs = {(p.left, p.right): p for p in overlap(pl.DataFrame(rows), list(rows))}
    for (left, right), pair in pairs.items():
        both, either = sets[left] & sets[right], sets[left] | sets[right]
        assert pair.both == len(both)
        assert pair.jaccard == (len(both) / len(either) if either else None)
        expected = len(both) / len(sets[left]) if sets[left] else None
        assert pair.left_in_right == expected
    assert next(iter(pairs)) == ("a", "b")
    assert pairs["b", "c"].right_in_left is None


def a_table():
    regions = ["330106", "330203", "110101", "110101", None]
    return pl.DataFrame(
        {"ent": [0, 1, 2, 3, 4], "region": regions, "complaints": [4, 7, 9, 12, None]}
    ).lazy()


def test_a_sweep_gives_what_a_run_with_each_value_gives(tmp_path):
    packs = load_packs(write(tmp_path, pack(rule(WHEN))))
    pack_, param = find_param(packs, "complaint_min")
    values = sweep_values(param, ["3", "7", "12"], ON)
    assert values == [3, 4, 7, 8, 10, 12]  # those in force are always shown
    steps = sweep(pack_.rules, param, values, a_table(), ON)
    for step in steps:
        text = (
            PARAMS.split("    values:")[0]
            + f'    values: [{{region: "*", from: 2024-01-01, value: {step.value}, note: x}}]\n'
        )
        other = load_packs(write(tmp_path / f"{step.value}", pack(rule(WHEN), params=text)))
        column = evaluate(other[0].rules, a_table(), ON).collect()["demo.a"]
        assert (step.hit, step.unknown) == (column.sum(), column.null_count())
    assert [s.hit for s in steps] == [4, 4, 3, 2, 1, 1]
    assert [s.value for s in steps if s.current] == [4, 8, 10]


def test_a_sweep_of_one_region_leaves_the_others(tmp_path):
    packs = load_packs(write(tmp_path, pack(rule(WHEN))))
    param = packs[0].params["complaint_min"]
    local = sweep(packs[0].rules, param, [100], a_table(), ON, region="33")
    assert local[0].hit == 1  # 12 ≥ 10 in 11; both of 33 fall out
    assert len(with_value(param, 5, "33", ON).values) == 2


def test_a_sweep_without_values_walks_the_allowed_range(tmp_path):
    param = load_packs(write(tmp_path, pack(rule(WHEN))))[0].params["complaint_min"]
    values = sweep_values(param, [], ON)
    assert values[0] == 3
    assert values[-1] == 100
    assert {4, 8, 10} <= set(values)
    assert show_value(param, 3) == "3"


@pytest.mark.parametrize(
    ("wanted", "code"), [("complaint_mn", "R011"), ("codes", "R013"), ("free", "R015")]
)
def test_a_parameter_that_cannot_be_swept_is_refused(tmp_path, wanted, code):
    params = PARAMS + (
        '  codes: {title: x, type: codes, values: [{region: "*", from: 2024-01-01, value: [a]}]}\n'
        '  free: {title: x, type: int, values: [{region: "*", from: 2024-01-01, value: 3}]}\n'
    )
    packs = load_packs(write(tmp_path, pack(rule(WHEN), params=params)))
    with pytest.raises(UsageError) as raised:
        sweep_values(find_param(packs, wanted)[1], [], ON)
    assert raised.value.problems[0].code == code


def test_one_name_in_two_packs_wants_the_pack(tmp_path):
    write(tmp_path, pack(rule(WHEN)))
    other = pack(rule(WHEN, "other.a")).replace("cn.demo", "cn.other")
    packs = load_packs(write(tmp_path, other, "other.yaml"))
    with pytest.raises(UsageError, match=r"cn.demo/complaint_min、cn.other/complaint_min"):
        find_param(packs, "complaint_min")
    assert find_param(packs, "cn.other/complaint_min")[0].id == "cn.other"
    with pytest.raises(UsageError, match="R014"):
        sweep_values(find_param(packs, "cn.demo/complaint_min")[1], ["三"], ON)


def concerns(packs, counts, filled=None, enterprises=10_000, declared=None, items=()):
    day = Day(as_of=ON, enterprises=enterprises, counts=counts, filled=filled or {})
    found = find_concerns(packs, [day], declared or FeatureSet(), items)
    return {(c.kind, c.what) for c in found}


def test_silent_undecided_and_impossible_rules_are_told_apart(tmp_path):
    never = "{all: [{field: status, eq: active}, {field: status, eq: revoked}]}"
    packs = load_packs(
        write(tmp_path, pack(rule(WHEN, "demo.s"), rule(WHEN, "demo.u"), rule(never, "demo.i")))
    )
    counts = {"demo.s": (0, 9, 1), "demo.u": (0, 0, 10), "demo.i": (0, 10, 0)}
    found = concerns(packs, counts)
    assert found == {("silent", "demo.s"), ("undecided", "demo.u"), ("impossible", "demo.i")}


def test_a_rule_far_above_the_others_is_noisy(tmp_path):
    names = [f"demo.r{n}" for n in range(9)]
    packs = load_packs(write(tmp_path, pack(*(rule(WHEN, name) for name in names))))
    counts = {name: (n + 1, 9_999 - n, 0) for n, name in enumerate(names)}
    assert not concerns(packs, counts)
    counts["demo.r8"] = (900, 9_100, 0)
    assert concerns(packs, counts) == {("noisy", "demo.r8")}
    assert not concerns(packs, dict(list(counts.items())[3:]))  # six rules say nothing of usual


def test_stale_orphaned_and_unfilled_are_named(tmp_path):
    params = (
        PARAMS
        + "  old:\n    title: x\n    type: int\n"
        + '    values: [{region: "*", from: 2020-01-01, to: 2021-01-01, value: 1}]\n'
    )
    lists = "lists:\n  black: {title: 名单, source: lists/b.csv, key: uscc, max_age: 30d}\n"
    text = pack(
        rule(WHEN, "demo.a"),
        rule(WHEN, "demo.over", effective="{from: 2024-01-01, to: 2025-12-31}"),
        params=params,
        lists=lists,
    )
    folder = write(tmp_path, text)
    (folder / "lists" / "b.csv").write_text("# updated_on: 2026-01-01\nvalue,from_on,to_on,note\n")
    packs, declared, problems = read_packs(folder)
    assert not problems
    found = concerns(
        packs, {"demo.a": (1, 9, 0)}, {"complaints": 0}, declared=declared, items={"1"}
    )
    assert found == {
        ("stale", "demo.over"),
        ("stale", "cn.demo/old"),
        ("stale", "cn.demo/black"),
        ("orphaned", "cn.demo/old"),
        ("orphaned", "cn.demo/black"),
        ("orphaned", "demo.a"),
        ("orphaned", "demo.over"),
        ("orphaned", "features.yaml"),
        ("unfilled", "complaints"),
    }


def test_values_tried_unasked_lie_close_to_the_one_in_force_and_reach_both_ends(tmp_path):
    packs = load_packs(write(tmp_path, pack(rule("{feature: complaints, ge: $complaint_min}"))))
    param = packs[0].params["complaint_min"]  # 3 to 100; on this day 10, in one city 4
    tried = sweep_values(param, [], date(2026, 6, 30))
    assert {3, 4, 7, 8, 9, 10, 11, 12, 13, 100} <= set(tried)
    assert tried == sorted(set(tried))
    assert len(tried) <= 24
    assert all(3 <= value <= 100 for value in tried)


def test_values_to_try_may_be_written_with_their_unit(tmp_path):
    params = """params:
  share_min: {title: 占比, type: bp, range: [0, 10000], values: [{from: 2024-01-01, value: 9500}]}
  fine_min: {title: 罚款, type: fen, range: [0, 9000000], values: [{from: 2024-01-01, value: 1}]}
"""
    when = "{feature: fines_fen, ge: $fine_min}"
    folder = write(tmp_path, pack(rule(when, message='"{share_min}"'), params=params))
    made = load_packs(folder)[0].params
    day = date(2026, 6, 30)
    assert sweep_values(made["share_min"], ["90%", "9900"], day) == [9000, 9500, 9900]
    assert sweep_values(made["fine_min"], ["5万元"], day) == [1, 5_000_000]
    with pytest.raises(UsageError, match="R014"):
        sweep_values(made["share_min"], ["九成"], day)
