"""The state database's schema, one step a version; a step once released is never edited."""

import sqlite3

from riskwarn.errors import DiskError, Place, Problem
from riskwarn.store.draw_tables import DRAW_AMENDMENTS, DRAW_FOLLOW_UP_CHANGES, DRAW_TABLES

STEPS: tuple[str, ...] = (
    """
    create table deliveries (
      sequence integer primary key,
      table_name text not null,
      content text not null,
      file text not null,
      batch text not null,
      delivered_on text not null,
      rows integer not null,
      rejected integer not null,
      repaired integer not null,
      distinct_inserts integer not null,
      encoding text not null,
      known_from text,
      known_to text,
      segment text not null unique,
      unique (table_name, content)
    ) strict;
    create table arrivals (
      sequence integer not null references deliveries(sequence),
      arrived_on text not null,
      primary key (sequence, arrived_on)
    ) strict, without rowid;
    create table quality (
      sequence integer not null references deliveries(sequence),
      name text not null,
      payload text not null,
      primary key (sequence, name)
    ) strict, without rowid;
    create table runs (
      run_key text primary key,
      kind text not null,
      as_of text not null,
      manifest text not null,
      superseded_by text,
      place integer not null unique
    ) strict, without rowid;
    create index runs_by_day on runs(kind, as_of, place);
    create table lead_states (
      lead_id text not null,
      as_of text not null,
      run_key text not null references runs(run_key),
      events_seen integer not null,
      payload text not null,
      primary key (lead_id, as_of)
    ) strict, without rowid;
    create index lead_states_by_run on lead_states(run_key);
    create table lead_events (
      place integer primary key,
      event_id text not null unique,
      lead_id text not null,
      on_day text not null,
      kind text not null,
      state text not null,
      actor text not null,
      run_key text not null,
      payload text not null
    ) strict;
    create index lead_events_by_lead on lead_events(lead_id, on_day, place);
    create index lead_events_by_run on lead_events(run_key);
    create table class_files (
      as_of text primary key,
      run_key text not null references runs(run_key),
      file text not null unique,
      rows integer not null
    ) strict, without rowid;
    create table log (
      place integer primary key,
      kind text not null,
      payload text not null,
      leaf text not null
    ) strict;
    create table heads (
      size integer primary key,
      root text not null,
      hash_name text not null
    ) strict;
    create table documents (
      kind text not null,
      name text not null,
      version integer not null,
      payload text not null,
      primary key (kind, name, version)
    ) strict, without rowid;
    """,
    DRAW_TABLES,
    """
    create table frozen_classes (
      as_of text primary key,
      run_key text not null references runs(run_key),
      file text not null unique,
      rows integer not null
    ) strict, without rowid;
    """,
    DRAW_AMENDMENTS,
    DRAW_FOLLOW_UP_CHANGES,
)


def migrate(db: sqlite3.Connection) -> None:
    """Bring an open database to the newest schema, each step in one transaction.

    Raises: DiskError D003 when a newer riskwarn wrote the database.
    """
    version = int(db.execute("pragma user_version").fetchone()[0])
    if version > len(STEPS):
        problem = Problem(
            "D003",
            f"库的版本 {version} 比本程序（{len(STEPS)}）新",
            Place("store"),
            "更新 riskwarn",
        )
        raise DiskError(problem)
    for number in range(version, len(STEPS)):
        script = f"begin immediate; {STEPS[number]} pragma user_version={number + 1}; commit;"
        db.executescript(script)
