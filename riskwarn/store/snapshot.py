"""The as-of view: replay deliveries up to a day, number the enterprises, write one file a table."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from riskwarn.errors import NothingToDoError, Place, Problem
from riskwarn.records.deliveries import StoredDelivery
from riskwarn.records.snapshot import Snapshot, TableState
from riskwarn.store.deliveries import in_order
from riskwarn.store.segments import file_hash, write_segment
from riskwarn.store.store import Store
from riskwarn.tables.catalogue import Table, load_catalogue
from riskwarn.tables.frames import (
    CHANGED_AT,
    EVIDENCE,
    KNOWN_ON,
    OPERATION,
    PRECISION_SUFFIX,
    table_schema,
)
from riskwarn.terms import Collected

_RANK, _SEQUENCE, _PLACE, _HASH = "__rank", "__sequence", "__place", "__hash"
_CAME, _SEEN = "__came", "__seen"
NEVER = date(9999, 12, 31)  # an open end


def build_snapshot(
    store: Store, as_of: date, folder: Path, stale_after_days: Mapping[str, int]
) -> Snapshot:
    """Write what was known on `as_of` as one Parquet file a table.

    Takes:  stale_after_days, this workspace's own limits by table; the catalogue's else.
    Gives:  a Snapshot of `folder`; the same deliveries and day give the same bytes.
    Raises: NothingToDoError S001 when no enterprise is known; DiskError D001, D002.
    """
    by_table: dict[str, list[StoredDelivery]] = {}
    for item in store.deliveries():
        by_table.setdefault(item.delivery.table, []).append(item)
    catalogue = load_catalogue()
    entities = _enterprises(store.folder, by_table.get("enterprise", []), as_of)
    if entities.is_empty():
        raise nothing_known(as_of, store.folder)
    numbers = entities.select("ent", "uscc")
    states: dict[str, TableState] = {}
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in sorted(catalogue.tables.items()):
        held = by_table.get(name, [])
        path = folder / f"{name}.parquet"
        if not visible(held, as_of):
            path.unlink(missing_ok=True)
            states[name] = table_state(table, held, as_of, stale_after_days)
            continue
        frame = entities
        if name != "enterprise":
            frame = numbered_rows(_known(store.folder, table, held, as_of), table, numbers)
        write_segment(frame, path)
        newest = frame.select(pl.col(KNOWN_ON).max()).item()
        told = (newest, frame.height, file_hash(path))
        states[name] = table_state(table, held, as_of, stale_after_days, *told)
    return Snapshot(folder=folder, as_of=as_of, enterprises=entities.height, tables=states)


def nothing_known(as_of: date, folder: Path) -> NothingToDoError:
    """Make the error that says that there is nobody to look at."""
    expected = "先用 riskwarn import 导入市场主体（enterprise），其知悉日期不晚于扫描日期"
    message = f"截至 {as_of} 没有已知的市场主体"
    return NothingToDoError(Problem("S001", message, Place(folder.name), expected))


def visible(held: Sequence[StoredDelivery], as_of: date) -> bool:
    """Whether the table had been collected at all by the day."""
    return any(
        (item.known_from is not None and item.known_from <= as_of)
        or any(day <= as_of for day in item.arrived_on)
        for item in held
    )


def table_state(
    table: Table,
    held: Sequence[StoredDelivery],
    as_of: date,
    limits: Mapping[str, int],
    newest: date | None = None,
    rows: int = 0,
    sha256: str = "",
) -> TableState:
    """Say whether the table may be believed on the day.

    The last day on which we learnt something of it is the newest delivery's or the newest row's,
    whichever is later and not after the day.
    """
    days = [day for item in held for day in item.arrived_on if day <= as_of]
    if newest is not None:
        days.append(newest)
    last = max(days, default=None)
    collected = Collected.FRESH
    if last is None:
        collected = Collected.MISSING
    elif (as_of - last).days > limits.get(table.name, table.stale_after_days):
        collected = Collected.STALE
    return TableState(
        table=table.name,
        collected=collected,
        rows=rows,
        last_known_on=last,
        sha256=sha256,
    )


def _enterprises(root: Path, held: Sequence[StoredDelivery], as_of: date) -> pl.DataFrame:
    table = load_catalogue().table("enterprise")
    if not visible(held, as_of):
        return pl.DataFrame(schema={"ent": pl.Int32})
    frame = _known(root, table, held, as_of).collect().sort("uscc")
    return frame.with_row_index("ent").with_columns(pl.col("ent").cast(pl.Int32))


def numbered_rows(known: pl.LazyFrame, table: Table, numbers: pl.DataFrame) -> pl.DataFrame:
    """Put `ent` first where the table has an enterprise, and sort."""
    order = [name for name in (table.happened_on, *table.key) if name is not None]
    order = list(dict.fromkeys(order))
    if "uscc" not in table.columns:
        return known.sort(order, nulls_last=True, maintain_order=True).collect()
    joined = known.join(numbers.lazy(), on="uscc", how="left", maintain_order="left")
    columns = [name for name in known.collect_schema().names() if name != "ent"]
    # `ent` says the code already; only rows without one need it to have an order.
    foreign = pl.when(pl.col("ent").is_null()).then("uscc")
    by = [pl.col("ent"), *(pl.col(name) for name in order if name != "uscc"), foreign]
    return joined.select("ent", *columns).sort(by, nulls_last=True, maintain_order=True).collect()


def _known(root: Path, table: Table, held: Sequence[StoredDelivery], as_of: date) -> pl.LazyFrame:
    """One row a key as known on the day, catalogue columns, known_on and evidence."""
    ranked = in_order(held)
    frames = [segment_rows(root / item.segment, rank, item) for rank, item in ranked]
    alone = len(ranked) == 1 and ranked[0][1].delivery.distinct_inserts
    return known_rows(frames, table, as_of, alone=alone)


def known_rows(
    frames: Sequence[pl.LazyFrame], table: Table, as_of: date, *, alone: bool = False
) -> pl.LazyFrame:
    """Replay segments' rows, keep what was known by the day and hide what was not yet known of it.

    Takes: frames of `segment_rows`; alone, known to need no replay.
    """
    rows = pl.concat(frames, how="diagonal") if len(frames) > 1 else frames[0]
    if not alone:
        rows = _replay(rows, table, as_of)
    keep = [*table_schema(table), *_precisions(rows, table), KNOWN_ON, EVIDENCE]
    rows = rows.filter(pl.col(KNOWN_ON) <= as_of).select(keep)
    return rows.with_columns(veiled(table, rows.collect_schema().names(), as_of))


def segment_rows(path: Path, rank: int, item: StoredDelivery) -> pl.LazyFrame:
    """Scan a segment, with what says in which order its rows are applied."""
    return pl.scan_parquet(path, row_index_name=_PLACE).with_columns(_order(rank, item))


def _replay(rows: pl.LazyFrame, table: Table, as_of: date) -> pl.LazyFrame:
    """Apply inserts, updates and deletes by key.

    Keys that occur once need no replay; they are told by a hash, whose collisions only send a
    few rows the long way.
    """
    hashed = [pl.col(name).hash(seed) for seed, name in enumerate(table.key)]
    key_hash = hashed[0]
    for other in hashed[1:]:
        key_hash = key_hash ^ other
    whole = rows.with_columns(key_hash.alias(_HASH)).collect()
    alone = pl.col(_HASH).is_unique()
    single = whole.filter(alone & (pl.col(OPERATION) != "d"))
    several = whole.filter(~alone)
    if several.is_empty():
        return single.lazy()
    return pl.concat([single, replayed(several, table.key, as_of)]).lazy()


def replayed(several: pl.DataFrame, key: Sequence[str], as_of: date) -> pl.DataFrame:
    """Give what the day knew of rows that share keys: the last word of each, unless it deletes.

    A row that changes a key seen before was known when it came, not when the thing first became
    public.
    Takes: rows with the key, cd_operation, cd_time, known_on and what `with_order` adds.
    """
    came = pl.coalesce(pl.col(CHANGED_AT).dt.date(), _CAME)
    first = pl.struct(key).is_first_distinct()
    return (
        several.lazy()
        .sort(_RANK, CHANGED_AT, _SEQUENCE, _PLACE, nulls_last=False, maintain_order=True)
        .with_columns(first.alias(_SEEN))
        .with_columns(
            pl.when(_SEEN)
            .then(KNOWN_ON)
            .otherwise(pl.max_horizontal(KNOWN_ON, came))
            .alias(KNOWN_ON)
        )
        .filter(pl.col(KNOWN_ON) <= as_of)
        .unique(key, keep="last", maintain_order=True)
        .filter(pl.col(OPERATION) != "d")
        .drop(_SEEN)
        .collect()
    )


def with_order(frame: pl.DataFrame, rank: int, item: StoredDelivery) -> pl.DataFrame:
    """Add what says in which order a segment's rows are applied."""
    return frame.with_row_index(_PLACE).with_columns(_order(rank, item))


def _order(rank: int, item: StoredDelivery) -> list[pl.Expr]:
    return [
        pl.lit(rank, pl.Int32).alias(_RANK),
        pl.lit(item.sequence, pl.Int32).alias(_SEQUENCE),
        pl.lit(item.delivery.delivered_on, pl.Date).alias(_CAME),
    ]


def _precisions(rows: pl.LazyFrame, table: Table) -> list[str]:
    names = rows.collect_schema().names()
    return [n for n in names if n.endswith(PRECISION_SUFFIX) and n not in table.columns]


def veiled(table: Table, columns: Sequence[str], as_of: date) -> list[pl.Expr]:
    """Null what was not yet known: a value whose `visible_from` date lies after the day."""
    names = set(columns)
    hidden: list[pl.Expr] = []
    for column in table.columns.values():
        if column.visible_from is None:
            continue
        later = pl.col(column.visible_from) > as_of
        if column.name != column.visible_from:  # an open end says that there is no such day
            later = later & (pl.col(column.visible_from) < NEVER)
        hidden.extend(
            pl.when(later).then(None).otherwise(pl.col(name)).alias(name)
            for name in (column.name, column.name + PRECISION_SUFFIX)
            if name in names
        )
    return hidden
