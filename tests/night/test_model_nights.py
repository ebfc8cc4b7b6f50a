"""Nights with a model, through the commands: drift, and whatever bad input comes."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from riskwarn.commands.app import app
from riskwarn.workspace import SETTINGS_FILE
from tests.night.town import EARLIER, NIGHT, SETTINGS, found_town

TRAINED = date(2025, 6, 1)
MODEL = """\
model: town
label:
  title: 半年内检查发现问题或受处罚
  events: [{table: inspection, where: {problem: true}}, {table: penalty}]
  window_days: 180
cohort: {every_days: 180, count: 5}
features: [age_days, staff, complaints_365d, inspections_3y, penalties_3y, same_address]
categories: [{field: kind, max_levels: 4}]
when_empty: drop
boost: {rounds: 20, eta: 0.2}
calibration: {method: platt}
judge: {bootstrap: 20, capacity_share: 0.1}
"""


def run(root: Path, *words: str):
    return CliRunner().invoke(app, [*words, "-w", str(root)])


def scanned(root: Path, day: date) -> dict:
    done = run(root, "scan", "--as-of", day.isoformat(), "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = found_town(tmp_path_factory.mktemp("town") / "ws", 600).root
    (root / SETTINGS_FILE).write_text(SETTINGS + "model: {name: town}\n", encoding="utf-8")
    (root / "model.yaml").write_text(MODEL, encoding="utf-8")
    done = run(root, "model", "train", str(root / "model.yaml"), "--as-of", TRAINED.isoformat())
    assert done.exit_code == 0, done.output
    return root


@pytest.fixture
def copy(town: Path, tmp_path: Path) -> Path:
    shutil.copytree(town, tmp_path / "ws")
    return tmp_path / "ws"


def test_drift_is_the_same_whichever_night_came_first(copy: Path, town: Path, tmp_path: Path):
    both = scanned(copy, EARLIER), scanned(copy, NIGHT)
    shutil.copytree(town, tmp_path / "other")
    late = scanned(tmp_path / "other", NIGHT)
    assert late["drift"] == both[1]["drift"]
    assert late["drift"]["reference_on"] < TRAINED.isoformat()
    assert (
        sum(late["drift"]["bands"].values())
        == len((copy / "models/town/drift.yaml").read_text("utf-8").split("cuts:")) - 1
    )  # every column of the model and its score
    manifest = json.loads((copy / f"out/{NIGHT}/run.json").read_text("utf-8"))
    assert manifest["drift"] == late["drift"]
    page = (copy / f"out/{NIGHT}/report/index.html").read_text("utf-8")
    assert f"与 {late['drift']['reference_on']} 的在业主体相比" in page
    assert "列" in run(copy, "scan", "--as-of", NIGHT.isoformat()).stdout


def test_a_model_trained_before_references_existed_says_drift_is_unknown(copy: Path):
    (copy / "models/town/drift.yaml").unlink()
    refused = run(copy, "model", "check", "town")
    assert "M134" in str(refused.exception)  # the lock names a file that is gone
    assert run(copy, "model", "pin", "town").exit_code == 0
    found = scanned(copy, NIGHT)
    assert found["model_spoke"]
    assert found["drift"] == {"reference_on": None, "band": None}
    assert "漂移未知" in (copy / f"out/{NIGHT}/report/index.html").read_text("utf-8")
