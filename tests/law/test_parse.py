"""The parse tree: what is an article, a 款, a 项; what is set aside; what is named as odd."""

from hypothesis import given
from hypothesis import strategies as st

from riskwarn.law.parse import parse_law
from riskwarn.law.tree import Kind

PLAIN = """# 中华人民共和国样品法

2020年1月1日 第一届会议通过

<!-- INFO END -->

## 第一章 总　则

第一条 为了示范，制定本法。

第二条 本法适用于下列活动：

（一）生产；

（二）销售，包括：

1.批发；

2.零售。

前款活动之外的，依照第一条的规定执行。

## 第二章 附 则

第三条 本法自2020年2月1日起施行。
"""


def kinds(text: str) -> list[str]:
    return [anomaly.kind for anomaly in parse_law(text).anomalies]


def test_a_plain_law_becomes_chapters_articles_paragraphs_items_and_subitems():
    law = parse_law(PLAIN)
    assert list(law.articles) == ["1", "2", "3"]
    second = law.articles["2"]
    assert second.heading == "第一章 总则"
    assert [p.number for p in second.paragraphs] == [1, 2]
    item = second.paragraphs[0].item(2)
    assert item is not None
    assert item.own_text == "销售，包括："
    assert [sub.own_text for sub in item.children] == ["批发；", "零售。"]
    assert second.paragraphs[1].own_text == "前款活动之外的，依照第一条的规定执行。"
    assert law.title == "中华人民共和国样品法"
    assert law.completeness == "complete"
    assert not law.anomalies


def test_every_node_knows_its_line_and_offset():
    law = parse_law(PLAIN, line_offset=5)
    for node in law.root.walk():
        assert PLAIN[node.start : node.start + len(node.own)] == node.own
    assert law.articles["2"].node.line == PLAIN[: PLAIN.index("第二条")].count("\n") + 1 + 5


def test_a_citation_at_the_start_of_a_line_is_not_a_heading():
    text = "第一条 甲。\n第二条 乙。\n第二条规定的活动，照办。\n第一条、第二条的活动，照办。\n"
    law = parse_law(text + "第三条 本法自2020年1月1日起施行。")
    assert list(law.articles) == ["1", "2", "3"]
    assert len(law.articles["2"].paragraphs) == 3


def test_an_article_that_begins_with_the_word_rule_is_not_dropped():
    law = parse_law("第一条 甲。\n第二条 规模较小的公司，可以不设。\n第三条 自公布之日起施行。")
    assert law.articles["2"].paragraphs[0].own_text.startswith("规模较小")


def test_the_wrong_character_for_di_is_read_and_named():
    law = parse_law("第一条 甲。\n笫二条 乙。\n第三条 自公布之日起施行。", "样品.md")
    assert list(law.articles) == ["1", "2", "3"]
    (anomaly,) = law.anomalies
    assert (anomaly.kind, anomaly.file, anomaly.line) == ("wrong_character", "样品.md", 2)


def test_a_space_inside_the_number_is_read_and_named():
    law = parse_law("第一条 甲。\n第 二 条乙侦查。\n第三条 自公布之日起施行。")
    assert list(law.articles) == ["1", "2", "3"]
    assert law.articles["2"].paragraphs[0].own_text == "乙侦查。"
    assert [a.kind for a in law.anomalies] == ["odd_article_number"]


def test_inserted_articles_keep_their_own_number():
    law = parse_law("第一条 甲。\n第一条之一 乙。\n第一条之二 丙。\n第二条 自公布之日起施行。")
    assert list(law.articles) == ["1", "1-1", "1-2", "2"]
    assert law.completeness == "complete"


def test_a_gap_in_the_numbering_is_an_error_and_the_version_is_not_whole():
    law = parse_law("第一条 甲。\n第四条 自公布之日起施行。")
    (anomaly,) = law.anomalies
    assert anomaly.kind == "gap"
    assert "缺第2条至第3条" in anomaly.message
    assert law.completeness == "gapped"


def test_a_text_without_commencement_is_truncated():
    law = parse_law("第一条 甲。\n第二条 乙应当公布实施。")
    assert law.completeness == "truncated"


def test_an_article_that_stands_twice_keeps_the_first_and_is_named():
    law = parse_law("第一条 甲。\n第二条 乙。\n第二条 丙。\n第三条 自公布之日起施行。")
    assert law.articles["2"].node.text == "乙。"
    assert "duplicate_article" in [a.kind for a in law.anomalies]


