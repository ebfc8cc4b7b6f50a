"""The engines on which rules run: how a frame gets into one, and out of it again."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn.errors import Problem, UsageError, nearest

if TYPE_CHECKING:
    import polars as pl

ENGINES = ("polars", "duckdb")


def installed_engines() -> tuple[str, ...]:
    """Name the engines whose library is installed; Polars, the reference, first."""
    return tuple(name for name in ENGINES if find_spec(name) is not None)


def choose_engines(wanted: str) -> tuple[str, ...]:
    """Give the engines for `all` or a name.

    Raises: UsageError R001 for an engine that is unknown or not installed.
    """
    there = installed_engines()
    if wanted == "all":
        return there
    if wanted not in there:
        hint = nearest(wanted, there)
        known = "、".join([*there, "all"])
        raise UsageError(Problem("R001", f"没有引擎 {wanted}", expected=known, nearest=hint))
    return (wanted,)


@dataclass(frozen=True)
class Engine:
    """One engine, open; DuckDB reads frames through Parquet files in its folder."""

    name: str
    folder: Path
    connection: Any = None

    def lift(self, frame: "pl.DataFrame", name: str) -> Any:
        """Give a lazy frame of the engine with the rows of a Polars frame."""
        if self.name == "polars":
            return frame.lazy()
        path = self.folder / f"{name}.parquet"
        frame.write_parquet(path)
        return self.connection.read_parquet(str(path))

    def lower(self, frame: Any) -> "pl.DataFrame":
        """Give the rows of the engine's lazy frame as a Polars frame; null columns get String."""
        import polars as pl

        if self.name == "polars":
            return frame.collect()  # type: ignore[no-any-return]
        columns = [str(column) for column in frame.columns]
        rows = frame.fetchall()
        return pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)


@contextmanager
def open_engine(name: str) -> Iterator[Engine]:
    """Open an engine for a while; its files go when it closes."""
    with tempfile.TemporaryDirectory(prefix="riskwarn-") as folder:
        if name == "polars":
            yield Engine(name, Path(folder))
            return
        import duckdb

        connection = duckdb.connect(":memory:", config={"threads": 2})
        try:
            yield Engine(name, Path(folder), connection)
        finally:
            connection.close()
