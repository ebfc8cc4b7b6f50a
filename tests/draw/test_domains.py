"""Rates of groups that cut across strata, strictness of officers, change at one class mix."""

import random

import numpy as np
import pytest

from riskwarn.draw.burden import burden
from riskwarn.draw.change import compare
from riskwarn.draw.domains import CheckRow, DomainData, estimate_domain
from riskwarn.draw.estimate import StratumData
from riskwarn.draw.strictness import officer_strictness


def test_a_hand_worked_region():
    # weights 10 and 4: people 10·6 + 4·5 = 80, problems 10·1 + 4·2 = 18
    rows = [
        DomainData(size=100, checked=10, inside=6, problems=1),
        DomainData(size=40, checked=10, inside=5, problems=2),
    ]
    found = estimate_domain("T1/330106", rows)
    assert (found.size, found.checked, found.rate) == (80, 11, pytest.approx(18 / 80))


def test_a_region_nobody_was_checked_in_and_a_class_without_results_are_unknown():
    nobody = [DomainData(size=100, checked=10, inside=0, problems=0)]
    lacking = [
        DomainData(size=100, checked=10, inside=4, problems=1),
        DomainData(size=9, checked=0, inside=0, problems=0),
    ]
    assert estimate_domain("r", nobody).rate is None
    assert estimate_domain("r", lacking).rate is None
    assert "不能推断" in estimate_domain("r", lacking).note


def test_the_intervals_of_a_region_hold_about_95_percent_of_2000_draws():
    """Three classes, a third of each in the region, problems four times as frequent in C."""
    rng = np.random.default_rng(4)
    town = {}
    for name, size, rate in (("A", 1200, 0.06), ("B", 600, 0.12), ("C", 300, 0.3)):
        inside = rng.random(size) < 0.35
        town[name] = (inside, inside & (rng.random(size) < rate))
    true = sum(p.sum() for _, p in town.values()) / sum(i.sum() for i, _ in town.values())
    seats = {"A": 120, "B": 90, "C": 75}
    hit = 0
    rates = []
    for _ in range(2000):
        rows = []
        for name, (inside, bad) in town.items():
            sample = rng.permutation(inside.size)[: seats[name]]
            rows.append(
                DomainData(
                    size=inside.size,
                    checked=seats[name],
                    inside=int(inside[sample].sum()),
                    problems=int(bad[sample].sum()),
                )
            )
        found = estimate_domain("r", rows)
        rates.append(found.rate)
        hit += found.low <= true <= found.high
    assert 0.93 <= hit / 2000 <= 0.97
    assert np.mean(rates) == pytest.approx(true, rel=0.02)


def a_row(number, officers, problem, **more):
    given = {"task_no": "T1", "stratum": "B", "region": "330106", "department": "D1", **more}
    return CheckRow(
        draw_id="X", uscc=f"E{number}", officers=tuple(officers), problem=problem, **given
    )


def rounds(strict: float, seed: int):
    rng = random.Random(seed)
    rows = []
    for number in range(240):
        pair = rng.sample([f"P{n}" for n in range(8)], 2)
        chance = strict if "P0" in pair else 0.1
        rows.append(a_row(number, pair, rng.random() < chance))
    return officer_strictness(rows)


def test_a_strict_officer_is_found_and_equal_ones_are_not_accused():
    (first, *_) = rounds(0.45, 1)
    assert first.officer_no == "P0"
    assert first.p_adjusted < 0.001
    assert first.found > first.expected
    accused = sum(any(row.p_adjusted < 0.05 for row in rounds(0.1, seed)) for seed in range(100))
    assert accused <= 10  # Holm promises at most 5 in 100


def test_strictness_is_the_hypergeometric_distribution_s():
    from scipy.stats import hypergeom

    rows = [a_row(n, ["P1"] if n < 4 else ["P2"], n in (0, 1, 7)) for n in range(10)]
    one = officer_strictness(rows)[0]
    law = hypergeom(10, 3, 4)
    assert one.expected == pytest.approx(law.mean())
    assert one.z == pytest.approx((2 - law.mean()) / law.std())


def test_who_is_alone_in_a_cell_is_not_judged():
    (one,) = officer_strictness([a_row(1, ["P1"], True), a_row(2, ["P1"], False)])
    assert (one.z, one.p_adjusted) == (None, None)


def stratum(name, size, checked, problems):
    return StratumData(
        task_no="T", stratum=name, size=size, drawn=checked, checked=checked, problems=problems
    )


def test_a_worse_class_mix_alone_is_no_change():
    before = [stratum("A", 900, 90, 9), stratum("D", 100, 50, 25)]
    after = [stratum("A", 500, 50, 5), stratum("D", 500, 50, 25)]
    found = compare("item", ("one", before), ("two", after))
    assert found.crude == pytest.approx(0.3 - 0.14)
    assert found.change == pytest.approx(0)
    assert found.low < 0 < found.high


def test_a_class_not_checked_in_both_cannot_be_compared():
    before, after = [stratum("A", 900, 90, 9)], [stratum("A", 900, 90, 9), stratum("D", 9, 2, 1)]
    found = compare("item", ("one", before), ("two", after))
    assert (found.change, found.note) == (None, "D 类未在两次中都有结果")


def test_burden_counts_visits_apart_from_checks():
    rows = [{"draw_id": d, "uscc": u} for d, u in [("1", "a"), ("1", "a"), ("2", "a"), ("2", "b")]]
    found = burden(rows, 10)
    assert found["visits"] == {"1": 1, "2": 1}
    assert found["checks"] == {"1": 1, "3": 1}
