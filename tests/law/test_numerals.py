"""Chinese numerals as statutes write them."""

import pytest

from riskwarn.records.numerals import read_numeral, write_numeral


def test_every_number_up_to_9999_is_written_and_read_back():
    assert [read_numeral(write_numeral(n)) for n in range(10_000)] == list(range(10_000))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("一百零一", 101),
        ("一百一十", 110),
        ("两百", 200),
        ("百十", 110),
        ("一〇一", 101),
        ("十", 10),
        ("一千二百六十", 1260),
        ("４１", 41),
        ("41", 41),
        ("一百二十 八", 128),
    ],
)
def test_the_written_forms_seen_in_statutes_are_read(text, value):
    assert read_numeral(text) == value


@pytest.mark.parametrize("text", ["", "甲", "十百", "一二十", "第一"])
def test_what_is_no_numeral_gives_none(text):
    assert read_numeral(text) is None
