"""Who goes there: the department in charge of each candidate."""

import polars as pl

UNDECIDED = ""  # 未定: shown and counted, never given to a department by guess
_LEVELS = ("county", "town", "city", "province")  # which of a region's departments comes first


def dispatch(candidates: pl.DataFrame, departments: pl.DataFrame | None) -> pl.DataFrame:
    """Add the department in charge.

    Takes:  candidates with `department_code` (as the register says, or null) and `region`;
            departments: department_code, name, region, level, or None when never delivered.
    Gives:  the same rows, in order, with department_code text ("" = 未定) and department_name.
            The enterprise's own department when the list of departments has it; else the
            department of its region, then of its city, then of its province; else 未定.
    """
    if departments is None or not departments.height:
        own = pl.col("department_code").fill_null(UNDECIDED)
        return candidates.with_columns(own, own.alias("department_name"))
    listed = departments.unique("department_code", keep="first", maintain_order=True)
    by_region = _by_region(listed)
    regions = candidates.select(pl.col("region").unique()).to_series().to_list()
    wanted = sorted(region for region in regions if region)
    places = pl.DataFrame(
        {"region": wanted, "__by_region": [_nearest(region, by_region) for region in wanted]},
        schema={"region": pl.String, "__by_region": pl.String},
    )
    names = listed.select("department_code", pl.col("name").alias("department_name"))
    known = pl.col("department_code").is_in(listed["department_code"].implode())
    return (
        candidates.join(places, on="region", how="left", maintain_order="left")
        .with_columns(
            pl.when(known)
            .then(pl.col("department_code"))
            .otherwise(pl.col("__by_region"))
            .fill_null(UNDECIDED)
            .alias("department_code")
        )
        .drop("__by_region")
        .join(names, on="department_code", how="left", maintain_order="left")
        .with_columns(pl.col("department_name").fill_null(pl.col("department_code")))
    )


def _by_region(departments: pl.DataFrame) -> dict[str, str]:
    """Region → its department; of several the county's, then the smallest code."""
    order = {level: place for place, level in enumerate(_LEVELS)}
    rows = sorted(
        departments.select("region", "level", "department_code").to_dicts(),
        key=lambda row: (order.get(row["level"], len(_LEVELS)), row["department_code"]),
    )
    found: dict[str, str] = {}
    for row in rows:
        if row["region"]:
            found.setdefault(row["region"], row["department_code"])
    return found


def _nearest(region: str, by_region: dict[str, str]) -> str | None:
    for code in (region, region[:4] + "00", region[:4], region[:2] + "0000", region[:2]):
        if code in by_region:
            return by_region[code]
    return None
