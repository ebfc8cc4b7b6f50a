from pathlib import Path

import pytest

from riskwarn.errors import ConfigError
from riskwarn.features.catalogue import load_features
from riskwarn.model.bench import load_bench
from riskwarn.model.config import load_training
from riskwarn.model.declared import write_features

ROOT = Path(__file__).resolve().parents[2]
GOOD = """\
model: made
label:
  title: 有问题
  events:
    - {table: inspection, where: {problem: true}}
features: [complaints_365d]
"""


def said(tmp_path, text) -> str:
    (tmp_path / "model.yaml").write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_training(tmp_path / "model.yaml", "model.yaml")
    return str(caught.value)


def test_a_small_file_is_read_with_typed_conditions(tmp_path):
    (tmp_path / "model.yaml").write_text(GOOD, "utf-8")
    training = load_training(tmp_path / "model.yaml")
    (event,) = training.events
    assert event.where[0].value is True
    assert training.settings.boost.max_depth == 4


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("problem: true", "problem: maybe"), "model.yaml:5:44: F134 problem 的值 'maybe' 不对"),
        (("problem: true", "problme: true"), "是否想写：problem"),
        (("table: inspection", "table: inspections"), "M102 没有表 inspections"),
        (("model: made", "model: Made"), "M101"),
        (("features:", "fetures:"), "是否想写：features"),
        (("title: 有问题", "title: 有问题\n  at: visit"), "each_inspection"),
        (("features: [complaints_365d]", "features: [a, a]"), "特征重复：a"),
        (
            ("features: [complaints_365d]", "features: [a]\nmonotone: {b: increasing}"),
            "未列入 features 的名称：b",
        ),
    ],
)
def test_each_mistake_is_said_with_its_place(tmp_path, change, expected):
    assert expected in said(tmp_path, GOOD.replace(*change))


def test_boundaries_out_of_order_are_said(tmp_path):
    text = GOOD + "split: {calibrate_from: 2025-01-01, test_from: 2024-01-01}\n"
    assert "calibrate_from < test_from" in said(tmp_path, text)


@pytest.mark.parametrize("name", ["chicago", "county"])
def test_the_shipped_configurations_name_only_declared_features(name):
    training = load_training(ROOT / f"examples/{name}/model.yaml")
    beside = ROOT / f"examples/{name}/features.yaml"
    declared = load_features(beside if beside.is_file() else ROOT / "rules/features.yaml")
    assert set(training.settings.features) <= set(declared.features)


def test_the_bench_of_chicago_has_the_floor_that_was_promised():
    bench = load_bench(ROOT / "examples/chicago/bench.yaml")
    assert bench.floor == {"auc": 0.589, "days_earlier": 3.16}


def test_declarations_carried_by_a_model_read_back_as_they_were(tmp_path):
    for path in (ROOT / "rules/features.yaml", ROOT / "examples/chicago/features.yaml"):
        features = load_features(path)
        assert load_features(write_features(tmp_path, features)) == features
