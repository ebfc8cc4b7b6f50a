"""Benches on data of one day: folds, folders, masks, and the three public sets where present."""

import json
import os
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from riskwarn.commands.model import app
from riskwarn.errors import InputRejectedError
from riskwarn.model.arrays import unpack_arrays
from riskwarn.model.evaluate import accuracy, f1
from riskwarn.model.panel import fold_splits, mask_splits, side_split
from riskwarn.model.splits import fold_numbers

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2020, 1, 1)
IDS = [f"x:{n:03d}" for n in range(103)]


def test_folds_cover_every_row_once_and_do_not_depend_on_the_order_of_the_files():
    numbers = fold_numbers(IDS, 5, 1)
    assert sorted(np.bincount(numbers)) == [20, 20, 21, 21, 21]
    turned = fold_numbers(IDS[::-1], 5, 1)[::-1]
    assert (numbers == turned).all()
    assert (numbers != fold_numbers(IDS, 5, 2)).any()
    splits = fold_splits(IDS, 5, 1, DAY)
    assert sum(split.test.astype(int) for split in splits).tolist() == [1] * len(IDS)
    for split in splits:
        parts = split.train.astype(int) + split.calibrate + split.test
        assert (parts == 1).all()


def test_the_judging_folder_is_never_learned_from():
    judged = np.arange(len(IDS)) >= 70
    (split,) = side_split(IDS, judged, 0.2, 1, DAY)
    assert (split.test == judged).all()
    assert not (split.train & judged).any()
    assert not (split.calibrate & (judged | split.train)).any()
    assert split.calibrate.sum() > 5


def test_masks_are_joined_by_id_and_not_by_place():
    mask = pl.DataFrame({"row": [2, 0, 1], "c0": [True, False, False], "c1": [False, True, False]})
    other = mask.with_columns(c0=~pl.col("c0"), c1=~pl.col("c1"))
    masks = {"train": other, "calibrate": other, "test": mask}
    first, second = mask_splits(["p:0", "p:1", "p:2"], masks, "row", "p:", DAY)
    assert first.test.tolist() == [False, False, True]
    assert second.test.tolist() == [True, False, False]
    assert second.train.tolist() == [False, True, True]


def test_accuracy_and_f1_by_hand():
    labels, chances = np.array([1.0, 1, 0, 0, 1]), np.array([0.9, 0.4, 0.5, 0.1, 0.6])
    assert accuracy(labels, chances) == 3 / 5
    assert f1(labels, chances) == pytest.approx(2 * 2 / (3 + 3))
    assert f1(labels, np.zeros(5)) == 0.0


def test_arrays_become_tables_and_objects_are_refused(tmp_path: Path):
    np.savez(tmp_path / "a.npz", wide=np.arange(6).reshape(2, 3), flat=np.array([True, False]))
    flat, wide = unpack_arrays(tmp_path / "a.npz", tmp_path)
    assert pl.read_parquet(flat).to_dict(as_series=False) == {"row": [0, 1], "value": [True, False]}
    assert pl.read_parquet(wide).rows() == [(0, 0, 3), (1, 1, 4), (2, 2, 5)]
    np.savez(tmp_path / "b.npz", bad=np.array([{}], dtype=object))
    with pytest.raises(InputRejectedError, match="I109"):
        unpack_arrays(tmp_path / "b.npz", tmp_path)


def smesd_like(folder: Path, first: int, count: int, seed: int) -> None:
    """The four-file layout with made-up firms: those with many lawsuits fail."""
    rng = np.random.default_rng(seed)
    folder.mkdir()
    ids = np.arange(first, first + count)
    suits = rng.poisson(2, count)
    failed = (rng.random(count) < 1 / (1 + np.exp(3 - 1.5 * suits))).astype(int)
    pl.DataFrame(
        {
            "company": ids,
            "registered_capital": rng.integers(1, 900, count).astype(float),
            "paid_capital": rng.integers(1, 900, count).astype(float),
            "age_months": rng.integers(3, 200, count).astype(float),
            "bankrupt": failed,
        }
    ).write_parquet(folder / "company.parquet")
    owner = np.repeat(ids, suits)
    pl.DataFrame(
        {
            "company": owner,
            "cause": rng.integers(0, 11, owner.size),
            "court": rng.integers(0, 4, owner.size),
            "result": rng.integers(0, 4, owner.size),
        }
    ).write_parquet(folder / "lawsuit.parquet")
    kind = rng.choice([1, 3, 5, 6, 8, 10, 12, 13, 15], 4 * count)
    company, person = rng.choice(ids, 4 * count), rng.integers(4000, 4000 + count, 4 * count)
    between = np.isin(kind, [6, 10, 12, 13, 15])
    pl.DataFrame(
        {
            "src": np.where(between, company, person),
            "dst": np.where(between, rng.choice(ids, 4 * count), company),
            "type": kind,
        }
    ).write_parquet(folder / "edge.parquet")


