"""The lint: what concerns rules and packs as a whole, each code once."""

from datetime import date

import pytest

from riskwarn.errors import Place, Problem
from riskwarn.rules.check import check_folder
from tests.rules.packs import PARAMS, pack, rule, write

ON = date(2026, 6, 30)
WHEN = "{feature: complaints, ge: $complaint_min}"


def example(name: str, region: str, count: str, expect: str, more: str = "") -> str:
    world = f'enterprise: {{region: "{region}"}}, features: {{complaints: {count}}}'
    return f"\n      - {{name: {name}, as_of: 2026-06-30{more}, {world}, expect: {expect}}}"


TESTS = (
    example("命中", "33", "8", "hit", ", boundary: true")
    + example("未命中", "33", "7", "clear")
    + example("北京", "11", "9", "clear")
    + example("不详", "33", "null", "unknown")
)
LISTS = """\
lists:
  black: {title: 黑名单, source: lists/black.csv, key: uscc, max_age: 30d}
"""
STAMP = "# updated_on: 2026-06-01\n"


def codes(folder, **more):
    return [problem.code for problem in check_folder(folder, ON, **more)]


def good(**more):
    return pack(rule(more.pop("when", WHEN), **{"tests": TESTS, **more}))


def test_a_good_pack_has_no_fault(tmp_path):
    assert check_folder(write(tmp_path, good()), ON) == []


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("W101", good(false_positives="[]")),
        ("W102", good(advice='""')),
        ("W104", good(dedupe="{by: [uscc, region, industry]}")),
        ("W110", good(effective="{from: 2024-01-01, to: 2026-06-29}")),
        ("W111", good(message="没有数值")),
        ("W103", pack(rule(WHEN, tests=TESTS), params=PARAMS.replace(", note: 试点", ""))),
        ("W109", pack(rule(WHEN, tests=TESTS), params=PARAMS.replace('"*"', '"44"'))),
        ("E115", good().replace("complaint_min:", "status:")),
        ("E118", good().replace('"33", from: 2025-01-01', '"*", from: 2024-01-01')),
        ("E126", good(replaces="[demo.a]")),
        ("E129", good(tests=TESTS.replace("{complaints: 9}", "{fines_fen: 9}"))),
    ],
)
def test_each_lint_speaks(tmp_path, code, text):
    assert code in codes(write(tmp_path, text))


def test_a_double_rule_is_named_with_its_first_place(tmp_path):
    folder = write(tmp_path, good())
    second = good().replace("cn.demo", "cn.other").replace("complaint_min", "other_min")
    write(tmp_path, second.replace("complaints", "seconds"), "other.yaml")
    found = [str(p) for p in check_folder(folder, ON) if p.code == "E108"]
    assert found == [
        "rules/other.yaml:18:5: E108 规则 demo.a 在 rules/demo.yaml:18:5 已有；"
        "应为：编号一经使用永不重复"
    ]


def test_two_rules_with_one_condition_are_one_rule_too_many(tmp_path):
    text = pack(rule(WHEN, tests=TESTS), rule(WHEN, "demo.b", tests=TESTS))
    assert codes(write(tmp_path, text)) == ["W105"]


def test_an_old_rule_that_is_replaced_must_be_put_to_rest(tmp_path):
    other = "{feature: fines_fen, ge: 1}"
    text = pack(rule(WHEN, tests=TESTS, replaces="[demo.b]"), rule(other, "demo.b", status="draft"))
    assert "W112" in codes(write(tmp_path, text))
    rested = text.replace("status: draft", "status: deprecated\n    reason: 改用 demo.a")
    assert "W112" not in codes(write(tmp_path, rested))


def test_two_meanings_under_one_feature_name_are_refused(tmp_path):
    folder = write(tmp_path, good())
    other = good().replace("cn.demo", "cn.other").replace("demo.a", "demo.b")
    write(tmp_path, other.replace("window: 90d", "window: 91d"), "other.yaml")
    assert "F110" in codes(folder)


def test_what_is_declared_and_not_used_is_named(tmp_path):
    text = pack(
        rule(
            "{feature: complaints, ge: 1}", tests=TESTS.replace(": 7", ": 0").replace(": 9", ": 0")
        ),
        lists=LISTS,
    )
    folder = write(tmp_path, text)
    (folder / "lists" / "black.csv").write_text(STAMP + "value,from_on,to_on,note\n", "utf-8")
    assert codes(folder) == ["W106", "W108"]


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ("value,from_on,to_on,note\n", "rules/lists/black.csv:1: E106 名单首行须写明更新日期"),
        (STAMP + "代码,from_on,to_on,note\n", "rules/lists/black.csv:2: E106 名单表头不对"),
        (
            STAMP + "value,from_on,to_on,note\nA,2026/1/1,,\n",
            "rules/lists/black.csv:3: E106 '2026/1/1' 不是日期",
        ),
        (
            STAMP + "value,from_on,to_on,note\n,2026-01-01,,\n",
            "rules/lists/black.csv:3: E106 名单的 value 为空",
        ),
        (
            STAMP + "value,from_on,to_on,note\nA,2026-02-30,,\n",
            "rules/lists/black.csv:3: E106 没有 2026-02-30 这一天",
        ),
        (
            "# updated_on: 昨天\nvalue,from_on,to_on,note\n",
            "rules/lists/black.csv:1: E106 '昨天' 不是日期",
        ),
    ],
)
def test_a_faulty_list_is_told_by_line(tmp_path, content, wanted):
    folder = write(tmp_path, pack(rule("{in_list: black}"), lists=LISTS))
    (folder / "lists" / "black.csv").write_text(content, encoding="utf-8")
    assert any(str(problem).startswith(wanted) for problem in check_folder(folder, ON))


def test_a_list_file_stays_inside_the_folder_of_rules(tmp_path):
    (tmp_path / "secret.csv").write_text(STAMP + "value,from_on,to_on,note\n", encoding="utf-8")
    text = pack(rule("{in_list: black}"), lists=LISTS.replace("lists/black", "../secret"))
    assert "E105" in codes(write(tmp_path, text))


def test_clauses_and_items_are_asked_for_with_their_place(tmp_path):
    asked = []

    def check_clause(text, on):
        asked.append((text, on))
        return Problem("L113", f"{text} 已废止", severity="error")

    folder = write(tmp_path, good())
    found = check_folder(folder, ON, check_clause, ["99009903100075"])
    assert asked == [("《消费者权益保护法》第三十二条第一款", ON)]
    assert {p.code: p.place for p in found} == {
        "L113": Place("rules/demo.yaml", 23, 13),
        "E119": Place("rules/demo.yaml", 22, 5),
    }
    assert [p.nearest for p in found if p.code == "E119"] == ["99009903100075"]


def test_every_fault_of_every_pack_is_told_at_once_and_in_order(tmp_path):
    folder = write(tmp_path, good(severity="高", when="{field: statu, eq: active}"))
    broken = good().replace("cn.demo", "cn.other").replace("version: 1\n", "version：1\n")
    write(tmp_path, broken, "a.yaml")
    found = check_folder(folder, ON)
    assert [(p.place.file, p.code) for p in found] == [
        ("rules/a.yaml", "Y009"),
        ("rules/demo.yaml", "Y020"),
    ]
    mended = good(severity="high", when="{all: [{field: statu, eq: active}, {feature: x, ge: 7}]}")
    write(tmp_path, mended)
    assert [p.code for p in check_folder(folder, ON)] == ["Y009", "E101", "E102"]
