"""The feature file: what is read, and the message each mistake gives."""

from pathlib import Path

import pytest

from riskwarn.errors import ConfigError
from riskwarn.features.catalogue import load_features, merge, read_features
from riskwarn.features.kinds import polars_type, value_kind
from riskwarn.records.features import Condition, FeatureSet, WindowFeature
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.workspace import resource_dir
from riskwarn.yamlfile import parse


def read(text: str) -> FeatureSet:
    return read_features(parse(text, "f.yaml"))


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


def test_the_shipped_catalogue_is_whole_and_every_feature_has_a_title_and_a_type():
    shipped = load_features(resource_dir("rules") / "features.yaml", "rules/features.yaml")
    assert len(shipped.features) >= 40
    catalogue = load_catalogue()
    for feature in shipped.features.values():
        assert feature.title
        assert value_kind(feature, catalogue)
        assert polars_type(feature, catalogue) is not None
    measures = {feature.measure for feature in shipped.graphs}
    assert {"degree", "shared", "neighbour_mean", "reach", "control_share", "ring"} <= measures
    assert len(shipped.windows) + len(shipped.graphs) + len(shipped.fields) + len(
        shipped.ratios
    ) == len(shipped.features)


def test_a_window_feature_reads_days_lists_and_as_of():
    found = read(
        "overdue: {title: 超期, from: equipment, agg: count, window: 365d,"
        " where: {kind: [elevator, crane], next_due_on: {lt: $as_of}, status: in_use}}"
    ).features["overdue"]
    assert isinstance(found, WindowFeature)
    assert found.window_days == 365
    assert found.where == (
        Condition(column="kind", op="in", value=("elevator", "crane")),
        Condition(column="next_due_on", op="lt", value="$as_of"),
        Condition(column="status", op="eq", value="in_use"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x: {title: x, from: penalti, agg: count}", "F106 没有表 penalti；是否想写：penalty"),
        ("x: {title: x, from: penalty, agg: cuont}", "F105"),
        ("x: {title: x, from: penalty, agg: count, wher: {}}", "Y021 不认识的键 wher"),
        ("x: {from: penalty, agg: count}", "Y022 缺少 title"),
        ("x: {title: x, from: penalty, agg: sum}", "F111 sum 须写明 of"),
        ("x: {title: x, from: penalty, agg: sum, of: fine}", "没有列 fine；是否想写：fine_fen"),
        ("x: {title: x, from: indicator, agg: sum, of: value}", "F112 sum 不能用于 value"),
        ("x: {title: x, from: penalty, agg: count, of: fine_fen}", "F115"),
        ("x: {title: x, from: region, agg: count}", "F108"),
        ("x: {title: x, from: penalty, agg: burst, k: 3}", "F113"),
        ("x: {title: x, from: penalty, agg: count, k: 3}", "F114"),
        ("x: {title: x, from: penalty, agg: count, window: 一年}", "应写成天数"),
        ("x: {title: x, from: person_link, agg: last, of: person_id}", "F116"),
        ("x: {title: x, field: legal_rep_id}", "F116"),
        ("x: {title: x, field: uscc}", "F116"),
        ("x: {title: x, field: status, derive: days_since}", "F117"),
        ("x: {title: x, graph: degree, edges: [share]}", "F118 没有边类型 share；"),
        ("x: {title: x, graph: shared}", "F119"),
        ("x: {title: x, graph: ring, edges: [address]}", "F119"),
        ("x: {title: x, graph: reach, edges: [address]}", "F111"),
        ("x: {title: x, graph: neighbour_sum, of: y}", "F120 没有特征 y"),
        ("x: {title: x, ratio: [a, b]}", "F120 没有特征 a"),
        ("x: {title: x, ratio: [a]}", "F105"),
        ("status: {title: x, field: status}", "f.yaml:1:1: F103"),
        ("X-1: {title: x, field: status}", "F102"),
        ("x: {title: x}", "F104"),
        ("x: {title: x, from: penalty, field: y}", "F104"),
        ("x: {title: x, from: penalty, agg: count, where: {domain: fod}}", "；是否想写：food"),
        ("x: {title: x, from: penalty, agg: count, where: {domin: food}}", "；是否想写：domain"),
        ("x: {title: x, from: penalty, agg: count, where: {fine_fen: {ge: 1.5}}}", "F134"),
        ("x: {title: x, from: penalty, agg: count, where: {domain: {ge: food}}}", "F132"),
        ("x: {title: x, from: penalty, agg: count, where: {fine_fen: {gte: 1}}}", "F131"),
        ("x: {title: x, from: penalty, agg: count, where: {decided_on: {lt: 2024-02-30}}}", "F134"),
        ("x: {title: x, from: ad_monitoring, agg: count, where: {illegal: 是}}", "true 或 false"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_its_place(text: str, message: str):
    found = faults(text)
    assert any(message in fault for fault in found), found
    assert all(fault.startswith("f.yaml:1:") for fault in found)


def test_all_faults_of_a_file_come_at_once(tmp_path: Path):
    path = tmp_path / "f.yaml"
    path.write_text(
        "riskwarn: 1\nfeatures:\n  a: {title: a, from: penalti, agg: count}\n"
        "  b: {title: b, field: statu}\n  c: {title: c, ratio: [d, e]}\nextra: 1\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load_features(path, "f.yaml")
    places = [str(problem).split(" ")[0] for problem in caught.value.problems]
    assert places == ["f.yaml:6:1:", "f.yaml:3:23:", "f.yaml:4:24:", "f.yaml:5:6:", "f.yaml:5:6:"]


def test_equal_declarations_merge_and_different_ones_are_an_error():
    a = read("x: {title: 甲, from: penalty, agg: count}")
    same = read("x: {title: 乙, from: penalty, agg: count}")
    other = read("x: {title: 甲, from: penalty, agg: count, window: 30d}")
    assert merge([a, same]).features["x"].title == "甲"
    with pytest.raises(ConfigError, match="F110 特征 x 有两种不同的定义"):
        merge([a, other])


def test_a_pack_may_use_features_of_the_shared_catalogue():
    shared = read("n: {title: n, from: penalty, agg: count}")
    node = parse("r: {title: r, ratio: [n, n]}", "pack.yaml")
    assert read_features(node, known=shared).features["r"].name == "r"
    with pytest.raises(ConfigError, match="F120"):
        read_features(node)


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ("{title: 甲, from: penalty, agg: trend, window: 30d}", "F151", "periods"),
        ("{title: 甲, from: penalty, agg: count, periods: 3}", "F114", "periods 只用于 trend"),
        (
            "{title: 甲, from: penalty, agg: trend, window: 30d, periods: 2, of: fine_fen, "
            "dedupe: [document_no]}",
            "F153",
            "去重",
        ),
        (
            "{title: 甲, from: penalty, agg: count, matched: {in: licence, by: {domain: kind}}, "
            "unmatched: {in: licence, by: {domain: kind}}}",
            "F150",
            "只能写一个",
        ),
        ("{title: 甲, from: penalty, agg: count, matched: {in: licences, by: {domain: kind}}}",
         "F106", "licences"),
        ("{title: 甲, from: penalty, agg: count, matched: {in: licence, by: {domain: kinds}}}",
         "F107", "kinds"),
        ("{title: 甲, from: penalty, agg: count, matched: {in: licence, by: {fine_fen: kind}}}",
         "F152", "不是同一种值"),
        ("{title: 甲, from: penalty, agg: count, matched: {in: region, by: {domain: code}}}",
         "F108", "region"),
        ("{title: 甲, peers: rank, of: nobody}", "F120", "nobody"),
        ("{title: 甲, peers: rank, of: kind_last}", "F123", "kind_last"),
        ("{title: 甲, peers: rank, of: n, same: {industry: 9}}", "F105", "same.industry"),
        ("{title: 甲, graph: degree, edges: [shareholding], min_share_bp: 2500}", "F119", "reach"),
    ],
)  # fmt: skip
def test_trends_matches_and_peers_are_checked_at_their_place(text, code, word):
    whole = f"""
n: {{title: 数, from: penalty, agg: count}}
kind_last: {{title: 末, from: penalty, agg: last, of: kind}}
x: {text}
"""
    with pytest.raises(ConfigError) as caught:
        read_features(parse(whole, "f.yaml"))
    told = [str(problem) for problem in caught.value.problems]
    assert any(code in one and word in one and one.startswith("f.yaml:4:") for one in told), told
