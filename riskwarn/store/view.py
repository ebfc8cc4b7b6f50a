"""A night's view of what was known on a day: the columns it looks at, ids as integers.

The same rows as `build_snapshot` gives, made so that a province fits: tables are read segment by
segment, and enterprises are cut into ranges, each with a folder of its own that is a snapshot of
these enterprises. An id is its text's place in the order of all texts of its kind, so that
sorting by the integer is sorting by the text.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from riskwarn.records.deliveries import StoredDelivery
from riskwarn.records.snapshot import Snapshot, TableState
from riskwarn.store.deliveries import in_order
from riskwarn.store.numbered import KEY, Numbers, id_columns, number_segments
from riskwarn.store.segments import write_segment
from riskwarn.store.snapshot import (
    nothing_known,
    replayed,
    table_state,
    veiled,
    visible,
    with_order,
)
from riskwarn.store.store import Store
from riskwarn.tables.catalogue import Table, load_catalogue
from riskwarn.tables.frames import CHANGED_AT, KNOWN_ON, OPERATION, PRECISION_SUFFIX

if TYPE_CHECKING:
    from numpy.typing import NDArray

RANGE = 1 << 20  # enterprises of one range; fixed, so that no byte depends on the machine
ROWS_A_BATCH = 2_000_000  # rows of a table held at once
_SYSTEM = [OPERATION, CHANGED_AT]
Columns = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One view under way. `orders`: place in the order of texts by number, by space."""

    root: Path
    numbers: Numbers
    as_of: date
    folder: Path
    orders: Mapping[str, "NDArray[np.int32]"]
    wanted: Columns


