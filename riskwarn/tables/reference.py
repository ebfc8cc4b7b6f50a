"""Dated code tables of national standards: GB/T 2260 divisions and GB/T 4754 industries."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent / "reference"
INDUSTRY_EDITION = "2017"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionName:
    """One name of a division; months are those of the published lists, empty is open."""

    name: str
    first_seen: str  # YYYY-MM of the first list with this code and name
    gone_by: str  # YYYY-MM of the first list without it

    def held(self, on: date) -> bool:
        month = f"{on:%Y-%m}"
        return self.first_seen <= month and (not self.gone_by or month < self.gone_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Industry:
    """One class of GB/T 4754."""

    code: str
    name: str
    level: str  # 门类, 大类, 中类, 小类
    section: str  # the letter
    parent: str


@cache
def load_regions() -> Mapping[str, tuple[RegionName, ...]]:
    """Give code → its names in order of time."""
    found: dict[str, list[RegionName]] = {}
    with (_FOLDER / "regions_gbt2260.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = RegionName(
                name=row["name"], first_seen=row["first_seen"], gone_by=row["gone_by"]
            )
            found.setdefault(row["code"], []).append(name)
    return {code: tuple(sorted(n, key=lambda r: r.first_seen)) for code, n in found.items()}


def region_name(code: str, on: date) -> str:
    """Name a division as it was called on a day; its last name when it no longer stood.

    Gives an empty string for a code that never was.
    """
    names = load_regions().get(code, ())
    held = [name for name in names if name.held(on)]
    return (held or list(names))[-1].name if names else ""


@cache
def load_industries() -> Mapping[str, Industry]:
    """Give code → class of the edition of 2017."""
    with (_FOLDER / "industries_gbt4754_2017.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        row["code"]: Industry(
            code=row["code"],
            name=row["name"],
            level=row["level"],
            section=row["section"],
            parent=row["parent"],
        )
        for row in rows
    }
