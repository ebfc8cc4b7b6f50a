"""Figures with weights: a row of weight k is k rows; what was not drawn counts for nothing."""

import numpy as np
import polars as pl
import pytest

from riskwarn.model.card import card_text
from riskwarn.model.evaluate import auc, by_group, precision_at
from riskwarn.model.fair import at_capacity, judge_drawn, judge_systems, weighted_auc


def rows_of(seed: int, count: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 30, count) / 30
    labels = (rng.random(count) < 0.1 + 0.6 * scores).astype(float)
    return labels, scores, rng.integers(1, 5, count).astype(float)


@pytest.mark.parametrize("seed", range(20))
def test_a_weight_of_k_is_k_equal_rows(seed: int):
    labels, scores, weights = rows_of(seed)
    again = np.repeat(np.arange(labels.size), weights.astype(int))
    many = labels[again], scores[again]
    assert weighted_auc(labels, scores, weights) == pytest.approx(auc(*many))
    room = round(0.1 * again.size)
    precision, recall = at_capacity(labels, scores, weights, room / again.size)
    assert precision == pytest.approx(precision_at(*many, room))
    assert recall == pytest.approx(precision * room / many[0].sum())


def test_a_model_that_is_right_of_all_looks_wrong_on_the_chosen_and_right_on_the_drawn():
    """The drawn strata have different π; the chosen ones are riskier than their score says."""
    rng = np.random.default_rng(3)
    chance = rng.beta(1, 6, 60_000)
    label = rng.random(chance.size) < chance
    drawn = rng.random(chance.size) < np.where(chance > 0.2, 0.25, 0.05)
    hidden = label & (rng.random(chance.size) < 0.5)  # somebody knew and went
    rows = pl.DataFrame(
        {
            "label": label.astype(np.int8),
            "random": drawn,
            "inverse_chance": np.where(chance > 0.2, 4.0, 20.0),
        }
    )
    seen = drawn | hidden
    found = judge_drawn(rows.filter(pl.Series(seen)), chance[seen], 0.05, 30, 1)
    assert not isinstance(found, str)
    assert found.rows == int(drawn.sum())
    assert found.stands_for == pytest.approx(chance.size, rel=0.05)
    rate = found.estimates["base_rate"]
    assert rate.low < label.mean() < rate.high
    assert label[seen].mean() > 2 * rate.value  # the pooled rate would mislead
    assert abs(found.estimates["mean_probability"].value - rate.value) < 0.02
    for row in found.calibration:
        assert abs(row["expected"] - row["observed"]) < 0.06
    true = at_capacity(label.astype(float), chance, np.ones(chance.size), 0.05)
    said = found.estimates["precision_at_capacity"]
    assert said.low - 0.02 < true[0] < said.high + 0.02


def test_too_few_drawn_rows_are_said_in_words():
    rows = pl.DataFrame(
        {"label": [0, 1] * 30, "random": [True] * 20 + [False] * 40, "inverse_chance": [2.0] * 60}
    )
    found = judge_drawn(rows, np.linspace(0, 1, 60), 0.05, 5, 1)
    assert found == "测试期随机抽中的只有 20 条（有问题 10 条），不足以单独评判"


def test_systems_are_judged_on_the_same_rows():
    labels, scores, weights = rows_of(5)
    drawn = np.arange(labels.size) % 2 == 0
    rows = pl.DataFrame({"label": labels, "random": drawn, "inverse_chance": weights})
    asked = {"good": scores, "none": np.zeros(labels.size)}
    every = judge_systems(rows, asked, 0.1, 10, 1, drawn=False)
    assert every["good"]["auc"].value == pytest.approx(auc(labels, scores))
    assert every["none"]["auc"].value == 0.5
    assert every["none"]["lift_at_capacity"].value == pytest.approx(1.0)
    some = judge_systems(rows, asked, 0.1, 10, 1, drawn=True)
    assert some["good"]["auc"].value == pytest.approx(
        weighted_auc(labels[drawn], scores[drawn], weights[drawn])
    )


def test_groups_tell_recall_and_lift_in_words_and_in_rising_order():
    rows = pl.DataFrame(
        {
            "label": [1, 1, 0, 0, 1, 0, 0, 0],
            "kind": ["company"] * 4 + ["individual"] * 4,
            "money": [*(n * 1_000_000 for n in range(1, 8)), None],
        }
    )
    chances = np.array([0.9, 0.1, 0.8, 0.2, 0.3, 0.1, 0.1, 0.1])
    traders, firms = by_group(rows, chances, "kind", 2)
    assert (firms["group"], traders["group"]) == ("企业", "个体工商户")
    assert (firms["selected"], firms["confirmed"], firms["found"]) == (0.5, 0.5, 0.5)
    assert firms["lift"] == 1.0
    assert (traders["selected"], traders["confirmed"], traders["found"]) == (0.0, "—", 0.0)
    money = [row["group"] for row in by_group(rows, chances, "money", 2, "fen")]
    assert money == ["≤ 3 万元", "3 – 4 万元", "4 – 6 万元", "> 6 万元", "未知"]


def test_a_card_without_drawn_rows_says_why():
    card = {
        "title": "t", "foretells": "f", "trained_on": "real", "model_sha256": "a" * 64,
        "training_data_sha256": "b" * 64, "xgboost": "3", "calibrated_on": "c",
        "rows": {"train": 1, "calibrate": 1, "test": 1, "embargo": 0},
        "test": {"first_on": "x", "last_on": "y", "rows": 1, "positives": 1,
                 "capacity_share": 0.05, "bootstrap": 5},
        "estimates": {}, "calibration": [], "drawn": {"why_not": "没有抽到"}, "systems": {},
        "systems_drawn": {}, "group_titles": {}, "groups": {}, "strictness": [], "features": [],
        "notes": [],
    }  # fmt: skip
    assert "没有抽到。" in card_text(card)
