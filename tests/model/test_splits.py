from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskwarn.errors import ConfigError, NothingToDoError
from riskwarn.model.config import CohortSettings, SplitSettings
from riskwarn.model.splits import cohort_days, rolling_folds, split_rows

EPOCH = date(1970, 1, 1)


@given(
    days=st.lists(st.integers(10_000, 12_000), min_size=20, max_size=200),
    window=st.integers(0, 200),
)
def test_no_label_window_of_one_part_reaches_into_the_next(days, window):
    as_of = np.array(days, dtype=np.int32)
    try:
        split = split_rows(as_of, SplitSettings(), window)
    except NothingToDoError:
        return
    calibrate_from = (split.calibrate_from - EPOCH).days
    test_from = (split.test_from - EPOCH).days
    # the window is (as_of, as_of + window]: its last day may be the first day of the next part,
    # whose own window begins on the day after
    assert (as_of[split.train] + window <= calibrate_from).all()
    assert (as_of[split.calibrate] + window <= test_from).all()
    assert as_of[split.train].max() < as_of[split.calibrate].min()
    assert as_of[split.calibrate].max() < as_of[split.test].min()
    assert not (split.train & split.calibrate).any()


def test_steps_of_a_whole_window_lose_nothing_to_the_embargo():
    as_of = np.repeat(np.arange(5, dtype=np.int32) * 180 + 15_000, 10)
    split = split_rows(as_of, SplitSettings(), 180)
    assert (split.train.sum(), split.calibrate.sum(), split.test.sum()) == (30, 10, 10)


def test_written_boundaries_are_kept():
    as_of = np.arange(16_000, 16_400, dtype=np.int32)
    settings = SplitSettings(
        calibrate_from=EPOCH + timedelta(days=16_100),
        test_from=EPOCH + timedelta(days=16_300),
        test_until=EPOCH + timedelta(days=16_350),
        embargo_days=0,
    )
    split = split_rows(as_of, settings, 0)
    assert (split.train.sum(), split.calibrate.sum(), split.test.sum()) == (100, 200, 50)


def test_too_few_days_are_said_not_split():
    with pytest.raises(NothingToDoError, match="M113"):
        split_rows(np.array([1, 1, 2], dtype=np.int32), SplitSettings(), 0)
    with pytest.raises(NothingToDoError, match="训练"):
        split_rows(np.array([100, 150, 200], dtype=np.int32), SplitSettings(), 180)


def test_the_last_cohort_day_lies_a_whole_window_before_training():
    days = cohort_days(CohortSettings(every_days=90, count=3), date(2026, 1, 1), 180)
    assert days[-1] == date(2025, 7, 5)
    assert [(b - a).days for a, b in pairwise(days)] == [90, 90]


def test_a_written_day_whose_window_is_not_over_is_refused():
    with pytest.raises(ConfigError, match="M112"):
        cohort_days(CohortSettings(dates=[date(2025, 12, 1)]), date(2026, 1, 1), 180)


def test_rolling_folds_learn_only_from_earlier_days():
    as_of = np.arange(15_000, 15_200, dtype=np.int32)
    starts = [EPOCH + timedelta(days=15_100), EPOCH + timedelta(days=15_150)]
    for (earlier, later), start in zip(rolling_folds(as_of, starts, 30, 20), starts, strict=True):
        first = (start - EPOCH).days
        assert as_of[earlier].max() + 20 == first == as_of[later].min()
        assert later.sum() == 30
