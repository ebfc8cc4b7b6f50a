"""Scorecards: points by hand, faults at their line, and what must never happen to a class."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from riskwarn.errors import ConfigError, UsageError
from riskwarn.rules import classify
from riskwarn.rules.classify import cut_points, movement, run_card
from riskwarn.rules.scorecard import card_names, load_card
from riskwarn.rules.values import days_of

ROOT = Path(__file__).resolve().parents[2]
ON = date(2026, 6, 30)
FEATURES = """\
riskwarn: 1
features:
  penalties: {title: 处罚, from: penalty, agg: count, window: 1095d}
  penalty_age: {title: 距处罚天数, from: penalty, agg: days_since}
  listed: {title: 在名录, from: abnormal_listing, agg: exists}
  complaints: {title: 投诉, from: complaint, agg: count, window: 365d}
"""
CARD = """\
riskwarn: 1
scorecard: {id: cn.test, version: 1.0.0, title: 试, owner: 处, note: 试用}
known_from_bp: 5000
cuts: {by: score, b: 10, c: 40, d: 90}
groups:
  - name: 监管
    cap: 100
    indicators:
      - name: 处罚
        items:
          - id: fined
            title: 处罚
            feature: penalties
            bands: [{ge: 3, points: 80}, {ge: 1, points: 40}]
            decay: {by: penalty_age, over: 1000d}
      - name: 名录
        items:
          - {id: listed, title: 名录, feature: listed, bands: [{eq: true, points: 60}]}
  - name: 社会评价
    indicators:
      - name: 投诉
        items:
          - {id: complained, title: 投诉, feature: complaints, bands: [{ge: 5, points: 20}]}
          - {id: model, title: 模型, probability: true, bands: [{ge: 500000, points: 40}]}
vetoes:
  - {title: 吊销, field: status, eq: revoked}
repairs:
  - {title: 已移出, feature: listed, eq: false, of: [fined], gives_back_bp: 2500}
local:
  - {region: "33", factors: {社会评价: 20000}}
  - {region: "3301", factors: {complained: 5000}}
