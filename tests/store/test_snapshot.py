"""What was known on a day: replay against a naive reference, numbering, freshness, same bytes."""

import random
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from riskwarn.errors import NothingToDoError
from riskwarn.records.deliveries import Delivery
from riskwarn.store.snapshot import build_snapshot
from riskwarn.store.store import Store
from riskwarn.terms import Collected
from riskwarn.workspace import Settings, Workspace
from tests.store.builders import a_delivery, rows, some_enterprises

DAY = date(2024, 6, 1)


def add(store, table, content, frame, **more):
    store.add_delivery(frame, a_delivery(table, content, **more))


def snapshot(store, tmp_path, as_of=DAY, limits=None):
    return build_snapshot(store, as_of, tmp_path / f"snap-{as_of}", limits or {})


def table(shot, name):
    return shot.scan(name).collect()


def test_enterprises_are_numbered_by_code_and_rows_of_others_follow(store, tmp_path):
    add(store, "enterprise", "e", some_enterprises("C", "A", "B"))
    penalties = rows(
        uscc=["B", "Z", "A", "B"],
        document_no=["2", "1", "1", "1"],
        decided_on=[date(2023, 2, 1), date(2023, 1, 1), date(2023, 1, 1), date(2023, 1, 1)],
    )
    add(store, "penalty", "p", penalties)
    shot = snapshot(store, tmp_path)
    assert table(shot, "enterprise").select("ent", "uscc").rows() == [(0, "A"), (1, "B"), (2, "C")]
    found = table(shot, "penalty")
    assert found.select("ent", "uscc", "document_no").rows() == [
        (0, "A", "1"),
        (1, "B", "1"),
        (1, "B", "2"),
        (None, "Z", "1"),
    ]
    assert found.schema["ent"] == pl.Int32
    assert found.schema["fine_fen"] == pl.Int64
    assert found.columns[-2:] == ["known_on", "evidence"]


def test_nothing_known_after_the_day_is_seen(store, tmp_path):
    add(store, "enterprise", "e", some_enterprises("A", "B", known_on=[DAY, date(2024, 6, 2)]))
    shot = snapshot(store, tmp_path)
    assert table(shot, "enterprise")["uscc"].to_list() == ["A"]
    later = snapshot(store, tmp_path, date(2024, 6, 2))
    assert table(later, "enterprise")["uscc"].to_list() == ["A", "B"]


def test_a_date_that_lies_ahead_hides_what_hangs_on_it(store, tmp_path):
    frame = rows(
        uscc=["A", "B", "C", "D"],
        name=["a", "b", "c", "d"],
        status=["cancelled", "cancelled", "active", "active"],
        cancelled_on=[date(2024, 5, 31), date(2024, 7, 1), date(9999, 12, 31), None],
    )
    add(store, "enterprise", "e", frame)
    found = table(snapshot(store, tmp_path), "enterprise")
    assert found.select("status", "cancelled_on").rows() == [
        ("cancelled", date(2024, 5, 31)),
        (None, None),
        ("active", None),
        ("active", None),
    ]


def test_updates_and_deletes_follow_their_batches_however_they_arrived(store, tmp_path):
    add(store, "enterprise", "e", some_enterprises("A", "B", "C"))
    change = {"document_no": ["1"], "decided_on": [date(2024, 1, 1)]}
    for batch, op, fine in (("10", "u", 3), ("9", "u", 2), ("8", "i", 1)):
        frame = rows(uscc=["A"], fine_fen=[fine], op=op, **change)
        add(store, "penalty", f"b{batch}", frame, batch=batch)
    gone = rows(uscc=["B", "B"], document_no=["1", "1"], op=["i", "d"])
    add(store, "penalty", "del", gone, batch="11")
    found = table(snapshot(store, tmp_path), "penalty")
    assert found.select("uscc", "fine_fen").rows() == [("A", 3)]


def test_a_delivery_without_a_batch_stands_at_its_day(store, tmp_path):
    add(store, "enterprise", "new", some_enterprises("A"), delivered_on=date(2024, 3, 1))
    old = some_enterprises("A").with_columns(name=pl.lit("旧名"))
    add(store, "enterprise", "old", old, delivered_on=date(2024, 2, 1))
    assert table(snapshot(store, tmp_path), "enterprise")["name"].to_list() == ["企业A"]


