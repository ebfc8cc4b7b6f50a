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
from riskwarn.store.numbered import KEY, Numbers, id_columns
from riskwarn.store.snapshot import replayed, veiled, with_order
from riskwarn.tables.catalogue import Table
from riskwarn.tables.frames import CHANGED_AT, KNOWN_ON, OPERATION, PRECISION_SUFFIX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    I32 = NDArray[np.int32]

_SYSTEM = [OPERATION, CHANGED_AT]


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
    """What the day knew of a table: of each delivery some rows, at the end those that changed."""

    parts: tuple[tuple[StoredDelivery, pl.Series | None], ...]  # rows kept; None: all
    changed: pl.DataFrame | None
    rows: int
    newest: date | None  # day of knowledge


def known_of(work: Work, table: Table, held: Sequence[StoredDelivery]) -> Known:
    """Find out which rows the day knew, without reading what they say."""
    ranked = in_order(held)
    doubled = _doubled(work, ranked)
    parts: list[tuple[StoredDelivery, pl.Series | None]] = []
    several, newest, rows = [], [], 0
    for rank, item in ranked:
        again = doubled(item) if doubled else None
        if again is not None and again.any():
            deep = _segment(work, table, item, deep=True)
            several.append(with_order(deep, rank, item).filter(again))
        else:
            again = None
        kept, last = _kept(work, item, again)
        parts.append((item, kept))
        newest.append(last)
        rows += item.rows if kept is None else int(kept.sum())
    changed = None
    if several:
        key = [f"__key {name}" for name in table.key]
        changed = replayed(pl.concat(several, how="diagonal"), key, work.as_of)
        changed = as_known(changed, table, work.as_of)
        rows += changed.height
        newest.append(_newest(changed[KNOWN_ON]))
    newest_on = max((day for day in newest if day is not None), default=None)
    return Known(parts=tuple(parts), changed=changed, rows=rows, newest=newest_on)


def frames_of(work: Work, table: Table, known: Known) -> Iterator[pl.DataFrame]:
    """The rows that the day knew, a delivery at a time, changed ones at the end."""
    for item, kept in known.parts:
        frame = _segment(work, table, item, deep=False)
        yield as_known(frame if kept is None else frame.filter(kept), table, work.as_of)
    if known.changed is not None:
        asked = table.name == "enterprise" or "uscc" in work.wanted.get(table.name, ())
        yield known.changed if asked else known.changed.drop("uscc", strict=False)


def codes_of(work: Work, known: Known, name: str) -> Iterator["I32"]:
    """The enterprises of the same rows: each code's place in the order of codes, −1 for none."""
    for item, kept in known.parts:
        places = _places(work, "code", work.numbers.read(item, [name])[name])
        yield places if kept is None else places[kept.to_numpy()]
    if known.changed is not None:
        beside = f"{name}_no"  # the register has the text as well
        shown = beside if beside in known.changed.columns else name
        yield known.changed[shown].fill_null(-1).to_numpy()


def _kept(
    work: Work, item: StoredDelivery, again: pl.Series | None
) -> tuple[pl.Series | None, date | None]:
    """Which rows stand by themselves and were known, and the newest day of knowledge of these."""
    inserts = item.delivery.distinct_inserts
    frame = pl.read_parquet(
        work.root / item.segment, columns=[KNOWN_ON] if inserts else [KNOWN_ON, OPERATION]
    )
    said = (pl.col(KNOWN_ON) <= work.as_of).fill_null(False)
    kept = frame.select(said if inserts else said & (pl.col(OPERATION) != "d")).to_series()
    if again is not None:
        kept = kept & ~again
    if kept.all():
        return None, _newest(frame[KNOWN_ON])
    return kept, _newest(frame[KNOWN_ON].filter(kept))


def _newest(days: pl.Series) -> date | None:
    last = days.max()
    return last if isinstance(last, date) else None


def as_known(frame: pl.DataFrame, table: Table, as_of: date) -> pl.DataFrame:
    """Rows without what was not yet known of them and what only replay needs."""
    known = frame.with_columns(veiled(table, frame.columns, as_of))
    return known.drop(
        [name for name in known.columns if name.startswith("__")] + _SYSTEM, strict=False
    )


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


def _segment(work: Work, table: Table, item: StoredDelivery, *, deep: bool) -> pl.DataFrame:
    """Read what is wanted of a segment, ids as integers; `deep`: also what replay goes by."""
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
    extra = [*table.key, OPERATION, CHANGED_AT] if deep else []
    columns = [pl.col(name) for name in plain]
    columns += [pl.col(n).alias(n if n in _SYSTEM else f"__key {n}") for n in extra]
    frame = pl.read_parquet(path, columns=list(dict.fromkeys([*plain, *extra]))).select(columns)
    return frame.with_columns(_ids(work, table, item, wanted, deep=deep))


def _ids(
    work: Work, table: Table, item: StoredDelivery, wanted: frozenset[str], *, deep: bool
) -> list[pl.Series]:
    """A segment's integer columns: each id's place in the order of its kind's texts.

    Takes: deep, whether whose the rows are is asked besides.
    """
    register = table.name == "enterprise"
    names = {
        name: space
        for space, columns in id_columns(table).items()
        for name in columns
        if name in wanted or (name == "uscc" and (register or deep))
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
