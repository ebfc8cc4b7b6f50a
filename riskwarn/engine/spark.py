"""One Spark session a process: local, quiet, offline unless a cluster is named."""

import atexit
import os
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn.errors import Problem, UsageError

if TYPE_CHECKING:
    import polars as pl

LOCAL = "local[2]"
MEMORY = "2g"  # of the driver, which in local mode does all the work
_OPEN: dict[str, Any] = {}
_LOG_LINES = 3  # of Spark's own log, told when it does not start

# What would make answers differ from the other engines, or vary, is fixed here for every master.
_MEANING = {
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, never a wrong number
    "spark.sql.caseSensitive": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.python.sql.dataFrameDebugging.enabled": "false",  # a third of the talk with Java
    "spark.log.level": "ERROR",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.eventLog.enabled": "false",
}
_INTERPRETED = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}
# Work of seconds: optimising the code takes longer than running it.
_BRIEF = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    **_INTERPRETED,
}
_LOOPBACK = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}


def spark_lack() -> str:
    """Say what is missing for Spark to run here, with the cure; empty when nothing is."""
    if find_spec("pyspark") is None:
        return "安装附加包：pip install 'riskwarn[spark]'"
    if _java() is None:
        return (
            "安装 Java 17 或以上（Debian：apt-get install default-jre-headless），或设置 JAVA_HOME"
        )
    return ""


def _java() -> str | None:
    home = os.environ.get("JAVA_HOME", "")
    return shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")


def spark_session(master: str = LOCAL, memory: str = MEMORY, *, brief: bool = False) -> Any:
    """Give the session of this process; the first call starts it (some seconds), later ones share.

    Takes:  master, `local[n]` or a cluster's address; memory, of the driver's heap, as `4g`;
            brief, for small work. A later call with other wishes gets the session that is there.
    Raises: UsageError R001 when PySpark or Java is missing, R002 when Spark does not start.
    """
    lack = spark_lack()
    if lack:
        raise UsageError(Problem("R001", "引擎 spark 没有安装好", expected=lack))
    if "session" not in _OPEN:
        _start(master, memory, brief=brief)
    return _OPEN["session"]


def _settings(master: str, memory: str, scratch: Path, *, brief: bool) -> dict[str, str]:
    settings = {"spark.master": master, "spark.app.name": "riskwarn", **_MEANING}
    settings |= _BRIEF if brief else {}
    if master.startswith("local"):
        inside = master.removeprefix("local").strip("[]")
        threads = int(inside) if inside.isdigit() else len(os.sched_getaffinity(0))
        settings |= _LOOPBACK
        settings |= {
            "spark.driver.memory": memory,
            "spark.sql.shuffle.partitions": str(threads),
            "spark.local.dir": str(scratch),
            "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        }
    return settings


def _start(master: str, memory: str, *, brief: bool) -> None:
    """Start the Java side with its talk going to a file, and the session on it."""
    scratch = Path(tempfile.mkdtemp(prefix="riskwarn-spark-"))
    log = scratch / "spark.log"
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    try:
        with warnings.catch_warnings(), log.open("wb") as out:
            warnings.simplefilter("ignore")  # PySpark on pandas, which is not used
            from pyspark import SparkConf, SparkContext, java_gateway
            from pyspark.sql import SparkSession

            settings = _settings(master, memory, scratch, brief=brief)
            conf = SparkConf(loadDefaults=False).setAll(list(settings.items()))
            launch: Any = java_gateway.launch_gateway
            gateway = launch(conf, {"stdout": out, "stderr": out})
            session = SparkSession(SparkContext(conf=conf, gateway=gateway))
    except Exception as error:  # Py4J and Spark raise what they like
        told = log.read_text("utf-8", "replace").splitlines()[-_LOG_LINES:] if log.exists() else []
        shutil.rmtree(scratch, ignore_errors=True)
        why = "；".join([str(error).splitlines()[0], *told])
        raise UsageError(Problem("R002", f"Spark 起不来（{master}）：{why}")) from error
    _OPEN.update(session=session, gateway=gateway, scratch=scratch)
    atexit.register(stop_spark)


def stop_spark() -> None:
    """Stop the session and wait for its Java process to end; nothing is left behind."""
    if "session" not in _OPEN:
        return
    atexit.unregister(stop_spark)
    session, gateway, scratch = (_OPEN.pop(name) for name in ("session", "gateway", "scratch"))
    session.stop()
    gateway.shutdown()
    process = getattr(gateway, "proc", None)
    if process is not None:
        process.stdin.close()
        process.wait()
    shutil.rmtree(scratch, ignore_errors=True)


def read_parquet(
    session: Any, path: Path | str, schema: "Mapping[str, pl.DataType] | None" = None
) -> Any:
    """Read Parquet as Spark sees it; a schema at hand saves Spark a job to find it."""
    reader = session.read
    if schema is not None:
        from pyspark.sql.types import StructField, StructType

        fields = [StructField(name, _spark_type(dtype)) for name, dtype in schema.items()]
        reader = reader.schema(StructType(fields))
    return reader.parquet(str(path))


def _spark_type(dtype: Any) -> Any:
    from pyspark.sql import types

    known = {
        "Int8": types.ByteType(),
        "Int16": types.ShortType(),
        "Int32": types.IntegerType(),
        "Int64": types.LongType(),
        "Float64": types.DoubleType(),
        "Boolean": types.BooleanType(),
        "String": types.StringType(),
        "Date": types.DateType(),
    }
    return known[str(dtype)]


def small_rows(session: Any, frame: Any) -> list[tuple[Any, ...]]:
    """Give the rows of a frame that is small: interpreted, as compiling would cost more."""
    before = {name: session.conf.get(name) for name in _INTERPRETED}
    try:
        for name, value in _INTERPRETED.items():
            session.conf.set(name, value)
        return [tuple(row) for row in frame.collect()]
    finally:
        for name, value in before.items():
            session.conf.set(name, value)
