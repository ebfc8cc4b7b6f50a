"""Kinds of change: renames are counted, not shown; what changes the rule is told by its words."""

from functools import cache

import pytest

from riskwarn.law.lineage_diff import diff_json, diff_laws, diff_lines
from riskwarn.law.lineage_kinds import Substance, classify, learn_renames
from riskwarn.law.lineage_page import diff_page
from riskwarn.law.parse import parse_file
from riskwarn.workspace import resource_dir

LAWS = resource_dir("legal_clauses") / "laws"


@cache
def food_law(old, new):
    return diff_laws(*(parse_file(LAWS / f"食品安全法({on}).md") for on in (old, new)))


def test_the_food_law_of_2025_changes_five_articles_and_no_other():
    diff = food_law("2021-04-29", "2025-09-12")
    changed = [one.row.new_article for one in diff.articles if one.substantial]
    assert changed == ["41", "81", "82", "124", "132"]
    kinds = {one.row.new_article: one.change for one in diff.articles if one.substantial}
    assert kinds["41"].kind is Substance.DUTY
    assert kinds["82"].kind is Substance.SUBJECT
    assert ("", "、婴幼儿配方液态乳") in kinds["81"].pieces
    assert kinds["132"].kind is Substance.AMOUNT


def test_of_68_changed_articles_of_2021_the_47_pure_renames_are_told_as_such():
    diff = food_law("2015-04-24", "2021-04-29")
    assert diff.renames == (("食品药品监督管理", "食品安全监督管理"),)
    assert diff.counts["none"] == 86
    assert diff.counts["term_renamed"] == 47
    assert sum(one.substantial for one in diff.articles) == 68 - 47
    filing = next(one for one in diff.articles if one.row.new_article == "35")
    assert filing.change.kind is Substance.DUTY
    assert Substance.TERM in filing.change.also


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("甲应当登记。", "甲应当登记。", Substance.NONE),
        ("甲、乙，应当登记。", "甲,乙应当登记", Substance.PUNCTUATION),
        ("违反本法第三条的，警告。", "违反本法第五条的，警告。", Substance.REFERENCE),
        ("处一万元以下罚款。", "处五万元以下罚款。", Substance.AMOUNT),
        ("由机关给予警告。", "由机关给予警告，吊销执照。", Substance.SANCTION),
        ("企业报送材料。", "企业应当如实报送材料。", Substance.DUTY),
        ("欺骗消费者的。", "欺骗消费者和其他经营者的。", Substance.SUBJECT),
        ("向工商部门办理。", "向税务部门办理。", Substance.PROCEDURE),
    ],
)
def test_each_kind_of_change_is_read_from_the_words_that_came_or_went(old, new, kind):
    assert classify(old, new).kind is kind


def test_a_word_that_the_new_text_still_uses_was_not_renamed():
    pairs = [(f"由甲厅办理{n}。", f"由乙局办理{n}。") for n in "子丑寅"]
    assert learn_renames(pairs) == (("由甲厅办理", "由乙局办理"),)
    assert learn_renames([*pairs, ("由甲厅办理卯。", "由甲厅办理卯事。")]) == ()


def test_a_page_shows_both_sides_and_escapes_what_a_text_may_hold():
    diff = food_law("2021-04-29", "2025-09-12")
    page = diff_page(diff, all_articles=False)
    assert page.count("<ins>、婴幼儿配方液态乳</ins>") == 9
    assert "<script" not in page
    hostile = diff_laws(
        parse_file(LAWS / "食品安全法(2021-04-29).md"),
        parse_file(LAWS / "食品安全法(2025-09-12).md"),
        "<script>alert(1)</script>",
        "新",
    )
    assert "<script" not in diff_page(hostile)


def test_the_terminal_shows_the_substance_and_counts_the_rest():
    lines = diff_lines(food_law("2015-04-24", "2021-04-29"))
    assert "名称、用语更换 47" in lines[1]
    assert sum("修改  " in line for line in lines) == 21
    told = diff_json(food_law("2021-04-29", "2025-09-12"), all_articles=False)
    assert [a["new_article"] for a in told["articles"]] == ["41", "81", "82", "124", "132"]
