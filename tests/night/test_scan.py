"""The night as a whole: the same bytes every time, nothing lost when killed, nothing too early."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from riskwarn.errors import LockHeldError, NothingToDoError
from riskwarn.founding import found_workspace
from riskwarn.importing import import_into
from riskwarn.nightly import STAGES, scan
from riskwarn.store import ranges
from riskwarn.store.lock import hold_lock
from riskwarn.workspace import Workspace
from tests.night import drive
from tests.night.town import EARLIER, NIGHT, found_town, silent

TOP = Path(__file__).resolve().parents[2]
TABLES = ("runs", "lead_states", "lead_events", "log", "heads", "class_files")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return found_town(tmp_path_factory.mktemp("town") / "ws").root


@pytest.fixture(scope="module")
def hamlet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A smaller place, for tests that run it many times."""
    return found_town(tmp_path_factory.mktemp("hamlet") / "ws", 60).root


@pytest.fixture
def copy(town: Path, tmp_path: Path) -> Path:
    shutil.copytree(town, tmp_path / "ws")
    return tmp_path / "ws"


def published(root: Path, day: date = NIGHT) -> dict[str, str]:
    folder = root / "out" / day.isoformat()
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): sha256(p.read_bytes()).hexdigest() for p in files}


def stored(root: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(root / "store" / "riskwarn.sqlite") as db:
        return {name: sorted(db.execute(f"select * from {name}"), key=repr) for name in TABLES}


def in_own_process(root: Path, kill_at: int = -1, **env: str) -> int:
    command = [sys.executable, drive.__file__, str(root), NIGHT.isoformat(), str(kill_at)]
    done = subprocess.run(command, cwd=TOP, env={**os.environ, "PYTHONPATH": str(TOP), **env})
    return done.returncode


def test_a_second_scan_gives_the_same_bytes_and_enters_nothing_twice(copy: Path):
    ws = Workspace.open(copy)
    first = scan(ws, NIGHT, silent)
    files, rows = published(copy), stored(copy)
    assert first.leads > 0
    assert not first.repeated
    second = scan(ws, NIGHT, silent)
    assert second.repeated
    assert published(copy) == files
    assert stored(copy) == rows
    shutil.rmtree(copy / "out")
    scan(ws, NIGHT, silent)
    assert published(copy) == files


@pytest.mark.slow
def test_hash_seed_time_zone_and_threads_change_no_byte(hamlet: Path, tmp_path: Path):
    seen = []
    for seed, zone, threads in (
        (0, "UTC", 1),
        (1, "Asia/Shanghai", 2),
        (2, "UTC", 2),
        (3, "UTC", 1),
    ):
        root = tmp_path / f"run{seed}"
        shutil.copytree(hamlet, root)
        settings = {"PYTHONHASHSEED": str(seed), "TZ": zone, "POLARS_MAX_THREADS": str(threads)}
        assert in_own_process(root, NUMBA_NUM_THREADS=str(threads), **settings) == 0
        seen.append((published(root), stored(root)))
    assert all(one == seen[0] for one in seen)


@pytest.mark.slow
def test_killed_at_any_stage_the_next_run_gives_what_it_would_have_given(
    hamlet: Path, tmp_path: Path
):
    whole = tmp_path / "whole"
    shutil.copytree(hamlet, whole)
    scan(Workspace.open(whole), NIGHT, silent)
    expected = published(whole), stored(whole)
    for stage in range(len(STAGES)):
        root = tmp_path / f"killed{stage}"
        shutil.copytree(hamlet, root)
        assert in_own_process(root, kill_at=stage) == -9, STAGES[stage]
        after = published(root)
        assert after in ({}, expected[0]), f"a torn folder after {STAGES[stage]}"
        scan(Workspace.open(root), NIGHT, silent)
        assert (published(root), stored(root)) == expected, STAGES[stage]
        shutil.rmtree(root)


def test_nothing_known_later_changes_an_earlier_night(copy: Path, tmp_path: Path):
    """Deliver everything again as of the earlier night, later facts left out: the same leads."""
    ws = Workspace.open(copy)
    scan(ws, EARLIER, silent)
    before = published(copy, EARLIER)
    late = tmp_path / "late"
    late.mkdir()
    lead = json.loads((copy / "out" / str(EARLIER) / "leads.jsonl").read_text().split("\n")[0])
    rows = [
        f"{lead['uscc']},LATE-{n},{EARLIER - timedelta(days=n)},{EARLIER + timedelta(days=1)},食品"
        for n in range(1, 30)
    ]
    header = "统一社会信用代码,行政处罚决定书文号,处罚决定日期,公示日期,领域"
    (late / "penalty.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    import_into(ws, [late], delivered_on=NIGHT)
    shutil.rmtree(copy / "out")
    scan(ws, EARLIER, silent)
    leads = published(copy, EARLIER)
    assert leads["leads.jsonl"] == before["leads.jsonl"]


def test_a_workbook_that_somebody_filled_in_is_never_thrown_away(copy: Path):
    ws = Workspace.open(copy)
    folder = scan(ws, NIGHT, silent).folder
    book = sorted(folder.glob("tasks-*.xlsx"))[0]
    book.write_bytes(b"filled in by an inspector")
    scan(ws, NIGHT, silent)
    assert (folder / book.name).read_bytes() != b"filled in by an inspector"
    kept = folder.with_name(f"{folder.name}.kept-1")
    assert (kept / book.name).read_bytes() == b"filled in by an inspector"
    scan(ws, NIGHT, silent)
    assert not folder.with_name(f"{folder.name}.kept-2").exists()


def test_leads_have_a_past_and_people_decide_on_them(copy: Path):
    from riskwarn.lead_life import enter_decision
    from riskwarn.terms import LeadState

    ws = Workspace.open(copy)
    scan(ws, EARLIER, silent)
    first = json.loads((copy / "out" / str(EARLIER) / "leads.jsonl").read_text().split("\n")[0])
    on = EARLIER + timedelta(days=5)
    assert enter_decision(ws, first["lead_id"], LeadState.UNFOUNDED, on, "张三", "已整改")
    assert not enter_decision(ws, first["lead_id"], LeadState.UNFOUNDED, on, "张三", "已整改")
    scan(ws, EARLIER + timedelta(days=10), silent)
    folder = copy / "out" / str(EARLIER + timedelta(days=10))
    later = [json.loads(x) for x in (folder / "leads.jsonl").read_text().splitlines()]
    again = [lead for lead in later if lead["lead_id"] == first["lead_id"]]
    assert all(lead["reopened"] for lead in again), "a decided matter rests without new evidence"
    assert {lead["change"] for lead in later} - {"new"}, (
        "leads of the earlier night are known again"
    )


def test_an_empty_workspace_has_nothing_to_do(tmp_path: Path):
    ws = found_workspace(tmp_path / "empty")
    with pytest.raises(NothingToDoError, match="没有已知的市场主体"):
        scan(ws, NIGHT, silent)


def test_a_second_scan_at_the_same_time_is_turned_away(copy: Path):
    ws = Workspace.open(copy)
    with hold_lock(ws.store_dir, "别的扫描"), pytest.raises(LockHeldError) as refused:
        scan(ws, NIGHT, silent)
    assert refused.value.exit_code == 75
    assert not (copy / "out").exists()


def test_a_workspace_without_model_runs_on_rules_alone_and_says_so(copy: Path):
    night = scan(Workspace.open(copy), NIGHT, silent)
    assert not night.model_spoke
    page = (night.folder / "report" / "index.html").read_text(encoding="utf-8")
    assert "只用规则" in page


def test_a_night_cut_into_ranges_of_enterprises_gives_the_same_bytes(
    copy: Path, monkeypatch: pytest.MonkeyPatch
):
    ws = Workspace.open(copy)
    assert scan(ws, NIGHT, silent).leads > 0
    files, table = published(copy), copy / "store" / "tables" / f"{NIGHT.isoformat()}.parquet"
    whole = pl.read_parquet(table)
    shutil.rmtree(copy / "out")
    monkeypatch.setattr(ranges, "RANGE", 16)
    monkeypatch.setattr(ranges, "ROWS_A_BATCH", 100)
    scan(ws, NIGHT, silent)
    assert published(copy) == files
    assert pl.read_parquet(table).equals(whole)
