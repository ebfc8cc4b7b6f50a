"""Nights through the commands: drift, and whatever bad input comes, said and survived."""

import csv
import json
import re
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from riskwarn.commands.app import app
from riskwarn.records.enterprise import check_character
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


def test_a_model_trained_before_references_existed_says_drift_is_unknown(copy: Path):
    (copy / "models/town/drift.yaml").unlink()
    refused = run(copy, "model", "check", "town")
    assert "M134" in str(refused.exception)  # the lock names a file that is gone
    assert run(copy, "model", "pin", "town").exit_code == 0
    found = scanned(copy, NIGHT)
    assert found["model_spoke"]
    assert found["drift"] == {"reference_on": None, "band": None}
    assert "漂移未知" in (copy / f"out/{NIGHT}/report/index.html").read_text("utf-8")


def brought(root: Path, name: str, rows: list[dict[str, object]], *more: str) -> str:
    """Deliver rows as CSV through the command; gives what it said."""
    path = root / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    words = ("import", str(path), "--delivered-on", NIGHT.isoformat(), *more)
    done = run(root, *words)
    assert done.exit_code == 0, str(done.exception) + done.output
    return done.stdout


def some_firms(root: Path, count: int) -> list[str]:
    held = pl.read_parquet(root / "inbox" / "shareholding.parquet")
    return held["被投资企业统一社会信用代码"].unique().sort().to_list()[:count]


def a_holding(company: str, ratio: object, **more: object) -> dict[str, object]:
    row: dict[str, object] = {
        "被投资企业统一社会信用代码": company, "股东统一社会信用代码": "", "股东证件号码": "",
        "股东名称": "某", "持股比例（%）": ratio, "出资日期": "2024-01-01",
        "知悉日期": "2024-01-01",
    }  # fmt: skip
    return row | more


def faults(root: Path) -> str:
    return (root / f"out/{NIGHT}/report/quality.html").read_text("utf-8")


@pytest.fixture(scope="module")
def odd(town: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, dict]:
    """A town with one of everything that is wrong, scanned once: folder, what import said, scan."""
    root = tmp_path_factory.mktemp("odd") / "ws"
    shutil.copytree(town, root)
    over, itself, nowhere = some_firms(root, 3)
    outside = "91999999MA0000000"
    rows = [
        a_holding(over, 130, 股东证件号码="990101198001010012"),
        a_holding(over, "inf", 股东证件号码="990101198001010014"),
        a_holding(itself, 55, 股东统一社会信用代码=itself),
        a_holding(itself, "NaN", 股东证件号码="990101198001010013"),
        a_holding(nowhere, 10),
        a_holding(nowhere, 20, 股东统一社会信用代码=outside + check_character(outside)),
    ]
    said = brought(root, "离谱_股东出资.csv", rows, "--max-reject", "50%")
    path = root / "lawsuit_空.csv"
    path.write_text("统一社会信用代码,案号,案由,诉讼地位,立案日期\n", "utf-8")
    done = run(root, "import", str(path), "--delivered-on", NIGHT.isoformat())
    assert done.exit_code == 0, done.output
    return root, said + done.stdout, scanned(root, NIGHT)


def test_an_edge_to_nowhere_is_counted_and_left_out(odd: tuple[Path, str, dict]):
    found = re.search(r"指不到另一端的关系记录.*?>([\d,]+)<", faults(odd[0]))
    assert found is not None
    assert int(found[1].replace(",", "")) > 0
    assert odd[2]["model_spoke"]


def test_a_holding_of_130_per_cent_is_scaled_down_and_the_firm_named(odd: tuple[Path, str, dict]):
    page = faults(odd[0])
    assert "持股合计超过 100% 的主体" in page
    assert odd[2]["model_spoke"]


def test_a_firm_that_owns_itself_is_named(odd: tuple[Path, str, dict]):
    page = faults(odd[0])
    assert re.search("把自己登记为股东的主体.*?>1<", page)
    assert some_firms(odd[0], 2)[1] in page


