"""The law book that is shipped: all texts parse, known defects are named, items resolve."""

import re
from datetime import date

import pytest

from riskwarn.law.audit import check_book
from riskwarn.law.book import LawBook
from riskwarn.law.items import load_items
from riskwarn.law.status import check_clause
from riskwarn.records.law import CitationStatus
from riskwarn.workspace import resource_dir

LAWS = resource_dir("legal_clauses") / "laws"
ITEMS = resource_dir("legal_clauses") / "items"


@pytest.fixture(scope="module")
def book():
    return LawBook.open(LAWS)


@pytest.fixture(scope="module")
def report(book):
    return check_book(book)


def test_every_text_parses_and_prints_itself_again(report):
    assert report["texts"] == report["parsed"] == report["round_trip"] == 370
    assert report["faults"] == []


def test_the_number_of_articles_is_what_a_plain_count_of_line_starts_gives(report):
    """Independent of the parser: lines that open with 第…条 and white space, 笫 included."""
    opens = re.compile(
        r"^[\s\ufeff]*[第笫][一二三四五六七八九十百零]+条(?:之[一二三四五六七八九十]+)?[ \u3000]",
        re.M,
    )
    plain = sum(len(opens.findall(p.read_text("utf-8"))) for p in LAWS.glob("*.md"))
    assert report["articles"] == plain


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("农民专业合作社法(2017-12-27).md", "wrong_character"),
        ("麻醉药品和精神药品管理条例(2016-02-06).md", "truncated"),
        ("麻醉药品和精神药品管理条例(2016-02-06).md", "fewer_articles"),
        ("进出口商品检验法实施条例(2019-03-02).md", "truncated"),
        ("进出口商品检验法实施条例(2022-03-29).md", "truncated"),
        ("刑法(2023-12-29).md", "footnote"),
        ("聊城市户外广告设施和招牌设置管理条例(2021-12-03).md", "lost_item_marks"),
        ("食品卫生法(1995-10-30).md", "glued_heading"),
    ],
)
def test_a_known_defect_of_a_source_is_named(report, file, kind):
    assert (file, kind) in {(a["file"], a["kind"]) for a in report["anomalies"]}
    assert all(a["line"] > 0 for a in report["anomalies"])


def test_the_line_of_a_defect_is_the_line_of_the_shipped_file(report):
    found = next(a for a in report["anomalies"] if a["kind"] == "wrong_character")
    lines = (LAWS / found["file"]).read_text(encoding="utf-8").split("\n")
    assert lines[found["line"] - 1].startswith("笫五十四条")


def test_all_citations_of_the_starter_items_resolve_to_the_words_they_are_pinned_to(book):
    items = [i for i in load_items(ITEMS) if i.code.startswith("990099")]
    pins = [pin for item in items for pin in item.citations]
    assert (len(items), len(pins)) == (102, 198)
    assert all(pin.status is CitationStatus.RESOLVED for pin in pins)
    assert all(book.resolve(pin.ref).clause.text_hash == pin.text_hash for pin in pins)


@pytest.mark.parametrize(
    ("ref", "day", "code"),
    [
        ("《食品安全法》第四十一条第二款", date(2026, 1, 1), None),
        ("《食品安全法》第四十一条第二款", date(2025, 11, 30), "L115"),
        ("《食品卫生法》第一条", date(2010, 1, 1), "L113"),
        ("《公司登记管理条例》第六十三条", date(2023, 1, 1), "L113"),
        ("反不正当竞争法@2019-04-23#7", date(2026, 1, 1), "L121"),
        ("网络安全法@2016-11-07#37", date(2026, 3, 1), "L122"),
    ],
)
def test_known_fates_of_clauses_are_told(book, ref, day, code):
    problem = check_clause(book, ref, day)
    assert (problem.code if problem else None) == code


def test_opening_the_book_parses_no_text(book):
    assert not LawBook.open(LAWS)._texts
