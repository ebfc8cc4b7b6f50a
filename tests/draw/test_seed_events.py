"""No seed before its day, no second freeze without a void record."""

from datetime import date

import pytest

from riskwarn.draw import verify as shipped
from riskwarn.draw.events import add_event, next_attempt
from riskwarn.draw.seed import check_form, clean_value, commit, make_seed
from riskwarn.errors import InputRejectedError
from tests.draw.builders import SEED_ON, VALUES, a_freeze, a_plan, a_town

SHARES = {"监察组": "q7f3-secret"}


@pytest.fixture(scope="module")
def frozen(tmp_path_factory):
    return a_freeze(a_plan(tmp_path_factory.mktemp("plan")), a_town(60))


def refused(frozen, values=VALUES, shares=SHARES, on=SEED_ON) -> list[str]:
    with pytest.raises(InputRejectedError) as caught:
        make_seed(frozen.header, frozen.root, values, shares, on)
    return [problem.code for problem in caught.value.problems]


def test_a_seed_before_its_public_value_is_refused(frozen):
    assert refused(frozen, on=date(2026, 1, 7)) == ["D154", "D154"]


def test_a_seed_whose_values_lie_before_the_freeze_is_refused(frozen):
    late = dict(frozen.header, frozen_on="2026-01-08")
    with pytest.raises(InputRejectedError, match="先冻结公布，后产生种子"):
        make_seed(late, frozen.root, VALUES, SHARES, SEED_ON)


def test_missing_empty_and_wrong_parts_are_all_named(frozen):
    assert refused(frozen, values=VALUES[:2]) == ["D151"]
    assert refused(frozen, values=("1", " ", VALUES[2]), shares={}) == ["D155", "D152", "D153"]
    assert refused(frozen, shares={"监察组": "guess", "别人": "x"}) == ["D153", "D153"]


def test_the_seed_moves_with_every_part(frozen):
    def seed(values=VALUES, root=frozen.root, **changes):
        return make_seed(frozen.header | changes, root, values, SHARES, SEED_ON).seed

    seeds = {
        seed(),
        seed((VALUES[0].replace("08", "09"), *VALUES[1:])),
        seed(root="00" * 32),
        seed(attempt=2),
    }
    assert len(seeds) == 4


def test_the_same_value_typed_in_another_way_is_the_same_value():
    assert clean_value("０３ 07\t+  08\n") == clean_value("03 07 + 08") == "03 07 + 08"


@pytest.mark.parametrize(
    ("form", "value", "fits"),
    [
        ("", "whatever 1", True),
        ("00<00<00 + 00", "03 07 12 + 01", True),
        ("00<00<00 + 00", "03 12 07 + 01", False),  # not in order
        ("00<00<00 + 00", "3 7 12 + 1", False),
        ("00<00<00 + 00", "03 07 12 +01", False),
        ("00<00<00 + 00", "03 07 12 + 01 ", False),
        ("#.00", "3471.25", True),
        ("#.00", "3471.250", False),
        ("#.00", "03471.25", False),
        ("#.00", "3,471.25", False),
        ("#.00 #.00", "3471.25 905.80", True),  # two indices: no order between them
        ("0000", "٠١٢٣", False),  # other digits are other bytes
        ("第#期", "第12期", True),
        ("a.c(0)", "abc(1)", False),  # a point is a point
    ],
)
def test_a_form_leaves_one_way_to_write_a_value(form, value, fits):
    assert check_form(form, value) is fits
    assert shipped.well_formed(form, value) is fits


def test_a_commitment_binds_name_and_secret():
    assert len({commit("甲", "s"), commit("乙", "s"), commit("甲", "t"), commit("甲s", "")}) == 4


def test_a_second_freeze_needs_a_void_record_with_reason_and_two_persons():
    day = date(2026, 1, 5)
    chain = add_event((), "sha256", "freeze", day, root="r", attempt=1)
    with pytest.raises(InputRejectedError, match="D172"):
        add_event(chain, "sha256", "freeze", day, root="r", attempt=2)
    for fields in (
        {"reason": " ", "by": "甲", "second": "乙"},
        {"reason": "错", "by": "甲", "second": "甲"},
        {"reason": "错", "by": "甲", "second": " "},
    ):
        with pytest.raises(InputRejectedError, match="D173"):
            add_event(chain, "sha256", "void", day, **fields)
    chain = add_event(chain, "sha256", "void", day, reason="错", by="甲", second="乙")
    assert next_attempt(chain) == 2
    assert len(add_event(chain, "sha256", "freeze", day, root="r", attempt=2)) == 3


def test_no_event_is_dated_before_the_one_it_follows():
    chain = add_event((), "sha256", "freeze", date(2026, 1, 5), root="r", attempt=1)
    with pytest.raises(InputRejectedError, match="D171"):
        add_event(chain, "sha256", "seed", date(2026, 1, 4), seed="s")
