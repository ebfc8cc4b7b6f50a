"""Statistics over direct ties, held to sums over every pair of nodes written out."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from riskwarn.graph.build import build_graph
from riskwarn.graph.graph import Graph
from riskwarn.graph.measures import graph_features, in_waves
from riskwarn.records.features import GraphFeature
from tests.graph.snapshots import a_snapshot
from tests.graph.towns import a_town


def feature(name: str, measure: str, **changes: object) -> GraphFeature:
    return GraphFeature(name=name, measure=measure, **changes)  # type: ignore[arg-type]


def pairs(graph: Graph, types: tuple[str, ...]) -> np.ndarray:
    """Count edges between every two nodes, both ways: the naive adjacency."""
    found = np.zeros((graph.nodes, graph.nodes))
    for i, (a, b) in enumerate(zip(graph.source, graph.target, strict=True)):
        if not types or graph.type_of(i) in types:
            found[a, b] += 1
            found[b, a] += 1
    return found


@pytest.mark.parametrize(("seed", "size"), [(seed, 8 + 3 * seed) for seed in range(20)])
def test_ties_and_ties_of_ties_equal_products_of_dense_matrices(
    tmp_path: Path, seed: int, size: int
):
    graph = build_graph(a_town(tmp_path, seed, size)[0])
    rng = np.random.default_rng(seed)
    value = np.where(rng.random(graph.enterprises) < 0.7, rng.integers(0, 9, graph.enterprises), -1)
    values = pl.DataFrame({"ent": range(graph.enterprises), "v": value.astype(np.int32)})
    values = values.with_columns(v=pl.when(pl.col("v") >= 0).then("v"))
    specs = [
        feature("seats", "degree", edges=("director",)),
        feature("mean_v", "tie_mean", of="v"),
        feature("sum_v", "tie_sum", of="v", edges=("guarantee", "shareholding")),
        feature("most_v", "tie_max", of="v"),
        feature("seats_of_directors", "tie_mean", of="seats", edges=("director",)),
        feature("twice", "tie_mean", of="mean_v"),
    ]
    got = graph_features(graph, specs, values)

    every, directors = pairs(graph, ()), pairs(graph, ("director",))
    full = np.full(graph.nodes, np.nan)
    full[: graph.enterprises] = np.where(value >= 0, value, np.nan)

    def mean(joined: np.ndarray, of: np.ndarray) -> np.ndarray:
        known = joined @ np.isfinite(of)
        with np.errstate(invalid="ignore"):
            return (joined @ np.nan_to_num(of)) / np.where(known > 0, known, np.nan)

    def same(name: str, expected: np.ndarray) -> None:
        shown = got[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        np.testing.assert_allclose(shown, expected[: graph.enterprises], rtol=1e-12)

    once = mean(every, full)
    same("mean_v", once)
    same("twice", mean(every, once))
    same("seats", directors.sum(1))
    same("seats_of_directors", mean(directors, directors.sum(1)))
    joined = pairs(graph, ("guarantee", "shareholding"))
    unknown = (joined.sum(1) > 0) & (joined @ np.isfinite(full) == 0)
    unknown |= ~np.isfinite(full).any()  # a value known nowhere was not collected
    same("sum_v", np.where(unknown, np.nan, joined @ np.nan_to_num(full)))
    reached = np.where((every > 0) & np.isfinite(full), full, -np.inf).max(1, initial=-np.inf)
    same("most_v", np.where(np.isfinite(reached), reached, np.nan))


def test_what_was_not_collected_is_unknown_and_no_tie_is_a_sum_of_nothing(tmp_path: Path):
    tables = {
        "enterprise": [{"uscc": "A"}, {"uscc": "B"}, {"uscc": "C"}],
        "relation": [{"uscc": "A", "other_uscc": "B", "kind": "guarantee"}],
    }
    graph = build_graph(a_snapshot(tmp_path, tables))
    values = pl.DataFrame({"ent": [0, 1, 2], "v": [1, 2, 3], "none": [None] * 3})
    values = values.with_columns(pl.col("none").cast(pl.Int32))
    specs = [
        feature("sum_v", "tie_sum", of="v", edges=("guarantee",)),
        feature("mean_v", "tie_mean", of="v", edges=("guarantee",)),
        feature("absent", "tie_sum", of="v", edges=("director",)),
        feature("nothing", "tie_sum", of="none", edges=("guarantee",)),
    ]
    got = graph_features(graph, specs, values)
    assert got["sum_v"].to_list() == [2.0, 1.0, 0.0]
    assert got["mean_v"].to_list() == [2.0, 1.0, None]
    assert got["absent"].to_list() == [None] * 3
    assert got["nothing"].to_list() == [None] * 3


def test_a_measure_waits_for_what_it_gathers():
    specs = [
        feature("far", "neighbour_mean", of="near"),
        feature("near", "neighbour_sum", of="size"),
        feature("size", "component_size"),
        feature("plain", "degree"),
        feature("tied", "tie_mean", of="plain"),
    ]
    waves = [[spec.name for spec in wave] for wave in in_waves(specs)]
    assert waves == [["size", "plain", "tied"], ["near"], ["far"]]
