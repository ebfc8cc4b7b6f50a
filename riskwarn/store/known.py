"""Which rows of a table the day knew, and a delivery's columns as a night's view wants them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from riskwarn.records.deliveries import StoredDelivery
from riskwarn.store.deliveries import in_order
from riskwarn.store.idtable import IdTable, hashes_of
from riskwarn.store.numbered import KEY, ODD, Numbers, id_columns
from riskwarn.store.snapshot import replayed, veiled, with_order
from riskwarn.tables.catalogue import Table
from riskwarn.tables.frames import CHANGED_AT, KNOWN_ON, OPERATION, PRECISION_SUFFIX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    I32 = NDArray[np.int32]

_PART, _PLACE, _THING = "__part", "__place", "__thing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One view under way. `orders`: place in the order of texts by number, by space."""

    root: Path
    numbers: Numbers
    as_of: date
    folder: Path
    orders: Mapping[str, "I32"]
    wanted: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the day knew of a table: of each delivery some rows, at the end those that changed.

    `changed`: one row a thing, in the order in which they are written: `__part`, `__place` (which
    delivery's which row had the last word) and `known_on`, when the day came to know that.
    """

    parts: tuple[tuple[StoredDelivery, pl.Series | None], ...]  # rows kept; None: all
    changed: pl.DataFrame | None
    rows: int
    newest: date | None  # day of knowledge

    def changed_of(self, part: int) -> "I32":
        """Rows of one delivery that had the last word."""
        if self.changed is None:
            return np.empty(0, np.int32)
        return self.changed.filter(pl.col(_PART) == part)[_PLACE].cast(pl.Int32).to_numpy()


def known_of(work: Work, table: Table, held: Sequence[StoredDelivery]) -> Known:
    """Find out which rows the day knew; of what they say, only what replay goes by is read."""
    ranked = in_order(held)
    doubled = _doubled(work, ranked)
    parts: list[tuple[StoredDelivery, pl.Series | None]] = []
    several, newest = [], []
    for part, (rank, item) in enumerate(ranked):
        again = doubled(item) if doubled else None
        if again is not None and not again.any():
            again = None
        frame = _replay_columns(work, table, item, deep=again is not None)
        if again is not None:
            mine = with_order(frame, rank, item).filter(again)
            several.append(mine.with_columns(pl.lit(part, pl.Int32).alias(_PART)))
        kept, last = _kept(work, item, frame, again)
        parts.append((item, kept))
        newest.append(last)
    changed = None
    if several:
        last_words = replayed(_things(pl.concat(several), table.key), [_THING], work.as_of)
        changed = last_words.select(_PART, _PLACE, KNOWN_ON)
        newest.append(_newest(changed[KNOWN_ON]))
    rows = sum(item.rows if kept is None else int(kept.sum()) for item, kept in parts)
    return Known(
        parts=tuple(parts),
        changed=changed,
        rows=rows + (0 if changed is None else changed.height),
        newest=max((day for day in newest if day is not None), default=None),
    )


def frames_of(work: Work, table: Table, known: Known) -> Iterator[pl.DataFrame]:
    """The rows that the day knew, a delivery at a time, changed ones at the end."""
    several = []
    for part, (item, kept) in enumerate(known.parts):
        frame = _segment(work, table, item)
        places = known.changed_of(part)
        if places.size:
            several.append(frame[places])
        yield _veil(frame if kept is None else frame.filter(kept), table, work.as_of)
    if known.changed is not None and several:
        yield _veil_changed(several, known.changed, table, work.as_of)


def codes_of(work: Work, known: Known, name: str) -> Iterator["I32"]:
    """The enterprises of the same rows: each code's place in the order of codes, −1 for none."""
    several = []
    for part, (item, kept) in enumerate(known.parts):
        places = _places(work, "code", work.numbers.read(item, [name])[name])
        several.append(places[known.changed_of(part)])
        yield places if kept is None else places[kept.to_numpy()]
    if known.changed is not None and known.changed.height:
        yield np.concatenate(several)[_by_part(known.changed)]


def _replay_columns(work: Work, table: Table, item: StoredDelivery, *, deep: bool) -> pl.DataFrame:
    """Read when rows became known and what they do; `deep`: also what replay goes by."""
    names = [KNOWN_ON]
    if deep or not item.delivery.distinct_inserts:
        names.append(OPERATION)
    if deep:
        names += [CHANGED_AT, *table.key]
    return pl.read_parquet(work.root / item.segment, columns=names)


def _things(several: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Number the keys, told apart by two hashes as all that the dictionary holds."""
    first, second = (np.zeros(several.height, np.uint64) for _ in range(2))
    for name in key:
        one, other, _ = hashes_of(several[name])
        first, second = first * ODD + one, second * ODD + other
    numbers = IdTable().number(first, second, np.ones(several.height, np.bool_))
    return several.drop(key).with_columns(pl.Series(_THING, numbers))


def _kept(
    work: Work, item: StoredDelivery, frame: pl.DataFrame, again: pl.Series | None
) -> tuple[pl.Series | None, date | None]:
    """Which rows stand by themselves and were known, and the newest day of knowledge of these."""
    said = (pl.col(KNOWN_ON) <= work.as_of).fill_null(False)
    if not item.delivery.distinct_inserts:
        said = said & (pl.col(OPERATION) != "d")
    kept = frame.select(said).to_series()
    if again is not None:
        kept = kept & ~again
    if kept.all():
        return None, _newest(frame[KNOWN_ON])
    return kept, _newest(frame[KNOWN_ON].filter(kept))


def _newest(days: pl.Series) -> date | None:
    last = days.max()
    return last if isinstance(last, date) else None


def _by_part(changed: pl.DataFrame) -> "NDArray[np.int64]":
    """Where each changed row lies when they are taken from one delivery after another."""
    order = np.argsort(changed[_PART].to_numpy(), kind="stable")
    found = np.empty(order.size, np.int64)
    found[order] = np.arange(order.size)
    return found


def _veil_changed(
    several: Sequence[pl.DataFrame], changed: pl.DataFrame, table: Table, as_of: date
) -> pl.DataFrame:
    rows = pl.concat(several, how="diagonal")[_by_part(changed)]
    return _veil(rows.with_columns(changed[KNOWN_ON]), table, as_of)


def _veil(frame: pl.DataFrame, table: Table, as_of: date) -> pl.DataFrame:
    """Rows without what was not yet known of them."""
    return frame.with_columns(veiled(table, frame.columns, as_of))


def _doubled(
    work: Work, ranked: Sequence[tuple[int, StoredDelivery]]
) -> Callable[[StoredDelivery], pl.Series] | None:
    """Give the function that marks a segment's rows whose key's hash occurs more than once."""
    if len(ranked) == 1 and ranked[0][1].delivery.distinct_inserts:
        return None
    ordered = np.empty(sum(item.rows for _, item in ranked), np.uint64)
    at = 0
    for _, item in ranked:
        ordered[at : at + item.rows] = work.numbers.read(item, [KEY])[KEY]
        at += item.rows
    ordered.sort()
    twice = pl.Series(np.unique(ordered[1:][ordered[1:] == ordered[:-1]])).implode()
    if not twice.list.len().item():
        return None
    return lambda item: pl.Series(work.numbers.read(item, [KEY])[KEY]).is_in(twice)


def _segment(work: Work, table: Table, item: StoredDelivery) -> pl.DataFrame:
    """Read what is wanted of a segment, ids as integers."""
    path = work.root / item.segment
    wanted = work.wanted.get(table.name, frozenset())
    there = pl.read_parquet_schema(path)
    ids = id_columns(table)
    numbered = {name for columns in ids.values() for name in columns}
    if table.name == "enterprise":
        numbered = {"legal_rep_id"}
    precise = {name + PRECISION_SUFFIX for name in wanted}
    plain = [n for n in there if n in (wanted | precise) and n not in numbered]
    plain += [KNOWN_ON]
    return (
        pl.read_parquet(path, columns=plain)
        .select(plain)
        .with_columns(_ids(work, table, item, wanted))
    )


def _ids(work: Work, table: Table, item: StoredDelivery, wanted: frozenset[str]) -> list[pl.Series]:
    """A segment's integer columns: each id's place in the order of its kind's texts."""
    register = table.name == "enterprise"
    names = {
        name: space
        for space, columns in id_columns(table).items()
        for name in columns
        if name in wanted or (register and name == "uscc")
    }
    found = []
    for name, number in work.numbers.read(item, list(names)).items():
        place = pl.Series(_places(work, names[name], number))
        shown = f"{name}_no" if register and name != "legal_rep_id" else name
        found.append(place.set(place < 0, None).alias(shown))
    return found


def _places(work: Work, space: str, numbers: "I32") -> "I32":
    places = work.orders[space]
    if not places.size:
        return numbers
    return np.where(numbers < 0, np.int32(-1), places[np.maximum(numbers, 0)])
