"""What a model says of a feature table: verified first, then run in a limited child process."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn.errors import Place, Problem, VerificationError
from riskwarn.model.calibrate import to_probability
from riskwarn.model.lock import verify
from riskwarn.model.matrix import check_table, sources
from riskwarn.records.model import Canary, ModelLock, Refusal
from riskwarn.workspace import Settings

if TYPE_CHECKING:
    import polars as pl

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the child may use; enough for a province, little for an attack."""

    memory_bytes: int = 6 * 2**30  # address space: three shared libraries map 2 GiB unused
    cpu_s: int = 60
    rows_per_cpu_s: int = 20_000  # beyond the base; measured: 300,000 rows a CPU second
    wall_factor: int = 5
    nthread: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A model's word on a table, or why there is none."""

    probabilities: "pl.DataFrame | None"  # ent i32, probability f64 (null: nothing known)
    lock: ModelLock | None
    refusal: Refusal | None
    notes: tuple[Problem, ...] = ()


def speak(
    model_dir: Path,
    table: Path,
    settings: Settings,
    as_of: date | None = None,
    limits: Limits | None = None,
) -> Spoken:
    """Let a model speak, or follow `model.when_refused`: go on by rules alone, or stop.

    Takes:  as `predict`; as_of, the night: a model that learned of later days is refused.
    Gives:  Spoken: probabilities and notes, or the refusal.
    Raises: VerificationError when refused and the settings say `stop`.
    """
    try:
        lock = admit(model_dir, settings, as_of)
        frame, notes = _predict(lock, model_dir, table, limits or Limits())
    except VerificationError as error:
        if settings.model.when_refused == "stop":
            raise
        return Spoken(probabilities=None, lock=None, refusal=Refusal(problems=error.problems))
    return Spoken(probabilities=frame, lock=lock, refusal=None, notes=notes)


def predict(
    model_dir: Path, table: Path, settings: Settings, limits: Limits | None = None
) -> "pl.DataFrame":
    """Give every enterprise of a feature table its probability.

    Takes:  model_dir with lock.yaml; table, Parquet with `ent` i32 and the model's columns.
    Gives:  ent i32, probability f64, in the table's order; null where every column is unknown.
    Raises: VerificationError M12x–M14x; nothing was believed then.
    """
    return _predict(admit(model_dir, settings), model_dir, table, limits or Limits())[0]


def admit(model_dir: Path, settings: Settings, as_of: date | None = None) -> ModelLock:
    """Verify a model's files and whether it may speak here, and of this day.

    Raises: VerificationError M130–M137, M143.
    """
    lock = verify(model_dir)
    if as_of is not None and as_of <= lock.fitted_until:
        message = f"模型 {lock.name} 学过截至 {lock.fitted_until} 的事，不得用于 {as_of}"
        expected = f"晚于 {lock.fitted_until} 的日期，或用更早的训练日另训一个模型"
        raise VerificationError(Problem("M143", message, Place(str(model_dir)), expected))
    refused = not (settings.generated_data or settings.model.allow_generated)
    if lock.trained_on == "generated" and refused:
        raise VerificationError(
            Problem(
                "M137",
                f"模型 {lock.name} 由生成数据训练，而本工作区是真实数据",
                Place(str(model_dir)),
                "用真实数据训练的模型，或在 riskwarn.yaml 写明 model.allow_generated: true",
            )
        )
    _check_version(lock, model_dir)
    return lock


def check_runs(lock: ModelLock, model_dir: Path, limits: Limits | None = None) -> None:
    """Load a verified model in the child and compare its canaries; predicts nothing else.

    Raises: VerificationError M134, M138–M142.
    """
    with tempfile.TemporaryDirectory(prefix="riskwarn-model-") as folder:
        run_child(lock, model_dir, None, Path(folder), limits or Limits())


def canary_margins(lock: ModelLock, model_dir: Path) -> tuple[float, ...]:
    """Let the child load a file somebody trusts, and give the margins of the lock's canary rows.

    Raises: VerificationError M138, M140–M142.
    """
    with tempfile.TemporaryDirectory(prefix="riskwarn-model-") as folder:
        scratch = Path(folder)
        rows = Canary(rows=lock.canary.rows, margins=())
        out = run_child(replace(lock, canary=rows), model_dir, None, scratch, Limits())
        return tuple(json.loads(out.with_suffix(".json").read_text("utf-8")))


def _predict(
    lock: ModelLock, model_dir: Path, table: Path, limits: Limits
) -> tuple["pl.DataFrame", tuple[Problem, ...]]:
    import polars as pl

    scan = pl.scan_parquet(table)
    check_table(scan.collect_schema(), lock.columns)
    with tempfile.TemporaryDirectory(prefix="riskwarn-model-") as folder:
        out = run_child(lock, model_dir, table, Path(folder), limits)
        frame = pl.read_parquet(out)
    expected = scan.select("ent").collect().to_series()
    if frame.height != len(expected) or not frame["ent"].equals(expected):
        raise VerificationError(Problem("M142", "模型子进程交回的行与特征表不一致"))
    margins = frame["margin"].to_numpy()
    if not frame["margin"].is_finite().all():
        raise VerificationError(Problem("M142", "模型子进程交回了非有限的得分"))
    chance = pl.Series("probability", to_probability(lock.calibration, margins))
    known = frame["known"] > 0
    spoken = frame.select("ent").with_columns(chance.set(~known, None))
    return spoken, _notes(scan, lock, int((~known).sum()))


