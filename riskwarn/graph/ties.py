"""Statistics over direct ties: what is joined by an edge, be it enterprise, person or address.

Where a neighbour statistic looks through a person to the enterprises behind, a tie statistic
looks at the person: how many supervisors' seats has it, how many firms lie at this address? Ties
of ties repeat the step, the mean of neighbours' means included, at the cost of one pass over the
edges. Edges count one by one: two ties to the same person count twice.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from riskwarn.graph.graph import Graph, Links
from riskwarn.graph.neighbours import Columns
from riskwarn.graph.whole import gather_ties
from riskwarn.records.features import GraphFeature

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    F64 = NDArray[np.float64]

MEASURES = ("tie_mean", "tie_sum", "tie_max")


def tie_columns(
    graph: Graph,
    specs: Sequence[GraphFeature],
    wave: Sequence[GraphFeature],
    rows: Columns,
) -> "dict[str, pl.Series]":
    """Compute tie measures for the registered enterprises.

    Takes:  specs of known edge types; wave, measures computed together with them, of which `of`
            may name a degree or another tie measure: these have values at every node; rows, one an
            enterprise, with every other feature named in `of`.
    Gives:  Float64 a spec. No tie: mean and max null, sum 0. Values unknown at every tie, or
            nowhere known: null.
    """
    import polars as pl

    work = _Ties(graph, {spec.name: spec for spec in wave}, rows)
    found = {spec.name: work.values(spec.name)[: graph.enterprises] for spec in specs}
    return {name: pl.Series(values).fill_nan(None) for name, values in found.items()}


class _Ties:
    """Node values by feature name, each computed once."""

    def __init__(self, graph: Graph, named: Mapping[str, GraphFeature], rows: Columns) -> None:
        self.graph, self.named, self.rows = graph, named, rows
        self.done: dict[str, F64] = {}
        self.statistics: dict[tuple[object, ...], dict[str, F64]] = {}
        self.adjacent: dict[tuple[object, ...], Links] = {}

    def values(self, name: str) -> "F64":
        """f64 [nodes], NaN unknown: also at persons and addresses, where a feature has values."""
        if name not in self.done:
            self.done[name] = self._compute(name)
        return self.done[name]

    def _compute(self, name: str) -> "F64":
        spec = self.named.get(name)
        nothing = np.full(self.graph.nodes, np.nan)
        if spec is not None and spec.measure in (*MEASURES, "degree"):
            types = self.graph.known_types(spec.edges)
            if types is None:
                return nothing
            links = self._links(types, spec.direction)
            if spec.measure == "degree":
                return np.diff(links.pointers).astype(np.float64)
            return self._gathered(str(spec.of), types, spec.direction)[spec.measure]
        own = self.rows[name].cast(float).fill_null(float("nan")).to_numpy()
        nothing[: own.size] = np.where(np.isfinite(own), own, np.nan)
        return nothing

    def _links(self, types: tuple[str, ...], direction: str) -> Links:
        key = (types, direction)
        if key not in self.adjacent:
            self.adjacent[key] = self.graph.links(types, direction, numbered=False)
        return self.adjacent[key]

    def _gathered(self, of: str, types: tuple[str, ...], direction: str) -> "dict[str, F64]":
        key = (of, types, direction)
        if key not in self.statistics:
            links = self._links(types, direction)
            values = self.values(of)
            total, known, greatest = gather_ties(links.pointers, links.columns, values)
            some = known > 0
            alone = (np.diff(links.pointers) == 0) & bool(np.isfinite(values).any())
            self.statistics[key] = {
                "tie_mean": np.where(some, total / np.maximum(known, 1), np.nan),
                "tie_sum": np.where(some | alone, total, np.nan),
                "tie_max": np.where(some, greatest, np.nan),
            }
        return self.statistics[key]
