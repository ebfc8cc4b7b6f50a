"""What a division is called on the night: as this bureau delivers it, else as GB/T 2260 has it."""

from datetime import date

import polars as pl

from riskwarn.tables.reference import RegionName, region_name


def region_names(table: pl.LazyFrame, delivered: pl.DataFrame | None, on: date) -> dict[str, str]:
    """Name the divisions that enterprises lie in.

    Takes:  table, with a column region (str); delivered: code, name, valid_from, valid_to (str,
            YYYY-MM, null is open), None when the table was never delivered.
    Gives:  code → name, empty for a code that neither knows. A delivered name counts only while
            it holds; of several, the one that began last.
    """
    codes = table.select(pl.col("region").drop_nulls().unique()).collect()["region"].sort()
    own: dict[str, str] = {}
    if delivered is not None:
        rows = delivered.select(
            pl.col("code", "name"), pl.col("valid_from", "valid_to").fill_null("")
        )
        for row in rows.sort("valid_from", "name").to_dicts():
            name = RegionName(
                name=row["name"], first_seen=row["valid_from"][:7], gone_by=row["valid_to"][:7]
            )
            own |= {row["code"]: name.name} if name.held(on) else {}
    return {code: own.get(code) or region_name(code, on) for code in codes}
