"""The delivered rows behind a hit: which file, which row, what it says."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

import polars as pl

from riskwarn.features.conditions import compile_condition
from riskwarn.features.days import epoch_day
from riskwarn.records.features import Condition, FeatureSet, Match, WindowFeature
from riskwarn.records.leads import Cell, SourceRow, SourceRows
from riskwarn.records.snapshot import Snapshot
from riskwarn.tables.catalogue import Catalogue, Column, Table
from riskwarn.terms import Collected, PersonalData

ROWS_SHOWN = 8  # newest rows of one table on a lead's page; the total is always said
FEN = 100
_SYSTEM = ("known_on", "evidence")
_ASKED = "__asked"


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


def rows_behind(
    wanted: Mapping[str, Sequence[int]], features: FeatureSet
) -> dict[str, frozenset[int]]:
    """Give the tables that evidence is looked for in: table → enterprises."""
    found: dict[str, frozenset[int]] = {}
    for name, ents in wanted.items():
        feature = features.features.get(name)
        if not isinstance(feature, WindowFeature) or not ents:
            continue
        tables = [feature.table, *([feature.match.table] if feature.match else [])]
        for table in tables:
            found[table] = found.get(table, frozenset()) | frozenset(ents)
    return found


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
    frame = _filtered(frame, feature.where, table, snapshot.as_of)
    if feature.match is not None:
        frame = _matched(frame, feature.match, snapshot, catalogue)
    return frame.select("ent", *table.columns, *_SYSTEM)


def _matched(
    frame: pl.LazyFrame, match: Match, snapshot: Snapshot, catalogue: Catalogue
) -> pl.LazyFrame:
    """Keep the rows that have, or lack, a like row in the other table."""
    if snapshot.collected(match.table) is Collected.MISSING:
        return frame
    mine, theirs = (["ent", *names] for names in zip(*match.on, strict=True))
    other = snapshot.scan(match.table)
    other = _filtered(other, match.where, catalogue.table(match.table), snapshot.as_of)
    frame = frame.drop_nulls(mine)
    how: Literal["anti", "semi"] = "anti" if match.absent else "semi"
    return frame.join(other, left_on=mine, right_on=theirs, how=how)


def _filtered(
    frame: pl.LazyFrame, conditions: Sequence[Condition], table: Table, as_of: date
) -> pl.LazyFrame:
    """Keep the rows that the feature counts, by the very conditions it was compiled with."""
    import narwhals as nw

    for condition in conditions:
        column = table.columns[condition.column]
        cell = pl.col(condition.column)
        cell = cell.to_physical() if column.type == "date" else cell
        asked = nw.from_native(frame.with_columns(cell.alias(_ASKED)))
        holds = compile_condition(condition, column, nw.col(_ASKED), nw.lit(epoch_day(as_of)))
        frame = asked.filter(holds).drop(_ASKED).to_native()
    return frame


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
