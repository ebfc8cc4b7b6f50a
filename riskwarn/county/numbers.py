"""Codes and numbers of made-up enterprises and persons: valid in form, belonging to nobody.

Each is a pure function of an index, so any block of the county can be written alone. Lookup
tables of all three-character groups make it one gather and one join a code.
"""

from functools import cache
from itertools import product

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714
_ID_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))  # GB 11643
_ID_CHECK = "10X98765432"
_BODY = "QQ"  # organisation codes are handed out as digits or MA…; none begins with QQ
_ID_PREFIX = "990101"  # no division of GB/T 2260 begins with 99
_KIND_DIGIT = {0: "2", 1: "1", 2: "1", 3: "3"}  # individual, company, branch, cooperative
PERSONS_MOST = 20_000_000


def _org_value(char: str) -> int:
    return int(char) if char.isdigit() else ord(char) - 55


@cache
def _groups() -> tuple[pl.Series, Ints, Ints, Ints, Ints]:
    """All 31³ groups: text, and their weighted sums at either place of both check characters."""
    texts = ["".join(chars) for chars in product(_USCC, repeat=3)]
    values = np.array(list(product(range(31), repeat=3)), np.int64)
    orgs = np.array([_org_value(char) for char in _USCC], np.int64)[values]
    at_10 = values @ np.array([pow(3, place, 31) for place in (10, 11, 12)])
    at_13 = values @ np.array([pow(3, place, 31) for place in (13, 14, 15)])
    org_2 = orgs @ np.array(_ORG_WEIGHTS[2:5])
    org_5 = orgs @ np.array(_ORG_WEIGHTS[5:8])
    return pl.Series(texts), at_10, at_13, org_2, org_5


def enterprise_codes(index: Ints, kind: npt.NDArray[np.uint8], region: str) -> pl.Series:
    """Give the 统一社会信用代码 of enterprises, right in both check characters.

    Takes:  index, int64 ≥ 0, below 31⁶; kind, 0 individual, 1 company, 2 branch, 3 cooperative.
    Gives:  18-character codes; different for different indexes.
    """
    texts, at_10, at_13, org_2, org_5 = _groups()
    number = (index * 400_030_001) % 31**6  # a unit mod 31⁶: scattered, no two alike
    first, second = number // 29_791, number % 29_791
    heads = [f"9{_KIND_DIGIT[kind]}{region}{_BODY}" for kind in sorted(_KIND_DIGIT)]
    sums = [sum(_USCC.index(c) * pow(3, i, 31) for i, c in enumerate(head)) for head in heads]
    org_head = sum(_org_value(c) * w for c, w in zip(_BODY, _ORG_WEIGHTS, strict=False))
    ninth = (11 - (org_head + org_2[first] + org_5[second]) % 11) % 11  # 10 is written X
    value = np.where(ninth == 10, _USCC.index("X"), ninth)
    total = np.array(sums)[kind] + at_10[first] + at_13[second] + value * pow(3, 16, 31)
    check = (31 - total % 31) % 31
    tails = pl.Series([f"{nine}{last}" for nine in "0123456789X" for last in _USCC])
    return _join(
        pl.Series(heads).gather(kind),
        texts.gather(first),
        texts.gather(second),
        tails.gather(ninth * 31 + check),
    )


@cache
def _birthdays() -> tuple[pl.Series, Ints]:
    days = np.datetime64("1950-01-01") + np.arange(PERSONS_MOST // 1000)
    texts = [str(day).replace("-", "") for day in days]
    digits = np.array([[int(char) for char in text] for text in texts], np.int64)
    return pl.Series(texts), digits @ np.array(_ID_WEIGHTS[6:14])


def person_numbers(index: Ints) -> pl.Series:
    """Give 18-character identity numbers, right in form and check character, of nobody.

    Takes:  index, int64, 0 to 19,999,999.
    """
    texts, day_sums = _birthdays()
    number = (index * 7_654_321) % PERSONS_MOST
    day, serial = number // 1000, number % 1000
    head = sum(int(c) * w for c, w in zip(_ID_PREFIX, _ID_WEIGHTS, strict=False))
    weights = np.array(_ID_WEIGHTS[14:17])
    digits = np.stack([serial // 100, serial // 10 % 10, serial % 10], axis=1)
    check = (head + day_sums[day] + digits @ weights) % 11
    tails = pl.Series([f"{s:03}{c}" for s in range(1000) for c in _ID_CHECK])
    heads = _ID_PREFIX + texts
    return _join(heads.gather(day), tails.gather(serial * 11 + check))


def phone_numbers(index: Ints) -> pl.Series:
    """Give 11-digit numbers that begin with 12, which no subscriber has; null below index 0."""
    numbers = 12_000_000_000 + (index * 618_033_989) % 1_000_000_000
    texts = pl.Series(numbers).cast(pl.String)
    return mask(texts, index >= 0)


def mask(values: pl.Series, valid: npt.NDArray[np.bool_]) -> pl.Series:
    """Give the values with null where `valid` is false."""
    frame = pl.DataFrame({"v": values, "ok": valid})
    return frame.select(pl.when("ok").then("v").alias("v"))["v"]


def _join(*parts: pl.Series) -> pl.Series:
    frame = pl.DataFrame({str(number): part for number, part in enumerate(parts)})
    return frame.select(pl.concat_str(pl.all()).alias("code"))["code"]
