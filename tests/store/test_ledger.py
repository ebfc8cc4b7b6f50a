"""A night is kept once: states, events and classes of the run that stands, read as of a day."""

from datetime import date

import polars as pl
import pytest

from riskwarn.audit.log import head_with, log_leaf, verify_log
from riskwarn.leads.life import STATE_SCHEMA
from riskwarn.records.ledger import LeadEvent, RunCommit
from riskwarn.store import ledger
from riskwarn.store.store import Store
from riskwarn.terms import LeadState

D1, D2, D3 = date(2024, 6, 1), date(2024, 6, 2), date(2024, 6, 3)
SCHEMA = {
    "lead_id": pl.String(),
    "state": pl.String(),
    "state_on": pl.Date(),
    "score": pl.Int64(),
    "listed": pl.Boolean(),
}


def states(*rows):
    return pl.DataFrame(list(rows), schema=SCHEMA, orient="row")


def opened(lead_id, on=D1, run_key="r1"):
    return LeadEvent(lead_id=lead_id, on=on, kind="opened", state=LeadState.NEW, run_key=run_key)


def a_run(store, key, as_of, frame=None, kind="scan", **more):
    leaf = log_leaf("scan", {"run": key, "as_of": as_of})
    head = head_with(store.log_leaves(), [leaf])
    commit = RunCommit(
        run_key=key,
        kind=kind,
        as_of=as_of,
        manifest={"key": key},
        states=frame,
        leaves=(leaf,),
        head=head,
        **more,
    )
    return store.commit_run(commit)


def test_the_same_run_twice_leaves_everything_as_it_was(store):
    frame = states(("L1", "new", D1, 10, True))
    assert a_run(store, "r1", D1, frame, events=(opened("L1"),))
    before = "\n".join(store.db.iterdump())
    assert not a_run(store, "r1", D1, frame, events=(opened("L1"),))
    assert "\n".join(store.db.iterdump()) == before


def test_states_are_read_back_as_they_were_before_a_day(store):
    first = states(("L1", "new", D1, 10, True), ("L2", "new", None, -1, False))
    a_run(store, "r1", D1, first)
    second = states(("L1", "new", D1, 12, True), ("L2", "new", None, -1, False))
    a_run(store, "r2", D2, second)
    assert store.lead_states_before(D1, SCHEMA).is_empty()
    assert store.lead_states_before(D2, SCHEMA).equals(first)
    assert store.lead_states_before(D3, SCHEMA).equals(second)
    written = store.db.execute("select lead_id, as_of from lead_states order by 1, 2").fetchall()
    assert written == [("L1", "2024-06-01"), ("L1", "2024-06-02"), ("L2", "2024-06-01")]


def test_the_leads_own_schema_goes_through_unchanged(store):
    row = dict.fromkeys(STATE_SCHEMA) | {
        "lead_id": "L1",
        "name": '公司"甲"\\n',
        "state": "new",
        "listed": True,
        "severity": 3,
        "deadline_on": D3,
        "evidence": "规则|2\n模型",
    }
    frame = pl.DataFrame([row], schema=dict(STATE_SCHEMA))
    a_run(store, "r1", D1, frame)
    assert store.lead_states_before(D2, STATE_SCHEMA).equals(frame)


def test_another_run_of_the_same_day_takes_the_place_of_the_first(store):
    a_run(store, "r1", D1, states(("L1", "new", D1, 10, True)), events=(opened("L1"),))
    better = states(("L2", "new", D1, 20, True))
    a_run(store, "r1b", D1, better, events=(opened("L2", run_key="r1b"),))
    assert store.lead_states_before(D2, SCHEMA).equals(better)
    assert [event.lead_id for event in store.lead_events(D3)] == ["L2"]
    assert [run.run_key for run in store.runs()] == ["r1b"]
    assert store.run("r1").superseded_by == "r1b"
    assert len(store.log_leaves()) == 2  # the log forgets nothing
    a_run(store, "r1", D1, states(("L1", "new", D1, 10, True)))
    assert [run.run_key for run in store.runs()] == ["r1"]


def test_the_previous_run_is_the_last_that_stands_before_the_day(store):
    for key, day in (("r1", D1), ("r3", D3)):
        a_run(store, key, day)
    assert store.previous_run(D1) is None
    assert store.previous_run(D3).run_key == "r1"


def test_a_decision_shows_in_the_next_night_and_not_before_it_was_made(store):
    a_run(store, "r1", D1, states(("L1", "new", D1, 10, True)))
    assert store.decide("L1", LeadState.UNFOUNDED, D2, "张三", "已核实")
    assert not store.decide("L1", LeadState.UNFOUNDED, D2, "张三", "已核实")
    same_day = store.lead_states_before(D2, SCHEMA).row(0, named=True)
    assert (same_day["state"], same_day["state_on"]) == ("unfounded", D2)
    earlier = RunCommit(run_key="x", kind="backtest", as_of=D1, manifest={})
    store.commit_run(earlier)
    assert ledger.states_before(store.db, date(2024, 6, 1), SCHEMA).is_empty()


