from datetime import date, timedelta

import polars as pl
import pytest

from riskwarn.leads.build import build_leads
from riskwarn.records.leads import GoneReason, LeadChange
from riskwarn.records.rules import Dedupe
from riskwarn.terms import LeadState, Severity
from riskwarn.workspace import LeadSettings, Settings
from tests.builders import AS_OF, a_hits, a_rule, a_table, lead_inputs

DAY = timedelta(days=1)
RULE = a_rule("r")


def night(
    on, hits, previous=None, before=None, rules=(RULE,), rows=None, settings=None, chance=None
):
    rows = rows or [{"complaints_90d": 5} for _ in hits["r"]]
    inputs = lead_inputs(
        a_table(rows),
        a_hits(**hits),
        list(rules),
        as_of=on,
        previous=previous,
        previous_as_of=before,
        probability=chance
        and pl.DataFrame({"ent": range(len(chance)), "probability": chance}).cast(
            {"ent": pl.Int32}
        ),
    )
    return build_leads(inputs, settings or Settings())


def decide(states, state, on):
    """What people do between two nights: give every lead this state."""
    given = [pl.lit(state.value).alias("state"), pl.lit(on).alias("state_on")]
    return states.with_columns(given)


def test_the_same_hit_on_the_next_night_is_the_same_lead_not_a_second_one():
    first = night(AS_OF, {"r": [True, False]})
    second = night(AS_OF + DAY, {"r": [True, False]}, first.states, AS_OF)
    assert second.leads[0].lead_id == first.leads[0].lead_id
    assert second.leads[0].change is LeadChange.SAME
    assert second.leads[0].first_seen_on == AS_OF
    assert second.states.height == 1


def test_a_deadline_once_given_does_not_move_because_another_night_has_passed():
    first = night(AS_OF, {"r": [True]})
    second = night(AS_OF + 5 * DAY, {"r": [True]}, first.states, AS_OF)
    assert second.leads[0].deadline_on == first.leads[0].deadline_on


def test_a_heavier_signal_makes_the_lead_worse_and_its_deadline_nearer():
    rules = [RULE, a_rule("s", severity=Severity.CRITICAL)]
    first = night(AS_OF, {"r": [True], "s": [False]}, rules=rules)
    second = night(AS_OF + DAY, {"r": [True], "s": [True]}, first.states, AS_OF, rules=rules)
    assert second.leads[0].change is LeadChange.WORSE
    assert second.leads[0].deadline_on < first.leads[0].deadline_on
    third = night(AS_OF + 2 * DAY, {"r": [True], "s": [False]}, second.states, AS_OF + DAY, rules)
    assert third.leads[0].change is LeadChange.BETTER
    assert third.leads[0].deadline_on == second.leads[0].deadline_on


def test_a_model_that_begins_or_ends_to_speak_makes_nobody_worse_or_better():
    told = {
        (None, None): LeadChange.SAME,
        (None, 0.9): LeadChange.SAME,
        (0.9, None): LeadChange.SAME,
        (0.2, 0.9): LeadChange.WORSE,  # it spoke on both nights: what it says now is news
        (0.9, 0.2): LeadChange.BETTER,
    }
    for (then, now), change in told.items():
        first = night(AS_OF, {"r": [True]}, chance=then and [then])
        second = night(AS_OF + DAY, {"r": [True]}, first.states, AS_OF, chance=now and [now])
        assert second.leads[0].change is change, (then, now)


def test_a_further_signal_is_told_also_on_the_night_a_model_begins_to_speak():
    rules = [RULE, a_rule("s")]
    first = night(AS_OF, {"r": [True], "s": [False]}, rules=rules)
    hits = {"r": [True], "s": [True]}
    second = night(AS_OF + DAY, hits, first.states, AS_OF, rules=rules, chance=[0.01])
    assert second.leads[0].change is LeadChange.WORSE


def test_a_provisional_deadline_is_recomputed_from_the_day_of_opening_when_the_list_is_known():
    from tests.builders import a_calendar

    opened = date(2026, 12, 25)
    first = night(opened, {"r": [True]})
    assert first.leads[0].deadline_provisional
    inputs = lead_inputs(
        a_table([{}]),
        a_hits(r=[True]),
        [RULE],
        as_of=opened + DAY,
        previous=first.states,
        previous_as_of=opened,
        calendar=a_calendar({date(2027, 1, 2): False, date(2027, 1, 9): True}),
    )
    lead = build_leads(inputs, Settings()).leads[0]
    assert not lead.deadline_provisional
    assert lead.deadline_on == date(2027, 1, 9)  # ten working days, one of them that Saturday


@pytest.mark.parametrize("state", [LeadState.UNFOUNDED, LeadState.CLOSED, LeadState.CONFIRMED])
def test_a_judged_lead_rests_while_the_evidence_is_the_same_however_long(state):
    first = night(AS_OF, {"r": [True]})
    states, before = decide(first.states, state, AS_OF), AS_OF
    for step in (1, 20, 40, 200):
        on = AS_OF + step * DAY
        later = night(on, {"r": [True]}, states, before)
        assert later.leads == ()
        assert later.counts.conservation.cooled_down == 1
        assert later.counts.conservation.holds
        states, before = later.states, on