def build_view(
    store: Store,
    as_of: date,
    folder: Path,
    stale_after_days: Mapping[str, int],
    wanted: Columns,
) -> Snapshot:
    """Write a night's view.

    Takes:  wanted, table → the columns that are looked at; tables that are not in it are counted
            and not written. `enterprise` is always written.
    Gives:  a Snapshot of ranges: dates, money, codes as in a full one; ids (uscc apart) as i32
            in the order of their texts, null where there is none; `uscc_no`, `address_no` and
            `phone_no` of the enterprise beside the text; no evidence.
    Raises: NothingToDoError S001; DiskError D001, D002.
    """
    every = store.deliveries()
    numbers = number_segments(store.folder, every)
    orders = {space: _places(numbers, space) for space in ("code", "person", "address", "phone")}
    work = _Work(
        root=store.folder, numbers=numbers, as_of=as_of, folder=folder, orders=orders, wanted=wanted
    )
    by_table: dict[str, list[StoredDelivery]] = {}
    for item in every:
        by_table.setdefault(item.delivery.table, []).append(item)
    catalogue = load_catalogue()
    work = replace(
        work, wanted={name: _closed(catalogue.table(name), wanted[name]) for name in wanted}
    )
    register = by_table.get("enterprise", [])
    if not visible(register, as_of):
        raise nothing_known(as_of, store.folder)
    ents, count = _number_enterprises(work, catalogue.table("enterprise"), register)
    if not count:
        raise nothing_known(as_of, store.folder)
    states: dict[str, TableState] = {}
    for name, table in sorted(catalogue.tables.items()):
        held = by_table.get(name, [])
        state = table_state(table, held, as_of, stale_after_days)
        if visible(held, as_of):
            rows, newest, orphans = _write_table(work, table, held, ents, count)
            state = table_state(table, held, as_of, stale_after_days, newest, rows)
            state = replace(state, orphans=orphans)
        states[name] = state
    ranges = -(-count // RANGE)
    return Snapshot(folder=folder, as_of=as_of, enterprises=count, tables=states, ranges=ranges)


def _closed(table: Table, wanted: frozenset[str]) -> frozenset[str]:
    """Add the dates on which it hangs whether a wanted value may be seen."""
    by = {table.columns[name].visible_from for name in wanted if name in table.columns}
    return wanted | {name for name in by if name is not None}


def _places(numbers: Numbers, space: str) -> "NDArray[np.int32]":
    order = numbers.dictionary(space).order()
    places = np.empty(order.size, np.int32)
    places[order] = np.arange(order.size, dtype=np.int32)
    return places


def _number_enterprises(
    work: _Work, table: Table, held: Sequence[StoredDelivery]
) -> "tuple[NDArray[np.int32], int]":
    """Give each code's enterprise number, −1 for a code not known on the day, and their number."""
    ents = np.full(work.orders["code"].size, -1, np.int32)
    for frame in _rows(work, table, held, frozenset()):
        ents[frame["uscc_no"].to_numpy()] = 0
    known = np.flatnonzero(ents == 0)
    ents[known] = np.arange(known.size, dtype=np.int32)
    return ents, known.size


def _write_table(
    work: _Work,
    table: Table,
    held: Sequence[StoredDelivery],
    ents: "NDArray[np.int32]",
    count: int,
) -> tuple[int, date | None, int]:
    """Write one table's ranges.  Gives: rows, the newest day of knowledge, rows of nobody here."""
    rows = orphans = 0
    last: date | None = None
    write = table.name in work.wanted or table.name == "enterprise"
    wanted = work.wanted.get(table.name, frozenset())
    cutter = _Cutter(folder=work.folder, table=table, count=count)
    for frame in _rows(work, table, held, wanted):
        known = frame[KNOWN_ON].max()
        if isinstance(known, date):
            last = known if last is None else max(last, known)
        rows += frame.height
        if "uscc" in table.columns:
            frame, lost = _with_ent(frame, ents, of_enterprise=table.name == "enterprise")
            orphans += lost
        if write:
            cutter.take(frame)
    if write:
        cutter.finish()
    return rows, last, orphans


def _with_ent(
    frame: pl.DataFrame, ents: "NDArray[np.int32]", *, of_enterprise: bool
) -> tuple[pl.DataFrame, int]:
    code = frame["uscc_no" if of_enterprise else "uscc"]
    place = code.fill_null(0).to_numpy()
    ent = np.where(code.is_null().to_numpy(), -1, ents[place]) if ents.size else place
    here = pl.Series("ent", ent.astype(np.int32))
    lost = int(((here < 0) & code.is_not_null()).sum())
    return frame.insert_column(0, here.set(here < 0, None)), lost


class _Cutter:
    """Rows of one table, cut into ranges of enterprises; spilled when they grow too many."""

    def __init__(self, *, folder: Path, table: Table, count: int) -> None:
        self.folder, self.table = folder, table
        self.ranges = -(-count // RANGE)
        self.held: list[pl.DataFrame] = []
        self.spilled: dict[int, list[Path]] = {}

    def take(self, frame: pl.DataFrame) -> None:
        self.held.append(frame)
        if self.ranges > 1 and sum(one.height for one in self.held) >= ROWS_A_BATCH:
            self._spill()

    def _cut(self) -> list[tuple[int, pl.DataFrame]]:
        """The held rows by range, sorted by enterprise; rows of nobody here go to the last."""
        whole = pl.concat(self.held, how="diagonal")
        self.held = []
        if "ent" not in whole.columns:
            order = [n for n in (self.table.happened_on, *self.table.key) if n in whole.columns]
            return [(0, whole.sort(list(dict.fromkeys(order)), nulls_last=True))]
        whole = whole.sort("ent", nulls_last=True, maintain_order=True)
        edges = np.arange(1, self.ranges, dtype=np.int32) * RANGE
        starts = [0, *whole["ent"].drop_nulls().search_sorted(pl.Series(edges)).to_list()]
        return [
            (number, whole[start:stop])
            for number, (start, stop) in enumerate(
                zip(starts, [*starts[1:], whole.height], strict=True)
            )
        ]

    def _spill(self) -> None:
        for number, part in self._cut():
            here = self.spilled.setdefault(number, [])
            path = self.folder / "spill" / f"{self.table.name}-{number:03}-{len(here):03}.parquet"
            write_segment(part, path)
            here.append(path)

    def finish(self) -> None:
        if not self.spilled:
            for number, part in self._cut() if self.held else []:
                write_segment(part, range_path(self.folder, self.table.name, number, self.ranges))
            return
        if self.held:
            self._spill()
        for number, paths in sorted(self.spilled.items()):
            whole = pl.concat([pl.read_parquet(path) for path in paths], how="diagonal")
            if "ent" in whole.columns:
                whole = whole.sort("ent", nulls_last=True, maintain_order=True)
            write_segment(whole, range_path(self.folder, self.table.name, number, self.ranges))
            for path in paths:
                path.unlink()


def range_path(folder: Path, table: str, number: int, ranges: int) -> Path:
    """Where a table's rows of one range lie."""
    return (folder if ranges == 1 else folder / f"{number:03}") / f"{table}.parquet"


def _rows(
    work: _Work, table: Table, held: Sequence[StoredDelivery], wanted: frozenset[str]
) -> Iterator[pl.DataFrame]:
    """The rows of a table as known on the day, a segment at a time, changed ones at the end."""
    ranked = in_order(held)
    doubled = _doubled(work, ranked)
    several = []
    for rank, item in ranked:
        again = doubled(item) if doubled else None
        deep = again is not None and bool(again.any())
        frame = _segment(work, table, rank, item, wanted, deep=deep)
        if again is not None and deep:
            several.append(frame.filter(again))
            frame = frame.filter(~again)
        if not item.delivery.distinct_inserts:
            frame = frame.filter(pl.col(OPERATION) != "d")
        yield _as_known(frame, table, work.as_of)
    if several:
        key = [f"__key {name}" for name in table.key]
        last = replayed(pl.concat(several, how="diagonal"), key, work.as_of)
        yield _as_known(last, table, work.as_of)


def _as_known(frame: pl.DataFrame, table: Table, as_of: date) -> pl.DataFrame:
    """Rows known by the day, without what was not yet known of them and what only replay needs."""
    known = frame.filter(pl.col(KNOWN_ON) <= as_of)
    known = known.with_columns(veiled(table, known.columns, as_of))
    return known.drop(
        [name for name in known.columns if name.startswith("__")] + _SYSTEM, strict=False
    )


def _doubled(
    work: _Work, ranked: Sequence[tuple[int, StoredDelivery]]
) -> "Callable[[StoredDelivery], pl.Series] | None":
    """Give the function that marks a segment's rows whose key's hash occurs more than once."""
    if len(ranked) == 1 and ranked[0][1].delivery.distinct_inserts:
        return None
    hashes = [pl.read_parquet(work.numbers.rows(KEY, item))[KEY] for _, item in ranked]
    ordered = np.concatenate([one.to_numpy() for one in hashes])
    ordered.sort()
    twice = pl.Series(np.unique(ordered[1:][ordered[1:] == ordered[:-1]]))
    if twice.is_empty():
        return None
    del ordered, hashes
    return lambda item: pl.read_parquet(work.numbers.rows(KEY, item))[KEY].is_in(twice.implode())


def _segment(
    work: _Work,
    table: Table,
    rank: int,
    item: StoredDelivery,
    wanted: frozenset[str],
    *,
    deep: bool,
) -> pl.DataFrame:
    """Read what is wanted of a segment, ids as integers; `deep`: also what replay goes by."""
    path = work.root / item.segment
    there = pl.read_parquet_schema(path)
    ids = id_columns(table)
    numbered = {name for columns in ids.values() for name in columns}
    if table.name == "enterprise":
        numbered = {"legal_rep_id"}
    precise = {name + PRECISION_SUFFIX for name in wanted}
    plain = [n for n in there if n in (wanted | precise) and n not in numbered]
    plain += [KNOWN_ON]
    extra = [*table.key, OPERATION, CHANGED_AT] if deep else []
    if not deep and not item.delivery.distinct_inserts:
        extra = [OPERATION]
    columns = [pl.col(name) for name in plain]
    columns += [pl.col(n).alias(n if n in _SYSTEM else f"__key {n}") for n in extra]
    frame = pl.read_parquet(path, columns=list(dict.fromkeys([*plain, *extra]))).select(columns)
    frame = frame.with_columns(_ids(work, table, item, ids, wanted))
    return with_order(frame, rank, item) if deep else frame


def _ids(
    work: _Work,
    table: Table,
    item: StoredDelivery,
    ids: Mapping[str, Mapping[str, pl.Expr]],
    wanted: frozenset[str],
) -> list[pl.Series]:
    """A segment's integer columns: each id's place in the order of its kind's texts."""
    found = []
    register = table.name == "enterprise"
    for space, columns in ids.items():
        names = [n for n in columns if n in wanted or n == "uscc"]
        if not names:
            continue
        frame = pl.read_parquet(work.numbers.rows(space, item), columns=names)
        for name in names:
            number = frame[name].to_numpy()
            places = work.orders[space]
            place = places[np.maximum(number, 0)] if places.size else number
            series = pl.Series(name, place.astype(np.int32))
            shown = f"{name}_no" if register and name != "legal_rep_id" else name
            found.append(series.set(pl.Series(number < 0), None).alias(shown))
    return found
