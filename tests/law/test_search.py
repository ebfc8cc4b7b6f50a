"""Full text over clauses: exact runs of characters, as of a day."""

from datetime import date

import pytest

from riskwarn.law.search import bigrams, open_index, search
from tests.law.builders import a_book


@pytest.fixture
def book(tmp_path):
    (tmp_path / "laws").mkdir()
    return a_book(tmp_path / "laws")


def found(book, words, **options):
    hits = search(open_index(book), book, words, **options)
    return [hit.ref.canonical for hit in hits]


def test_a_word_inside_a_sentence_is_found(book):
    assert found(book, "登记") == ["样品法@2020-01-01#2.1"]
    assert found(book, "应当登记") == ["样品法@2020-01-01#2.1"]


def test_one_character_is_found_too(book):
    assert "新品法@2021-01-01#1.1" in found(book, "新")


def test_all_words_must_be_there(book):
    assert found(book, "登记 甲") == ["样品法@2020-01-01#2.1"]
    assert found(book, "登记 地址") == []


def test_a_search_as_of_a_day_sees_the_law_of_that_day(book):
    assert found(book, "地址") == []
    assert found(book, "地址", on=date(2015, 1, 1)) == ["样品法@2010-01-01#2.1"]
    assert found(book, "旧", on=date(2021, 1, 1)) == []


def test_a_search_may_be_kept_to_one_law(book):
    assert found(book, "施行", law="旧品法") == ["旧品法@1999-01-01#2.1"]


def test_the_index_agrees_with_reading_every_clause(book):
    texts = {}
    for version in book.versions:
        if version is book.versions_of(version.title)[-1]:
            for key, article in book.text(version).articles.items():
                for paragraph in article.paragraphs:
                    texts[f"{version.key}#{key}.{paragraph.number}"] = paragraph.text
    for word in ("甲", "应当", "丙改", "公布之日", "没有"):
        assert sorted(found(book, word)) == sorted(k for k, text in texts.items() if word in text)


def test_a_stale_index_is_built_again(book, tmp_path):
    path = tmp_path / "index.sqlite"
    open_index(book, path).close()
    kept = path.read_bytes()
    open_index(book, path).close()
    assert path.read_bytes() == kept
    path.write_bytes(b"no database")
    assert search(open_index(book, path), book, "登记")


def test_bigrams_overlap_and_do_not_cross_punctuation():
    assert bigrams("食品安全，A1 法") == "食品 品安 安全 a1 法"
