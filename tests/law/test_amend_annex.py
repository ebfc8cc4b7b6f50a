"""Annexes, tables and headings in amending decisions: changed exactly, or held with the wording."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from riskwarn.commands import law as law_commands
from riskwarn.errors import ConfigError
from riskwarn.law.amend import Amendment, amend
from riskwarn.law.amend_read import read_decision
from riskwarn.law.parse import parse_law

LAW = """# 中华人民共和国样品管理法

目录

第一章 总则

第二章 抽取

第三章 抽取责任

<!-- INFO END -->

## 第一章 总则

第一条 为了加强样品管理，制定本法。

## 第二章 抽取

第二条 工商部门负责抽取样品，目录见附件1。

第三条 收费标准如下：

| 种类 | 金额 |
| --- | --- |
| 食品 | 10元 |

## 第三章 抽取责任

第四条 违反本法规定的，由工商部门给予警告。

第五条 本法自2010年6月1日起施行。

附件1：

样品目录

一、食品。

二、药品、医疗器械。

附件2：

收费表

| 种类 | 金额 |
| --- | --- |
| 化妆品 | 30元 |
"""
HEAD = (
    "# 关于修改《中华人民共和国样品管理法》的决定\n\n2020年5月5日 样品会议通过\n\n"
    "对《中华人民共和国样品管理法》作如下修改：\n\n"
)


def amended(*items: str) -> Amendment:
    body = "\n\n".join(f"{no}、{item}" for no, item in zip("一二三四", items, strict=False))
    decision = read_decision(HEAD + body + "\n\n本决定自公布之日起施行。\n")
    return amend(parse_law(LAW, "样品法.md"), decision, "样品管理法")


@pytest.mark.parametrize(
    ("item", "old", "new"),
    [
        ("将附件1中的“医疗器械”修改为“医疗设备”。", "药品、医疗器械。", "药品、医疗设备。"),
        ("删去附件1中的“、医疗器械”。", "药品、医疗器械。", "药品。"),
        ("在附件1中的“食品”后增加“、保健食品”。", "一、食品。", "一、食品、保健食品。"),
        ("将附件2中的“30元”修改为“40元”。", "| 30元 |", "| 40元 |"),
        ("将第三条中的“10元”修改为“15元”。", "| 10元 |", "| 15元 |"),
        ("删去附件2。", LAW[LAW.index("附件2：") :], ""),
        (
            "附件2修改为：\n\n“附件2：\n\n“收费表\n\n“化妆品每件40元。”",
            "收费表\n\n| 种类 | 金额 |\n| --- | --- |\n| 化妆品 | 30元 |\n",
            "收费表\n\n化妆品每件40元。\n",
        ),
        (
            "附件1修改为：“只有食品。”",
            "样品目录\n\n一、食品。\n\n二、药品、医疗器械。\n\n",
            "只有食品。\n",
        ),
    ],
)  # fmt: skip
def test_an_annex_or_a_table_is_changed_and_nothing_else(item: str, old: str, new: str) -> None:
    result = amended(item)
    assert not result.holds
    assert result.text == LAW.replace(old, new)


@pytest.mark.parametrize(
    ("item", "old", "new"),
    [
        ("将“第三章 抽取责任”修改为“第三章 法律责任”。", "第三章 抽取责任", "第三章 法律责任"),
        ("“第二章 抽取”修改为：“第二章 抽样”。", "第二章 抽取\n", "第二章 抽样\n"),
        ("将章名“抽取责任”修改为“法律责任”。", "第三章 抽取责任", "第三章 法律责任"),
        ("将第二章章名修改为“抽样”。", "第二章 抽取\n", "第二章 抽样\n"),
        ("将第三章章名中的“抽取”修改为“抽样”。", "第三章 抽取责任", "第三章 抽样责任"),
    ],
)
def test_a_heading_is_renamed_in_its_place_and_in_the_contents(
    item: str, old: str, new: str
) -> None:
    result = amended(item)
    assert not result.holds
    assert result.text == LAW.replace(old, new)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("将附件3中的“食品”修改为“食物”。", "找不到附件3"),
        ("将附件中的“食品”修改为“食物”。", "不止一个"),
        ("将附件1中的“玩具”修改为“玩物”。", "找不到“玩具”"),
        ("将附件1第二项中的“药品”修改为“药物”。", "不能定位"),
        ("增加一个附件，作为附件3：“名录”。", "看不懂|缺少"),
        ("将章名“监督”修改为“检查”。", "没有名为“监督”"),
        ("将“第三章 监督”修改为“第三章 检查”。", "找不到“监督”"),
        ("将“第三章 抽取责任”修改为“第四章 法律责任”。", "序号也变了"),
        ("将“工商部门”修改为“市场监管部门”。", "没有写明在哪一条"),
        ("题注修改为：“（2020年5月5日修正）”。", "看不懂"),
        ("将第三条所附表格第二栏中的“10元”修改为“15元”。", "看不懂|不能|找不到"),
    ],
)
def test_what_cannot_be_located_leaves_the_text_as_it_was(item: str, reason: str) -> None:
    result = amended(item)
    assert result.text == LAW
    assert len(result.holds) == 1
    hold = result.holds[0]
    assert any(part in hold.reason for part in reason.split("|"))
    assert hold.wording
    assert hold.cure


def test_an_annex_is_amended_by_all_its_instructions_or_by_none() -> None:
    result = amended(
        "将附件1中的“食品”修改为“食物”。",
        "将附件1中的“玩具”修改为“玩物”。",
        "将第四条中的“警告”修改为“罚款”。",
    )
    assert result.text == LAW.replace("给予警告", "给予罚款")
    assert len(result.holds) == 2


def test_an_instruction_on_an_annex_that_is_not_understood_holds_that_annex() -> None:
    result = amended("将附件1中的“食品”修改为“食物”。", "附件1按国家规定另行编制。")
    assert result.text == LAW
    assert {hold.no for hold in result.holds} == {"一", "二"}


def test_words_changed_throughout_that_an_annex_has_too_are_told() -> None:
    result = amended("将本法中的“食品”修改为“食物”。")
    assert result.text == LAW.replace("| 食品 | 10元", "| 食物 | 10元")
    assert any("附件1" in note and "未改" in note for note in result.notes)


def test_the_command_lists_the_instructions_on_annexes_and_headings(tmp_path: Path) -> None:
    (tmp_path / "before.md").write_text(LAW, encoding="utf-8")
    item = "一、将附件1、第四条中的“药品”修改为“药物”。\n\n二、将章名“抽取责任”修改为“法律责任”。"
    (tmp_path / "decision.md").write_text(HEAD + item + "\n", encoding="utf-8")
    files = {name: str(tmp_path / name) for name in ("i.csv", "r.json", "e.csv")}
    made = CliRunner().invoke(
        law_commands.app,
        ["amend", "--before", str(tmp_path / "before.md"), "--decision",
         str(tmp_path / "decision.md"), "--title", "样品管理法", "--instructions", files["i.csv"],
         "--report", files["r.json"], "--effects", files["e.csv"]],
    )  # fmt: skip
    assert isinstance(made.exception, ConfigError)  # 第四条 has no such words
    assert "第四条中找不到“药品”" in str(made.exception)
    assert "药物、医疗器械" in made.stdout
    listed = Path(files["i.csv"]).read_text(encoding="utf-8-sig")
    assert "附件1" in listed
    assert "rename_title" in listed
    report = json.loads(Path(files["r.json"]).read_text(encoding="utf-8"))
    assert "第四条" in json.dumps(report, ensure_ascii=False)
