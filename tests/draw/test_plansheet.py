"""A plan as a workbook reads as the same plan in YAML; every fault names its cell."""

from dataclasses import replace

import openpyxl
import polars as pl
import pytest

from riskwarn.draw.plan import read_plan
from riskwarn.draw.pool import build_pool
from riskwarn.errors import ConfigError
from riskwarn.outputs.plan_template import write_plan_template
from tests.draw.builders import FROZEN_ON, PLAN, SEED_ON, a_plan, a_town
from tests.draw.test_pools import one_each

COMMITMENT = PLAN.split('commitment: "')[1].split('"')[0]
HEAD = {
    "计划编号": "P2026",
    "计划名称": "2026年度双随机抽查计划",
    "发布机关": "某县市场监督管理局",
    "年度": "2026",
    "批次": "1",
    "每组人数": "2",
    "每人年度上限": "40",
    "企业年度入企上限": "2",
}


def ratios(*values):
    return {f"{name}类比例": value for name, value in zip("ABCD", values, strict=True)}


T1 = {
    "任务编号": "T1",
    "任务名称": "登记事项抽查",
    "事项编码": "99009900100001",
    "抽查方式": "不定向",
    **{
        f"{name}类比例": ratio
        for name, ratio in zip("ABCD", ("4%", "10%", "25%", "60%"), strict=True)
    },
    "未分类比例": "10%",
    "部门": "D1",
}
T2 = {
    "任务编号": "T2",
    "任务名称": "食品经营联合抽查",
    "事项编码": "99009900300009",
    "抽查方式": "定向",
    "行业": "F；62",
    **{
        f"{name}类比例": ratio
        for name, ratio in zip("ABCD", ("10%", "20%", "50%", "100%"), strict=True)
    },
    "部门": "D1；D2/食品",
}
SEED = [
    {
        "种类": "公开值",
        "名称": "双色球第2026004期",
        "产生日期": SEED_ON,
        "信息量（位）": 24,
        "写法": "00<00<00<00<00<00 + 00",
    },
    {
        "种类": "公开值",
        "名称": "大乐透第2026003期",
        "产生日期": "2026-01-07",
        "信息量（位）": "24",
        "写法": "00<00<00<00<00 + 00<00",
    },
    {
        "种类": "公开值",
        "名称": "上证指数收盘",
        "产生日期": "2026-01-08",
        "信息量（位）": "17",
        "写法": "#.00",
    },
    {"种类": "份额", "名称": "监察组", "承诺": COMMITMENT},
]


def fill(folder, head=HEAD, tasks=(T1, T2), seed=SEED):
    path = folder / "plan.xlsx"
    write_plan_template(path, FROZEN_ON)
    book = openpyxl.load_workbook(path)
    sheet = book["计划"]
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, 2).value = head.get(sheet.cell(row, 1).value)
    for name, rows in (("任务", tasks), ("种子", seed)):
        at = {cell.value: cell.column for cell in book[name][1]}
        for line, row in enumerate(rows, 2):
            for header, value in row.items():
                book[name].cell(line, at[header]).value = value
    book.save(path)
    return path


def faults(path):
    with pytest.raises(ConfigError) as caught:
        read_plan(path)
    return [str(problem) for problem in caught.value.problems]


def test_the_workbook_gives_the_plan_that_the_yaml_gives(tmp_path):
    plan = read_plan(fill(tmp_path))
    assert replace(plan, sha256="") == replace(a_plan(tmp_path), sha256="")


def test_the_template_offers_its_words_as_drop_downs(tmp_path):
    book = openpyxl.load_workbook(fill(tmp_path))
    offered = {rule.formula1 for rule in book["任务"].data_validations.dataValidation}
    assert '"不定向,定向"' in offered


def test_every_fault_names_its_cell(tmp_path):
    wrong = {**T1, "C类比例": "5%"}
    (found,) = faults(fill(tmp_path, tasks=(wrong, T2)))
    assert found.startswith("plan.xlsx!任务!P2: D103 风险越高比例反而越低")
    odd = {**T2, "抽查方式": "定像", "主体类型": "公司"}
    found = faults(fill(tmp_path, tasks=(T1, odd)))
    assert found == [
        "plan.xlsx!任务!D3: D110 抽查方式 '定像' 不在可选项中；应为：不定向、定向",
        "plan.xlsx!任务!F3: D110 主体类型 '公司' 不在可选项中；应为：企业、个体工商户、"
        "农民专业合作社、分支机构、代表机构",
    ]
    found = faults(fill(tmp_path, tasks=({**T1, "A类比例": 0.04}, T2)))
    assert found[0].startswith("plan.xlsx!任务!N2: D100 tasks.0.ratios.A：比例 0.04 应写成百分数")
    found = faults(fill(tmp_path, head={**HEAD, "每组人数": "1"}))
    assert found[0].startswith("plan.xlsx!计划!B7: D100")


def test_a_renamed_column_is_named_with_what_was_meant(tmp_path):
    path = fill(tmp_path)
    book = openpyxl.load_workbook(path)
    book["任务"]["C1"].value = "事项编号"
    book.save(path)
    found = faults(path)
    assert found[0] == "plan.xlsx!任务: D110 工作表“任务”缺少列 事项编码"
    assert found[1].endswith("是否想写：事项编码")


def directed(folder, where):
    return a_plan(folder, PLAN.replace('{industries: [F, "62"]}', where))


def strata(plan, rows):
    frame = rows.enterprises.with_columns(
        employees=pl.Series([None, 9, 10, 300, 301, 50, 50, 50, 50, 50]),
        registered_capital_fen=pl.Series([50_000_000] * 6 + [None, 49_999_999, 50_000_001, 0]),
        facility_type=pl.Series(["餐馆"] * 5 + ["食堂", None, "餐馆", "餐馆", "餐馆"]),
    )
    return (
        build_pool(plan, replace(rows, enterprises=frame), FROZEN_ON)
        .sort("uscc")["task:T2"]
        .to_list()
    )


def test_size_capital_and_facility_are_conditions_and_unknown_is_neither_in_nor_out(tmp_path):
    town = one_each()
    plan = directed(tmp_path, "{employees: {at_least: 10, at_most: 300}}")
    assert strata(plan, town)[:5] == ["!scope_unknown", "!size", "B", "B", "!size"]
    plan = directed(tmp_path, "{capital_wan: {at_least: 50}}")
    assert strata(plan, town)[5:] == ["B", "!scope_unknown", "!capital", "B", "!capital"]
    plan = directed(tmp_path, "{facilities: [餐馆]}")
    assert strata(plan, town)[4:8] == ["B", "!facility", "!scope_unknown", "B"]
    with pytest.raises(ConfigError, match="下限 30 大于上限 10"):
        directed(tmp_path, "{employees: {at_least: 30, at_most: 10}}")


def test_a_register_without_these_columns_leaves_everybody_unknown(tmp_path):
    pool = build_pool(directed(tmp_path, "{employees: {at_least: 1}}"), a_town(20), FROZEN_ON)
    assert set(pool["task:T2"]) <= {"!scope_unknown", "!not_active"}
