import math
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from riskwarn.model.config import JudgeSettings
from riskwarn.model.evaluate import (
    auc,
    average_precision,
    bootstrap,
    by_group,
    calibration_table,
    days_earlier,
    found_in_first_half,
    judge,
    precision_at,
    share_before_half,
)

CHICAGO = Path(__file__).resolve().parents[2] / "examples/chicago/data/inspections.parquet"


def naive_auc(labels, scores) -> float:
    """Count every pair of a positive and a negative; a tie is half a win."""
    wins = pairs = 0.0
    for a, label in zip(scores, labels, strict=True):
        if label:
            for b, other in zip(scores, labels, strict=True):
                if not other:
                    pairs += 1
                    wins += 1.0 if a > b else 0.5 if a == b else 0.0
    return wins / pairs


@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_auc_equals_the_count_of_pairs_also_with_ties(levels):
    made = np.random.Generator(np.random.PCG64(levels))
    for _ in range(20):
        labels = (made.random(60) < 0.3).astype(float)
        labels[:2] = (0, 1)
        scores = made.integers(0, levels, 60) / levels
        assert auc(labels, scores) == pytest.approx(naive_auc(labels, scores), abs=1e-12)


def test_auc_of_one_class_is_not_a_number():
    assert math.isnan(auc(np.zeros(3), np.arange(3.0)))
    assert math.isnan(auc(np.ones(3), np.arange(3.0)))


def test_average_precision_of_a_hand_worked_ranking():
    labels = np.array([1.0, 0, 1, 0, 1])
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    assert average_precision(labels, scores) == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)
    tied = np.full(5, 0.5)  # one step: the precision is the base rate
    assert average_precision(labels, tied) == pytest.approx(0.6)


def test_precision_at_capacity_counts_ties_at_the_cut_by_share():
    labels = np.array([1.0, 1, 0, 0])
    assert precision_at(labels, np.array([4.0, 3, 2, 1]), 2) == 1.0
    assert precision_at(labels, np.array([4.0, 2, 2, 2]), 2) == pytest.approx((1 + 1 / 3) / 2)


def test_days_earlier_of_a_hand_worked_schedule():
    days = np.array([1, 2, 3, 4])
    labels = np.array([0.0, 0, 0, 1])
    assert days_earlier(labels, np.array([1.0, 2, 3, 4]), days) == 3.0  # last becomes first
    assert days_earlier(labels, np.zeros(4), days) == 1.5  # all tied: the mean day
    assert days_earlier(labels, np.array([4.0, 3, 2, 1]), days) == 0.0


def test_the_published_scores_of_chicago_give_the_published_figures():
    """CODE/31_xgboost_model_evaluation.R: 0.6790282, 7.790698 and 0.6821705; schedule 0.5465."""
    test = pl.read_parquet(CHICAGO).filter("Test")
    labels = test["criticalFound"].to_numpy()
    scores = test["published_xgb_score"].to_numpy()
    days = test["Inspection_Date"].cast(pl.Date).to_physical().to_numpy().astype(np.int64)
    assert (len(labels), int(labels.sum())) == (1637, 258)
    assert auc(labels, scores) == pytest.approx(0.6790282, abs=5e-5)
    assert days_earlier(labels, scores, days) == pytest.approx(7.790698, abs=0.02)  # their ties
    assert found_in_first_half(labels, scores, days) == pytest.approx(0.6821705, abs=1e-4)
    assert share_before_half(labels, days) == pytest.approx(0.5465, abs=1e-4)


def test_a_bootstrap_interval_repeats_with_its_seed_and_holds_the_mean():
    values = np.random.Generator(np.random.PCG64(1)).normal(5, 1, 400)
    first = bootstrap(lambda i: float(values[i].mean()), 400, 300, seed=9)
    again = bootstrap(lambda i: float(values[i].mean()), 400, 300, seed=9)
    assert first == again
    half = 1.96 * values.std() / 20  # the normal interval of a mean
    assert first.low == pytest.approx(first.value - half, abs=0.03)
    assert first.high == pytest.approx(first.value + half, abs=0.03)


def test_the_calibration_table_of_perfect_probabilities_lies_on_the_diagonal():
    made = np.random.Generator(np.random.PCG64(3))
    chances = made.random(50_000)
    labels = (made.random(50_000) < chances).astype(float)
    table = calibration_table(labels, chances)
    assert [row["rows"] for row in table] == [5000.0] * 10
    assert all(abs(row["expected"] - row["observed"]) < 0.025 for row in table)


def test_groups_show_how_many_were_selected_and_how_many_of_them_confirmed():
    rows = pl.DataFrame({"kind": ["a", "a", "b", None], "label": [1, 0, 1, 0]})
    table = by_group(rows, np.array([0.9, 0.2, 0.8, 0.1]), "kind", capacity=2)
    by_name = {row["group"]: row for row in table}
    assert set(by_name) == {"a", "b", "未知"}
    assert by_name["a"]["selected"] == 0.5
    assert by_name["a"]["confirmed"] == 1.0
    assert by_name["未知"]["confirmed"] == "—"


def test_numbers_are_grouped_by_quarters_and_a_bound_belongs_below():
    rows = pl.DataFrame({"age": [*range(1, 42), None], "label": [0] * 42})
    table = by_group(rows, np.zeros(42), "age", capacity=1)
    assert {row["group"]: row["rows"] for row in table} == {
        "≤ 11": 11,
        "11 – 21": 10,
        "21 – 31": 10,
        "> 31": 10,
        "未知": 1,
    }


def test_a_judgement_names_its_days_and_counts():
    rows = pl.DataFrame({"label": [0, 1] * 50, "as_of": list(range(100))})
    found = judge(rows, np.linspace(0, 1, 100), JudgeSettings(bootstrap=20), seed=1)
    assert (found.rows, found.positives) == (100, 50)
    assert (found.first_on, found.last_on) == (date(1970, 1, 1), date(1970, 4, 10))
    assert found.estimates["base_rate"].value == 0.5
    assert found.estimates["auc"].low <= found.estimates["auc"].value <= 1
