"""Shares with honest intervals: of what was counted, and of all, from random draws alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

TAIL = 0.025  # on either side of a 95 % interval
Z95 = 1.959963984540054  # standard normal quantile, 97.5 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of 0–1 with its 95 % interval; None: nothing can be said, `why` says the reason."""

    n: int  # observations it rests on
    share: float | None
    low: float | None
    high: float | None
    why: str = ""


def nothing(why: str, n: int = 0) -> Share:
    """Give the share of which nothing can be said."""
    return Share(n=n, share=None, low=None, high=None, why=why)


def counted_share(found: int, n: int) -> Share:
    """Give found / n with the exact (Clopper–Pearson) interval; n = 0 says nothing."""
    if n == 0:
        return nothing("没有可用的检查结论")
    from scipy.stats import beta

    low = 0.0 if found == 0 else float(beta.ppf(TAIL, found, n - found + 1))
    high = 1.0 if found == n else float(beta.ppf(1 - TAIL, found + 1, n - found))
    return Share(n=n, share=found / n, low=low, high=high)


def weighted_share(weights: Sequence[float], part: Sequence[bool]) -> Share:
    """Give the share of `part` among all, each observation standing for `weights` enterprises.

    Takes:  weights, 1 / the chance of being drawn; only the observations that the share is of.
    Gives:  Hájek's ratio; the interval is Wilson's with the number of simple draws that would be
            as sure: from the linearised variance, or, when all observations agree, Kish's
            effective size.
    Source: Särndal, Swensson, Wretman 1992, §5.7; Franco et al., J. Surv. Stat. Methodol. 2019.
    """
    n = len(weights)
    if n == 0:
        return nothing("没有随机抽查的样本")
    total = math.fsum(weights)
    share = math.fsum(w for w, inside in zip(weights, part, strict=True) if inside) / total
    squares = math.fsum(w * w for w in weights)
    effective = total * total / squares
    if 0 < share < 1 and n > 1:
        spread = math.fsum((w * (inside - share)) ** 2 for w, inside in _pairs(weights, part))
        variance = spread / (total * total) * n / (n - 1)
        effective = min(share * (1 - share) / variance, float(n))
    low, high = _wilson(share, effective)
    return Share(n=n, share=share, low=low, high=high)


def _pairs(weights: Sequence[float], part: Sequence[bool]) -> list[tuple[float, int]]:
    return [(w, int(inside)) for w, inside in zip(weights, part, strict=True)]


def _wilson(share: float, draws: float) -> tuple[float, float]:
    z2 = Z95 * Z95
    middle = (share + z2 / (2 * draws)) / (1 + z2 / draws)
    half = Z95 * math.sqrt(share * (1 - share) / draws + z2 / (4 * draws * draws))
    half /= 1 + z2 / draws
    return max(0.0, middle - half), min(1.0, middle + half)
