"""The county scan beside plain pandas and networkx: CPU seconds, peak memory, the ratio.

Both sides run as processes of their own on the same deliveries of the same made-up county.

    python -m bench.scan --enterprises 100000 --runs 3
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from bench.measure import Cost, measure, median

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".venv-bench" / "bin" / "python"
DEFAULT_AS_OF = "2025-12-01"


def riskwarn(*words: str) -> list[str]:
    """Give the command line of this checkout's riskwarn."""
    return [sys.executable, str(ROOT / "cli.py"), *words]


def run_riskwarn(folder: Path, enterprises: int, seed: int, as_of: str) -> dict[str, Cost]:
    """Make a workspace, fill it, scan it twice.

    Gives:  the cost of each step: county, import, scan, scan_again (everything there already).
    """
    workspace = folder / "workspace"
    where = ["--workspace", str(workspace)]
    size = ["--enterprises", str(enterprises), "--seed", str(seed)]
    scan = riskwarn("scan", *where, "--as-of", as_of)
    measure(riskwarn("init", str(workspace)))
    costs = {}
    costs["county"], _ = measure(
        riskwarn("county", *size, "--as-of", as_of, "--out", str(workspace))
    )
    inbox = str(workspace / "inbox")
    costs["import"], _ = measure(riskwarn("import", inbox, *where, "--delivered-on", as_of))
    costs["scan"], _ = measure(scan)
    costs["scan_again"], _ = measure(scan)
    return costs


def run_peers(folder: Path, peers: Path, as_of: str) -> tuple[Cost, str]:
    """Do the same work on the same files in pandas and networkx."""
    script = str(ROOT / "bench" / "scan_peers.py")
    inbox, out = folder / "workspace" / "inbox", folder / "peers.csv"
    return measure([str(peers), script, str(inbox), as_of, str(out)])


def main() -> None:
    """Run both sides and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--enterprises", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--as-of", default=DEFAULT_AS_OF)
    parser.add_argument("--runs", type=int, default=1, help="of each side; the median is told")
    parser.add_argument("--peers", type=Path, default=PEERS, help="python with pandas, networkx")
    parser.add_argument("--keep", type=Path, help="work here and keep it")
    args = parser.parse_args()
    if not args.peers.is_file():
        sys.exit(f"no {args.peers}: run `make bench`, which makes it")
    ours: list[dict[str, Cost]] = []
    theirs: list[Cost] = []
    told = ""
    for number in range(args.runs):
        folder = args.keep or Path(tempfile.mkdtemp(prefix="riskwarn-bench-"))
        folder = folder / f"run{number}"
        folder.mkdir(parents=True)
        ours.append(run_riskwarn(folder, args.enterprises, args.seed, args.as_of))
        cost, told = run_peers(folder, args.peers, args.as_of)
        theirs.append(cost)
        if not args.keep:
            shutil.rmtree(folder.parent)
    print(json.dumps(report(args.enterprises, ours, theirs, told), ensure_ascii=False, indent=1))


def report(
    enterprises: int, ours: list[dict[str, Cost]], theirs: list[Cost], told: str
) -> dict[str, object]:
    """Put the medians side by side; a ratio below 1 means that riskwarn used less."""
    steps = {step: median([costs[step] for costs in ours]) for step in ours[0]}
    peer = median(theirs)
    both = steps["import"].cpu_s + steps["scan"].cpu_s
    return {
        "enterprises": enterprises,
        "runs": len(theirs),
        "riskwarn": {step: cost.as_dict() for step, cost in steps.items()},
        "pandas_networkx": peer.as_dict(),
        "found_by_peers": json.loads(told),
        "ratio": {
            "scan_cpu": round(steps["scan"].cpu_s / peer.cpu_s, 2),
            "import_and_scan_cpu": round(both / peer.cpu_s, 2),
            "scan_peak_memory": round(steps["scan"].peak_mib / peer.peak_mib, 2),
        },
    }


if __name__ == "__main__":
    main()
