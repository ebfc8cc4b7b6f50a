"""Where rules of a repealed law went: checked on what the gold's annotator read, and by hand."""

from datetime import date
from pathlib import Path

import pytest

from riskwarn.law.book import LawBook
from riskwarn.law.heirs import HeirFinder, told_elsewhere
from riskwarn.records.law import ClauseRef
from tests.law.builders import a_law, put

LAWS = Path("legal_clauses/laws")
ON = date(2025, 12, 31)


@pytest.fixture(scope="module")
def book():
    return LawBook.open(LAWS)


@pytest.fixture(scope="module")
def finder(book):
    return HeirFinder(book, ON)


def heirs_of(book, finder, law, article, by, paragraph=None):
    old = book.versions_of(law)[-1]
    ref = ClauseRef(law=law, article=article, paragraph=paragraph)
    return finder.find(old, ref, book.in_force(by, ON).version)


@pytest.mark.parametrize(
    ("law", "article", "place"),
    [
        ("合伙企业登记管理办法", "40", "合伙企业法@2006-08-27#94"),  # the repealing law is silent
        ("合伙企业登记管理办法", "41", "市场主体登记管理条例@2021-07-27#47"),
        ("农民专业合作社登记管理条例", "26", "市场主体登记管理条例@2021-07-27#44"),
        ("公司登记管理条例", "78", "公司法@2023-12-29#262"),
        ("公司登记管理条例", "72", "市场主体登记管理条例@2021-07-27#48"),
    ],
)
def test_a_rule_is_found_in_the_repealing_law_or_in_the_law_it_was_made_under(
    book, finder, law, article, place
):
    heirs = heirs_of(book, finder, law, article, "市场主体登记管理条例")
    assert heirs[0].ref.canonical == place


def test_a_rule_that_the_successor_by_name_lacks_is_found_in_the_law_of_its_subject(book, finder):
    heirs = heirs_of(book, finder, "个体工商户条例", "23", "促进个体工商户发展条例", 1)
    assert heirs[0].ref.canonical == "市场主体登记管理条例@2021-07-27#46"


def test_what_no_law_says_any_more_has_no_heir(book, finder):
    assert heirs_of(book, finder, "公司登记管理条例", "79", "市场主体登记管理条例") == []
    assert heirs_of(book, finder, "公司登记管理条例", "999", "市场主体登记管理条例") == []


def test_a_place_nearly_as_likely_is_named_beside(book, finder):
    heirs = heirs_of(book, finder, "公司登记管理条例", "66", "市场主体登记管理条例")
    assert told_elsewhere(heirs).startswith("另见《公司法》第二百五十三条（相似 0.")
    assert told_elsewhere(heirs[:1]) == ""


def test_each_item_of_a_list_taken_apart_is_looked_for_on_its_own(tmp_path: Path):
    old = a_law(
        "宠物管理办法",
        "饲养人有下列行为之一的，由城管部门责令改正，处五百元以下的罚款：\n\n"
        "（一）携犬进入医院和幼儿园的；\n\n（二）未及时清除犬只排泄的粪便的。",
    )
    new = a_law(
        "养犬条例",
        "未及时清除犬只排泄的粪便的，由城管部门责令改正。",
        "开办犬只美容、寄养场所，应当向城管部门备案。",
    )
    put(tmp_path, old, title="宠物管理办法", promulgated="2010-01-01", effective="2010-01-01")
    put(tmp_path, new, title="养犬条例", promulgated="2020-01-01", effective="2020-02-01")
    small = LawBook.open(tmp_path)
    before, after = small.versions_of("宠物管理办法")[0], small.versions_of("养犬条例")[0]
    finder = HeirFinder(small, ON)
    kept, dropped = (
        finder.find(before, ClauseRef(law="宠物管理办法", article="1", item=n), after)
        for n in (2, 1)
    )
    assert kept[0].ref.canonical == "养犬条例@2020-01-01#1"
    assert kept[0].likeness > 0.3
    assert all(heir.likeness < kept[0].likeness / 2 for heir in dropped)
