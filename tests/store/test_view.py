"""A night's view holds the rows of the whole snapshot; a narrow one holds every cell of a few."""

import random
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from riskwarn.errors import DiskError
from riskwarn.records.graph import NodeKind
from riskwarn.store import flat, integers, numbered, numbers, ranges
from riskwarn.store.integers import DamagedCacheError
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
    spell = speller(store.folder, store.folder / "spelled")
    texts = [None if place is None else spell(kind, place) for place in frame[column]]
    return pl.Series(column, texts, dtype=pl.String)


def sorted_rows(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    whole = frame.select(pl.col("ent").cast(pl.Int32), *columns, "known_on")
    return whole.sort(pl.all(), nulls_last=True)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("a_range", [ranges.RANGE, 7])
def test_a_view_has_the_rows_of_the_whole_snapshot(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, a_range: int
):
    monkeypatch.setattr(ranges, "RANGE", a_range)
    monkeypatch.setattr(ranges, "ROWS_A_BATCH", 50)
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
    known = numbered._integers
    monkeypatch.setattr(numbered, "_integers", lambda *a: (asked.append(a[1]), known(*a))[1])
    second = build_view(store, DAY, tmp_path / "second", {}, WANTED)
    assert [item.delivery.content for item in asked] == ["more"]
    (store.folder / "numbers" / "about.json").unlink()
    scratch = build_view(store, DAY, tmp_path / "scratch", {}, WANTED)
    assert second.tables == scratch.tables
    for name in WANTED:
        assert second.path(name).read_bytes() == scratch.path(name).read_bytes()


@pytest.mark.parametrize("writes", [0, 1, 3, 5])
def test_killed_while_numbering_the_next_view_is_right(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
):
    fill(store, random.Random(2))
    left = [writes]

    def dying(write):
        def die(*args) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            write(*args)

        return die

    with monkeypatch.context() as patch:
        patch.setattr(numbered, "ROWS_A_BATCH", 100)
        patch.setattr(numbered, "write_integers", dying(numbered.write_integers))
        patch.setattr(numbers, "write_segment", dying(numbers.write_segment))
        with pytest.raises(KeyboardInterrupt):
            build_view(store, DAY, tmp_path / "never", {}, WANTED)
    same_as_from_scratch(store, tmp_path)


def same_as_from_scratch(store: Store, tmp_path: Path) -> None:
    after = build_view(store, DAY, tmp_path / "after", {}, WANTED)
    (store.folder / "numbers" / "about.json").unlink()
    fresh = build_view(store, DAY, tmp_path / "fresh", {}, WANTED)
    assert after.tables == fresh.tables
    for name in WANTED:
        assert after.path(name).read_bytes() == fresh.path(name).read_bytes()


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def changed_inside(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[3] ^= 1
    path.write_bytes(raw)


@pytest.mark.parametrize("harm", [cut_short, emptied, changed_inside, Path.unlink])
def test_integers_that_a_power_cut_left_damaged_are_made_again(store: Store, tmp_path: Path, harm):
    fill(store, random.Random(4))
    build_view(store, DAY, tmp_path / "before", {}, WANTED)
    made = sorted((store.folder / "numbers").rglob("*.ints"))
    assert {path.stem[:5] for path in made} >= {"order"}
    assert len(made) > 12
    for path in made:
        harm(path)
    same_as_from_scratch(store, tmp_path)


def test_a_disk_that_damages_what_was_made_again_is_told_and_never_tried_for_ever(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fill(store, random.Random(3))
    tried = []

    def torn(path: Path, names: object = None) -> dict[str, object]:
        tried.append(path)
        raise DamagedCacheError(path)

    monkeypatch.setattr(numbered, "read_integers", torn)
    with pytest.raises(DiskError, match="D002 重做后读出的仍与写入的不同"):
        build_view(store, DAY, tmp_path / "view", {}, WANTED)
    assert len(tried) == 2
    assert tried[0] == tried[1]


def test_integers_damaged_between_view_and_evidence_are_made_again(store: Store, tmp_path: Path):
    fill(store, random.Random(4))
    whole = build_snapshot(store, DAY, tmp_path / "whole", {})
    seen = build_view(store, DAY, tmp_path / "view", {}, WANTED)
    for path in (store.folder / "numbers" / "rows").rglob("*.ints"):
        changed_inside(path)
    few = narrow_snapshot(store, seen, tmp_path / "few", {"penalty": [0, 3, 5]})
    here = pl.col("ent").is_in([0, 3, 5])
    ours = few.scan("penalty").filter(here).collect()
    assert ours.equals(whole.scan("penalty").filter(here).collect())
    assert ours.height > 0


def test_a_full_disk_is_said_and_the_next_view_is_right(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fill(store, random.Random(6))
    for room, name in ((integers, "json"), (flat, "np")):

        class Full:
            def __getattr__(self, name: str):
                raise OSError(28, "No space left on device", "x")

        with monkeypatch.context() as patch:
            patch.setattr(room, name, Full())
            with pytest.raises(DiskError, match="D002"):
                build_view(store, DAY, tmp_path / "never", {}, WANTED)
        assert not list((store.folder / "numbers").rglob("*.part"))
    same_as_from_scratch(store, tmp_path)


def random_step(store: Store, rng: random.Random, part: int) -> None:
    """A delivery as it may come: inserts, updates, deletes, late ones, batches out of order."""
    codes = [f"E{rng.randrange(90):03}" for _ in range(30)]
    came = date(2024, 1, 15) + timedelta(rng.randrange(60))
    batch = rng.choice(["", "", f"b{rng.randrange(12)}"])
    table = rng.choice(["enterprise", "penalty", "shareholding", "licence"])
    known = [some_day(rng) for _ in codes]
    if table == "enterprise":
        codes = sorted(set(codes))
        frame = some_enterprises(
            *codes,
            op=[rng.choice("iiud") for _ in codes],
            known_on=known[: len(codes)],
            address=[
                rng.choice([None, "某市 某路９号", f"某路{n}号附" * 2, "无"])
                for n in range(len(codes))
            ],
            phone=[rng.choice([None, "13900001111", "８６13900001111", "1111111"]) for _ in codes],
        )
    elif table == "penalty":
        numbers_ = [f"D{rng.randrange(60)}" for _ in codes]
        ops = [rng.choice("iiud") for _ in codes]
        frame = rows(op=ops, known_on=known, uscc=codes, document_no=numbers_, fine_fen=[part] * 30)
    elif table == "shareholding":
        holders = [rng.choice([None, "E001", f"Y{rng.randrange(99)}"]) for _ in codes]
        frame = rows(known_on=known, uscc=codes, holder_uscc=holders, ratio_bp=[part] * 30)
    else:
        ended = [rng.choice([None, some_day(rng)]) for _ in codes]
        frame = rows(
            op=[rng.choice("iud") for _ in codes],
            known_on=known,
            uscc=codes,
            licence_no=[f"L{rng.randrange(50)}" for _ in codes],
            kind=["food"] * 30,
            status=[rng.choice(["valid", "revoked"]) for _ in codes],
            ended_on=ended,
        )
    store.add_delivery(frame, a_delivery(table, f"c{part}", delivered_on=came, batch=batch))


@pytest.mark.parametrize("seed", range(5))
def test_night_after_night_of_a_random_history_is_a_view_from_scratch(
    store: Store, tmp_path: Path, seed: int
):
    rng = random.Random(seed)
    wanted = {
        "enterprise": frozenset({"uscc", "name", "address", "phone"}),
        "penalty": frozenset({"document_no", "fine_fen"}),
        "shareholding": frozenset({"uscc", "holder_uscc", "ratio_bp"}),
        "licence": frozenset({"licence_no", "status", "ended_on"}),
    }
    add(store, "enterprise", "first", some_enterprises("E001", "E050"), 0)
    for part in range(10):
        random_step(store, rng, part)
        day = date(2024, 2, 1) + timedelta(rng.randrange(60))
        seen = build_view(store, day, tmp_path / f"{part}", {}, wanted)
        whole = build_snapshot(store, day, tmp_path / f"whole{part}", {})
        assert seen.enterprises == whole.enterprises
        for name in set(wanted) & {n for n in seen.tables if whole.path(n).is_file()}:
            assert seen.tables[name].rows == whole.tables[name].rows
            assert seen.tables[name].last_known_on == whole.tables[name].last_known_on
            ours = seen.scan(name).collect()
            if name == "shareholding":
                for column in ("uscc", "holder_uscc"):
                    ours = ours.with_columns(spelled(store, ours, column, NodeKind.ENTERPRISE))
            columns = sorted(wanted[name])
            theirs = sorted_rows(whole.scan(name).collect(), columns)
            assert sorted_rows(ours, columns).equals(theirs)
    incremental = {p: p.read_bytes() for p in (tmp_path / "9").rglob("*.parquet")}
    (store.folder / "numbers" / "about.json").unlink()
    build_view(store, day, tmp_path / "scratch", {}, wanted)
    for path, held in incremental.items():
        assert (tmp_path / "scratch" / path.name).read_bytes() == held
    assert incremental
