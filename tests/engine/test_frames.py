"""Frames run and are written the same way every time."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from riskwarn.engine.frames import (
    ROWS_A_GROUP,
    collect,
    in_blocks,
    scan_in_blocks,
    thread_count,
    write_parquet,
)
from riskwarn.engine.memory import give_back
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


def test_a_streamed_frame_has_the_bytes_of_the_same_frame_collected(tmp_path: Path):
    rows = 300_000  # several row groups
    ents = pl.DataFrame({"ent": pl.int_range(rows, dtype=pl.Int32, eager=True)})
    values = ents.with_columns(v=pl.col("ent") * 7 % 11, w=pl.col("ent") / 3)
    values = values.filter(pl.col("ent") % 5 > 0)
    values.write_parquet(tmp_path / "values.parquet")
    lazy = ents.lazy().join(
        pl.scan_parquet(tmp_path / "values.parquet"), on="ent", how="left", maintain_order="left"
    )
    for name in ("first", "second"):
        write_parquet(lazy, tmp_path / f"{name}.parquet")
    write_parquet(collect(lazy), tmp_path / "whole.parquet")
    made = {(tmp_path / f"{n}.parquet").read_bytes() for n in ("first", "second", "whole")}
    assert len(made) == 1


FULL = """
import resource, signal, sys
from pathlib import Path
import polars as pl
from riskwarn.engine.frames import write_parquet
from riskwarn.errors import DiskError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
rows = pl.LazyFrame({"a": range(1_000_000)}).with_columns(b=pl.col("a") * 31 % 1_000_003)
try:
    write_parquet(rows, Path(sys.argv[1]))
except DiskError as error:
    print(error.problems[0].code)
"""


def test_a_disk_that_fills_while_a_frame_streams_is_a_disk_error_too(tmp_path: Path):
    words = [sys.executable, "-c", FULL, str(tmp_path / "x.parquet")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "D001"
    assert list(tmp_path.iterdir()) == []


def test_freed_memory_goes_back_to_the_system_and_files_are_read_a_row_group_ahead():
    script = "import os, riskwarn; print(os.environ['POLARS_ROW_GROUP_PREFETCH_SIZE'], end='')"
    script += "; print(' muzzy_decay_ms:0' in os.environ['_RJEM_MALLOC_CONF'].replace(',', ' '))"
    bare = {"PATH": "/usr/bin:/bin"}
    told = [
        subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True)
        for env in (bare, bare | {"POLARS_ROW_GROUP_PREFETCH_SIZE": "9"})
    ]
    assert [one.stdout.strip() for one in told] == ["1True", "9True"]


def test_a_file_read_a_row_group_at_a_time_says_what_it_says_whole(tmp_path: Path):
    path = tmp_path / "a.parquet"
    write_parquet(a_frame(2 * ROWS_A_GROUP + 77), path)
    paced, plain = scan_in_blocks(path), pl.scan_parquet(path)
    assert paced.collect_schema() == plain.collect_schema()
    late = pl.col("n") > ROWS_A_GROUP + 5
    for ask in (
        lambda frame: frame,
        lambda frame: frame.select("t"),
        lambda frame: frame.filter(late).select("k"),
        lambda frame: frame.head(ROWS_A_GROUP + 3),
        lambda frame: frame.select((pl.col("n") * 2).sum()),
    ):
        assert collect(ask(paced)).equals(collect(ask(plain)))
    write_parquet(paced, tmp_path / "b.parquet")
    assert (tmp_path / "b.parquet").read_bytes() == path.read_bytes()


def test_rows_made_block_by_block_make_the_bytes_of_the_whole(tmp_path: Path):
    whole = collect(a_frame(300_000))
    blocks = (whole[first : first + 70_000] for first in range(0, 300_000, 70_000))
    write_parquet(in_blocks(blocks, whole.schema), tmp_path / "a.parquet")
    write_parquet(whole, tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    blocks = (whole[first : first + 70_000] for first in range(0, 300_000, 70_000))
    few = collect(in_blocks(blocks, whole.schema).head(100_000).select("t"))
    assert few.equals(whole.head(100_000).select("t"))


def _resident() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_what_is_free_in_the_heap_goes_back_to_the_system():
    blocks = [bytearray(b"x" * 60_000) for _ in range(2_000)]
    last = bytearray(b"y" * 60_000)  # lies above them, so that they stay resident when freed
    full = _resident()
    del blocks
    give_back()
    assert _resident() < full - 60_000
    assert len(last) == 60_000
