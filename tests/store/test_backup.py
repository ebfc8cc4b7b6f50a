"""A backup is a whole store again; damage is found and named."""

from datetime import date

from riskwarn.store.backup import back_up, check_store
from riskwarn.store.keys import person_key
from riskwarn.store.snapshot import build_snapshot
from riskwarn.store.store import Store
from riskwarn.workspace import Settings, Workspace
from tests.store.builders import a_delivery, some_enterprises


def test_a_restored_backup_gives_the_same_snapshot_and_the_same_key(ws, store, tmp_path):
    store.add_delivery(some_enterprises("A", "B"), a_delivery("enterprise", "c1"))
    key = person_key(ws)
    restored = Workspace(tmp_path / "restored", Settings())
    restored.root.mkdir()
    back_up(store, restored.store_dir)
    day = date(2024, 6, 1)
    first = build_snapshot(store, day, tmp_path / "s1", {})
    with Store.open(restored) as other:
        assert check_store(other) == []
        second = build_snapshot(other, day, tmp_path / "s2", {})
    assert first.tables["enterprise"].sha256 == second.tables["enterprise"].sha256
    assert person_key(restored) == key


def test_a_whole_store_has_no_problems(store):
    store.add_delivery(some_enterprises("A"), a_delivery("enterprise", "c1"))
    assert check_store(store) == []


def test_a_lost_and_a_shortened_segment_are_named(store):
    store.add_delivery(some_enterprises("A"), a_delivery("enterprise", "c1"))
    store.add_delivery(some_enterprises("B"), a_delivery("enterprise", "c2"))
    one, two = (store.folder / item.segment for item in store.deliveries())
    one.unlink()
    two.write_bytes(two.read_bytes()[:200])
    problems = check_store(store)
    assert [problem.code for problem in problems] == ["D006", "D006"]
    assert "c1" in str(problems[0])
    assert "c2" in str(problems[1])


def test_a_foreign_key_that_leads_nowhere_is_named(store):
    store.db.execute("pragma foreign_keys=off")
    store.db.execute("insert into arrivals values (99, '2024-01-01')")
    assert [problem.code for problem in check_store(store)] == ["D005"]
