"""Who is inspected when, and what is found: by the formula of risk.py, from what came before."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from riskwarn.county.block import Block, Int64s, epoch_day
from riskwarn.county.events import DAY, Complaints, Inspections, Licences, Listings, Penalties
from riskwarn.county.risk import chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the formula of risk.py looks back on."""

    complaints: Complaints
    licences: Licences
    listings: Listings
    penalties: Penalties

    def chance(self, block: Block, local: Int64s, day: Int64s) -> npt.NDArray[np.float64]:
        """Give the probability of a finding for each (local, day), from before that day only."""
        complained = _count(self.complaints.local, self.complaints.day, local, day, 365)
        penalised = _count(self.penalties.local, self.penalties.day, local, day, 730)
        listed = _count(self.listings.local, self.listings.listed, local, day, DAY - 1)
        off = self.listings.removed > 0
        removed = _count(
            self.listings.local[off], self.listings.removed[off], local, day, DAY - 1, sort=True
        )
        issued = _count(self.licences.local, self.licences.issued, local, day, DAY - 1)
        current = _count(self.licences.local, self.licences.issued, local, day, 1827)
        return chance(
            block.standing[local],
            complained,
            (issued > 0) & (current == 0),
            penalised > 0,
            listed > removed,
        )


def _count(
    local: Int64s, day: Int64s, of: Int64s, on: Int64s, window: int, *, sort: bool = False
) -> Int64s:
    """Count the events of each `of` in the `window` days before `on`."""
    keys = local * DAY + day
    if sort:
        keys = np.sort(keys)
    high = np.searchsorted(keys, of * DAY + on)
    low = np.searchsorted(keys, of * DAY + np.maximum(on - window, 0))
    return (high - low).astype(np.int64)


def inspect(block: Block, complaints: Complaints, past: Past) -> Inspections:
    rng = block.stream("inspection")
    county, rates = block.county, block.county.settings.rates
    parts = [_random_arm(block, rng)]
    for arm, rate in ((1, rates.targeted_checks), (3, rates.other_checks)):
        bent = np.exp(0.6 * block.shady) if arm == 1 else np.ones(block.size)
        local, day = block.happen(rng, rate * bent)
        parts.append(np.stack([local, day, np.full(len(local), arm), np.full(len(local), -1)]))
    parts.append(_routine(block, rng))
    local = complaints.local[complaints.visited]
    day = complaints.day[complaints.visited] + rng.integers(3, 16, len(local))
    size = len(local)
    parts.append(np.stack([local, day, np.full(size, 2), np.full(size, -1)]))
    all_of = np.concatenate(parts, axis=1)
    all_of = all_of[:, all_of[1] <= np.minimum(block.stop[all_of[0]], county.as_of)]
    all_of = all_of[:, np.lexsort((all_of[2], all_of[1], all_of[0]))]
    local, day, arm, ppm = all_of
    problem = rng.random(len(local)) < past.chance(block, local, day)
    return Inspections(local=local, day=day, arm=arm, ppm=ppm, problem=problem)


def _routine(block: Block, rng: np.random.Generator) -> Int64s:
    """Visit food trades every 20 months or so, crowded places every 11; some rounds fall out."""
    food = block.in_groups("catering", "food_shop", "food_maker")
    crowded = block.in_groups("leisure", "realty", "school")
    cycle = np.where(food, 600, np.where(crowded, 330, 0))
    local = np.flatnonzero(cycle)
    day = block.begin[local] + 60 + (rng.random(len(local)) * cycle[local]).astype(np.int64)
    rows = []
    while len(local):
        done = rng.random(len(local)) < 0.96
        rows.append(np.stack([local[done], day[done]]))
        day = day + cycle[local] + rng.integers(-40, 41, len(local))
        going = day <= block.stop[local]
        local, day = local[going], day[going]
    found = np.concatenate(rows, axis=1) if rows else np.empty((2, 0), np.int64)
    size = found.shape[1]
    return np.concatenate([found, [np.full(size, 3), np.full(size, -1)]]).astype(np.int64)


def _random_arm(block: Block, rng: np.random.Generator) -> Int64s:
    """Draw each quarter: every class with its own probability, independent and written down."""
    county = block.county
    share = np.array(county.settings.random_arm.yearly_share)
    ppm = np.round(share / 4 * 1_000_000).astype(np.int64)[block.risk_class]
    rows, everyone = [], np.arange(block.size)
    last = county.settings.as_of.year
    for year in range(last - county.settings.history_years, last + 1):
        for month in (1, 4, 7, 10):
            start = epoch_day(year, month, 1)
            if start < county.since or start + 12 > county.as_of:
                continue
            pool = (block.shape.established < start) & (block.stop > start)
            drawn = everyone[pool & (rng.integers(0, 1_000_000, block.size) < ppm)]
            day = start + 10 + rng.integers(0, 60, len(drawn))
            rows.append(np.stack([drawn, day, np.zeros(len(drawn), np.int64), ppm[drawn]]))
    return np.concatenate(rows, axis=1) if rows else np.empty((4, 0), np.int64)