def _notes(scan: "pl.LazyFrame", lock: ModelLock, unknown: int) -> tuple[Problem, ...]:
    import polars as pl

    names = sources(lock.columns)
    counts = (
        scan.select(pl.len().alias("__rows"), pl.col(names).count()).collect().row(0, named=True)
    )
    notes = [
        Problem("M150", f"模型所用的 {name} 今晚全部未知（表缺失或过期）", severity="warning")
        for name in names
        if counts["__rows"] and counts[name] == 0
    ]
    notes += _infinite(scan, names)
    if unknown:
        message = f"{unknown} 户的模型特征全部未知，不给概率"
        notes.append(Problem("M151", message, severity="warning"))
    return tuple(notes)


def _infinite(scan: "pl.LazyFrame", names: list[str]) -> list[Problem]:
    """Infinities and NaN that a delivery or a division left behind: read as unknown, and said."""
    import polars as pl

    schema = scan.collect_schema()
    floats = [name for name in names if schema[name].is_float()]
    if not floats:
        return []
    odd = [(pl.col(n).is_infinite() | pl.col(n).is_nan()).sum().alias(n) for n in floats]
    counts = scan.select(odd).collect().row(0, named=True)
    return [
        Problem("M152", f"列 {n} 有 {counts[n]} 个无穷或非数，按未知处理", severity="warning")
        for n in floats
        if counts[n]
    ]


def run_child(
    lock: ModelLock,
    model_dir: Path,
    table: Path | None,
    folder: Path,
    limits: Limits,
    *,
    key: str = "ent",
    contributions: bool = False,
) -> Path:
    """Run the child once on a verified model.

    Takes:  a table (None: canaries only) with the column `key`; folder, empty and private.
    Gives:  the Parquet file that the child wrote.
    Raises: VerificationError M134, M138–M142.
    """
    import polars as pl

    rows = int(pl.scan_parquet(table).select(pl.len()).collect().item()) if table else 0
    cpu_s = limits.cpu_s + rows // limits.rows_per_cpu_s
    request = {
        "model": str((model_dir / lock.file).resolve()),
        "sha256": lock.sha256,
        "table": str(table.resolve()) if table else "",
        "out": str(folder / "out.parquet"),
        "key": key,
        "contributions": contributions,
        "columns": [asdict(column) for column in lock.columns],
        "canary_rows": lock.canary.rows,
        "canary_margins": lock.canary.margins,
        "memory_bytes": limits.memory_bytes,
        "cpu_s": cpu_s,
        "nthread": limits.nthread,
    }
    path = folder / "request.json"
    path.write_text(json.dumps(request), "utf-8")
    _start(path, folder, limits, cpu_s, Place(str(model_dir / lock.file)))
    return folder / "out.parquet"


def _start(request: Path, folder: Path, limits: Limits, cpu_s: int, place: Place) -> None:
    if os.name != "posix":
        raise VerificationError(Problem("M140", "此系统不能限制子进程，不载入模型", place))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "riskwarn.model.child", str(request)],
            cwd=folder,
            env=_environment(limits),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=cpu_s * limits.wall_factor,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        message = f"模型子进程超过 {cpu_s * limits.wall_factor} 秒，已停止"
        raise VerificationError(Problem("M140", message, place)) from error
    if done.returncode == 0:
        return
    raise VerificationError(_fault(done, place))


def _fault(done: "subprocess.CompletedProcess[bytes]", place: Place) -> Problem:
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        return Problem("M141", f"模型子进程被信号 {name} 终止", place, "未损坏的模型文件")
    try:
        answer: Mapping[str, Any] = json.loads(done.stdout.decode("utf-8").strip() or "{}")
    except ValueError:
        answer = {}
    if "code" in answer:
        return Problem(str(answer["code"]), str(answer["message"]), place)
    last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["没有说明"]
    return Problem("M142", f"模型子进程失败：{last[0][:200]}", place)


def _environment(limits: Limits) -> dict[str, str]:
    kept = {
        name: os.environ[name]
        for name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")
        if name in os.environ
    }
    return kept | {
        "PYTHONPATH": str(_PACKAGE_PARENT),
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8",
        "OMP_NUM_THREADS": str(limits.nthread),
        "OMP_WAIT_POLICY": "passive",
        "POLARS_MAX_THREADS": str(limits.nthread),
        "LC_ALL": "C.UTF-8",
    }


def _check_version(lock: ModelLock, model_dir: Path) -> None:
    from importlib.metadata import PackageNotFoundError, version

    found = ""
    for name in ("xgboost-cpu", "xgboost"):
        try:
            found = version(name)
            break
        except PackageNotFoundError:
            continue
    if not found:
        raise VerificationError(Problem("M136", "没有安装 xgboost", Place(str(model_dir))))
    if found.split(".")[0] != lock.xgboost.split(".")[0]:
        message = f"模型由 xgboost {lock.xgboost} 写成，安装的是 {found}"
        raise VerificationError(Problem("M136", message, Place(str(model_dir)), "相同的主版本"))
