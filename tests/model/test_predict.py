from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from riskwarn.errors import VerificationError
from riskwarn.model.calibrate import to_probability
from riskwarn.model.lock import write_lock
from riskwarn.model.matrix import to_matrix
from riskwarn.model.predict import Limits, admit, predict, speak
from riskwarn.model.train import margins_of
from riskwarn.workspace import Settings
from tests.model.made import GENERATED, REAL, a_model


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return a_model(tmp_path_factory.mktemp("predict"))


def test_the_child_gives_what_the_trainer_gave(made):
    found = predict(made.folder, made.table, REAL)
    matrix = to_matrix(pl.read_parquet(made.table), made.trained.columns)
    margins = margins_of(made.trained.booster, matrix)
    expected = to_probability(made.trained.calibration, margins)
    np.testing.assert_array_equal(found["probability"].to_numpy(), expected)
    assert found.schema == {"ent": pl.Int32, "probability": pl.Float64}


def test_one_and_two_threads_give_the_same_bytes(made):
    one = predict(made.folder, made.table, REAL, Limits(nthread=1))
    two = predict(made.folder, made.table, REAL, Limits(nthread=2))
    assert one.equals(two)


def test_a_table_of_several_chunks_is_scored_whole(made, tmp_path):
    few = pl.read_parquet(made.table)
    many = pl.concat([few] * 140).with_columns(pl.int_range(70_000, dtype=pl.Int32).alias("ent"))
    many.write_parquet(tmp_path / "many.parquet")
    found = predict(made.folder, tmp_path / "many.parquet", REAL)
    once = predict(made.folder, made.table, REAL)["probability"].to_list()
    assert found["probability"].to_list() == once * 140


def test_an_empty_table_gives_an_empty_answer(made, tmp_path):
    pl.read_parquet(made.table).head(0).write_parquet(tmp_path / "none.parquet")
    assert predict(made.folder, tmp_path / "none.parquet", REAL).height == 0


def test_who_is_unknown_in_everything_gets_no_probability(made, tmp_path):
    table = pl.read_parquet(made.table)
    features = [c for c in table.columns if c != "ent"]
    blank = table.with_columns(
        pl.when(pl.col("ent") == 3).then(None).otherwise(pl.col(c)).alias(c) for c in features
    )
    blank = blank.with_columns(pl.lit(None, pl.Boolean).alias("listed"))
    blank.write_parquet(tmp_path / "blank.parquet")
    spoken = speak(made.folder, tmp_path / "blank.parquet", REAL)
    assert spoken.probabilities is not None
    assert spoken.probabilities.filter(pl.col("probability").is_null())["ent"].to_list() == [3]
    assert [note.code for note in spoken.notes] == ["M150", "M151"]
    assert "listed" in spoken.notes[0].message


def test_infinities_are_read_as_unknown_and_said(made, tmp_path):
    table = pl.read_parquet(made.table)
    first = pl.col("ent") == 0
    odd = {"odd": float("inf"), "unknown": None}
    for name, value in odd.items():
        changed = pl.when(first).then(pl.lit(value, pl.Float64)).otherwise("days_since_check")
        table.with_columns(changed.alias("days_since_check")).write_parquet(tmp_path / name)
    spoken = {name: speak(made.folder, tmp_path / name, REAL) for name in odd}
    assert spoken["odd"].probabilities.equals(spoken["unknown"].probabilities)
    assert [note.code for note in spoken["odd"].notes] == ["M152"]
    assert "1 个" in spoken["odd"].notes[0].message


def test_a_table_with_other_features_is_refused_with_every_fault(made, tmp_path):
    table = pl.read_parquet(made.table).drop("listed").rename({"industry": "trade"})
    table.write_parquet(tmp_path / "other.parquet")
    with pytest.raises(VerificationError) as caught:
        predict(made.folder, tmp_path / "other.parquet", REAL)
    assert {problem.code for problem in caught.value.problems} == {"M120"}
    assert len(caught.value.problems) == 2


def test_a_model_of_generated_data_does_not_speak_on_real_data_unasked(tmp_path):
    made = a_model(tmp_path, trained_on="generated")
    with pytest.raises(VerificationError, match="M137"):
        predict(made.folder, made.table, REAL)
    spoken = speak(made.folder, made.table, REAL)
    assert spoken.probabilities is None
    assert spoken.refusal is not None
    assert spoken.refusal.problems[0].code == "M137"
    assert predict(made.folder, made.table, GENERATED).height == 500
    asked = Settings.model_validate({"model": {"allow_generated": True}})
    assert predict(made.folder, made.table, asked).height == 500


def test_a_model_may_speak_of_later_days_only(made):
    until = made.lock.fitted_until
    assert speak(made.folder, made.table, REAL, until + timedelta(days=1)).refusal is None
    refused = speak(made.folder, made.table, REAL, until).refusal
    assert refused is not None
    assert refused.problems[0].code == "M143"


def test_a_refused_model_stops_the_night_where_the_settings_say_stop(made, tmp_path):
    stop = Settings.model_validate({"model": {"when_refused": "stop"}})
    with pytest.raises(VerificationError, match="M130"):
        speak(tmp_path, made.table, stop)


def lock_of(made, folder, **changes):
    folder.mkdir(exist_ok=True)
    for name in ("model.ubj", "features.yaml", "drift.yaml"):
        (folder / name).write_bytes((made.folder / name).read_bytes())
    write_lock(folder, replace(made.lock, **changes))
    return folder


def test_a_canary_that_scores_otherwise_is_refused(made, tmp_path):
    margins = (made.lock.canary.margins[0] + 1e-3, *made.lock.canary.margins[1:])
    folder = lock_of(made, tmp_path / "m", canary=replace(made.lock.canary, margins=margins))
    with pytest.raises(VerificationError, match="M139"):
        predict(folder, made.table, REAL)


def test_a_model_of_another_major_version_is_refused(made, tmp_path):
    folder = lock_of(made, tmp_path / "m", xgboost="1.7.6")
    with pytest.raises(VerificationError, match=r"M136.*1\.7\.6"):
        admit(folder, REAL)


def test_a_child_that_needs_more_than_its_limits_is_stopped_and_said(made):
    with pytest.raises(VerificationError, match=r"M14[12]"):
        predict(made.folder, made.table, REAL, Limits(memory_bytes=200 * 2**20))


def test_a_pinned_file_that_is_no_model_kills_the_child_and_not_us(made, tmp_path):
    import hashlib

    rubbish = b'{"learner": ' + b"[" * 100_000
    folder = lock_of(made, tmp_path / "m", sha256=hashlib.sha256(rubbish).hexdigest())
    (folder / "model.ubj").write_bytes(rubbish)
    with pytest.raises(VerificationError, match=r"M14[12]"):
        predict(folder, made.table, REAL)