def test_an_empty_event_table_is_a_delivery_of_nothing_and_not_a_fault(
    odd: tuple[Path, str, dict],
):
    assert "lawsuit：0 行，接受 0" in odd[1]
    assert odd[2]["leads"] > 0


def test_a_percentage_that_is_no_number_is_unknown_and_an_infinite_one_refused(
    odd: tuple[Path, str, dict],
):
    assert "没有持股比例的出资记录" in faults(odd[0])  # NaN
    assert "接受 5，拒收 1" in odd[1]
    assert "不是数" in odd[1]


def trained(root: Path, **changes: str) -> object:
    text = MODEL
    for old, new in changes.values():  # type: ignore[misc]
        assert old in text
        text = text.replace(old, new)
    (root / "other.yaml").write_text(text, "utf-8")
    return run(root, "model", "train", str(root / "other.yaml"), "--as-of", TRAINED.isoformat())


def test_labels_of_one_class_train_nothing_and_say_so(copy: Path):
    never = "{table: penalty, where: {published_on: {lt: 1990-01-01}}}"
    always = "{table: inspection, where: {problem: true}}, {table: penalty}"
    done = trained(copy, label=(always, never))
    assert done.exception.exit_code == 6
    assert "标签只有一类" in str(done.exception)


def test_a_feature_that_is_all_null_is_refused_or_dropped_as_the_settings_say(copy: Path):
    features = (copy / "rules/features.yaml").read_text("utf-8")
    empty = "  nothing_days: {title: 从无天数, from: lawsuit, agg: days_since, "
    empty += "where: {case_no: 无此案}, unit: 天}\n"
    (copy / "features.yaml").write_text(
        features.replace("  # 司法\n", "  # 司法\n" + empty), "utf-8"
    )
    more = ("features: [age_days", "features: [nothing_days, age_days")
    refused = trained(copy, features=more, empty=("when_empty: drop", "when_empty: refuse"))
    assert "M115" in str(refused.exception)
    assert "nothing_days" in str(refused.exception)
    kept = trained(copy, features=more)
    assert kept.exit_code == 0, kept.exception
    assert "nothing_days" in (copy / "models/town/card.md").read_text("utf-8")


def test_a_model_trained_with_other_features_is_refused_and_the_night_goes_on_by_rules(copy: Path):
    folder = copy / "models/town"
    lock = (folder / "lock.yaml").read_text("utf-8")
    (folder / "lock.yaml").write_text(lock.replace("source: staff", "source: stuff"), "utf-8")
    done = run(copy, "scan", "--as-of", NIGHT.isoformat(), "--json")
    assert done.exit_code == 5  # whoever watches exit codes hears of it; the report is out
    night = json.loads(done.stdout)
    assert not night["model_spoke"]
    assert night["drift"] is None
    assert night["leads"] > 0
    page = (copy / f"out/{NIGHT}/report/index.html").read_text("utf-8")
    assert "M120" in page
    assert "stuff" in page


def test_nan_and_infinity_in_a_delivery_are_unknown_or_refused_and_never_numbers(copy: Path):
    firms = some_firms(copy, 3)
    path = copy / "indicator.parquet"
    pl.DataFrame(
        {
            "uscc": firms, "name": ["heat"] * 3, "observed_on": [NIGHT] * 3,
            "value": [float("nan"), float("inf"), 3.0],
        }
    ).write_parquet(path)  # fmt: skip
    done = run(
        copy, "import", str(path), "--delivered-on", NIGHT.isoformat(), "--max-reject", "100%"
    )
    assert done.exit_code == 0, str(done.exception) + done.output
    assert "接受 2，拒收 1" in done.stdout  # NaN is an empty cell
    assert "I208 数超出范围" in done.stdout
    assert scanned(copy, NIGHT)["model_spoke"]