def test_a_judged_lead_is_reopened_at_once_by_a_rule_that_was_not_there():
    rules = [RULE, a_rule("s")]
    first = night(AS_OF, {"r": [True], "s": [False]}, rules=rules)
    judged = decide(first.states, LeadState.UNFOUNDED, AS_OF)
    second = night(AS_OF + DAY, {"r": [True], "s": [True]}, judged, AS_OF, rules)
    assert second.leads[0].reopened
    assert second.leads[0].lead_id == first.leads[0].lead_id
    assert second.leads[0].state is LeadState.NEW
    assert second.leads[0].first_seen_on == AS_OF


def test_a_judged_lead_is_reopened_when_a_value_named_in_reopen_on_has_changed():
    rule = a_rule("r", dedupe=Dedupe(reopen_on=("complaints_90d",)))
    first = night(AS_OF, {"r": [True]}, rules=[rule], rows=[{"complaints_90d": 5}])
    judged = decide(first.states, LeadState.CLOSED, AS_OF)
    rows = [{"complaints_90d": 5}]
    assert night(AS_OF + DAY, {"r": [True]}, judged, AS_OF, [rule], rows).leads == ()
    rows = [{"complaints_90d": 6}]
    assert night(AS_OF + DAY, {"r": [True]}, judged, AS_OF, [rule], rows).leads[0].reopened


def test_the_same_evidence_that_went_and_came_back_reopens_only_after_the_cool_down():
    first = night(AS_OF, {"r": [True]})
    states = decide(first.states, LeadState.CLOSED, AS_OF)
    away = night(AS_OF + DAY, {"r": [False]}, states, AS_OF)
    soon = night(AS_OF + 10 * DAY, {"r": [True]}, away.states, AS_OF + DAY)
    assert soon.leads == ()
    late = night(AS_OF + 31 * DAY, {"r": [True]}, away.states, AS_OF + DAY)
    assert late.leads[0].reopened


def test_an_unchecked_lead_that_went_and_came_back_is_the_same_lead_again():
    first = night(AS_OF, {"r": [True]})
    away = night(AS_OF + DAY, {"r": [False]}, first.states, AS_OF)
    assert away.gone[0].reason is GoneReason.CLEARED
    back = night(AS_OF + 2 * DAY, {"r": [True]}, away.states, AS_OF + DAY)
    assert back.leads[0].lead_id == first.leads[0].lead_id
    assert back.leads[0].change is LeadChange.NEW
    assert back.leads[0].reopened


def test_unknown_is_not_cleared_and_is_told_again_every_night():
    first = night(AS_OF, {"r": [True]})
    second = night(AS_OF + DAY, {"r": [None]}, first.states, AS_OF)
    third = night(AS_OF + 2 * DAY, {"r": [None]}, second.states, AS_OF + DAY)
    assert [lead.reason for lead in (*second.gone, *third.gone)] == [GoneReason.UNKNOWN] * 2


def test_what_is_cleared_is_told_once():
    first = night(AS_OF, {"r": [True]})
    second = night(AS_OF + DAY, {"r": [False]}, first.states, AS_OF)
    third = night(AS_OF + 2 * DAY, {"r": [False]}, second.states, AS_OF + DAY)
    assert (len(second.gone), len(third.gone)) == (1, 0)
    assert third.states.height == 1


def test_gone_leads_say_why():
    first = night(AS_OF, {"r": [True, True]})
    shorter = night(AS_OF + DAY, {"r": [True]}, first.states, AS_OF)
    assert [lead.reason for lead in shorter.gone] == [GoneReason.LEFT_REGISTER]
    retired = night(
        AS_OF + DAY, {"r": [True, True], "s": [False, False]}, first.states, AS_OF, [a_rule("s")]
    )
    assert {lead.reason for lead in retired.gone} == {GoneReason.RULE_RETIRED}
    judged = decide(first.states, LeadState.CONFIRMED, AS_OF)
    told = night(AS_OF + DAY, {"r": [True, True]}, judged, AS_OF)
    assert {lead.reason for lead in told.gone} == {GoneReason.JUDGED}


def test_leads_in_peoples_hands_keep_their_place_and_new_ones_get_the_rest():
    settings = Settings(leads=LeadSettings(capacity_per_department=1))
    rules = [RULE, a_rule("s", severity=Severity.CRITICAL)]
    first = night(AS_OF, {"r": [True, False], "s": [False, False]}, rules=rules, settings=settings)
    tonight = {"r": [True, False], "s": [False, True]}
    free = night(AS_OF + DAY, tonight, first.states, AS_OF, rules, settings=settings)
    assert [lead.name for lead in free.leads] == ["第1号企业"]
    assert [lead.reason for lead in free.gone] == [GoneReason.OUTRANKED]
    held = decide(first.states, LeadState.IN_REVIEW, AS_OF)
    kept = night(AS_OF + DAY, tonight, held, AS_OF, rules, settings=settings)
    assert [lead.name for lead in kept.leads] == ["第0号企业"]
    assert kept.counts.conservation.cut == 1


def test_the_order_of_the_previous_states_changes_nothing():
    first = night(AS_OF, {"r": [True] * 6})
    shuffled = first.states.sort("uscc", descending=True)
    one = night(AS_OF + DAY, {"r": [True, False] * 3}, first.states, AS_OF)
    two = night(AS_OF + DAY, {"r": [True, False] * 3}, shuffled, AS_OF)
    assert one.leads == two.leads
    assert one.gone == two.gone
    assert one.states.equals(two.states)
