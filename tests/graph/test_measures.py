"""Every measure equals its slow oracle on random towns with cycles, doubles and self-holdings."""

from collections import defaultdict
from pathlib import Path

import networkx as nx
import numpy as np
import polars as pl
import pytest

from riskwarn.graph.build import YOUNG_DAYS, build_graph
from riskwarn.graph.graph import Graph
from riskwarn.graph.measures import graph_features
from riskwarn.records.features import GraphFeature
from tests.graph import oracle
from tests.graph.snapshots import AS_OF, a_snapshot
from tests.graph.towns import a_town

TOWNS = [(0, 0), (1, 1), (2, 2), (3, 7), (4, 40), (5, 120), (6, 300), (7, 60), (8, 25), (9, 12)]
TYPES = ("shareholding", "legal_rep", "director", "address", "guarantee")
HUB_LIMIT = 4


def feature(measure: str, name: str = "x", **changes: object) -> GraphFeature:
    return GraphFeature(name=name, measure=measure, **changes)  # type: ignore[arg-type]


def values_of(count: int, seed: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    values = pl.Series(rng.integers(0, 9, count), dtype=pl.Int32)
    some = pl.Series(rng.random(count) < 0.8)
    frame = pl.DataFrame({"ent": pl.int_range(count, dtype=pl.Int32, eager=True), "v": values})
    frame = frame.with_columns(v=pl.when(some).then("v"))
    return frame.with_columns(
        flag=(pl.col("v") == 8), none=pl.lit(None, pl.Int32), pair=pl.col("v") * 2
    )


@pytest.mark.parametrize(("seed", "size"), TOWNS)
def test_neighbour_measures_and_reach_equal_a_walk_in_networkx(
    tmp_path: Path, seed: int, size: int
):
    snapshot, rows = a_town(tmp_path, seed, size)
    graph = build_graph(snapshot, hub_limit=HUB_LIMIT)
    values = values_of(size)
    by_key = {("ent", row["uscc"]): number for number, row in enumerate(rows["enterprise"])}
    v, flags = values["v"].to_list(), values["flag"].to_list()
    hubs = oracle.hub_nodes(rows, HUB_LIMIT)
    for hops, direction in ((1, "any"), (2, "any"), (3, "any"), (1, "in"), (2, "out")):
        specs = [
            feature(f"neighbour_{kind}", kind, edges=TYPES, of="v", hops=hops, direction=direction)
            for kind in ("mean", "sum", "max")
        ]
        specs.append(feature("reach", edges=TYPES, of="flag", max_hops=hops, direction=direction))
        got = graph_features(graph, specs, values, threads=2)
        town = oracle.projected(rows, TYPES, HUB_LIMIT, direction)
        for key, ent in by_key.items():
            near = oracle.within(town, key, hops, hubs)
            known = [v[by_key[k]] for k in near if k in by_key and v[by_key[k]] is not None]
            nothing = not any(x is not None for x in v)
            want_sum = None if nothing or (near and not known) else float(sum(known))
            assert got["sum"][ent] == want_sum
            assert got["mean"][ent] == (sum(known) / len(known) if known else None)
            assert got["max"][ent] == (max(known) if known else None)
            bad = [d for k, d in near.items() if k in by_key and flags[by_key[k]]]
            want = 0 if flags[ent] else min(bad, default=hops + 1)
            assert got["x"][ent] == (None if not any(f is not None for f in flags) else want)


@pytest.mark.parametrize(("seed", "size"), TOWNS)
def test_degrees_components_rings_and_shared_counts_equal_networkx(
    tmp_path: Path, seed: int, size: int
):
    snapshot, rows = a_town(tmp_path, seed, size)
    graph = build_graph(snapshot, hub_limit=HUB_LIMIT)
    specs = [
        feature("degree", "both", edges=("shareholding",)),
        feature("degree", "holders", edges=("shareholding", "legal_rep"), direction="in"),
        feature("component_size", "group", edges=TYPES),
        feature("ring", "ring"),
        feature("shared", "same_address", edges=("address",)),
        feature("shared", "same_people", edges=("legal_rep", "director")),
    ]
    got = graph_features(graph, specs, values_of(size))
    edges = oracle.typed_edges(rows)
    hubs = {node for node in oracle.hub_nodes(rows, HUB_LIMIT) if node[0] != "ent"}
    whole, holding = nx.Graph(), nx.DiGraph(list(edges["shareholding"]))
    whole.add_nodes_from(("ent", row["uscc"]) for row in rows["enterprise"])
    for name in TYPES:
        whole.add_edges_from(e for e in edges[name] if not hubs & set(e))
    ringed = {
        n for part in nx.strongly_connected_components(holding) if len(part) > 1 for n in part
    }
    registered = {("ent", row["uscc"]) for row in rows["enterprise"]}
    at_address = defaultdict(set)
    for a, b in edges["address"]:
        at_address[b].add(a)
    for ent, row in enumerate(rows["enterprise"]):
        key = ("ent", row["uscc"])
        assert got["both"][ent] == sum(key in pair for pair in edges["shareholding"])
        pointing = [*edges["shareholding"], *edges["legal_rep"]]
        assert got["holders"][ent] == sum(b == key for _, b in pointing)
        part = nx.node_connected_component(whole, key)
        assert got["group"][ent] == len(part & registered)
        assert got["ring"][ent] == (key in ringed)
        house = row["address"]
        want = len(at_address[("address", house)]) - 1 if house else None
        assert got["same_address"][ent] == want
        assert got["same_people"][ent] == _shared_people(edges, key, hubs)


def _shared_people(edges, key, hubs) -> int | None:
    people = defaultdict(set)
    for name in ("legal_rep", "director"):
        for person, ent in edges[name]:
            people[person].add(ent)
    mine = [members for members in people.values() if key in members]
    open_ = [members for person, members in people.items() if key in members and person not in hubs]
    distinct = len(set().union(*open_) - {key}) if open_ else 0
    largest = max((len(m) - 1 for p, m in people.items() if key in m and p in hubs), default=0)
    return max(distinct, largest) if mine else 0


@pytest.mark.parametrize(("seed", "size"), TOWNS)
def test_shell_scores_equal_a_comparison_of_all_pairs(tmp_path: Path, seed: int, size: int):
    snapshot, rows = a_town(tmp_path, seed, min(size, 120))
    graph = build_graph(snapshot)
    town = rows["enterprise"]
    got = graph_features(graph, [feature("shell_score")], values_of(len(town)))["x"]
    pairs = nx.Graph()
    pairs.add_nodes_from(range(len(town)))
    names = ("address", "phone", "legal_rep_id")
    for i, a in enumerate(town):
        for j in range(i):
            common = sum(a[n] is not None and a[n] == town[j][n] for n in names)
            if common >= 2:
                pairs.add_edge(i, j)
    for i, row in enumerate(town):
        cluster = nx.node_connected_component(pairs, i)
        weak = 0
        for j in cluster:
            young = (AS_OF - town[j]["established_on"]).days < YOUNG_DAYS
            small = town[j]["employees"] is not None and town[j]["employees"] <= 3
            weak += young or small
        if sum(row[n] is not None for n in names) < 2:
            assert got[i] is None
        else:
            assert got[i] == (weak if len(cluster) > 1 else 0)


def test_results_are_the_same_bits_at_one_two_and_five_threads(tmp_path: Path):
    snapshot, _ = a_town(tmp_path, 11, 300)
    graph = build_graph(snapshot)
    specs = [
        feature("neighbour_mean", "mean", edges=TYPES, of="v", hops=2),
        feature("neighbour_max", "max", edges=TYPES, of="v"),
        feature("control_share", "share"),
        feature("control_depth", "depth"),
        feature("controlled", "controlled"),
    ]
    once = graph_features(graph, specs, values_of(300), threads=1)
    for threads in (2, 5):
        assert graph_features(graph, specs, values_of(300), threads=threads).equals(once)


def test_measures_over_a_table_that_was_not_collected_are_unknown_not_zero(tmp_path: Path):
    town = {"enterprise": [{"uscc": "A"}, {"uscc": "B"}], "relation": []}
    graph = build_graph(a_snapshot(tmp_path, town, stale=["relation"]))
    assert "guarantee" in graph.report.missing
    assert "shareholding" in graph.report.missing
    specs = [
        feature("degree", "a", edges=("guarantee",)),
        feature("degree", "b", edges=("shareholding", "address")),
        feature("ring", "c"),
        feature("controlled", "d"),
        feature("neighbour_sum", "e", edges=("guarantee",), of="v"),
        feature("degree", "f", edges=("address",)),
        feature("neighbour_sum", "g", edges=("address",), of="none"),
    ]
    got = graph_features(graph, specs, values_of(2))
    for name in "abcdeg":
        assert got[name].null_count() == 2, name
    assert got["f"].to_list() == [0, 0]
    assert got.schema["e"] == pl.Float64
    assert got.schema["c"] == pl.Boolean


def test_a_hub_address_is_reported_counted_and_not_propagated_through(tmp_path: Path):
    town = [{"uscc": f"E{i}", "address": "某市代理大厦 1 号"} for i in range(6)]
    snapshot = a_snapshot(tmp_path, {"enterprise": town})
    graph = build_graph(snapshot, hub_limit=5)
    assert graph.report.hubs == 1
    assert graph.report.hub_examples[0].enterprises == 6
    specs = [
        feature("shared", "n", edges=("address",)),
        feature("neighbour_sum", "s", edges=("address",), of="v"),
    ]
    got = graph_features(graph, specs, values_of(6))
    assert got["n"].to_list() == [5] * 6
    assert got["s"].to_list() == [0.0] * 6
    wider = graph_features(build_graph(snapshot, hub_limit=6), specs, values_of(6))
    total = values_of(6)["v"].fill_null(0)
    assert wider["s"].to_list() == [float(total.sum() - own) for own in total]


def test_a_walk_that_meets_too_many_neighbours_keeps_the_nearest(tmp_path: Path):
    town = [{"uscc": f"E{i}", "address": "某市某街一号"} for i in range(9)]
    graph = build_graph(a_snapshot(tmp_path, {"enterprise": town}))
    spec = feature("neighbour_sum", edges=("address",), of="one")
    ones = pl.DataFrame({"ent": range(9), "one": [1] * 9})
    assert graph_features(graph, [spec], ones, limit=3)["x"].to_list() == [3.0] * 9
    assert graph_features(graph, [spec], ones)["x"].to_list() == [8.0] * 9


def test_edges_known_only_later_change_no_measure(tmp_path: Path):
    early, late = tmp_path / "early", tmp_path / "late"
    early.mkdir(), late.mkdir()
    town = [{"uscc": "A"}, {"uscc": "B"}, {"uscc": "C"}]
    now = [{"uscc": "A", "holder_uscc": "B", "ratio_bp": 6000}]
    then = [
        {"uscc": "A", "holder_uscc": "C", "ratio_bp": 4000, "known_on": AS_OF.replace(year=2027)}
    ]
    specs = [feature("degree", "d"), feature("control_share", "s"), feature("controlled", "c")]
    a = build_graph(a_snapshot(early, {"enterprise": town, "shareholding": now}))
    b = build_graph(a_snapshot(late, {"enterprise": town, "shareholding": now + then}))
    assert graph_features(a, specs, values_of(3)).equals(graph_features(b, specs, values_of(3)))
    assert a.report.missing == b.report.missing


def test_long_walks_give_the_same_with_and_without_listed_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    snapshot, _ = a_town(tmp_path, 12, 200)
    graph = build_graph(snapshot, hub_limit=HUB_LIMIT)
    specs = [
        feature("neighbour_sum", f"s{hops}", edges=TYPES, of="v", hops=hops) for hops in (2, 3)
    ]
    for limit in (5, 5_000):
        monkeypatch.setattr("riskwarn.graph.neighbours.PROJECT_MOST", 64)
        listed = graph_features(graph, specs, values_of(200), limit=limit)
        monkeypatch.setattr("riskwarn.graph.neighbours.PROJECT_MOST", 0)
        assert graph_features(graph, specs, values_of(200), limit=limit).equals(listed)


@pytest.mark.parametrize(
    ("shares", "hops"),
    [
        ((6000, 3000), [0, 1, 2]),  # S holds M holds E: two layers down from the source
        ((6000, 2499), [0, 1, 4]),  # the second holding is too small to follow
        ((2500, 2500), [0, 1, 2]),  # the least share counts
        ((6000, None), [0, 1, None]),  # unknown share: two hops or none, so unknown
        ((2000, None), [0, 4, 4]),  # whatever the second is, nothing gets past the first
    ],
)
def test_reach_follows_only_holdings_large_enough(
    tmp_path: Path, shares: tuple[int | None, int | None], hops: list[int | None]
):
    held = [
        {"uscc": "M", "holder_uscc": "S", "ratio_bp": shares[0]},
        {"uscc": "E", "holder_uscc": "M", "ratio_bp": shares[1]},
    ]
    town = [{"uscc": code} for code in ("E", "M", "S")]
    graph = build_graph(a_snapshot(tmp_path, {"enterprise": town, "shareholding": held}))
    spec = feature("reach", edges=("shareholding",), of="bad", direction="in", min_share_bp=2500)
    bad = pl.DataFrame({"ent": pl.Series([0, 1, 2], dtype=pl.Int32), "bad": [0, 0, 1]})
    found = graph_features(graph, [spec], bad)["x"]
    assert found.dtype == pl.Int32
    assert found.to_list() == hops[::-1]


@pytest.mark.parametrize(("seed", "size"), TOWNS)
def test_reach_over_large_holdings_equals_reach_in_a_town_without_the_small_ones(
    tmp_path: Path, seed: int, size: int
):
    snapshot, _rows = a_town(tmp_path, seed, size)
    graph = build_graph(snapshot, hub_limit=HUB_LIMIT)
    holdings = graph.edges_of("shareholding")
    bp = graph.share_bp[holdings]
    least = int(np.median(bp[bp >= 0])) if (bp >= 0).any() else 1
    spec = feature(
        "reach", edges=("shareholding",), of="flag", max_hops=3, min_share_bp=max(least, 1)
    )
    values = values_of(size)
    got = graph_features(graph, [spec], values)["x"].to_list()
    answers = []
    for keep_unknown in (False, True):
        kept = np.ones(graph.source.size, bool)
        kept[holdings] = (bp >= max(least, 1)) | (keep_unknown & (bp < 0))
        town = nx.Graph()
        town.add_nodes_from(range(graph.nodes))
        town.add_edges_from(
            (int(graph.source[i]), int(graph.target[i]))
            for i in range(holdings.start, holdings.stop)
            if kept[i]
        )
        answers.append(_walk(town, graph, values["flag"].to_list()))
    for ent, (sure, perhaps) in enumerate(zip(*answers, strict=True)):
        assert got[ent] == (sure if sure == perhaps else None), ent


def _walk(town: nx.Graph, graph: Graph, flags: list[int | None]) -> list[int | None]:
    """Hops to the nearest flag; through a person, address or phone is one hop, hubs are closed."""
    if not any(flag is not None for flag in flags):
        return [None] * len(flags)
    found: list[int | None] = []
    for start in range(len(flags)):
        seen, edge, hops = {start}, [start], 0
        while hops < 3 and not any(n < len(flags) and flags[n] for n in edge):
            step: set[int] = set()
            for node in edge:
                if node != start and graph.hub[node]:
                    continue
                for near in town.neighbors(node):
                    if near < graph.entities:
                        step.add(near)
                    elif not graph.hub[near]:
                        step |= {far for far in town.neighbors(near) if far < graph.entities}
            edge = sorted(step - seen)
            seen |= step
            hops += 1
            if not edge:
                break
        reached = any(n < len(flags) and flags[n] for n in edge)
        found.append(hops if reached else 4)
    return found
