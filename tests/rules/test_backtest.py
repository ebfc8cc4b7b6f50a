"""Hits of a past day judged by later checks: worked by hand, and nothing from the day itself."""

from datetime import date

import polars as pl

from riskwarn.rules.backtest import labels_after, rehearsed_rules, try_rules
from riskwarn.rules.pack import load_packs
from riskwarn.rules.params import param_at
from tests.rules.packs import pack, rule, write

ON = date(2025, 6, 30)
WHEN = "{feature: complaints, ge: $complaint_min}"
SCHEMA = {
    "uscc": pl.String,
    "inspected_on": pl.Date,
    "selected_by": pl.String,
    "selection_ppm": pl.Int64,
    "problem": pl.Boolean,
    "results": pl.String,
}


def checks(*rows):
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def labels(*rows, until=date(2025, 12, 31)):
    return labels_after(checks(*rows), ON, until, {"serious"})


def the_rules(tmp_path):
    return rehearsed_rules(load_packs(write(tmp_path, pack(rule(WHEN)))))


def judged(**said):
    return pl.DataFrame(
        {
            "uscc": sorted(said),
            "region": ["330106"] * (len(said) - 1) + [None],
            "risk_class": ["A", "B", *[None] * (len(said) - 2)],
            "demo.a": [said[name] for name in sorted(said)],
        },
        schema_overrides={"demo.a": pl.Boolean, "region": pl.String, "risk_class": pl.String},
    )


def test_only_checks_after_the_day_and_within_the_follow_up_count():
    found = labels(
        ("A", ON, "random", 20_000, True, None),  # on the day itself: known to the rule's world
        ("B", date(2025, 7, 1), "random", 20_000, True, None),
        ("C", date(2025, 12, 31), "risk", None, False, None),
        ("D", date(2026, 1, 1), "random", 20_000, True, None),
    )
    assert found.rows() == [("B", True, True, 20_000), ("C", False, None, None)]


def test_a_result_code_stands_for_a_missing_flag_and_an_unknown_outcome_is_no_label():
    day = date(2025, 8, 1)
    found = labels(
        ("A", day, "risk", None, None, "ok|serious"),
        ("B", day, "risk", None, None, "ok"),
        ("C", day, "random", 1000, None, None),
    )
    assert found.select("uscc", "found").rows() == [("A", True), ("B", False)]


def test_the_first_random_draw_of_known_chance_is_the_unbiased_label():
    found = labels(
        ("A", date(2025, 8, 1), "complaint", None, True, None),
        ("A", date(2025, 9, 1), "random", 50_000, False, None),
        ("A", date(2025, 10, 1), "random", 10_000, True, None),
        ("B", date(2025, 8, 1), "random", None, True, None),  # its chance is not known
    )
    assert found.rows() == [("A", True, False, 50_000), ("B", True, None, None)]


def test_recall_and_base_rate_come_from_random_draws_weighted_by_their_chance(tmp_path):
    """Four drawn: two of chance 1/10 (one problem, hit), two of 1/100 (one problem, not hit)."""
    day = date(2025, 8, 1)
    outcomes = labels(
        ("A", day, "random", 100_000, True, None),
        ("B", day, "random", 100_000, False, None),
        ("C", day, "random", 10_000, True, None),
        ("D", day, "random", 10_000, False, None),
        ("E", day, "complaint", None, True, None),
        ("F", day, "complaint", None, False, None),
    )
    said = judged(A=True, B=True, C=False, D=None, E=True, F=False, G=True)
    (one,) = try_rules(the_rules(tmp_path), said, outcomes, ON)
    assert (one.hit, one.clear, one.unknown) == (4, 2, 1)
    assert one.precision.share == 2 / 3  # A and E of A, B, E: whatever they were checked for
    assert one.precision_random.share == 0.5
    assert one.recall.share == 10 / (10 + 100)
    assert one.recall.n == 2
    assert one.base_rate.share == (10 + 100) / (10 + 10 + 100 + 100)
    assert one.base_rate.n == 4
    assert [(p.name, p.enterprises, p.hit) for p in one.regions] == [("", 1, 1), ("330106", 6, 3)]
    assert [(p.name, p.hit) for p in one.classes] == [("", 2), ("A", 1), ("B", 1)]


def test_without_labels_nothing_is_invented(tmp_path):
    (one,) = try_rules(the_rules(tmp_path), judged(A=True, B=False), labels(), ON)
    assert not one.labelled
    for share in (one.precision, one.precision_random, one.recall, one.base_rate):
        assert share.share is None
        assert share.low is None
        assert share.why


def test_drafts_are_tried_and_new_parameters_reach_back(tmp_path):
    packs = load_packs(
        write(
            tmp_path,
            pack(
                rule(WHEN, "demo.d", status="draft"),
                rule(WHEN, "demo.x", status="deprecated", reason="旧"),
                rule(WHEN, "demo.late", effective="{from: 2026-01-01}"),
            ),
        )
    )
    rules = rehearsed_rules(packs)
    assert [r.id for r in rules] == ["demo.d", "demo.late"]
    param = rules[0].params["complaint_min"]
    assert param_at(param, "110101", date(2020, 1, 1)) == 10  # begins in 2024
    assert param_at(param, "330106", date(2020, 1, 1)) == 4  # its first value, of 2026
    assert param_at(param, "330106", date(2027, 1, 1)) == 8  # an end stays an end
    assert [r.id for r in rehearsed_rules(packs, {"demo.x"})] == ["demo.x"]
