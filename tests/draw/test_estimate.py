"""The estimates are unbiased and their 95 % intervals hold about 95 %, with no-repeat caps on."""

import hashlib
import random
from functools import cache
from itertools import combinations

import pytest
from scipy.stats import t as student

from riskwarn.draw.canon import ticket_maker
from riskwarn.draw.estimate import (
    StratumData,
    estimate_stratum,
    estimate_total,
    pool_thin,
    student_t,
)


@cache
def interval(size: int, checked: int, problems: int) -> tuple[float, float]:
    found = estimate_stratum(a_row(size=size, checked=checked, problems=problems))
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


def a_row(stratum="A", size=100, checked=10, problems=2) -> StratumData:
    return StratumData(
        task_no="T1", stratum=stratum, size=size, drawn=checked, checked=checked, problems=problems
    )


def test_a_hand_worked_total():
    # (900 · 1/10 + 100 · 5/10) / 1000 = 0.14
    # var = .9² · (1 − 1/90) · .09/9 + .1² · (1 − .1) · .25/9 = .0080100 + .00025
    rows = [a_row("A", 900, 10, 1), a_row("D", 100, 10, 5)]
    found = estimate_total("T1", rows)
    variance = 0.81 * (1 - 10 / 900) * 0.09 / 9 + 0.01 * 0.9 * 0.25 / 9
    assert found.rate == pytest.approx(0.14)
    parts = [0.81 * (1 - 10 / 900) * 0.09 / 9, 0.01 * 0.9 * 0.25 / 9]
    df = variance**2 / sum(part**2 / 9 for part in parts)
    z, n = student.ppf(0.975, int(df)), 0.14 * 0.86 / variance
    # the ends of a score interval solve (rate - p)² = z² p (1 - p) / n
    for end in (found.low, found.high):
        assert end is not None
        assert (0.14 - end) ** 2 == pytest.approx(z * z * end * (1 - end) / n, rel=0.03)


def test_the_t_quantiles_are_never_below_the_true_ones():
    for df in [*range(1, 200), 1000]:
        true = student.ppf(0.975, df)
        assert true - 0.001 <= student_t(df) <= true * 1.04


def test_a_stratum_without_results_makes_the_total_unknown_not_zero():
    found = estimate_total("T1", [a_row("A"), a_row("D", 50, 0, 0)])
    assert (found.rate, found.low, found.high) == (None, None, None)
    assert "D 类没有结果" in found.note


def test_no_problem_found_is_not_no_problem():
    found = estimate_stratum(a_row(size=1000, checked=50, problems=0))
    assert (found.rate, found.low) == (0.0, 0.0)
    assert found.high is not None
    assert 0.05 < found.high < 0.075  # rule of three, two-sided: about 3.7 / 50
    total = estimate_total("T1", [a_row(size=1000, checked=50, problems=0)])
    assert total.high == found.high


def test_a_full_census_leaves_no_doubt():
    found = estimate_stratum(a_row(size=20, checked=20, problems=3))
    assert (found.low, found.high) == (0.15, 0.15)


def test_the_exact_interval_covers_every_true_rate_of_a_small_stratum():
    """All samples of 5 from 12, for every number of problems: coverage is never under 95 %."""
    for problems in range(13):
        hit = total = 0
        for sample in combinations(range(12), 5):
            seen = sum(unit < problems for unit in sample)
            low, high = interval(12, 5, seen)
            hit += low <= problems / 12 <= high
            total += 1
        assert hit / total >= 0.95


def test_one_check_in_a_stratum_is_pooled_for_the_variance_only():
    rows = pool_thin([a_row("A"), a_row("B", 50, 1, 1), a_row("C", 40, 5, 1)])
    assert [row.stratum for row in rows] == ["AB", "C"]


CLASSES = {"A": (1300, 0.04), "B": (500, 0.10), "C": (160, 0.25), "D": (60, 0.45)}
SEATS = {"A": (60, 60), "B": (50, 50), "C": (40, 40), "D": (20, 20)}


def a_population() -> dict[str, list[tuple[str, bool]]]:
    rng = random.Random(20)
    return {
        name: [(f"{name}{n:05d}", rng.random() < rate) for n in range(size)]
        for name, (size, rate) in CLASSES.items()
    }


def two_batches(people, number: int):
    """Two draws of a year, nobody twice; gives for each class the sample of the second draw."""
    samples = {}
    for name, units in people.items():
        first, second = SEATS[name]
        seeds = [hashlib.sha256(f"{number}/{batch}".encode()).digest() for batch in (1, 2)]
        one = ticket_maker(seeds[0], "sha256", "target", "T1", name)
        two = ticket_maker(seeds[1], "sha256", "target", "T2", name)
        gone = set(sorted((u for u, _ in units), key=one)[:first])
        left = [(unit, bad) for unit, bad in units if unit not in gone]
        samples[name] = sorted(left, key=lambda pair: two(pair[0]))[:second]
    return samples


@pytest.mark.slow
def test_intervals_cover_95_per_cent_over_600_simulated_years_with_no_repeat_on():
    people = a_population()
    size = sum(len(units) for units in people.values())
    truth = sum(bad for units in people.values() for _, bad in units) / size
    runs, hits, means, class_hits = 600, 0, 0.0, dict.fromkeys(people, 0)
    for number in range(runs):
        samples = two_batches(people, number)
        rows = []
        for name, sample in samples.items():
            row = a_row(name, len(people[name]), len(sample), sum(bad for _, bad in sample))
            rows.append(row)
            low, high = interval(row.size, row.checked, row.problems)
            true = sum(bad for _, bad in people[name]) / len(people[name])
            class_hits[name] += low <= true <= high
        found = estimate_total("T2", rows)
        hits += found.low <= truth <= found.high  # type: ignore[operator]
        means += found.rate / runs  # type: ignore[operator]
    assert 0.93 <= hits / runs <= 0.97
    assert means == pytest.approx(truth, abs=0.002)
    for name, count in class_hits.items():  # exact intervals are on the safe side
        assert count / runs >= 0.93, name