def test_a_correction_was_not_known_before_it_came(store, tmp_path):
    first = rows(uscc=["A"], document_no=["1"], fine_fen=[100], known_on=date(2024, 1, 5))
    again = first.with_columns(fine_fen=pl.lit(900))
    add(store, "enterprise", "e", some_enterprises("A"))
    add(store, "penalty", "p1", first, delivered_on=date(2024, 1, 6))
    add(store, "penalty", "p2", again, delivered_on=date(2024, 4, 1))
    assert table(snapshot(store, tmp_path, date(2024, 3, 1)), "penalty")["fine_fen"][0] == 100
    after = table(snapshot(store, tmp_path, date(2024, 4, 1)), "penalty")
    assert after.select("fine_fen", "known_on").rows() == [(900, date(2024, 4, 1))]


def test_a_deletion_is_not_known_before_it_came(store, tmp_path):
    add(store, "enterprise", "e", some_enterprises("A"))
    frame = rows(uscc=["A"], document_no=["1"], known_on=date(2024, 1, 5))
    add(store, "penalty", "p1", frame, delivered_on=date(2024, 1, 6))
    gone = rows(uscc=["A"], document_no=["1"], op="d", known_on=date(2024, 1, 5))
    add(store, "penalty", "p2", gone, delivered_on=date(2024, 4, 1))
    assert table(snapshot(store, tmp_path, date(2024, 3, 31)), "penalty").height == 1
    assert table(snapshot(store, tmp_path, date(2024, 4, 1)), "penalty").height == 0


def _naive(deliveries, key, as_of):
    """Row by row: the last operation on each key that was known by the day."""
    seen, state = set(), {}
    for delivered_on, batch_rows in deliveries:
        for op, known_on, name, value in batch_rows:
            if name in seen:
                known_on = max(known_on, delivered_on)
            seen.add(name)
            if known_on > as_of:
                continue
            if op == "d":
                state.pop(name, None)
            else:
                state[name] = (value, known_on)
    return sorted((name, *rest) for name, rest in state.items())


@pytest.mark.parametrize("seed", range(12))
def test_replay_equals_a_row_by_row_reading(seed, tmp_path):
    rng = random.Random(seed)
    start = date(2024, 1, 1)
    deliveries = []
    for number in range(rng.randrange(1, 6)):
        came = start + timedelta(days=10 * number + 5)
        batch = [
            (
                rng.choice("iiuud"),
                came - timedelta(days=rng.randrange(12)),
                rng.choice("ABCDEFGH"),
                rng.randrange(1000),
            )
            for _ in range(rng.randrange(1, 15))
        ]
        deliveries.append((came, batch))
    with Store.open(Workspace(tmp_path, Settings())) as store:
        add(store, "enterprise", "e", some_enterprises("X", known_on=date(2023, 1, 1)))
        for number, (came, batch) in enumerate(deliveries):
            op, known_on, name, value = (list(column) for column in zip(*batch, strict=True))
            frame = rows(
                uscc=["X"] * len(name),
                document_no=name,
                fine_fen=value,
                op=op,
                known_on=known_on,
            )
            add(store, "penalty", f"d{number}", frame, delivered_on=came)
        for offset in (0, 7, 18, 33, 60):
            as_of = start + timedelta(days=offset)
            shot = snapshot(store, tmp_path, as_of)
            expected = _naive(deliveries, "document_no", as_of)
            if shot.collected("penalty") is Collected.MISSING:
                assert expected == []
                continue
            found = table(shot, "penalty").select("document_no", "fine_fen", "known_on")
            assert sorted(found.rows()) == expected


def test_a_table_is_missing_fresh_or_stale(store, tmp_path):
    add(store, "enterprise", "e", some_enterprises("A"))
    empty = rows(uscc=["A"], case_no=["1"]).clear()
    add(store, "complaint", "c", empty, delivered_on=date(2024, 5, 25))
    listed = rows(uscc=["A"], listed_on=[date(2023, 1, 1)], reason_code=["other"])
    add(store, "abnormal_listing", "a", listed, delivered_on=date(2024, 1, 10))
    shot = snapshot(store, tmp_path)
    states = {name: state.collected for name, state in shot.tables.items()}
    assert states["complaint"] is Collected.FRESH  # delivered, and nobody complained
    assert table(shot, "complaint").height == 0
    assert states["abnormal_listing"] is Collected.STALE
    assert states["licence"] is Collected.MISSING
    assert not shot.path("licence").exists()
    lenient = snapshot(store, tmp_path, limits={"abnormal_listing": 1000})
    assert lenient.collected("abnormal_listing") is Collected.FRESH


