"""Where rules say the same: how their hits overlap, and which rule contains which by its text."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

ROWS_A_CHUNK = 65_536  # 60 rules × 65,536 rows of f64 are 31 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two rules, their hits and the hits they share."""

    left: str
    right: str
    left_hit: int
    right_hit: int
    both: int

    @property
    def jaccard(self) -> float | None:
        """Shared hits over all hits of either; None when neither hit anything."""
        either = self.left_hit + self.right_hit - self.both
        return self.both / either if either else None

    @property
    def left_in_right(self) -> float | None:
        """The share of the left rule's hits that the right one hits too."""
        return self.both / self.left_hit if self.left_hit else None

    @property
    def right_in_left(self) -> float | None:
        return self.both / self.right_hit if self.right_hit else None


def overlap(hits: "pl.DataFrame", rules: Sequence[str]) -> list[Pair]:
    """Count the shared hits of every two rules in one pass.

    Takes:  hits, a nullable boolean column a rule; unknown is no hit.
    Gives:  one pair each two rules, most alike first, then by name. The counts are exact: sums of
            ones in f64 are whole up to 2^53.
    """
    import numpy as np
    import polars as pl

    names = sorted(rules)
    shared = np.zeros((len(names), len(names)))
    for start in range(0, hits.height, ROWS_A_CHUNK):
        part = hits[start : start + ROWS_A_CHUNK].select(
            pl.col(name).fill_null(value=False).cast(pl.Float64) for name in names
        )
        matrix = part.to_numpy()
        shared += matrix.T @ matrix
    count = shared.round().astype(int)
    pairs = [
        Pair(
            left=names[i],
            right=names[j],
            left_hit=int(count[i, i]),
            right_hit=int(count[j, j]),
            both=int(count[i, j]),
        )
        for i, j in combinations(range(len(names)), 2)
    ]
    return sorted(pairs, key=lambda p: (-(p.jaccard or 0.0), p.left, p.right))
