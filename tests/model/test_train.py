import hashlib

import numpy as np
import polars as pl
import pytest

from riskwarn.errors import ConfigError, NothingToDoError
from riskwarn.model.evaluate import auc
from riskwarn.model.splits import split_rows
from riskwarn.model.train import canary_places, margins_of, train
from tests.model.made import a_cohort, settings_of


def fitted(cohort=None, **changes):
    settings = settings_of(**changes)
    cohort = a_cohort() if cohort is None else cohort
    split = split_rows(cohort["as_of"].to_numpy(), settings.split, settings.label.window_days)
    return train(cohort, split, settings, {}), split, cohort


def raw(booster) -> str:
    return hashlib.sha256(booster.save_raw("ubj")).hexdigest()


def test_the_same_rows_and_settings_give_the_same_bytes():
    first, _, cohort = fitted()
    again, _, _ = fitted(cohort)
    assert raw(first.booster) == raw(again.booster)
    np.testing.assert_array_equal(first.probabilities, again.probabilities)


def test_the_model_ranks_later_rows_nearly_as_well_as_the_truth_itself():
    model, split, cohort = fitted()
    later = cohort.filter(split.test)
    truth = (
        0.6 * later["complaints_365d"]
        + 1.2 * later["listed"].cast(pl.Int8)
        + 0.8 * (later["industry"] == "6210").cast(pl.Int8)
    ).to_numpy()
    labels = later["label"].to_numpy().astype(float)
    assert auc(labels, model.probabilities[split.test]) > auc(labels, truth) - 0.03


def test_a_monotone_feature_never_lowers_the_margin():
    model, _, _ = fitted()
    place = [column.name for column in model.columns].index("complaints_365d")
    base = model.matrix[:200].copy()
    before = None
    for value in range(8):
        base[:, place] = value
        margins = margins_of(model.booster, base)
        assert before is None or (margins >= before - 1e-9).all()
        before = margins


def test_labels_of_one_class_are_said_for_each_part():
    cohort = a_cohort().with_columns(pl.lit(0, pl.Int8).alias("label"))
    with pytest.raises(NothingToDoError) as caught:
        fitted(cohort)
    assert [problem.code for problem in caught.value.problems] == ["M114"] * 3
    assert "只按规则运行" in str(caught.value)


def test_a_feature_without_a_value_is_refused_or_dropped_as_the_settings_say():
    cohort = a_cohort().with_columns(pl.lit(None, pl.Float64).alias("days_since_check"))
    with pytest.raises(ConfigError, match="M115 特征 days_since_check"):
        fitted(cohort)
    model, _, _ = fitted(cohort, when_empty="drop")
    assert model.dropped == ("days_since_check",)
    assert "days_since_check" not in [column.name for column in model.columns]


def test_calibration_uses_drawn_rows_when_there_are_enough_and_says_so():
    model, _, _ = fitted(calibration={"on": "random", "min_random": 50})
    assert "随机抽查的" in model.calibrated_on
    model, _, _ = fitted(calibration={"on": "random", "min_random": 2000})
    assert "改用校准期全部" in model.calibrated_on


def test_calibrated_probabilities_mean_what_they_say_on_later_rows():
    model, split, cohort = fitted(cohort=a_cohort(12_000))
    labels = cohort.filter(split.test)["label"].to_numpy().astype(float)
    chances = model.probabilities[split.test]
    assert abs(chances.mean() - labels.mean()) < 0.03
    top = np.argsort(-chances)[: len(chances) // 5]
    assert abs(chances[top].mean() - labels[top].mean()) < 0.06


def test_drawn_rows_weighted_by_their_chance_give_the_rate_of_all_and_not_of_those_chosen():
    """Bad ones (rate 0.6) are drawn twenty times as often as good ones (0.1), one in ten is bad."""
    made = np.random.Generator(np.random.PCG64(6))
    size = 20_000
    bad = made.random(size) < 0.1
    label = made.random(size) < np.where(bad, 0.6, 0.1)
    chance = np.where(bad, 0.6, 0.03)
    drawn = made.random(size) < chance
    population = pl.DataFrame(
        {
            "row": np.arange(size),
            "ent": np.arange(size),
            "as_of": (15_000 + 40 * np.arange(10)).repeat(size // 10).astype(np.int32),
            "blind": made.random(size),  # says nothing: the probability is the rate itself
            "label": label.astype(np.int8),
            "random": drawn,
            "inverse_chance": 1 / chance,
        }
    )
    means = {}
    for weights in ("none", "selection"):
        calibration = {"method": "platt", "on": "random", "min_random": 50, "weights": weights}
        model, _, _ = fitted(
            population.filter(pl.col("random")),
            features=["blind"],
            categories=[],
            monotone={},
            calibration=calibration,
        )
        means[weights] = model.probabilities.mean()
    assert abs(means["selection"] - label.mean()) < 0.04
    assert means["none"] > label.mean() + 0.1


def test_canaries_are_spread_from_the_first_to_the_last_row():
    assert canary_places(3) == [0, 1, 2]
    places = canary_places(1000)
    assert len(set(places)) == 64
    assert (places[0], places[-1]) == (0, 999)
