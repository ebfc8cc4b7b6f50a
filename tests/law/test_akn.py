"""Akoma Ntoso: every word of the text is there once, every number has its own id."""

from datetime import date
from xml.etree import ElementTree as ET

import pytest

from riskwarn.errors import ConfigError
from riskwarn.law.akn import NAMESPACE, write_akn
from riskwarn.law.book import LawBook
from riskwarn.law.parse import parse_law
from riskwarn.law.tree import Kind
from riskwarn.records.law import LawVersion
from riskwarn.workspace import resource_dir

NS = f"{{{NAMESPACE}}}"
TITLES = ("食品安全法", "刑法", "广告法", "环境保护税法", "公司法")


@pytest.fixture(scope="module")
def book():
    return LawBook.open(resource_dir("legal_clauses") / "laws")


def exported(book, title):
    versions = book.versions_of(title)
    law = book.text(versions[-1])
    return law, write_akn(law, versions[-1], versions[0])


def letters(text):
    return "".join(c for c in text if not c.isspace() and c not in "#\ufeff\u200b")


@pytest.mark.parametrize("title", TITLES)
def test_every_word_is_there_in_its_order_and_every_id_once(book, title):
    law, text = exported(book, title)
    act = ET.fromstring(text).find(f"{NS}act")
    named = ("preface", "preamble", "body", "attachments")
    have = "".join("".join(part.itertext()) for n in named for part in act.findall(NS + n))
    kept = [n for n in law.root.children if n.kind is not Kind.CONTENTS]
    assert letters(have) == letters(law.root.own + "".join(n.raw for n in kept))
    ids = [e.get("eId") for e in act.iter() if e.get("eId")]
    body = [e.get("eId") for e in act.find(f"{NS}body").iter() if e.get("eId")]
    assert len(body) == len(set(body))
    assert len(act.find(f"{NS}body").findall(f".//{NS}article")) == len(law.articles)
    assert ids == [e.get("eId") for e in ET.fromstring(exported(book, title)[1]).iter()
                   if e.get("eId")]  # fmt: skip


def test_a_clause_stands_under_its_number(book):
    _, text = exported(book, "食品安全法")
    root = ET.fromstring(text)
    (found,) = [e for e in root.iter() if e.get("eId") == "art_41__para_2"]
    clause = book.resolve("食品安全法@2025-09-12#41.2").clause
    assert letters("".join(found.itertext())) == letters(clause.text)
    assert root.find(f".//{NS}FRBRExpression/{NS}FRBRuri").get("value").endswith("zho@2025-09-12")


def test_a_version_without_date_is_refused(book):
    undated = next(v for v in book.versions if v.promulgated_on is None)
    with pytest.raises(ConfigError, match="L176"):
        write_akn(book.text(undated), undated, undated)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "第一条 甲应当登记。\n\n第二条 本法自公布之日起施行。\n\n附件1：\n\n甲。\n",
            "甲应当登记。",
        ),
        ("关于甲的答复\n\n你局请示收悉。甲应当登记。\n\n此复。\n", "你局请示收悉。甲应当登记。"),
    ],
)
def test_a_text_without_title_or_without_parts_has_all_that_the_schema_asks_for(text, words):
    version = LawVersion(title="样品法", full_title="样品法", promulgated_on=date(2020, 1, 1))
    act = ET.fromstring(write_akn(parse_law(text, "样品法.md"), version, version))[0]
    assert [len(act.find(NS + part)) > 0 for part in ("preface", "body")] == [True, True]
    assert words in "".join(act.find(f"{NS}body").itertext())
    ids = [element.get("eId") for element in act.iter() if element.get("eId")]
    assert len(ids) == len(set(ids))
    authors = {e.get("href") for e in act.iter(f"{NS}FRBRauthor")}
    assert {href.lstrip("#") for href in authors} <= set(ids)
