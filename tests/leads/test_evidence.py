from datetime import date, timedelta

import polars as pl
import pytest

from riskwarn.leads.evidence import ROWS_SHOWN, source_rows
from riskwarn.leads.network import NODES_SHOWN, edge_label, picture
from riskwarn.records.features import Condition, FeatureSet, WindowFeature
from riskwarn.records.graph import EgoNetwork, GraphEdge, GraphNode, GraphPath, NodeKind
from riskwarn.records.snapshot import Snapshot, TableState
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.terms import Collected, PersonalData
from tests.builders import AS_OF, a_uscc


def a_snapshot(folder, rows, collected=Collected.FRESH):
    """A snapshot with complaints: (ent, days ago, domain) a row."""
    table = load_catalogue().table("complaint")
    frame = pl.DataFrame(
        [
            {
                "ent": ent,
                "uscc": a_uscc(ent),
                "case_no": f"T{number}",
                "received_on": AS_OF - timedelta(days=ago),
                "domain": domain,
                "amount_fen": 12_345,
                "known_on": AS_OF,
                "evidence": f"投诉.csv 第 {number + 2} 行",
            }
            for number, (ent, ago, domain) in enumerate(rows)
        ],
        schema_overrides={"ent": pl.Int32},
    )
    frame = frame.with_columns(
        pl.lit(None, pl.String).alias(name) for name in table.columns if name not in frame.columns
    )
    frame.write_parquet(folder / "complaint.parquet")
    state = TableState(
        table="complaint", collected=collected, rows=len(rows), last_known_on=AS_OF, sha256=""
    )
    return Snapshot(folder=folder, as_of=AS_OF, enterprises=3, tables={"complaint": state})


FEATURE = WindowFeature(
    name="food_complaints_90d",
    table="complaint",
    agg="count",
    window_days=90,
    where=(Condition(column="domain", op="eq", value="food"),),
)
FEATURES = FeatureSet(features={FEATURE.name: FEATURE})


def find(snapshot, ents):
    return source_rows(snapshot, {FEATURE.name: ents}, FEATURES, load_catalogue())


def test_only_the_rows_that_the_feature_counts_are_evidence(tmp_path):
    rows = [(0, 0, "food"), (0, 89, "food"), (0, 90, "food"), (0, 3, "price"), (1, 5, "food")]
    found = find(a_snapshot(tmp_path, rows), [0])
    assert set(found) == {0}
    (group,) = found[0]
    assert [row.evidence for row in group.rows] == ["投诉.csv 第 2 行", "投诉.csv 第 3 行"]
    assert group.rows[0].happened_on == AS_OF


def test_cells_are_in_words_and_without_the_enterprise_itself(tmp_path):
    (group,) = find(a_snapshot(tmp_path, [(0, 0, "food")]), [0])[0]
    cells = {cell.title: cell.text for cell in group.rows[0].cells}
    assert cells["领域"] == "食品"
    assert cells["涉及金额（元）"] == "123.45 元"
    assert "统一社会信用代码" not in cells


def test_the_newest_rows_are_shown_and_the_total_is_said(tmp_path):
    rows = [(0, ago, "food") for ago in range(20)]
    (group,) = find(a_snapshot(tmp_path, rows), [0])[0]
    assert (len(group.rows), group.total) == (ROWS_SHOWN, 20)
    assert [row.happened_on for row in group.rows] == [
        AS_OF - timedelta(days=n) for n in range(ROWS_SHOWN)
    ]


def test_a_missing_table_gives_no_rows_and_no_error(tmp_path):
    assert find(a_snapshot(tmp_path, [(0, 0, "food")], Collected.MISSING), [0]) == {}


@pytest.mark.parametrize(
    ("op", "value", "kept"),
    [
        ("ne", "food", 1),
        ("in", ("food", "price"), 3),
        ("not_in", ("food",), 1),
        ("contains", "food", 2),
        ("is_null", False, 3),
        ("is_null", True, 0),
    ],
)
def test_each_comparison_keeps_the_rows_it_names(tmp_path, op, value, kept):
    snapshot = a_snapshot(tmp_path, [(0, 0, "food"), (0, 1, "food"), (0, 2, "price")])
    where = (Condition(column="domain", op=op, value=value),)
    feature = WindowFeature(name="f", table="complaint", agg="count", where=where)
    found = source_rows(snapshot, {"f": [0]}, FeatureSet(features={"f": feature}), load_catalogue())
    assert sum(group.total for group in found.get(0, ())) == kept


def test_names_and_phones_of_persons_carry_their_class_to_the_gate():
    column = load_catalogue().table("enterprise").columns["legal_rep_name"]
    assert column.personal is PersonalData.NAME


def nodes(count):
    return [GraphNode(id=n, kind=NodeKind.ENTERPRISE, label=f"企业{n}") for n in range(count)]


def test_the_path_stays_whole_and_the_rest_is_cut_and_counted():
    many = nodes(30)
    chain = GraphPath(
        nodes=(many[0], many[28], many[29]),
        edges=(
            GraphEdge(source=28, target=0, type="shareholding", share_bp=6000),
            GraphEdge(source=29, target=28, type="shareholding", share_bp=None),
        ),
        strength_bp=100,
        hops=2,
    )
    star = tuple(GraphEdge(source=0, target=n, type="guarantee") for n in range(1, 28))
    ego = EgoNetwork(centre=0, nodes=tuple(many[:28]), edges=star, left_out=4)
    drawn = picture(chain, ego, lambda n: "失信" if n == 29 else "")
    assert drawn is not None
    assert len(drawn.nodes) == NODES_SHOWN
    assert drawn.omitted == 30 - NODES_SHOWN + 4
    assert [n.key for n in drawn.nodes[:3]] == ["0", "28", "29"]
    assert [n.hop for n in drawn.nodes[:3]] == [0, 1, 2]
    assert drawn.nodes[2].mark == "失信"
    assert sum(edge.on_path for edge in drawn.edges) == 2
    assert drawn.sentence == "企业0 ← 持股 60% ← 企业28 ← 持股（比例不详） ← 企业29"


def test_an_enterprise_without_links_has_no_picture():
    alone = EgoNetwork(centre=0, nodes=tuple(nodes(1)), edges=(), left_out=0)
    assert picture(None, alone) is None
    assert picture(None, None) is None


@pytest.mark.parametrize(
    ("share", "label"), [(6000, "持股 60%"), (5125, "持股 51.25%"), (50, "持股 0.5%")]
)
def test_shares_are_written_in_per_cent_without_needless_zeros(share, label):
    assert edge_label(GraphEdge(source=0, target=1, type="shareholding", share_bp=share)) == label


def test_dates_of_events_after_the_day_are_no_evidence(tmp_path):
    found = find(a_snapshot(tmp_path, [(0, -1, "food"), (0, 1, "food")]), [0])
    assert [row.happened_on for row in found[0][0].rows] == [date(2026, 6, 29)]
