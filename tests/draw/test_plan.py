"""A wrong plan is refused with its line, a wrong day with its rule, all faults at once."""

from datetime import date

import pytest

from riskwarn.draw.plan import check_against, in_quarter_window, read_plan
from riskwarn.draw.planfile import read_ratio
from riskwarn.errors import ConfigError
from tests.draw.builders import PLAN, a_plan

MONDAY = date(2026, 1, 5)


def faults_of(tmp_path, *changes: tuple[str, str]) -> list[str]:
    text = PLAN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(ConfigError) as caught:
        a_plan(tmp_path, text)
    return [str(problem).replace(f"{tmp_path}/", "") for problem in caught.value.problems]


def test_a_good_plan_reads_as_written(tmp_path):
    plan = a_plan(tmp_path)
    first = plan.tasks[0]
    assert first.ratios_bp == {"A": 400, "B": 1000, "C": 2500, "D": 6000, "U": 1000}
    assert (first.directed, first.floor_bp, plan.tasks[1].floor_bp) == (False, 300, 0)
    assert [source.on.day for source in plan.sources] == [8, 7, 8]


def test_ratios_that_fall_with_risk_are_named_with_their_place(tmp_path):
    found = faults_of(tmp_path, ("C: 25%", "C: 5%"))
    assert found == [
        "plan.yaml:21:29: D103 风险越高比例反而越低：B 类 10% 高于 C 类 5%；"
        "应为：A ≤ B ≤ C ≤ D（国市监信发〔2022〕6号）"
    ]


def test_all_faults_of_a_plan_come_at_once(tmp_path):
    found = faults_of(
        tmp_path,
        ("D: 60%", "D: 1%"),
        ('items: ["99009900300009"]', 'items: ["99009900100001"]'),
        ("mode: directed\n", "mode: undirected\n"),
        ("task: T2", "task: T1"),
    )
    assert [line.split()[1] for line in found] == ["D103", "D101", "D102", "D105"]


def test_one_officer_a_check_is_refused(tmp_path):
    assert "officers_per_check" in faults_of(tmp_path, ("check: 2", "check: 1"))[0]


def test_a_typo_in_a_key_names_the_nearest_one(tmp_path):
    found = faults_of(tmp_path, ("yearly_cap: 2", "yearly_cop: 2"))
    assert found[0].startswith("plan.yaml:9:1: Y021 不认识的键 yearly_cop")
    assert found[0].endswith("是否想写：yearly_cap")


@pytest.mark.parametrize(("text", "value"), [("3%", 300), ("0.25%", 25), ("100％", 10_000)])
def test_a_ratio_is_read_as_basis_points(text, value):
    assert read_ratio(text) == value


@pytest.mark.parametrize("text", ["3", "0.03", "101%", "-1%", "3.123%", ""])
def test_a_ratio_that_could_mean_two_things_is_refused(text):
    with pytest.raises(ValueError):
        read_ratio(text)


def problems_on(tmp_path, day: date, gate=lambda code, on: None, departments=frozenset()):
    plan = a_plan(tmp_path)
    working = lambda one: one.weekday() < 5  # noqa: E731
    found = check_against(plan, "plan.yaml", day, gate, departments, working)
    return [(p.code, p.severity) for p in found]


def test_the_day_of_the_freeze_must_lie_before_every_public_value(tmp_path):
    assert problems_on(tmp_path, MONDAY) == []
    assert problems_on(tmp_path, date(2026, 1, 7)) == [("D115", "error")]
    assert problems_on(tmp_path, date(2026, 1, 8))[-3:] == [("D115", "error")] * 3


def test_outside_the_first_five_working_days_of_the_quarter_is_said(tmp_path):
    assert ("D114", "warning") in problems_on(tmp_path, date(2026, 2, 2))
    weekday = lambda day: day.weekday() < 5  # noqa: E731
    assert in_quarter_window(date(2026, 4, 7), weekday)  # Wed 1 Apr is the first working day
    assert not in_quarter_window(date(2026, 4, 8), weekday)
    assert not in_quarter_window(date(2026, 4, 4), weekday)  # a Saturday


def test_an_item_that_may_not_be_checked_stops_the_plan_with_the_document_number(tmp_path):
    plan = a_plan(tmp_path)
    gate = lambda code, on: "不在清单中" if code.endswith("0009") else None  # noqa: E731
    found = check_against(plan, "plan.yaml", MONDAY, gate, frozenset())
    assert [p.code for p in found] == ["D111"]
    assert "国办发〔2015〕58号" in found[0].expected


def test_an_unknown_department_is_named(tmp_path):
    assert ("D112", "error") in problems_on(tmp_path, MONDAY, departments=frozenset({"D1"}))


def test_little_entropy_is_a_warning_not_a_refusal(tmp_path):
    from riskwarn.draw.plan import check_plan
    from riskwarn.yamlfile import load

    text = PLAN.replace("bits: 24", "bits: 3").replace("bits: 17", "bits: 3")
    plan = a_plan(tmp_path, text)
    found = check_plan(plan, load(tmp_path / "plan.yaml"))
    assert [(p.code, p.severity) for p in found] == [("D109", "warning")]


def test_the_shipped_county_plan_reads():
    from riskwarn.workspace import resource_dir

    plan = read_plan(resource_dir("examples") / "county" / "plan.yaml")
    assert len(plan.tasks) == 2
    assert sum(source.bits for source in plan.sources) >= 64
