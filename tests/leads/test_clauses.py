from datetime import date

import pytest

from riskwarn.law.book import LawBook
from riskwarn.leads.clauses import find_clause_text
from riskwarn.workspace import resource_dir

DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def book():
    return LawBook.open(resource_dir("legal_clauses") / "laws")


def test_a_clause_comes_in_the_words_of_the_day_with_its_neighbour(book):
    found = find_clause_text(book, "《食品安全法》第三十五条第一款", DAY)
    assert found.canonical == "食品安全法@2025-09-12#35.1"
    assert found.in_force is True
    assert found.text.startswith("国家对食品生产经营实行许可制度。")
    assert found.after is not None
    assert found.after[0] == "第三十五条第二款"
    assert found.version == "2025-09-12 公布，2025-12-01 施行"


def test_the_same_citation_gives_the_older_words_on_an_older_day(book):
    found = find_clause_text(book, "《食品安全法》第三十五条第一款", date(2016, 1, 1))
    assert found.canonical == "食品安全法@2015-04-24#35.1"
    assert "仅销售预包装食品" not in found.text


def test_a_pin_to_an_old_version_gives_todays_words_and_says_so(book):
    found = find_clause_text(book, "食品安全法@2015-04-24#35.1", DAY)
    assert found.canonical == "食品安全法@2025-09-12#35.1"
    assert found.note.startswith("所引为 2015-04-24 公布的文本")


def test_what_cannot_be_found_says_why(book):
    assert "没有《没有这部法》" in find_clause_text(book, "《没有这部法》第一条", DAY).note
    assert find_clause_text(book, "不是引用", DAY).note.startswith("L101")
    missing = find_clause_text(book, "《食品安全法》第九百条", DAY)
    assert missing.text == ""
    assert missing.note
