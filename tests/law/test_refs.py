"""Addresses of clauses: both forms, both ways."""

from datetime import date

import pytest

from riskwarn.errors import ConfigError
from riskwarn.records.law import ClauseRef, short_title


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("《食品安全法》第四十一条第二款第一项", "食品安全法#41.2.1"),
        ("《中华人民共和国食品安全法》第一百一十条第（一）项", "食品安全法#110..1"),
        ("刑法第一百三十三条之一第一款", "刑法#133-1.1"),
        ("《上海市实施〈食品安全法〉办法》第三条", "上海市实施《食品安全法》办法#3"),
        ("食品安全法第41条", "食品安全法#41"),
    ],
)
def test_the_written_form_becomes_the_canonical_one(written, canonical):
    ref = ClauseRef.parse(written)
    assert ref.canonical == canonical
    assert ClauseRef.parse(ref.label) == ref
    assert ClauseRef.parse(canonical) == ref


def test_a_pinned_address_carries_the_promulgation_date():
    ref = ClauseRef.parse("食品安全法@2025-09-12#41.2.1")
    assert ref.version_on == date(2025, 9, 12)
    assert ref.label == "《食品安全法》第四十一条第二款第一项"


@pytest.mark.parametrize(
    "text", ["", "食品安全法", "第四十一条", "食品安全法@2025-13-40#1", "法#x"]
)
def test_what_is_no_address_is_refused_with_the_right_form(text):
    with pytest.raises(ConfigError) as caught:
        ClauseRef.parse(text)
    assert caught.value.problems[0].code == "L101"
    assert "《法名》" in str(caught.value)


def test_inserted_articles_sort_between_their_neighbours():
    refs = [ClauseRef(law="刑法", article=key) for key in ("134", "133-1", "133", "9")]
    listed = sorted(refs, key=lambda ref: ref.sort_key)
    assert [ref.article for ref in listed] == ["9", "133", "133-1", "134"]


def test_titles_are_filed_without_the_name_of_the_state_and_with_one_kind_of_mark():
    assert short_title("《中华人民共和国刑法》") == "刑法"
    assert (
        short_title("上海市实施〈中华人民共和国食品安全法〉办法") == "上海市实施《食品安全法》办法"
    )
