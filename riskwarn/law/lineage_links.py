"""A link of two articles, and how sure it is: likeness, place, role, and what both cite."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from riskwarn.law.lineage_score import (
    Likeness,
    Pair,
    cite_factor,
    place_factor,
    role_factor,
)

LIGHT = 60.0  # weight of a unit below which likeness counts in proportion only


@dataclass(slots=True)
class Link:
    """Old article i continues in new article j; `score` 0–1, `units` the matched positions."""

    i: int
    j: int
    score: float
    why: str
    units: list[tuple[int, int]] = field(default_factory=list)


def factor_of(pair: Pair, i: int, j: int, known: list[tuple[int, int]]) -> float:
    return place_factor(pair, i, j) * role_factor(pair, i, j) * cite_factor(pair, i, j, known)


def strength_of(like: Likeness, factor: float) -> float:
    return min(1.0, like.near * factor) * min(1.0, like.weight / LIGHT)


def free_units(pair: Pair, links: Mapping[tuple[int, int], Link]) -> tuple[list[int], set[int]]:
    """Units that no link explains yet, of articles that do not continue word for word or whole."""
    whole_old = {i for (i, _), link in links.items() if not link.units}
    whole_new = {j for (_, j), link in links.items() if not link.units}
    used_old = {m for link in links.values() for m, _ in link.units}
    used_new = {n for link in links.values() for _, n in link.units}
    old = [
        m
        for m, unit in enumerate(pair.old_units)
        if m not in used_old and pair.old_at[unit.article] not in whole_old
    ]
    new = {
        n
        for n, unit in enumerate(pair.new_units)
        if n not in used_new and pair.new_at[unit.article] not in whole_new
    }
    return old, new
