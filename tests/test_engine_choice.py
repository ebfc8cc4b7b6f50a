"""The engine is a setting: a night on DuckDB leaves the same bytes as one on Polars."""

import shutil
from datetime import date

import pytest
from typer.testing import CliRunner

from riskwarn.commands.night import scan
from riskwarn.county.generate import make_county
from riskwarn.errors import UsageError
from riskwarn.founding import found_workspace
from riskwarn.importing import import_files
from riskwarn.rules import engines
from riskwarn.store.store import Store
from riskwarn.workspace import Workspace

LAST = date(2025, 12, 1)


def bytes_of(folder):
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def night(root, engine):
    import typer

    app = typer.Typer()
    app.command()(scan)
    words = ["--as-of", LAST.isoformat(), "-w", str(root), "--engine", engine]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    with Store.open(Workspace.open(root)) as store:
        (run,) = store.runs()
        states = store.lead_events(LAST)
    return run, states


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    root = tmp_path_factory.mktemp("engines") / "polars"
    found_workspace(root)
    make_county(root, 250, 2, as_of=LAST)
    import_files(Workspace.open(root), [root / "inbox"], delivered_on=LAST)
    return root


def test_a_night_gives_the_same_bytes_on_both_engines(county):
    pytest.importorskip("duckdb")
    other = county.with_name("duckdb")
    shutil.copytree(county, other)
    left, right = night(county, "polars"), night(other, "duckdb")
    assert left == right
    assert left[1]  # there were leads
    out = LAST.isoformat()
    ours, theirs = bytes_of(county / "out" / out), bytes_of(other / "out" / out)
    assert sorted(ours) == sorted(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_the_engine_is_no_part_of_the_run(county):
    ws = Workspace.open(county)
    other = ws.settings.model_copy(update={"engine": "duckdb", "threads": 1})
    assert Workspace(county, other).settings_hash == ws.settings_hash


def test_an_engine_that_is_not_there_is_refused_with_the_cure(monkeypatch):
    with pytest.raises(UsageError, match="是否想写：duckdb"):
        engines.choose_engine("duckdbb")
    monkeypatch.setattr(engines, "find_spec", lambda name: None if name == "duckdb" else name)
    with pytest.raises(UsageError, match=r"riskwarn\[duckdb\]"):
        engines.choose_engine("duckdb")
