import random
from dataclasses import replace

import pytest

from riskwarn.errors import VerificationError
from riskwarn.model import predict as predicting
from riskwarn.model.lock import read_lock, verify, write_lock
from riskwarn.model.pin import pin_again
from riskwarn.model.predict import predict
from tests.model.made import REAL, a_model


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return a_model(tmp_path_factory.mktemp("lock"))


@pytest.fixture
def copy(made, tmp_path):
    """A fresh copy of the model's folder, to be spoilt."""
    folder = tmp_path / "model"
    folder.mkdir()
    for path in made.folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_a_lock_reads_back_exactly_what_was_written(made, tmp_path):
    write_lock(tmp_path, made.lock)
    again = read_lock(tmp_path)
    assert replace(again, sha256_of_lock="") == replace(made.lock, sha256_of_lock="")


def test_changed_bytes_are_refused_before_any_loader_sees_them(made, copy, monkeypatch):
    def never(*_args, **_more):
        raise AssertionError("a child was started for a tampered file")

    monkeypatch.setattr(predicting, "run_child", never)
    whole = (made.folder / "model.ubj").read_bytes()
    chance = random.Random(3)
    for _ in range(300):
        spoilt = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            spoilt[chance.randrange(len(spoilt))] ^= chance.randint(1, 255)
        if bytes(spoilt) == whole:
            continue
        (copy / "model.ubj").write_bytes(spoilt)
        with pytest.raises(VerificationError, match="M134"):
            predict(copy, made.table, REAL)
    (copy / "model.ubj").write_bytes(whole[:-1])
    with pytest.raises(VerificationError, match="M134"):
        predict(copy, made.table, REAL)


def test_other_feature_declarations_are_refused(copy):
    (copy / "features.yaml").write_text("riskwarn: '1'\nfeatures: {}\n# changed\n", "utf-8")
    with pytest.raises(VerificationError, match="特征定义"):
        verify(copy)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("model.pkl", "M132"),
        ("../model.ubj", "M132"),
        ("absent.ubj", "M133"),
    ],
)
def test_only_our_own_formats_beside_the_lock_are_looked_at(made, copy, wrong, code):
    write_lock(copy, replace(made.lock, file=wrong))
    with pytest.raises(VerificationError, match=code):
        verify(copy)


def test_a_link_is_no_model_file(made, copy):
    (copy / "model.ubj").unlink()
    (copy / "model.ubj").symlink_to(made.folder / "model.ubj")
    with pytest.raises(VerificationError, match="M133"):
        verify(copy)


def test_a_folder_without_a_lock_or_with_a_broken_one_is_refused(copy):
    text = (copy / "lock.yaml").read_text("utf-8")
    (copy / "lock.yaml").write_text(text.replace("trained_on: real", "trained_on: maybe"), "utf-8")
    with pytest.raises(VerificationError, match=r"lock.yaml:\d+:\d+: M131"):
        verify(copy)
    (copy / "lock.yaml").unlink()
    with pytest.raises(VerificationError, match="M130"):
        verify(copy)


def test_canaries_of_another_width_and_falling_calibrations_are_refused(made, copy):
    canary = replace(made.lock.canary, rows=tuple(row[:-1] for row in made.lock.canary.rows))
    fallen = replace(made.lock.calibration, probabilities=made.lock.calibration.probabilities[::-1])
    write_lock(copy, replace(made.lock, canary=canary, calibration=fallen))
    with pytest.raises(VerificationError) as caught:
        verify(copy)
    assert [problem.code for problem in caught.value.problems] == ["M135", "M135"]


def test_pinning_again_trusts_the_bytes_that_lie_there(made, copy, tmp_path):
    other = a_model(tmp_path / "other", boost={"rounds": 7})
    (copy / "model.ubj").write_bytes((other.folder / "model.ubj").read_bytes())
    with pytest.raises(VerificationError, match="M134"):
        verify(copy)
    lock = pin_again(copy)
    assert lock.sha256 == other.lock.sha256
    assert lock.canary.margins != made.lock.canary.margins
    assert predict(copy, made.table, REAL).height == 500
