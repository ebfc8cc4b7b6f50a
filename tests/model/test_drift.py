"""Drift: zero when nothing moved, quiet under chance, loud when a column moves or stops coming."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import chi2

from riskwarn.model import drift
from riskwarn.model.drift import (
    describe,
    drift_summary,
    measure_drift,
    night_drift,
    psi,
    psi_by_chance,
    read_reference,
    write_reference,
)
from riskwarn.model.lock import DRIFT_FILE
from riskwarn.records.model import (
    DRIFT_SCORE,
    Calibration,
    Canary,
    DriftBand,
    ModelColumn,
    ModelLock,
    NightDrift,
)

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
    found = measure_drift(lock.columns, *now, describe(lock.columns, *then, DAY))
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
    columns = a_lock().columns
    found = measure_drift(columns, *stopped, describe(columns, *then, DAY))
    assert found[0].name == "share"
    bands = {one.name: one.band for one in found}
    assert bands["suits"] is bands["share"] is bands[DRIFT_SCORE] is DriftBand.ALARM
    assert bands["listed"] is bands["kind=company"] is DriftBand.STABLE
    assert (found[0].unknown_then, found[0].unknown_now) == (0.0, 1.0)
    summary = drift_summary(NightDrift(since=DAY, columns=found))
    assert summary is not None
    assert summary["band"] == "alarm"
    assert summary["bands"] == {"stable": 2, "watch": 0, "alarm": 3}


def a_table(folder: Path, frame: pl.DataFrame, chances: np.ndarray) -> tuple[Path, pl.DataFrame]:
    path = folder / "table.parquet"
    ent = pl.int_range(frame.height, dtype=pl.Int32, eager=True)
    frame.with_columns(ent=ent).write_parquet(path)
    return path, pl.DataFrame({"ent": ent, "probability": chances})


def test_a_night_is_held_to_the_model_s_reference_whichever_night_came_before(tmp_path: Path):
    lock, then, now = a_lock(drift_sha256="c" * 64), a_night(1), a_night(2, more=3)
    reference = describe(lock.columns, *then, DAY)
    write_reference(tmp_path / DRIFT_FILE, reference)
    assert read_reference(tmp_path / DRIFT_FILE) == reference
    quiet = night_drift(tmp_path, lock, *a_table(tmp_path, *a_night(3)))
    moved = night_drift(tmp_path, lock, *a_table(tmp_path, *now))
    again = night_drift(tmp_path, lock, *a_table(tmp_path, *a_night(3)))
    assert (quiet.since, quiet.band, moved.band) == (DAY, DriftBand.STABLE, DriftBand.ALARM)
    assert again == quiet
    assert moved.columns == measure_drift(lock.columns, *now, reference)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [DRIFT_FILE, "table.parquet"]


def test_only_active_enterprises_and_evenly_spaced_ones_are_measured(tmp_path, monkeypatch):
    lock, (frame, chances) = a_lock(drift_sha256="c" * 64), a_night(1, 1000)
    active = np.arange(1000) % 4 != 0
    mixed = frame.with_columns(
        status=pl.Series(np.where(active, "active", "cancelled")).set(
            pl.Series(~active & (np.arange(1000) == 4)), None
        )
    )
    kept = active | (np.arange(1000) == 4)  # an unknown status is not "closed"
    write_reference(
        tmp_path / DRIFT_FILE, describe(lock.columns, frame.filter(kept), chances[kept], DAY)
    )
    found = night_drift(tmp_path, lock, *a_table(tmp_path, mixed, chances))
    assert all(one.psi == 0 for one in found.columns)
    monkeypatch.setattr(drift, "MOST_ROWS", 300)
    thin = describe(lock.columns, frame.filter(kept), chances[kept], DAY)
    assert {sum(spread.counts) for spread in thin.spreads.values()} == {251}
    assert thin.rows == 751
    write_reference(tmp_path / DRIFT_FILE, thin)
    found = night_drift(tmp_path, lock, *a_table(tmp_path, mixed, chances))
    assert all(one.psi == 0 for one in found.columns)


def test_a_model_without_a_reference_says_that_drift_is_unknown(tmp_path: Path):
    found = night_drift(tmp_path, a_lock(), *a_table(tmp_path, *a_night(1)))
    assert (found.since, found.band, found.columns) == (None, None, ())
    assert drift_summary(found) == {"reference_on": None, "band": None}
    assert drift_summary(None) is None


def test_a_column_whose_table_is_gone_tonight_rings_as_unknown(tmp_path: Path):
    lock, (frame, chances) = a_lock(drift_sha256="c" * 64), a_night(1)
    write_reference(tmp_path / DRIFT_FILE, describe(lock.columns, frame, chances, DAY))
    gone = frame.with_columns(suits=pl.lit(None), kind=pl.lit(None, pl.String))
    found = {
        c.name: c for c in night_drift(tmp_path, lock, *a_table(tmp_path, gone, chances)).columns
    }
    assert found["suits"].band is found["kind=company"].band is DriftBand.ALARM
    assert (found["suits"].unknown_then, found["suits"].unknown_now) == (0.0, 1.0)
