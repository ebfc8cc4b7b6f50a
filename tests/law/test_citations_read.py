# ruff: noqa: E501 (one cell and its labels stay on one line)
"""Nasty citations from statutes and lists, each read and labelled by hand, beside the gold set."""

import csv
from datetime import date
from pathlib import Path

import pytest

from riskwarn.law.book import LawBook
from riskwarn.law.cite import Citer
from riskwarn.records.law import CitationStatus
from riskwarn.workspace import resource_dir

READ = Path(__file__).parent / "gold" / "citations_read.csv"
LISTED = date(2024, 6, 1)
# cell of a list → every citation in it: title, its places, whether it resolves
CELLS = [
    ("《食品安全法》第一百二十四条第一款第（一）项、第（三）项、第二款；《食品安全法实施条例》第六十七条",
     [("食品安全法", "124.1.1 124.1.3 124.2"), ("食品安全法实施条例", "67")]),
    ("食品安全法第41条、81条、82条第1款", [("食品安全法", "41 81 82.1")]),
    ("《产品质量法》（2018年修正）第四十九条至五十二条", [("产品质量法", "49 50 51 52")]),
    ("《中华人民共和国反不正当竞争法》第七条第一款第二项，第十九条", [("反不正当竞争法", "7.1.2 19")]),
    ("《广告法》第9条第3、4项；第57条第（一）项", [("广告法", "9.1.3 9.1.4 57.1.1")]),
    ("《行政许可法》第69条第1款第5项、第2款", [("行政许可法", "69.1.5 69.2")]),
    ("《标准化法》三十七条", [("标准化法", "37")]),
    ("《消费者权益保护法》第五十六条第一款第(一)、(三)至(五)项",
     [("消费者权益保护法", "56.1.1 56.1.3 56.1.4 56.1.5")]),
    ("《特种设备安全法》第83条第一项、第八十四条第（二）项、第八十五条第一、二款",
     [("特种设备安全法", "83.1.1 84.1.2 85.1 85.2")]),
    ("《食品安全法》第34条第（一）-（三）项", [("食品安全法", "34.1.1 34.1.2 34.1.3")]),
    ("《食品安全法》第124、125、126条", [("食品安全法", "124 125 126")]),
    ("《个体工商户条例》第二十二条、第二十三条（已废止）", [("个体工商户条例", "22 23")]),
    ("《商标法》第六十条第二款、第六十一条；《商标法实施条例》第78、79条",
     [("商标法", "60.2 61"), ("商标法实施条例", "78 79")]),
    ("《网络安全法》第五十九条第一款（违反第二十一条、第二十五条）",
     [("网络安全法", "59.1"), ("网络安全法", "21 25")]),
    ("参照《行政处罚法》第六十二条，并依《食品安全法》第一百三十六条不予处罚",
     [("行政处罚法", "62"), ("食品安全法", "136")]),
    ("《反垄断法》第56条第1—3款", [("反垄断法", "56.1 56.2 56.3")]),
    ("《中华人民共和国食品安全法》第四章第二节", [("食品安全法", "4章.2节")]),
    ("《认证认可条例》第五十七条 第六十一条 第六十二条第一款", [("认证认可条例", "57 61 62.1")]),
    ("《食品安全法》第67条第一款第(一)(二)(三)项及第二款", [("食品安全法", "67.1.1 67.1.2 67.1.3 67.2")]),
    ("《公司法》第二百五十条和市场主体登记管理条例第四十三条", [("市场主体登记管理条例", "43")]),
    ("12315投诉条款三条", []),
    ("第三方平台十条要求", []),
    ("国食药监市〔2005〕25号第三条", []),
]  # fmt: skip


@pytest.fixture(scope="module")
def citer():
    return Citer(LawBook.open(resource_dir("legal_clauses") / "laws"))


def places(citation, own_title):
    refs = [t.canonical.split("#", 1) for t in citation.targets]
    return "|".join(
        place if target.law == own_title else f"{target.law}#{place}"
        for target, (_, place) in zip(citation.targets, refs, strict=True)
    )


def test_citations_of_statutes_are_found_with_their_span_and_places(citer):
    with READ.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    versions = {version.file: version for version in citer.book.versions}
    cited, wrong = {}, []
    for row in rows:
        version = versions[row["file"]]
        text = citer.book.text(version)
        if row["file"] not in cited:
            cited[row["file"]] = citer.cite_law(text, version)
        raw = text.raw.replace("\n", "⏎")
        start = raw.index(row["before"] + row["span"]) + len(row["before"])
        told = [places(c, version.title) for c in cited[row["file"]] if c.start == start]
        if told != [row["targets"]]:
            wrong.append((row["file"], row["span"], row["targets"], told))
    assert len(rows) >= 60
    assert not wrong


@pytest.mark.parametrize(("cell", "expected"), CELLS, ids=[cell for cell, _ in CELLS])
def test_citations_of_a_list_are_found_however_they_are_written(citer, cell, expected):
    found = [c for c in citer.cite_text(cell, LISTED) if c.status is CitationStatus.RESOLVED]
    told = [
        (c.targets[0].law, " ".join(t.canonical.split("#")[1] for t in c.targets)) for c in found
    ]
    assert told == expected
