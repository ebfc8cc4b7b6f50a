"""What happened in a block, in causal order: complaints, licences, listings, checks, penalties.

Complaints, licences and listings come first and lean on the standing risk; penalties after a
complaint come next; then inspections, whose findings follow the formula of risk.py with only what
had happened before that day; then penalties after a finding. So nothing looks into the future.
"""

import numpy as np

from riskwarn.county.block import NEVER, Block, Int64s, epoch_day
from riskwarn.county.events import (
    DAY,
    LICENCES,
    Complaints,
    Conduct,
    Inspections,
    Licences,
    Listings,
    Penalties,
    Reports,
)
from riskwarn.county.shape import COMPANY, COOPERATIVE
from riskwarn.county.trades import GROUPS
from riskwarn.county.visits import Past, inspect


def live(block: Block) -> Conduct:
    """Let the block live through its history; pure in the county and the block's number."""
    complaints = _complain(block)
    licences = _license(block)
    reports, listings = _report(block)
    first = _punish_complaints(block, complaints)
    past = Past(complaints=complaints, licences=licences, listings=listings, penalties=first)
    inspections = inspect(block, complaints, past)
    second = _punish_findings(block, inspections)
    now = np.full(block.size, block.county.as_of)
    return Conduct(
        complaints=complaints,
        licences=licences,
        reports=reports,
        listings=listings,
        inspections=inspections,
        penalties=_merge(first, second),
        chance_now=past.chance(block, np.arange(block.size), now),
    )


def _complain(block: Block) -> Complaints:
    rng = block.stream("complaint")
    rate = block.county.settings.rates.complaints * block.by_group(1) * np.exp(0.45 * block.shady)
    local, day = block.happen(rng, rate * rng.gamma(1.2, 1 / 1.2, block.size))
    burst = np.flatnonzero(rng.random(block.size) < 0.01 * np.exp(0.5 * block.shady))
    burst = burst[block.stop[burst] - block.begin[burst] > 40]
    count = rng.integers(4, 12, len(burst))
    room = block.stop[burst] - block.begin[burst] - 30
    start = block.begin[burst] + (rng.random(len(burst)) ** 0.5 * room).astype(np.int64)
    more = np.repeat(burst, count)
    days = np.repeat(start, count) + rng.integers(0, 30, len(more))
    key = np.sort(np.concatenate([local * DAY + day, more * DAY + days]))
    local, day = key // DAY, key % DAY
    filed = rng.random(len(local)) < 0.05 + 0.04 * np.clip(block.shady[local], 0, 3)
    return Complaints(local=local, day=day, filed=filed, visited=rng.random(len(local)) < 0.10)


def _license(block: Block) -> Licences:
    """One licence line an enterprise of a licensed trade: five years, mostly renewed in time."""
    rng = block.stream("licence")
    kinds = np.array([LICENCES.index(row[0]) if row[0] else -1 for row in GROUPS.values()])
    kind = kinds[block.group]
    extra = (kind < 0) & (rng.random(block.size) < 0.06)
    kind = np.where(extra, LICENCES.index("other"), kind)
    local = np.flatnonzero((kind >= 0) & (rng.random(block.size) < 0.98))
    start = block.shape.established[local].astype(np.int64) + rng.integers(5, 60, len(local))
    rows: list[Int64s] = []
    lapse = 0.12 * np.exp(0.5 * block.shady[local])
    for _ in range(8):  # 40 years of five-year terms; nobody is older than 33
        until = start + 1826
        rows.append(np.stack([local, start, until]))
        lapsed = rng.random(len(local)) < lapse
        back = rng.random(len(local)) < 0.6  # many lapsed ones renew late
        gap = np.where(lapsed, rng.integers(20, 300, len(local)), -rng.integers(0, 30, len(local)))
        going = (until < block.stop[local]) & (~lapsed | back)
        local, start, lapse = local[going], (until + gap)[going], lapse[going]
    found = np.concatenate(rows, axis=1)
    found = found[:, (found[1] <= block.stop[found[0]]) & (found[2] >= block.county.since)]
    order = np.lexsort((found[1], found[0]))
    local, issued, until = found[:, order]
    gone = block.ended[local]
    ended = np.where((gone > 0) & (gone < until), gone, NEVER)
    return Licences(local=local, kind=kind[local], issued=issued, valid_to=until, ended=ended)


