"""Control, its changes and communities, worked out slowly from a town's rows alone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from tests.graph.oracle import Key, hub_nodes, typed_edges
from tests.graph.snapshots import AS_OF
from tests.graph.towns import Rows

FULL = 10_000


def order(rows: dict[str, Rows], extra: Iterable[Key]) -> dict[Key, int]:
    """Number every node as documented: registered enterprises, outside ones, persons, by text."""
    own = {("ent", row["uscc"]) for row in rows["enterprise"]}
    kinds = ("ent", "person", "address", "phone")
    return {
        key: place
        for place, key in enumerate(
            sorted({*own, *extra}, key=lambda k: (k not in own, kinds.index(k[0]), k[1]))
        )
    }


def majorities(shares: Mapping[tuple[Key, Key], int | None]) -> tuple[dict[Key, Key], set[Key]]:
    """Each company's holder of more than half, and the companies where an unknown one could be."""
    held: dict[Key, list[tuple[Key, int | None]]] = defaultdict(list)
    for (holder, company), share in shares.items():
        held[company].append((holder, share))
    above, perhaps = {}, set()
    for company, holders in held.items():
        known = [(h, s) for h, s in holders if s]
        total = sum(s for _, s in known)
        most = [h for h, s in known if s / max(total, FULL) > 0.5]
        if most:
            above[company] = most[0]
        elif any(s is None for _, s in holders) and total / max(total, FULL) < 0.5:
            perhaps.add(company)
    return above, perhaps


def up(above: Mapping[Key, Key], start: Key) -> tuple[list[Key], list[Key]]:
    """The chain of controllers from a node, itself first, and the ring it ends in, if it does."""
    path = [start]
    while path[-1] in above:
        following = above[path[-1]]
        if following in path:
            return path, path[path.index(following) :]
        path.append(following)
    return path, []


def control(rows: dict[str, Rows]) -> dict[str, tuple[int, int] | None]:
    """uscc → (layers, enterprises under the same controller); None unknown."""
    shares = typed_edges(rows)["shareholding"]
    above, perhaps = majorities(shares)
    number = order(rows, {end for pair in shares for end in pair})
    tops, layers = {}, {}
    for row in rows["enterprise"]:
        key = ("ent", row["uscc"])
        path, ring = up(above, key)
        tops[key] = min(ring, key=number.__getitem__) if ring else path[-1]
        layers[key] = path.index(ring[0]) if ring else len(path) - 1
    sizes = Counter(tops.values())
    return {
        key[1]: None if top in perhaps else (layers[key], sizes[top]) for key, top in tops.items()
    }


def changes(rows: dict[str, Rows]) -> dict[str, tuple[int, date | None] | None]:
    """uscc → (changes of control, day of the last); None unknown. Every day worked out anew."""
    known = [r for r in rows["shareholding"] if r["known_on"] <= AS_OF]
    above, perhaps = majorities(typed_edges(rows)["shareholding"])
    own: dict[Key, list[date] | None] = {}
    for company in {r["uscc"] for r in known}:
        own[("ent", company)] = _own_changes([r for r in known if r["uscc"] == company])
    found: dict[str, tuple[int, date | None] | None] = {}
    for row in rows["enterprise"]:
        path, ring = up(above, ("ent", row["uscc"]))
        met = [own.get(node, []) for node in path]
        if any(one is None for one in met) or (not ring and path[-1] in perhaps):
            found[row["uscc"]] = None
            continue
        days = [day for one in met for day in one or []]
        found[row["uscc"]] = (len(days), max(days, default=None))
    return found


def _own_changes(rows: Rows) -> list[date] | None:
    always = date(1, 1, 1)
    rows = [
        {**r, "from_on": r["from_on"] or always}
        for r in rows
        if (r["holder_uscc"] or r["holder_person_id"]) and r["holder_uscc"] != r["uscc"]
    ]
    rows = [r for r in rows if r["from_on"] <= AS_OF]
    rows = [r for r in rows if r["to_on"] is None or r["to_on"] > r["from_on"]]
    days = {r["from_on"] for r in rows} | {r["to_on"] for r in rows if r["to_on"]}
    seen: list[tuple[date, Any]] = []
    for day in sorted(days):
        shares: dict[tuple[Key, Key], int | None] = {}
        secret = False
        for r in rows:
            if r["from_on"] <= day and (r["to_on"] is None or r["to_on"] > day):
                holder = ("ent", r["holder_uscc"]) if r["holder_uscc"] else None
                holder = holder or ("person", r["holder_person_id"])
                secret = secret or r["ratio_bp"] is None
                pair = (holder, ("ent", r["uscc"]))
                shares[pair] = (shares.get(pair) or 0) + (r["ratio_bp"] or 0)
        above, _ = majorities(shares)
        if not above and secret and 2 * sum(s or 0 for s in shares.values()) < FULL:
            if len(days) > 1:
                return None
            continue
        seen.append((day, next(iter(above.values()), None)))
    return [day for (_, before), (day, now) in pairwise(seen) if now != before]


def communities(rows: dict[str, Rows], hub_limit: int, rounds: int) -> dict[str, int | None]:
    """uscc → size of its community, by the words of graph/communities.py on dictionaries."""
    edges = typed_edges(rows)
    hubs = hub_nodes(rows, hub_limit)
    at: dict[Key, list[Key]] = defaultdict(list)
    has: dict[Key, list[Key]] = defaultdict(list)
    for name in ("address", "phone", "legal_rep"):
        for a, b in edges[name]:
            ent, other = (a, b) if a[0] == "ent" else (b, a)
            at[other].append(ent)
            has[ent].append(other)
    number = order(rows, at)
    label: dict[Key, Key] = {seed: seed for seed in at if len(at[seed]) > 1 and seed not in hubs}
    entities = [("ent", row["uscc"]) for row in rows["enterprise"]]
    for ent in entities:
        seeds = [s for s in has[ent] if s in label]
        if seeds:
            label[ent] = min(seeds, key=lambda s: (-len(at[s]), number[s]))
    in_order = sorted((s for s in at if s in label), key=number.__getitem__)
    for _ in range(rounds):
        old = dict(label)
        for nodes, around in ((in_order, at), (entities, has)):
            for node in nodes:
                if node not in label:
                    continue
                votes = Counter(label[v] for v in around[node] if v in label)
                most = max(votes.values())
                if votes[label[node]] < most:
                    best = [one for one, n in votes.items() if n == most]
                    label[node] = min(best, key=number.__getitem__)
        if label == old:
            break
    sizes = Counter(label[e] for e in entities if e in label)
    return {e[1]: sizes[label[e]] if e in label else (1 if has[e] else None) for e in entities}
