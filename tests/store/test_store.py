"""Deliveries are kept once, whole, and only when a transaction says so."""

import sqlite3
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import pytest

from riskwarn.errors import DiskError
from riskwarn.store.migrations import STEPS
from riskwarn.store.segments import sync_folder
from riskwarn.store.store import DATABASE, Store, distinct_inserts
from tests.store.builders import a_delivery, rows, some_enterprises


def test_the_database_is_opened_so_that_a_commit_survives_a_power_cut(store):
    pragmas = {
        name: store.db.execute(f"pragma {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "user_version")
    }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "user_version": len(STEPS),
    }
    assert (store.folder / DATABASE).stat().st_mode & 0o777 == 0o600


def test_the_same_delivery_twice_changes_nothing(store):
    delivery = a_delivery("enterprise", "c1")
    assert store.add_delivery(some_enterprises("A", "B"), delivery)
    before = store.deliveries()
    assert not store.add_delivery(some_enterprises("A", "B"), delivery)
    assert store.deliveries() == before


def test_the_same_content_on_a_later_day_only_says_that_the_table_is_fresh(store):
    store.add_delivery(some_enterprises("A"), a_delivery("enterprise", "c1"))
    later = a_delivery("enterprise", "c1", delivered_on=date(2024, 1, 11))
    assert not store.add_delivery(some_enterprises("A"), later)
    (only,) = store.deliveries()
    assert only.arrived_on == (date(2024, 1, 10), date(2024, 1, 11))


def test_a_stored_delivery_remembers_what_it_holds(store):
    frame = some_enterprises("A", "B", known_on=[date(2023, 5, 1), date(2024, 1, 2)])
    store.add_delivery(frame, a_delivery("enterprise", "c1", batch="7", rejected=3))
    (only,) = store.deliveries("enterprise")
    assert (only.rows, only.known_from, only.known_to) == (2, date(2023, 5, 1), date(2024, 1, 2))
    assert (only.delivery.batch, only.delivery.rejected) == ("7", 3)
    assert store.deliveries("penalty") == []


def test_a_staged_segment_that_was_never_registered_is_nothing_and_is_swept(store):
    staged = store.stage(some_enterprises("A"), a_delivery("enterprise", "c1"))
    kept = store.stage(some_enterprises("B"), a_delivery("enterprise", "c2"))
    store.register([kept])
    assert store.sweep() == [staged.segment]
    assert (store.folder / kept.segment).is_file()
    assert [d.delivery.content for d in store.deliveries()] == ["c2"]


def test_registration_is_all_or_nothing(store):
    first = store.stage(some_enterprises("A"), a_delivery("enterprise", "c1"))
    twin = store.stage(some_enterprises("A"), a_delivery("penalty", "c1"))
    broken = type(first)(
        delivery=twin.delivery,
        segment=first.segment,  # the column is unique: the second insert fails
        rows=1,
        known_from=None,
        known_to=None,
    )
    with pytest.raises(sqlite3.IntegrityError):
        store.register([first, broken])
    assert store.deliveries() == []


def test_segments_have_the_same_bytes_every_time(store, tmp_path):
    frame = some_enterprises("A", "B", "C")
    one = store.stage(frame, a_delivery("enterprise", "c1"))
    two = store.stage(frame, a_delivery("enterprise", "c2"))
    assert (store.folder / one.segment).read_bytes() == (store.folder / two.segment).read_bytes()


def test_a_database_of_a_newer_program_is_refused(ws):
    with Store.open(ws) as store:
        store.db.execute(f"pragma user_version={len(STEPS) + 1}")
    with pytest.raises(DiskError, match="D003"):
        Store.open(ws)


def test_a_file_that_is_no_database_is_a_disk_fault_not_a_crash(ws):
    ws.store_dir.mkdir()
    (ws.store_dir / DATABASE).write_bytes(b"this is no database at all" * 100)
    with pytest.raises(DiskError, match="D001"):
        Store.open(ws)


def test_only_inserts_with_distinct_keys_need_no_replay():
    assert distinct_inserts(some_enterprises("A", "B"), ["uscc"])
    assert not distinct_inserts(some_enterprises("A", "A"), ["uscc"])
    assert not distinct_inserts(some_enterprises("A", "B", op=["i", "u"]), ["uscc"])


def test_the_input_hash_sees_what_a_day_can_see_and_nothing_later(store):
    store.add_delivery(some_enterprises("A"), a_delivery("enterprise", "c1"))
    before = store.input_hash(date(2024, 2, 1))
    assert store.input_hash(date(2023, 1, 1)) != before
    later = a_delivery("penalty", "c2", delivered_on=date(2024, 3, 1))
    frame = rows(uscc=["A"], document_no=["1"], known_on=date(2024, 3, 1))
    store.add_delivery(frame, later)
    assert store.input_hash(date(2024, 2, 1)) == before
    assert store.input_hash(date(2024, 3, 1)) != before


FULL_DISK = """
import resource, signal, sys
from datetime import date
from pathlib import Path
from riskwarn.errors import RiskwarnError
from riskwarn.store.store import Store
from riskwarn.workspace import Settings, Workspace
from tests.store.builders import a_delivery, some_enterprises
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
ws = Workspace(Path(sys.argv[1]), Settings())
with Store.open(ws) as store:
    store.add_delivery(some_enterprises("A"), a_delivery("enterprise", "c1"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    names = [f"E{n:07}" for n in range(60_000)]
    try:
        store.add_delivery(some_enterprises(*names), a_delivery("enterprise", "c2"))
    except RiskwarnError as error:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        print([d.delivery.content for d in store.deliveries()])
        print(store.db.execute("pragma integrity_check").fetchone()[0])
        sys.exit(error.exit_code)
sys.exit(0)
"""


@pytest.mark.parametrize("limit", [4_096, 65_536, 300_000])
def test_a_full_disk_is_exit_74_and_leaves_the_store_whole(tmp_path: Path, limit: int):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL_DISK), str(tmp_path), str(limit)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == 74, done.stderr
    assert done.stdout.splitlines() == ["['c1']", "ok"]
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_folder_can_be_synced(tmp_path):
    sync_folder(tmp_path)
