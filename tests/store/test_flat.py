"""Plain Parquet is what any reader reads: Polars and DuckDB give back what was put in."""

import random
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from riskwarn.store import flat
from riskwarn.store.laid import Layout

TEXTS = ["", "甲", "乙公司" * 40, "a", "ß", "\x00"]


def random_frame(rng: random.Random, rows: int, share: float) -> pl.DataFrame:
    """Every type that a view knows; a share of nulls, narrow and wide ranges of values."""

    def some(values):
        return [None if rng.random() < share else one for one in values]

    narrow, wide = range(-3, 200), range(-(2**62), 2**62, 10**15)
    columns = {
        "i": pl.Series(some(rng.choice(narrow) for _ in range(rows)), dtype=pl.Int32),
        "w": pl.Series(some(rng.randrange(-(2**31), 2**31) for _ in range(rows)), dtype=pl.Int32),
        "d": pl.Series(
            some(date(2020, 1, 1) + timedelta(rng.randrange(400)) for _ in range(rows)),
            dtype=pl.Date,
        ),
        "n": pl.Series(some(rng.choice(narrow) for _ in range(rows)), dtype=pl.Int64),
        "m": pl.Series(some(rng.choice(wide) for _ in range(rows)), dtype=pl.Int64),
        "f": pl.Series(some(rng.random() for _ in range(rows)), dtype=pl.Float64),
        "b": pl.Series(some(rng.random() < 0.5 for _ in range(rows)), dtype=pl.Boolean),
        "few": pl.Series(some(rng.choice(TEXTS) for _ in range(rows)), dtype=pl.String),
        "many": pl.Series(some(f"号{n}" for n in range(rows)), dtype=pl.String),
        "none": pl.Series([None] * rows, dtype=pl.Int64),
    }
    return pl.DataFrame(columns)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 1_000, 2_500])
def test_polars_and_duckdb_read_what_was_laid_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, share: float
):
    monkeypatch.setattr(flat, "ROWS_A_GROUP", 1_000)
    rng = random.Random(rows)
    frame = random_frame(rng, rows, share)
    places = np.array(rng.sample(range(rows), rows), np.int64)
    layout = Layout(rows)
    half = rows // 2
    for start, stop in ((0, half), (half, rows)):
        layout.take(frame[start:stop], places[start:stop])
    layout.write(tmp_path / "a.parquet")
    expected = frame[np.argsort(places)] if rows else frame
    read = pl.read_parquet(tmp_path / "a.parquet")
    assert read.schema == expected.schema
    assert read.equals(expected)
    assert pl.scan_parquet(tmp_path / "a.parquet").collect(engine="streaming").equals(expected)
    there = duckdb.execute("select * from read_parquet(?)", [str(tmp_path / "a.parquet")])
    assert there.fetchall() == expected.rows()


def test_a_text_of_few_values_may_grow_to_more_than_two_bytes_number(tmp_path: Path):
    words = [f"w{n:06}" for n in range(70_000)]
    layout = Layout(140_010)
    layout.take(pl.DataFrame({"t": ["w000000"] * 10}), np.arange(10))
    layout.take(pl.DataFrame({"t": words + words}), np.arange(10, 140_010))
    layout.write(tmp_path / "a.parquet")
    read = pl.read_parquet(tmp_path / "a.parquet")["t"]
    assert read.to_list() == ["w000000"] * 10 + words + words


@pytest.mark.parametrize("first", [True, False])
def test_a_column_that_a_delivery_lacks_is_null_there(tmp_path: Path, first: bool):
    full = pl.DataFrame({"a": [1, 2], "t": ["x", "x"], "u": ["p", "q"], "z": [1.5, 2.5]})
    bare = pl.DataFrame({"a": [3, 4]})
    parts = [full, bare] if first else [bare, full]
    layout = Layout(4)
    for number, part in enumerate(parts):
        layout.take(part, np.arange(2) * 2 + number)
    layout.write(tmp_path / "a.parquet")
    whole = pl.concat(parts, how="diagonal")[[0, 2, 1, 3]]
    assert pl.read_parquet(tmp_path / "a.parquet").equals(
        whole.select(*parts[0].columns, *(n for n in whole.columns if n not in parts[0].columns))
    )


def test_a_slice_is_the_slice(tmp_path: Path):
    frame = random_frame(random.Random(5), 500, 0.2)
    layout = Layout(500)
    layout.take(frame, np.arange(500))
    layout.write(tmp_path / "a.parquet", 123, 401)
    assert pl.read_parquet(tmp_path / "a.parquet").equals(frame[123:401])
