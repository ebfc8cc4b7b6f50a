"""Graph features: which kernel computes which measure, and when a measure is unknown."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from riskwarn.graph.changes import NEVER, ControlChanges, control_changes
from riskwarn.graph.communities import SEEDS, communities, unplaced
from riskwarn.graph.control import Control, find_control
from riskwarn.graph.graph import Graph
from riskwarn.graph.holdings import ring_of
from riskwarn.graph.kernels import components, count_shared
from riskwarn.graph.neighbours import LIMIT, neighbour_columns, reach_column
from riskwarn.graph.shells import shell_scores
from riskwarn.graph.ties import tie_columns
from riskwarn.graph.whole import core_numbers, risk_flow
from riskwarn.records.features import GraphFeature

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

_NEIGHBOUR = ("neighbour_mean", "neighbour_sum", "neighbour_max")
_TIES = ("tie_mean", "tie_sum", "tie_max")
_CONTROL = (
    *("control_depth", "controlled", "control_share", "control_cut"),
    *("control_changes", "control_days_since"),
)
_HOLDINGS = ("ring", "held_total", "held_unknown")
_OWN = ("address", "phone", "legal_rep")  # attributes an enterprise has or whose value is unknown


def graph_features(
    graph: Graph,
    specs: Sequence[GraphFeature],
    values: "pl.DataFrame | pl.LazyFrame",
    *,
    threads: int = 1,
    limit: int = LIMIT,
) -> "pl.DataFrame":
    """Compute graph measures for every registered enterprise.

    Takes:  values, ent and the window and field features named in `of`, one row an enterprise,
            sorted by ent; threads, which change no bit of the result; limit, the neighbours
            after which one enterprise's walk stops.
    Gives:  ent i32, then one column a spec: Int32, neighbour measures Float64, ring Boolean.
            Null where an edge type that the measure names was not collected.
    Raises: KeyError when `values` lacks a column named in `of`.
    """
    import polars as pl

    columns: dict[str, pl.Series] = {}
    for found in measured(graph, specs, values, threads=threads, limit=limit):
        columns |= found
    ents = pl.int_range(graph.enterprises, dtype=pl.Int32, eager=True)
    return pl.DataFrame({"ent": ents, **{spec.name: columns[spec.name] for spec in specs}})


def measured(
    graph: Graph,
    specs: Sequence[GraphFeature],
    values: "pl.DataFrame | pl.LazyFrame",
    *,
    threads: int = 1,
    limit: int = LIMIT,
) -> "Iterator[dict[str, pl.Series]]":
    """Compute graph measures one group after another, so that not all need be held at once.

    Takes:  as `graph_features`; of a lazy frame one column is read at a time.
    """
    rows = _Rows(values, {spec.of for spec in specs})
    owned = _Owned(graph, threads)
    for wave in in_waves(specs):
        for found in _measure(graph, wave, rows, owned, threads=threads, limit=limit):
            rows.keep(found)
            yield found


class _Rows:
    """Columns by name, one row an enterprise: the values given, and measures gathered again."""

    def __init__(
        self, values: "pl.DataFrame | pl.LazyFrame", asked: Collection[str | None]
    ) -> None:
        self.values, self.asked = values.lazy(), asked
        self.kept: dict[str, pl.Series] = {}

    def __getitem__(self, name: str) -> "pl.Series":
        if name in self.kept:
            return self.kept[name]
        return self.values.select(name).collect(engine="streaming")[name]

    def keep(self, found: "Mapping[str, pl.Series]") -> None:
        self.kept |= {name: series for name, series in found.items() if name in self.asked}


def in_waves(specs: Sequence[GraphFeature]) -> list[list[GraphFeature]]:
    """Part the measures so that what one gathers (`of`) was computed in a wave before it.

    Ties of ties stay in one wave: they are followed over persons and addresses too, whose values
    no column holds.
    """
    named = {spec.name: spec for spec in specs}

    def depth(spec: GraphFeature) -> int:
        other = named.get(spec.of or "")
        if other is None:
            return 0
        inner = spec.measure in _TIES and other.measure in (*_TIES, "degree")
        return depth(other) + (0 if inner else 1)

    depths = {spec.name: depth(spec) for spec in specs}
    levels = range(max(depths.values(), default=-1) + 1)
    return [[spec for spec in specs if depths[spec.name] == level] for level in levels]


def _measure(
    graph: Graph,
    specs: Sequence[GraphFeature],
    rows: _Rows,
    owned: "_Owned",
    *,
    threads: int,
    limit: int,
) -> "Iterator[dict[str, pl.Series]]":
    grouped: dict[tuple[object, ...], list[GraphFeature]] = defaultdict(list)
    tied: list[GraphFeature] = []
    for spec in specs:
        types = graph.known_types(_needs(spec))
        if types is None:
            yield {spec.name: _nulls(spec, graph.enterprises)}
        elif spec.measure in _NEIGHBOUR:
            grouped[(types, spec.direction, spec.hops)].append(spec)
        elif spec.measure in _TIES:
            tied.append(spec)
        else:
            yield {spec.name: _one(graph, spec, types, rows, owned)}
    for group in grouped.values():
        yield neighbour_columns(graph, group, rows, threads=threads, limit=limit)
    yield tie_columns(graph, tied, specs, rows)


def _one(
    graph: Graph, spec: GraphFeature, types: tuple[str, ...], rows: _Rows, owned: "_Owned"
) -> "pl.Series":
    if spec.measure in ("reach", "risk_flow"):
        assert spec.of is not None
        gather = reach_column if spec.measure == "reach" else _flow
        return gather(graph, spec, types, rows[spec.of])
    if spec.measure in _CONTROL:
        return _control_column(graph, owned, spec)
    return _SIMPLE[spec.measure](graph, spec, types)


def _needs(spec: GraphFeature) -> tuple[str, ...]:
    if spec.measure in (*_CONTROL, *_HOLDINGS):
        return ("shareholding",)
    if spec.measure == "shell_score":
        return _OWN
    if spec.measure == "community_size":
        return spec.edges or SEEDS
    return spec.edges


def _nulls(spec: GraphFeature, rows: int) -> "pl.Series":
    import polars as pl

    dtype: pl.DataType = pl.Int32()
    if spec.measure in (*_NEIGHBOUR, *_TIES, "risk_flow"):
        dtype = pl.Float64()
    if spec.measure == "ring":
        dtype = pl.Boolean()
    return pl.Series([None], dtype=dtype).new_from_index(0, rows)


def _integers(
    found: "NDArray[np.int32]", unknown: "NDArray[np.bool_] | None" = None
) -> "pl.Series":
    import polars as pl

    series = pl.Series(np.ascontiguousarray(found, np.int32))
    if unknown is None or not unknown.any():
        return series
    return pl.DataFrame({"v": series, "u": pl.Series(unknown)}).select(
        pl.when(~pl.col("u")).then("v")
    )["v"]


def _degree(graph: Graph, spec: GraphFeature, types: tuple[str, ...]) -> "pl.Series":
    """Edges of the types at the enterprise, hubs and outside enterprises included."""
    links = graph.links(types, spec.direction, numbered=False)
    return _integers(np.diff(links.pointers[: graph.enterprises + 1]))


def _component_size(graph: Graph, spec: GraphFeature, types: tuple[str, ...]) -> "pl.Series":
    """Registered enterprises connected through edges of the types, not through hubs."""
    parts = [graph.edges_of(name) for name in types]
    source = np.concatenate([graph.source[part] for part in parts])
    target = np.concatenate([graph.target[part] for part in parts])
    blocked = graph.hub.copy()
    blocked[: graph.entities] = False
    open_ = ~blocked[source] & ~blocked[target]
    root = components(graph.nodes, source[open_], target[open_])[: graph.enterprises]
    sizes = np.bincount(root, minlength=1).astype(np.int32)
    return _integers(sizes[root])


def _shared(graph: Graph, spec: GraphFeature, types: tuple[str, ...]) -> "pl.Series":
    """Others at the same person, address or phone; unknown where its own attribute is unknown."""
    links = graph.links(types, numbered=False)
    found = count_shared(
        links.pointers, links.columns, graph.entities, graph.enterprises, graph.hub
    )
    nothing = found < 0
    if set(types) <= set(_OWN):
        return _integers(found, nothing)
    return _integers(np.maximum(found, 0))


def _ring(graph: Graph, spec: GraphFeature, types: tuple[str, ...]) -> "pl.Series":
    import polars as pl

    return pl.Series(ring_of(graph)[: graph.enterprises] >= 0)


def _shell(graph: Graph, spec: GraphFeature, types: tuple[str, ...]) -> "pl.Series":
    found = shell_scores(graph)
    return _integers(found, found < 0)


def _held_total(graph: Graph, spec: GraphFeature, types: tuple[str, ...]) -> "pl.Series":
    """Sum of the known shares in the enterprise; unknown when none is."""
    known, held = _shares_in(graph)
    total = np.zeros(graph.enterprises, np.int64)
    np.add.at(total, held[known >= 0], known[known >= 0])
    return _integers(np.minimum(total, 2**31 - 1).astype(np.int32), total == 0)


def _held_unknown(graph: Graph, spec: GraphFeature, types: tuple[str, ...]) -> "pl.Series":
    """Holders of the enterprise whose percentage neither was delivered nor follows from amounts."""
    known, held = _shares_in(graph)
    found = np.bincount(held[known < 0], minlength=graph.enterprises)
    return _integers(found.astype(np.int32))


def _shares_in(graph: Graph) -> "tuple[NDArray[np.int32], NDArray[np.int32]]":
    part = graph.edges_of("shareholding")
    here = graph.target[part] < graph.enterprises
    return graph.share_bp[part][here], graph.target[part][here]


def _community_size(graph: Graph, spec: GraphFeature, types: tuple[str, ...]) -> "pl.Series":
    found = communities(graph, types)
    sizes = np.bincount(found, minlength=1).astype(np.int32)
    return _integers(sizes[found], unplaced(graph, types))


def _core(graph: Graph, spec: GraphFeature, types: tuple[str, ...]) -> "pl.Series":
    links = graph.links(types, numbered=False)
    return _integers(core_numbers(links.pointers, links.columns)[: graph.enterprises])


def _flow(
    graph: Graph, spec: GraphFeature, types: tuple[str, ...], values: "pl.Series"
) -> "pl.Series":
    """Risk that reaches an enterprise; null when it is unknown everywhere who is a source."""
    import polars as pl

    known = values.cast(pl.Float64)
    if known.null_count() == known.len():
        return _nulls(spec, graph.enterprises)
    source = np.zeros(graph.nodes)
    source[: known.len()] = known.fill_null(0.0).fill_nan(0.0).clip(0.0).to_numpy()
    source[~np.isfinite(source)] = 0.0
    links = graph.links(types, numbered=False)
    return pl.Series(risk_flow(links.pointers, links.columns, source)[: graph.enterprises])


_SIMPLE: Mapping[str, Callable[[Graph, GraphFeature, tuple[str, ...]], "pl.Series"]] = {
    "degree": _degree,
    "component_size": _component_size,
    "shared": _shared,
    "ring": _ring,
    "core": _core,
    "shell_score": _shell,
    "held_total": _held_total,
    "held_unknown": _held_unknown,
    "community_size": _community_size,
}


class _Owned:
    """Who controls what, and since when: each found once, when a measure asks for it."""

    def __init__(self, graph: Graph, threads: int) -> None:
        self.graph, self.threads = graph, threads

    @cached_property
    def control(self) -> Control:
        return find_control(self.graph, threads=self.threads)

    @cached_property
    def changes(self) -> ControlChanges:
        return control_changes(self.graph, self.control.above)


def _control_column(graph: Graph, owned: _Owned, spec: GraphFeature) -> "pl.Series":
    control = owned.control
    if spec.measure == "control_depth":
        return _integers(control.layers, control.unknown)
    if spec.measure == "controlled":
        return _integers(control.controlled, control.unknown)
    if spec.measure == "control_share":
        return _integers(control.largest_bp, control.no_holder)
    if spec.measure == "control_cut":
        return _integers(control.cut_bp, control.no_holder)
    unknown = owned.changes.unknown | control.unknown
    if spec.measure == "control_changes":
        return _integers(owned.changes.count, unknown)
    never = owned.changes.last_day == NEVER
    day = (graph.as_of - date(1970, 1, 1)).days
    since = day - np.where(never, 0, owned.changes.last_day)
    return _integers(since.astype(np.int32), unknown | never)
