"""What must be true of every draw, whatever the pool."""

from datetime import date, timedelta

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskwarn.draw.canon import prefixed, ticket_maker
from riskwarn.draw.lottery import draw_targets
from riskwarn.draw.pool import EXCLUDED, build_pool
from riskwarn.draw.quota import ONE, give_seats, plan_cells
from riskwarn.draw.run import run_draw
from tests.draw.builders import FROZEN_ON, a_freeze, a_plan, a_town
from tests.draw.test_quota import a_task

QUICK = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SEEDS = st.binary(min_size=32, max_size=32)


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_two_different_lists_of_parts_never_give_the_same_bytes(left, right):
    assert (prefixed(*left) == prefixed(*right)) == (left == right)


@given(
    st.fixed_dictionaries({name: st.integers(0, 5000) for name in "ABCD"}),
    st.lists(st.integers(0, 10_000), min_size=4, max_size=4),
    st.integers(0, 3),
    st.integers(0, ONE - 1),
)
def test_seats_are_the_quota_rounded_and_the_total_is_fixed_before_the_seed(
    sizes, ratios, minimum, start
):
    task = a_task(ratios_bp=dict(zip("ABCD", sorted(ratios), strict=True)), minimum=minimum)
    cells = plan_cells(task, sizes)
    seats = give_seats(cells, start.to_bytes(32))
    for cell, seat in zip(cells, seats, strict=True):
        assert cell.quota_e4 // ONE <= seat <= -(-cell.quota_e4 // ONE) <= cell.size
        assert cell.quota_e4 >= cell.size * task.ratios_bp[cell.stratum]
    if sum(cell.quota_e4 for cell in cells) % ONE == 0:
        assert sum(seats) == sum(cell.quota_e4 for cell in cells) // ONE


@QUICK
@given(SEEDS, st.integers(0, 119))
def test_dropping_one_enterprise_moves_no_other_ticket(tmp_path, seed, gone):
    """Within a stratum the others keep their tickets and their order; the next one moves up."""
    plan, town = a_plan(tmp_path), a_town(120)
    whole = draw_targets(a_freeze(plan, town), seed)
    lost = town.enterprises["uscc"][gone]
    fewer = type(town)(
        enterprises=town.enterprises.filter(pl.col("uscc") != lost),
        classes=town.classes,
        history=town.history,
        exempt=town.exempt,
    )
    rest = draw_targets(a_freeze(plan, fewer), seed)
    before = {(t.task_no, t.uscc): t.ticket for t in whole.targets}
    after = {(t.task_no, t.uscc): t.ticket for t in rest.targets}
    for key in before.keys() & after.keys():
        assert before[key] == after[key]
    first_before = [t.uscc for t in whole.targets if t.task_no == "T1" and t.uscc != lost]
    first_after = [t.uscc for t in rest.targets if t.task_no == "T1"]
    order = {uscc: place for place, uscc in enumerate(first_before)}
    common = [order[uscc] for uscc in first_after if uscc in order]
    assert common == sorted(common)


@QUICK
@given(SEEDS)
def test_nobody_is_drawn_who_was_excluded_and_no_cap_is_broken(tmp_path, seed):
    plan, town = a_plan(tmp_path), a_town(150, 4)
    frozen = a_freeze(plan, town)
    pool = {row[0]: row for row in build_pool(plan, town, FROZEN_ON).iter_rows()}
    drawn = draw_targets(frozen, seed)
    visits: dict[str, int] = {}
    for target in drawn.targets:
        field = pool[target.uscc][5 if target.task_no == "T1" else 6]
        assert field == target.stratum
        assert not field.startswith(EXCLUDED)
        visits[target.uscc] = visits.get(target.uscc, 0) + (not target.reserve)
    assert max(visits.values()) <= plan.yearly_cap


@QUICK
@given(SEEDS)
def test_merging_visits_changes_neither_targets_nor_the_checks_owed(tmp_path, seed):
    frozen = a_freeze(a_plan(tmp_path), a_town(100, 9))
    from tests.draw.builders import a_seed

    made = a_seed(frozen)
    draw = run_draw(frozen, type(made)(seed=seed, values=(), shares=(), drawn_on=made.drawn_on))
    owed = {(t.task_no, t.uscc) for t in draw.drawn.targets if not t.reserve}
    paid = {(task, crew.uscc) for crew in draw.assigned.crews for task in crew.tasks}
    assert owed == paid
    assert draw.visits.merged == len({uscc for _, uscc in owed})


@given(SEEDS, st.text(min_size=1, max_size=10), st.text(min_size=1, max_size=10))
def test_a_ticket_depends_on_task_stratum_and_unit_alone(seed, unit, other):
    ticket = ticket_maker(seed, "sha256", "target", "T1", "A")
    again = ticket_maker(seed, "sha256", "target", "T1", "A")
    ticket(other)
    assert ticket(unit) == again(unit)
    assert ticket(unit) != ticket_maker(seed, "sha256", "target", "T1", "B")(unit)


@QUICK
@given(st.integers(0, 800))
def test_nothing_that_happened_after_the_day_touches_the_pool(tmp_path, days):
    plan, town = a_plan(tmp_path), a_town(40)
    later = pl.DataFrame(
        {
            "uscc": town.enterprises["uscc"],
            "item_code": pl.Series(["99009900100001"]).new_from_index(0, 40),
            "authority": pl.Series(["D1"]).new_from_index(0, 40),
            "drawn_on": pl.Series([date(2026, 1, 6) + timedelta(days=days)]).new_from_index(0, 40),
        }
    )
    told = type(town)(
        enterprises=town.enterprises, classes=town.classes, history=later, exempt=town.exempt
    )
    assert build_pool(plan, told, FROZEN_ON).equals(build_pool(plan, town, FROZEN_ON))
