"""Pictures: the strongest path by trying all of them, the surroundings by hand."""

from pathlib import Path

import networkx as nx
import pytest

from riskwarn.graph import paths
from riskwarn.graph.build import build_graph
from riskwarn.graph.paths import (
    all_links,
    describe_around,
    edge_strength_bp,
    ego,
    strongest_path,
    surroundings,
)
from riskwarn.records.graph import NodeKind
from tests.graph.snapshots import a_snapshot
from tests.graph.towns import a_town


@pytest.mark.parametrize(("seed", "size"), [(seed, 12) for seed in range(41, 47)])
def test_the_strongest_path_is_the_best_of_all_simple_paths(tmp_path: Path, seed: int, size: int):
    snapshot, _ = a_town(tmp_path, seed, size)
    graph = build_graph(snapshot)
    links = all_links(graph)
    everything = nx.MultiGraph()
    for edge in range(graph.source.size):
        a, b = int(graph.source[edge]), int(graph.target[edge])
        everything.add_edge(a, b, strength=edge_strength_bp(graph, edge) / 10_000)
    for ent, source in ((0, 5), (1, 9), (2, 11), (3, 4)):
        found = strongest_path(graph, ent, [source], links)
        strengths = []
        if ent in everything and source in everything:
            for route in nx.all_simple_edge_paths(everything, ent, source, cutoff=7):
                ends = [ent, *(b for _, b, _ in route)]
                if sum(n < graph.entities for n in ends) - 1 > paths.MAX_HOPS:
                    continue
                product = 1.0
                for a, b, k in route:
                    product *= everything[a][b][k]["strength"]
                strengths.append(product)
        if found is None:
            assert not strengths
            continue
        assert found.nodes[0].id == ent
        assert found.nodes[-1].id == source
        for edge, a, b in zip(found.edges, found.nodes, found.nodes[1:], strict=False):
            assert {edge.source, edge.target} == {a.id, b.id}
        assert found.hops == sum(node.id < graph.entities for node in found.nodes) - 1
        # a longer path than the ones tried may only be as strong or stronger
        assert found.strength_bp >= int(max(strengths, default=0) * 10_000) - 1


def test_no_source_in_reach_means_no_path(tmp_path: Path):
    graph = build_graph(a_snapshot(tmp_path, {"enterprise": [{"uscc": "A"}, {"uscc": "B"}]}))
    assert strongest_path(graph, 0, [1]) is None
    assert strongest_path(graph, 0, [0]) is None
    assert strongest_path(graph, 0, []) is None


def test_a_path_does_not_pass_through_a_hub(tmp_path: Path):
    town = [{"uscc": f"E{i}", "address": "某市代理大厦一号"} for i in range(6)]
    snapshot = a_snapshot(tmp_path, {"enterprise": town})
    assert strongest_path(build_graph(snapshot, hub_limit=5), 0, [3]) is None
    found = strongest_path(build_graph(snapshot, hub_limit=6), 0, [3, 2])
    assert found is not None
    assert [node.label for node in found.nodes] == ["E0", "某市代理大厦一号", "E2"]
    assert found.strength_bp == 900  # 0.3 × 0.3
    assert found.hops == 1


def test_the_surroundings_are_nearest_first_bounded_and_name_no_person(tmp_path: Path):
    town = [
        {"uscc": "A", "legal_rep_id": "aa11", "phone": "13800000001"},
        {"uscc": "B", "legal_rep_id": "aa11"},
        {"uscc": "C", "phone": "13800000001"},
        {"uscc": "D"},
    ]
    holdings = [{"uscc": "A", "holder_uscc": "D", "ratio_bp": 6000}]
    graph = build_graph(a_snapshot(tmp_path, {"enterprise": town, "shareholding": holdings}))
    found = ego(graph, 0)
    assert [n.label for n in found.nodes if n.kind is NodeKind.ENTERPRISE] == ["A", "D", "B", "C"]
    person = next(n for n in found.nodes if n.kind is NodeKind.PERSON)
    assert person.label.startswith("自然人 #")
    assert "aa11" not in person.label
    assert {(e.type, e.share_bp) for e in found.edges} == {
        ("shareholding", 6000), ("legal_rep", None), ("phone", None)
    }  # fmt: skip
    assert len(found.edges) == 5
    small = ego(graph, 0, limit=2)
    assert len(small.nodes) == 2
    assert small.left_out == len(found.nodes) - 2


def _naive_walk(graph, ent, max_hops):
    """Breadth-first by the book: every edge looked at, the strongest first, then by number."""
    beside: dict[int, list[tuple[int, int]]] = {}
    for edge in range(graph.source.size):
        a, b = int(graph.source[edge]), int(graph.target[edge])
        for one, other in ((a, b), (b, a)):
            beside.setdefault(one, []).append((-edge_strength_bp(graph, edge), other))
    hops, queue = {ent: 0}, [ent]
    for node in queue:
        step = hops[node] + (node < graph.entities)
        if (node != ent and graph.hub[node]) or step > max_hops:
            continue
        for _, other in sorted(beside.get(node, ())):
            if other not in hops:
                hops[other] = step
                queue.append(other)
    return queue


@pytest.mark.parametrize("hub_limit", [3, 200])
def test_the_walk_meets_the_nodes_of_a_naive_one_in_the_same_order(tmp_path: Path, hub_limit: int):
    snapshot, _ = a_town(tmp_path, 77, 60)
    graph = build_graph(snapshot, hub_limit=hub_limit)
    links, far = all_links(graph), 0
    for ent in range(graph.enterprises):
        expected = _naive_walk(graph, ent, 2)
        found = surroundings(graph, ent, 40, links)
        assert list(found.nodes) == expected[:40]
        assert found.left_out == max(0, len(expected) - 40)
        inside = set(expected[:40])
        among = [
            edge
            for edge in range(graph.source.size)
            if {int(graph.source[edge]), int(graph.target[edge])} <= inside
        ]
        assert list(found.edges) == among
        far = max(far, len(expected))
    assert far > 10


def test_what_is_not_kept_of_the_surroundings_counts_as_left_out(tmp_path: Path):
    snapshot, _ = a_town(tmp_path, 77, 60)
    graph = build_graph(snapshot)
    links = all_links(graph)
    found = surroundings(graph, 0, 40, links)
    whole, few = ego(graph, 0, 40, links), describe_around(graph, found, found.nodes[:3])
    assert few.nodes == whole.nodes[:3]
    assert few.edges == tuple(
        edge for edge in whole.edges if {edge.source, edge.target} <= set(found.nodes[:3])
    )
    assert len(few.nodes) + few.left_out == len(whole.nodes) + whole.left_out
