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


FOLLOWED = {
    ("农产品质量安全法", "2018-10-26", "2022-09-02"): (
        "2.2>2.2 6.1>14.2 6.2>15.1 11.2>17.1 12>17.2 17>21.2 18.2>22.2 21.2>28.2 23>25.2 "
        "24.1.1>27.1.1 24.2>27.2 28>38 32.2>42.1 33.1.1>36.1.1 33.1.5>36.1.6 36.3>51.4 37.2>37.2"
    ),
    ("突发事件应对法", "2007-08-30", "2024-06-28"): (
        "2>2.2 3.1>2.1 3.2>3.1 3.3>3.2 7.2>17.1 7.3>17.2 7.4>17.3 8.1>19.2 8.2>19.3 8.3>21 "
        "11.1>10 11.2>23 17.4>28.2 29.1>42.1 29.3>8.3 32.2>46.1 61.1>89.1 61.2>89.2 61.3>90 61.4>91"
    ),
    (
        "行政复议法",
        "2017-09-01",
        "2023-09-01",
    ): "12.2>27 31.1>62.1 31.2>75.1 31.3>75.2 33.1.2>78.1.2",
    ("统计法", "2009-06-27", "2024-09-13"): "3>3.2 6.2>7.2 39.1.2>42.1.2,42.1.3 39.1.3>42.1.4",
    ("治安管理处罚法", "2012-10-26", "2025-06-27"): "19.1.2>20.1.2,20.1.3 52.1.1>63.1.1",
    ("仲裁法", "2017-09-01", "2025-09-12"): (
        "2>3.1 3.1.1>3.2.1 10.3>14.1 13.1>21 13.2.1>22.1.1 13.2.5>22.1.5 13.3>23.1 33>45.2 67>22.3"
    ),
}


@pytest.mark.parametrize("pair", FOLLOWED, ids=lambda pair: pair[0])
def test_paragraphs_and_items_read_by_hand_are_followed_to_where_they_are_now(book, pair):
    title, old, new = pair
    versions = {str(version.promulgated_on): version for version in book.versions_of(title)}
    base = ClauseRef(law=title, version_on=versions[new].promulgated_on)
    follower = Follower(book.text(versions[old]), book.text(versions[new]), base)
    wrong = []
    for label in FOLLOWED[pair].split():
        cited, _, expected = label.partition(">")
        found = follower.follow(ClauseRef.parse(f"{title}@{old}#{cited}"))
        told = [place.canonical.split("#")[1] for place in found.places]
        # a whole article of one 款, and its 第一款, are the same place
        same = [t.removesuffix(".1") == e.removesuffix(".1")
                for t, e in zip(told, expected.split(","), strict=False)]  # fmt: skip
        if not all(same) or len(told) != len(expected.split(",")):
            wrong.append((label, told))
    assert not wrong
