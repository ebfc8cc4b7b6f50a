"""Amending: what is held, what follows by itself, several laws in one decision, formats."""

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from riskwarn.commands.law import app
from riskwarn.errors import ConfigError
from riskwarn.law.amend import amend
from riskwarn.law.amend_compare import compare
from riskwarn.law.amend_effects import effects_of
from riskwarn.law.amend_read import read_decision
from riskwarn.law.amend_rows import instruction_rows
from riskwarn.law.parse import parse_law
from riskwarn.records.effects import EffectStatus
from tests.law.test_amend_language import HEAD, LAW, TAIL, amended, article

HELD = [
    (["将第十条修改为：“甲。”"], "找不到第十条", "修改前文本共 9 条"),
    (["将第五条第四款修改为：“甲。”"], "找不到第五条第四款", "该条原有 3 款"),
    (["将第二条第五项修改为：“（五）甲。”"], "找不到第二条第五项", "核对款、项的序号"),
    (["将第六条中的“五个月”修改为“六个月”。"], "找不到“五个月”", "核对原文词语"),
    (["将第五条第一款中的“收取费用”修改为“收费”。"], "找不到“收取费用”", "该词语在第3款"),
    (["将第六条修改为：“甲。”", "将第六条修改为：“乙。”"], "不止一次", "核对决定原文"),
    (["删去第六条。", "将第六条中的“三个月”修改为“六个月”。"], "既被删去又被修改", "核对决定原文"),
    (["将第六条改为第七条。", "将第五条改为第七条。"], "不止一处要作为第七条", "核对决定原文"),
    (["将第六条中的“三个月”修改为“六个月”。", "将第六条中的“三个月”修改为“九个月”。"],
     "不同的词语", "核对决定原文"),
    (["增加一条，作为第二十条：“甲。”"], "前面只有 9 条", "核对条号"),
    (["第五条增加一款，作为第七款：“甲。”"], "前面只有 3 款", "核对款的序号"),
    (["增加两条，作为第七条、第八条：“甲。”"], "条号却有 2 个", "核对条数"),
    (["在第十条后增加一条，作为第十条之一：“甲。”"], "找不到第十条", "核对条号"),
    (["将第六条按照有关规定重新起草。"], "看不懂这句修改指令", "人工核对"),
    (["将第六条改为第五条第四款。"], "不是同一级", "人工核对"),
    (["增加一条，作为第五条。"], "没有给出增加的文字", "人工核对"),
]  # fmt: skip


@pytest.mark.parametrize(("items", "reason", "cure"), HELD)
def test_what_does_not_fit_is_held_with_its_reason_and_cure(
    items: list[str], reason: str, cure: str
) -> None:
    made = amended(*items)
    assert made.holds
    assert any(reason in hold.reason for hold in made.holds)
    assert any(cure in hold.cure for hold in made.holds)
    assert all(str(hold.problem("决定.md")).startswith("决定.md:") for hold in made.holds)
    assert made.text == LAW


def test_nothing_of_an_article_is_half_applied_and_the_others_go_on() -> None:
    made = amended(
        "将第七条中的“一千元”修改为“一万元”。",
        "将第七条中的“没有的词”修改为“别的词”。",
        "将第七条、第八条中的“工商部门”修改为“市场监管部门”。",
    )
    assert article(made, "7") == parse_law(LAW).articles["7"].node.text
    assert article(made, "8").startswith("市场监管部门违反本法")
    assert {key for hold in made.holds for key in hold.articles} == {"7"}
    assert len(made.holds) == 3


def test_a_held_new_article_keeps_its_number_free() -> None:
    made = amended(
        "增加两条，作为第五条、第六条：“只有一段。”",
        "将第六条改为第八条，将其中的“三个月”修改为“六个月”。",
    )
    assert list(parse_law(made.text).articles) == ["1", "2", "3", "4", "7", "8", "9", "10", "11"]
    assert parse_law(made.text).articles["8"].node.text == "样品保存期限为六个月。"


def test_new_words_are_not_taken_for_old_ones() -> None:
    made = amended("将第七条中的“一千元”修改为“二千元”，“警告”修改为“一千元”。")
    assert "给予一千元，可以处二千元罚款" in article(made, "7")


def test_words_of_an_article_that_is_rewritten_elsewhere_need_no_change() -> None:
    made = amended(
        "将第八条修改为：“市场监管部门违反本法的，依法处理。”",
        "将第三条、第八条中的“工商部门”修改为“市场监管部门”。",
    )
    assert made.holds == ()
    assert article(made, "8") == "市场监管部门违反本法的，依法处理。"


def test_citations_follow_the_new_numbers_and_quoted_ones_stay() -> None:
    made = amended(
        "增加一条，作为第四条：“违反本法第五条的，依照第八条处理。”",
        "第五条增加一款，作为第一款：“甲。”",
    )
    assert article(made, "4") == "违反本法第五条的，依照第八条处理。"
    assert "第三条、第六条第三款的规定" in article(made, "5")
    assert [(c.article, c.old, c.new, c.applied) for c in made.consequences] == [
        ("5", "第五条", "第六条", True),
        ("5", "第二款", "第三款", True),
        ("8", "第五条", "第六条", True),
        ("8", "第六条", "第七条", True),
    ]


