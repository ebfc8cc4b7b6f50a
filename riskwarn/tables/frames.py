"""How the catalogue's columns look inside a frame."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskwarn.tables.catalogue import ColumnType, Table

if TYPE_CHECKING:
    import polars as pl

# What every stored row carries beside the columns of its table.
OPERATION = "cd_operation"  # i insert, u update, d delete
CHANGED_AT = "cd_time"  # when the deliverer's register changed, null when not said
KNOWN_ON = "known_on"
EVIDENCE = "evidence"  # delivery file:row
PRECISION_SUFFIX = "_precision"  # month or year beside a date that has no day; null is day


def dtype_of(type_: ColumnType) -> "pl.DataType":
    """Give the polars dtype of a catalogue type."""
    import polars as pl

    known: dict[str, pl.DataType] = {
        "date": pl.Date(),
        "fen": pl.Int64(),
        "bp": pl.Int32(),
        "int": pl.Int64(),
        "number": pl.Float64(),
        "flag": pl.Boolean(),
    }
    return known.get(type_, pl.String())


def table_schema(table: Table) -> "dict[str, pl.DataType]":
    """Give name → dtype of a table's columns, in the catalogue's order."""
    return {name: dtype_of(column.type) for name, column in table.columns.items()}


def system_schema() -> "dict[str, pl.DataType]":
    """Give name → dtype of the columns that the import adds to every row."""
    import polars as pl

    return {
        OPERATION: pl.String(),
        CHANGED_AT: pl.Datetime("us"),
        KNOWN_ON: pl.Date(),
        EVIDENCE: pl.String(),
    }


def keys_are_distinct(frame: "pl.DataFrame", key: "Sequence[str]") -> bool:
    """Whether no two rows have one key. 64-bit hashes answer first; only doubles are compared."""
    import numpy as np
    import polars as pl

    if not key or frame.height < 2:
        return frame.height < 2
    hashed = [pl.col(name).hash(seed) for seed, name in enumerate(key)]
    whole = hashed[0]
    for other in hashed[1:]:
        whole = whole ^ other
    hashes = np.sort(frame.select(whole.alias("hash")).to_series().to_numpy())
    alone = not bool((hashes[1:] == hashes[:-1]).any())
    return alone or bool(frame.select(key).is_unique().all())
