"""The engines on which rules run: how a frame gets into one, and out of it again."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn.errors import Problem, UsageError, nearest
from riskwarn.records.rules import Pack
from riskwarn.rules.run import run_rules

if TYPE_CHECKING:
    import polars as pl

ENGINES = ("polars", "duckdb")
_OFFLINE: dict[str, str] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


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


def choose_engine(wanted: str) -> str:
    """Give one engine by its name.

    Raises: UsageError R001 for an engine that is unknown or not installed.
    """
    there = installed_engines()
    if wanted in ENGINES and wanted not in there:
        cure = f"安装附加包：pip install 'riskwarn[{wanted}]'"
        raise UsageError(Problem("R001", f"引擎 {wanted} 没有安装", expected=cure))
    if wanted not in there:
        known, hint = "、".join(there), nearest(wanted, there)
        raise UsageError(Problem("R001", f"没有引擎 {wanted}", expected=known, nearest=hint))
    return wanted


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


def rule_columns(
    packs: Iterable[Pack], table: Path, as_of: date, engine: str, work: Path, threads: int
) -> "pl.LazyFrame":
    """Run every live rule over a feature table on the engine chosen.

    Takes:  table, Parquet sorted by ent; work, a folder for the engine's files; threads, at least
            one: the result is the same at any number.
    Gives:  `ent` and one nullable boolean column a rule, sorted by ent: equal on every engine.
    Raises: UsageError R001 when the engine is not installed; ConfigError E190.
    """
    import polars as pl

    choose_engine(engine)
    if engine == "polars":
        found: pl.LazyFrame = run_rules(packs, pl.scan_parquet(table), as_of)
        return found
    import duckdb

    path = work / "duckdb.parquet"
    settings: dict[str, str | bool | int | float | list[str]] = {"threads": threads, **_OFFLINE}
    settings["temp_directory"] = str(work)
    connection = duckdb.connect(":memory:", config=settings)
    try:
        columns = run_rules(packs, connection.read_parquet(str(table)), as_of)
        columns.order("ent").write_parquet(str(path))
    finally:
        connection.close()
    return pl.scan_parquet(path)


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
