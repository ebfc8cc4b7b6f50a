"""Small honest snapshots for the tests of graph and features: Parquet files as the store makes."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from riskwarn.records.snapshot import Snapshot, TableState
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.terms import Collected

AS_OF = date(2026, 6, 30)
_TYPES: dict[str, Any] = {"date": pl.Date, "fen": pl.Int64, "bp": pl.Int32, "int": pl.Int64}
_TYPES |= {"number": pl.Float64, "flag": pl.Boolean}


def a_snapshot(
    folder: Path,
    tables: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    as_of: date = AS_OF,
    stale: Sequence[str] = (),
) -> Snapshot:
    """Write the tables as a snapshot; columns left out are null, known_on long ago.

    Enterprises that are not in `enterprise` keep their rows with a null ent.
    """
    codes = sorted({str(row["uscc"]) for row in tables.get("enterprise", ())})
    ents = {code: number for number, code in enumerate(codes)}
    states = {}
    for name, rows in tables.items():
        frame = table_frame(name, rows, ents)
        path = folder / f"{name}.parquet"
        frame.write_parquet(path)
        fresh = Collected.STALE if name in stale else Collected.FRESH
        states[name] = TableState(
            table=name,
            collected=fresh,
            rows=frame.height,
            last_known_on=as_of,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        )
    return Snapshot(folder=folder, as_of=as_of, enterprises=len(codes), tables=states)


def table_frame(
    name: str, rows: Sequence[Mapping[str, Any]], ents: Mapping[str, int]
) -> pl.DataFrame:
    """Type rows as the catalogue says and sort them as the store does."""
    table = load_catalogue().table(name)
    schema = {c.name: _TYPES.get(c.type, pl.String) for c in table.columns.values()}
    data: dict[str, Any] = {
        column: pl.Series([row.get(column) for row in rows], dtype=dtype)
        for column, dtype in schema.items()
    }
    known = [row.get("known_on", date(2000, 1, 1)) for row in rows]
    data["known_on"] = pl.Series(known, dtype=pl.Date)
    if "uscc" in table.columns:
        numbers = pl.Series([ents.get(str(row.get("uscc"))) for row in rows], dtype=pl.Int32)
        data = {"ent": numbers} | data
        return pl.DataFrame(data).sort("ent", *table.key, nulls_last=True)
    return pl.DataFrame(data)