def test_citations_are_only_reported_where_the_decision_adjusts_nothing() -> None:
    made = amended("增加一条，作为第四条：“甲。”", tail="\n\n本决定自公布之日起施行。\n")
    assert "第三条、第五条第二款的规定" in article(made, "5")
    assert {(c.old, c.new, c.applied) for c in made.consequences} == {
        ("第五条", "第六条", False),
        ("第六条", "第七条", False),
    }


def test_a_citation_of_a_deleted_article_is_named() -> None:
    made = amended("删去第三条。")
    found = [c for c in made.consequences if not c.applied]
    assert [(c.article, c.old) for c in found] == [("3", "第三条")]
    assert "已删去" in found[0].note


def test_a_citation_of_a_paragraph_that_moved_elsewhere_is_named_not_guessed() -> None:
    made = amended("将第五条第二款改为第六条。")
    assert "第五条第二款的规定" in article(made, "4")
    found = [(c.article, c.old, c.note) for c in made.consequences if not c.applied]
    assert found == [("4", "第二款", "所引的款、项已移入第6条")]


def test_deleted_articles_leave_a_gap_where_nothing_is_adjusted() -> None:
    made = amended("删去第六条。", tail="\n\n本决定自公布之日起施行。\n")
    assert list(parse_law(made.text).articles) == ["1", "2", "3", "4", "5", "7", "8", "9"]


def test_a_new_article_goes_into_the_chapter_that_is_named() -> None:
    made = amended("在第三章增加一条，作为第七条：“甲。”")
    assert parse_law(made.text).articles["7"].heading == "第三章 责任"
    assert parse_law(made.text).articles["6"].heading == "第二章 抽取"


def test_line_ends_bom_and_indents_of_the_old_file_are_kept() -> None:
    text = "\ufeff" + LAW.replace("\n\n抽样人员不得", "\n\n　　抽样人员不得").replace("\n", "\r\n")
    decision = read_decision(HEAD + "第五条增加一款，作为第四款：“甲。”" + TAIL)
    made = amend(parse_law(text), decision, "样品管理法")
    assert made.text == text.replace("给予处分。\r\n", "给予处分。\r\n\r\n　　甲。\r\n", 1)


def test_half_width_brackets_and_marks_do_not_hide_the_old_words() -> None:
    law = parse_law(LAW.replace("（一）", "(一)").replace("药品、医疗器械；", "药品(含中药);"))
    decision = read_decision(HEAD + "将第二条第二项中的“药品（含中药）”修改为“药品”。" + TAIL)
    made = amend(law, decision, "样品管理法")
    assert made.holds == ()
    assert "药品;" in parse_law(made.text).articles["2"].node.text


STATE = """# 国务院关于修改和废止部分行政法规的决定

国务院决定：

一、对2部行政法规的部分条款予以修改。（附件1）

二、对2部行政法规予以废止。（附件2）

本决定自2021年3月1日起施行。

附件1

国务院决定修改的行政法规

一、将《甲条例》第二条、《乙条例》第三条中的“工商部门”修改为“市场监管部门”。

二、《中华人民共和国样品管理法》第三条中的“工商部门”修改为“市场监管部门”。

第六条 改为第七条，修改为：“样品保存六个月。

“依照‘旧规定’封存的除外。”

增加一条，作为第六条：“样品应当封存。”

三、删去《丙办法》第五条。

此外，对相关行政法规中的条文序号作相应调整。

附件2

国务院决定废止的行政法规

一、丁条例（1990年1月1日国务院发布 根据2011年1月8日《国务院关于废止和修改部分行政法规的决定》修订）

二、中华人民共和国戊办法（1991年2月2日国务院令第2号发布）
"""


def test_one_decision_amends_several_laws_and_only_the_asked_one_is_done() -> None:
    made = amend(parse_law(LAW), read_decision(STATE), "中华人民共和国样品管理法")
    assert made.holds == ()
    kinds = [(i.no, i.kind.value, i.articles) for i in made.instructions]
    assert kinds == [
        ("二", "replace_words", ("3",)),
        ("二", "renumber", ("6",)),
        ("二", "replace_article", ("6",)),
        ("二", "add_article", ()),
    ]
    assert article(made, "6") == "样品应当封存。"
    assert article(made, "7") == "样品保存六个月。\n依照“旧规定”封存的除外。"


def test_a_sentence_that_names_two_laws_belongs_to_both() -> None:
    decision = read_decision(STATE)
    law = parse_law(LAW.replace("样品管理法", "乙条例"))
    made = amend(law, decision, "乙条例")
    assert [row["article"] for row in instruction_rows(list(made.instructions), "乙条例")] == ["3"]


