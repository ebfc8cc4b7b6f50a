"""From delivered rows to the graph: what is normalised, left out, flagged."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from riskwarn.graph.build import build_graph
from riskwarn.records.graph import EDGE_TABLES, EDGE_TYPES, NodeKind
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.tables.spelling import clean_address, clean_phone
from tests.graph.snapshots import AS_OF, a_snapshot
from tests.graph.towns import a_town


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("杭州市 中山路１号\u3000Ａ座", "杭州市中山路1号a座"),
        ("无", None),
        ("  ", None),
        (None, None),
    ],
)
def test_addresses_are_compared_without_width_blanks_and_case(raw: str, clean: str):
    frame = pl.DataFrame({"a": [raw]}, schema={"a": pl.String})
    assert frame.select(clean_address("a")).item() == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("+86 138-0000-0001", "13800000001"),
        ("１３８００００００１２", "13800000012"),
        ("0571-8888 8001", "057188888001"),
        ("00000000", None),
        ("123", None),
        ("无", None),
        (None, None),
    ],
)
def test_phones_are_digits_and_placeholders_are_none(raw: str, clean: str):
    frame = pl.DataFrame({"a": [raw]}, schema={"a": pl.String})
    assert frame.select(clean_phone("a")).item() == clean


def test_rows_ended_not_begun_unknown_ends_and_edges_to_nowhere(tmp_path: Path):
    day = AS_OF
    town = [{"uscc": "A"}, {"uscc": "B"}]
    rows = [
        {"uscc": "A", "holder_uscc": "B", "ratio_bp": 1000, "to_on": day},  # ends today: out
        {"uscc": "A", "holder_uscc": "W1", "ratio_bp": 1000, "from_on": day},  # begins today: in
        {"uscc": "A", "holder_uscc": "W2", "ratio_bp": 1000, "from_on": date(2026, 7, 1)},
        {"uscc": "A", "holder_uscc": "W3", "ratio_bp": 1000},
        {"uscc": "A", "ratio_bp": 1000},
        {"uscc": "W3", "holder_uscc": "B", "ratio_bp": 1000},  # B invests outside the county
        {"uscc": "A", "holder_uscc": "B", "ratio_bp": 5, "known_on": date(2026, 7, 1)},
    ]
    graph = build_graph(a_snapshot(tmp_path, {"enterprise": town, "shareholding": rows}))
    report = graph.report
    assert (report.ended, report.not_begun, report.to_nowhere) == (1, 1, 1)
    assert report.edges["shareholding"] == 3
    assert report.nodes[NodeKind.OUTSIDE] == 2
    pairs = [(graph.key(int(a)), graph.key(int(b))) for a, b in zip(graph.source, graph.target)]  # noqa: B905
    assert pairs == [("B", "W3"), ("W1", "A"), ("W3", "A")]


def test_nodes_are_numbered_by_kind_and_key_whatever_the_order_of_rows(tmp_path: Path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir(), second.mkdir()
    _, rows = a_town(first, 51, 80)
    turned = {name: list(reversed(table)) for name, table in rows.items()}
    a = build_graph(a_snapshot(first, rows))
    b = build_graph(a_snapshot(second, turned))
    assert a.starts == b.starts
    assert (a.source == b.source).all()
    assert (a.target == b.target).all()
    assert (a.share_bp == b.share_bp).all()
    assert a.type_starts == b.type_starts
    assert all(a.keys[kind].equals(b.keys[kind]) for kind in NodeKind)
    assert all(a.keys[kind].is_sorted() for kind in NodeKind)
    assert a.report == b.report


def test_an_earlier_day_sees_only_what_was_known_then(tmp_path: Path):
    then = date(2025, 1, 1)
    town = [
        {"uscc": "A", "address": "某市某街一号", "known_on": date(2024, 1, 1)},
        {"uscc": "B", "address": "某市某街一号", "known_on": date(2025, 6, 1)},
    ]
    rows = [{"uscc": "A", "holder_uscc": "B", "ratio_bp": 10, "known_on": date(2025, 6, 1)}]
    snapshot = a_snapshot(tmp_path, {"enterprise": town, "shareholding": rows})
    early, now = build_graph(snapshot, as_of=then), build_graph(snapshot)
    assert (early.report.edges["address"], now.report.edges["address"]) == (1, 2)
    assert (early.report.edges["shareholding"], now.report.edges["shareholding"]) == (0, 1)


def test_an_empty_county_has_an_empty_graph(tmp_path: Path):
    graph = build_graph(a_snapshot(tmp_path, {"enterprise": [], "shareholding": []}))
    assert graph.nodes == 0
    assert graph.report.hubs == 0


def test_edge_types_cover_the_code_lists_they_are_read_from():
    codes = load_catalogue().codes
    assert set(codes["relation_kind"].values) <= set(EDGE_TYPES)
    assert set(codes["person_role"].values) <= set(EDGE_TYPES)
    assert set(EDGE_TABLES.values()) <= set(load_catalogue().tables)


def test_a_post_and_a_relation_of_one_type_are_both_edges_whose_shares_may_be_unknown(
    tmp_path: Path,
):
    town = [{"uscc": "A"}, {"uscc": "B"}]
    rows = {
        "enterprise": town,
        "person_link": [{"uscc": "A", "person_id": "p1", "role": "stakeholder"}],
        "relation": [{"uscc": "A", "other_uscc": "B", "kind": "stakeholder", "weight_bp": 300}],
    }
    graph = build_graph(a_snapshot(tmp_path, rows))
    assert graph.report.edges["stakeholder"] == 2
    number = EDGE_TYPES.index("stakeholder")
    shares = graph.share_bp[graph.type_starts[number] : graph.type_starts[number + 1]]
    assert sorted(shares.tolist()) == [-1, 300]
