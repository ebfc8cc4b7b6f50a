"""Inline tests: they run through the night's code, and they can fail."""

import pytest

from riskwarn.rules.pack import read_packs
from riskwarn.rules.try_ import run_tests
from tests.engines import EVERY_ENGINE
from tests.rules.packs import PARAMS, pack, rule, write

WHEN = "{feature: complaints, ge: $complaint_min}"


def results(tmp_path, tests, when=WHEN, engines=("polars",), **more):
    packs, _, problems = read_packs(
        write(tmp_path, pack(rule(when, tests=tests, **more), params=PARAMS))
    )
    assert problems == [], "\n".join(map(str, problems))
    return run_tests(packs, engines)


def one(tmp_path, test, **more):
    (result,) = results(tmp_path, f"\n      - {{name: 例, as_of: 2026-06-30, {test}}}", **more)
    return result.passed, result.got


def complaints(*days, **more):
    extra = "".join(f", {key}: {value}" for key, value in more.items())
    rows = ", ".join(f"{{case_no: c{n}, received_on: {day}{extra}}}" for n, day in enumerate(days))
    return f"complaint: [{rows}]"


HANGZHOU = 'enterprise: {region: "330106"}'


def test_rows_are_counted_in_a_window_open_on_the_left(tmp_path):
    inside = complaints("2026-04-02", "2026-05-01", "2026-06-01", "2026-06-30")
    outside = complaints("2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01")
    assert one(tmp_path, f"{HANGZHOU}, {inside}, expect: hit") == (True, "命中")
    assert one(tmp_path, f"{HANGZHOU}, {outside}, expect: hit") == (False, "未命中")
    counted = "expect: {result: clear, values: {complaints: 2, complaint_min: 4}}"
    assert one(tmp_path, f"{HANGZHOU}, {outside}, {counted}") == (True, "未命中")


def test_what_became_known_later_is_not_seen(tmp_path):
    late = complaints(*["2026-06-01"] * 4, known_on="2026-07-01")
    assert one(tmp_path, f"{HANGZHOU}, {late}, expect: clear")[0]
    known = complaints(*["2026-06-01"] * 4, known_on="2026-06-30")
    assert one(tmp_path, f"{HANGZHOU}, {known}, expect: hit")[0]


def test_a_missing_table_is_unknown_and_an_empty_one_is_zero(tmp_path):
    assert one(tmp_path, f"{HANGZHOU}, missing: [complaint], expect: unknown")[0]
    assert one(tmp_path, f"{HANGZHOU}, expect: {{result: clear, values: {{complaints: 0}}}}")[0]


def test_a_wrong_value_fails_with_what_was_seen(tmp_path):
    wanted = "expect: {result: hit, values: {complaints: 6}}"
    test = f"{HANGZHOU}, features: {{complaints: 5}}, {wanted}"
    assert one(tmp_path, test) == (False, "complaints 为 5，应为 6")


def test_a_boundary_that_is_none_fails(tmp_path):
    for count, passed in [(2, False), (3, True), (4, True), (5, True), (6, False)]:
        outcome = "hit" if count >= 4 else "clear"
        test = f"{HANGZHOU}, boundary: true, features: {{complaints: {count}}}, expect: {outcome}"
        assert one(tmp_path, test)[0] == passed, count


def test_tests_see_nothing_of_each_other(tmp_path):
    rows = complaints(*["2026-06-01"] * 4)
    tests = f"""
      - {{name: 甲, as_of: 2026-06-30, {HANGZHOU}, {rows}, expect: hit}}
      - {{name: 乙, as_of: 2026-06-30, {HANGZHOU}, expect: clear}}
      - {{name: 丙, as_of: 2026-05-31, {HANGZHOU}, {rows}, expect: clear}}
      - {{name: 丁, as_of: 2026-06-30, {HANGZHOU}, missing: [complaint], expect: unknown}}"""
    assert [r.passed for r in results(tmp_path, tests)] == [True] * 4


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_every_engine_counts_sums_and_finds_the_last(tmp_path, engine):
    when = "{all: [{feature: fines_fen, ge: 1}, {feature: last_kind, eq: fine}]}"
    rows = (
        "penalty: [{document_no: a, decided_on: 2026-01-01, fine_fen: 200, kind: warning}, "
        "{document_no: b, decided_on: 2026-02-01, fine_fen: 300, kind: fine}]"
    )
    wanted = "expect: {result: hit, values: {fines_fen: 500, last_kind: fine}}"
    tests = f"\n      - {{name: 例, as_of: 2026-06-30, {HANGZHOU}, {rows}, {wanted}}}"
    assert [r.passed for r in results(tmp_path, tests, when, (engine,))] == [True]
