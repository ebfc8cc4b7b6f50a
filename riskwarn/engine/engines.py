"""The engines on which features and rules run: how a frame gets into one, and out of it again."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn.engine import spark
from riskwarn.engine.frames import scan_in_blocks
from riskwarn.errors import Problem, UsageError, nearest

if TYPE_CHECKING:
    import polars as pl

ENGINES = ("polars", "duckdb", "spark")
_OFFLINE: dict[str, str] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def engine_lack(name: str) -> str:
    """Say what an engine misses to run here, with the cure; empty when it can run."""
    if name == "spark":
        return spark.spark_lack()
    return "" if find_spec(name) is not None else f"安装附加包：pip install 'riskwarn[{name}]'"


def installed_engines() -> tuple[str, ...]:
    """Name the engines that can run here; Polars, the reference, first."""
    return tuple(name for name in ENGINES if not engine_lack(name))


def choose_engines(wanted: str) -> tuple[str, ...]:
    """Give the engines for `all` (those that can run here) or a name.

    Raises: UsageError R001 for an engine that is unknown or not installed.
    """
    return installed_engines() if wanted == "all" else (choose_engine(wanted, also=("all",)),)


def choose_engine(wanted: str, also: tuple[str, ...] = ()) -> str:
    """Give one engine by its name; `also` are words that the caller would understand too.

    Raises: UsageError R001 for an engine that is unknown or not installed.
    """
    if wanted not in ENGINES:
        known, hint = "、".join([*ENGINES, *also]), nearest(wanted, ENGINES)
        raise UsageError(Problem("R001", f"没有引擎 {wanted}", expected=known, nearest=hint))
    lack = engine_lack(wanted)
    if lack:
        raise UsageError(Problem("R001", f"引擎 {wanted} 没有安装", expected=lack))
    return wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """Which engine, and what it may use; no part of any result."""

    name: str = "polars"
    threads: int = 2  # of DuckDB; Polars reads its own limit, Spark its master's
    spark_master: str = spark.LOCAL
    spark_memory: str = spark.MEMORY
    brief: bool = False  # small work: what would make big work quick is left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """One engine, open; what it writes lies in its folder, which the caller may see and delete."""

    name: str
    folder: Path
    session: Any = None  # a DuckDB connection or a Spark session
    sparing: bool = False  # Polars: of a wide table hold one row group at a time

    def read(self, path: Path) -> Any:
        """Give a lazy frame of the engine over a Parquet file."""
        import polars as pl

        if self.name == "polars":
            return scan_in_blocks(path) if self.sparing else pl.scan_parquet(path)
        if self.name == "spark":
            return spark.read_parquet(self.session, path, pl.read_parquet_schema(path))
        return self.session.read_parquet(str(path))

    def lift(self, frame: "pl.DataFrame", name: str) -> Any:
        """Give a lazy frame of the engine with the rows of a Polars frame; `name` is its own."""
        if self.name == "polars":
            return frame.lazy()
        path = self.folder / f"{name}.parquet"
        frame.write_parquet(path)
        return self.read(path)

    def lower(self, frame: Any) -> "pl.DataFrame":
        """Give the rows of the engine's lazy frame as a Polars frame; null columns get String."""
        import polars as pl

        if self.name == "polars":
            return frame.collect()  # type: ignore[no-any-return]
        columns = [str(column) for column in frame.columns]
        if self.name == "spark":
            rows = spark.small_rows(self.session, frame)
        else:
            rows = frame.fetchall()
        return pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)

    def bring(self, frame: Any, name: str, sort_by: str) -> "pl.LazyFrame":
        """Compute the engine's lazy frame into Parquet; give it in Polars' hands.

        Takes:  sort_by, a column without doubles: the order of the rows on every engine.
        Gives:  a lazy frame; on Polars the same one, not computed and not sorted again.
        """
        import polars as pl

        if self.name == "polars":
            return frame  # type: ignore[no-any-return]
        path = self.folder / f"{name}.{self.name}.parquet"
        if self.name == "duckdb":
            frame.order(sort_by).write_parquet(str(path))
            return pl.scan_parquet(path)
        frame.sort(sort_by).write.mode("overwrite").parquet(str(path))
        return pl.scan_parquet(sorted(path.glob("part-*.parquet")))


@contextmanager
def open_engine(settings: "EngineSettings | str", folder: Path | None = None) -> Iterator[Engine]:
    """Open an engine for a while.

    Takes:  settings, or only a name; folder for the engine's files, by default one that goes when
            the engine closes. Spark's session stays for the life of the process.
    Raises: UsageError R001 when the engine cannot run here; R002 when Spark does not start.
    """
    chosen = EngineSettings(name=settings) if isinstance(settings, str) else settings
    choose_engine(chosen.name)
    with tempfile.TemporaryDirectory(prefix="riskwarn-") as own:
        place = folder or Path(own)
        if chosen.name == "duckdb":
            connection = _duckdb(chosen, place)
            try:
                yield Engine(name="duckdb", folder=place, session=connection)
            finally:
                connection.close()
            return
        session = None
        if chosen.name == "spark":
            session = _spark(chosen)
        yield Engine(name=chosen.name, folder=place, session=session)


def _spark(settings: EngineSettings) -> Any:
    return spark.spark_session(settings.spark_master, settings.spark_memory, brief=settings.brief)


def _duckdb(settings: EngineSettings, folder: Path) -> Any:
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        **_OFFLINE,
        "threads": settings.threads,
        "temp_directory": str(folder),
    }
    return duckdb.connect(":memory:", config=config)
