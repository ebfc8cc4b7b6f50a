"""Closed lists: by code or label, sets sorted, regions and industries against their tables."""

import polars as pl

from riskwarn.sources.codes import (
    convert_codes,
    convert_flags,
    convert_industries,
    convert_regions,
    convert_sets,
)
from riskwarn.tables.catalogue import load_catalogue

LISTS = load_catalogue().codes


def text(*values):
    return pl.Series(list(values), dtype=pl.String)


def told(found):
    return {
        place: (item.code, item.hints.get("存绪", ""))[0]
        for item in found.findings
        for place, hit in enumerate(item.rows.to_list())
        if hit
    }


def test_a_code_may_be_written_as_code_or_as_any_label():
    found = convert_codes(
        text("active", "存续", "在营", "存续(在营、开业、在册)", " ACTIVE "), LISTS["entity_status"]
    )
    assert found.values.to_list() == ["active"] * 5
    assert found.findings == ()


def test_an_unknown_label_is_refused_and_the_nearest_named():
    found = convert_codes(text("存绪", "active", None), LISTS["entity_status"])
    assert found.values.to_list() == [None, "active", None]
    (item,) = found.findings
    assert (item.code, item.rows.to_list()) == ("I209", [True, False, False])
    assert item.hints == {"存绪": "存续"}


def test_every_label_of_every_list_means_its_code():
    for codes in LISTS.values():
        for code, labels in codes.values.items():
            found = convert_codes(text(code, labels[0]), codes).values.to_list()
            assert found == [code, code], (codes.name, code)


def test_sets_are_sorted_without_doubles_and_a_label_with_a_comma_stays_whole():
    results = LISTS["inspection_result"]
    found = convert_sets(
        text("合格", "未按规定公示应当公示的信息|注销", "注销;注销", "未发现问题、正常", "瞎写"),
        results,
    )
    assert found.values.to_list() == ["none", "cancelled|not_published", "cancelled", "none", None]
    assert told(found) == {4: "I209"}
    free = convert_sets(text("B2, A1,B2", "A1"), None)
    assert free.values.to_list() == ["A1|B2", "A1"]


def test_flags():
    found = convert_flags(text("是", "否", "Y", "n", "1", "0", "TRUE", "也许", None))
    assert found.values.to_list() == [True, False, True, False, True, False, True, None, None]
    assert told(found) == {7: "I212"}


def test_regions_are_checked_against_the_dated_table():
    found = convert_regions(text("110101", "330106", "330103", "330106001000", "999999", "3301"))
    assert found.values.to_list() == ["110101", "330106", "330103", "330106", None, None]
    assert told(found) == {2: "N306", 3: "N316", 4: "I210", 5: "I210"}


def test_industries_lose_their_letter_and_unknown_ones_are_kept_with_a_note():
    found = convert_industries(text("F5227", "5227", "f5227", "A", "0111", "F9999", "餐饮"))
    assert found.values.to_list() == ["5227", "5227", "5227", "A", "0111", "9999", None]
    assert told(found) == {5: "N307", 6: "I211"}
