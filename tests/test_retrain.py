"""The whole line, store to card, on a small made town."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from riskwarn.commands.model import app
from riskwarn.errors import ConfigError, NothingToDoError, VerificationError
from riskwarn.features.catalogue import load_features
from riskwarn.model.cohort import words_of
from riskwarn.model.config import TrainingSettings, load_training, name_features
from riskwarn.model.drift import read_reference
from riskwarn.model.lock import verify
from riskwarn.model.predict import predict
from riskwarn.model.tune import tune
from riskwarn.records.deliveries import Delivery
from riskwarn.retrain import check_training, compare_models, gather_rows, prepare, retrain
from riskwarn.store.store import Store
from riskwarn.workspace import Workspace

START, AS_OF = date(2022, 1, 1), date(2025, 1, 1)
SIZE = 300
FEATURES = """\
riskwarn: "1"
features:
  checks_ever: {title: 历次检查, from: inspection, agg: count, unit: 次}
  problems_ever: {title: 历次问题, from: inspection, agg: count, where: {problem: true}, unit: 次}
  complaints_365d: {title: 一年内投诉, from: complaint, agg: count, window: 365d, unit: 件}
  age_days: {title: 成立天数, field: established_on, derive: days_since, unit: 天}
"""
BY_VISIT = """\
model: visits
label: {title: 该次检查发现问题, at: visit, events: [{table: inspection, where: {problem: true}}]}
cohort: {each_inspection: true}
features: [checks_ever, problems_ever, complaints_365d, age_days]
monotone: {complaints_365d: increasing}
boost: {rounds: 20, eta: 0.2}
judge: {bootstrap: 20, schedule: true}
"""
BY_DAY = """\
model: days
label:
  title: 半年内检查发现问题
  events: [{table: inspection, where: {problem: true}}]
  window_days: 150
