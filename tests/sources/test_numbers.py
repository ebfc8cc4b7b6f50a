"""Money and shares exactly as decimal arithmetic has them; numbers finite."""

import random
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest

from riskwarn.sources.numbers import convert_floats, convert_ints, convert_scaled


def codes(found):
    return {
        place: item.code
        for item in found.findings
        for place, hit in enumerate(item.rows.to_list())
        if hit
    }


def text(*values):
    return pl.Series(list(values), dtype=pl.String)


def fen(*values, scale=2):
    return convert_scaled(text(*values), scale, pl.Int64())


def test_yuan_become_fen_exactly_as_decimal_arithmetic_says():
    rng = random.Random(1)
    amounts = [
        f"{rng.choice(['', '-'])}{rng.randrange(10 ** rng.randrange(1, 15))}"
        f"{rng.choice(['', '.', '.5', f'.{rng.randrange(100):02}', f'.{rng.randrange(10**6):06}'])}"
        for _ in range(3000)
    ]
    for scale in (0, 2, 4, 6):
        wanted = [
            int((Decimal(a) * 10**scale).quantize(Decimal(1), ROUND_HALF_UP)) for a in amounts
        ]
        pairs = [(a, w) for a, w in zip(amounts, wanted, strict=True) if abs(w) < 9 * 10**17]
        found = fen(*(a for a, _ in pairs), scale=scale)
        assert found.values.to_list() == [w for _, w in pairs]


def test_no_binary_fraction_touches_the_fen():
    assert fen("0.29", "1.15", "1234567890123.45").values.to_list() == [29, 115, 123456789012345]


def test_the_ways_people_write_money():
    found = fen("1,234.50", "￥12", "¥ 3.1", "５００", "12元", "+7", "-0.01")
    assert found.values.to_list() == [123450, 1200, 310, 50000, 1200, 700, -1]
    assert codes(found) == {}


def test_ten_thousand_yuan_are_a_million_fen():
    assert fen("100.5", scale=6).values.to_list() == [100_500_000]


def test_less_than_a_fen_is_rounded_and_noted():
    found = fen("0.005", "0.0049", "-0.005", "1.10000")
    assert found.values.to_list() == [1, 0, -1, 110]
    assert codes(found) == {0: "N308", 1: "N308", 2: "N308"}


@pytest.mark.parametrize("wrong", ["abc", "12 000 x", "1.2.3", "--5", "1e5", "十二"])
def test_what_is_no_amount_is_refused(wrong):
    found = fen(wrong)
    assert found.values.to_list() == [None]
    assert codes(found) == {0: "I207"}


@pytest.mark.parametrize(
    "huge", ["99999999999999999", "9" * 30, "9" * 30 + ".5", "92233720368547758.08"]
)
def test_an_amount_that_would_overflow_is_refused_not_wrapped(huge):
    found = fen(huge)
    assert found.values.to_list() == [None]
    assert codes(found) == {0: "I208"}


def test_shares_stay_in_their_range():
    found = convert_scaled(text("33.33", "33.33%", "130", "0.005", "99999999"), 2, pl.Int32())
    assert found.values.to_list() == [3333, 3333, 13000, 1, None]
    assert codes(found) == {3: "N308", 4: "I208"}


def test_whole_numbers():
    found = convert_ints(text("12", "2017.0", "1,200", "12.5", "x", "9" * 25, None, "无"))
    assert found.values.to_list() == [12, 2017, 1200, None, None, None, None, None]
    assert codes(found) == {3: "I207", 4: "I207", 5: "I208", 7: "N310"}


def test_numbers_are_finite():
    found = convert_floats(text("0.25", "1e3", "NaN", "inf", "-Infinity", "1e400", "x"))
    assert found.values.to_list() == [0.25, 1000.0, None, None, None, None, None]
    told = codes(found)
    assert set(told) == {2, 3, 4, 5, 6}
    assert told[5] == "I208"
    assert told[6] == "I207"


@pytest.mark.parametrize("scale", [0, 2, 6])
def test_the_least_number_of_64_bits_is_too_big_and_stops_nothing(scale):
    least = str(-(2**63))
    for dtype in (pl.Int64(), pl.Int32()):
        found = convert_scaled(text(least, "12"), scale, dtype)
        assert found.values.to_list() == [None, 12 * 10**scale]
        assert codes(found) == {0: "I208"}
