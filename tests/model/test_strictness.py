import numpy as np
import polars as pl
import pytest

from riskwarn.model.strictness import officer_strictness


def test_strictness_is_told_apart_from_the_risk_of_the_places_visited():
    """The mild officer visits the bad places: his finding rate is higher, his ratio lower."""
    made = np.random.Generator(np.random.PCG64(8))
    size = 6000
    strict = made.random(size) < 0.5
    risk = np.where(strict, 0.1, 0.3)
    found = made.random(size) < risk * np.where(strict, 1.5, 0.75)
    rows = pl.DataFrame(
        {"officers": np.where(strict, "strict", "mild"), "label": found.astype(np.int8)}
    )
    mild, stern = officer_strictness(rows, risk, 300, seed=1)
    assert (mild.officer, stern.officer) == ("mild", "strict")
    assert mild.found / mild.inspections > stern.found / stern.inspections
    assert mild.ratio.high < 1 < stern.ratio.low
    assert mild.expected + stern.expected == pytest.approx(found.sum())


def test_a_visit_by_two_counts_for_both_and_few_visits_are_shrunk_to_one():
    rows = pl.DataFrame({"officers": ["a|b", "a", None], "label": [1, 1, 0]})
    first, second = officer_strictness(rows, np.array([0.5, 0.5, 0.5]), 50, seed=1)
    assert (first.inspections, second.inspections) == (2, 1)
    assert 1 < second.ratio.value < 1.1  # found 1, expected 0.67: one visit says little


def test_the_table_repeats_with_its_seed():
    rows = pl.DataFrame({"officers": ["a", "b"] * 50, "label": [0, 1, 1, 0] * 25})
    chances = np.full(100, 0.5)
    assert officer_strictness(rows, chances, 100, 4) == officer_strictness(rows, chances, 100, 4)
