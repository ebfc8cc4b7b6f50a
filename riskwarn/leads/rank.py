"""The order of the leads, the cut at each department's capacity, and the count of every hit."""

import hashlib
from dataclasses import dataclass, field

import polars as pl

from riskwarn.errors import Problem, VerificationError
from riskwarn.records.leads import Conservation, DepartmentLoad
from riskwarn.workspace import LeadSettings

_ID_CHARS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32
_ID_LENGTH = 12  # 60 bits: at 1e7 leads the chance of any two alike is about 4e-5
_ORDER = ["score", "severity", "uscc", "item", "dedupe_key"]
_DESCENDING = [True, True, False, False, False]


_BEYOND = {
    "department_code": pl.String(),
    "department_name": pl.String(),
    "issued": pl.UInt32(),
    "cut": pl.UInt32(),
    "lowest_issued": pl.Int64(),
    "highest_cut": pl.Int64(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """Matters beyond any department's capacity, counted and let go.

    hits: behind all of them; loads: one row a department, as `department_loads` counts.
    """

    matters: int = 0
    hits: int = 0
    loads: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_BEYOND))

    def add(self, left: pl.DataFrame) -> "Beyond":
        """Count further matters: hits u32, score i64, department_code and department_name."""
        cut = left.with_columns(issued=pl.lit(value=False))
        return Beyond(
            matters=self.matters + left.height,
            hits=self.hits + int(left["hits"].sum()),
            loads=_add_loads(pl.concat([self.loads, _loads(cut)])),
        )


def lead_id(uscc: str, item: str, dedupe_key: str) -> str:
    """Give the lead's name for ever: `L` and twelve characters of SHA-256 over its key."""
    digest = hashlib.sha256("\x1f".join((uscc, item, dedupe_key)).encode()).digest()
    number = int.from_bytes(digest[:8], "big") >> (64 - 5 * _ID_LENGTH)
    chars = [_ID_CHARS[number >> (5 * place) & 31] for place in reversed(range(_ID_LENGTH))]
    return "L" + "".join(chars)


def rank_candidates(joined: pl.DataFrame, settings: LeadSettings) -> pl.DataFrame:
    """Order candidates and mark which are issued.

    Takes:  joined, with department_code, fate, score and the keys.
    Gives:  the rows sorted by score descending, then severity, uscc, item, key; `issued` boolean:
            not resting and within the department's capacity. Leads in people's hands come
            first and always stay; they use up capacity.
    """
    capacity = _capacity(settings)
    awake = pl.col("fate") != "resting"
    in_hand = pl.col("fate") == "in_hand"
    ordered = joined.sort(_ORDER, descending=_DESCENDING)
    places = (
        ordered.with_row_index("__row")
        .filter(awake)
        .sort([~in_hand, pl.col("__row")])
        .with_columns(pl.int_range(pl.len()).over("department_code").alias("__place"))
        .select("__row", ((pl.col("__place") < capacity) | in_hand).alias("issued"))
    )
    return (
        ordered.with_row_index("__row")
        .join(places, on="__row", how="left", maintain_order="left")
        .with_columns(pl.col("issued").fill_null(False))
        .drop("__row")
    )


def _capacity(settings: LeadSettings) -> pl.Expr:
    return pl.col("department_code").replace_strict(
        settings.capacity, default=settings.capacity_per_department, return_dtype=pl.Int64
    )


def best_matters(fresh: pl.DataFrame, settings: LeadSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part matters that were never leads into those that a department may be given, and the rest.

    Whatever else the night finds, what is left has so many better ones of its department before it
    as the department can be given.
    """
    numbered = fresh.with_row_index("__row")
    capacity = _capacity(settings)
    near = pl.col("score").rank("min", descending=True).over("department_code") <= capacity
    best = numbered.filter(near).sort(_ORDER, descending=_DESCENDING)
    best = best.filter(pl.int_range(pl.len()).over("department_code") < capacity)
    left = numbered.filter(~pl.col("__row").is_in(best["__row"].implode()))
    return best.drop("__row"), left.drop("__row")


def count_hits(ranked: pl.DataFrame, hits: int, beyond: Beyond) -> Conservation:
    """Count where each hit went.

    Takes:  hits, counted where they were found; ranked and beyond, all matters they came to.
    Raises: VerificationError F101 when the sums do not agree: a fault of ours, never the data's.
    """
    resting = ranked.filter(pl.col("fate") == "resting").height
    opened = ranked.filter("issued").height
    matters = ranked.height + beyond.matters
    counted = Conservation(
        hits=hits,
        opened=opened,
        merged=int(ranked["hits"].sum()) + beyond.hits - matters,
        cooled_down=resting,
        cut=matters - resting - opened,
    )
    if not counted.holds:
        raise VerificationError(Problem("F101", f"线索守恒不成立：{counted}"))
    return counted


def department_loads(
    ranked: pl.DataFrame, settings: LeadSettings, beyond: Beyond
) -> tuple[DepartmentLoad, ...]:
    """Give one line a department: capacity, issued, cut, and the scores at the cut."""
    awake = ranked.filter(pl.col("fate") != "resting")
    lines = _add_loads(pl.concat([_loads(awake), beyond.loads]))
    return tuple(
        DepartmentLoad(
            capacity=settings.capacity.get(
                row["department_code"], settings.capacity_per_department
            ),
            **row,
        )
        for row in lines.sort("department_code").to_dicts()
    )


def _loads(matters: pl.DataFrame) -> pl.DataFrame:
    issued = pl.col("issued")
    return matters.group_by("department_code").agg(
        pl.col("department_name").first(),
        issued.sum().cast(pl.UInt32).alias("issued"),
        (~issued).sum().cast(pl.UInt32).alias("cut"),
        pl.col("score").filter(issued).min().alias("lowest_issued"),
        pl.col("score").filter(~issued).max().alias("highest_cut"),
    )


def _add_loads(parts: pl.DataFrame) -> pl.DataFrame:
    return parts.group_by("department_code").agg(
        pl.col("department_name").first(),
        pl.col("issued", "cut").sum(),
        pl.col("lowest_issued").min(),
        pl.col("highest_cut").max(),
    )
