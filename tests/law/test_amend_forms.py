# ruff: noqa: E501 (one instruction and its expected text stay on one line each)
"""Forms of amending language met in later decisions; every expected text is worked out by hand."""

import pytest

from riskwarn.law.amend import Amendment, amend
from riskwarn.law.amend_grammar import parse_items
from riskwarn.law.amend_read import read_decision
from riskwarn.law.parse import parse_law

LAW = """# 中华人民共和国样品管理法

2010年1月1日 样品会议通过

<!-- INFO END -->

## 第一章 总则

第一条 为了加强样品管理，制定本法。

第二条 本法由工商部门实施。

军队的样品管理另行规定。

## 第二章 抽取

第三条 抽取样品应当出示证件，建立抽取记录。

第四条 抽样单位应当建立登记制度。登记制度应当包括：

（一）名称；

（二）地址，或者电话。

## 第三章 保存

第五条 样品保存三个月。

第六条 样品不得转让。

## 第四章 责任

第七条 有下列行为之一的，处一千元罚款：

（一）不登记的；

（二）泄露秘密，或者转让样品的；

（三）拒绝抽样的。

单位有前款行为的，处二千元罚款。

第八条 本法自2010年6月1日起施行。
"""
HEAD = "# 关于修改《中华人民共和国样品管理法》的决定\n\n2020年5月5日 样品会议通过\n\n对《中华人民共和国样品管理法》作如下修改：\n\n"
TAIL = "\n\n本决定自公布之日起施行。\n\n《中华人民共和国样品管理法》根据本决定作相应修改并对条文顺序作相应调整，重新公布。\n"


def amended(*items: str) -> Amendment:
    body = "\n\n".join(f"{no}、{item}" for no, item in zip("一二三四", items, strict=False))
    return amend(parse_law(LAW, "样品法.md"), read_decision(HEAD + body + TAIL), "样品管理法")


def words(result: Amendment, key: str) -> str:
    return parse_law(result.text, "新.md").articles[key].node.text


@pytest.mark.parametrize(
    ("item", "key", "expected"),
    [
        ("将第三条分为两款，修改为：“抽取样品应当出示证件。\n\n“抽取应当有记录。”", "3", "抽取样品应当出示证件。\n抽取应当有记录。"),
        ("将第七条第一款第二项分为两项，修改为：“（二）泄露秘密的”“（三）转让样品的”。", "7", "有下列行为之一的，处一千元罚款：\n（一）不登记的；\n（二）泄露秘密的；\n（三）转让样品的；\n（四）拒绝抽样的。\n单位有前款行为的，处二千元罚款。"),
        ("将第七条第一款第一自然段修改为：“有下列行为之一的，处五千元罚款：”", "7", "有下列行为之一的，处五千元罚款：\n（一）不登记的；\n（二）泄露秘密，或者转让样品的；\n（三）拒绝抽样的。\n单位有前款行为的，处二千元罚款。"),
        ("第四条增加一项，作为第三项：“（三）国家规定的其他内容”。", "4", "抽样单位应当建立登记制度。登记制度应当包括：\n（一）名称；\n（二）地址，或者电话；\n（三）国家规定的其他内容。"),
        ("在第四条“抽样单位应当建立登记制度”后增加“并将其公布”。", "4", "抽样单位应当建立登记制度，并将其公布。登记制度应当包括：\n（一）名称；\n（二）地址，或者电话。"),
    ],
)  # fmt: skip
def test_a_form_is_carried_out_as_the_published_text_has_it(
    item: str, key: str, expected: str
) -> None:
    result = amended(item)
    assert not result.holds
    assert words(result, key) == expected


def test_a_paragraph_that_is_set_apart_becomes_an_article_of_its_own() -> None:
    result = amended(
        "将第二条第二款单列一条，作为第八条，修改为：“军队的样品由军队管理。”",
        "将第八条改为第九条。",
    )
    assert not result.holds
    assert words(result, "2") == "本法由工商部门实施。"
    assert words(result, "8") == "军队的样品由军队管理。"
    assert words(result, "9").startswith("本法自")


def test_a_chapter_goes_into_the_one_before_it_and_the_later_ones_move_up() -> None:
    result = amended("将第三章并入第二章，删去第六条。")
    assert not result.holds
    law = parse_law(result.text, "新.md")
    assert [a.divisions[-1].title for a in law.articles.values()] == ["总则", "总则", "抽取", "抽取", "抽取", "责任", "责任"]  # fmt: skip
    assert "## 第三章 责任" in result.text
    assert "保存三个月" in words(result, "5")


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("将第四章并入第二章。", "不是紧接在"),
        (
            "将第三条分为三款，修改为：“抽取样品应当出示证件。\n\n“抽取应当有记录。”",
            "写明分为 3 款，给出 2 款",
        ),
        (
            "将第七条第一款第二项分为三项，修改为：“（二）泄露秘密的”“（三）转让样品的”。",
            "写明分为 3 项",
        ),
        ("将第二条第一款第一自然段修改为：“本法由市场监管部门实施。”", "不是一款各项之前"),
        ("将第三条分为两款。", "没有给出新的文字"),
    ],
)
def test_what_does_not_fit_such_a_form_is_held(item: str, reason: str) -> None:
    result = amended(item)
    assert result.text == LAW
    assert [reason in hold.reason for hold in result.holds] == [True]


def test_a_new_number_in_wording_that_is_not_understood_holds_no_old_article() -> None:
    result = amended(
        "第二条第二款予以特别处理，作为第七条。", "将第七条第二款中的“二千元”修改为“三千元”。"
    )
    assert [hold.articles for hold in result.holds] == [("2",)]
    assert "处三千元罚款" in result.text


def test_the_heads_of_a_list_of_laws_are_no_instructions_and_give_the_words_to_each() -> None:
    text = """# 关于修改部分法律的决定

一、对下列法律中关于处罚条例的规定作出修改

（一）将下列法律和有关决定中引用的“处罚条例”修改为“处罚法”

1．《中华人民共和国兵役法》第六条

2．《中华人民共和国水法》第七条、第九条

3．样品会议关于《中华人民共和国水法》第八条的解释

（二）对下列法律中的具体规定作出修改

4．删去《中华人民共和国渔业法》第三条第一款；

第二款修改为：“捕捞应当登记。”

本决定自公布之日起施行。
"""
    made, unread = parse_items(read_decision(text), ())
    told = [(i.law, i.kind.value, i.targets[0].label, i.new_words) for i in made]
    assert told == [
        ("兵役法", "replace_words", "第六条", "处罚法"),
        ("水法", "replace_words", "第七条", "处罚法"),
        ("水法", "replace_words", "第九条", "处罚法"),
        ("渔业法", "delete_paragraph", "第三条第一款", ""),
        ("渔业法", "replace_paragraph", "第三条第二款", ""),
    ]
    assert [(left.law, left.no) for left in unread] == [
        ("样品会议关于《水法》第八条的解释", "一（一）3")
    ]
