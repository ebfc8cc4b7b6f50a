"""Ratio to trend: a window against the mean of the like windows before it.

A trend is two ordinary aggregates of the same rows, the window and the whole stretch, computed in
the pass of their table, and one division afterwards.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from riskwarn.constants import FULL_SHARE_BP
from riskwarn.features.division import divided
from riskwarn.records.features import WindowFeature

if TYPE_CHECKING:
    import narwhals as nw

_MOST = 2**31 - 1


def trend_parts(spec: WindowFeature) -> Sequence[WindowFeature]:
    """Give what a trend is computed from; any other feature stands for itself."""
    if spec.agg != "trend":
        return (spec,)
    assert spec.window_days is not None
    whole = spec.window_days * (spec.periods + 1)
    plain = replace(spec, agg="sum" if spec.of else "count", periods=0)
    now, all_ = _names(spec)
    return (replace(plain, name=now), replace(plain, name=all_, window_days=whole))


def trend_value(spec: WindowFeature) -> "nw.Expr":
    """Divide: basis points of the mean, rounded down, Int32.

    Null where either part is unknown, where nothing came before (no mean to compare with), and
    where a sum is negative.
    """
    import narwhals as nw

    now, whole = (nw.col(name).cast(nw.Int64) for name in _names(spec))
    before = whole - now
    usual = nw.when(before > 0).then(before)  # null, never 0: some engines fail on division by it
    scaled = nw.when(now >= 0).then(now) * (spec.periods * FULL_SHARE_BP)
    share = divided(scaled, usual)
    return (
        nw.when(share > _MOST).then(nw.lit(_MOST)).otherwise(share).cast(nw.Int32).alias(spec.name)
    )


def _names(spec: WindowFeature) -> tuple[str, str]:
    return f"_{spec.name}_now", f"_{spec.name}_whole"