def run(*words: str, data: Path | None = None) -> tuple[int, str]:
    env = {"RISKWARN_EVAL_DATA": str(data) if data else ""}
    result = CliRunner().invoke(app, ["bench", *words], env=env)
    return result.exit_code, result.output if result.exit_code == 0 else str(result.exception)


def test_any_two_folders_of_the_same_files_go_through_the_line(tmp_path: Path):
    smesd_like(tmp_path / "a", 0, 260, 1)
    smesd_like(tmp_path / "b", 250, 120, 2)
    words = ["--train", str(tmp_path / "a"), "--test", str(tmp_path / "b"), "--json"]
    code, text = run(str(ROOT / "bench/smesd.yaml"), *words)
    assert code == 0, text
    found = json.loads(text)
    assert found["rows"] == 120
    assert found["training"]["dropped_overlap"] == 10
    assert found["training"]["train"] + found["training"]["calibrate"] == 250
    value, low, high = found["estimates"]["auc"]
    assert low <= value <= high
    assert value > 0.6  # lawsuits decide, and the line has seen them
    assert {"average_precision", "accuracy", "f1"} <= set(found["estimates"])


def test_csv_files_unseen_codes_and_a_folder_without_lawsuits_go_through_too(tmp_path: Path):
    smesd_like(tmp_path / "a", 0, 260, 1)
    smesd_like(tmp_path / "b", 5000, 120, 2)
    edges = pl.read_parquet(tmp_path / "b" / "edge.parquet")
    strange = pl.DataFrame({"src": [5000, 99_999], "dst": [5001, 88_888], "type": [19, 6]})
    edges = pl.concat([edges, strange]).with_columns(weight=pl.lit(1.0))  # a column more
    suits = pl.read_parquet(tmp_path / "b" / "lawsuit.parquet").clear()
    firms = pl.read_parquet(tmp_path / "b" / "company.parquet").reverse()
    for name, frame in (("edge", edges), ("lawsuit", suits), ("company", firms)):
        (tmp_path / "b" / f"{name}.parquet").unlink()
        frame.write_csv(tmp_path / "b" / f"{name}.csv")
    words = ["--train", str(tmp_path / "a"), "--test", str(tmp_path / "b"), "--json"]
    code, text = run(str(ROOT / "bench/smesd.yaml"), *words)
    assert code == 0, text
    found = json.loads(text)
    assert found["rows"] == 120
    assert found["without"]["features"] == ["age_days"]
    assert 0 <= found["without"]["estimates"]["auc"][0] <= 1
    firms.drop("registered_capital").write_csv(tmp_path / "b" / "company.csv")
    _, text = run(str(ROOT / "bench/smesd.yaml"), *words)
    assert "registered_capital" in text  # said by name, with the file
    assert "company.csv" in text


def test_absent_data_and_paths_that_do_not_fit_are_said_clearly(tmp_path: Path):
    code, text = run(str(ROOT / "bench/smesd.yaml"))
    assert code != 0
    assert "M118 没有评测数据 smesd" in text
    _, text = run(str(ROOT / "bench/tolokers.yaml"), data=tmp_path)
    assert "M118 没有评测数据文件" in text
    assert "tolokers.npz" in text
    _, text = run(str(ROOT / "bench/tolokers.yaml"), "--test", str(tmp_path))
    assert "M119" in text


EVAL = os.environ.get("RISKWARN_EVAL_DATA", "")


@pytest.mark.slow
@pytest.mark.evaldata
@pytest.mark.skipif(not EVAL, reason="RISKWARN_EVAL_DATA does not say where the public data lie")
@pytest.mark.parametrize("name", ["smesd", "tolokers", "fundraising"])
def test_the_documentation_quotes_the_public_benches(name: str):
    code, text = run(str(ROOT / f"bench/{name}.yaml"), "--json", data=Path(EVAL))
    assert code == 0, text
    said, found = (ROOT / "docs/model.md").read_text("utf-8"), json.loads(text)
    value, low, high = found["estimates"]["auc"]
    assert f"**{value:.3f}** ({low:.3f}–{high:.3f})" in said
    if found["without"]:
        value, low, high = found["without"]["estimates"]["auc"]
        assert f"{value:.3f} ({low:.3f}–{high:.3f})" in said
