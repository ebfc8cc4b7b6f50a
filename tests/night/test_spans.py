"""Counting and writing the feature table some enterprises at a time gives the whole's rows."""

from pathlib import Path

import polars as pl
import pytest

from riskwarn.engine.engines import open_engine
from riskwarn.features.catalogue import read_features
from riskwarn.features.table import feature_table
from riskwarn.night import spans
from riskwarn.yamlfile import parse
from tests.graph.snapshots import AS_OF, a_snapshot

FEATURES = """
fines: {title: 处罚, from: penalty, agg: count}
largest: {title: 最大罚款, from: penalty, agg: max, of: fine_fen}
complaints: {title: 投诉, from: complaint, agg: count}
stands: {title: 排位, peers: rank, of: fines, same: {industry: 2, region: 4}, least: 2}
"""


@pytest.mark.parametrize("cut", [True, False])
def test_a_table_written_in_pieces_is_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: bool
):
    town = [
        {"uscc": f"U{n:02}", "status": "active", "industry": f"H{62 + n % 2}", "region": "330106"}
        for n in range(23)
    ]
    fines = [
        {"uscc": f"U{n % 23:02}", "document_no": str(n), "decided_on": AS_OF, "fine_fen": n * 100}
        for n in range(0, 60, 7)
    ]
    snapshot = a_snapshot(tmp_path, {"enterprise": town, "penalty": fines})
    features = read_features(parse(FEATURES, "f.yaml"))
    monkeypatch.setattr(spans, "SPAN", 10)
    monkeypatch.setattr(spans, "ROWS_A_GROUP", 4)
    found = spans.count_spans(
        snapshot, features, tmp_path / "work", lambda: open_engine("polars"), cut=cut
    )
    assert [(one.first, one.rows) for one in found] == (
        [(0, 10), (10, 10), (20, 3)] if cut else [(0, 23)]
    )
    spans.write_table(snapshot, features, found, [], tmp_path / "table.parquet")
    whole = feature_table(snapshot, features).collect()
    assert whole["fines"].sum() == len(fines)
    assert whole["complaints"].null_count() == 23  # never delivered: unknown, not none
    assert pl.read_parquet(tmp_path / "table.parquet").equals(whole)
