from riskwarn.leads.build import build_leads
from riskwarn.leads.events import lead_events
from riskwarn.leads.life import STATE_SCHEMA
from riskwarn.records.ledger import RunCommit
from riskwarn.store.store import Store
from riskwarn.workspace import Settings, Workspace
from tests.builders import AS_OF
from tests.sample_night import YESTERDAY, street, street_inputs


def test_what_changed_leaves_one_event_and_what_stayed_leaves_none():
    built = street()
    events = lead_events(built.leads, built.gone, AS_OF, "run")
    kinds = [event.kind for event in events]
    assert (kinds.count("opened"), kinds.count("updated"), kinds.count("gone")) == (5, 1, 3)
    assert len({event.event_id for event in events}) == len(events)
    reasons = {event.payload["reason"] for event in events if event.kind == "gone"}
    assert reasons == {"unknown", "judged", "cleared"}


def test_what_the_store_kept_gives_the_same_next_night_as_what_was_handed_over(tmp_path):
    states = build_leads(street_inputs(YESTERDAY, {0: {"complaints_90d": 5}}), Settings()).states
    commit = RunCommit(run_key="first", kind="scan", as_of=YESTERDAY, manifest={}, states=states)
    with Store.open(Workspace(tmp_path, Settings())) as store:
        store.commit_run(commit)
        kept = store.lead_states_before(AS_OF, STATE_SCHEMA)
    assert kept.equals(states)
    tonight = {0: {"complaints_90d": 6}}
    direct = street_inputs(AS_OF, tonight, previous=states, previous_as_of=YESTERDAY)
    stored = street_inputs(AS_OF, tonight, previous=kept, previous_as_of=YESTERDAY)
    assert build_leads(direct, Settings()).leads == build_leads(stored, Settings()).leads
