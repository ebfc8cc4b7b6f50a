"""One bench: a fresh workspace, the ordinary import, the ordinary retraining, the figures."""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn.errors import Problem, UsageError

if TYPE_CHECKING:
    from riskwarn.commands.model_panel import PanelPaths
    from riskwarn.model.bench import BenchSettings
    from riskwarn.workspace import Workspace


def run_bench(
    config: Path, keep: Path | None = None, paths: "PanelPaths | None" = None
) -> dict[str, Any]:
    """Run a bench.yaml.

    Takes:  config; keep, a folder for the workspace (default: a temporary one); paths, named by
            the person instead of those in bench.yaml, for a panel.
    Gives:  plain values for JSON: estimates [value, low, high], reached, strictness, comparison.
    Raises: whatever import and retraining raise.
    """
    from riskwarn.model.bench import load_bench

    bench = load_bench(config)
    with tempfile.TemporaryDirectory(prefix="riskwarn-bench-") as folder:
        root = keep or Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        if bench.panel is not None:
            from riskwarn.commands.model_panel import PanelPaths, run_panel

            return run_panel(bench, config.parent, root, paths or PanelPaths())
        if paths is not None and paths.named:
            raise UsageError(Problem("M119", f"{bench.bench} 不是面板数据，不用另指目录"))
        return _run(bench, config.parent, root)


def _run(bench: "BenchSettings", here: Path, root: Path) -> dict[str, Any]:
    from riskwarn.model.bench import reached
    from riskwarn.model.config import load_training
    from riskwarn.model.evaluate import flatten
    from riskwarn.retrain import (
        compare_with_visit_facts,
        keep_prepared,
        load_feature_files,
        prepare,
    )

    ws = _deliver(bench, here, root)
    training = load_training(here / bench.model)
    features = load_feature_files([here / name for name in bench.features])
    prepared = prepare(ws, training, features, bench.as_of)
    done = keep_prepared(ws, prepared, features, bench.as_of)
    found: dict[str, Any] = {
        "bench": bench.bench,
        "title": bench.title or bench.bench,
        "rows": done.judgement.rows,
        "positives": done.judgement.positives,
        "first_on": done.judgement.first_on.isoformat(),
        "last_on": done.judgement.last_on.isoformat(),
        "training": done.card["rows"],
        "estimates": done.card["estimates"],
        "floor": dict(bench.floor),
        "reached": reached(bench.floor, done.judgement.estimates),
        "calibration": done.card["calibration"],
        "strictness": done.card["strictness"],
        "model_sha256": done.lock.sha256,
    }
    if bench.comparison is not None:
        names = bench.comparison.indicators
        judged = compare_with_visit_facts(ws, prepared, training, names, bench.as_of)
        found["comparison"] = {
            "title": bench.comparison.title,
            "estimates": flatten(judged.estimates),
            "published": dict(bench.comparison.published),
        }
    return found


def _deliver(bench: "BenchSettings", here: Path, root: Path) -> "Workspace":
    from riskwarn.importing import import_into
    from riskwarn.workspace import SETTINGS_FILE, Workspace

    shutil.copyfile(here / bench.settings, root / SETTINGS_FILE)
    ws = Workspace.open(root)
    for delivery in bench.deliveries:
        import_into(
            ws,
            [here / delivery.path],
            mapping=here / delivery.mapping if delivery.mapping else None,
            delivered_on=delivery.delivered_on,
        )
    return ws
