"""Drift: zero when nothing moved, quiet under chance, loud when a column moves or stops coming."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import chi2

from riskwarn.model.drift import (
    SCORE,
    describe,
    drift_summary,
    measure_drift,
    night_drift,
    psi,
    psi_by_chance,
)
from riskwarn.records.model import Calibration, Canary, DriftBand, ModelColumn, ModelLock

DAY = date(2026, 1, 1)


def a_lock(**changes: Any) -> ModelLock:
    columns = (
        ModelColumn(source="suits", kind="number", title="案件"),
        ModelColumn(source="share", kind="number", title="比例"),
        ModelColumn(source="listed", kind="flag", title="列异"),
        ModelColumn(source="kind", kind="level", level="company", title="类型"),
    )
    given: dict[str, Any] = {
        "name": "m", "file": "model.ubj", "sha256": "a" * 64, "task": "t", "trained_on": "real",
        "training_data_sha256": "b" * 64, "training_rows": 10, "fitted_until": DAY,
        "xgboost": "3", "features_sha256": "", "columns": columns,
        "calibration": Calibration(method="platt", slope=1.0, intercept=0.0),
        "canary": Canary(rows=(), margins=()),
    }  # fmt: skip
    return ModelLock(**{**given, **changes})


def a_night(seed: int, rows: int = 4000, more: int = 0) -> tuple[pl.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            "suits": pl.Series(rng.poisson(1.5 + more, rows), dtype=pl.Int32),
            "share": rng.normal(0.0, 1.0, rows),
            "listed": rng.random(rows) < 0.1,
            "kind": np.where(rng.random(rows) < 0.6, "company", "individual"),
        }
    )
    return frame, rng.random(rows)


def by_name(lock: ModelLock, then: tuple, now: tuple) -> dict:
    found = measure_drift(lock, *now, describe(lock, *then, DAY))
    return {one.name: one for one in found}


def test_psi_equals_the_sum_written_out_and_is_zero_for_the_same_night():
    then, now = [30, 50, 20], [10, 60, 30]
    p, q = (np.array(c) + 0.5 for c in (then, now))
    p, q = p / p.sum(), q / q.sum()
    assert psi(then, now) == pytest.approx(float(((q - p) * np.log(q / p)).sum()))
    night = a_night(1)
    assert all(one.psi == 0 for one in by_name(a_lock(), night, night).values())


@pytest.mark.parametrize("bins", [2, 3, 6, 11])
def test_the_bound_of_chance_is_the_quantile_of_chi_squared(bins: int):
    exact = chi2.ppf(0.999, bins - 1) * (1 / 300 + 1 / 500)
    assert psi_by_chance(bins, 300, 500) == pytest.approx(exact, rel=0.04)  # Wilson–Hilferty


def test_small_nights_that_differ_by_chance_alone_ring_no_alarm():
    rung = 0
    for seed in range(60):
        found = by_name(a_lock(), a_night(seed, 60), a_night(seed + 1000, 60))
        rung += sum(one.band is not DriftBand.STABLE for one in found.values())
    assert rung <= 3  # of 300; PSI ≥ 0.1 alone would ring far more often
    loud = [
        one.psi >= 0.1
        for seed in range(60)
        for one in by_name(a_lock(), a_night(seed, 60), a_night(seed + 1000, 60)).values()
    ]
    assert sum(loud) > 60


def test_a_moved_column_and_one_that_stopped_coming_are_named_first():
    then, now = a_night(1), a_night(2, more=3)
    stopped = now[0].with_columns(share=pl.lit(None, pl.Float64)), now[1] ** 2
    found = measure_drift(a_lock(), *stopped, describe(a_lock(), *then, DAY))
    assert found[0].name == "share"
    bands = {one.name: one.band for one in found}
    assert bands["suits"] is bands["share"] is bands[SCORE] is DriftBand.ALARM
    assert bands["listed"] is bands["kind=company"] is DriftBand.STABLE
    assert (found[0].unknown_then, found[0].unknown_now) == (0.0, 1.0)
    summary = drift_summary(found)
    assert summary["bands"] == {"stable": 2, "watch": 0, "alarm": 3}


def test_the_first_night_is_remembered_and_later_ones_are_held_to_it(tmp_path: Path):
    lock, then, now = a_lock(), a_night(1), a_night(2, more=3)
    assert night_drift(tmp_path, lock, *then, DAY) == ()
    (kept,) = tmp_path.iterdir()
    before = kept.read_bytes()
    found = night_drift(tmp_path, lock, *now, DAY + timedelta(days=1))
    assert found == measure_drift(lock, *now, describe(lock, *then, DAY))
    assert night_drift(tmp_path, lock, *now, DAY) == ()  # the same night again, or an earlier one
    assert night_drift(tmp_path, a_lock(sha256="c" * 64), *now, DAY) == ()  # a new model begins
    assert kept.read_bytes() == before
    with pytest.raises(ValueError, match="another model"):
        measure_drift(a_lock(sha256="c" * 64), *now, describe(lock, *then, DAY))
