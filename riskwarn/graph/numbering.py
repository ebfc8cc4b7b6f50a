"""From keys to nodes: numbered by kind, then in the order of the keys' texts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from riskwarn.graph.edges import RawEdges, Space
from riskwarn.records.graph import NodeKind

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    I32 = NDArray[np.int32]

_KINDS: Mapping[Space, NodeKind] = {
    "code": NodeKind.OUTSIDE,  # codes that no registered enterprise has
    "person": NodeKind.PERSON,
    "address": NodeKind.ADDRESS,
    "phone": NodeKind.PHONE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Edges of one type between nodes, as they were delivered."""

    source: "I32"
    target: "I32"
    weights: "pl.DataFrame | None"  # share_bp i32, of holdings amount_fen i64; null unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """Edges by type, and the keys of the nodes: the first of a kind has the smallest number."""

    pairs: dict[int, list[Pairs]]
    keys: "Mapping[NodeKind, pl.Series]"


def number_nodes(raw: RawEdges) -> Numbered:
    """Give every key a number. Takes the ends out of `raw`: an edge is held once."""
    ends = [(kind, one) for kind in sorted(raw.ends) for one in raw.ends.pop(kind)]
    spaces = [one.spaces for _, one in ends]
    weights = [one.weights for _, one in ends]
    kinds = [kind for kind, _ in ends]
    held: list[list[pl.Series]] = [[one.source, one.target] for _, one in ends]
    del ends
    keys: dict[NodeKind, pl.Series] = {NodeKind.ENTERPRISE: raw.uscc}
    start = raw.enterprises
    for space, kind in _KINDS.items():
        mine = [(i, side) for i, of in enumerate(spaces) for side in (0, 1) if of[side] == space]
        known = raw.uscc if space == "code" else raw.uscc.clear()
        keys[kind] = _number(held, mine, known, start)
        start += len(keys[kind])
    pairs: dict[int, list[Pairs]] = {}
    for number, kind_number in enumerate(kinds):
        source, target = (side.to_numpy() for side in held[number])
        held[number] = []
        one = Pairs(source=source, target=target, weights=weights[number])
        pairs.setdefault(kind_number, []).append(one)
    return Numbered(pairs=pairs, keys=keys)


def _number(
    held: "list[list[pl.Series]]", mine: Sequence[tuple[int, int]], known: "pl.Series", start: int
) -> "pl.Series":
    """Put nodes in the place of one space's keys.

    Takes:  known, the keys of nodes 0, 1, …; all others are numbered from `start` on.
    Gives:  the keys of the new nodes.
    """
    import polars as pl

    texts = _texts(held, mine, known)
    if texts is not None:
        known = known.cast(pl.Enum(texts)).to_physical().cast(pl.Int32)
    series = [held[i][side] for i, side in mine]
    most = max((int(one.max()) for one in (known, *series) if len(one)), default=-1)  # type: ignore[arg-type]
    node = np.full(most + 1, -1, np.int32)
    new = np.zeros(most + 1, bool)
    for one in series:
        new[one.to_numpy()] = True
    new[known.to_numpy()] = False
    node[known.to_numpy()] = np.arange(len(known), dtype=np.int32)
    places = np.flatnonzero(new).astype(np.int32)
    del new
    if start + places.size > np.iinfo(np.int32).max:
        raise OverflowError(f"{start + places.size} nodes are more than a graph can hold")
    node[places] = np.arange(start, start + places.size, dtype=np.int32)
    del series
    for i, side in mine:
        held[i][side] = pl.Series(node[held[i][side].to_numpy()])
    return pl.Series(places) if texts is None else texts.gather(pl.Series(places))


def _texts(
    held: "list[list[pl.Series]]", mine: Sequence[tuple[int, int]], known: "pl.Series"
) -> "pl.Series | None":
    """Put places in the order of all texts where keys are texts; gives the texts in order."""
    import polars as pl

    every = [known, *(held[i][side] for i, side in mine)]
    if known.dtype != pl.String:
        return None
    texts = pl.concat(_distinct(every)).unique().sort()
    for i, side in mine:
        held[i][side] = held[i][side].cast(pl.Enum(texts)).to_physical().cast(pl.Int32)
    return texts


def _distinct(every: "Sequence[pl.Series]") -> "Iterator[pl.Series]":
    return (one.unique() for one in every)
