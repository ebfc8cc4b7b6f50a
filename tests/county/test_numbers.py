"""Codes against python-stdnum, and that nobody can have them."""

import numpy as np
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from riskwarn.county.numbers import enterprise_codes, person_numbers, phone_numbers
from riskwarn.tables.reference import load_regions

INDEX = np.concatenate([np.arange(3000), np.arange(14_000_000, 14_003_000)])


def organisation_check(code: str) -> str:
    """GB 11714, written out: 8 characters weighted 3 7 9 10 5 8 4 2, 11 − sum mod 11."""
    values = [int(c) if c.isdigit() else ord(c) - ord("A") + 10 for c in code[:8]]
    rest = 11 - sum(v * w for v, w in zip(values, [3, 7, 9, 10, 5, 8, 4, 2], strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def test_every_enterprise_code_is_right_in_both_check_characters():
    codes = enterprise_codes(INDEX, (INDEX % 4).astype(np.uint8), "320583").to_list()
    assert all(uscc.is_valid(code) for code in codes)
    assert all(organisation_check(code[8:16]) == code[16] for code in codes)


def test_no_two_enterprises_and_no_two_persons_share_a_number():
    kinds = np.zeros(len(INDEX), np.uint8)
    assert enterprise_codes(INDEX, kinds, "320583").n_unique() == len(INDEX)
    assert person_numbers(INDEX).n_unique() == len(INDEX)


def test_identity_numbers_are_valid_in_form_and_of_a_region_that_is_none():
    numbers = person_numbers(INDEX).to_list()
    assert all(mod_11_2.is_valid(number) for number in numbers)
    assert not any(code.startswith("99") for code in load_regions())
    assert all(number.startswith("99") for number in numbers)


def test_phones_have_eleven_digits_and_no_subscriber():
    phones = phone_numbers(np.array([0, 1, 2, -1])).to_list()
    assert all(len(p) == 11 and p.startswith("12") for p in phones[:3])
    assert phones[3] is None
