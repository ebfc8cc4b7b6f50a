"""Frames run and are written the same way every time."""

from pathlib import Path

import polars as pl
import pytest

from riskwarn.engine.frames import collect, thread_count, write_parquet
from riskwarn.errors import DiskError


def a_frame(rows: int) -> pl.LazyFrame:
    return pl.LazyFrame({"n": range(rows)}).with_columns(
        k=pl.col("n") % 7, t=(pl.col("n") * 7919 % 1000).cast(pl.String)
    )


def test_the_same_rows_make_the_same_bytes_however_they_were_chunked(tmp_path: Path):
    whole = collect(a_frame(300_000))
    parts = pl.concat([whole[:100], whole[100:200_000], whole[200_000:]], rechunk=False)
    write_parquet(whole, tmp_path / "a.parquet")
    write_parquet(parts, tmp_path / "b.parquet")
    write_parquet(a_frame(300_000), tmp_path / "c.parquet")
    first = (tmp_path / "a.parquet").read_bytes()
    assert first == (tmp_path / "b.parquet").read_bytes() == (tmp_path / "c.parquet").read_bytes()
    assert pl.read_parquet(tmp_path / "a.parquet").equals(whole)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.parquet",
        "b.parquet",
        "c.parquet",
    ]


def test_groups_come_in_the_order_asked_for():
    grouped = a_frame(10_000).group_by("t").agg(pl.col("n").sum())
    assert collect(grouped, ["t"]).equals(grouped.collect().sort("t"))


def test_a_file_that_cannot_be_written_is_a_disk_error_and_leaves_nothing(tmp_path: Path):
    (tmp_path / "folder.parquet").mkdir()
    with pytest.raises(DiskError, match="D001"):
        write_parquet(a_frame(3), tmp_path / "folder.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.parquet"]


def test_zero_threads_means_all_that_may_be_used():
    assert thread_count(3) == 3
    assert thread_count(0) >= 1
