"""The delivered rows behind a hit: which file, which row, what it says."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from riskwarn.records.features import Condition, FeatureSet, WindowFeature
from riskwarn.records.leads import Cell, SourceRow, SourceRows
from riskwarn.records.snapshot import Snapshot
from riskwarn.tables.catalogue import Catalogue, Column, Table
from riskwarn.terms import Collected, PersonalData

ROWS_SHOWN = 8  # newest rows of one table on a lead's page; the total is always said
FEN = 100
_SYSTEM = ("known_on", "evidence")


def source_rows(
    snapshot: Snapshot,
    wanted: Mapping[str, Sequence[int]],
    features: FeatureSet,
    catalogue: Catalogue,
) -> dict[int, tuple[SourceRows, ...]]:
    """Find the rows that the features behind some hits were counted from.

    Takes:  wanted: feature name → the enterprises (`ent`) for which it is evidence.
    Gives:  ent → one SourceRows a table, newest rows first, tables by name. Features of the
            graph and fields of the enterprise have no rows of their own.
    """
    frames: dict[str, list[pl.LazyFrame]] = {}
    for name in sorted(wanted):
        feature = features.features.get(name)
        if not isinstance(feature, WindowFeature) or not wanted[name]:
            continue
        if snapshot.collected(feature.table) is Collected.MISSING:
            continue
        rows = _rows_of(snapshot, feature, wanted[name], catalogue)
        frames.setdefault(feature.table, []).append(rows)
    found: dict[int, list[SourceRows]] = {}
    for table in sorted(frames):
        every = pl.concat(frames[table]).unique().collect()
        for ent, group in _by_enterprise(every, catalogue.table(table)).items():
            found.setdefault(ent, []).append(group)
    return {ent: tuple(groups) for ent, groups in sorted(found.items())}


def _rows_of(
    snapshot: Snapshot, feature: WindowFeature, ents: Sequence[int], catalogue: Catalogue
) -> pl.LazyFrame:
    table = catalogue.table(feature.table)
    frame = snapshot.scan(feature.table)
    at = feature.at or table.happened_on
    frame = frame.filter(pl.col("ent").is_in(sorted(set(ents))))
    if at is not None:
        frame = frame.filter(pl.col(at) <= snapshot.as_of)
        if feature.window_days is not None:
            since = snapshot.as_of - timedelta(days=feature.window_days)
            frame = frame.filter(pl.col(at) > since)
    for condition in feature.where:
        frame = frame.filter(_holds(condition))
    return frame.select("ent", *table.columns, *_SYSTEM)


def _holds(condition: Condition) -> pl.Expr:
    column = pl.col(condition.column)
    value: Any = condition.value
    if condition.op == "in" or condition.op == "not_in":
        inside = column.is_in(list(value) if isinstance(value, tuple) else [value])
        return inside if condition.op == "in" else ~inside
    if condition.op == "is_null":
        return column.is_null() if value else column.is_not_null()
    if condition.op == "contains":
        return (pl.lit("|") + column + pl.lit("|")).str.contains(f"|{value}|", literal=True)
    compare = {
        "eq": column.__eq__,
        "ne": column.__ne__,
        "lt": column.__lt__,
        "le": column.__le__,
        "gt": column.__gt__,
        "ge": column.__ge__,
    }
    expr = compare[condition.op](value)
    assert isinstance(expr, pl.Expr)
    return expr


def _by_enterprise(rows: pl.DataFrame, table: Table) -> dict[int, SourceRows]:
    at = table.happened_on or "known_on"
    order = rows.sort(["ent", at, "evidence"], descending=[False, True, False], nulls_last=True)
    found: dict[int, SourceRows] = {}
    for (ent,), group in order.group_by("ent", maintain_order=True):
        shown = tuple(_row(row, table) for row in group.head(ROWS_SHOWN).to_dicts())
        found[int(ent)] = SourceRows(
            table=table.name, title=table.title, rows=shown, total=group.height
        )
    return found


def _row(row: Mapping[str, object], table: Table) -> SourceRow:
    happened = row.get(table.happened_on) if table.happened_on else None
    known = row["known_on"]
    cells = tuple(
        Cell(title=column.title, text=text, personal=column.personal)
        for name, column in table.columns.items()
        if (text := cell_text(row[name], column)) and _shown(column)
    )
    return SourceRow(
        evidence=str(row["evidence"] or ""),
        happened_on=happened if isinstance(happened, date) else None,
        known_on=known if isinstance(known, date) else None,
        cells=cells,
    )


def _shown(column: Column) -> bool:
    """The enterprise itself heads the page; a person's id is a keyed hash that tells nothing."""
    return column.type != "enterprise_id" and column.personal is not PersonalData.ID_NUMBER


def cell_text(value: object, column: Column) -> str:
    """Write one stored value as people read it; codes in words, money in yuan."""
    from riskwarn.tables.catalogue import load_catalogue

    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if column.type == "fen" and isinstance(value, int):
        return f"{value // FEN:,}.{value % FEN:02d} 元"
    if column.type == "bp" and isinstance(value, int):
        return f"{value // 100}.{value % 100:02d}%"
    if column.codes:
        codes = load_catalogue().codes[column.codes]
        return "、".join(codes.label(code) for code in str(value).split("|"))
    return str(value)
