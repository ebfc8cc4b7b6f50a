"""Parquet deliveries as text: what a column's writer typed is typed anew by the catalogue."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from riskwarn.sources.rawfile import CHUNK_ROWS, ROW, Shape, file_fault

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetFile:
    """A Parquet delivery; its row numbers count as a spreadsheet's would, the first row is 2."""

    path: Path
    headers: tuple[str, ...]
    shape: Shape
    note_codes: tuple[str, ...] = ()

    @classmethod
    def open(cls, path: Path, shown: str) -> "ParquetFile":
        """Read the footer; InputRejectedError I109 when it is damaged or cut off."""
        import polars as pl

        try:
            lazy = pl.scan_parquet(path)
            headers = tuple(lazy.collect_schema().names())
            rows = lazy.select(pl.len()).collect().item()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise file_fault("I109", shown, "：Parquet 文件不完整") from error
        shape = Shape(encoding="parquet", rows=int(rows), has_control=True)
        return cls(path=path, headers=headers, shape=shape)

    def chunks(self) -> "Iterator[pl.DataFrame]":
        """Give text frames of at most CHUNK_ROWS rows."""
        import polars as pl

        lazy = pl.scan_parquet(self.path, row_index_name=ROW, row_index_offset=2)
        texts = [
            _as_text(name, dtype).alias(name)
            for name, dtype in pl.scan_parquet(self.path).collect_schema().items()
        ]
        for start in range(0, self.shape.rows, CHUNK_ROWS):
            yield lazy.slice(start, CHUNK_ROWS).select(ROW, *texts).collect()


def _as_text(name: str, dtype: "pl.DataType") -> "pl.Expr":
    import polars as pl

    column = pl.col(name)
    if dtype.is_float():  # 2017.0 is the year 2017; a fraction keeps its shortest digits
        whole = column.is_finite() & (column == column.floor()) & (column.abs() < 2**53)
        as_int = column.cast(pl.Int64, strict=False).cast(pl.String)
        return pl.when(whole).then(as_int).otherwise(column.cast(pl.String))
    if dtype == pl.Boolean:
        return pl.when(column).then(pl.lit("1")).when(~column).then(pl.lit("0"))
    if isinstance(dtype, pl.List):
        return column.cast(pl.List(pl.String)).list.join("|")
    if dtype == pl.Binary:
        return column.cast(pl.String, strict=False)
    return column.cast(pl.String)
