"""Impacts on items and the audit of a real list, held to the hand-labelled answers."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from riskwarn.law.audit_items import Auditor, Worth
from riskwarn.law.audit_print import finding_row
from riskwarn.law.book import LawBook
from riskwarn.law.impact import CitedItem, ImpactFinder
from riskwarn.law.impact_items import read_cited
from riskwarn.law.impact_print import impact_lines, impact_row, write_impacts
from riskwarn.law.lineage_clauses import Fate
from riskwarn.law.pins import Pinner
from riskwarn.law.successors import find_replaced
from riskwarn.records.law import ClauseRef
from riskwarn.workspace import resource_dir
from tests.law.builders import a_law, put

DATA = Path(__file__).parents[1] / "data" / "impact"
STARTER, LIST = DATA / "starter_items_asof_2024.csv", DATA / "zhejiang_double_random_2017.csv"


@pytest.fixture(scope="module")
def book():
    return LawBook.open(resource_dir("legal_clauses") / "laws")


@pytest.fixture(scope="module")
def found(book):
    finder = ImpactFinder(book, date(2024, 1, 1), date(2025, 12, 31))
    return list(finder.find(read_cited(STARTER, book, date(2024, 1, 1))))


def gold(name):
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_labelled_citation_has_its_status_its_place_and_its_item_is_touched_or_not(found):
    rows = [impact_row(one) for one in found]
    have = {(r["item_code"], r["law"], r["article"], r["paragraph"], r["item"]): r for r in rows}
    labelled = gold("starter_2024_2025_dev.csv")
    assert len(labelled) == 55
    for want in labelled:
        key = (want["item_code"], want["law"], want["article"], want["paragraph"], want["item"])
        row = have[key]
        assert (row["status"], row["affects_item"]) == (want["status"], want["affects_item"]), key
        main = [ref for ref in json.loads(want["new_refs"]) if ref["role"] == "main"]
        places = {tuple(str(r[k] or "") for k in ("article", "paragraph", "item")) for r in main}
        assert (row["new_article"], row["new_paragraph"], row["new_item"]) in places, key


def test_one_law_alone_gives_its_share_in_the_same_bytes(book, found):
    one = ImpactFinder(book, date(2024, 1, 1), date(2025, 12, 31), law="食品安全法")
    alone = list(one.find(read_cited(STARTER, book, date(2024, 1, 1), "食品安全法")))
    share = [impact for impact in found if impact.clause.cited.law == "食品安全法"]
    assert write_impacts(alone) == write_impacts(share)


def test_a_law_promulgated_but_not_yet_in_force_is_told_before_it_commences(book):
    before = ImpactFinder(book, date(2025, 9, 1), date(2025, 10, 1))
    pinner = Pinner(book)
    pin = pinner.pin_ref(ClauseRef.parse("食品安全法@2021-04-29#82.3"))
    told = before.clause(pin)
    assert told is not None
    assert told.status is Fate.PENDING
    assert told.new_effective == date(2025, 12, 1)
    unknown = ImpactFinder(book, date(2025, 9, 1), date(2025, 9, 1))
    assert unknown.clause(pin) is None  # not yet promulgated: nobody could know


def test_a_law_replaced_under_another_title_is_followed_into_it(tmp_path):
    rule = "饲养犬只应当每年到卫生站注射狂犬疫苗并领取免疫证明。"
    sha = "0" * 64
    old = a_law("养犬条例", "甲地养犬适用本法。", rule)
    new = a_law("宠物条例", "乙地饲养宠物适用本法。", "丙不得进入。", rule)
    put(
        tmp_path,
        old,
        title="养犬条例",
        promulgated="2010-01-01",
        effective="2010-02-01",
        sha256=sha,
    )
    put(
        tmp_path,
        new,
        title="宠物条例",
        promulgated="2020-01-01",
        effective="2020-02-01",
        repeals=[{"title": "养犬条例", "on": "2020-02-01"}],
        sha256=sha,
    )
    book = LawBook.open(tmp_path)
    finder = ImpactFinder(book, date(2019, 1, 1), date(2021, 1, 1))
    told = finder.clause(Pinner(book).pin_ref(ClauseRef.parse("养犬条例@2010-01-01#2")))
    assert told is not None
    assert (told.status, told.affects) == (Fate.REPLACED, True)
    assert told.places[0].canonical == "宠物条例@2020-01-01#3"
    assert "2020-02-01 起" in told.note


def test_a_title_the_book_lacks_is_known_as_repealed_by_one_it_has(book):
    by = find_replaced(book, "外资企业法", date(2025, 12, 31))
    assert by is not None
    assert (by.title, by.on) == ("外商投资法", date(2020, 1, 1))
    assert find_replaced(book, "外资企业法", date(2019, 12, 31)) is None
    assert find_replaced(book, "没有这部法", date(2025, 12, 31)) is None


@pytest.fixture(scope="module")
def audited(book):
    auditor = Auditor(book, date(2017, 11, 24), date(2025, 12, 31))
    return list(auditor.audit_file(LIST, "抽查依据"))


def test_the_real_list_of_2017_is_judged_by_content(audited):
    rows = [finding_row(one) for one in audited]
    have = {(r["row"], r["law"], r["article"], r["paragraph"]): r for r in rows}
    judged = [
        row
        for row in gold("zhejiang_2017_dev.csv")
        if row["confidence"] == "high" and row["current_in_corpus"] != "no"
    ]
    right = placed = in_place = 0
    for want in judged:
        row = have[want["row"], want["law"], want["article"], want["paragraph"]]
        right += row["status"] == want["status"]
        if refs := json.loads(want["new_refs"]):
            placed += 1
            places = {(ref["law"], str(ref["article"])) for ref in refs}
            in_place += (row["new_law"], row["new_article"]) in places
    assert right / len(judged) >= 0.93
    assert in_place == placed == 48


def test_a_number_that_is_still_there_but_means_something_else_is_named(audited):
    rows = {(f.row, f.cited.law, f.cited.article): f for f in audited}
    trade = rows[33, "野生动物保护法", "32"]
    assert trade.worth is Worth.OTHER_CONTENT
    assert trade.new is not None
    assert trade.new.article == "33"
    adverts = rows[47, "广告法", "61"]
    assert adverts.new is not None
    assert adverts.new.article == "60"
    assert rows[47, "广告法", "34"].worth is Worth.FITS


def test_a_rule_that_no_article_near_says_any_more_is_told_as_struck(audited):
    (one,) = [f for f in audited if (f.row, f.cited.law, f.cited.article) == (46, "广告法", "60")]
    assert (one.worth, one.new, one.confidence) == (Worth.RULE_GONE, None, "medium")
    assert "可能已删除" in one.note  # 广告发布登记 and its sanction went with the amendment of 2021


def test_a_misspelt_title_is_set_right_and_said(book):
    auditor = Auditor(book, date(2017, 11, 24), date(2025, 12, 31))
    found = auditor.audit_cell("《中华人民共和国认证认证条例》《中国人民共和国食品安全法》", "")
    assert [one.cited.law for one in found] == ["认证认可条例", "食品安全法"]
    assert all(one.note.startswith("应为《") for one in found)


def test_a_citation_the_book_cannot_resolve_is_unknown_and_not_untouched(book):
    finder = ImpactFinder(book, date(2024, 1, 1), date(2025, 12, 31))
    pins = Pinner(book).pin_text("《不在库中的条例》第三条；《外资企业法》第九条", date(2024, 1, 1))
    told = [finder.clause(pin) for pin in pins]
    assert [one.status for one in told if one] == [Fate.UNKNOWN, Fate.REPLACED]
    assert told[0] is not None
    assert told[0].affects is None
    assert "库中没有" in told[0].note


def test_a_later_text_stands_in_as_a_place_to_look_at_and_never_as_an_answer(book):
    finder = ImpactFinder(book, date(2015, 12, 1), date(2025, 12, 31))
    basis = "《反不正当竞争法》第五条；《合伙企业登记管理办法》第三十九条；《产品质量法》第二十七条"
    told = [finder.clause(pin) for pin in Pinner(book).pin_text(basis, date(2015, 12, 1))]
    assert [one.status for one in told if one] == [Fate.UNKNOWN, Fate.REPLACED, Fate.UNKNOWN]
    assert [one.affects for one in told if one] == [None, True, None]
    assert all("库中没有 2015-12-01 当时的文本" in one.note for one in told if one)
    assert all(one.places and one.confidence == "medium" for one in told if one)


def test_an_article_that_the_text_of_the_day_lacks_is_said_to_be_lacking(book):
    finder = ImpactFinder(book, date(2024, 1, 1), date(2025, 12, 31))
    (pin,) = Pinner(book).pin_text("《反不正当竞争法》第九十九条", date(2024, 1, 1))
    told = finder.clause(pin)
    assert told is not None
    assert (told.status, told.places) == (Fate.UNKNOWN, ())
    assert told.note == "库中《反不正当竞争法》的文本里没有第九十九条，请核对条号"


def test_impacts_are_said_in_words_with_counts(book):
    finder = ImpactFinder(book, date(2024, 1, 1), date(2025, 12, 31))
    pins = Pinner(book).pin_text("《食品安全法》第八十四条；《广告法》第九条", date(2015, 12, 1))
    item = CitedItem(code="9" * 14, name="甲", citations=pins)
    lines = list(impact_lines(list(finder.find([item]))))
    assert lines[-1].startswith("须人工处理的事项 ")
    assert lines[-2].startswith("涉及引用 ")
    assert all(word not in line for line in lines for word in ("cannot_tell", "text_changed"))
