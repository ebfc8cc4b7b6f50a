"""Adjacency read straight from the graph's edge arrays: no list of entries is ever made."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from riskwarn.jit import kernel

if TYPE_CHECKING:
    from riskwarn.graph.kernels import I32, Bool, Index

_SMALL = 2**31  # entries that an index of 32 bits can number


def read_links(
    source: "I32",
    target: "I32",
    parts: Sequence[slice],
    nodes: int,
    entities: int,
    direction: str = "any",
    held: "Bool | None" = None,
    useful: "Bool | None" = None,
    *,
    numbered: bool,
) -> "tuple[Index, I32, I32]":
    """Index edges by their ends.

    Takes:  parts, the spans of edges wanted; direction, `in` or `out` for edges between entities;
            held, which edges may be followed; useful, which nodes may be met (default: all);
            numbered, whether the entries' edge numbers are wanted.
    Gives:  pointers [nodes + 1], columns i32 and edge numbers i32 by entry: at each node first
            the edges that leave it, then those that point at it, each in the edges' order.
    """
    every = np.empty(0, bool)
    limits = (every if held is None else held, every if useful is None else useful)
    forth, back = direction != "in", direction != "out"
    most = 2 * sum(part.stop - part.start for part in parts)
    size, small = nodes + 2, most < _SMALL
    pointers: Index = np.zeros(size, np.int32) if small else np.zeros(size, np.int64)
    for part in parts:
        span = (part.start, part.stop)
        count_links(pointers, source, target, *span, *limits, entities, forth, back)
    add_up(pointers)
    columns = np.empty(int(pointers[-1]), np.int32)
    edge = np.empty(columns.size if numbered else 0, np.int32)
    for near, far, inner in ((source, target, forth), (target, source, back)):
        for part in parts:
            span = (part.start, part.stop)
            place_links(pointers, columns, edge, near, far, *span, *limits, entities, inner)
    return pointers[:-1], columns, edge


def count_members(
    source: "I32",
    target: "I32",
    parts: Sequence[slice],
    nodes: int,
    entities: int,
    direction: str,
    held: "Bool | None",
) -> "I32":
    """Count the entries that each node has in `read_links`."""
    counts, every = np.zeros(nodes + 2, np.int32), np.empty(0, bool)
    for part in parts:
        count_links(
            counts, source, target, part.start, part.stop, every if held is None else held, every,
            entities, direction != "in", direction != "out",
        )  # fmt: skip
    members: I32 = counts[2:]
    return members


@kernel
def count_links(
    counts: "Index",
    source: "I32",
    target: "I32",
    first: int,
    last: int,
    held: "Bool",
    useful: "Bool",
    entities: int,
    forth: bool,
    back: bool,
) -> None:
    """Count what edges first..last−1 lead to: counts[u + 2] grows for each entry of node u.

    Takes: held, edges that may be followed (none: all); useful, nodes that count (none: all);
           forth and back, whether edges between entities are followed that way.
    """
    for k in range(first, last):
        s, t = source[k], target[k]
        if (held.size > 0 and not held[k]) or (useful.size > 0 and not (useful[s] and useful[t])):
            continue
        outer = s >= entities or t >= entities
        if forth or outer:
            counts[s + 2] += 1
        if back or outer:
            counts[t + 2] += 1


@kernel
def place_links(
    pointers: "Index",
    columns: "I32",
    edge: "I32",
    source: "I32",
    target: "I32",
    first: int,
    last: int,
    held: "Bool",
    useful: "Bool",
    entities: int,
    inner: bool,
) -> None:
    """Write where edges first..last−1 lead, from `source`: pointers[u + 1] moves on at node u.

    Takes: as above; `inner`, whether edges between entities are followed; edge, empty when nobody
           asks for their numbers.
    """
    for k in range(first, last):
        s, t = source[k], target[k]
        if (held.size > 0 and not held[k]) or (useful.size > 0 and not (useful[s] and useful[t])):
            continue
        if inner or s >= entities or t >= entities:
            place = pointers[s + 1]
            pointers[s + 1] = place + 1
            columns[place] = t
            if edge.size > 0:
                edge[place] = k


@kernel
def add_up(pointers: "Index") -> None:
    """Turn counts two places on into pointers one place on."""
    for i in range(2, pointers.size):
        pointers[i] += pointers[i - 1]
