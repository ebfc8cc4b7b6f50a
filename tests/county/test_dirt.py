"""Dirt: every kind is there, few enough to import, and reading tells them apart."""

import re

import polars as pl
from stdnum.cn import uscc

from riskwarn.records.enterprise import normalise_uscc
from riskwarn.tables.catalogue import load_catalogue
from tests.county.conftest import inbox


def sort_rows(made, name, day, code):
    """Say of each row what is wrong with it: mended, refused or nothing."""
    frame = pl.read_parquet(inbox(made, f"{name}.parquet"))
    words = load_catalogue().codes[load_catalogue().tables[name].columns[code].codes].values
    known = {word for all_words in words.values() for word in all_words}
    title = load_catalogue().tables[name].columns[code].title
    found = {"mended": 0, "refused": 0, "clean": 0}
    for raw, on, word in frame.select("统一社会信用代码", day, title).iter_rows():
        if not uscc.is_valid(normalise_uscc(raw)) or on == "2024-02-30" or word not in known:
            found["refused"] += 1
        elif raw != normalise_uscc(raw) or not re.fullmatch(r"\d{4}-\d\d-\d\d", on):
            found["mended"] += 1
        else:
            found["clean"] += 1
    return found


def test_complaints_carry_both_kinds_of_fault_below_the_import_limit(dirty_county):
    found = sort_rows(dirty_county, "complaint", "登记日期", "kind")
    rows = sum(found.values())
    assert found["refused"] == int(0.004 * dirty_county_rows_before(rows))
    assert 0 < found["refused"] / rows < 0.01
    assert found["mended"] >= 4


def dirty_county_rows_before(rows: int) -> int:
    """Undo the doubling: 0.2 % of the rows were written twice."""
    return next(n for n in range(rows, 0, -1) if n + int(0.002 * n) == rows)


def test_some_rows_stand_twice_and_some_belong_to_nobody(dirty_county):
    told = pl.read_parquet(inbox(dirty_county, "complaint.parquet"))
    assert told["登记编号"].n_unique() < len(told)
    ours = set(pl.read_parquet(inbox(dirty_county, "enterprise.parquet"))["统一社会信用代码"])
    strangers = [
        c for c in told["统一社会信用代码"].to_list() if uscc.is_valid(c) and c not in ours
    ]
    assert strangers


def test_the_register_itself_stays_clean(dirty_county):
    codes = pl.read_parquet(inbox(dirty_county, "enterprise.parquet"))["统一社会信用代码"]
    assert all(uscc.is_valid(code) for code in codes)
