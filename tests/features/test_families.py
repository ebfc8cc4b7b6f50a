"""One declaration for many features: what it expands to, and the message each mistake gives."""

from pathlib import Path

import pytest

from riskwarn.errors import ConfigError
from riskwarn.features.catalogue import load_features
from riskwarn.records.features import FeatureSet, GraphFeature, WindowFeature
from riskwarn.tables.catalogue import load_catalogue

HEAD = "riskwarn: 1\nfeatures:\n  suits: {title: 案件, from: lawsuit, agg: count}\nfamilies:\n"


def read(folder: Path, families: str) -> FeatureSet:
    path = folder / "f.yaml"
    path.write_text(HEAD + families, "utf-8")
    return load_features(path, "f.yaml")


def faults(folder: Path, families: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(folder, families)
    return [str(problem) for problem in caught.value.problems]


def test_a_family_gives_what_its_members_written_by_hand_would(tmp_path: Path):
    family = "  suits_{court}: {each: {court: {codes: court_level}}, title: '{court.title}案件',"
    found = read(
        tmp_path, family + " from: lawsuit, agg: count, where: {court_level: '{court}'}}\n"
    )
    codes = load_catalogue().codes["court_level"].values
    assert list(found.features) == ["suits", *(f"suits_{code}" for code in codes)]
    by_hand = "  suits_basic: {each: {x: [a]}, title: 基层案件, from: lawsuit, agg: count,"
    again = read(tmp_path, by_hand + " where: {court_level: basic}}\n")
    assert found.features["suits_basic"] == again.features["suits_basic"]


def test_families_combine_and_gather_features_declared_before_them(tmp_path: Path):
    found = read(
        tmp_path,
        "  deg_{e}_{w}: {each: {e: [branch, loan], w: [in, out]}, title: '{e}', graph: degree,"
        " edges: '{e}', direction: '{w}'}\n"
        "  tied_{f}: {each: {f: {features: [suits, 'deg_*']}}, title: '{f.title}均值',"
        " graph: tie_mean, of: '{f}'}\n",
    )
    degrees = ["deg_branch_in", "deg_branch_out", "deg_loan_in", "deg_loan_out"]
    assert list(found.features) == [
        "suits", *degrees, "tied_suits", *(f"tied_{name}" for name in degrees)
    ]  # fmt: skip
    one = found.features["tied_deg_loan_in"]
    assert isinstance(one, GraphFeature)
    assert (one.of, one.title) == ("deg_loan_in", "loan均值")
    assert isinstance(found.features["suits"], WindowFeature)


MISTAKES = [
    ("  a: {title: x, graph: degree}\n", "F140 特征族 a 缺少 each"),
    ("  a_{x}: {each: {x: {codes: court}}, title: x, graph: degree}\n", "F141 没有代码表 court"),
    ("  a_{x}: {each: {x: {features: q_*}}, title: x, graph: degree}\n", "F142 前面没有名为 q_*"),
    ("  a_{y}: {each: {x: [b]}, title: x, graph: degree}\n", "F142 each 中没有 y"),
    ("  a: {each: {x: [b, c]}, title: x, graph: degree}\n", "F144 特征族 a 两次给出 a"),
    ("  suits: {each: {x: [b]}, title: x, graph: degree}\n", "F144 特征 suits 已在前面声明"),
    ("  a_{x}: {each: {x: [中]}, title: x, graph: degree}\n", "F102 特征名 a_中 不合规"),
]


@pytest.mark.parametrize(("family", "expected"), MISTAKES)
def test_each_mistake_is_named_with_its_place(tmp_path: Path, family: str, expected: str):
    said = faults(tmp_path, family)
    assert any(expected in one and one.startswith("f.yaml:") for one in said), said


def test_a_family_too_large_and_a_circle_are_refused(tmp_path: Path):
    many = ", ".join(f"v{i}" for i in range(50))
    big = f"  a_{{x}}_{{y}}: {{each: {{x: [{many}], y: [{many}]}}, title: x, graph: degree}}\n"
    assert "F143" in faults(tmp_path, big)[0]
    ring = "  a_{x}: {each: {x: [one]}, title: x, graph: tie_mean, of: b_one}\n"
    ring += "  b_{x}: {each: {x: [one]}, title: x, graph: tie_mean, of: a_one}\n"
    assert sum("F122" in said for said in faults(tmp_path, ring)) == 2