def test_a_decision_that_a_run_has_seen_does_not_close_a_reopened_lead_again(store):
    a_run(store, "r1", D1, states(("L1", "new", D1, 10, True)))
    store.decide("L1", LeadState.UNFOUNDED, D2, "张三")
    reopened = states(("L1", "new", D2, 30, True))  # new evidence the same evening
    a_run(store, "r2", D2, reopened)
    assert store.lead_states_before(D3, SCHEMA).equals(reopened)


def test_events_of_a_lead_come_in_order(store):
    a_run(store, "r1", D1, events=(opened("L1"), opened("L2")))
    store.decide("L1", LeadState.ASSIGNED, D1, "李四")
    store.decide("L1", LeadState.CONFIRMED, D2, "李四", "属实")
    told = [(e.kind, e.state, e.actor) for e in store.lead_events(D3, "L1")]
    assert told == [
        ("opened", LeadState.NEW, ""),
        ("decided", LeadState.ASSIGNED, "李四"),
        ("decided", LeadState.CONFIRMED, "李四"),
    ]
    assert len(store.lead_events(D1, "L1")) == 2


def test_classes_are_those_of_the_newest_run_not_after_the_day(store):
    assert store.classes_until(D3).is_empty()
    first = pl.DataFrame(
        {"uscc": ["B", "A"], "risk_class": [None, "C"], "points": [0, 55]}, strict=False
    )
    a_run(store, "r1", D1, classes=first.cast({"risk_class": pl.String}))
    second = pl.DataFrame({"uscc": ["A"], "risk_class": ["D"], "points": [120]})
    a_run(store, "r3", D3, classes=second)
    assert store.classes_until(D2).rows() == [("A", "C", 55), ("B", None, 0)]
    assert store.classes_until(D3).rows() == [("A", "D", 120)]
    assert store.sweep() == []
    a_run(store, "r3b", D3, classes=second)
    assert store.sweep() == ["classes/2024-06-03-r3.parquet"]
    assert store.classes_until(D3).rows() == [("A", "D", 120)]


def test_a_month_s_classes_are_the_frozen_ones_or_those_of_its_first_night(store):
    def given(risk_class):
        codes = ["A", "B", "C"]
        return pl.DataFrame({"uscc": codes, "risk_class": [risk_class, None, "B"], "points": 1})

    nights = [(2, 3, "A"), (2, 4, "B"), (3, 1, "C"), (3, 9, "D"), (4, 2, "A"), (4, 30, "B")]
    for month, day, risk_class in nights:
        a_run(store, f"n{month}-{day}", date(2024, month, day), classes=given(risk_class))
    a_run(store, "f3", date(2024, 3, 20), kind="classify", classes=given("A"))

    def asked(first, last, *codes):
        return store.classes_between(first, last, pl.Series(codes, dtype=pl.String)).rows()

    whole = date(2024, 1, 1), date(2024, 12, 31)
    february, march, april = date(2024, 2, 3), date(2024, 3, 20), date(2024, 4, 2)
    assert asked(*whole, "A", "B", "X") == [
        (february, "A", "A"),
        (march, "A", "A"),
        (april, "A", "A"),
    ]
    assert asked(date(2024, 2, 4), march, "A") == [(date(2024, 2, 4), "A", "B"), (march, "A", "A")]
    assert [row[0] for row in asked(*whole, "C")] == [february, march, april]
    assert asked(*whole) == []


def test_a_fault_in_the_middle_of_a_commit_leaves_nothing_of_it(ws, monkeypatch):
    with Store.open(ws) as store:
        a_run(store, "r1", D1, states(("L1", "new", D1, 10, True)))
        before = "\n".join(store.db.iterdump())

        def fail(*_args):
            raise RuntimeError("power cut")

        monkeypatch.setattr(ledger, "append_log", fail)
        with pytest.raises(RuntimeError):
            a_run(store, "r2", D2, states(("L1", "new", D1, 99, True)), events=(opened("L9"),))
        assert "\n".join(store.db.iterdump()) == before


def test_the_log_verifies_from_what_the_store_gives_back(store):
    for key, day in (("r1", D1), ("r2", D2), ("r2b", D2)):
        a_run(store, key, day)
    assert [head.size for head in store.tree_heads()] == [1, 2, 3]
    assert verify_log(store.log_leaves(), store.tree_heads()) == []
    store.db.execute("update log set payload = replace(payload, 'r1', 'r9') where place = 1")
    assert [p.code for p in verify_log(store.log_leaves(), store.tree_heads())] == ["A101"]
