"""Chance as it should be: 100,000 draws of a small pool, and cheats that fail the same tests.

Fixed seeds, so the outcome never changes: p > 0.001 is asked of the honest draw, and the one real
system's way (one random start, then round-robin) must fail by far.
"""

import hashlib
import itertools
import random
from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from riskwarn.draw import flow
from riskwarn.draw.canon import ticket_maker
from tests.draw.peers import naive_officers

DRAWS, POOL, SEATS = 100_000, 8, 3


def seeds(count: int, word: bytes = b"uniform"):
    return (hashlib.sha256(word + number.to_bytes(4)).digest() for number in range(count))


@pytest.fixture(scope="module")
def drawn() -> list[tuple[str, ...]]:
    """The smallest tickets of each of 100,000 draws, as ids in order of ticket."""
    ids = [f"9133010600000000{n}X" for n in range(POOL)]
    picks = []
    for seed in seeds(DRAWS):
        ticket = ticket_maker(seed, "sha256", "target", "T1", "A")
        picks.append(tuple(sorted(ids, key=ticket)[:SEATS]))
    return picks


def p_value(counts: Counter, cells: int) -> float:
    values = list(counts.values()) + [0] * (cells - len(counts))
    return float(chisquare(values).pvalue)


def test_every_enterprise_is_drawn_equally_often(drawn):
    counts = Counter(unit for pick in drawn for unit in pick)
    # without replacement within a draw: the statistic is scaled by (N - 1) / (N - n)
    expected = DRAWS * SEATS / POOL
    raw = sum((count - expected) ** 2 / expected for count in counts.values())
    from scipy.stats import chi2

    assert chi2.sf(raw * (POOL - 1) / (POOL - SEATS), POOL - 1) > 0.001


def test_every_set_of_three_and_every_order_is_equally_likely(drawn):
    sets = Counter(frozenset(pick) for pick in drawn)
    assert p_value(sets, 56) > 0.001
    assert p_value(Counter(drawn), 336) > 0.001


def test_every_pair_is_drawn_together_equally_often(drawn):
    first = Counter(frozenset(pick[:2]) for pick in drawn)
    assert p_value(first, 28) > 0.001


def assigned(seed: bytes, checks: int, officers: int) -> np.ndarray:
    cost = []
    for c in range(checks):
        ticket = ticket_maker(seed, "sha256", "officer", f"E{c}", "D1", "")
        cost += [int.from_bytes(ticket(f"P{n}")) >> 212 for n in range(officers)]
    pairs = checks * officers
    used, short, _ = flow.solve(
        np.arange(0, pairs + 1, officers, dtype=np.int64),
        np.tile(np.arange(officers, dtype=np.int32), checks),
        np.array(cost, dtype=np.int64),
        np.ones(officers, dtype=np.bool_),
        np.zeros(officers, dtype=np.int64),
        np.full(officers, 9, dtype=np.int64),
        1 << 44,
        2,
    )
    assert not short.any()
    return used.reshape(checks, officers)


def crew_counts(tables) -> Counter:
    counts: Counter = Counter()
    for table in tables:
        for c, row in enumerate(table):
            counts[c, tuple(np.flatnonzero(row).tolist())] += 1
    return counts


def test_interchangeable_officers_meet_each_enterprise_and_each_other_equally_often():
    checks, officers, draws = 2, 4, 20_000
    tables = [assigned(seed, checks, officers) for seed in seeds(draws, b"officers")]
    per_pair = Counter()
    for table in tables:
        for c, n in itertools.product(range(checks), range(officers)):
            per_pair[c, n] += int(table[c, n])
    for c in range(checks):  # officer–enterprise: each half of the time; binomial, six sigma
        for n in range(officers):
            assert abs(per_pair[c, n] / draws - 0.5) < 6 * (0.25 / draws) ** 0.5
    first = Counter(tuple(np.flatnonzero(table[0]).tolist()) for table in tables)
    assert p_value(first, 6) > 0.001  # officer–officer: all six crews of the first enterprise


def test_one_random_start_and_round_robin_fails_the_same_audit():
    """What the one published system does: neighbours always pair, most crews never occur."""
    rng = random.Random(1)
    crews = Counter(naive_officers(4, 2, rng)[0] for _ in range(20_000))
    as_sets = Counter(frozenset(crew) for crew in crews.elements())
    assert len(as_sets) == 4  # of six possible crews
    assert p_value(as_sets, 6) < 1e-100


def test_a_biased_ticket_would_be_seen(drawn):
    """The test has the power it claims: one enterprise 1 % luckier in 100,000 draws is found."""
    rng = random.Random(2)
    bent = Counter()
    for pick in drawn:
        bent[pick[0]] += 1
    favourite = sorted(bent)[0]
    moved = sum(rng.random() < 0.01 for _ in range(DRAWS - bent[favourite]))
    bent[favourite] += moved
    assert p_value(bent, POOL) < 0.001
