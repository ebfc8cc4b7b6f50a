from riskwarn.leads.events import lead_events
from tests.builders import AS_OF
from tests.sample_night import street


def test_what_changed_leaves_one_event_and_what_stayed_leaves_none():
    built = street()
    events = lead_events(built.leads, built.gone, AS_OF, "run")
    kinds = [event.kind for event in events]
    assert (kinds.count("opened"), kinds.count("updated"), kinds.count("gone")) == (5, 1, 3)
    assert len({event.event_id for event in events}) == len(events)
    reasons = {event.payload["reason"] for event in events if event.kind == "gone"}
    assert reasons == {"unknown", "judged", "cleared"}


def test_the_states_of_a_night_pass_through_json_lines_and_give_the_same_next_night():
    """The store keeps states as text; dates and nulls must survive the way there and back."""
    import io

    import polars as pl

    from riskwarn.leads.build import build_leads
    from riskwarn.leads.life import STATE_SCHEMA
    from riskwarn.workspace import Settings
    from tests.sample_night import YESTERDAY, street_inputs

    states = build_leads(street_inputs(YESTERDAY, {0: {"complaints_90d": 5}}), Settings()).states
    back = pl.read_ndjson(io.BytesIO(states.write_ndjson().encode()), schema=dict(STATE_SCHEMA))
    tonight = {0: {"complaints_90d": 6}}
    direct = street_inputs(AS_OF, tonight, previous=states, previous_as_of=YESTERDAY)
    stored = street_inputs(AS_OF, tonight, previous=back, previous_as_of=YESTERDAY)
    assert build_leads(direct, Settings()).leads == build_leads(stored, Settings()).leads
