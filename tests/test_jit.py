"""Compiled kernels: what is kept on disk may be missing, torn or old, and never tells a lie."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """
from riskwarn.jit import kernel
from other import FACTOR, plus

@kernel
def scaled(x: int) -> int:
    return plus(x) * FACTOR
"""
OTHER = """
from riskwarn.jit import kernel

FACTOR = {factor}

@kernel
def plus(x: int) -> int:
    return x + {more}
"""
SAY = "import mine; print(mine.scaled(4), sum(mine.scaled.stats.cache_hits.values()))"


def said(folder: Path, cache: Path, program: str = SAY, **more: str) -> list[str]:
    env = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "PYTHONDONTWRITEBYTECODE": "1", **more}
    env["PYTHONPATH"] = os.pathsep.join([str(folder), str(Path(__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def write(folder: Path, *, factor: int = 10, more: int = 1) -> None:
    (folder / "mine.py").write_text(MODULE)
    (folder / "other.py").write_text(OTHER.format(factor=factor, more=more))


def test_what_was_compiled_is_kept_until_something_that_went_into_it_changes(
    tmp_path: Path,
) -> None:
    cache = tmp_path / "cache"
    write(tmp_path)
    assert said(tmp_path, cache) == ["50", "0"]
    assert said(tmp_path, cache) == ["50", "1"]
    write(tmp_path, factor=100)  # the kernel's own file stays as it is
    assert said(tmp_path, cache) == ["500", "0"]
    write(tmp_path, factor=100, more=2)
    assert said(tmp_path, cache) == ["600", "0"]
    assert said(tmp_path, cache) == ["600", "1"]


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_a_torn_file_of_the_cache_is_made_anew(tmp_path: Path, ending: str) -> None:
    cache = tmp_path / "cache"
    write(tmp_path)
    said(tmp_path, cache)
    for torn in cache.rglob(f"*.{ending}"):
        torn.write_bytes(torn.read_bytes()[:9])
    assert said(tmp_path, cache) == ["50", "0"]
    assert said(tmp_path, cache) == ["50", "1"]


def test_without_a_folder_to_write_to_kernels_are_compiled_in_every_run(tmp_path: Path) -> None:
    write(tmp_path)
    nowhere = "from numba.core.caching import CacheImpl; CacheImpl._locator_classes = []; "
    nowhere += "import mine; print(mine.scaled(4))"
    assert said(tmp_path, tmp_path / "cache", nowhere) == ["50"]
    assert not (tmp_path / "cache").exists()


def test_a_disk_that_takes_nothing_stops_no_run(tmp_path: Path) -> None:
    write(tmp_path)
    full = "from numba.core.caching import IndexDataCacheFile as f\n"
    full += "def save(*_): raise OSError(28, 'full')\nf.save = save\n"
    assert said(tmp_path, tmp_path / "cache", full + SAY) == ["50", "0"]


def test_kernels_run_as_plain_python_too(tmp_path: Path) -> None:
    write(tmp_path)
    program = "import mine; print(mine.scaled(4))"
    assert said(tmp_path, tmp_path / "cache", program, NUMBA_DISABLE_JIT="1") == ["50"]
