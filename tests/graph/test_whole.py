"""Cores, flow of risk, components and rings on over two hundred random towns, against oracles."""

from pathlib import Path

import networkx as nx
import numpy as np
import polars as pl
import pytest

from riskwarn.graph.build import build_graph
from riskwarn.graph.graph import Graph
from riskwarn.graph.measures import graph_features
from riskwarn.graph.whole import DAMPING, STEPS, core_numbers, risk_flow
from riskwarn.records.features import GraphFeature
from tests.graph.snapshots import a_snapshot
from tests.graph.towns import a_town

SPECS = [
    GraphFeature(name="core", measure="core"),
    GraphFeature(name="flow", measure="risk_flow", of="v"),
    GraphFeature(name="component", measure="component_size"),
    GraphFeature(name="ring", measure="ring"),
    GraphFeature(name="degree", measure="degree"),
]


def multigraph(graph: Graph) -> nx.MultiGraph:
    found = nx.MultiGraph()
    found.add_nodes_from(range(graph.nodes))
    found.add_edges_from(zip(graph.source.tolist(), graph.target.tolist(), strict=True))
    return found


def peeled(graph: nx.MultiGraph) -> dict[int, int]:
    """Core numbers by taking away, for k = 1, 2, …, whatever has fewer than k edges left."""
    rest, core, k = graph.copy(), dict.fromkeys(graph, 0), 0
    while rest:
        low = [node for node, degree in rest.degree() if degree < k]
        if low:
            rest.remove_nodes_from(low)
            continue
        core.update(dict.fromkeys(rest, k))
        k += 1
    return core


def rings(graph: Graph) -> set[int]:
    held = nx.DiGraph()
    part = graph.edges_of("shareholding")
    held.add_edges_from(zip(graph.source[part].tolist(), graph.target[part].tolist(), strict=True))
    parts = nx.strongly_connected_components(held)
    return {node for one in parts if len(one) > 1 for node in one}


@pytest.mark.parametrize("block", range(7))
def test_over_two_hundred_towns_equal_networkx(tmp_path: Path, block: int):
    for seed in range(block * 30, block * 30 + 30):
        folder = tmp_path / str(seed)
        folder.mkdir()
        graph = build_graph(a_town(folder, 1000 + seed, seed % 37)[0])
        count = graph.enterprises
        rng = np.random.default_rng(seed)
        value = rng.integers(0, 2, count).astype(np.int32)
        got = graph_features(graph, SPECS, pl.DataFrame({"ent": range(count), "v": value}))
        every = multigraph(graph)
        core = peeled(every)
        assert got["core"].to_list() == [core[node] for node in range(count)]
        assert got["degree"].to_list() == [every.degree(node) for node in range(count)]
        together = {n: part for part in nx.connected_components(every) for n in part}
        sizes = [sum(m < count for m in together[node]) for node in range(count)]
        assert got["component"].to_list() == sizes
        inside = rings(graph)
        assert got["ring"].to_list() == [node in inside for node in range(count)]
        if count == 0:
            continue
        links = nx.to_scipy_sparse_array(every, format="csr", dtype=float)
        degree = np.asarray(links.sum(1)).ravel()
        source = np.zeros(graph.nodes)
        source[:count] = value
        now = source.copy()
        for _ in range(STEPS):
            pulled = links.T @ (now / np.where(degree > 0, degree, 1))
            now = (1 - DAMPING) * source + DAMPING * np.where(degree > 0, pulled, now)
        np.testing.assert_allclose(got["flow"].to_numpy(), now[:count], rtol=1e-12, atol=1e-15)


def test_the_flow_is_personalised_pagerank_as_networkx_converges_to_it():
    made = nx.gnm_random_graph(300, 900, seed=4)
    links = nx.to_scipy_sparse_array(made, format="csr")
    source = np.zeros(300)
    source[[3, 70, 200]] = 1.0
    flow = risk_flow(links.indptr.astype(np.int64), links.indices.astype(np.int32), source)
    exact = nx.pagerank(made, alpha=DAMPING, personalization={3: 1, 70: 1, 200: 1}, tol=1e-12)
    assert np.abs(flow / 3 - [exact[n] for n in range(300)]).sum() < DAMPING ** (STEPS + 1)


def test_core_numbers_equal_networkx_on_a_simple_graph():
    made = nx.gnm_random_graph(2000, 9000, seed=7)
    links = nx.to_scipy_sparse_array(made, format="csr")
    core = nx.core_number(made)
    found = core_numbers(links.indptr.astype(np.int64), links.indices.astype(np.int32))
    assert found.tolist() == [core[node] for node in range(2000)]


def test_who_is_a_source_is_unknown_so_the_flow_is(tmp_path: Path):
    graph = build_graph(a_snapshot(tmp_path, {"enterprise": [{"uscc": "A"}], "relation": []}))
    values = pl.DataFrame({"ent": [0], "v": pl.Series([None], dtype=pl.Int32)})
    assert graph_features(graph, SPECS[1:2], values)["flow"].to_list() == [None]
