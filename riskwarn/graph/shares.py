"""Edges merged to one a (type, source, target); shares mended, doubled ones added up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from riskwarn.constants import FULL_SHARE_BP
from riskwarn.graph.kernels import write_distinct
from riskwarn.graph.numbering import Pairs
from riskwarn.records.graph import EDGE_TABLES, EDGE_TYPES

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    I32 = NDArray[np.int32]
    I64 = NDArray[np.int64]

_SHAREHOLDING = EDGE_TYPES.index("shareholding")
_WEIGHTED = [
    i for i, name in enumerate(EDGE_TYPES) if EDGE_TABLES[name] in ("shareholding", "relation")
]
_MOST_BP = 2**31 - 1
_LOW = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Edge arrays sorted by (type, source, target), and what was odd about them."""

    source: "I32"
    target: "I32"
    share_bp: "I32"  # −1 unknown
    type_starts: tuple[int, ...]  # first edge of each type, then the number of edges
    over_full: "I32"  # enterprises whose holders sum to more than 100 %
    self_edges: "I32"  # enterprises that hold themselves
    unknown_share: int  # shareholdings whose share stayed unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heavy:
    """Edges of one type that have weights, one a key (source in the upper half, target below)."""

    keys: "I64"
    share_bp: "I64"  # meaningful where known
    known: "NDArray[np.bool_]"


def merge_edges(pairs: dict[int, list[Pairs]]) -> Merged:
    """Merge parallel edges of one type; a holder's several holdings of one company add up.

    A missing percentage is computed from the subscribed amounts when every holder of the
    company has one. Holdings over 100 % in all are scaled down in proportion when they are
    walked (control.py), here only reported: each percentage is rounded, so half a basis point a
    holder is no fault.
    Takes: pairs by type; types are taken out as they are merged, so that an edge is held once.
    """
    room = sum(one.source.size for parts in pairs.values() for one in parts)
    source, target = np.empty(room, np.int32), np.empty(room, np.int32)  # the rest stays untouched
    share = np.empty(room, np.int32)
    ends, selves, heavy = [0], np.empty(0, np.int32), None
    for number in range(len(EDGE_TYPES)):
        parts, first = pairs.pop(number, []), ends[-1]
        if number == _SHAREHOLDING:
            loops = [one.source[one.source == one.target] for one in parts]
            selves = np.unique(np.concatenate([selves, *loops]))
        if number in _WEIGHTED:
            merged = _merge_weighted(parts, add=number == _SHAREHOLDING)
            keys = merged.keys
            heavy = merged if number == _SHAREHOLDING else heavy
        else:
            keys = _packed(parts)
            keys.sort()
        del parts
        last = first + write_distinct(keys, source[first:], target[first:])
        share[first:last] = -1
        if number in _WEIGHTED:
            known = np.clip(merged.share_bp, -1, _MOST_BP).astype(np.int32)
            share[first:last] = np.where(merged.known, known, -1)
        ends.append(last)
    assert heavy is not None
    return Merged(
        source=source[: ends[-1]],
        target=target[: ends[-1]],
        share_bp=share[: ends[-1]],
        type_starts=tuple(ends),
        over_full=_over_full(heavy),
        self_edges=selves,
        unknown_share=int((~heavy.known).sum()),
    )


def most_by_rounding(holders: Any) -> Any:
    """What so many shares can sum to when each was rounded to whole basis points (int or Expr)."""
    return FULL_SHARE_BP + (holders + 1) // 2


def _packed(parts: Sequence[Pairs]) -> "I64":
    """Source and target in one int64, which sorts fast; edges from a node to itself left out."""
    keys = np.empty(sum(one.source.size for one in parts), np.int64)
    at = 0
    for one in parts:
        span = keys[at : at + one.source.size]
        span[:] = one.source
        span <<= 32
        span |= one.target
        at += one.source.size
    apart: I64 = keys[(keys >> 32) != (keys & _LOW)]
    return apart


def _merge_weighted(parts: Sequence[Pairs], *, add: bool) -> _Heavy:
    """One edge a key: its known shares added up, or the greatest of them."""
    import polars as pl

    schema = {"key": pl.Int64, "share_bp": pl.Int32, **({"amount_fen": pl.Int64} if add else {})}
    frames = [pl.DataFrame(schema=schema)]
    for one in parts:
        weights = one.weights  # a post may be mapped to a weighted type: its share is not known
        if weights is None:
            weights = frames[0].drop("key").clear(one.source.size)
        apart = pl.Series(one.source != one.target)
        frames.append(weights.filter(apart).insert_column(0, pl.Series("key", _packed([one]))))
    rows = _mend(frames) if add else pl.concat(frames)
    del frames
    rows = rows.sort("key")
    keys, share = rows["key"].to_numpy(), rows["share_bp"]
    known = share.is_not_null().to_numpy()
    values = share.fill_null(0 if add else -1).to_numpy()
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    if not first.size:
        return _Heavy(keys=keys, share_bp=values.astype(np.int64), known=known)
    join = np.add if add else np.maximum
    return _Heavy(
        keys=keys[first],
        share_bp=join.reduceat(values, first, dtype=np.int64),
        known=np.logical_or.reduceat(known, first),
    )


def _mend(frames: "Sequence[pl.DataFrame]") -> "pl.DataFrame":
    """Fill a missing percentage from amounts, rounded down, when all holders have an amount."""
    import polars as pl

    amount, target = pl.col("amount_fen"), pl.col("key") & _LOW
    own = ("key", "share_bp")
    lacking = [one.filter(pl.col("share_bp").is_null()) for one in frames]
    if not sum(one.height for one in lacking):
        return pl.concat([one.select(own) for one in frames])
    missing = pl.concat(lacking).with_columns(target=target)
    named = missing["target"].unique().implode()
    theirs = [one.filter(target.is_in(named)) for one in frames]
    total = (
        pl.concat(theirs)
        .group_by(target=target)
        .agg(
            total=pl.when(amount.null_count() == 0, amount.sum() > 0, amount.min() >= 0).then(
                amount.sum()
            )
        )
    )
    # 128-bit: a large capital in fen times 10,000 leaves 64 bits
    derived = amount.cast(pl.Int128) * FULL_SHARE_BP // pl.col("total")
    mended = missing.join(total, on="target", how="left").select(
        "key", share_bp=derived.cast(pl.Int32)
    )
    there = [one.filter(pl.col("share_bp").is_not_null()).select(own) for one in frames]
    return pl.concat([*there, mended])


def _over_full(holdings: _Heavy) -> "I32":
    """Companies whose holders' known shares sum to more than rounding explains."""
    target = (holdings.keys[holdings.known] & _LOW).astype(np.int32)
    if not target.size:
        return target
    order = np.argsort(target, kind="stable")
    first = np.flatnonzero(np.diff(target[order], prepend=-1))
    total = np.add.reduceat(holdings.share_bp[holdings.known][order], first)
    holders = np.diff(first, append=target.size)
    found: I32 = target[order][first[total > most_by_rounding(holders)]]
    return found
