"""Who is in, who is not and why; unknown is not no."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from riskwarn.draw.freeze import freeze_draw
from riskwarn.draw.officers import build_officers, build_recusals, check_officers
from riskwarn.draw.pool import build_pool
from riskwarn.errors import ConfigError, InputRejectedError
from tests.draw.builders import (
    FROZEN_ON,
    PLAN,
    SEED_ON,
    a_freeze,
    a_plan,
    a_town,
    a_uscc,
    an_info,
    some_officers,
)


def one_each(**changes):
    """Ten enterprises, all eligible for T1, then changed one by one."""
    rows = [
        {
            "uscc": a_uscc(n),
            "status": "active",
            "kind": "company",
            "region": "330106",
            "industry": "F5211",
            "department_code": "D1",
        }
        for n in range(10)
    ]
    for place, change in changes.items():
        rows[int(place[1:])] |= change
    town = a_town(1)
    return replace(
        town,
        enterprises=pl.DataFrame(rows),
        classes=pl.DataFrame({"uscc": [row["uscc"] for row in rows], "risk_class": ["B"] * 10}),
    )


def strata(plan, town, task="T1"):
    return build_pool(plan, town, FROZEN_ON)[f"task:{task}"].to_list()


def test_each_reason_is_given_where_it_applies(tmp_path):
    plan = a_plan(tmp_path)
    town = one_each(
        n0={"status": "revoked"},
        n1={"industry": None},
        n2={"industry": "C1411"},
        n3={"status": None},
    )
    town = replace(town, exempt=pl.DataFrame({"uscc": [a_uscc(4)]}))
    order = build_pool(plan, town, FROZEN_ON)["uscc"].to_list()
    found = dict(zip(order, strata(plan, town, "T2"), strict=True))
    assert found[a_uscc(0)] == "!not_active"
    assert found[a_uscc(1)] == "!scope_unknown"
    assert found[a_uscc(2)] == "!industry"
    assert found[a_uscc(3)] == "B"  # an unknown status is no reason to leave anybody out
    assert found[a_uscc(4)] == "!exempt"
    assert found[a_uscc(5)] == "B"


def test_without_a_class_it_is_a_stratum_of_its_own_or_excluded_never_class_a(tmp_path):
    plan = a_plan(tmp_path)
    town = replace(one_each(), classes=pl.DataFrame({"uscc": [a_uscc(0)], "risk_class": ["A"]}))
    assert sorted(set(strata(plan, town))) == ["A", "U"]  # T1 gives U a ratio
    assert sorted(set(strata(plan, town, "T2"))) == ["!class_unknown", "A"]


def history(rows):
    schema = {
        "uscc": pl.String,
        "item_code": pl.String,
        "authority": pl.String,
        "drawn_on": pl.Date,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_no_repeat_counts_the_item_and_the_cap_counts_visits_of_the_authority(tmp_path):
    plan = a_plan(tmp_path)
    item, other = "99009900100001", "99009900300009"
    past = history(
        [
            (a_uscc(0), item, "D1", date(2025, 1, 6)),  # 364 days before
            (a_uscc(1), item, "D1", date(2025, 1, 4)),  # 366 days before
            (a_uscc(2), other, "D1", date(2026, 1, 2)),
            (a_uscc(2), other, "D1", date(2026, 1, 3)),  # two visits this year: the cap
            (a_uscc(3), other, "D1", date(2026, 1, 2)),
            (a_uscc(3), "x", "D1", date(2026, 1, 2)),  # one visit with two items
            (a_uscc(4), "x", "D9", date(2026, 1, 2)),
            (a_uscc(4), "y", "", date(2026, 1, 3)),  # unknown authority counts for all
            (a_uscc(4), "z", "", date(2026, 1, 4)),
            (a_uscc(5), item, "D1", date(2026, 1, 6)),  # tomorrow is not known today
        ]
    )
    town = replace(one_each(), history=past)
    pool = build_pool(plan, town, FROZEN_ON)
    found = dict(zip(pool["uscc"], pool["task:T1"], strict=True))
    room = dict(zip(pool["uscc"], pool["room"], strict=True))
    assert [found[a_uscc(n)] for n in range(6)] == ["!no_repeat", "B", "!cap", "B", "!cap", "B"]
    assert [room[a_uscc(n)] for n in (1, 2, 3, 5)] == ["D1=2", "D1=0", "D1=1", "D1=2"]


def test_an_enterprise_twice_in_the_register_stops_everything(tmp_path):
    town = one_each(n1={"uscc": a_uscc(0)})
    with pytest.raises(InputRejectedError) as caught:
        build_pool(a_plan(tmp_path), town, FROZEN_ON)
    assert [p.code for p in caught.value.problems] == ["D131"]
    assert a_uscc(0) in str(caught.value)


def test_a_field_that_could_forge_a_line_is_refused(tmp_path):
    with pytest.raises(InputRejectedError, match="D132"):
        build_pool(a_plan(tmp_path), one_each(n0={"region": "33\t0106"}), FROZEN_ON)


def states(tmp_path, **changes):
    staff = some_officers(6)
    rows = staff.officers.to_dicts()
    for place, change in changes.items():
        rows[int(place[1:])] |= change
    schema = staff.officers.schema
    staff = replace(staff, officers=pl.DataFrame(rows, schema=schema))
    return build_officers(a_plan(tmp_path), staff, SEED_ON)["state"].to_list()


def test_a_certificate_that_expired_yesterday_is_expired_and_one_to_today_is_valid(tmp_path):
    found = states(
        tmp_path,
        n0={"certificate_until": date(2026, 1, 7)},
        n1={"certificate_until": date(2026, 1, 8)},
        n2={"certificate_until": None},
        n3={"on_leave_from": date(2026, 1, 8), "on_leave_to": None},
        n4={"on_leave_from": date(2026, 1, 1), "on_leave_to": date(2026, 1, 7)},
        n5={"department_code": "D7"},
    )
    assert found == [
        "!certificate_expired",
        "",
        "!certificate_missing",
        "!leave",
        "",
        "!department",
    ]


def test_an_unknown_lead_flag_is_no_lead(tmp_path):
    staff = some_officers(12)
    blank = staff.officers.with_columns(is_lead=pl.lit(None, pl.Boolean))
    officers = build_officers(a_plan(tmp_path), replace(staff, officers=blank), SEED_ON)
    assert officers["lead"].to_list() == ["0"] * 12
    codes = {p.code for p in check_officers(a_plan(tmp_path), officers)}
    assert codes == {"D144"}


def test_too_few_officers_and_missing_qualifications_are_named_before_the_freeze(tmp_path):
    staff = some_officers(2)
    officers = build_officers(a_plan(tmp_path), staff, SEED_ON)
    said = [str(p) for p in check_officers(a_plan(tmp_path), officers)]
    assert [line.split()[0] for line in said] == ["D143", "D143", "D145"]
    assert "每次检查要 2 名" in said[0]


def test_recusals_hold_until_their_end_and_former_posts_for_ever(tmp_path):
    staff = some_officers(4, 0)
    dated = pl.DataFrame(
        [
            ("33010600000", "E1", "kin", None, None),
            ("33010600000", "E2", "kin", date(2020, 1, 1), date(2026, 1, 7)),
            ("33010600000", "E3", "former", date(2020, 1, 1), date(2021, 1, 1)),
            ("33010600000", "E4", None, date(2026, 1, 9), None),
            ("99999999999", "E5", "kin", None, None),
        ],
        schema=staff.interests.schema,
        orient="row",
    )
    met = pl.DataFrame(
        [("33010600001", "E6", date(2025, 1, 9)), ("33010600001", "E7", date(2025, 1, 8))],
        schema=staff.pairs.schema,
        orient="row",
    )
    kin = pl.DataFrame([("33010600002", "E8")], schema=staff.related.schema, orient="row")
    given = replace(staff, interests=dated, pairs=met, related=kin)
    pairs = build_recusals(a_plan(tmp_path), given, SEED_ON)
    assert pairs["uscc"].to_list() == ["E1", "E3", "E6", "E8"]


def test_a_task_that_earlier_tasks_could_leave_without_enterprises_is_refused(tmp_path):
    text = PLAN.replace("yearly_cap: 2", "yearly_cap: 1").replace("D: 100%", "D: 90%")
    with pytest.raises(ConfigError) as caught:
        a_freeze(a_plan(tmp_path, text))
    assert {p.code for p in caught.value.problems} == {"D125"}
    assert "年度频次上限" in str(caught.value)


def test_an_empty_pool_is_refused_and_nothing_is_frozen(tmp_path):
    town = a_town(30)
    gone = replace(town, enterprises=town.enterprises.with_columns(status=pl.lit("cancelled")))
    with pytest.raises(ConfigError) as caught:
        a_freeze(a_plan(tmp_path), gone)
    assert {p.code for p in caught.value.problems} == {"D121"}


def test_the_order_of_the_input_rows_changes_no_byte(tmp_path):
    plan, town, staff = a_plan(tmp_path), a_town(80), some_officers()
    turned = replace(
        town,
        enterprises=town.enterprises.reverse(),
        classes=town.classes.sample(fraction=1, seed=3),
    )
    other = replace(staff, officers=staff.officers.reverse(), interests=staff.interests.reverse())
    frozen = a_freeze(plan, town, staff)
    again = freeze_draw(
        plan,
        [build_pool(plan, turned, FROZEN_ON)],
        build_officers(plan, other, SEED_ON),
        build_recusals(plan, other, SEED_ON),
        an_info(),
    )
    assert frozen.root == again.root
