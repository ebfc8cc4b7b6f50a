"""A night's view holds the rows of the whole snapshot; a narrow one holds every cell of a few."""

import random
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from riskwarn.records.graph import NodeKind
from riskwarn.store import numbered, view
from riskwarn.store.narrow import narrow_snapshot
from riskwarn.store.snapshot import build_snapshot
from riskwarn.store.spell import speller
from riskwarn.store.store import Store
from riskwarn.store.view import build_view
from tests.store.builders import a_delivery, rows, some_enterprises

DAY = date(2024, 3, 1)
CODES = [f"E{number:03}" for number in range(60)]
WANTED = {
    "penalty": frozenset({"decided_on", "fine_fen", "kind"}),
    "shareholding": frozenset({"uscc", "holder_uscc", "holder_person_id", "ratio_bp"}),
    "abnormal_listing": frozenset({"listed_on", "reason_code", "removed_on"}),
    "enterprise": frozenset({"uscc", "name", "address", "phone", "legal_rep_id"}),
}


def some_day(rng: random.Random) -> date:
    return date(2024, 1, 1) + timedelta(rng.randrange(90))


def fill(store: Store, rng: random.Random) -> None:
    """Deliveries with repeated keys, updates, deletes, days to come and rows of nobody here."""
    for part in range(3):
        own = rng.sample(CODES, 40)
        people = [rng.choice(["p1", "p2", None]) for _ in own]
        entered = some_enterprises(*own, known_on=[some_day(rng) for _ in own]).with_columns(
            legal_rep_id=pl.Series(people, dtype=pl.String),
            address=pl.Series([f"某市某路{rng.randrange(9)}号" for _ in own]),
            phone=pl.Series([f"1380000{rng.randrange(99):04}" for _ in own]),
        )
        add(store, "enterprise", f"e{part}", entered, part)
        mine = [rng.choice([*CODES, "X1", "X2"]) for _ in range(120)]
        fines = rows(
            op=[rng.choice("iiiud") for _ in mine],
            known_on=[some_day(rng) for _ in mine],
            uscc=mine,
            document_no=[f"D{rng.randrange(70)}" for _ in mine],
            decided_on=[some_day(rng) for _ in mine],
            fine_fen=[rng.randrange(1000) for _ in mine],
            kind=[rng.choice(["fine", "warning"]) for _ in mine],
        )
        add(store, "penalty", f"p{part}", fines, part)
        held = rows(
            known_on=[some_day(rng) for _ in mine],
            uscc=mine,
            holder_uscc=[rng.choice([None, *CODES[:9], "Y1"]) for _ in mine],
            holder_person_id=[rng.choice([None, "p1", "p9"]) for _ in mine],
            ratio_bp=[rng.randrange(10_000) for _ in mine],
        )
        add(store, "shareholding", f"s{part}", held, part)
        listed = rows(
            known_on=[some_day(rng) for _ in mine],
            uscc=mine,
            listed_on=[some_day(rng) for _ in mine],
            reason_code=["address"] * len(mine),
            removed_on=[rng.choice([None, some_day(rng)]) for _ in mine],
        )
        add(store, "abnormal_listing", f"a{part}", listed, part)


def add(store: Store, table: str, content: str, frame: pl.DataFrame, part: int) -> None:
    delivery = a_delivery(table, content, delivered_on=date(2024, 2, 1) + timedelta(part))
    assert store.add_delivery(frame, delivery)


def spelled(store: Store, frame: pl.DataFrame, column: str, kind: NodeKind) -> pl.Series:
    spell = speller(store.folder)
    texts = [None if place is None else spell(kind, place) for place in frame[column]]
    return pl.Series(column, texts, dtype=pl.String)


