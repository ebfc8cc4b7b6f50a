"""The order of the leads, the cut at each department's capacity, and the count of every hit."""

import hashlib

import polars as pl

from riskwarn.errors import Problem, VerificationError
from riskwarn.records.leads import Conservation, DepartmentLoad
from riskwarn.workspace import LeadSettings

_ID_CHARS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32
_ID_LENGTH = 12  # 60 bits: at 1e7 leads the chance of any two alike is about 4e-5
_ORDER = ["score", "severity", "uscc", "item", "dedupe_key"]
_DESCENDING = [True, True, False, False, False]


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
    capacity = pl.col("department_code").replace_strict(
        settings.capacity,
        default=settings.capacity_per_department,
        return_dtype=pl.Int64,
    )
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


def count_hits(ranked: pl.DataFrame, hits: int) -> Conservation:
    """Count where each hit went.

    Raises: VerificationError F101 when the sums do not agree: a fault of ours, never the data's.
    """
    resting = ranked.filter(pl.col("fate") == "resting").height
    opened = ranked.filter("issued").height
    counted = Conservation(
        hits=hits,
        opened=opened,
        merged=int(ranked["hits"].sum()) - ranked.height,
        cooled_down=resting,
        cut=ranked.height - resting - opened,
    )
    if not counted.holds:
        raise VerificationError(Problem("F101", f"线索守恒不成立：{counted}"))
    return counted


def department_loads(ranked: pl.DataFrame, settings: LeadSettings) -> tuple[DepartmentLoad, ...]:
    """Give one line a department: capacity, issued, cut, and the scores at the cut."""
    awake = ranked.filter(pl.col("fate") != "resting")
    issued = pl.col("issued")
    lines = awake.group_by("department_code").agg(
        pl.col("department_name").first(),
        issued.sum().alias("issued"),
        (~issued).sum().alias("cut"),
        pl.col("score").filter(issued).min().alias("lowest_issued"),
        pl.col("score").filter(~issued).max().alias("highest_cut"),
    )
    return tuple(
        DepartmentLoad(
            capacity=settings.capacity.get(
                row["department_code"], settings.capacity_per_department
            ),
            **row,
        )
        for row in lines.sort("department_code").to_dicts()
    )
