"""Edges merged to one a (type, source, target); shares mended, doubled ones added up."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from riskwarn.constants import FULL_SHARE_BP
from riskwarn.records.graph import EDGE_TABLES, EDGE_TYPES

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

_SHAREHOLDING = EDGE_TYPES.index("shareholding")
_WEIGHTED = [
    i for i, name in enumerate(EDGE_TYPES) if EDGE_TABLES[name] in ("shareholding", "relation")
]
_NODE_BITS = 29  # type, source and target fit one int64, which sorts fast
MAX_NODES = 1 << _NODE_BITS  # 536 million
_NODE_MASK = (1 << _NODE_BITS) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Edge arrays sorted by (type, source, target), and what was odd about them."""

    type: "NDArray[np.uint8]"
    source: "NDArray[np.int32]"
    target: "NDArray[np.int32]"
    share_bp: "NDArray[np.int32]"  # −1 unknown
    over_full: "NDArray[np.int32]"  # enterprises whose holders sum to more than 100 %
    self_edges: "NDArray[np.int32]"  # enterprises that hold themselves
    unknown_share: int  # shareholdings whose share stayed unknown


def merge_edges(edges: "pl.DataFrame") -> Merged:
    """Merge parallel edges of one type; a holder's several holdings of one company add up.

    A missing percentage is computed from the subscribed amounts when every holder of the
    company has one. Holdings over 100 % in all are scaled down in proportion when they are
    walked (control.py), here only reported: each percentage is rounded, so half a basis point a
    holder is no fault.
    """
    import polars as pl

    of_self = pl.col("source") == pl.col("target")
    selves = edges.filter(of_self & (pl.col("type") == _SHAREHOLDING))
    edges = edges.filter(~of_self).with_columns(_packed().alias("key"))
    weighted = pl.col("type").is_in(_WEIGHTED)
    plain = _without_doubles(edges.filter(~weighted)["key"].to_numpy())
    holdings = _mend(edges.filter(pl.col("type") == _SHAREHOLDING))
    known = pl.col("share_bp").count() > 0
    summed = holdings.group_by("key", "target").agg(pl.when(known).then(pl.col("share_bp").sum()))
    relations = edges.filter(weighted & (pl.col("type") != _SHAREHOLDING))
    relations = relations.group_by("key", "target").agg(pl.col("share_bp").max())
    heavy = pl.concat([summed, relations])
    share = heavy["share_bp"].fill_null(-1).clip(-1, 2**31 - 1).cast(pl.Int32).to_numpy()
    keys = np.concatenate([plain, heavy["key"].to_numpy()])
    order = np.argsort(keys)  # every key is there once, so the order has no ties
    keys = keys[order]
    shares = np.concatenate([np.full(plain.size, -1, np.int32), share])[order]
    over = summed.group_by("target").agg(pl.col("share_bp").sum(), holders=pl.count("share_bp"))
    over = over.filter(pl.col("share_bp") > most_by_rounding(pl.col("holders")))
    return Merged(
        type=(keys >> (2 * _NODE_BITS)).astype(np.uint8),
        source=((keys >> _NODE_BITS) & _NODE_MASK).astype(np.int32),
        target=(keys & _NODE_MASK).astype(np.int32),
        share_bp=shares,
        over_full=over["target"].sort().to_numpy(),
        self_edges=selves["target"].unique().sort().to_numpy(),
        unknown_share=int(summed["share_bp"].is_null().sum()),
    )


def most_by_rounding(holders: Any) -> Any:
    """What so many shares can sum to when each was rounded to whole basis points (int or Expr)."""
    return FULL_SHARE_BP + (holders + 1) // 2


def _packed() -> "pl.Expr":
    import polars as pl

    kind, source, target = (pl.col(name).cast(pl.Int64) for name in ("type", "source", "target"))
    return kind * (1 << 2 * _NODE_BITS) + source * (1 << _NODE_BITS) + target


def _without_doubles(keys: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """Sorted distinct keys; np.unique hashes first, which costs more here."""
    ordered = np.sort(keys)
    return ordered[np.flatnonzero(np.diff(ordered, prepend=-1))]


def _mend(holdings: "pl.DataFrame") -> "pl.DataFrame":
    """Fill a missing percentage from amounts, rounded down, when all holders have an amount."""
    import polars as pl

    amount = pl.col("amount_fen")
    lacking = holdings.filter(pl.col("share_bp").is_null()).select("target").unique()
    if lacking.height == 0:
        return holdings
    totals = holdings.join(lacking, on="target", how="semi").group_by("target")
    total = totals.agg(
        total=pl.when(amount.null_count() == 0, amount.sum() > 0, amount.min() >= 0).then(
            amount.sum()
        )
    )
    joined = holdings.join(total, on="target", how="left")
    # 128-bit: a large capital in fen times 10,000 leaves 64 bits
    derived = (amount.cast(pl.Int128) * FULL_SHARE_BP // pl.col("total")).cast(pl.Int64)
    return joined.with_columns(pl.col("share_bp").fill_null(derived)).drop("total")
