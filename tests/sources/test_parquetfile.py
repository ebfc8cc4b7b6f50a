"""Damaged Parquet files are refused as damaged, whatever Polars makes of them."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from riskwarn.errors import InputRejectedError
from riskwarn.sources.convert import Identity
from riskwarn.sources.parquetfile import ParquetFile
from riskwarn.sources.read import ReadContext, read_delivery
from riskwarn.tables.catalogue import load_catalogue
from tests.builders import a_uscc

CONTEXT = ReadContext(
    catalogue=load_catalogue(),
    identity=Identity(prefix=None, person_key=b"k" * 32),
    delivered_on=date(2024, 6, 1),
)


@pytest.mark.parametrize("reads", [0, 1, 2])  # the footer's columns, its count of rows, a page
def test_a_file_at_which_polars_panics_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: int
) -> None:
    path = tmp_path / "enterprise.parquet"
    pl.DataFrame({"uscc": [a_uscc(1)], "name": ["甲"]}).write_parquet(path)
    assert read_delivery(path, CONTEXT).frame.height == 1
    left = [reads]

    def panics_at_last(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            if left[0] == 0:
                raise pl.exceptions.PanicException("invalid num_bits 152")
            left[0] -= 1
            return real(*args, **options)

        return call

    for name in ("collect", "collect_schema"):
        monkeypatch.setattr(pl.LazyFrame, name, panics_at_last(getattr(pl.LazyFrame, name)))
    with pytest.raises(InputRejectedError, match=r"I109.*Parquet"):
        read_delivery(path, CONTEXT)


@pytest.mark.parametrize("dtype", [pl.String(), pl.Categorical(), pl.Binary()])
def test_rows_of_nothing_are_blank_however_text_is_kept(tmp_path: Path, dtype: pl.DataType) -> None:
    path = tmp_path / "enterprise.parquet"
    cells = {"uscc": [a_uscc(1), "", " ", None], "name": ["甲", "-", "null", "\u3000"]}
    pl.DataFrame(cells).cast(dtype).write_parquet(path)
    found = read_delivery(path, CONTEXT)
    assert (found.quality.rows, found.quality.accepted, found.rejects.height) == (1, 1, 0)


def test_a_torn_file_is_not_said_to_be_importable_in_part(tmp_path: Path):
    path = tmp_path / "penalty.parquet"
    pl.DataFrame({"a": ["x"] * 50}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InputRejectedError) as caught:
        ParquetFile.open(path, path.name)
    assert str(caught.value) == (
        "penalty.parquet: I109 文件被截断：Parquet 文件不完整；应为：重新传送"
    )