"""


def folder(tmp_path, card=CARD):
    rules = tmp_path / "rules"
    (rules / "scorecards").mkdir(parents=True)
    (rules / "features.yaml").write_text(FEATURES, encoding="utf-8")
    (rules / "scorecards" / "t.yaml").write_text(card, encoding="utf-8")
    return rules


ROW = {"region": "110101", "status": "active", "penalties": 0, "penalty_age": None}
ROW |= {"listed": None, "complaints": 0}


def table(*rows):
    whole = [{"ent": n, "uscc": f"U{n}", **ROW, **row} for n, row in enumerate(rows)]
    kinds = {"ent": pl.Int32, "penalties": pl.Int32, "penalty_age": pl.Int32}
    kinds |= {"listed": pl.Boolean, "complaints": pl.Int32, "status": pl.String}
    return pl.DataFrame(whole, schema_overrides=kinds, infer_schema_length=None).lazy()


def run(tmp_path, *rows, card=CARD, ppm=None):
    made, _ = load_card(folder(tmp_path, card), "t")
    given = ppm and pl.DataFrame({"ent": range(len(ppm)), "probability_ppm": ppm})
    if given is not None:
        given = given.cast({"ent": pl.Int32})
    return run_card(made, table(*rows), ON, given)


def points(done):
    return [value / 100 for value in done.classes["points"]]


def test_points_fade_in_a_straight_line_and_come_back_by_repair(tmp_path):
    done = run(
        tmp_path,
        {"penalties": 3, "penalty_age": 0},
        {"penalties": 1, "penalty_age": 250},
        {"penalties": 1, "penalty_age": 1000},
        {"penalties": 1, "penalty_age": 5000},
        {"penalties": 1, "penalty_age": None},  # no day known: nothing fades
        {"penalties": 3, "penalty_age": 500, "listed": False},  # 80 / 2 = 40, a quarter back
        {"penalties": 3, "penalty_age": 500, "listed": True},  # 40 + 60, no repair
    )
    assert points(done) == [80, 30, 0, 0, 40, 30, 100]


def test_a_group_is_capped_and_local_weights_go_by_the_longest_prefix(tmp_path):
    done = run(
        tmp_path,
        {"penalties": 3, "penalty_age": 0, "listed": True},
        {"complaints": 5},
        {"complaints": 5, "region": "330203"},
        {"complaints": 5, "region": "330106"},
        {"complaints": 5, "region": None},
    )
    assert points(done) == [100, 20, 40, 10, 20]


def test_classes_begin_at_their_cut_points_and_a_veto_is_d(tmp_path):
    done = run(
        tmp_path,
        {"listed": False},
        {"listed": False, "complaints": 5},
        {"penalties": 1, "penalty_age": 0, "listed": None},
        {"penalties": 3, "penalty_age": 0, "listed": True},
        {"status": "revoked", "penalties": None, "listed": None, "complaints": None},
    )
    assert done.classes["risk_class"].to_list() == ["A", "B", "C", "D", "D"]
    assert done.classes["veto"].to_list() == ["", "", "", "", "吊销"]
    assert done.classes["decided"].to_list()[3] == "处罚 80；名录 60"


def test_too_little_known_gives_no_class_and_never_a(tmp_path):
    done = run(
        tmp_path,
        {"penalties": None, "complaints": None},  # nothing known: 0 of 160
        {"penalties": 0, "complaints": None},  # 80 of 160
        {"penalties": None, "complaints": 9, "listed": True},  # 80 of 160
    )
    assert done.classes["known_bp"].to_list() == [0, 5000, 5000]
    assert done.classes["risk_class"].to_list() == [None, "A", "C"]
    assert done.classes["unknown"].to_list() == [3, 2, 1]


def test_a_silent_model_is_left_out_and_a_speaking_one_counts(tmp_path):
    rows = [{"complaints": 5, "listed": False}] * 3
    assert points(run(tmp_path / "a", *rows)) == [20, 20, 20]
    done = run(tmp_path / "b", *rows, ppm=[500_000, 499_999, None])
    assert points(done) == [60, 20, 20]
    assert done.classes["unknown"].to_list() == [0, 0, 1]


def test_quantile_cuts_never_take_more_than_the_share_and_keep_equals_together(tmp_path):
    card = CARD.replace(
        "{by: score, b: 10, c: 40, d: 90}", "{by: quantile, b: 3000, c: 1000, d: 500}"
    )
    made, _ = load_card(folder(tmp_path, card), "t")
    scores = [0] * 50 + [10] * 30 + [20] * 10 + [30] * 6 + [40] * 3 + [50]
    base = pl.DataFrame({"points": scores, "veto": [""] * 100, "known_bp": [9000] * 100})
    b, c, d = cut_points(base, made.cuts, made.known_from_bp)
    over = [sum(score >= cut for score in scores) for cut in (b, c, d)]
    assert over == [20, 10, 4]  # at most 45, 15 and 5; the 30 equals of 10 stay below
    flat = pl.DataFrame({"points": [0] * 9, "veto": [""] * 9, "known_bp": [9000] * 9})
    assert min(cut_points(flat, made.cuts, 0)) == 1


def test_the_order_of_rows_changes_nothing(tmp_path):
    rows = [{"penalties": n % 4, "penalty_age": 7 * n, "complaints": n} for n in range(50)]
    card, _ = load_card(folder(tmp_path), "t")
    frame = table(*rows).collect()
    first = run_card(card, frame.lazy(), ON).classes
    again = run_card(card, frame.sample(fraction=1, shuffle=True, seed=3).lazy(), ON).classes
    assert first.equals(again)


@pytest.mark.parametrize("size", [1, 7, 64])
def test_classes_range_by_range_are_those_of_the_whole(tmp_path, monkeypatch, size):
    monkeypatch.setattr(classify, "ROWS_A_RANGE", size)
    rows = [
        {
            "penalties": n % 4,
            "penalty_age": 7 * n,
            "complaints": n % 9,
            "listed": n % 3 == 0 or None,
        }
        for n in range(64)
    ]
    card, _ = load_card(folder(tmp_path), "t")
    ppm = pl.DataFrame({"ent": range(60), "probability_ppm": [n * 16_000 for n in range(60)]})
    for given in (None, ppm.cast({"ent": pl.Int32})):
        whole = run_card(card, table(*rows), ON, given).classes
        ranged = classify.card_classes(card, table(*rows), ON, given)
        texts = ranged.cast({"veto": pl.String, "risk_class": pl.String})
        assert texts.equals(whole.select(texts.columns))
        assert len(set(texts["risk_class"])) > 2
    assert not classify.card_classes(card, table(*rows).head(0), ON).height


def test_more_points_never_make_a_better_class(tmp_path):
    rows = [{"penalties": n, "penalty_age": 0, "listed": False} for n in range(5)]
    done = run(tmp_path, *rows)
    ranks = ["ABCD".index(name) for name in done.classes["risk_class"]]
    assert ranks == sorted(ranks)


def test_movement_counts_everybody_once():
    before = pl.DataFrame({"uscc": ["1", "2", "3"], "risk_class": ["A", "B", None]})
    now = pl.DataFrame({"uscc": ["2", "3", "4"], "risk_class": ["C", "A", "A"]})
    moved = movement(before, now)
    assert moved == {("", "A"): 1, ("A", "消"): 1, ("B", "C"): 1, ("新", "A"): 1}


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        (
            "feature: complaints, bands",
            "feature: complaint, bands",
            "E102 没有特征 complaint",
        ),
        ("field: status", "field: statuss", "E101 市场主体没有字段 statuss"),
        ("eq: revoked", "eq: gone", "E111 status 的值不对"),
        ("of: [fined]", "of: [find]", "E132 没有指标 find"),
        ("{社会评价: 20000}", "{社会评论: 20000}", "E132 没有指标 社会评论"),
        ("by: penalty_age", "by: listed", "E113 listed 不是天数"),
        ("name: 监管", "name: 监督", "Y020"),
        ("b: 10, c: 40", "b: 50, c: 40", "按分数划分须满足 b < c < d"),
        ("id: listed,", "id: fined,", "E131 指标 fined 写了两次"),
        ("{ge: 5, points: 20}", "{ge: 5, le: 9, points: 20}", "Y020"),
        ("{ge: 5, points: 20}", "{ge: 五, points: 20}", "E111 complaints 的值不对"),
        ("points: 60", "points: -60", "Y020"),
        ("gives_back_bp: 2500", "gives_back_bp: 25000", "Y020"),
        ("{eq: true, points: 60}", "{gt: true, points: 60}", "E113 listed（flag）不能用 gt"),
        ("owner: 处", "ownr: 处", "Y021"),
    ],
)
def test_a_fault_is_told_at_its_line(tmp_path, wrong, right, said):
    assert wrong in CARD
    with pytest.raises(ConfigError) as raised:
        load_card(folder(tmp_path, CARD.replace(wrong, right, 1)), "t")
    line = CARD[: CARD.index(wrong)].count("\n") + 1
    assert f"rules/scorecards/t.yaml:{line}:" in str(raised.value)
    assert said in str(raised.value)


def test_all_faults_come_at_once(tmp_path):
    card = CARD.replace("field: status", "field: statuss").replace("of: [fined]", "of: [find]")
    with pytest.raises(ConfigError) as raised:
        load_card(folder(tmp_path, card), "t")
    assert [p.code for p in raised.value.problems] == ["E101", "E132"]


def test_an_unknown_card_names_the_nearest():
    with pytest.raises(UsageError, match="general"):
        load_card(ROOT / "rules", "generall")


def test_the_shipped_card_says_which_points_are_ours():
    for name in card_names(ROOT / "rules"):
        card, features = load_card(ROOT / "rules", name)
        assert {one.group for one in card.indicators} == {
            "企业基础属性",
            "企业动态",
            "监管",
            "关联关系",
            "社会评价",
        }
        assert all(one.basis for one in card.indicators if one.official)
        assert "不是官方标准" in card.note
        assert len({one.second for one in card.indicators}) >= 10
        assert features.features
        assert days_of(ON)
