"""Exactly one run at a time; the second is told who holds the lock."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from riskwarn.errors import LockHeldError
from riskwarn.store.lock import hold_lock

HOLD = """
import sys, time
from pathlib import Path
from riskwarn.store.lock import hold_lock
with hold_lock(Path(sys.argv[1]), "扫描"):
    print("held", flush=True)
    time.sleep(30)
"""


def holder(folder: Path) -> "subprocess.Popen[str]":
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout.readline() == "held\n"
    return child


def test_a_second_run_is_turned_away_and_told_by_whom(tmp_path):
    child = holder(tmp_path)
    try:
        with pytest.raises(LockHeldError) as caught, hold_lock(tmp_path, "导入"):
            pass
    finally:
        child.kill()
        child.wait()
    assert caught.value.exit_code == 75
    text = str(caught.value)
    assert f"进程 {child.pid}" in text
    assert "扫描" in text
    assert os.uname().nodename in text


def test_a_killed_run_leaves_no_lock_behind(tmp_path):
    child = holder(tmp_path)
    child.kill()
    child.wait()
    started = time.monotonic()
    with hold_lock(tmp_path, "导入"):
        assert time.monotonic() - started < 5


def test_the_lock_is_free_again_after_use_and_after_a_fault(tmp_path):
    for _ in range(2):
        with pytest.raises(ValueError, match="inside"), hold_lock(tmp_path, "导入"):
            raise ValueError("inside")
    with hold_lock(tmp_path, "导入"):
        pass
