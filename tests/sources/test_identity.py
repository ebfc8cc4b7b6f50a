"""Credit codes against another library and the scalar check; persons only as keyed hashes."""

import random

import polars as pl
import pytest
from stdnum.cn import ric, uscc

from riskwarn.records.enterprise import check_character
from riskwarn.sources.identity import (
    convert_locals,
    convert_persons,
    convert_usccs,
    uscc_is_valid,
)
from tests.builders import a_uscc

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
KEY = b"k" * 32


def read(*codes):
    found = convert_usccs(pl.Series(list(codes), dtype=pl.String))
    told = {
        place: item.code
        for item in found.findings
        for place, hit in enumerate(item.rows.to_list())
        if hit
    }
    return found.values.to_list(), told


def test_the_vector_check_agrees_with_the_scalar_one_and_with_another_library():
    rng = random.Random(7)
    codes = []
    for _ in range(2000):
        first = "".join(rng.choice(ALPHABET) for _ in range(17))
        last = check_character(first) if rng.random() < 0.5 else rng.choice(ALPHABET)
        codes.append(first + last)
    found = uscc_is_valid(pl.Series(codes)).to_list()
    assert found == [check_character(code[:17]) == code[17] for code in codes]
    real = [f"91{region}MA{rng.randrange(10**7):07}" for region in ("110101", "330106") * 300]
    whole = [first + rng.choice(ALPHABET) for first in real]
    assert uscc_is_valid(pl.Series(whole)).to_list() == [uscc.is_valid(code) for code in whole]


def test_a_published_code_passes_and_its_neighbour_does_not():
    values, codes = read("91110000600037341L", "91110000600037341M")
    assert values == ["91110000600037341L", None]
    assert codes == {1: "I204"}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("9111000060003734", "I202"),
        ("91110000600037341LL", "I202"),
        ("330106000012345", "I202"),
        ("9111000060003734IO", "I203"),
        ("91110000600037-41L", "I203"),
    ],
)
def test_each_fault_of_a_code_has_its_own_name(wrong, code):
    assert read(wrong) == ([None], {0: code})


def test_full_width_and_lower_case_are_mended_and_noted():
    good = a_uscc(1)
    wide = "".join(chr(ord(char) + 0xFEE0) for char in good)
    values, codes = read(wide, good.lower(), good, None)
    assert values == [good, good, good, None]
    assert codes == {0: "N301", 1: "N301"}


def test_local_ids_are_kept_behind_their_prefix():
    found = convert_locals(pl.Series(["30790", None, "x" * 70]), "CHI-")
    assert found.values.to_list() == ["CHI-30790", None, None]
    assert [item.code for item in found.findings] == ["I202"]


def test_a_person_is_a_hash_under_the_key_and_nothing_of_the_number_is_left():
    number = "11010519491231002X"
    found = convert_persons(pl.Series([number, number, None, "P123"]), KEY)
    first, again, nothing, foreign = found.values.to_list()
    assert first == again
    assert nothing is None
    assert foreign != first
    assert len(first) == 32
    assert "110105" not in first
    other = convert_persons(pl.Series([number]), b"x" * 32).values[0]
    assert other != first
    assert found.findings == ()


def test_an_old_number_of_fifteen_digits_is_the_same_person():
    old = "370725881105149"
    first17 = "37072519881105149"
    whole = first17 + ric.calc_check_digit(first17 + "0")
    found = convert_persons(pl.Series([old, whole]), KEY).values.to_list()
    assert found[0] == found[1]


def test_a_wrong_check_digit_is_noted_and_kept():
    found = convert_persons(pl.Series(["110105194912310021"]), KEY)
    assert found.values[0] is not None
    assert [item.code for item in found.findings] == ["N311"]
