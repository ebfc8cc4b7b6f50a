"""Control, its changes, holders' totals and communities on 210 towns, and by hand."""

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from riskwarn.graph.build import build_graph
from riskwarn.graph.communities import ROUNDS
from riskwarn.graph.measures import graph_features
from riskwarn.records.features import GraphFeature
from tests.graph import slow_truth
from tests.graph.oracle import typed_edges
from tests.graph.snapshots import AS_OF, a_snapshot
from tests.graph.test_control import a_graph, held
from tests.graph.towns import a_town

HUB_LIMIT = 4
MEASURES = (
    *("control_depth", "controlled", "control_changes", "control_days_since"),
    *("held_total", "held_unknown", "community_size"),
)
SPECS = [GraphFeature(name=one, measure=one) for one in MEASURES]  # type: ignore[arg-type]


def measured(graph) -> dict[str, list]:
    ents = pl.DataFrame({"ent": pl.int_range(graph.enterprises, dtype=pl.Int32, eager=True)})
    return graph_features(graph, SPECS, ents).to_dict(as_series=False)


@pytest.mark.parametrize("block", range(7))
def test_over_two_hundred_towns_equal_what_is_worked_out_slowly(tmp_path: Path, block: int):
    told = defaultdict(int)
    for seed in range(block * 30, block * 30 + 30):
        folder = tmp_path / str(seed)
        folder.mkdir()
        snapshot, rows = a_town(folder, 9000 + seed, seed % 41)
        got = measured(build_graph(snapshot, hub_limit=HUB_LIMIT))
        town = sorted(row["uscc"] for row in rows["enterprise"])
        control, changes = slow_truth.control(rows), slow_truth.changes(rows)
        groups = slow_truth.communities(rows, HUB_LIMIT, ROUNDS)
        shares = typed_edges(rows)["shareholding"]
        for ent, uscc in enumerate(town):
            layers, size = control[uscc] or (None, None)
            assert (got["control_depth"][ent], got["controlled"][ent]) == (layers, size)
            times, last = changes[uscc] or (None, None)
            since = None if last is None else (AS_OF - last).days
            assert got["control_changes"][ent] == times
            assert got["control_days_since"][ent] == since
            mine = [share for (_, company), share in shares.items() if company == ("ent", uscc)]
            assert got["held_total"][ent] == (sum(s for s in mine if s) or None)
            assert got["held_unknown"][ent] == sum(s is None for s in mine)
            assert got["community_size"][ent] == groups[uscc]
            told["changed"] += bool(times)
            told["unknown"] += times is None
            told["over"] += (got["held_total"][ent] or 0) > 10_000
            told["community"] += (groups[uscc] or 0) > 2
    assert all(count > 5 for count in told.values())
    assert len(told) == 4


def day(number: int) -> date:
    return AS_OF - timedelta(days=number)


def test_control_passes_on_when_the_majority_does_and_for_all_below(tmp_path: Path):
    graph = a_graph(
        tmp_path,
        held("A", "ann", 6000, from_on=day(900), to_on=day(100)),
        held("A", "bob", 6000, from_on=day(100)),
        held("A", "cid", 4000, from_on=day(900)),
        held("B", "A", 10_000, from_on=day(500)),
        held("C", "B", 7000, from_on=day(800)),
        held("C", "dan", 3000, from_on=day(50)),
    )
    got = measured(graph)
    assert got["control_changes"] == [1, 1, 1]
    assert got["control_days_since"] == [100, 100, 100]
    assert got["control_depth"] == [1, 2, 3]


def test_a_new_minority_holder_changes_nothing_and_a_lost_majority_does(tmp_path: Path):
    graph = a_graph(
        tmp_path,
        held("A", "ann", 9000, from_on=day(900)),
        held("A", "bob", 1000, from_on=day(10)),
        held("B", "ann", 9000, from_on=day(900), to_on=day(30)),
        held("B", "ann", 3000, from_on=day(30)),
        held("C", "ann", 9000, from_on=day(900), to_on=day(30)),
        held("C", "bob", None, from_on=day(30)),
        others="D",
    )
    got = measured(graph)
    assert got["control_changes"] == [0, 1, None, 0]
    assert got["control_days_since"] == [None, 30, None, None]


def test_a_cluster_at_one_address_with_two_phones_is_one_community_and_chance_pairs_do_not_join_it(
    tmp_path: Path,
):
    def firm(number: int, **more: object) -> dict[str, object]:
        own = {"phone": f"139000{number:05d}", "legal_rep_id": f"p{number}"}
        return {"uscc": f"E{number:03d}", "address": f"某市某街{number}号"} | own | more

    cluster = [
        firm(n, address="某市某街一号", phone=f"1380000000{n % 2}", legal_rep_id=f"boss{n % 3}")
        for n in range(9)
    ]
    pair = [firm(20, phone="13800000000"), firm(21), firm(22, address="某市某街21号")]
    graph = build_graph(a_snapshot(tmp_path, {"enterprise": [*cluster, *pair]}))
    size = measured(graph)["community_size"]
    assert size[:9] == [10] * 9  # the tenth shares the cluster's phone and nothing else
    assert size[9:] == [10, 2, 2]


def test_holdings_over_a_hundred_per_cent_and_missing_percentages_are_measures(tmp_path: Path):
    graph = a_graph(
        tmp_path,
        held("A", "ann", 9000), held("A", "bob", 4000),
        held("B", "ann", 3000), held("B", "bob", None), held("B", "cid", None),
        held("C", "C", 5000), held("C", "ann", 5000),
    )  # fmt: skip
    got = measured(graph)
    assert got["held_total"] == [13_000, 3000, 5000]
    assert got["held_unknown"] == [0, 2, 0]
    assert graph.self_held.tolist() == [2]
