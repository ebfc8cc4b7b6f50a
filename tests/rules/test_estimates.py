"""Intervals against published values, scipy and repeated draws."""

import random

import pytest

from riskwarn.rules.estimates import counted_share, nothing, weighted_share


def test_an_exact_interval_is_that_of_clopper_and_pearson():
    # 4 of 20: 0.0573–0.4366, the worked example of Clopper and Pearson 1934 as in Brown et al. 2001
    share = counted_share(4, 20)
    assert share.share == 0.2
    assert share.low == pytest.approx(0.0573, abs=5e-5)
    assert share.high == pytest.approx(0.4366, abs=5e-5)


def test_none_and_all_still_have_an_interval():
    assert counted_share(0, 10).high == pytest.approx(1 - 0.025 ** (1 / 10))
    assert counted_share(0, 10).low == 0
    assert counted_share(10, 10).low == pytest.approx(0.025 ** (1 / 10))


def test_no_observation_says_nothing():
    assert counted_share(0, 0).share is None
    assert weighted_share([], []).share is None
    assert nothing("缘由").why == "缘由"


def test_equal_weights_give_the_plain_share_and_about_wilsons_interval():
    part = [True] * 30 + [False] * 70
    share = weighted_share([7.0] * 100, part)
    assert share.share == pytest.approx(0.3)
    # Wilson for 30 of 100: 0.2189–0.3958 (Newcombe 1998); n − 1 makes it a hair wider
    assert share.low == pytest.approx(0.2189, abs=2e-3)
    assert share.high == pytest.approx(0.3958, abs=2e-3)


def test_a_weighted_share_holds_nineteen_times_of_twenty_where_the_plain_one_fails():
    """Enterprises at risk are drawn ten times as often: weighting mends the count."""
    dice = random.Random(7)
    held = plain = 0
    people = [(i % 10 == 0, (i % 10 == 0 and i % 20 == 0) or i % 33 == 0) for i in range(20_000)]
    truth = sum(problem for _, problem in people) / len(people)
    runs = 200
    for _ in range(runs):
        drawn = [
            (1 / chance, problem)
            for risky, problem in people
            if dice.random() < (chance := 0.2 if risky else 0.02)
        ]
        share = weighted_share([w for w, _ in drawn], [p for _, p in drawn])
        held += share.low <= truth <= share.high
        counted = counted_share(sum(p for _, p in drawn), len(drawn))
        plain += counted.low <= truth <= counted.high
    assert held >= 0.9 * runs
    assert plain < 0.1 * runs


def test_fewer_effective_draws_make_a_wider_interval():
    part = [True, False] * 50
    even = weighted_share([1.0] * 100, part)
    uneven = weighted_share([1.0] * 98 + [500.0, 500.0], part)
    assert uneven.high - uneven.low > 2 * (even.high - even.low)
    all_yes = weighted_share([1.0] * 98 + [500.0, 500.0], [True] * 100)
    assert all_yes.high == 1.0
    assert all_yes.low < weighted_share([1.0] * 100, [True] * 100).low