def test_the_table_of_contents_is_set_aside():
    text = (
        "样品法\n\n目　　录\n第一章　总　　则\n第二章　附　　则\n\n第一章　总　　则\n第一条　甲。\n"
    )
    law = parse_law(text + "第二章　附　　则\n第二条　自公布之日起施行。\n")
    assert len(law.set_aside(Kind.CONTENTS)) == 1
    assert [node.title for (node,) in law.divisions()] == ["总则", "附则"]
    assert law.completeness == "complete"


def test_an_annex_with_its_own_articles_does_not_disturb_the_law():
    text = "第一条 甲。\n第二条 自公布之日起施行。\n附件一\n第一条 附件里的。\n附件二\n表格"
    law = parse_law(text)
    assert list(law.articles) == ["1", "2"]
    assert law.articles["1"].node.text == "甲。"
    assert len(law.set_aside(Kind.ANNEX)) == 2


def test_a_list_inside_one_paragraph_is_taken_apart():
    law = parse_law(
        "第一条 有下列情形之一：（一）甲；（二）乙第（一）项；（三）丙。\n第二条 施行。"
    )
    items = law.articles["1"].paragraphs[0].children
    assert [item.number for item in items] == [1, 2, 3]
    assert items[1].own_text == "乙第（一）项；"


def test_a_list_goes_on_after_an_unnumbered_paragraph():
    text = "第一条 下列：\n（一）甲。\n甲的补充。\n（二）乙。\n后款。\n第二条 施行。"
    paragraphs = parse_law(text).articles["1"].paragraphs
    assert [p.own_text for p in paragraphs] == ["下列：", "后款。"]
    assert [item.number for item in paragraphs[0].children] == [1, 2]


def test_a_closing_clause_has_a_position_and_a_flag():
    text = "第一条 有下列情形：\n（一）甲；\n（二）乙；\n处罚款。\n第二条 施行。"
    paragraphs = parse_law(text).articles["1"].paragraphs
    assert [(p.number, p.closing) for p in paragraphs] == [(1, False), (2, True)]


def test_lost_item_marks_and_item_gaps_are_named():
    assert "lost_item_marks" in kinds("第一条 下列：\n甲；\n乙。\n第二条 自公布之日起施行。")
    assert "item_gap" in kinds("第一条 下列：\n（一）甲；\n（三）乙。\n第二条 起施行。")
    assert "duplicate_item" in kinds("第一条 下列：\n（一）甲；\n（一）乙。\n第二条 起施行。")


def test_bom_crlf_and_full_width_spaces_change_nothing_but_the_raw_text():
    odd = "\ufeff" + PLAIN.replace("\n", "\r\n").replace("条 ", "条　")
    law, plain = parse_law(odd), parse_law(PLAIN)
    assert law.raw == odd
    assert [a.node.normal for a in law.articles.values()] == [
        a.node.normal for a in plain.articles.values()
    ]


def test_a_footnote_is_no_part_of_the_clause():
    with_note = parse_law("第一条 甲。\n第二条 起施行。\n① 编者按。")
    without = parse_law("第一条 甲。\n第二条 起施行。")
    assert with_note.articles["2"].node.hash == without.articles["2"].node.hash


def test_a_decision_without_articles_keeps_its_numbered_parts():
    law = parse_law("关于修改样品法的决定\n一、将第一条修改为：“甲。\n“乙。”\n二、删去第三条。")
    entries = [node for node in law.root.children if node.kind is Kind.ENTRY]
    assert [entry.number for entry in entries] == [1, 2]
    assert not law.articles


PIECES = ["第一条 ", "第二条", "第三条之一 ", "（一）", "(二)", "1.", "一、", "第一章 总则", "目录"]
PIECES += [
    "附件一",
    "① 注",
    "。",
    "；",
    "：",
    "\n",
    "\r\n",
    "　",
    "\ufeff",
    "甲乙丙丁",
    "# ",
    "附则",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_the_tree_prints_any_text_again_and_its_offsets_fit(text: str):
    law = parse_law(text)
    assert law.raw == text
    position = 0
    for node in law.root.walk():
        assert node.start == position or not node.own
        position += len(node.own)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_no_text_makes_the_parser_fail(text: str):
    assert parse_law(text).raw == text
