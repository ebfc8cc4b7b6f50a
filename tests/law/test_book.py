"""Which version binds on a day, and what the book says when it does not know."""

from datetime import date

import pytest

from riskwarn.errors import ConfigError
from riskwarn.law.book import LawBook
from riskwarn.law.status import ClauseState, check_clause, clause_status
from riskwarn.records.law import ClauseRef
from tests.law.builders import a_book, a_law, put

LATER = date(2021, 6, 1)


@pytest.fixture
def book(tmp_path):
    return a_book(tmp_path)


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2010, 5, 31), None),
        (date(2010, 6, 1), "样品法@2010-01-01"),
        (date(2020, 6, 30), "样品法@2010-01-01"),
        (date(2020, 7, 1), "样品法@2020-01-01"),
    ],
)
def test_a_version_binds_from_its_commencement_not_its_promulgation(book, day, version):
    found = book.in_force("中华人民共和国样品法", day)
    assert (found.version.key if found.version else None) == version
    assert found.certain


def test_a_promulgated_version_is_pending_until_it_commences(book):
    found = book.in_force("样品法", date(2020, 3, 1))
    assert [v.key for v in found.pending] == ["样品法@2020-01-01"]


def test_an_unknown_commencement_is_said_and_not_guessed_in_silence(book):
    found = book.in_force("新品法", LATER)
    assert found.version is not None
    assert not found.certain
    assert "施行日期不详" in found.reason
    problem = check_clause(book, "《新品法》第一条", LATER)
    assert (problem.code, problem.severity) == ("L116", "warning")


def test_a_law_repealed_by_another_title_stops_on_that_day(book):
    assert book.in_force("旧品法", date(2020, 6, 30)).version is not None
    found = book.in_force("旧品法", date(2020, 7, 1))
    assert found.version is None
    assert found.repealed_on == date(2020, 7, 1)
    problem = check_clause(book, "《旧品法》第一条", LATER)
    assert (problem.code, problem.nearest) == ("L113", "《样品法》")


def test_a_repealed_law_that_the_book_does_not_hold_is_still_known_as_repealed(book):
    assert check_clause(book, "《无文法》第一条", LATER).code == "L113"
    assert check_clause(book, "《无文法》第一条", date(2019, 1, 1)).code == "L111"


def test_what_was_not_known_then_is_left_out(book):
    found = book.in_force("样品法", date(2020, 8, 1), known_on=date(2019, 12, 31))
    assert found.version.key == "样品法@2010-01-01"


def test_a_text_recorded_later_was_not_known_before(tmp_path):
    text = a_law("样品法", "甲。")
    put(
        tmp_path,
        text,
        title="样品法",
        promulgated="2010-01-01",
        effective="2010-01-01",
        recorded="2026-01-05",
        sha256="0" * 64,
    )
    book = LawBook.open(tmp_path)
    day = date(2012, 1, 1)
    assert book.in_force("样品法", day).version is not None
    assert book.in_force("样品法", day, known_on=date(2026, 1, 4)).version is None


def test_a_clause_is_resolved_with_its_neighbours_and_its_time(book):
    found = book.resolve("《样品法》第二条第一项", date(2015, 1, 1))
    assert found.clause.ref == ClauseRef.parse("样品法@2010-01-01#2.1.1")
    assert found.clause.text == "名称；"
    assert found.before is None
    assert found.after.ref.item == 2
    assert (found.clause.effective_on, found.clause.repealed_on) == (
        date(2010, 6, 1),
        date(2020, 7, 1),
    )


def test_the_neighbours_of_an_article_are_articles(book):
    found = book.resolve("样品法#2", LATER)
    assert [found.before.ref.article, found.after.ref.article] == ["1", "3"]


