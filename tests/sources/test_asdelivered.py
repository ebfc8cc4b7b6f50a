"""A typed Parquet column is read as its text would be, and hashed numbers as hmac would hash."""

import hashlib
import hmac
from datetime import date

import polars as pl
import pytest

from riskwarn.sources.asdelivered import as_delivered, as_text
from riskwarn.sources.convert import Identity, convert, is_tidy, tidy
from riskwarn.sources.identity import convert_persons
from riskwarn.tables.catalogue import load_catalogue

IDENTITY = Identity(prefix=None, person_key=b"k" * 32)
DAYS = [date(1999, 1, 31), None, date(2024, 2, 29)]
COLUMNS = [
    ("penalty", "decided_on", pl.Series(DAYS)),
    ("penalty", "decided_on", pl.Series([date(9999, 12, 31), date(2024, 1, 1)])),
    ("penalty", "decided_on", pl.Series([date(1066, 10, 14), date(2024, 1, 1)])),
    ("penalty", "fine_fen", pl.Series([0, None, -7, 123_456_789])),
    ("penalty", "fine_fen", pl.Series([2**62, 5])),
    ("penalty", "fine_fen", pl.Series([None, None], dtype=pl.Int16)),
    ("shareholding", "ratio_bp", pl.Series([100, 33, 0], dtype=pl.UInt8)),
    ("shareholding", "ratio_bp", pl.Series([2**31, 1])),
    ("annual_report", "year", pl.Series([2023, None, 2024])),
    ("indicator", "value", pl.Series([1.5, -0.0, 2017.0, 0.1 + 0.2, None])),
    ("indicator", "value", pl.Series([1.5, float("nan")])),
    ("indicator", "value", pl.Series([1.5, float("inf")])),
]


@pytest.mark.parametrize(("table", "column", "raw"), COLUMNS)
def test_a_typed_column_gives_what_its_text_gives_or_leaves_it_to_the_text(
    table: str, column: str, raw: pl.Series
) -> None:
    catalogue = load_catalogue()
    wanted = catalogue.table(table).columns[column]
    by_text = convert(tidy(as_text(raw)), wanted, None, catalogue, IDENTITY)
    direct = as_delivered(raw, wanted, None)
    if direct is None:
        odd = by_text.findings or by_text.values.null_count() > raw.null_count()
        assert odd or by_text.values.max() == date(9999, 12, 31)
        return
    assert not by_text.findings
    assert direct.values.equals(by_text.values)
    assert direct.values.dtype == by_text.values.dtype


def test_a_column_is_tidy_only_when_stripping_changes_nothing() -> None:
    words = [
        "a",
        " a",
        "a\t",
        "\u3000甲",
        "甲\ufeff",
        "a b",
        "甲 乙",
        "a\x0bb",
        "\u200b",
        "x\n",
        "–",
    ]
    for word in words:
        raw = pl.Series([word, "plain"])
        assert is_tidy(raw) <= tidy(raw).equals(tidy(raw, clean=True)), repr(word)
    assert is_tidy(pl.Series(["a b", "甲 乙"]))
    assert not is_tidy(pl.Series([" a"] * 3))


def test_person_hashes_are_those_of_the_standard_library() -> None:
    key = bytes(range(32))
    raw = pl.Series(["11010519491231002X", "110105491231002", "E12345678", "护照 1", None])
    long = ["11010519491231002X", "11010519491231002X", "E12345678", "护照1"]
    told = [hmac.digest(key, text.encode(), hashlib.sha256).hex()[:32] for text in long]
    assert convert_persons(raw, key).values.to_list() == [*told, None]


def test_a_citizens_number_with_a_wrong_last_character_is_noted() -> None:
    raw = pl.Series(["11010519491231002X", "110105194912310021", "E12345678"])
    found = convert_persons(raw, b"k" * 32)
    assert [(item.code, item.rows.to_list()) for item in found.findings] == [
        ("N311", [False, True, False])
    ]
