"""The same measures, slowly: networkx and plain loops over the delivered rows."""

from collections import defaultdict
from typing import Any

import networkx as nx

from tests.graph.towns import Rows, in_force

Key = tuple[str, str]  # kind of node, key


def typed_edges(rows: dict[str, Rows]) -> dict[str, dict[tuple[Key, Key], int | None]]:
    """Type → (source, target) → share in bp; doubles merged, self-edges left out."""
    found: dict[str, dict[tuple[Key, Key], int | None]] = defaultdict(dict)

    def add(name: str, a: Key, b: Key, share: int | None = None) -> None:
        if a == b:
            return
        old = found[name].get((a, b))
        found[name][(a, b)] = share if old is None else old + (share or 0)

    for row in rows["enterprise"]:
        own = ("ent", row["uscc"])
        if row["legal_rep_id"]:
            add("legal_rep", ("person", row["legal_rep_id"]), own)
        if row["address"]:
            add("address", own, ("address", row["address"]))
        if row["phone"]:
            add("phone", own, ("phone", row["phone"]))
    for row in filter(in_force, rows["shareholding"]):
        if row["holder_uscc"] is not None:
            holder = ("ent", row["holder_uscc"])
        elif row["holder_person_id"] is not None:
            holder = ("person", row["holder_person_id"])
        else:
            continue
        add("shareholding", holder, ("ent", row["uscc"]), row["ratio_bp"])
    for row in filter(in_force, rows["person_link"]):
        add(row["role"], ("person", row["person_id"]), ("ent", row["uscc"]))
    for row in filter(in_force, rows["relation"]):
        add(row["kind"], ("ent", row["uscc"]), ("ent", row["other_uscc"]))
    return found


def projected(
    rows: dict[str, Rows], types: tuple[str, ...], hub_limit: int, direction: str = "any"
) -> nx.DiGraph:
    """Enterprises joined directly or through a person, address or phone that is no hub."""
    edges = typed_edges(rows)
    hubs = hub_nodes(rows, hub_limit)
    graph: Any = nx.DiGraph()
    graph.add_nodes_from(("ent", row["uscc"]) for row in rows["enterprise"])
    through = defaultdict(set)
    for name in types:
        for a, b in edges[name]:
            if a[0] == b[0] == "ent":
                if direction != "in":
                    graph.add_edge(a, b)
                if direction != "out":
                    graph.add_edge(b, a)
            else:
                ent, other = (a, b) if a[0] == "ent" else (b, a)
                if other not in hubs:
                    through[other].add(ent)
    for members in through.values():
        graph.add_edges_from((a, b) for a in members for b in members if a != b)
    return graph


def hub_nodes(rows: dict[str, Rows], limit: int) -> set[Key]:
    """Persons, addresses, phones with more than `limit` registered enterprises, and enterprises
    with more than `limit` neighbours, over all types."""
    registered = {("ent", row["uscc"]) for row in rows["enterprise"]}
    around = defaultdict(set)
    for pairs in typed_edges(rows).values():
        for a, b in pairs:
            around[a].add(b)
            around[b].add(a)
    hubs = set()
    for node, others in around.items():
        counted = others if node[0] == "ent" else others & registered
        if len(counted) > limit:
            hubs.add(node)
    return hubs


def within(graph: nx.DiGraph, start: Key, hops: int, hubs: set[Key]) -> dict[Key, int]:
    """Enterprises within `hops`, not going on from hubs; without the start."""
    found = {start: 0}
    layer = [start]
    for step in range(1, hops + 1):
        following = []
        for node in layer:
            if node != start and node in hubs:
                continue
            for other in graph.successors(node):
                if other not in found:
                    found[other] = step
                    following.append(other)
        layer = following
    del found[start]
    return found
