# ruff: noqa: F811
"""The real Zhejiang list of 2017 becomes a plan: what has died since stays out, and why."""

import json

import pytest

from riskwarn.commands.draw import app as draw_app
from riskwarn.draw.planfile import load_plan
from tests.draw.test_after_the_draw import VALUES, call
from tests.draw.test_county_draw import county, drawn  # noqa: F401

SOURCE = ["--source", "浙江，2017", "--department", "320583000", "--plan", "ZJ-2025"]


@pytest.fixture(scope="module")
def drafted(county, drawn, tmp_path_factory):
    path = tmp_path_factory.mktemp("draft") / "plan.yaml"
    done = call(draw_app, county, "draft", path, "--on", "2025-12-08", *SOURCE)
    assert done.exit_code == 0, done.exception
    return path, json.loads(done.stdout)


def test_every_row_is_in_the_plan_or_refused_with_the_rule_s_number(drafted):
    path, told = drafted
    assert told["items"] + len(told["refused"]) == 79
    assert all("国办发〔2015〕58号" in line for line in told["refused"])
    text = path.read_text("utf-8")
    assert text.count('      - "9900332017') == told["items"]
    assert not [line for line in told["refused"] if line.split(" ")[2][:14] in text]


def test_an_item_whose_basis_has_died_is_refused_with_the_clause_s_history(drafted):
    _, told = drafted
    (said,) = [line for line in told["refused"] if "“个体工商户登记事项的检查”不得" in line]
    assert "依据均已失效" in said
    assert "《个体工商户条例》已于 2022-11-01 由《促进个体工商户发展条例》废止或取代" in said
    (said,) = [line for line in told["refused"] if "“农民专业合作社登记事项的检查”不得" in line]
    assert "已于 2022-03-01 由《市场主体登记管理条例》废止或取代" in said


def test_five_years_earlier_the_same_item_was_in_the_plan(county, drawn, tmp_path):
    path = tmp_path / "plan.yaml"
    done = call(draw_app, county, "draft", path, "--on", "2020-01-06", *SOURCE)
    told = json.loads(done.stdout)
    assert not [line for line in told["refused"] if "“个体工商户登记事项的检查”不得" in line]
    assert "个体工商户登记事项的检查" in path.read_text("utf-8")


def test_the_list_s_own_share_is_taken_and_another_is_said_to_be_ours(drafted):
    plan, _ = load_plan(drafted[0])
    share = {task.title: task.ratios_bp["A"] for task in plan.tasks}
    assert share["保健食品生产企业证后监督"] == 3000  # 不少于30%
    assert share["食品经营单位证后监管"] == 20  # 2‰
    assert share["获证食品生产企业监管"] == 300  # 未写比例：下限
    assert "按下限起草，须由本机关确定" in drafted[0].read_text("utf-8")


def test_a_draft_cannot_be_frozen_before_its_conditions_are_written(county, drafted):
    refused = call(draw_app, county, "freeze", drafted[0], "--on", "2025-12-08")
    assert {problem.code for problem in refused.exception.problems} == {"D105"}


def test_a_finished_draft_goes_the_whole_way(county, drafted, tmp_path):
    text = drafted[0].read_text("utf-8").split("  - task: L003")[0]
    text = text.replace("where: {}", 'where: {regions: ["320583"]}')
    text = text.replace("A: 3%, B: 3%, C: 3%, D: 3%", "A: 5%, B: 10%, C: 20%, D: 50%, U: 5%")
    text = text.replace('form: "', 'form: "示例值 ').replace("2025-12-10", "2025-12-11")
    path = tmp_path / "plan.yaml"
    path.write_text(text, "utf-8")
    frozen = call(draw_app, county, "freeze", path, "--on", "2025-12-08")
    assert frozen.exit_code == 0, frozen.exception
    done = call(draw_app, county, "run", "ZJ-2025-1", "--on", "2025-12-11", *VALUES)
    assert done.exit_code == 0, done.exception
    made, root = json.loads(done.stdout), json.loads(frozen.stdout)["root"]
    checked = call_verify(made["bundle"], root)
    assert checked["ok"], checked
    notice = (county.out_dir / "draw" / "ZJ-2025-1" / "抽查结果公示.txt").read_text("utf-8")
    assert "事项 99003320170001 获证食品生产企业监督　依据：《食品安全法》" in notice


def call_verify(bundle, root):
    from riskwarn.draw.verify import verify

    return verify(bundle, root)


def test_a_list_that_is_not_there_is_named_with_those_that_are(county, drawn, tmp_path):
    args = ["draft", tmp_path / "p.yaml", "--on", "2025-12-08", *SOURCE]
    args[args.index("浙江，2017")] = "江西"
    found = call(draw_app, county, *args)
    assert found.exception.problems[0].code == "D118"
    assert "浙江，2017" in found.exception.problems[0].expected
    assert not (tmp_path / "p.yaml").exists()
