"""The whole rows of a few enterprises, as known on a view's day: evidence for issued leads."""

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import polars as pl

from riskwarn.records.deliveries import StoredDelivery
from riskwarn.records.snapshot import Snapshot
from riskwarn.store.deliveries import in_order
from riskwarn.store.integers import made_again
from riskwarn.store.numbered import KEY, Numbers, number_segments
from riskwarn.store.numbers import FOLDER
from riskwarn.store.segments import write_segment
from riskwarn.store.snapshot import known_rows, numbered_rows
from riskwarn.store.store import Store
from riskwarn.tables.catalogue import Table, load_catalogue
from riskwarn.terms import Collected

_PLACE = "__place"


def narrow_snapshot(
    store: Store, view: Snapshot, folder: Path, asked: Mapping[str, Collection[int]]
) -> Snapshot:
    """Write the rows that a few enterprises have in some tables, with every column and evidence.

    Takes:  asked, table → enterprises (`ent` of the view).
    Gives:  a snapshot of these tables and enterprises; equal, for them, to the whole one.
    Raises: DiskError D001, D002.
    """
    return made_again(  # some are read for the first time this night
        lambda: _narrow(store, view, folder, asked),
        lambda: number_segments(store.folder, store.deliveries()),
    )


def _narrow(
    store: Store, view: Snapshot, folder: Path, asked: Mapping[str, Collection[int]]
) -> Snapshot:
    numbers = Numbers(store.folder / FOLDER)
    order = numbers.dictionary("code").order()
    register = view.scan("enterprise").select(pl.col("ent").cast(pl.Int32), "uscc", "uscc_no")
    everyone = {ent for ents in asked.values() for ent in ents}
    few = register.filter(pl.col("ent").is_in(sorted(everyone))).collect()
    for name, ents in sorted(asked.items()):
        if view.collected(name) is Collected.MISSING:
            continue
        mine = few.filter(pl.col("ent").is_in(sorted(ents)))
        codes = np.sort(order[mine["uscc_no"].to_numpy()])
        table, held = load_catalogue().table(name), store.deliveries(name)
        frames = _rows(store.folder, numbers, table, held, codes)
        known = known_rows(frames, table, view.as_of)
        rows = numbered_rows(known, table, few.select("ent", "uscc"))
        write_segment(rows, folder / f"{name}.parquet")
    return Snapshot(
        folder=folder, as_of=view.as_of, enterprises=view.enterprises, tables=view.tables
    )


def _rows(
    root: Path,
    numbers: Numbers,
    table: Table,
    held: list[StoredDelivery],
    codes: "np.ndarray[tuple[int], np.dtype[np.int32]]",
) -> list[pl.LazyFrame]:
    """Every row that shares a key's hash with a row of the enterprises: all that replay needs."""
    from riskwarn.store.snapshot import segment_rows

    wanted = pl.Series(codes).implode()
    ranked = in_order(held)
    hashes = []
    for _, item in ranked:
        here = pl.Series(numbers.read(item, ["uscc"])["uscc"]).is_in(wanted)
        if here.any():
            hashes.append(pl.Series(KEY, numbers.read(item, [KEY])[KEY]).filter(here))
    keys = pl.concat([pl.Series(KEY, [], dtype=pl.UInt64), *hashes]).unique().implode()
    found = []
    for rank, item in ranked:
        places = pl.Series(numbers.read(item, [KEY])[KEY]).is_in(keys).arg_true()
        rows = segment_rows(root / item.segment, rank, item)
        found.append(
            rows.filter(pl.col(_PLACE).is_in(places.implode())) if len(places) else rows.head(0)
        )
    return found
