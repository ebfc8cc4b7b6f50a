"""Who holds what part of whom, who guarantees, sues and supplies whom; the whole county's edges."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from riskwarn.county.settings import CountySettings
from riskwarn.county.shape import BRANCH, COMPANY, COOPERATIVE, EPOCH, INDIVIDUAL, Shape, power_pick
from riskwarn.county.streams import stream

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
FULL, UNKNOWN = 10_000, -1  # basis points; −1: the delivery leaves the percentage out
RELATIONS = ("branch", "guarantee", "litigation", "supply", "shared_contact")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """Shareholdings, sorted by company. A holder is an enterprise ≥ 0 or else a person."""

    company: Int32s
    enterprise: Int32s  # −1: a person holds
    person: Int32s  # −1: an enterprise holds
    share_bp: Int32s  # −1: unknown
    started: Int32s  # epoch days
    ended: Int32s  # 0: holds still


@dataclass(frozen=True, slots=True, kw_only=True)
class Relations:
    """Other ties, sorted by enterprise; `kind` numbers RELATIONS."""

    enterprise: Int32s
    other: Int32s
    kind: npt.NDArray[np.uint8]
    started: Int32s
    ended: Int32s


def build_holdings(shape: Shape, seed: int, settings: CountySettings) -> Holdings:
    """Give every company its holders.

    One to six holders, parts by stick-breaking that sum to 10,000; a fifth of them companies,
    mostly acyclic. Then the planted ones: rings (10–45 % around), pyramids (51–100 % down), and
    the faults: 3 % of the parts unknown, 1 % of the companies over 100 %, ended holdings.
    """
    rng = stream(seed, "holdings")
    companies = np.flatnonzero((shape.kind == COMPANY) | (shape.kind == COOPERATIVE))
    held = companies[shape.depth[companies] <= 1]  # a pyramid's lower layers have their own
    count = np.minimum(6, rng.geometric(0.42, len(held)))
    count[shape.cluster[held] >= 0] = 1  # a shell has its representative and nobody else
    company = np.repeat(held, count)
    start = np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64)
    share = _stick(rng, count, start)
    enterprise, person = _holders(rng, shape, company, start, held)
    in_ring = shape.ring[company] >= 0
    ring = np.flatnonzero(shape.ring >= 0)  # each holds a part of the next
    target = shape.next_in_ring[ring]
    part = rng.integers(1000, 4501, len(ring))
    taken = np.zeros(shape.size, np.int64)
    taken[target] = part
    share = np.where(in_ring, share * (FULL - taken[company]) // FULL, share)
    chain, above, down = _pyramid_holdings(rng, shape)
    over = start[rng.random(len(start)) < 0.01]
    share[over] += rng.integers(500, 3001, len(over))
    share[rng.random(len(share)) < 0.03] = UNKNOWN
    past = held[rng.random(len(held)) < 0.10]
    minority = chain[down < FULL]
    everyone = np.concatenate([company, target, chain, minority, past])
    none = np.full(len(minority) + len(past), UNKNOWN, np.int64)
    by_company = np.concatenate([enterprise, ring, above, none])
    by_person = np.full(len(everyone), -1, np.int64)
    by_person[: len(person)] = person
    tail = slice(len(everyone) - len(none), None)
    by_person[tail] = rng.integers(0, shape.persons, len(none))
    rest = (FULL - down)[down < FULL]
    parts = np.concatenate([share, part, down, rest, rng.integers(500, 5001, len(past))])
    return _dated(rng, shape, settings, everyone, by_company, by_person, parts, len(past))


def _stick(rng: np.random.Generator, count: Int64s, start: Int64s) -> Int64s:
    """Break 10,000 basis points into `count` parts a company; the first gets the remainder."""
    if not len(count):
        return np.empty(0, np.int64)
    weight = rng.gamma(0.8, 1.0, int(count.sum())) + 1e-6
    total = np.add.reduceat(weight, start)
    share: Int64s = (weight / np.repeat(total, count) * FULL).astype(np.int64)
    share[start] += FULL - np.add.reduceat(share, start)
    return share


def _holders(
    rng: np.random.Generator, shape: Shape, company: Int64s, start: Int64s, held: Int64s
) -> tuple[Int64s, Int64s]:
    """Choose persons and enterprises; the first personal holder is the legal representative."""
    size = len(company)
    corporate = (rng.random(size) < 0.22) & (shape.cluster[company] < 0)
    person = rng.integers(0, shape.persons, size)
    first = np.zeros(size, bool)
    first[start] = True
    person[first] = shape.owner[company[first]]
    near = held[rng.integers(0, len(held), size)] if len(held) else company
    far = power_pick(rng, shape.size, size)
    holder = np.where(rng.random(size) < 0.7, near, far)
    upward = (holder > company) & (rng.random(size) < 0.97)  # holders are numbered below: no cycle
    holder = np.where(upward, company - 1 - (holder - company) % np.maximum(company, 1), holder)
    able = np.isin(shape.kind[np.maximum(holder, 0)], (COMPANY, COOPERATIVE))
    corporate &= (holder >= 0) & (holder != company) & able
    return np.where(corporate, holder, -1), np.where(corporate, -1, person)


def _pyramid_holdings(rng: np.random.Generator, shape: Shape) -> tuple[Int64s, Int64s, Int64s]:
    chain = np.flatnonzero(shape.above_in_pyramid >= 0)
    above = shape.above_in_pyramid[chain].astype(np.int64)
    down = np.where(rng.random(len(chain)) < 0.4, FULL, rng.integers(5100, FULL, len(chain)))
    return chain, above, down.astype(np.int64)


def _dated(
    rng: np.random.Generator,
    shape: Shape,
    settings: CountySettings,
    company: Int64s,
    enterprise: Int64s,
    person: Int64s,
    share: Int64s,
    past: int,
) -> Holdings:
    as_of = int((np.datetime64(settings.as_of) - EPOCH).astype(int))
    started = shape.established[company].astype(np.int64)
    later = np.where(enterprise >= 0, shape.established[np.maximum(enterprise, 0)], started)
    started = np.minimum(np.maximum(started, later), as_of - 1)
    ended = np.zeros(len(company), np.int64)
    if past:
        ended[-past:] = started[-past:] + 1 + rng.integers(0, as_of - started[-past:])
    order = np.lexsort((ended, person, enterprise, company))
    keys = np.stack([company, enterprise, person])[:, order]
    order = order[np.append(True, (keys[:, 1:] != keys[:, :-1]).any(axis=0))]  # one row a holder
    return Holdings(
        company=company[order].astype(np.int32),
        enterprise=enterprise[order].astype(np.int32),
        person=person[order].astype(np.int32),
        share_bp=share[order].astype(np.int32),
        started=started[order].astype(np.int32),
        ended=ended[order].astype(np.int32),
    )


def build_relations(shape: Shape, seed: int, settings: CountySettings) -> Relations:
    """Give branches, guarantees, lawsuits between enterprises, supply and shared contacts."""
    rng = stream(seed, "relations")
    n = shape.size
    branch = np.flatnonzero(shape.kind == BRANCH)
    firms = np.flatnonzero(shape.kind == COMPANY)
    parents = firms[power_pick(rng, len(firms), len(branch))] if len(firms) else branch
    sources, others, kinds = [parents], [branch], [np.zeros(len(branch), np.uint8)]
    for number, share in ((1, 0.06), (2, 0.19), (3, 0.24), (4, 0.05)):
        size = int(share * n)
        source = rng.integers(0, n, size)
        sources.append(source)
        close = np.clip(source + rng.integers(-200, 201, size), 0, n - 1)
        far = power_pick(rng, n, size)
        others.append(np.where(rng.random(size) < 0.5, close, far))
        kinds.append(np.full(size, number, np.uint8))
    source, other, kind = np.concatenate(sources), np.concatenate(others), np.concatenate(kinds)
    real = (source != other) & ~((kind == 1) & (shape.kind[source] == INDIVIDUAL))
    source, other, kind = source[real], other[real], kind[real]
    as_of = int((np.datetime64(settings.as_of) - EPOCH).astype(int))
    begun = np.maximum(shape.established[source], shape.established[other]).astype(np.int64)
    room = as_of - np.minimum(begun, as_of - 1)
    started = np.minimum(begun, as_of - 1) + (rng.random(len(source)) * room).astype(np.int64)
    started[kind == 0] = np.minimum(begun[kind == 0], as_of - 1)
    over = (rng.random(len(source)) < 0.3) & ((kind == 1) | (kind == 3))
    ended = np.where(over, started + 1 + (rng.random(len(source)) * 900).astype(np.int64), 0)
    order = np.lexsort((started, kind, other, source))
    source, other, kind, started = source[order], other[order], kind[order], started[order]
    alike = np.zeros(len(source), bool)  # the catalogue's key: both, kind, start
    alike[1:] = (
        (source[1:] == source[:-1]) & (other[1:] == other[:-1]) & (kind[1:] == kind[:-1])
    ) & (started[1:] == started[:-1])
    keep = ~alike
    return Relations(
        enterprise=source[keep].astype(np.int32),
        other=other[keep].astype(np.int32),
        kind=kind[keep],
        started=started[keep].astype(np.int32),
        ended=np.where(ended[order][keep] > as_of, 0, ended[order][keep]).astype(np.int32),
    )


def part_of(sorted_by: Int32s, low: int, high: int) -> slice:
    """Give the slice of edges that belong to enterprises low..high-1."""
    return slice(int(np.searchsorted(sorted_by, low)), int(np.searchsorted(sorted_by, high)))
