"""Dates that cannot be are named with file, line and cure, and held; the rest goes on."""

from datetime import date

import pytest

from riskwarn.law.book import LawBook
from tests.law.builders import a_law, put

SHA = "0" * 64


def laws(folder, *versions):
    for promulgated, effective, text, more in versions:
        header = {"promulgated": promulgated, "effective": effective, "sha256": SHA} | more
        put(folder, a_law("样品法", text), title="样品法", **header)
    put(folder, a_law("别的法", "别的。"), title="别的法", promulgated="2000-01-01",
        effective="2000-01-01", sha256=SHA)  # fmt: skip
    return LawBook.open(folder)


def told(book):
    return [(p.code, p.place.file.rsplit("/", 1)[1], p.place.line > 1) for p in book.problems]


def test_a_commencement_before_promulgation_counts_as_unknown(tmp_path):
    book = laws(tmp_path, ("2020-01-01", "2019-01-01", "甲。", {}))
    assert told(book) == [("L013", "样品法(2020-01-01).md", True)]
    assert book.resolve("《样品法》第一条", date(2019, 6, 1)).problem.code == "L112"
    found = book.resolve("《样品法》第一条", date(2021, 1, 1))
    assert (found.problem, found.certain) == (None, False)
    assert book.resolve("《别的法》第一条", date(2021, 1, 1)).certain


@pytest.mark.parametrize(
    ("elder", "younger", "file"),
    [
        (("2018-01-01", "2022-01-01", "甲。", {}), ("2019-01-01", "2021-01-01", "乙。", {}),
         "样品法(2019-01-01).md"),
        (("2018-01-01", "2018-01-01", "甲。", {"repealed": "2023-01-01"}),
         ("2019-01-01", "2021-01-01", "乙。", {}), "样品法(2018-01-01).md"),
    ],
)  # fmt: skip
def test_versions_that_overlap_are_named_and_the_younger_binds(tmp_path, elder, younger, file):
    book = laws(tmp_path, elder, younger)
    assert told(book) == [("L014", file, True)]
    assert "应为" in str(book.problems[0])
    assert book.resolve("《样品法》第一条", date(2022, 6, 1)).clause.text == "乙。"


def test_a_header_that_was_only_dated_anew_is_no_overlap(tmp_path):
    book = laws(tmp_path, ("2018-01-01", "2021-01-01", "甲。", {}),
                ("2019-01-01", "2021-01-01", "甲。", {}))  # fmt: skip
    assert book.problems == ()
