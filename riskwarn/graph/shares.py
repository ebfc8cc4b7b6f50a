"""Edges merged to one a (type, source, target); shares mended, doubled ones added up."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from riskwarn.constants import FULL_SHARE_BP
from riskwarn.records.graph import EDGE_TYPES

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

_SHAREHOLDING = EDGE_TYPES.index("shareholding")


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
    selves = edges.filter(of_self)
    shareholding = pl.col("type") == _SHAREHOLDING
    holdings = _mend(edges.filter(shareholding & ~of_self))
    others = edges.filter(~shareholding & ~of_self)
    keys = ("type", "source", "target")
    known = pl.col("share_bp").count() > 0
    summed = holdings.group_by(keys).agg(pl.when(known).then(pl.col("share_bp").sum()))
    merged = others.group_by(keys).agg(pl.col("share_bp").max())
    merged = pl.concat([summed, merged]).sort(keys)
    over = summed.group_by("target").agg(pl.col("share_bp").sum(), holders=pl.len())
    over = over.filter(pl.col("share_bp") > FULL_SHARE_BP + (pl.col("holders") + 1) // 2)
    share = merged["share_bp"].fill_null(-1).clip(-1, 2**31 - 1).cast(pl.Int32)
    return Merged(
        type=merged["type"].to_numpy(),
        source=merged["source"].to_numpy(),
        target=merged["target"].to_numpy(),
        share_bp=share.to_numpy(),
        over_full=over["target"].sort().to_numpy(),
        self_edges=selves.filter(shareholding)["target"].unique().sort().to_numpy(),
        unknown_share=int(summed["share_bp"].is_null().sum()),
    )


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