def sorted_rows(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    whole = frame.select(pl.col("ent").cast(pl.Int32), *columns, "known_on")
    return whole.sort(pl.all(), nulls_last=True)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("a_range", [view.RANGE, 7])
def test_a_view_has_the_rows_of_the_whole_snapshot(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, a_range: int
):
    monkeypatch.setattr(view, "RANGE", a_range)
    monkeypatch.setattr(view, "ROWS_A_BATCH", 50)
    fill(store, random.Random(seed))
    whole = build_snapshot(store, DAY, tmp_path / "whole", {})
    seen = build_view(store, DAY, tmp_path / "view", {}, WANTED)
    assert seen.enterprises == whole.enterprises
    assert seen.ranges == -(-seen.enterprises // a_range)
    for name, columns in WANTED.items():
        told, state = seen.tables[name], whole.tables[name]
        assert (told.rows, told.last_known_on, told.collected) == (
            state.rows,
            state.last_known_on,
            state.collected,
        )
        ours, theirs = seen.scan(name).collect(), whole.scan(name).collect()
        texts = {"uscc", "holder_uscc"} & columns if name == "shareholding" else set()
        for column in texts:
            ours = ours.with_columns(spelled(store, ours, column, NodeKind.ENTERPRISE))
        for column in {"legal_rep_id", "holder_person_id"} & columns:
            ours = ours.with_columns(spelled(store, ours, column, NodeKind.PERSON))
        assert sorted_rows(ours, sorted(columns)).equals(sorted_rows(theirs, sorted(columns)))
        assert ours["ent"].drop_nulls().is_sorted()
    lost = whole.scan("penalty").filter(pl.col("ent").is_null()).collect().height
    assert seen.tables["penalty"].orphans == lost > 0


def test_ids_of_a_view_sort_as_their_texts(store: Store, tmp_path: Path):
    fill(store, random.Random(1))
    seen = build_view(store, DAY, tmp_path / "view", {}, WANTED).scan("enterprise").collect()
    for name, kind in (("address", NodeKind.ADDRESS), ("phone", NodeKind.PHONE)):
        ordered = seen.sort(f"{name}_no")
        assert spelled(store, ordered, f"{name}_no", kind).to_list() == sorted(seen[name])


@pytest.mark.parametrize("seed", range(4))
def test_narrow_rows_are_those_of_the_whole_snapshot(store: Store, tmp_path: Path, seed: int):
    fill(store, random.Random(seed))
    whole = build_snapshot(store, DAY, tmp_path / "whole", {})
    seen = build_view(store, DAY, tmp_path / "view", {}, WANTED)
    asked = {"penalty": [0, 3, 5], "abnormal_listing": [1]}
    few = narrow_snapshot(store, seen, tmp_path / "few", asked)
    for name, ents in asked.items():
        here = pl.col("ent").is_in(ents)
        ours = few.scan(name).filter(here).collect()
        assert ours.equals(whole.scan(name).filter(here).collect())
        assert ours.height > 0


def test_a_second_view_reads_only_what_is_new_and_equals_one_from_scratch(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    rng = random.Random(9)
    fill(store, rng)
    build_view(store, DAY, tmp_path / "first", {}, WANTED)
    more = some_enterprises("E900", "E001", op=["i", "u"], known_on=date(2024, 2, 20))
    add(store, "enterprise", "more", more, 20)
    asked = []
    known = numbered._key_hashes
    monkeypatch.setattr(numbered, "_key_hashes", lambda *a: (asked.append(a[1]), known(*a))[1])
    second = build_view(store, DAY, tmp_path / "second", {}, WANTED)
    assert [item.delivery.content for item in asked] == ["more"]
    (store.folder / "numbers" / "about.json").unlink()
    scratch = build_view(store, DAY, tmp_path / "scratch", {}, WANTED)
    assert second.tables == scratch.tables
    for name in WANTED:
        assert second.path(name).read_bytes() == scratch.path(name).read_bytes()


def test_killed_between_dictionary_and_rows_the_next_view_is_right(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fill(store, random.Random(2))
    write, left = numbered.write_segment, [4]

    def die(frame: pl.DataFrame, path: Path) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        write(frame, path)

    with monkeypatch.context() as patch:
        patch.setattr(numbered, "write_segment", die)
        with pytest.raises(KeyboardInterrupt):
            build_view(store, DAY, tmp_path / "never", {}, WANTED)
    after = build_view(store, DAY, tmp_path / "after", {}, WANTED)
    (store.folder / "numbers" / "about.json").unlink()
    fresh = build_view(store, DAY, tmp_path / "fresh", {}, WANTED)
    assert after.tables == fresh.tables
    for name in WANTED:
        assert after.path(name).read_bytes() == fresh.path(name).read_bytes()
