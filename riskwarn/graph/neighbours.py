"""Neighbour statistics and reach: columns in, columns out, walks shared by several features."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

from riskwarn.graph.graph import Graph, Links
from riskwarn.graph.kernels import hops_from, neighbourhood, project
from riskwarn.graph.links import count_members
from riskwarn.records.features import GraphFeature

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

PROJECT_MOST = 64  # neighbours an enterprise, on average, that are listed before longer walks
LIMIT = 5_000  # neighbours of one enterprise; the walk stops there, nearest first


class Columns(Protocol):
    """Columns by name, one row an enterprise."""

    def __getitem__(self, name: str) -> "pl.Series": ...


def in_blocks(rows: int, threads: int, work: Callable[[int, int], object]) -> list[object]:
    """Run work(first, last) over blocks of rows; kernels let go of the GIL."""
    threads = max(1, min(threads, rows))
    bounds = [rows * i // threads for i in range(threads + 1)]
    spans = list(pairwise(bounds))
    if threads == 1:
        return [work(first, last) for first, last in spans]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda span: work(*span), spans))


def walk_links(
    graph: Graph, types: Sequence[str], direction: str, held: "NDArray[np.bool_] | None" = None
) -> Links:
    """Adjacency for walks: without hubs to pass through and without nodes that lead nowhere.

    A person, address or phone with a single enterprise joins nobody; most have just one, and
    leaving them out halves the walk.
    """
    members = count_members(
        graph.source, graph.target, graph.parts(types), graph.nodes, graph.entities, direction, held
    )
    useful = (members > 1) & ~graph.hub
    useful[: graph.entities] = True
    del members
    return graph.links(types, direction, held, useful=useful, numbered=False)


def neighbour_columns(
    graph: Graph,
    specs: Sequence[GraphFeature],
    values: "Columns",
    *,
    threads: int,
    limit: int,
) -> "dict[str, pl.Series]":
    """Compute neighbour features that share edge types, direction and hops in one walk.

    A mean or a greatest value of no neighbours is null; a sum of no neighbours is 0. Neighbours
    whose value is unknown are passed over; all of them unknown makes the feature unknown.
    """
    types = graph.known_types(specs[0].edges)
    assert types is not None
    links = walk_links(graph, types, specs[0].direction)
    pointers, columns = links.pointers, links.columns
    if specs[0].hops > 1:
        most = PROJECT_MOST * graph.entities
        starts, near_by = project(pointers, columns, graph.entities, graph.hub, most)
        if starts.size > 1:
            pointers, columns = starts, near_by
    names = list(dict.fromkeys(str(spec.of) for spec in specs))
    matrix = np.column_stack([_floats(values[name]) for name in names])
    shape = (graph.enterprises, len(names))
    total, greatest = np.zeros(shape), np.zeros(shape)
    known, near = np.zeros(shape, np.int32), np.zeros(shape[0], np.int32)

    def work(first: int, last: int) -> int:
        return neighbourhood(
            pointers, columns, graph.entities, first, last, graph.hub,
            specs[0].hops, limit, matrix, total, known, greatest, near,
        )  # fmt: skip

    in_blocks(graph.enterprises, threads, work)
    place = {name: i for i, name in enumerate(names)}
    dead = [bool(matrix.size) and bool(np.isnan(column).all()) for column in matrix.T]
    found = {}
    for spec in specs:
        i = place[str(spec.of)]
        picked = (total[:, i], known[:, i], greatest[:, i], near)
        found[spec.name] = _statistic(spec.measure, *picked, dead[i])
    return found


def _statistic(
    measure: str,
    total: "NDArray[np.float64]",
    known: "NDArray[np.int32]",
    greatest: "NDArray[np.float64]",
    near: "NDArray[np.int32]",
    dead: bool,
) -> "pl.Series":
    import polars as pl

    if measure == "neighbour_sum":
        result = np.where((known > 0) | ((near == 0) & (not dead)), total, np.nan)
    elif measure == "neighbour_mean":
        result = np.where(known > 0, total / np.maximum(known, 1), np.nan)
    else:
        result = np.where(known > 0, greatest, np.nan)
    return pl.Series(result).fill_nan(None)


def _floats(series: "pl.Series") -> "NDArray[np.float64]":
    """A column as float64 with NaN for unknown; infinities count as unknown."""
    import polars as pl

    found = series.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)
    found[~np.isfinite(found)] = np.nan
    return found


def reach_column(
    graph: Graph, spec: GraphFeature, types: Sequence[str], flags: "pl.Series"
) -> "pl.Series":
    """Hops from the nearest enterprise whose value is above 0; 0 for such an enterprise itself.

    Null when the flag is unknown for every enterprise; with a least share, also where it depends
    on holdings of unknown share how many hops they are.
    """
    import polars as pl

    values = _floats(flags)
    if np.isnan(values).all():
        return pl.Series([None], dtype=pl.Int32).new_from_index(0, graph.enterprises)
    sources = np.flatnonzero(values > 0).astype(np.int32)
    sure, unsure = _large_holdings(graph, spec.min_share_bp)
    hops = _hops(graph, spec, types, sources, sure)
    if sure is None or not unsure.any():
        return pl.Series(hops)
    differs = _hops(graph, spec, types, sources, sure | unsure) != hops
    found = pl.DataFrame({"hops": hops, "differs": differs})
    return found.select(pl.when(~pl.col("differs")).then("hops"))["hops"]


def _large_holdings(
    graph: Graph, least_bp: int
) -> "tuple[NDArray[np.bool_] | None, NDArray[np.bool_]]":
    """Which edges may be followed for sure, and which only perhaps: holdings of unknown share."""
    unsure = np.zeros(graph.source.size, bool)
    if not least_bp:
        return None, unsure
    holdings = graph.edges_of("shareholding")
    sure = np.ones(graph.source.size, bool)
    sure[holdings] = graph.share_bp[holdings] >= least_bp
    unsure[holdings] = graph.share_bp[holdings] < 0
    return sure, unsure


def _hops(
    graph: Graph,
    spec: GraphFeature,
    types: Sequence[str],
    sources: "NDArray[np.int32]",
    held: "NDArray[np.bool_] | None",
) -> "NDArray[np.int32]":
    # a source's own flag travels out: who points at it is reached by following the other way
    direction = {"in": "out", "out": "in"}.get(spec.direction, "any")
    links = walk_links(graph, types, direction, held)
    found = hops_from(
        links.pointers, links.columns, graph.entities, graph.hub, sources, spec.max_hops
    )
    return np.ascontiguousarray(found[: graph.enterprises])
