"""The real Zhejiang 2017 list as a plan's source: what has died is refused with its history."""

from datetime import date

import pytest

from riskwarn.draw.gate import describe_items, item_gate
from riskwarn.law.book import LawBook
from riskwarn.law.items import load_items
from riskwarn.workspace import resource_dir

TODAY = date(2026, 1, 5)


@pytest.fixture(scope="module")
def items():
    return load_items(resource_dir("legal_clauses") / "items")


@pytest.fixture(scope="module")
def gate(items):
    return item_gate(items, LawBook.open(resource_dir("legal_clauses") / "laws"))


@pytest.fixture(scope="module")
def zhejiang(items):
    return [item for item in items if "浙江，2017" in item.source]


def test_items_whose_basis_was_repealed_are_refused_with_what_took_its_place(gate, zhejiang):
    assert len(zhejiang) == 79
    refused = {item.name: reason for item in zhejiang if (reason := gate(item.code, TODAY))}
    dead = {name: why for name, why in refused.items() if "均已失效" in why}
    assert set(dead) == {
        "农民专业合作社年度报告公示信息的检查",
        "个体工商户登记事项的检查",
        "农民专业合作社登记事项的检查",
        "个体工商户年度报告的检查",
    }
    history = "《个体工商户条例》已于 2022-11-01 由《促进个体工商户发展条例》废止或取代"
    assert history in dead["个体工商户登记事项的检查"]


def test_the_same_item_passed_while_its_basis_lived(gate, zhejiang):
    (item,) = [item for item in zhejiang if item.name == "个体工商户登记事项的检查"]
    reason = gate(item.code, date(2022, 10, 31))
    assert reason is None or "均已失效" not in reason


def test_a_basis_that_cannot_be_found_is_not_called_dead(gate, zhejiang):
    (item,) = [item for item in zhejiang if item.name == "拍卖活动经营资格的检查"]
    reason = gate(item.code, TODAY)
    assert reason is not None
    assert "能核对为现行有效" in reason
    assert "失效" not in reason


def test_penalties_and_unknown_codes_are_no_checks(gate):
    assert "是行政处罚，不是行政检查" in str(gate("99009900600021", TODAY))
    assert "不在已公布的监管事项清单中（是否想写 99009900300009）" in str(
        gate("9900990030009", TODAY)
    )
    assert gate("99009900300009", TODAY) is None


def test_the_notice_gets_names_and_basis(items):
    name, basis = describe_items(items)["99009900300009"]
    assert name == "对食品经营者进货查验义务的行政检查"
    assert "《食品安全法》" in basis
