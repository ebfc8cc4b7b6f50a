"""Cited paragraphs and items followed into the next version, and ids that survive it."""

import pytest

from riskwarn.law.book import LawBook
from riskwarn.law.lineage_clauses import Fate, Follower
from riskwarn.law.lineage_ids import thread_title
from riskwarn.records.law import ClauseRef
from riskwarn.workspace import resource_dir


@pytest.fixture(scope="module")
def book():
    return LawBook.open(resource_dir("legal_clauses") / "laws")


@pytest.fixture(scope="module")
def competition(book):
    old, new = book.versions_of("反不正当竞争法")[-2:]
    base = ClauseRef(law=new.title, version_on=new.promulgated_on)
    return Follower(book.text(old), book.text(new), base)


@pytest.mark.parametrize(
    ("cited", "fate", "place"),
    [
        ("7.1", Fate.CHANGED_MOVED, "8.1"),
        ("10..3", Fate.RENUMBERED, "11.1.4"),  # a new second 项: the old number would mislead
        ("13.2", Fate.RENUMBERED, "16.2"),
        ("18.2", Fate.CHANGED_MOVED, "23.3"),
        ("19", Fate.CHANGED_MOVED, "24.1"),  # one paragraph that became one of two
        ("22", Fate.CHANGED_MOVED, "27"),
    ],
)
def test_a_cited_clause_is_found_where_its_rule_is_now(competition, cited, fate, place):
    found = competition.follow(ClauseRef.parse(f"反不正当竞争法@2019-04-23#{cited}"))
    assert (found.fate, found.places[0].canonical) == (fate, f"反不正当竞争法@2025-06-27#{place}")


def test_a_clause_that_was_never_there_is_not_guessed(competition):
    found = competition.follow(ClauseRef.parse("反不正当竞争法@2019-04-23#99"))
    assert found.fate is Fate.UNKNOWN
    assert not found.places


def test_a_clause_keeps_its_id_through_all_versions(book):
    threads = thread_title(book, "生猪屠宰管理条例")
    born = threads.id_of(ClauseRef.parse("生猪屠宰管理条例@2021-06-25#15.1"))
    assert born == "生猪屠宰管理条例@1997-12-19#11.1"
    places = [thread.ref.canonical.partition("@")[2] for thread in threads.places_of(born)]
    assert places == [
        "1997-12-19#11.1",
        "2008-05-25#13.1",
        "2011-01-08#13.1",
        "2016-02-06#13.1",
        "2021-06-25#15.1",
    ]


def test_in_one_version_no_two_clauses_share_an_id_and_truncated_versions_are_named(book):
    threads = thread_title(book, "动物防疫法")
    seen = [(thread.id, thread.ref.version_on) for thread in threads.threads]
    assert len(seen) == len(set(seen))
    assert [problem.code for problem in threads.skipped] == ["L141"]
    assert "2013-06-29" in threads.skipped[0].message
