"""Citations, by the language of statutes: made-up texts, one point each, answers by hand."""

from datetime import date

import pytest

from riskwarn.law.book import LawBook
from riskwarn.law.cite import Citer
from riskwarn.law.parse import parse_law
from riskwarn.records.law import CitationStatus, LawVersion
from tests.law.builders import a_book, a_law

DAY = date(2021, 6, 1)


@pytest.fixture(scope="module")
def citer(tmp_path_factory):
    return Citer(a_book(tmp_path_factory.mktemp("laws")))


def in_law(citer: Citer, *articles: str, title: str = "试验条例") -> list[tuple[str, list[str]]]:
    """Cite a made-up law; give (words cited, addresses) in the order of the text."""
    law = parse_law(a_law(title, *articles))
    version = LawVersion(title=title, promulgated_on=None)
    found = citer.cite_law(law, version, DAY)
    assert all(law.raw[c.start : c.end] == c.raw for c in found)
    return [(c.raw, [_short(ref, title) for ref in c.targets]) for c in found]


def _short(ref, title):
    text = ref.canonical
    return text.removeprefix(f"{title}#") if text.startswith(f"{title}#") else text


def in_text(citer: Citer, text: str) -> list[tuple[str, list[str]]]:
    found = citer.cite_text(text, DAY)
    assert all(text[c.start : c.end] == c.raw for c in found)
    return [(c.raw, [ref.canonical for ref in c.targets]) for c in found]


LIST = "有下列情形：\n\n（一）子；\n\n（二）丑；\n\n（三）寅。\n\n后一款。"


@pytest.mark.parametrize(
    ("words", "cited", "targets"),
    [
        ("依照本条例第一条处理。", "本条例第一条", ["1"]),
        ("违反第一条第二款的，处罚。", "第一条第二款", ["1.2"]),
        ("依照本条例第一条第（二）项处理。", "本条例第一条第（二）项", ["1.1.2"]),
        ("有第一条（一）、（三）项行为的。", "第一条（一）、（三）项", ["1.1.1", "1.1.3"]),
        ("有第一条第一、三项行为的。", "第一条第一、三项", ["1.1.1", "1.1.3"]),
        ("有第一条第一项至第三项行为的。", "第一条第一项至第三项", ["1.1.1", "1.1.2", "1.1.3"]),
        ("依照第一条第一、二款处理。", "第一条第一、二款", ["1.1", "1.2"]),
        ("违反第一条第一款第一项、第二款和第二条的。", "第一条第一款第一项、第二款和第二条",
         ["1.1.1", "1.2", "2"]),
        ("依照本条例第一条至第三条处理。", "本条例第一条至第三条", ["1", "2", "3"]),
        ("依照前条规定处理。", "前条", ["1"]),
        ("依照前条第二款规定处理。", "前条第二款", ["1.2"]),
        ("适用本条规定。", "本条", ["2"]),
        ("造成本条例第一条规定的后果的。", "本条例第一条", ["1"]),
        ("符合第一 条规定。", "第一 条", ["1"]),
    ],
)  # fmt: skip
def test_the_words_of_a_reference_are_read_as_a_lawyer_reads_them(citer, words, cited, targets):
    found = in_law(citer, LIST, words)
    assert found == [(cited, targets)]


