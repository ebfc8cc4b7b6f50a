"""Random towns: small snapshots full of oddities, and what a person would read off their rows."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from riskwarn.records.snapshot import Snapshot
from tests.graph.snapshots import AS_OF, a_snapshot

Rows = list[dict[str, Any]]
ROLES = ("director", "supervisor", "manager", "contact")
KINDS = ("guarantee", "branch", "supply")


def random_rows(seed: int, enterprises: int) -> dict[str, Rows]:
    """Make a town: multi-edges, self-holdings, rings, over-full and missing shares, ended rows."""
    rng = np.random.default_rng(seed)
    codes = [f"E{number:04d}" for number in range(enterprises)]
    ends = [*codes, *(f"W{number:03d}" for number in range(enterprises // 6 + 1))]
    people = [f"p{number:04d}" for number in range(enterprises + 2)]

    def pick(words: list[str], none: float = 0.0) -> str | None:
        return None if rng.random() < none else words[rng.integers(len(words))]

    def span() -> dict[str, date | None]:
        begun = AS_OF + timedelta(days=int(rng.integers(-900, 60)))
        ended = AS_OF + timedelta(days=int(rng.integers(-300, 300)))
        return {
            "from_on": begun if rng.random() < 0.7 else None,
            "to_on": ended if rng.random() < 0.2 and ended <= AS_OF else None,
            "known_on": AS_OF + timedelta(days=int(rng.integers(-50, 5))),
        }

    houses = [f"某市某街{number}号" for number in range(enterprises // 2 + 1)]
    phones = [f"1380000{number:04d}" for number in range(enterprises // 2 + 1)]
    enterprise = [
        {
            "uscc": code,
            "legal_rep_id": pick(people, 0.1),
            "address": pick(houses, 0.1),
            "phone": pick(phones, 0.1),
            "established_on": AS_OF - timedelta(days=int(rng.integers(1, 4000))),
            "employees": None if rng.random() < 0.3 else int(rng.integers(0, 10)),
        }
        for code in codes
    ]
    shareholding: Rows = []
    for _ in range(int(enterprises * 1.5)):
        person = rng.random() < 0.5
        shareholding.append(
            {
                "uscc": pick(ends),
                "holder_uscc": None if person else pick(ends, 0.03),
                "holder_person_id": pick(people) if person else None,
                "ratio_bp": None if rng.random() < 0.05 else int(rng.integers(1, 8000)),
                **span(),
            }
        )
    person_link = [
        {"uscc": pick(codes), "person_id": pick(people), "role": pick(list(ROLES)), **span()}
        for _ in range(enterprises)
    ]
    relation = [
        {"uscc": pick(ends), "other_uscc": pick(ends), "kind": pick(list(KINDS)), **span()}
        for _ in range(enterprises // 2)
    ]
    return {
        "enterprise": enterprise if enterprises else [],
        "shareholding": shareholding,
        "person_link": person_link,
        "relation": relation,
    }


def a_town(folder: Path, seed: int, enterprises: int) -> tuple[Snapshot, dict[str, Rows]]:
    """Write a random town as a snapshot."""
    rows = random_rows(seed, enterprises)
    return a_snapshot(folder, rows), rows


def in_force(row: dict[str, Any]) -> bool:
    """Known by the day, begun, not ended."""
    known = row.get("known_on") is None or row["known_on"] <= AS_OF
    begun = row.get("from_on") is None or row["from_on"] <= AS_OF
    return known and begun and not (row.get("to_on") is not None and row["to_on"] <= AS_OF)
