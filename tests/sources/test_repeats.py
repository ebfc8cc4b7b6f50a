"""Rows that come twice, against a walk over the rows in plain Python."""

import random
from datetime import date

import polars as pl
import pytest

from riskwarn.importing import _batches
from riskwarn.sources.findings import Gathered
from riskwarn.sources.read import drop_repeats
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.tables.frames import keys_are_distinct

Row = dict[str, object]


def some_rows(seed: int, count: int = 400) -> pl.DataFrame:
    """Equipment whose keys and values come again often, near each other and far apart."""
    draw = random.Random(seed)
    days = [date(2024, 1, 1), date(2024, 1, 2), None]
    rows = [
        {
            "uscc": draw.choice(["A", "B", None]),
            "equipment_no": draw.choice([*(f"T{n}" for n in range(12)), None]),
            "next_check_on": draw.choice(days),
            "cd_operation": draw.choice(["i", "u"]),
            "cd_time": draw.choice([days[0], None]),
            "known_on": draw.choice(days[:2]),
            "evidence": f"a.csv:{n + 2}",
        }
        for n in range(count)
    ]
    return pl.DataFrame(rows)


def walked(frame: pl.DataFrame, key: list[str]) -> tuple[list[str], list[str], list[str]]:
    """Evidence of the rows kept, of repeats, of clashes."""
    last: dict[tuple[object, ...], Row] = {}
    kept, repeats, clashes = [], [], []
    for row in frame.to_dicts():
        name = tuple(row[k] for k in key)
        before = last.get(name)
        last[name] = row
        here = str(row["evidence"])
        same = [n for n in row if before is not None and n != "evidence" and row[n] == before[n]]
        if len(same) == len(row) - 1:
            repeats.append(here)
            continue
        kept.append(here)
        if {"known_on", "cd_time", "cd_operation"} <= set(same):
            clashes.append(here)
    return kept, repeats, clashes


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("key", [["equipment_no"], ["uscc", "equipment_no"]])
def test_repeats_and_clashes_are_those_that_a_walk_finds(seed: int, key: list[str]) -> None:
    frame, gathered = some_rows(seed), Gathered("a.csv")
    kept, repeats, clashes = walked(frame, key)
    assert repeats
    assert clashes
    found = drop_repeats(frame, load_catalogue().table("equipment"), key, gathered)
    assert found[0]["evidence"].to_list() == kept
    assert found[1:] == (len(repeats), len(clashes))
    told = pl.concat(gathered.notes)
    for code, wanted in (("N304", repeats), ("N305", clashes)):
        rows = told.filter(pl.col("code") == code)["row"].to_list()
        assert [f"a.csv:{row}" for row in rows] == wanted


def test_clashes_alone_leave_the_frame_as_it_is() -> None:
    frame = some_rows(1).with_columns(
        cd_time=None,
        known_on=date(2024, 1, 1),
        cd_operation=pl.lit("i"),
        uscc=pl.int_range(pl.len()).cast(pl.String),
    )
    table, gathered = load_catalogue().table("equipment"), Gathered("a.csv")
    found, repeats, clashes = drop_repeats(frame, table, ["equipment_no"], gathered)
    assert found.equals(frame)
    assert (repeats, clashes) == (0, len(frame) - frame["equipment_no"].n_unique())


@pytest.mark.parametrize("count", [2, 5_000])
def test_keys_are_told_distinct_and_doubled(count: int) -> None:
    numbers = range(count)
    frame = pl.DataFrame({"a": [str(n // 7) for n in numbers], "b": [n % 7 for n in numbers]})
    assert keys_are_distinct(frame, ["a", "b"])
    assert not keys_are_distinct(pl.concat([frame, frame.head(1)]), ["a", "b"])
    assert keys_are_distinct(frame.head(1), ["a"])
    assert keys_are_distinct(frame.clear(), ["a"])


@pytest.mark.parametrize("count", [2, 50])
def test_keys_whose_hashes_are_all_the_same_are_still_compared(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    def one_hash(key: pl.Expr, *_: int) -> pl.Expr:
        return key.is_null().cast(pl.UInt64) * 0

    frame = pl.DataFrame({"a": [None, *(str(n) for n in range(count))]})
    frame = frame.with_columns(b=pl.lit("x"))
    monkeypatch.setattr(pl.Expr, "hash", one_hash)
    for key in (["a"], ["a", "b"]):
        assert keys_are_distinct(frame, key)
        assert not keys_are_distinct(pl.concat([frame, frame.tail(1)]), key)
        assert not keys_are_distinct(pl.concat([frame, frame.head(1)]), key)  # null is a key too


@pytest.mark.parametrize(
    ("said", "heights"),
    [
        ([], [0]),
        ([None] * 2, [2]),
        (["1"] * 3, [3]),
        (["1", None], [1, 1]),
        (["2", "1", "2"], [2, 1]),
    ],
)
def test_a_frame_is_cut_by_its_batches_as_they_come(
    said: list[str | None], heights: list[int]
) -> None:
    frame = pl.DataFrame({"cd_batch": pl.Series(said, dtype=pl.String)})
    parts = _batches(frame, "cd_batch")
    assert [part.height for part in parts] == heights
    assert pl.concat(parts)["cd_batch"].sort().equals(frame["cd_batch"].sort())