def _report(block: Block) -> tuple[Reports, Listings]:
    rng = block.stream("annual_report")
    county, everyone = block.county, np.arange(block.size)
    firm = np.isin(block.shape.kind, (COMPANY, COOPERATIVE))
    reports, listings = [], []
    last = county.settings.as_of.year
    for year in range(last - county.settings.history_years, last):
        due = epoch_day(year + 1, 6, 30)
        owes = (block.shape.established < epoch_day(year, 12, 31)) & (block.stop > due)
        duty = np.where(firm, 0.95, 0.80) - 0.10 * np.clip(block.shady, 0, 3)
        hands_in = owes & (rng.random(block.size) < duty)
        day = due - (rng.beta(1.2, 2.0, block.size) * 175).astype(np.int64)
        good = everyone[hands_in & (day <= county.as_of) & (day >= county.since)]
        reports.append(np.stack([good, np.full(len(good), year), day[good]]))
        missed = owes & ~hands_in & (rng.random(block.size) < np.where(firm, 0.9, 0.25))
        listed = due + rng.integers(3, 20, block.size)
        who = everyone[missed & (listed <= county.as_of) & (listed >= county.since)]
        listings.append(np.stack([who, listed[who], np.zeros(len(who), np.int64)]))
    lost = rng.random(block.size) < np.where(block.shape.cluster >= 0, 0.25, 0.012)
    room = np.maximum(block.stop - block.begin - 60, 0)
    day = block.begin + 60 + (rng.random(block.size) * room).astype(np.int64)
    who = everyone[lost & firm & (room > 0)]
    reason = np.where(rng.random(len(who)) < 0.9, 1, 2)
    listings.append(np.stack([who, day[who], reason]))
    report = np.concatenate(reports, axis=1)
    report = report[:, np.lexsort((report[1], report[0]))]
    listing = np.concatenate(listings, axis=1)
    listing = listing[:, np.lexsort((listing[2], listing[1], listing[0]))]
    count = listing.shape[1]
    removed = listing[1] + 5 + np.asarray(rng.exponential(260, count)).astype(np.int64)
    stays = rng.random(count) < 0.35
    removed = np.where(stays | (removed > block.stop[listing[0]]), NEVER, removed)
    return (
        Reports(local=report[0], year=report[1], day=report[2]),
        Listings(local=listing[0], listed=listing[1], reason=listing[2], removed=removed),
    )


def _punish_complaints(block: Block, complaints: Complaints) -> Penalties:
    rng = block.stream("penalty after complaint")
    hit = complaints.filed & (rng.random(len(complaints.filed)) < 0.45)
    local = complaints.local[hit]
    day = complaints.day[hit] + rng.integers(30, 91, len(local))
    return _sorted_penalties(block, local, day, True)


def _punish_findings(block: Block, inspections: Inspections) -> Penalties:
    rng = block.stream("penalty after finding")
    hit = inspections.problem & (rng.random(len(inspections.problem)) < 0.40)
    local = inspections.local[hit]
    day = inspections.day[hit] + rng.integers(10, 61, len(local))
    return _sorted_penalties(block, local, day, False)


def _sorted_penalties(block: Block, local: Int64s, day: Int64s, complaint: bool) -> Penalties:
    on_time = day <= block.stop[local]
    key = np.sort(local[on_time] * DAY + day[on_time])
    mark = np.full(len(key), complaint)
    return Penalties(local=key // DAY, day=key % DAY, after_complaint=mark)


def _merge(first: Penalties, second: Penalties) -> Penalties:
    local = np.concatenate([first.local, second.local])
    day = np.concatenate([first.day, second.day])
    mark = np.concatenate([first.after_complaint, second.after_complaint])
    order = np.lexsort((mark, day, local))
    return Penalties(local=local[order], day=day[order], after_complaint=mark[order])
