"""The hand-labelled development half: exact targets, and no citation where there is none."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from riskwarn.law.book import LawBook
from riskwarn.law.cite import Citer
from riskwarn.workspace import resource_dir

GOLD = Path(__file__).parent / "gold" / "citations_dev.jsonl"
LISTS = {
    "zhejiang_double_random_2017.csv": date(2017, 11, 24),
    "real_excerpts.csv": date(2021, 8, 6),
}
FIELDS = ("article", "paragraph", "item", "subitem", "chapter", "section")


@pytest.fixture(scope="module")
def citer():
    return Citer(LawBook.open(resource_dir("legal_clauses") / "laws"))


def key(target, title):
    return (title, *(target.get(field) for field in FIELDS))


def overlapping(citer, row, cache):
    if "file" in row:
        if row["file"] not in cache:
            version = next(v for v in citer.book.versions if v.file == row["file"])
            cache[row["file"]] = citer.cite_law(citer.book.text(version), version)
        found = cache[row["file"]]
    else:
        found = citer.cite_text(row["cell"], LISTS[row["csv"]])
    return [c for c in found if c.start < row["end"] and c.end > row["start"]]


def cells():
    """The cells of the two lists, from the items that were made of them."""
    columns = {"抽查依据": "设定依据", "检查依据": "设定依据", "抽查事项名称": "监管事项主项名称"}
    names = {
        "zhejiang_double_random_2017.csv": "zhejiang_double_random_2017.csv",
        "real_excerpts.csv": "chongqing_excerpts.csv",
    }
    found = {}
    for gold, ours in names.items():
        path = resource_dir("legal_clauses") / "items" / ours
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), 1):
                for theirs, column in columns.items():
                    found[gold, number, theirs] = row[column]
    return found


@pytest.mark.slow
def test_the_gold_citations_are_found_exactly_and_the_negatives_are_not(citer):
    table, cache = cells(), {}
    wrong, false, cases = [], [], 0
    for line in GOLD.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row.get("ambiguous"):
            continue
        if "csv" in row:
            row["cell"] = table[row["csv"], row["row"], row["column"]]
        hits = overlapping(citer, row, cache)
        if row.get("not_a_citation"):
            false += [row["id"] for c in hits if c.targets]
            continue
        cases += 1
        named = {t["law"] for t in row["targets"]} - {None}
        want = {key(t, t["law"]) for t in row["targets"]}
        have = set()
        for citation in hits:
            for ref in citation.targets:
                title = citer.book.filed_title(ref.law) if named else None
                values = {field: getattr(ref, field) for field in FIELDS}
                have.add(key(values, title))
        if want != have:
            wrong.append((row["id"], row["span"], want - have, have - want))
    assert cases > 200
    assert not false
    assert not wrong
