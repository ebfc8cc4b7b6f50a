"""Runs, the states and events of leads, and the log: written whole, read as of a day."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from riskwarn.records.ledger import LeadEvent, LogLeaf, RunCommit, RunRecord, TreeHead
from riskwarn.terms import LeadState

_DECIDED = "decided"


def canonical(value: object) -> str:
    """JSON of one form: sorted keys, no blanks."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# runs


def find_run(db: sqlite3.Connection, run_key: str) -> RunRecord | None:
    """Give a run by its key, also one that was superseded."""
    row = db.execute(
        "select run_key, kind, as_of, manifest, superseded_by from runs where run_key = ?",
        (run_key,),
    ).fetchone()
    return _run(row) if row else None


def live_runs(db: sqlite3.Connection, kind: str) -> list[RunRecord]:
    """Give the runs that stand, oldest day first."""
    rows = db.execute(
        "select run_key, kind, as_of, manifest, superseded_by from runs"
        " where kind = ? and superseded_by is null order by as_of, place",
        (kind,),
    )
    return [_run(row) for row in rows]


def _run(row: Sequence[Any]) -> RunRecord:
    return RunRecord(
        run_key=row[0],
        kind=row[1],
        as_of=date.fromisoformat(row[2]),
        manifest=json.loads(row[3]),
        superseded_by=row[4] or "",
    )


def enter_run(db: sqlite3.Connection, commit: RunCommit) -> None:
    """Enter a run in place of the one that stood for its day; within a transaction."""
    day = commit.as_of.isoformat()
    standing = db.execute(
        "select run_key from runs where kind = ? and as_of = ? and superseded_by is null",
        (commit.kind, day),
    ).fetchall()
    for (old,) in standing:
        db.execute("delete from lead_states where run_key = ?", (old,))
        db.execute("delete from lead_events where run_key = ?", (old,))
        db.execute("delete from class_files where run_key = ?", (old,))
        db.execute("delete from frozen_classes where run_key = ?", (old,))
        db.execute("update runs set superseded_by = ? where run_key = ?", (commit.run_key, old))
    db.execute(
        "insert into runs values (?, ?, ?, ?, null, (select coalesce(max(place), 0) + 1 from runs))"
        " on conflict (run_key) do update set superseded_by = null, manifest = excluded.manifest,"
        " place = excluded.place",
        (commit.run_key, commit.kind, day, canonical(commit.manifest)),
    )


# leads


