"""Messages and explanations carry the values that made the outcome."""

from datetime import date

import pytest

from riskwarn.rules.explain import explain, message, values_of
from riskwarn.rules.pack import load_packs
from riskwarn.rules.values import (
    ValueFaultError,
    days_of,
    industry_prefixes,
    join_words,
    read_value,
    show,
)
from riskwarn.tables.catalogue import load_catalogue
from tests.rules.packs import pack, rule, write

ON = date(2026, 6, 30)
WHEN = """
      all:
        - {field: status, eq: active}
        - any:
            - {feature: complaints, ge: $complaint_min}
            - not: {field: business_until, ge: $as_of}"""
TEXT = '"{status}，投诉 {complaints}（{complaint_min}），罚款 {fines_fen}，期限 {business_until}"'


def the_rule(tmp_path, **more):
    text = pack(rule(WHEN, **{"message": TEXT, **more}))
    return load_packs(write(tmp_path, text))[0].rules[0]


def test_a_message_shows_values_as_people_write_them(tmp_path):
    row = {
        "region": "330106",
        "status": "active",
        "complaints": 4,
        "fines_fen": 123456789,
        "business_until": days_of(date(2026, 1, 2)),
    }
    wanted = "存续，投诉 4 件（4），罚款 1,234,567.89 元，期限 2026-01-02"
    assert message(the_rule(tmp_path), row, ON) == wanted
    unknown = {"region": None, "status": None, "complaints": None}
    wanted = "不详，投诉不详（不详），罚款不详，期限不详"
    assert message(the_rule(tmp_path), unknown, ON) == wanted


def test_an_explanation_tells_every_node_also_why_not(tmp_path):
    row = {"region": "330106", "status": "active", "complaints": 3}
    row["business_until"] = days_of(ON)
    found = explain(the_rule(tmp_path), row, ON)
    told = [(f.depth, f.outcome, f.text, f.value) for f in found]
    assert told == [
        (0, "clear", "以下各项全部成立", ""),
        (1, "hit", "登记状态 等于 存续", "存续"),
        (1, "clear", "以下至少一项成立", ""),
        (2, "clear", "投诉 不少于 4（投诉件数：试点）", "3 件"),
        (2, "clear", "以下不成立", ""),
        (3, "hit", "经营期限至 不早于 2026-06-30", "2026-06-30"),
    ]


def test_an_unknown_node_is_told_as_unknown(tmp_path):
    found = explain(the_rule(tmp_path), {"status": "active", "complaints": 0}, ON)
    assert [f.outcome for f in found] == [
        "unknown",
        "hit",
        "unknown",
        "unknown",
        "unknown",
        "unknown",
    ]
    assert found[3].text == "投诉 不少于 不详（投诉件数）"


def test_values_of_a_hit_are_the_inputs_and_the_parameters(tmp_path):
    row = {"region": "11", "status": "active", "complaints": 3, "business_until": None}
    assert values_of(the_rule(tmp_path), row, ON) == {
        "business_until": None,
        "complaints": 3,
        "fines_fen": None,
        "status": "active",
        "complaint_min": 10,
    }


@pytest.mark.parametrize(
    ("value", "kind", "wanted"),
    [
        (0, "fen", "0 元"),
        (100, "fen", "1 元"),
        (123_456_700, "fen", "1,234,567 元"),
        (800_000_000_000, "fen", "80 亿元"),
        (5_000_000, "fen", "5 万元"),
        (-3_000_000, "fen", "-3 万元"),
        (-5, "fen", "-0.05 元"),
        (12_345, "bp", "123.45%"),
        (2_500, "bp", "25%"),
        (True, "flag", "是"),
        (1.5, "number", "1.5"),
        (2.0, "number", "2"),
        (20_634, "date", "2026-06-30"),
        (None, "date", "不详"),
    ],
)
def test_a_value_is_shown_with_its_unit(value, kind, wanted):
    assert show(value, kind, load_catalogue()) == wanted


@pytest.mark.parametrize(
    ("text", "kind", "hint"),
    [
        ("１２", "int", "12"),
        ("1,000", "int", "1000"),
        ("3万", "fen", "30000"),
        ("5元", "fen", "500"),
        ("25%", "bp", "2500"),
        ("2026年6月3日", "date", "2026-06-03"),
        ("20260603", "date", "2026-06-03"),
        ("是", "flag", "true"),
        ("ｈ62", "industry", "H62"),
        ("３３", "region", "33"),
    ],
)
def test_a_slip_in_a_value_is_told_with_its_cure(text, kind, hint):
    with pytest.raises(ValueFaultError) as caught:
        read_value(text, kind)
    assert caught.value.hint == hint


def test_a_chinese_word_of_a_code_list_leads_to_its_code():
    codes = load_catalogue().codes["entity_status"]
    with pytest.raises(ValueFaultError) as caught:
        read_value("吊销", "code", codes)
    assert caught.value.hint == "revoked"


def test_a_section_letter_is_its_divisions():
    assert industry_prefixes("H") == ("61", "62", "H")
    assert industry_prefixes("H62") == industry_prefixes("62") == ("62", "H62")
    assert industry_prefixes("A")[:2] == ("01", "02")


@pytest.mark.parametrize(
    ("before", "word", "after", "want"),
    [
        ("诉", "27 件", "（", " 27 件"),
        ("有", "20 家", "主", " 20 家"),
        ("为", "存续", "，", "存续"),
        ("于", "2026-06-29", "到", " 2026-06-29 "),
        ("", "2025", "年", "2025 "),
        ("（", "30 天", "）", "30 天"),
        ("本", "79.99 元", "低", " 79.99 元"),
        ("的", "12.5%", "的", " 12.5% "),
        ("被", "不详", "到", "不详"),
    ],
)
def test_numbers_stand_apart_from_chinese_words_and_words_do_not(before, word, after, want):
    assert join_words(before, word, after) == want
