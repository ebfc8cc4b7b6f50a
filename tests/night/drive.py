"""Run one scan in a process of its own; with a number, kill it dead as that stage begins."""

import os
import signal
import sys
from datetime import date
from pathlib import Path


def main(root: str, day: str, kill_at: str) -> None:
    from riskwarn.nightly import scan
    from riskwarn.workspace import Workspace

    def tell(_stage: str, done: int, _of: int) -> None:
        if done == int(kill_at):
            os.kill(os.getpid(), signal.SIGKILL)

    scan(Workspace.open(Path(root)), date.fromisoformat(day), tell)


if __name__ == "__main__":
    main(*sys.argv[1:])
