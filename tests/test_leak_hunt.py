"""Leaks planted on purpose, each of which `riskwarn model check` must name."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from riskwarn.commands.model import app
from riskwarn.features.catalogue import load_features
from riskwarn.model.config import load_training
from riskwarn.retrain import retrain
from tests.test_retrain import AS_OF, BY_VISIT, FEATURES, a_workspace, town

LEAKS = {
    # the enterprise's number of order, delivered as if it were a measurement
    "M163": "  no: {title: 编号, from: indicator, agg: last, of: value, where: {name: serial}}\n",
    # the first characters of the code, hidden in a field that nobody would suspect
    "M166": "",
    # what the visit found, delivered as a measurement of the day before it
    "M164": "  later: {title: 事后, from: indicator, agg: last, of: value, where: {name: later}}\n",
    # who came
    "M161": "  who: {title: 人员, from: inspection, agg: count, where: {officers: [a]}}\n",
}


def poisoned(root: Path) -> "dict[str, pl.DataFrame]":
    tables = town()
    firms, visits = tables["enterprise"], tables["inspection"]
    start = firms["known_on"][0]
    serial = firms.select(
        "uscc",
        name=pl.lit("serial"),
        observed_on=pl.lit(start),
        value=pl.int_range(pl.len()).cast(pl.Float64) + 10_001,
        known_on=pl.lit(start - timedelta(days=1)),
    )
    later = visits.select(
        "uscc",
        name=pl.lit("later"),
        observed_on=pl.col("inspected_on") - timedelta(days=1),
        value=pl.col("problem").cast(pl.Float64),
        known_on=pl.col("inspected_on") - timedelta(days=1),
    ).unique(["uscc", "observed_on"], keep="last", maintain_order=True)
    prefix = firms.with_columns(facility_type=pl.col("uscc").str.slice(0, 9))
    return {**tables, "enterprise": prefix, "indicator": pl.concat([serial, later])}


@pytest.fixture(scope="module")
def ws(tmp_path_factory):
    root = tmp_path_factory.mktemp("leaks")
    made = a_workspace(root, poisoned(root))
    training, features = load_training(root / "visits.yaml"), load_features(root / "features.yaml")
    retrain(made, training, features, AS_OF)
    return made


def check(ws, name: str, features: str, model: str) -> str:
    (ws.root / f"{name}_features.yaml").write_text(features, "utf-8")
    (ws.root / f"{name}.yaml").write_text(model, "utf-8")
    words = [
        "check",
        "visits",
        "--workspace",
        str(ws.root),
        "--config",
        str(ws.root / f"{name}.yaml"),
    ]
    words += ["--features", str(ws.root / f"{name}_features.yaml"), "--as-of", AS_OF.isoformat()]
    result = CliRunner().invoke(app, words)
    return "" if result.exit_code == 0 else str(result.exception)


@pytest.mark.parametrize("code", sorted(LEAKS))
def test_each_planted_leak_is_named_and_nothing_else_is(ws, code: str):
    declared = LEAKS[code]
    name = declared.split(":")[0].strip()
    model = BY_VISIT.replace("age_days]", f"age_days, {name}]" if name else "age_days]")
    if not name:
        model += "categories: [{field: facility_type}]\n"
    said = check(ws, code.lower(), FEATURES + declared, model)
    assert code in said
    assert {part for part in said.split() if part.startswith("M16")} == {code}


def test_an_id_cannot_even_be_declared(ws):
    said = check(ws, "id", FEATURES + "  id: {title: 代码, field: uscc}\n", BY_VISIT)
    assert "F116" in said
    model = BY_VISIT + "categories: [{field: uscc}]\n"
    assert "M160" in check(ws, "id2", FEATURES, model)


def test_an_honest_configuration_passes(ws):
    assert check(ws, "honest", FEATURES, BY_VISIT) == ""
