"""A night's view of what was known on a day: the columns it looks at, ids as integers.

The same rows as `build_snapshot` gives, made so that a province fits: tables are read delivery by
delivery, each row put straight into its place, and enterprises are cut into ranges, each with a
folder of its own that is a snapshot of these enterprises. An id is its text's place in the order
of all texts of its kind, so that sorting by the integer is sorting by the text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from riskwarn.records.deliveries import StoredDelivery
from riskwarn.records.snapshot import Snapshot, TableState
from riskwarn.store.integers import made_again
from riskwarn.store.known import Known, Work, codes_of, frames_of, known_of
from riskwarn.store.laid import Layout
from riskwarn.store.numbered import Numbers, number_segments
from riskwarn.store.ranges import range_count, range_path, write_ranges
from riskwarn.store.snapshot import nothing_known, table_state, visible
from riskwarn.store.store import Store
from riskwarn.tables.catalogue import Table, load_catalogue

if TYPE_CHECKING:
    from numpy.typing import NDArray

    I32 = NDArray[np.int32]

_SPACES = ("code", "person", "address", "phone")
Columns = Mapping[str, frozenset[str]]


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
    return made_again(lambda: _view(store, as_of, folder, stale_after_days, wanted))


def _view(
    store: Store, as_of: date, folder: Path, limits: Mapping[str, int], wanted: Columns
) -> Snapshot:
    every = store.deliveries()
    catalogue = load_catalogue()
    by_table: dict[str, list[StoredDelivery]] = {}
    for item in every:
        by_table.setdefault(item.delivery.table, []).append(item)
    numbers = number_segments(store.folder, every)
    work = Work(
        root=store.folder,
        numbers=numbers,
        as_of=as_of,
        folder=folder,
        orders={space: _places(numbers, space) for space in _SPACES},
        wanted={name: _closed(catalogue.table(name), wanted[name]) for name in wanted},
    )
    register = by_table.get("enterprise", [])
    if not visible(register, as_of):
        raise nothing_known(as_of, store.folder)
    first = known_of(work, catalogue.table("enterprise"), register)
    ents, count = _number_enterprises(work, first)
    if not count:
        raise nothing_known(as_of, store.folder)
    states: dict[str, TableState] = {}
    for name, table in sorted(catalogue.tables.items()):
        held = by_table.get(name, [])
        state = table_state(table, held, as_of, limits)
        if visible(held, as_of):
            known = first if name == "enterprise" else known_of(work, table, held)
            state = table_state(table, held, as_of, limits, known.newest, known.rows)
            state = replace(state, orphans=_write_table(work, table, known, ents, count))
        states[name] = state
    ranges = range_count(count)
    return Snapshot(folder=folder, as_of=as_of, enterprises=count, tables=states, ranges=ranges)


def _closed(table: Table, wanted: frozenset[str]) -> frozenset[str]:
    """Add the dates on which it hangs whether a wanted value may be seen."""
    by = {table.columns[name].visible_from for name in wanted if name in table.columns}
    return wanted | {name for name in by if name is not None}


def _places(numbers: Numbers, space: str) -> "I32":
    order = numbers.dictionary(space).order()
    places = np.empty(order.size, np.int32)
    places[order] = np.arange(order.size, dtype=np.int32)
    return places


def _number_enterprises(work: Work, register: Known) -> "tuple[I32, int]":
    """Give each code's enterprise number, −1 for a code not known on the day, and their number."""
    ents = np.full(work.orders["code"].size, -1, np.int32)
    for codes in codes_of(work, register, "uscc"):
        ents[codes] = 0
    known = np.flatnonzero(ents == 0)
    ents[known] = np.arange(known.size, dtype=np.int32)
    return ents, known.size


def _write_table(work: Work, table: Table, known: Known, ents: "I32", count: int) -> int:
    """Write one table's ranges, where they are wanted.  Gives: rows of enterprises not here."""
    written = table.name in work.wanted or table.name == "enterprise"
    ranges = range_count(count)
    if "uscc" not in table.columns:
        if written:
            path = range_path(work.folder, table.name, 0, ranges)
            _write_small(table, list(frames_of(work, table, known)), path)
        return 0
    here, orphans = [], 0
    for codes in codes_of(work, known, "uscc"):
        ent = np.where(codes < 0, np.int32(-1), ents[np.maximum(codes, 0)]) if ents.size else codes
        orphans += int(((ent < 0) & (codes >= 0)).sum())
        here.append(ent)
    if written:
        write_ranges(work.folder, table.name, frames_of(work, table, known), here, count)
    return orphans


def _write_small(table: Table, frames: Sequence[pl.DataFrame], path: Path) -> None:
    """A table of no enterprise: sorted by when it happened and its key."""
    whole = pl.concat(frames, how="diagonal")
    order = [n for n in (table.happened_on, *table.key) if n in whole.columns]
    layout = Layout(whole.height)
    rows = whole.sort(list(dict.fromkeys(order)), nulls_last=True)
    layout.take(rows, np.arange(whole.height))
    layout.write(path)