cohort: {every_days: 150, count: 5}
features: [checks_ever, problems_ever, complaints_365d, age_days]
boost: {rounds: 20, eta: 0.2}
judge: {bootstrap: 20, groups: [kind]}
"""


def town(seed: int = 2) -> dict[str, pl.DataFrame]:
    """Deliveries: complaints raise the chance of a problem; every row is known when it happens."""
    made = np.random.Generator(np.random.PCG64(seed))
    usccs = [f"local:{n:05d}" for n in range(SIZE)]
    zeal = made.gamma(1.0, 1.0, SIZE)
    days = (AS_OF - START).days
    complaints, inspections = [], []
    for n, uscc in enumerate(usccs):
        for day in made.integers(0, days, made.poisson(3 * zeal[n])):
            complaints.append((uscc, f"c{len(complaints)}", START + timedelta(days=int(day))))
        chance = 1 / (1 + np.exp(-(-2.2 + 1.3 * zeal[n])))
        for day in sorted(made.integers(0, days, 6)):
            on = START + timedelta(days=int(day))
            inspections.append((uscc, f"i{len(inspections)}", on, bool(made.random() < chance)))
    opened = [START - timedelta(days=int(d)) for d in made.integers(100, 4000, SIZE)]
    enterprise = pl.DataFrame({"uscc": usccs, "name": usccs, "established_on": opened})
    return {
        "enterprise": enterprise.with_columns(
            status=pl.lit("active"), kind=pl.lit("company"), known_on=pl.lit(START)
        ),
        "complaint": pl.DataFrame(
            complaints, schema=["uscc", "case_no", "received_on"], orient="row"
        ).with_columns(known_on="received_on"),
        "inspection": pl.DataFrame(
            inspections, schema=["uscc", "inspection_no", "inspected_on", "problem"], orient="row"
        ).with_columns(
            officers=pl.lit("a|b"),
            selected_by=pl.lit("random"),
            published_on="inspected_on",
            known_on="inspected_on",
        ),
    }


def deliver(ws: Workspace, tables: dict[str, pl.DataFrame], on: date, mark: str) -> None:
    with Store.open(ws) as store:
        for name, frame in tables.items():
            whole = frame.with_columns(cd_operation=pl.lit("i"), evidence=pl.lit(f"{name}:1"))
            content = f"{mark}{name}".encode().hex().ljust(64, "0")[:64]
            store.add_delivery(
                whole, Delivery(table=name, file=name, content=content, delivered_on=on)
            )


def a_workspace(root: Path, tables: dict[str, pl.DataFrame]) -> Workspace:
    root.mkdir(parents=True, exist_ok=True)
    (root / "riskwarn.yaml").write_text("riskwarn: 1\nimport: {identity: local}\n", "utf-8")
    (root / "features.yaml").write_text(FEATURES, "utf-8")
    (root / "visits.yaml").write_text(BY_VISIT, "utf-8")
    (root / "days.yaml").write_text(BY_DAY, "utf-8")
    ws = Workspace.open(root)
    deliver(ws, tables, AS_OF, "a")
    return ws


@pytest.fixture(scope="module")
def ws(tmp_path_factory):
    return a_workspace(tmp_path_factory.mktemp("town"), town())


def pieces(ws, name):
    return load_training(ws.root / f"{name}.yaml"), load_features(ws.root / "features.yaml")


def test_features_of_a_visit_count_only_what_was_known_the_day_before(ws):
    rows = gather_rows(ws, *pieces(ws, "visits"), AS_OF)
    tables = town()
    assert rows.height == tables["inspection"].height
    epoch = date(1970, 1, 1)
    for row in rows.sample(60, seed=1).iter_rows(named=True):
        day = epoch + timedelta(days=row["as_of"])
        checks = tables["inspection"].filter(
            pl.col("uscc") == row["uscc"], pl.col("inspected_on") <= day
        )
        assert row["visit_day"] == row["as_of"] + 1
        assert row["checks_ever"] == checks.height
        assert row["problems_ever"] == checks["problem"].sum()
        recent = tables["complaint"].filter(
            pl.col("uscc") == row["uscc"],
            pl.col("received_on") <= day,
            pl.col("received_on") > day - timedelta(days=365),
        )
        assert row["complaints_365d"] == recent.height


def test_labels_of_a_day_are_what_the_window_after_it_found(ws):
    rows = gather_rows(ws, *pieces(ws, "days"), AS_OF)
    inspections = town()["inspection"]
    epoch = date(1970, 1, 1)
    assert rows["as_of"].n_unique() == 5
    for row in rows.sample(60, seed=1).iter_rows(named=True):
        day = epoch + timedelta(days=row["as_of"])
        seen = inspections.filter(
            pl.col("uscc") == row["uscc"],
            pl.col("inspected_on") > day,
            pl.col("inspected_on") <= day + timedelta(days=150),
        )
        assert seen.height
        assert row["label"] == int(seen["problem"].any())


@pytest.mark.parametrize("name", ["visits", "days"])
def test_nothing_known_after_the_day_of_training_changes_a_byte(name, tmp_path):
    first = a_workspace(tmp_path / "first", town())
    later = a_workspace(tmp_path / "later", town())
    flood = town(seed=9)
    moved = {
        "complaint": flood["complaint"].with_columns(
            case_no="x" + pl.col("case_no"), known_on=pl.lit(AS_OF + timedelta(days=1))
        ),
        "inspection": flood["inspection"].with_columns(
            inspection_no="x" + pl.col("inspection_no"), known_on=pl.lit(AS_OF + timedelta(days=1))
        ),
    }
    deliver(later, moved, AS_OF + timedelta(days=1), "b")
    made = [retrain(place, *pieces(place, name), AS_OF) for place in (first, later)]
    assert made[0].lock.sha256 == made[1].lock.sha256
    for file in ("model.ubj", "features.yaml", "drift.yaml", "lock.yaml", "card.yaml", "card.md"):
        assert (made[0].folder / file).read_bytes() == (made[1].folder / file).read_bytes()


def test_the_kept_folder_speaks_and_its_card_carries_the_run(ws, tmp_path):
    done = retrain(ws, *pieces(ws, "visits"), AS_OF)
    names = {path.name for path in done.folder.iterdir()}
    kept = {"model.ubj", "lock.yaml", "features.yaml", "drift.yaml", "card.yaml", "card.md"}
    assert names == kept
    text = (done.folder / "card.md").read_text("utf-8")
    low = done.judgement.estimates["auc"].low
    assert f"[{low:.4g}" in text
    assert "绝不是线索的特征" in text
    assert done.lock.trained_on == "real"
    days = gather_rows(ws, *pieces(ws, "visits"), AS_OF)["visit_day"].unique().sort()
    cut = days[-max(1, round(0.2 * len(days)))]  # the test's first day of visits
    assert (done.lock.fitted_until - date(1970, 1, 1)).days < cut
    assert done.judgement.estimates["auc"].value > 0.6
    table = pl.DataFrame(
        {
            "ent": pl.Series([0, 1], dtype=pl.Int32),
            "checks_ever": [1, 1],
            "problems_ever": [0, 1],
            "complaints_365d": [0, 9],
            "age_days": [800, 800],
        }
    )
    table.write_parquet(tmp_path / "table.parquet")
    calm, troubled = predict(done.folder, tmp_path / "table.parquet", ws.settings)["probability"]
    assert 0 < calm < troubled < 1


def test_drift_is_held_to_everybody_on_the_last_day_fitted_and_not_to_the_inspected(ws):
    done = retrain(ws, *pieces(ws, "days"), AS_OF)
    reference = read_reference(done.folder / "drift.yaml")
    assert reference.rows == SIZE  # all are active; only some were inspected in the window
    assert reference.as_of <= done.lock.fitted_until
    rows = gather_rows(ws, *pieces(ws, "days"), AS_OF)
    that_day = rows.filter(pl.col("as_of") == (reference.as_of - date(1970, 1, 1)).days)
    assert 0 < that_day.height < SIZE
    ages = reference.spreads["age_days"]
    assert sum(ages.counts) == SIZE
    assert ages.counts[-1] == 0
    (done.folder / "drift.yaml").write_text("riskwarn_drift: '1'\n", "utf-8")
    with pytest.raises(VerificationError, match="漂移基准"):
        verify(done.folder)


def test_settings_are_chosen_on_earlier_days_alone_and_the_card_tells_all_that_were_tried(ws):
    training, features = pieces(ws, "visits")
    tries = {"boost": [{"rounds": 1}, {"max_depth": 2}], "folds": 2}
    settings = TrainingSettings.model_validate(training.settings.model_dump() | {"tune": tries})
    done = retrain(ws, replace(training, settings=settings), features, AS_OF)
    told = [note for note in done.card["notes"] if note.startswith("调参")]
    assert [note.split("，")[0] for note in told] == [
        "调参：原设置",
        "调参：rounds=1",
        "调参：max_depth=2",
    ]
    values = [float(note.rsplit(" ", 1)[1]) for note in told]
    taken = done.card["settings"]["boost"]
    best = values.index(max(values))
    assert (taken["rounds"], taken["max_depth"]) == [(20, 4), (1, 4), (20, 2)][best]
    prepared = prepare(ws, replace(training, settings=settings), features, AS_OF)
    rows, test = prepared.rows, prepared.split.test | prepared.split.calibrate
    flipped = rows.with_columns(
        label=pl.when(pl.Series(test)).then(1 - pl.col("label")).otherwise("label")
    )
    words = words_of(features)
    early = [tune(one.filter(prepared.split.train), settings, 0, words) for one in (rows, flipped)]
    assert early[0].told == early[1].told == prepared.tuned  # later outcomes had no part in it


def test_fields_that_registers_rewrite_are_refused_for_past_visits(ws):
    text = BY_VISIT.replace("[checks_ever,", "[registered_capital_fen, checks_ever,")
    (ws.root / "capital.yaml").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"M116.*registered_capital_fen"):
        gather_rows(ws, *pieces(ws, "capital"), AS_OF)


def test_a_workspace_without_inspections_has_nothing_to_learn_from(tmp_path):
    tables = {name: frame for name, frame in town().items() if name != "inspection"}
    ws = a_workspace(tmp_path, tables)
    for name in ("visits", "days"):
        with pytest.raises(NothingToDoError, match="M114"):
            retrain(ws, *pieces(ws, name), AS_OF)


def test_a_correction_that_rewrites_the_past_is_found_as_looking_ahead(tmp_path):
    ws = a_workspace(tmp_path, town())
    training, features = pieces(ws, "visits")
    assert check_training(ws, training, features, AS_OF) == []
    old = town()["inspection"].filter(pl.col("inspected_on") < date(2022, 6, 1))
    secret = old.with_columns(known_on=pl.col("inspected_on"), problem=pl.lit(True))
    secret = secret.with_columns(inspection_no="late" + pl.col("inspection_no"))
    deliver(ws, {"inspection": secret}, AS_OF, "backdated")
    # rows that claim to have been known long ago cannot be told from history …
    assert check_training(ws, training, features, AS_OF) == []
    # … but a feature that identifies or names the officer is found before anything is fitted
    leaky = FEATURES + "  who: {title: 检查人员, from: inspection, agg: last, of: officers}\n"
    (ws.root / "features.yaml").write_text(leaky, "utf-8")
    (ws.root / "leaky.yaml").write_text(BY_VISIT.replace("[checks_ever", "[who, checks_ever"))
    with pytest.raises(ConfigError, match="M161"):
        retrain(ws, *pieces(ws, "leaky"), AS_OF)


def test_the_commands_train_show_check_and_pin(tmp_path):
    ws = a_workspace(tmp_path, town())
    run = CliRunner()
    where = ["--workspace", str(ws.root)]
    config = str(ws.root / "visits.yaml")
    done = run.invoke(app, ["train", config, "--as-of", str(AS_OF), "--json", *where])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["model"] == "visits"
    shown = run.invoke(app, ["card", "visits", *where])
    assert "# 模型卡" in shown.stdout
    checked = run.invoke(app, ["check", "visits", *where])
    assert checked.exit_code == 0, checked.output
    assert "一致" in checked.stdout
    assert run.invoke(app, ["pin", "visits", *where]).exit_code == 0
    absent = run.invoke(app, ["card", "visit", *where])
    assert "是否想写：visits" in str(absent.exception)


def test_a_challenger_is_judged_on_rows_that_neither_has_learned(ws):
    training, features = pieces(ws, "visits")
    settings = training.settings.model_copy(
        update={"model": "fewer", "features": ["checks_ever", "age_days"], "monotone": {}}
    )
    retrain(ws, training, features, AS_OF)
    fewer = retrain(ws, replace(training, settings=settings), features, AS_OF)
    done = compare_models(ws, ("visits", "fewer"), training, features, AS_OF)
    assert done.rows == fewer.judgement.rows
    assert done.of_challenger["auc"].value == pytest.approx(fewer.judgement.estimates["auc"].value)
    assert done.gain["auc"].value < 0  # it was not told of complaints
    words = ["compare", "visits", "fewer", "--config", str(ws.root / "visits.yaml"), "--json"]
    words += ["--as-of", AS_OF.isoformat(), "--workspace", str(ws.root)]
    said = json.loads(CliRunner().invoke(app, words).stdout)
    assert said["gain"]["auc"][0] == round(done.gain["auc"].value, 4)


def test_patterns_name_features_and_an_empty_one_is_refused(ws):
    training, features = pieces(ws, "days")
    settings = training.settings.model_copy(update={"features": ["*_ever", "age_days"]})
    named = name_features(replace(training, settings=settings), features.features)
    assert named.settings.features == ["checks_ever", "problems_ever", "age_days"]
    wrong = training.settings.model_copy(update={"features": ["check_*"]})
    with pytest.raises(ConfigError, match="M104"):
        name_features(replace(training, settings=wrong), features.features)
