"""What is usual among peers: enterprises of the same section of GB/T 4754."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from riskwarn.records.model import ModelColumn
from riskwarn.tables.reference import load_industries

if TYPE_CHECKING:
    import polars as pl

ALL = ""  # the peers of an enterprise whose industry is unknown: everyone
Medians = Mapping[str, Mapping[str, tuple[float | None, int]]]


@cache
def sections_by_division() -> Mapping[str, str]:
    """Give the first two digits of an industry code → the letter of its section."""
    found = {}
    for code, industry in load_industries().items():
        if code[:2].isdigit():
            found[code[:2]] = industry.section
    return found


def section_of(industry: object) -> str:
    """Give the section's letter of an industry code, or ALL when it is unknown."""
    if not isinstance(industry, str) or not industry:
        return ALL
    if industry[0].isalpha():
        return industry[0]
    return sections_by_division().get(industry[:2], ALL)


def peer_medians(
    scan: "pl.LazyFrame", columns: Sequence[ModelColumn], sections: Sequence[str]
) -> Medians:
    """Median of every numeric column of a model over the table, by section.

    Takes:  scan, the feature table; sections wanted; without a text column `industry` in the table
            every enterprise counts to ALL only.
    Gives:  section → column → (median of known values or None, how many are known); ALL always.
    """
    import polars as pl

    numbers = list(dict.fromkeys(c.source for c in columns if c.kind != "level"))
    wanted = sorted({*sections} - {ALL})
    section = pl.lit(None, pl.String)
    if scan.collect_schema().get("industry") == pl.String:
        letters = {**sections_by_division(), **{letter: letter for letter in wanted}}
        code = pl.col("industry")
        lettered = pl.when(code.str.contains("^[A-Z]")).then(code.str.slice(0, 1))
        head = lettered.otherwise(code.str.slice(0, 2))
        section = head.replace_strict(letters, default=None, return_dtype=pl.String)
    figures = [pl.col(n).cast(pl.Float64).median().alias(f"m{i}") for i, n in enumerate(numbers)]
    figures += [pl.col(n).count().alias(f"n{i}") for i, n in enumerate(numbers)]
    table = scan.select(section.alias("__section"), *numbers)
    whole = table.select(pl.lit(ALL).alias("__section"), *figures).collect()
    parts = [whole.row(0, named=True)]
    if wanted:
        chosen = table.filter(pl.col("__section").is_in(wanted))
        parts += chosen.group_by("__section").agg(figures).collect().to_dicts()
    return {
        part["__section"]: {
            name: (part[f"m{i}"], int(part[f"n{i}"])) for i, name in enumerate(numbers)
        }
        for part in parts
    }
