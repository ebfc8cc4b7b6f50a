"""Catalogue → implementation: what an organ may claim, under which code, and what is refused."""

from datetime import date

import pytest

from riskwarn.errors import ConfigError
from riskwarn.law.item_claim import Organ, claim_items
from riskwarn.law.items import load_list, read_items, write_items
from riskwarn.records.law import ClauseRef, PinnedCitation, SupervisionItem

DAY = date(2025, 6, 1)
ORGAN = Organ(uscc="11320100000000000A", name="某区局", tier="县级", region_code="320102")
PIN = PinnedCitation(ref=ClauseRef(law="样品法", version_on=date(2020, 1, 1), article="2"),
                     text_hash="ab")  # fmt: skip


def an_item(number=1, **more):
    given = {"code": f"320099{number:08}", "name": f"事项{number}", "tier": "省级、市级、县级"}
    return SupervisionItem(**(given | {"citations": (PIN,)} | more))


def codes_of(caught):
    return [problem.code for problem in caught.value.problems]


def test_a_claimed_item_hangs_on_its_catalogue_item_and_keeps_basis_and_pins():
    extra = (("主项编码", "M1"), ("cd_operation", "u"), ("manage_detail_id", "7"))
    (item,) = claim_items([an_item(extra=extra)], ORGAN, DAY)
    assert item.code == "11320100000000000A4" + "32009900000001"  # organ, level, catalogue code
    assert (item.catalogue_code, item.tier, item.department) == ("32009900000001", "县级", "某区局")
    assert (item.effective_on, item.region_code, item.source) == (DAY, "320102", "认领")
    assert item.citations == (PIN,)
    assert item.extra == (("主项编码", "M1"),)  # how the catalogue was exchanged is not its own


def test_everything_meant_for_the_level_is_claimed_once():
    catalogue = [an_item(1), an_item(2, tier="省级"), an_item(3, cancelled_on=DAY), an_item(4)]
    first = claim_items(catalogue, ORGAN, DAY)
    assert [item.catalogue_code[-1] for item in first] == ["1", "4"]
    assert claim_items(catalogue, ORGAN, DAY, held=first) == []


def test_what_may_not_be_claimed_is_told_all_at_once():
    catalogue = [an_item(1), an_item(2, tier="省级"), an_item(3, cancelled_on=DAY)]
    held = claim_items(catalogue, ORGAN, DAY)
    wanted = [f"320099{n:08}" for n in (1, 2, 3, 9)]
    with pytest.raises(ConfigError) as caught:
        claim_items(catalogue, ORGAN, DAY, wanted, held)
    assert codes_of(caught) == ["I106", "I123", "I124", "I117"]


def test_an_organ_without_a_credit_code_or_level_claims_nothing():
    with pytest.raises(ConfigError) as caught:
        claim_items([an_item()], Organ(uscc="1132", name="", tier="区级"), DAY)
    assert codes_of(caught) == ["I108", "I116"]


def test_a_claimed_list_is_read_again_as_it_was_written(tmp_path):
    path = tmp_path / "新目录" / "实施.csv"
    claimed = claim_items([an_item(1), an_item(2)], ORGAN, DAY)
    assert write_items(claimed, path) == 2
    items, further = load_list(path)
    assert further == []
    assert [(i.code, i.catalogue_code, i.effective_on) for i in items] == [
        (i.code, i.catalogue_code, i.effective_on) for i in claimed
    ]


def test_sub_items_of_an_exchanged_table_have_their_own_codes_below_the_main_item(tmp_path):
    source = tmp_path / "子项.csv"
    source.write_text(
        "manage_matter_code,subitem_code,subitem_name,administrative_type,set_gist\n"
        "32009900000001,32009900000001001,甲,0,无\n"
        "32009900000001,32009900000001002,乙,行政处罚,无\n",
        encoding="utf-8",
    )
    rows = list(read_items(source))
    assert [row.problems for row in rows] == [(), ()]
    items = [row.item for row in rows if row.item]
    assert [item.code[-3:] for item in items] == ["001", "002"]
    assert {dict(item.extra)["主项编码"] for item in items} == {"32009900000001"}
    again = tmp_path / "写成.csv"
    write_items(items, again, ["主项编码"])
    assert [row.problems for row in read_items(again)] == [(), ()]