@pytest.mark.parametrize(
    ("words", "cited", "targets"),
    [
        ("甲。\n\n乙。\n\n前款的人。", "前款", ["2.2"]),
        ("甲。\n\n乙。\n\n有前两款行为的。", "前两款", ["2.1", "2.2"]),
        ("甲。\n\n违反本条第一款的。", "本条第一款", ["2.1"]),
        ("甲。\n\n违反本条前款的。", "本条前款", ["2.1"]),
        ("甲。\n\n犯第一款罪的。", "第一款", ["2.1"]),
        ("下列：\n\n（一）子；\n\n（二）以前项手段。", "前项", ["2.1.1"]),
        ("下列：\n\n（一）子；\n\n（二）丑；\n\n（三）有前两项行为的。", "前两项",
         ["2.1.1", "2.1.2"]),
        ("下列：\n\n（一）子；\n\n（二）第（一）项的物品。", "第（一）项", ["2.1.1"]),
        ("下列：\n\n（一）子；\n\n（二）丑。\n\n其中第一、二项产品。", "第一、二项",
         ["2.1.1", "2.1.2"]),
        ("下列：\n\n（一）子；\n\n（二）丑。\n\n有前款第二项行为的。", "前款第二项", ["2.1.2"]),
        ("下列：\n\n（一）子；\n\n（二）为本款第一项行为的。", "本款第一项", ["2.1.1"]),
    ],
)  # fmt: skip
def test_relative_words_are_read_from_the_place_where_they_stand(citer, words, cited, targets):
    assert in_law(citer, LIST, words) == [(cited, targets)]


def test_the_item_of_a_violated_article_is_not_one_of_the_penalty(citer):
    penalty = (
        "违反本条例第一条规定，有下列行为的：\n\n（一）违反第三项规定的，警告；\n\n（二）罚款。"
    )
    found = in_law(citer, LIST, penalty)
    assert found == [("本条例第一条", ["1"]), ("第三项", ["1.1.3"])]


def test_words_that_point_back_take_what_was_cited_before(citer):
    found = in_law(citer, LIST, "单位犯第一条第一款、第二款罪的，依照各该款的规定处罚。")
    assert found[1] == ("各该款", ["1.1", "1.2"])
    found = in_law(citer, LIST, "违反第一条、第三条的，依据上述条款处理。")
    assert found[1] == ("上述条款", ["1", "3"])


def test_another_law_is_taken_in_the_version_of_the_day(citer):
    found = in_law(citer, "依照《中华人民共和国样品法》第二条处理。")
    assert found == [("《中华人民共和国样品法》第二条", ["样品法@2020-01-01#2"])]
    assert in_law(citer, "依照样品法第二条处理。") == [("样品法第二条", ["样品法@2020-01-01#2"])]


def test_a_second_law_begins_a_second_citation(citer):
    found = in_law(citer, "依照样品法第一条或者新品法第一条处理。")
    assert [raw for raw, _ in found] == ["样品法第一条", "新品法第一条"]


def test_a_short_name_counts_where_the_text_defines_it(citer):
    text = "根据《中华人民共和国样品法》（以下简称《品法》），制定本条例。"
    found = in_law(citer, text, "依照《品法》第一条处理。")
    assert found[1] == ("《品法》第一条", ["样品法@2020-01-01#1"])
    assert in_law(citer, "甲。", "依照《品法》第一条处理。")[0][1] == ["品法#1"]


def test_a_range_takes_in_the_inserted_articles(citer):
    text = "第一条 甲。\n第一条之一 乙。\n第二条 丙。\n"
    text += "第三条 依照第一条至第二条处理，自公布之日起施行。"
    (found,) = citer.cite_law(parse_law(text), LawVersion(title="例", promulgated_on=None), DAY)
    assert [ref.article for ref in found.targets] == ["1", "1-1", "2"]


def test_chapters_and_sections_are_targets_of_their_own(citer):
    text = "第一章 总则\n第一条 依照本法第二章第一节、第二节处理。\n"
    text += "第二章 分则\n第一节 甲\n第二条 适用本节。\n"
    text += "第二节 乙\n第三条 依照本章第一节处理，自公布之日起施行。\n"
    found = citer.cite_law(parse_law(text), LawVersion(title="例", promulgated_on=None), DAY)
    assert [[(t.chapter, t.section) for t in c.targets] for c in found] == [
        [(2, 1), (2, 2)],
        [(2, 1)],
        [(2, 1)],
    ]


