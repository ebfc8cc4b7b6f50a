"""Parquet deliveries as text: what a column's writer typed is typed anew by the catalogue."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from riskwarn.sources.rawfile import CHUNK_ROWS, ROW, Shape, torn_parquet

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
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            raise torn_parquet(shown) from error
        shape = Shape(encoding="parquet", rows=int(rows), has_control=True)
        return cls(path=path, headers=headers, shape=shape)

    def chunks(self) -> "Iterator[pl.DataFrame]":
        """Give text frames of at most CHUNK_ROWS rows."""
        from riskwarn.sources.asdelivered import as_text

        for chunk in self.typed_chunks():
            yield chunk.with_columns(as_text(chunk[name]).alias(name) for name in self.headers)

    def typed_chunks(self) -> "Iterator[pl.DataFrame]":
        """Give the same frames with the types that their writer gave them.

        Raises: PolarsError at a damaged page.
        """
        import polars as pl

        lazy = pl.scan_parquet(self.path, row_index_name=ROW, row_index_offset=2)
        for start in range(0, self.shape.rows, CHUNK_ROWS):
            try:
                chunk = lazy.slice(start, CHUNK_ROWS).collect()
            except pl.exceptions.PanicException as panic:  # no Exception: a page that is damaged
                raise pl.exceptions.ComputeError(str(panic)) from panic
            yield chunk