def test_a_list_of_laws_below_one_instruction_is_spread() -> None:
    text = (
        "# 关于修改部分法律的决定\n\n一、将下列法律中的“工商部门”修改为“市场监管部门”：\n\n"
        "1.《某某法》第二条\n\n2.《中华人民共和国样品管理法》第三条、第八条\n\n"
        "二、对《样品管理法》作出修改\n\n将第六条中的“三个月”修改为“六个月”。\n"
    )
    made = amend(parse_law(LAW), read_decision(text), "样品管理法")
    assert made.holds == ()
    assert [(i.kind.value, i.articles) for i in made.instructions] == [
        ("replace_words", ("3",)),
        ("replace_words", ("8",)),
        ("replace_words", ("6",)),
    ]


def test_subitems_take_the_article_that_their_lead_names() -> None:
    made = amended(
        "对第七条作如下修改：\n\n（一）将“一千元”修改为“一万元”。\n\n（二）删去“给予警告，”。"
    )
    assert made.holds == ()
    assert "由工商部门可以处一万元罚款" in article(made, "7")


def test_a_quotation_that_is_never_closed_ends_before_the_next_item() -> None:
    made = amended("将第六条修改为：“样品保存六个月。", "将第七条中的“一千元”修改为“一万元”。")
    assert article(made, "6") == "样品保存六个月。"
    assert "一万元" in article(made, "7")
    assert any("引号没有结束" in note for note in made.notes)


def test_paragraphs_of_a_quotation_need_not_all_open_with_a_mark() -> None:
    made = amended(
        "将第六条修改为：\n\n“甲款：\n\n（一）第一项；\n\n（二）第二项。\n\n第三条规定的除外。”"
    )
    assert article(made, "6") == "甲款：\n（一）第一项；\n（二）第二项。\n第三条规定的除外。"


def test_a_repeal_list_becomes_effects() -> None:
    decision = read_decision(STATE)
    law = parse_law(LAW)
    effects = effects_of(amend(law, decision, "样品管理法"), law, decision)
    assert [(e.kind, e.status) for e in effects][:2] == [
        ("replace_words", EffectStatus.APPLIED),
        ("renumber", EffectStatus.APPLIED),
    ]
    repeals = [e for e in effects if e.kind == "repeal"]
    assert [e.target.law for e in repeals if e.target] == ["丁条例", "戊办法"]
    assert repeals[0].note.startswith("1990年1月1日国务院发布")
    assert {e.effective_on for e in effects} == {date(2021, 3, 1)}


def test_effects_are_confirmed_by_the_published_text_article_by_article() -> None:
    decision = read_decision(STATE)
    law = parse_law(LAW)
    made = amend(law, decision, "样品管理法")
    published = parse_law(made.text.replace("市场监管部门、质检", "市场监督部门、质检"))
    effects = effects_of(made, law, decision, compare(made, published))
    assert [(e.kind, e.status.value) for e in effects if e.kind != "repeal"] == [
        ("replace_words", "applied"),
        ("renumber", "confirmed"),
        ("replace_article", "confirmed"),
        ("add_article", "confirmed"),
    ]


def test_a_decision_on_another_law_is_refused() -> None:
    with pytest.raises(ConfigError, match="L302 决定没有修改《别的法》"):
        amend(parse_law(LAW), read_decision(STATE), "别的法")


def test_the_older_text_of_another_law_is_refused() -> None:
    other = parse_law(LAW.replace("样品管理法", "商品管理法"))
    with pytest.raises(ConfigError, match="L304 修改前文本是《商品管理法》"):
        amend(other, read_decision(STATE), "样品管理法")


def test_a_text_without_articles_is_refused() -> None:
    with pytest.raises(ConfigError, match="L303"):
        amend(parse_law("# 样品管理法\n\n没有条文。\n"), read_decision(STATE), "样品管理法")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    before, decision = tmp_path / "旧.md", tmp_path / "决定.md"
    before.write_text(LAW, encoding="utf-8")
    decision.write_text(
        HEAD + "一、将第六条中的“三个月”修改为“六个月”。\n\n二、将第十条修改为：“甲。”" + TAIL,
        encoding="utf-8",
    )
    after = tmp_path / "新.md"
    after.write_text(LAW.replace("三个月", "六个月").replace("出示证件", "出示证书"), "utf-8")
    return {"before": before, "decision": decision, "after": after, "dir": tmp_path}


def test_the_command_prints_the_law_and_says_what_was_held(files: dict[str, Path]) -> None:
    rows, report = files["dir"] / "指令.csv", files["dir"] / "结果.json"
    arguments = [
        "amend", "--before", str(files["before"]), "--decision", str(files["decision"]),
        "--title", "样品管理法", "--after", str(files["after"]),
        "--instructions", str(rows), "--report", str(report),
    ]  # fmt: skip
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, ConfigError)
    assert "找不到第十条" in str(result.exception)
    assert result.stdout == LAW.replace("三个月", "六个月")
    assert rows.read_text(encoding="utf-8").splitlines()[1].startswith("1,一,replace_words,")
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["effective_on"] == "2020-07-01"
    assert [(d["article"], d["class"]) for d in told["differences"]] == [("5", "unlisted_edit")]
