"""The engine is a setting: a night on DuckDB leaves the same bytes as one on Polars."""

import shutil
from datetime import date

import pytest
from typer.testing import CliRunner

from riskwarn.commands.night import scan
from riskwarn.county.generate import make_county
from riskwarn.engine.engines import open_engine
from riskwarn.founding import found_workspace
from riskwarn.importing import import_files
from riskwarn.store.store import Store
from riskwarn.workspace import Workspace
from tests.engines import OTHER_ENGINES, small

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
    root = tmp_path_factory.mktemp("engines") / "county"
    found_workspace(root)
    make_county(root, 250, 2, as_of=LAST)
    import_files(Workspace.open(root), [root / "inbox"], delivered_on=LAST)
    return root


@pytest.fixture(scope="module")
def by_polars(county):
    root = county.with_name("reference")
    shutil.copytree(county, root)
    return root, night(root, "polars")


@pytest.mark.parametrize("engine", OTHER_ENGINES)
def test_a_night_gives_the_same_bytes_on_another_engine(county, by_polars, engine):
    first, left = by_polars
    other = county.with_name(engine)
    shutil.copytree(county, other)
    with open_engine(small(engine)):
        pass  # Spark's session stays, and is then one for small work
    right = night(other, engine)
    assert left == right
    assert left[1]  # there were leads
    out = LAST.isoformat()
    ours, theirs = bytes_of(first / "out" / out), bytes_of(other / "out" / out)
    assert sorted(ours) == sorted(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_the_engine_is_no_part_of_the_run(county):
    ws = Workspace.open(county)
    update = {"engine": "spark", "threads": 1, "spark_master": "local[4]", "spark_memory": "1g"}
    other = ws.settings.model_copy(update=update)
    assert Workspace(county, other).settings_hash == ws.settings_hash
