"""Settings of a panel's trees are chosen inside the rows that are learned from."""

import hashlib
from datetime import date

import numpy as np
import polars as pl
import pytest
import xgboost

from riskwarn.errors import NothingToDoError
from riskwarn.model.panel import judge_splits
from riskwarn.model.splits import Split, fold_numbers
from riskwarn.model.tune import tune_dealt
from tests.model.made import settings_of

DAY = date(2020, 1, 1)
TRIES = {"boost": [{"rounds": 2}, {"reg_alpha": 4.0, "max_depth": 2}], "folds": 4, "by": "auc"}


def settings(**changes: object):
    plain = {"features": ["steep", "noise"], "categories": [], "monotone": {}, "tune": TRIES}
    plain |= {"calibration": {"method": "platt", "refit": True}, "judge": {"bootstrap": 5}}
    return settings_of(**(plain | changes))


def a_panel(rows: int = 600) -> pl.DataFrame:
    made = np.random.Generator(np.random.PCG64(11))
    steep, noise = made.normal(size=rows), made.normal(size=rows)
    noise[made.random(rows) < 0.3] = np.nan
    label = made.random(rows) < 1 / (1 + np.exp(1.5 - 1.2 * steep))
    return pl.DataFrame(
        {
            "row": np.arange(rows, dtype=np.int32),
            "uscc": [f"p:{n}" for n in range(rows)],
            "as_of": np.zeros(rows, dtype=np.int32),
            "steep": steep,
            "noise": noise,
            "label": label.astype(np.int8),
            "inverse_chance": np.ones(rows),
            "random": np.zeros(rows, dtype=bool),
        }
    )


def by_hand(panel: pl.DataFrame, changes: dict[str, object]) -> float:
    """Deal, fit and count pairs again, in plain loops and with xgboost's own DMatrix of rows."""
    key = (1 + 1_000_000_007).to_bytes(8, "big")
    ticket = {
        one: hashlib.blake2b(one.encode(), key=key, digest_size=16).digest()
        for one in panel["uscc"].to_list()
    }
    place = {one: n % 4 for n, one in enumerate(sorted(ticket, key=lambda one: ticket[one]))}
    fold = np.array([place[one] for one in panel["uscc"].to_list()])
    x = panel.select("steep", "noise").to_numpy().astype(np.float32)
    y = panel["label"].to_numpy().astype(float)
    boost = settings().boost.model_dump() | changes
    rounds = boost.pop("rounds")
    boost |= {"objective": "binary:logistic", "tree_method": "hist"}
    found = []
    for k in range(4):
        data = xgboost.QuantileDMatrix(
            x[fold != k], y[fold != k], max_bin=boost["max_bin"], nthread=1
        )
        heard = xgboost.train(boost, data, rounds).predict(xgboost.DMatrix(x[fold == k]))
        good, bad = heard[y[fold == k] == 1], heard[y[fold == k] == 0]
        pairs = [(g > b) + 0.5 * (g == b) for g in good for b in bad]
        found.append(np.mean(pairs))
    return float(np.mean(found))


def test_each_candidate_is_told_with_the_figure_that_plain_loops_give_and_the_best_is_taken():
    panel = a_panel(300)
    tuned = tune_dealt(panel, settings(), {})
    assert [note.split("，")[0] for note in tuned.told] == [
        "调参：原设置",
        "调参：rounds=2",
        "调参：max_depth=2、reg_alpha=4.0",
    ]
    told = [float(note.rsplit(" ", 1)[1]) for note in tuned.told]
    expected = [by_hand(panel, changes) for changes in ({}, *TRIES["boost"])]
    np.testing.assert_allclose(told, expected, atol=6e-5)
    best = int(np.argmax(expected))
    taken = tuned.settings.boost
    assert (taken.rounds, taken.max_depth, taken.reg_alpha) == [
        (30, 4, 0.0),
        (2, 4, 0.0),
        (30, 2, 4.0),
    ][best]


def test_the_order_of_the_rows_does_not_change_what_is_dealt():
    panel = a_panel(300)
    numbers = fold_numbers(panel["uscc"].to_list(), 4, 9)
    mixed = panel.sample(fraction=1.0, shuffle=True, seed=3)
    again = dict(zip(mixed["uscc"], fold_numbers(mixed["uscc"].to_list(), 4, 9), strict=True))
    assert [again[one] for one in panel["uscc"]] == numbers.tolist()


def test_outcomes_of_the_judged_rows_have_no_part_in_the_choice():
    panel = a_panel()
    fold = fold_numbers(panel["uscc"].to_list(), 3, 1)
    split = Split(fold == 0, fold == 1, fold == 2, DAY, DAY, 0)
    flipped = panel.with_columns(
        label=pl.when(pl.Series(split.test)).then(1 - pl.col("label")).otherwise("label")
    )
    _, first, told = judge_splits(panel, [split], settings(), {})
    _, second, told_again = judge_splits(flipped, [split], settings(), {})
    assert told == told_again
    assert len(told[0]) == 3
    assert first[0]["auc"] == pytest.approx(1 - second[0]["auc"], abs=1e-12)  # the same ranking


def test_without_candidates_nothing_is_tried_and_one_class_cannot_be_tuned():
    panel = a_panel(60)
    plain = settings(tune=None)
    assert tune_dealt(panel, plain, {}).settings is plain
    with pytest.raises(NothingToDoError, match="M105"):
        tune_dealt(panel.with_columns(label=pl.lit(0, pl.Int8)), settings(), {})


def test_a_penalty_on_leaves_pulls_small_groups_to_the_mean():
    from riskwarn.model.train import fit_trees, margins_of
    from riskwarn.records.model import ModelColumn

    rare = np.zeros(400, dtype=np.float32)
    rare[:12] = 1
    labels = np.zeros(400)
    labels[12:48] = 1
    labels[:4] = 1
    columns = [ModelColumn(source="rare", kind="number", title="", unit="")]
    every = np.ones(400, dtype=bool)
    gaps = []
    for alpha in (0.0, 3.0):
        boost = {"rounds": 200, "eta": 0.2, "min_child_weight": 0.1, "reg_alpha": alpha}
        made = settings(boost=boost, tune=None)
        trees = fit_trees(rare[:, None], labels, np.ones(400), every, columns, made)
        margins = margins_of(trees, rare[:, None])
        gaps.append(margins[0] - margins[-1])
    assert gaps[0] > 2 * gaps[1] >= 0
