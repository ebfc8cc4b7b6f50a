"""A county night over the floor of bare kernels: both in one process, by turns, medians.

Each round takes the floor's jobs, then a fresh workspace's import and scan of the same files.
No model is installed and nothing is drawn, so the floor's model and draw are left out as well.

    python -m bench.paired COUNTY --as-of 2025-12-01 --runs 5
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from bench.floor import measure_floor
from riskwarn.importing import import_into
from riskwarn.nightly import scan
from riskwarn.workspace import Workspace

NOT_IN_A_NIGHT = ("predict", "SHAP", "draw")


def cpu_s(work: Callable[[], Any]) -> tuple[float, Any]:
    """Give the CPU seconds, user and system, of one piece of work with its children."""
    before = _used()
    found = work()
    return _used() - before, found


def _used() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def one_round(county: Path, as_of: date, folder: Path) -> dict[str, float]:
    """Run the floor and a night in a new workspace that is thrown away. Gives CPU seconds."""
    told = measure_floor(county / "inbox", as_of)["cpu_s"]
    floor = sum(spent for job, spent in told.items() if job not in NOT_IN_A_NIGHT)
    root = Path(tempfile.mkdtemp(prefix="riskwarn-paired-", dir=folder))
    try:
        for name in ("riskwarn.yaml", "rules", "models", "legal_clauses"):
            here = county / name
            (shutil.copytree if here.is_dir() else shutil.copy)(here, root / name)
        ws = Workspace.open(root)
        imported, _ = cpu_s(lambda: import_into(ws, [county / "inbox"], delivered_on=as_of))
        scanned, _ = cpu_s(lambda: scan(ws, as_of, lambda *_: None))
    finally:
        shutil.rmtree(root)
    return {"floor": floor, "import": imported, "scan": scanned}


def report(rounds: list[dict[str, float]]) -> dict[str, Any]:
    """Medians of each side, and of the rounds' own ratios."""
    ratios = sorted((one["import"] + one["scan"]) / one["floor"] for one in rounds)
    return {
        "rounds": len(rounds),
        "cpu_s": {
            side: round(statistics.median(one[side] for one in rounds), 1) for side in rounds[0]
        },
        "night_over_floor": round(statistics.median(ratios), 2),
        "least": round(ratios[0], 2),
        "most": round(ratios[-1], 2),
    }


def main() -> None:
    """Run and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("county", type=Path, help="what `riskwarn init` and `county` wrote")
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2025, 12, 1))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--work", type=Path, help="where workspaces are made and thrown away")
    args = parser.parse_args()
    work = args.work or Path(os.environ.get("TMPDIR", tempfile.gettempdir()))
    print(
        json.dumps(
            report([one_round(args.county, args.as_of, work) for _ in range(args.runs)]), indent=1
        )
    )


if __name__ == "__main__":
    main()