@pytest.mark.parametrize(
    ("text", "code", "nearest"),
    [
        ("《样品法》第九条", "L115", "《样品法》第四条"),
        ("《样品法》第二条第二款", "L115", "《样品法》第二条"),
        ("《样晶法》第一条", "L111", "《样品法》"),
        ("样品法@2015-01-01#1", "L114", ""),
        ("第一条", "L101", ""),
    ],
)
def test_a_clause_that_does_not_exist_is_named_with_the_nearest(book, text, code, nearest):
    problem = check_clause(book, text, LATER)
    assert (problem.code, problem.nearest) == (code, nearest)


def test_the_same_number_with_other_words_is_not_the_same_clause(book):
    assert check_clause(book, "样品法@2010-01-01#3", date(2019, 1, 1)) is None
    status = clause_status(book, "样品法@2010-01-01#3", LATER)
    assert status.state is ClauseState.TEXT_CHANGED
    assert status.problem.severity == "warning"


def test_the_same_words_under_another_number_have_moved(book):
    status = clause_status(book, "样品法@2010-01-01#1", LATER)
    assert status.state is ClauseState.MOVED
    assert status.now == ClauseRef.parse("样品法@2020-01-01#2")


def test_words_that_stand_nowhere_any_more_are_gone(book):
    status = clause_status(book, "样品法@2010-01-01#2.1.1", LATER)
    assert status.state is ClauseState.GONE


def test_a_live_pin_has_no_problem(book):
    assert check_clause(book, "样品法@2020-01-01#1", LATER) is None


def test_two_texts_of_one_title_and_date_are_named_and_the_first_is_used(tmp_path):
    header = {"title": "样品法", "promulgated": "2010-01-01", "sha256": "0" * 64}
    put(tmp_path, a_law("样品法", "甲。"), **header)
    other = tmp_path / "样品法-副本.md"
    other.write_bytes(put(tmp_path, a_law("样品法", "甲。"), **header).read_bytes())
    assert [p.code for p in LawBook.open(tmp_path).problems] == ["L011"]
    text = other.read_text(encoding="utf-8").replace("甲。", "乙。")
    other.write_text(text, encoding="utf-8")
    book = LawBook.open(tmp_path)
    assert [p.code for p in book.problems] == ["L012"]
    assert book.resolve("样品法#1").clause.text == "甲。"


def test_a_commencement_before_the_promulgation_is_named(tmp_path):
    put(
        tmp_path,
        a_law("样品法", "甲。"),
        title="样品法",
        promulgated="2020-01-01",
        effective="2010-01-01",
    )
    (problem,) = LawBook.open(tmp_path).problems
    assert problem.code == "L013"
    assert "早于公布日期" in problem.message


def test_one_wrong_header_leaves_the_other_laws_usable(tmp_path):
    put(tmp_path, a_law("样品法", "甲。"), title="样品法", promulgated="2020-01-01")
    bad = tmp_path / "坏法.md"
    bad.write_text("---\ntitle: 坏法\npromulgated: 2020-02-30\n---\n第一条 甲。\n", "utf-8")
    book = LawBook.open(tmp_path)
    (problem,) = book.problems
    assert str(problem).startswith(f"{bad}:3:")
    assert book.titles == ["样品法"]


def test_a_file_without_our_header_is_known_by_its_name_and_dated_by_its_text(tmp_path):
    text = "\ufeff" + a_law("样品法", "甲。").replace("\n", "\r\n")
    (tmp_path / "样品法(20200101).txt").write_text(text, encoding="utf-8", newline="")
    book = LawBook.open(tmp_path)
    (version,) = book.versions
    assert (version.title, version.promulgated_on) == ("样品法", date(2020, 1, 1))
    assert book.effective_on(version) == date(2020, 1, 1)


def test_the_original_commencement_in_an_amended_text_is_not_taken(tmp_path):
    text = a_law("样品法", "甲。", ends="本法自2001年1月1日起施行。")
    (tmp_path / "样品法(2020-01-01).md").write_text(text, encoding="utf-8")
    book = LawBook.open(tmp_path)
    assert book.effective_on(book.versions[0]) is None


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ConfigError) as caught:
        LawBook.open(tmp_path)
    assert caught.value.problems[0].code == "L005"