def states_before(
    db: sqlite3.Connection, as_of: date, schema: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """The leads' states that the runs before a day left, with people's decisions until that day.

    Gives:  a frame of `schema`, sorted by lead_id; `state` and `state_on` follow the newest
            decision that the state had not yet seen.
    """
    day = as_of.isoformat()
    rows = db.execute(
        "select lead_id, max(as_of), events_seen, payload from lead_states where as_of < ?"
        " group by lead_id order by lead_id",
        (day,),
    ).fetchall()
    frame = _from_payloads([row[3] for row in rows], schema)
    seen = {row[0]: (row[1], row[2]) for row in rows}
    decided = db.execute(
        "select lead_id, on_day, state, place from lead_events"
        " where kind = ? and on_day <= ? order by on_day, place",
        (_DECIDED, day),
    )
    newest: dict[str, tuple[str, str]] = {}
    for lead_id, on_day, state, place in decided:
        stood, known = seen.get(lead_id, ("", 0))
        if stood and (place > known or on_day > stood):
            newest[lead_id] = (state, on_day)
    return _overlay(frame, newest)


def _overlay(frame: pl.DataFrame, newest: Mapping[str, tuple[str, str]]) -> pl.DataFrame:
    if not newest:
        return frame
    told = pl.DataFrame(
        [(lead_id, state, on) for lead_id, (state, on) in sorted(newest.items())],
        schema={"lead_id": pl.String, "__state": pl.String, "__on": pl.String},
        orient="row",
    ).with_columns(pl.col("__on").str.to_date("%Y-%m-%d"))
    return (
        frame.join(told, on="lead_id", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("__state", "state").alias("state"),
            pl.coalesce("__on", "state_on").alias("state_on"),
        )
        .select(frame.columns)
    )


def _from_payloads(payloads: list[str], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    text = {name: pl.String() if d == pl.Date else d for name, d in schema.items()}
    if not payloads:
        return pl.DataFrame(schema=dict(schema))
    frame = pl.Series("row", payloads).str.json_decode(pl.Struct(text)).struct.unnest()
    return frame.with_columns(
        pl.col(name).str.to_date("%Y-%m-%d") for name, d in schema.items() if d == pl.Date
    )


def _to_payloads(states: pl.DataFrame) -> pl.DataFrame:
    """lead_id and payload; columns in order of name so that the text has one form."""
    days = [name for name, dtype in states.schema.items() if dtype == pl.Date]
    texts = states.with_columns(pl.col(name).dt.strftime("%Y-%m-%d") for name in days)
    row = pl.struct(sorted(states.columns)).struct.json_encode()
    return texts.select("lead_id", row.alias("payload")).sort("lead_id")


def write_states(db: sqlite3.Connection, commit: RunCommit) -> None:
    """Write the states that changed; within a transaction."""
    if commit.states is None:
        return
    day = commit.as_of.isoformat()
    rows = db.execute(
        "select lead_id, max(as_of), payload from lead_states where as_of < ? group by lead_id",
        (day,),
    )
    last = {lead_id: payload for lead_id, _, payload in rows}
    seen = int(db.execute("select coalesce(max(place), 0) from lead_events").fetchone()[0])
    changed = [
        (lead_id, day, commit.run_key, seen, payload)
        for lead_id, payload in _to_payloads(commit.states).iter_rows()
        if last.get(lead_id) != payload
    ]
    db.executemany("insert into lead_states values (?, ?, ?, ?, ?)", changed)


def write_events(db: sqlite3.Connection, events: Iterable[LeadEvent]) -> int:
    """Enter events that are not yet there; within a transaction. Gives how many were new."""
    rows = [
        (
            e.event_id,
            e.lead_id,
            e.on.isoformat(),
            e.kind,
            e.state.value,
            e.actor,
            e.run_key,
            canonical(dict(e.payload)),
        )
        for e in events
    ]
    before = db.total_changes
    db.executemany("insert or ignore into lead_events values (null, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return db.total_changes - before


def decision(lead_id: str, state: LeadState, on: date, actor: str, note: str) -> LeadEvent:
    """The event of a person deciding on a lead."""
    return LeadEvent(
        lead_id=lead_id, on=on, kind=_DECIDED, state=state, actor=actor, payload={"note": note}
    )


def events_of(db: sqlite3.Connection, lead_id: str | None, until: date) -> list[LeadEvent]:
    """What happened to a lead, or to all, until a day; in order."""
    rows = db.execute(
        "select lead_id, on_day, kind, state, actor, run_key, payload from lead_events"
        " where on_day <= ? and (? is null or lead_id = ?) order by on_day, place",
        (until.isoformat(), lead_id, lead_id),
    )
    return [
        LeadEvent(
            lead_id=row[0],
            on=date.fromisoformat(row[1]),
            kind=row[2],
            state=LeadState(row[3]),
            actor=row[4],
            run_key=row[5],
            payload=json.loads(row[6]),
        )
        for row in rows
    ]


# log


def append_log(db: sqlite3.Connection, leaves: Sequence[LogLeaf], head: TreeHead | None) -> None:
    """Append leaves and the head that counts them; within a transaction."""
    rows = [(leaf.kind, leaf.payload, leaf.leaf) for leaf in leaves]
    db.executemany("insert into log values (null, ?, ?, ?)", rows)
    if head is not None:
        db.execute(
            "insert or ignore into heads values (?, ?, ?)", (head.size, head.root, head.hash_name)
        )


def log_leaves(db: sqlite3.Connection) -> list[LogLeaf]:
    """All entries of the log in order."""
    rows = db.execute("select kind, payload, leaf from log order by place")
    return [LogLeaf(kind=row[0], payload=row[1], leaf=row[2]) for row in rows]


def tree_heads(db: sqlite3.Connection) -> list[TreeHead]:
    """All heads that were ever stored, smallest first."""
    rows = db.execute("select size, root, hash_name from heads order by size")
    return [TreeHead(size=row[0], root=row[1], hash_name=row[2]) for row in rows]
