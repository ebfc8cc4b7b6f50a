"""Run a command and say what it cost: CPU seconds, peak memory, wall seconds."""

import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one process and all its children used."""

    cpu_s: float  # user + system
    peak_mib: float  # largest resident set of it or any one of its children
    wall_s: float

    def as_dict(self) -> dict[str, float]:
        return {name: round(value, 2) for name, value in asdict(self).items()}


def measure(command: list[str], cwd: Path | None = None) -> tuple[Cost, str]:
    """Run a command to its end.

    Gives:  its cost and its standard output. Raises: SystemExit with its errors when it fails.
    """
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    text = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.monotonic() - start
    if process.returncode:
        sys.exit(f"{' '.join(command)}: exit {process.returncode}\n{text}")
    cpu_s = used.ru_utime + used.ru_stime
    return Cost(cpu_s=cpu_s, peak_mib=used.ru_maxrss / 1024, wall_s=wall_s), text


def median(costs: list[Cost]) -> Cost:
    """Give the run whose CPU time is the middle one (the lower of two)."""
    return sorted(costs, key=lambda cost: cost.cpu_s)[(len(costs) - 1) // 2]
