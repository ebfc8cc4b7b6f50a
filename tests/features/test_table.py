"""The as-of table of a small snapshot, by hand."""

from datetime import date
from pathlib import Path

import polars as pl

from riskwarn.features.catalogue import load_features, read_features
from riskwarn.features.days import epoch_day
from riskwarn.features.kinds import polars_type
from riskwarn.features.table import column_types, enterprise_fields, feature_table, snapshot_windows
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.workspace import resource_dir
from riskwarn.yamlfile import parse
from tests.graph.snapshots import AS_OF, a_snapshot

FEATURES = """
n: {title: 处罚, from: penalty, agg: count}
big: {title: 大额, from: penalty, agg: count, where: {fine_fen: {ge: 100}}}
share: {title: 占比, ratio: [big, n]}
age: {title: 年龄, field: established_on, derive: days_since}
left: {title: 期限, field: business_until, derive: days_until}
capital: {title: 资本, field: registered_capital_fen}
gone: {title: 注销, field: cancelled_on, derive: days_since}
near: {title: 同址, graph: shared, edges: [address]}
complaints: {title: 投诉, from: complaint, agg: count}
"""


def test_fields_windows_ratios_and_graph_stand_side_by_side_sorted_by_ent(tmp_path: Path):
    town = [
        {"uscc": "B", "established_on": date(2026, 6, 1), "business_until": date(2026, 7, 1)},
        {"uscc": "A", "registered_capital_fen": 500, "cancelled_on": date(2026, 7, 9)},
        {"uscc": "C", "cancelled_on": date(2026, 6, 30), "legal_rep_name": "某人"},
    ]
    fines = [
        {"uscc": "A", "document_no": str(n), "decided_on": AS_OF, "fine_fen": 99 + n}
        for n in range(3)
    ]
    snapshot = a_snapshot(tmp_path, {"enterprise": town, "penalty": fines})
    features = read_features(parse(FEATURES, "f.yaml"))
    near = pl.DataFrame(
        {
            "ent": pl.Series([0, 1, 2], dtype=pl.Int32),
            "near": pl.Series([3, None, 0], dtype=pl.Int32),
        }
    )
    table = feature_table(snapshot, features, near).collect()
    assert table["uscc"].to_list() == ["A", "B", "C"]
    assert table["n"].to_list() == [3, 0, 0]
    assert table["share"].to_list() == [6666, None, None]
    assert table["age"].to_list() == [None, 29, None]
    assert table["left"].to_list() == [None, 1, None]
    assert table["capital"].to_list() == [500, None, None]
    assert table["cancelled_on"].to_list() == [None, None, epoch_day(AS_OF)]  # not yet known for A
    assert table["gone"].to_list() == [None, None, 0]
    assert table["near"].to_list() == [3, None, 0]
    assert table["complaints"].null_count() == 3  # never collected
    assert "legal_rep_name" not in table.columns
    windows = snapshot_windows(snapshot, features).collect()
    assert feature_table(snapshot, features, near, windows).collect().equals(table)


def test_every_shipped_feature_has_the_type_that_was_promised(tmp_path: Path):
    features = load_features(resource_dir("rules") / "features.yaml")
    tables = {name: [] for name, t in load_catalogue().tables.items() if "uscc" in t.columns}
    tables["enterprise"] = [{"uscc": "A"}]
    for fresh in (tables, {"enterprise": tables["enterprise"]}):
        table = feature_table(a_snapshot(tmp_path, fresh), features, None).collect()
        for name, dtype in column_types(tuple(features.features.values())).items():
            assert table.schema[name] == dtype, name
    catalogue = load_catalogue()
    assert polars_type(features.features["penalties_365d"], catalogue) == pl.Int32


def test_no_field_of_the_table_reveals_a_person():
    assert {"legal_rep_id", "legal_rep_name", "address", "phone"}.isdisjoint(enterprise_fields())
    assert {"uscc", "status", "region", "industry", "department_code"} <= set(enterprise_fields())


def test_only_wanted_fields_are_carried(tmp_path: Path):
    snapshot = a_snapshot(tmp_path, {"enterprise": [{"uscc": "A", "status": "active"}]})
    features = read_features(
        parse("age: {title: 年龄, field: established_on, derive: days_since}", "f")
    )
    table = feature_table(snapshot, features, fields=["status"]).collect()
    assert table.columns == ["ent", "uscc", "status", "age"]
