"""Ranks among peers against a plain count over every pair."""

from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from riskwarn.features.catalogue import read_features
from riskwarn.features.peers import peer_features
from riskwarn.features.table import feature_table, peer_ranks, snapshot_windows, table_beside
from riskwarn.records.features import PeerFeature
from riskwarn.yamlfile import parse
from tests.graph.snapshots import AS_OF, a_snapshot

SPECS = (
    PeerFeature(name="near", measure="rank", of="n", least=3),
    PeerFeature(name="near_count", measure="count", of="n", least=3),
    PeerFeature(name="wide", measure="rank", of="x", industry_digits=1, region_digits=0, least=2),
    PeerFeature(name="all", measure="rank", of="n", industry_digits=0, region_digits=0, least=4),
)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(["active", "active", "active", "revoked", None]),
            "industry": st.sampled_from(["H6210", "6220", "F52", "52", "H", None]),
            "region": st.sampled_from(["330106", "330102", "3302", "33", None]),
            "n": st.one_of(st.none(), st.integers(0, 4)),
            "x": st.one_of(st.none(), st.sampled_from([0.0, 0.5, 1e300])),
        }
    ),
    max_size=25,
)


def frame_of(town: list[dict[str, Any]]) -> pl.DataFrame:
    schema = {"status": pl.String, "industry": pl.String, "region": pl.String}
    frame = pl.DataFrame(town, schema=schema | {"n": pl.Int32, "x": pl.Float64})
    return frame.with_columns(ent=pl.int_range(pl.len(), dtype=pl.Int32))


def group(row: dict[str, Any], spec: PeerFeature) -> tuple[str, str] | None:
    """The industry and region that make a peer; None for one that has no place anywhere."""
    if row["status"] != "active" or row[spec.of] is None:
        return None
    industry = "" if row["industry"] is None else row["industry"].lstrip("ABCDEFGHIJKLMNOPQRST")
    region = row["region"] or ""
    if len(industry) < spec.industry_digits or len(region) < spec.region_digits:
        return None
    if row["industry"] is None and spec.industry_digits:
        return None
    return industry[: spec.industry_digits], region[: spec.region_digits]


def naive(town: list[dict[str, Any]], spec: PeerFeature, number: int) -> int | None:
    mine = group(town[number], spec)
    if mine is None:
        return None
    others = [r for i, r in enumerate(town) if i != number and group(r, spec) == mine]
    if spec.measure == "count":
        return len(others) + 1
    if len(others) + 1 < spec.least:
        return None
    return sum(r[spec.of] < town[number][spec.of] for r in others) * 10_000 // len(others)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(rows)
def test_ranks_equal_a_count_over_every_pair(town: list[dict[str, Any]]):
    found = peer_features(frame_of(town).lazy(), SPECS).collect().sort("ent")
    for spec in SPECS:
        want = [naive(town, spec, number) for number in range(len(town))]
        assert found[spec.name].to_list() == want, spec.name


def test_ties_stand_equally_low_and_small_groups_are_unknown():
    town = [
        {"status": "active", "industry": "H62", "region": "330106", "n": n, "x": None}
        for n in (5, 5, 1, 1, 1)
    ] + [{"status": "active", "industry": "F52", "region": "330106", "n": 9, "x": None}] * 2
    found = peer_features(frame_of(town).lazy(), SPECS).collect().sort("ent")
    assert found["near"].to_list() == [7500, 7500, 0, 0, 0, None, None]
    assert found["near_count"].to_list() == [5, 5, 5, 5, 5, 2, 2]


def test_the_feature_table_ranks_what_was_known_that_day_and_keeps_its_order(tmp_path: Path):
    town = [
        {"uscc": f"U{n}", "status": "active", "industry": "H62", "region": "330106"}
        for n in range(4)
    ]
    fines = [
        {"uscc": "U3", "document_no": "1", "decided_on": AS_OF},
        {
            "uscc": "U1",
            "document_no": "2",
            "decided_on": AS_OF,
            "known_on": AS_OF.replace(year=2027),
        },
    ]
    text = """
n: {title: 处罚, from: penalty, agg: count}
stands: {title: 排位, peers: rank, of: n, same: {industry: 2, region: 4}, least: 4}
"""
    snapshot = a_snapshot(tmp_path, {"enterprise": town, "penalty": fines})
    table = feature_table(snapshot, read_features(parse(text, "f.yaml")), fields=("uscc",))
    assert table.collect().columns == ["ent", "uscc", "n", "stands"]
    assert table.collect()["stands"].to_list() == [0, 0, 0, 10_000]
    features = read_features(parse(text, "f.yaml"))
    register, windows = snapshot.scan("enterprise"), snapshot_windows(snapshot, features)
    ranks = peer_ranks(register, features, AS_OF, [windows]).lazy()
    whole = feature_table(snapshot, features).collect()
    assert table_beside(register, features, AS_OF, [windows, ranks]).collect().equals(whole)
    for first in range(4):
        one = [frame.slice(first, 1) for frame in (register, windows, ranks)]
        part = table_beside(one[0], features, AS_OF, one[1:]).collect()
        assert part.equals(whole.slice(first, 1))
