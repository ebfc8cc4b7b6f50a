"""Champion and challenger on the same rows: the gain is paired, and old rows are left out."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from riskwarn.errors import NothingToDoError
from riskwarn.model.compare import compare, later_rows
from tests.model.test_drift import a_lock

EPOCH = date(1970, 1, 1)


def a_cohort(rows: int = 400) -> tuple[pl.DataFrame, np.ndarray]:
    rng = np.random.default_rng(3)
    hidden = rng.normal(size=rows)
    label = (rng.random(rows) < 1 / (1 + np.exp(1 - hidden))).astype(np.int8)
    days = (date(2026, 1, 1) - EPOCH).days + np.arange(rows) % 10
    return pl.DataFrame({"label": label, "as_of": days.astype(np.int32)}), hidden


def test_a_model_gains_nothing_on_itself_and_loses_by_noise():
    rows, hidden = a_cohort()
    good = 1 / (1 + np.exp(1 - hidden))
    noise = np.random.default_rng(4).random(len(good))
    same = compare(rows, ("a", "a"), (good, good), 0.1, 100, 1)
    assert all((e.value, e.low, e.high) == (0, 0, 0) for e in same.gain.values())
    assert same.same_leads == 1.0
    worse = compare(rows, ("a", "b"), (good, noise), 0.1, 100, 1)
    assert worse.gain["auc"].high < 0
    for name, gain in worse.gain.items():
        alone = worse.of_challenger[name].value - worse.of_champion[name].value
        assert gain.value == pytest.approx(alone)


def test_the_interval_of_the_difference_is_narrower_than_that_of_two_separate_samples():
    rows, hidden = a_cohort()
    near = hidden + np.random.default_rng(5).normal(0, 0.2, len(hidden))
    done = compare(rows, ("a", "b"), (hidden, near), 0.1, 200, 1)
    width = done.gain["auc"].high - done.gain["auc"].low
    alone = done.of_champion["auc"].high - done.of_champion["auc"].low
    assert width < alone / 2


def test_only_rows_later_than_both_models_have_learned_are_judged():
    rows, _ = a_cohort()
    locks = (a_lock(fitted_until=date(2025, 12, 1)), a_lock(fitted_until=date(2026, 1, 6)))
    kept = later_rows(rows, locks)
    assert kept["as_of"].min() == (date(2026, 1, 6) - EPOCH).days
    with pytest.raises(NothingToDoError, match="M151"):
        later_rows(rows, (locks[0], a_lock(fitted_until=date(2026, 3, 1))))
