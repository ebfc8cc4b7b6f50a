"""The limited child process: loads one verified model file, checks its canaries, predicts.

Run as `python -m riskwarn.model.child request.json`. It reads the request, the model file and one
Parquet table, writes one Parquet table, and prints one line of JSON. Whatever a damaged file does
to the loader (crash, hang, memory) happens here and not in the night.
"""

import hashlib
import json
import math
import sys
from pathlib import Path
from typing import Any

CHUNK_ROWS = 65_536  # 10 M × 60 float32 is never held at once; Source: docs/model.md
CANARY_TOLERANCE = 1e-6
REFUSED = 3  # exit status: the answer on stdout says why


def main(request_path: str) -> int:
    """Answer one request; 0 when the table was written, REFUSED with a reason otherwise."""
    request = json.loads(Path(request_path).read_text("utf-8"))
    _limit(request["memory_bytes"], request["cpu_s"])
    raw = bytearray(Path(request["model"]).read_bytes())
    if hashlib.sha256(raw).hexdigest() != request["sha256"]:
        return _refuse("M134", "模型文件在核对之后被改动")
    import xgboost

    booster = xgboost.Booster()
    booster.load_model(raw)
    booster.set_param({"nthread": request["nthread"]})
    width = len(request["columns"])
    if booster.num_features() != width:
        return _refuse("M138", f"模型有 {booster.num_features()} 列，锁定文件写的是 {width} 列")
    margins = _canary_margins(booster, request["canary_rows"])
    if request["canary_margins"]:
        gap = _gap(margins, request["canary_margins"])
        if not gap <= CANARY_TOLERANCE:
            return _refuse("M139", f"校验样本的得分与锁定值相差 {gap:.3g}")
    else:  # pinning: the parent asks for them
        Path(request["out"]).with_suffix(".json").write_text(json.dumps(margins), "utf-8")
    rows = _predict(booster, request) if request["table"] else 0
    sys.stdout.write(json.dumps({"rows": rows}) + "\n")
    return 0


def _limit(memory_bytes: int, cpu_s: int) -> None:
    import resource  # POSIX only; elsewhere the parent refuses to start a child

    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _refuse(code: str, message: str) -> int:
    sys.stdout.write(json.dumps({"code": code, "message": message}) + "\n")
    return REFUSED


def _canary_margins(booster: Any, rows: list[list[float | None]]) -> list[float]:
    import numpy as np

    matrix = np.array(
        [[np.nan if value is None else value for value in row] for row in rows], dtype=np.float32
    )
    found = booster.inplace_predict(matrix, predict_type="margin", missing=np.nan)
    margins: list[float] = np.asarray(found, dtype=np.float64).tolist()
    return margins


def _gap(found: list[float], expected: list[float]) -> float:
    gaps = [abs(a - b) for a, b in zip(found, expected, strict=True)]
    return max(gaps) if all(math.isfinite(gap) for gap in gaps) else math.inf


def _predict(booster: Any, request: dict[str, Any]) -> int:
    """Score the table in chunks; writes key i32, margin f64, known i32 (columns with a value)."""
    import numpy as np
    import polars as pl

    from riskwarn.model.matrix import sources, to_matrix
    from riskwarn.records.model import ModelColumn

    columns = [ModelColumn(**column) for column in request["columns"]]
    key = request["key"]
    scan = pl.scan_parquet(request["table"]).select([key, *sources(columns)])
    total = int(scan.select(pl.len()).collect().item())
    parts = []
    for start in range(0, total, CHUNK_ROWS):
        chunk = scan.slice(start, CHUNK_ROWS).collect()
        matrix = to_matrix(chunk, columns)
        margins = booster.inplace_predict(matrix, predict_type="margin", missing=np.nan)
        known = (~np.isnan(matrix)).sum(axis=1, dtype=np.int32)
        parts.append(
            pl.DataFrame(
                {
                    key: chunk[key],
                    "margin": np.asarray(margins, dtype=np.float64),
                    "known": known,
                }
            )
        )
        if request["contributions"]:
            _add_contributions(booster, matrix, parts, len(columns))
    empty = {key: pl.Int32, "margin": pl.Float64, "known": pl.Int32}
    frame = pl.concat(parts) if parts else pl.DataFrame(schema=empty)
    frame.write_parquet(request["out"])
    return total


def _add_contributions(booster: Any, matrix: Any, parts: list[Any], width: int) -> None:
    """Hang one column c0, c1, … a model column on the last part: exact SHAP values in log-odds."""
    import numpy as np
    import polars as pl
    import xgboost

    data = xgboost.DMatrix(matrix, missing=np.nan, nthread=1)
    values = booster.predict(data, pred_contribs=True, validate_features=False)
    shares = {f"c{place}": values[:, place].astype(np.float64) for place in range(width)}
    parts[-1] = parts[-1].hstack(pl.DataFrame(shares))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