def test_rows_known_later_do_not_make_a_table_fresh(store, tmp_path):
    known = [date(2024, 1, 1), date(2025, 1, 1)]
    frame = rows(uscc=["A", "A"], document_no=["1", "2"], known_on=known)
    add(store, "enterprise", "e", some_enterprises("A"))
    add(store, "penalty", "p", frame, delivered_on=date(2025, 1, 2))
    state = snapshot(store, tmp_path).tables["penalty"]
    assert (state.rows, state.last_known_on) == (1, date(2024, 1, 1))
    assert state.collected is Collected.STALE


def test_a_workspace_without_enterprises_has_nothing_to_do(store, tmp_path):
    with pytest.raises(NothingToDoError) as caught:
        snapshot(store, tmp_path)
    assert caught.value.exit_code == 6
    add(store, "enterprise", "e", some_enterprises("A", known_on=date(2025, 1, 1)))
    with pytest.raises(NothingToDoError, match="S001"):
        snapshot(store, tmp_path)


def test_precision_travels_with_its_date(store, tmp_path):
    frame = some_enterprises("A", "B").with_columns(
        established_on=pl.Series([date(2015, 8, 31), date(2015, 8, 3)]),
        established_on_precision=pl.Series(["month", None]),
    )
    add(store, "enterprise", "e", frame)
    add(store, "enterprise", "e2", some_enterprises("C"), delivered_on=date(2024, 1, 11))
    found = table(snapshot(store, tmp_path), "enterprise")
    assert found["established_on_precision"].to_list() == ["month", None, None]


BUILD = """
import sys
from datetime import date
from pathlib import Path
from riskwarn.store.snapshot import build_snapshot
from riskwarn.store.store import Store
from riskwarn.workspace import Settings, Workspace
with Store.open(Workspace(Path(sys.argv[1]), Settings())) as store:
    shot = build_snapshot(store, date(2024, 6, 1), Path(sys.argv[2]), {})
print(sorted((name, state.sha256) for name, state in shot.tables.items()))
"""


def test_the_bytes_do_not_depend_on_threads_zone_or_hash_seed(store, tmp_path):
    rng = random.Random(5)
    codes = [f"E{number:05}" for number in range(3000)]
    add(store, "enterprise", "e", some_enterprises(*codes))
    for part in range(3):
        frame = rows(
            uscc=[rng.choice(codes) for _ in range(4000)],
            document_no=[str(rng.randrange(3000)) for _ in range(4000)],
            decided_on=[date(2023, 1, 1 + rng.randrange(28)) for _ in range(4000)],
        )
        add(store, "penalty", f"p{part}", frame, delivered_on=date(2024, 2, 1 + part))
    said = set()
    for number, (threads, zone) in enumerate((("1", "UTC"), ("2", "Asia/Shanghai"))):
        done = subprocess.run(
            [sys.executable, "-c", BUILD, str(tmp_path), str(tmp_path / f"o{number}")],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
            env={"POLARS_MAX_THREADS": threads, "TZ": zone, "PYTHONHASHSEED": str(number)},
        )
        said.add(done.stdout)
    assert len(said) == 1


def test_deliveries_of_one_batch_follow_their_times(store, tmp_path):
    add(store, "enterprise", "e", some_enterprises("A"))
    later = rows(uscc=["A"], document_no=["1"], fine_fen=[2]).with_columns(
        cd_time=pl.lit("2024-01-02 10:00:00").str.to_datetime()
    )
    earlier = rows(uscc=["A"], document_no=["1"], fine_fen=[1]).with_columns(
        cd_time=pl.lit("2024-01-02 09:00:00").str.to_datetime()
    )
    add(store, "penalty", "p2", later, batch="1")
    add(store, "penalty", "p1", earlier, batch="1")
    assert table(snapshot(store, tmp_path), "penalty")["fine_fen"].to_list() == [2]


def test_the_order_of_mixed_deliveries_is_written_down():
    from riskwarn.records.deliveries import StoredDelivery
    from riskwarn.store.deliveries import in_order

    def held(sequence: int, day: int, batch: str) -> StoredDelivery:
        delivery = Delivery(
            table="t", file="f", content=str(sequence), delivered_on=date(2024, 1, day), batch=batch
        )
        return StoredDelivery(
            delivery=delivery,
            sequence=sequence,
            rows=1,
            segment=str(sequence),
            known_from=None,
            known_to=None,
            arrived_on=(),
        )

    arrived = [held(1, 3, "10"), held(2, 2, ""), held(3, 5, "9"), held(4, 9, ""), held(5, 9, "2")]
    assert [item.sequence for _, item in in_order(arrived)] == [2, 3, 1, 4, 5]
