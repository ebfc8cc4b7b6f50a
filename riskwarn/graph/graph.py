"""The credit graph of one day: int32 nodes and edges, typed and weighted."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from riskwarn.graph.links import read_links
from riskwarn.records.graph import EDGE_TYPES, GraphNode, GraphReport, NodeKind

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from riskwarn.graph.kernels import Index

KINDS: tuple[NodeKind, ...] = tuple(NodeKind)
Spell = Callable[[NodeKind, int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Adjacency of chosen edge types: node u's neighbours are columns[pointers[u]:pointers[u+1]].

    `edge` gives, for each entry, the edge's number in the graph's arrays, where it was asked for.
    """

    pointers: "Index"
    columns: "NDArray[np.int32]"
    edge: "NDArray[np.int32]"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Graph:
    """Nodes are numbered by kind, then by key; registered enterprises come first, node = ent.

    Edges are sorted by (type, source, target), each triple once, no edge from a node to itself:
    source, target i32; share_bp i32, −1 unknown (basis points for shareholdings, the delivered
    weight for relations). `hub`: bool a node, not to be propagated through. `weak`: i8 an
    enterprise, 1 young or small, 0 neither, −1 unknown. `self_held`: i32, the nodes that were
    delivered as holders of themselves. `past`: every shareholding known by the day, ended ones
    too, as its table has them; None where the table is missing or stale.
    """

    as_of: date
    starts: tuple[int, ...]  # first node of each kind, then the number of nodes
    source: "NDArray[np.int32]"
    target: "NDArray[np.int32]"
    share_bp: "NDArray[np.int32]"
    type_starts: tuple[int, ...]  # first edge of each type, then the number of edges
    hub: "NDArray[np.bool_]"
    weak: "NDArray[np.int8]"
    self_held: "NDArray[np.int32]"
    past: "pl.LazyFrame | None"
    keys: "Mapping[NodeKind, pl.Series]"
    report: GraphReport
    spell: Spell | None = None  # gives the text of a key where `keys` are places in text order

    @property
    def enterprises(self) -> int:
        return self.starts[1]

    @property
    def entities(self) -> int:
        """Enterprises registered here or outside; nodes below this number."""
        return self.starts[2]

    @property
    def nodes(self) -> int:
        return self.starts[-1]

    def kind(self, node: int) -> NodeKind:
        return KINDS[bisect_right(self.starts, node) - 1]

    def key(self, node: int) -> str:
        """The uscc, the hashed person id, the address or the phone number."""
        kind = self.kind(node)
        key = self.keys[kind][node - self.starts[KINDS.index(kind)]]
        return str(key) if self.spell is None else self.spell(kind, key)

    def edges_of(self, edge_type: str) -> slice:
        """The edges of one type, as a slice of the edge arrays."""
        number = EDGE_TYPES.index(edge_type)
        return slice(self.type_starts[number], self.type_starts[number + 1])

    def type_of(self, edge: int) -> str:
        return EDGE_TYPES[bisect_right(self.type_starts, edge) - 1]

    def known_types(self, wanted: Sequence[str] = ()) -> tuple[str, ...] | None:
        """Give the edge types a measure runs on.

        Takes:  wanted, the types it names; none means every type that was collected.
        Gives:  the types, or None when one of them was not collected: the measure is unknown.
        """
        if wanted:
            return tuple(wanted) if not set(wanted) & set(self.report.missing) else None
        there = tuple(name for name in EDGE_TYPES if name not in self.report.missing)
        return there or None

    def links(
        self,
        types: Sequence[str],
        direction: str = "any",
        held: "NDArray[np.bool_] | None" = None,
        *,
        useful: "NDArray[np.bool_] | None" = None,
        numbered: bool = True,
    ) -> Links:
        """Build the adjacency of some edge types.

        Takes:  direction, `in` or `out` for edges between enterprises (see GraphFeature); held,
                which edges may be followed, bool an edge, useful, which nodes may be met
                (default: all); numbered, whether the edges' numbers are wanted.
        """
        pointers, columns, edge = read_links(
            self.source, self.target, self.parts(types), self.nodes, self.entities,
            direction, held, useful, numbered=numbered,
        )  # fmt: skip
        return Links(pointers=pointers, columns=columns, edge=edge)

    def parts(self, types: Sequence[str]) -> list[slice]:
        """The edges of some types, in the order of their numbers."""
        return [self.edges_of(name) for name in sorted(types, key=EDGE_TYPES.index)]


def describe(graph: Graph, node: int) -> GraphNode:
    """Give a node as shown; a person becomes a short hash of the hash."""
    kind, key = graph.kind(node), graph.key(node)
    label = f"自然人 #{short_hash(key)}" if kind is NodeKind.PERSON else key
    return GraphNode(id=node, kind=kind, label=label, hub=bool(graph.hub[node]))


def short_hash(key: str) -> str:
    """Eight hex characters: enough to tell persons apart on one page, not to find one."""
    import hashlib

    return hashlib.sha256(f"riskwarn-label:{key}".encode()).hexdigest()[:8]