@pytest.mark.parametrize(
    "words",
    [
        "本条例所称产品。", "基本条件。", "节约成本节能。", "第三人。", "第一类产品。",
        "兜底条款。",
        "令第14号。", "第一百三十一次会议。", "填写《检疫合格证明》。", "第三方机构。", "本项目。",
        "第一款项。", "三项制度。", "增加五条生产线。", "对前三项污染物征税。",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_citation_is_none(citer, words):
    law = parse_law(a_law("例", words))
    found = citer.cite_law(law, LawVersion(title="例", promulgated_on=None), DAY)
    assert not [target for citation in found for target in citation.targets]


def test_new_text_in_an_amending_decision_belongs_to_the_amended_law(citer):
    text = "关于修改《样品法》的决定\n\n一、增加一条，作为第三条：“甲。\n\n"
    text += "“有前款行为的，依照本法第一条处理。”\n"
    text += "\n二、将第二条第一款修改为：“犯第二款罪的。”\n"
    law = parse_law(text)
    found = citer.cite_law(law, LawVersion(title="决定", promulgated_on=DAY), DAY)
    got = [(c.raw, [(r.law, r.article, r.paragraph) for r in c.targets]) for c in found]
    assert got == [
        ("第三条", [("样品法", "3", None)]),
        ("前款", [("样品法", "3", 1)]),
        ("本法第一条", [("样品法", "1", None)]),
        ("第二条第一款", [("样品法", "2", 1)]),
        ("第二款", [("样品法", "2", 2)]),
    ]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("《样品法》第一条、二条", [["样品法@2020-01-01#1", "样品法@2020-01-01#2"]]),
        ("《样品法》第一条；第三条", [["样品法@2020-01-01#1", "样品法@2020-01-01#3"]]),
        ("《样品法》第一条 《新品法》第一条", [["样品法@2020-01-01#1"], ["新品法@2021-01-01#1"]]),
        ("《样品法》第一条《新品法》相关规定", [["样品法@2020-01-01#1"], ["新品法@2021-01-01"]]),
        ("国务院《样品法》（主席令第9号）第一条", [["样品法@2020-01-01#1"]]),
        ("《样品法》第1条第1款", [["样品法@2020-01-01#1.1"]]),
        ("《样品法》第二条等一款", [["样品法@2020-01-01#2.1"]]),
        ("《没有的办法》第五条第二项", [["没有的办法#5..2"]]),
        ("按照有关规定执行", []),
    ],
)
def test_a_free_text_basis_gives_its_clauses(citer, cell, expected):
    assert [targets for _, targets in in_text(citer, cell)] == expected


def test_what_is_odd_in_a_free_text_is_said(citer):
    (found,) = citer.cite_text("《样品法》第一条、二条", DAY)
    assert any("缺“第”字" in note for note in found.notes)
    (found,) = citer.cite_text("《样品法》第二条等一款", DAY)
    assert any("错字" in note for note in found.notes)
    (found,) = citer.cite_text("《样晶法》第一条", DAY)
    assert found.status is CitationStatus.UNRESOLVED
    assert any("是否为《样品法》" in note for note in found.notes)


def test_a_clause_that_is_not_there_is_unresolved_and_kept_as_written(citer):
    (found,) = citer.cite_text("《样品法》第九条", DAY)
    assert found.status is CitationStatus.UNRESOLVED
    assert found.raw == "《样品法》第九条"
    assert [ref.article for ref in found.targets] == ["9"]


def test_a_law_older_than_every_text_of_the_book_is_not_called_resolved(tmp_path):
    citer = Citer(LawBook.open(_only_new(tmp_path)))
    (found,) = citer.cite_text("《样品法》第一条", date(2001, 1, 1))
    assert found.status is CitationStatus.UNRESOLVED
    assert "当时的文本" in found.notes[0]


def _only_new(tmp_path):
    (tmp_path / "样品法(2020-01-01).md").write_text(a_law("样品法", "甲。"), encoding="utf-8")
    return tmp_path
