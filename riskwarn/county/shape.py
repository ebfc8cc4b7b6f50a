"""The bones of the county: who stands behind whom, at which address; planted clusters and rings.

Whole-county integer arrays only (about 60 bytes an enterprise), so that 14 million fit; texts are
made later, block by block. Enterprises are numbered 0..n-1, companies scattered among them.
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from riskwarn.county.settings import CountySettings
from riskwarn.county.streams import stream
from riskwarn.county.trades import trades

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
INDIVIDUAL, COMPANY, BRANCH, COOPERATIVE = 0, 1, 2, 3
EPOCH = np.datetime64("1970-01-01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One entry an enterprise in each array; −1 means none."""

    kind: Bytes
    trade: Bytes
    established: Int32s  # epoch days
    owner: Int32s  # the person who is its legal representative
    address: Int32s
    phone: Int32s
    cluster: Int32s  # shell cluster
    ring: Int32s  # cross-holding ring
    pyramid: Int32s  # chain of companies under one person
    depth: Bytes  # place in the pyramid, 1 at the top, 0 outside
    persons: int
    addresses: int
    next_in_ring: Int32s  # the company that this member of a ring holds a part of
    above_in_pyramid: Int32s  # the company that holds this member of a pyramid

    @property
    def size(self) -> int:
        return len(self.kind)

    def block(self, low: int, high: int) -> "Shape":
        """Cut out enterprises low..high-1; numbers of others stay whole-county numbers."""
        cut = {f.name: getattr(self, f.name) for f in fields(self)}
        cut = {k: v[low:high] if isinstance(v, np.ndarray) else v for k, v in cut.items()}
        return Shape(**cut)


def power_pick(rng: np.random.Generator, below: int, size: int) -> Int64s:
    """Pick from 0..below-1 with density ~ 1/rank; ranks are scattered over the numbers."""
    rank = np.expm1(rng.random(size) * np.log(below + 1.0)).astype(np.int64)
    scattered: Int64s = (np.minimum(rank, below - 1) * 2_654_435_761) % below
    return scattered


def build_shape(enterprises: int, seed: int, settings: CountySettings) -> Shape:
    """Lay out the county.

    Takes:  enterprises, count; seed; settings.
    Gives:  a Shape; the same for the same three.
    """
    n, shares = enterprises, settings.shares
    rng = stream(seed, "shape")
    kind = _kinds(rng, n, settings)
    persons, addresses, phones = _counts(n)
    owner = rng.integers(0, persons, n, dtype=np.int32)
    serial = rng.random(n) < shares.serial_owned
    owner[serial] = power_pick(rng, persons, int(serial.sum()))
    address = rng.integers(0, addresses, n, dtype=np.int32)
    hub = (rng.random(n) < shares.hub_addresses / shares.companies) & (kind == COMPANY)
    address[hub] = power_pick(rng, max(1, addresses // 400), int(hub.sum()))
    phone = rng.integers(0, phones, n, dtype=np.int32)
    agent = rng.random(n) < 0.04
    phone[agent] = power_pick(rng, max(1, phones // 50), int(agent.sum()))
    phone[rng.random(n) < shares.without_phone] = -1
    established = _established(rng, n, settings)
    planted = _plant(stream(seed, "planted"), kind, settings)
    _move_in(planted.cluster, owner, address, phone, established, seed, settings)
    return Shape(
        kind=kind,
        trade=_trades(stream(seed, "trades"), kind),
        established=established,
        owner=owner,
        address=address,
        phone=phone,
        persons=persons,
        addresses=addresses,
        cluster=planted.cluster,
        ring=planted.ring,
        pyramid=planted.pyramid,
        depth=planted.depth,
        next_in_ring=planted.next_in_ring,
        above_in_pyramid=planted.above,
    )


def _move_in(
    cluster: Int32s,
    owner: Int32s,
    address: Int32s,
    phone: Int32s,
    established: Int32s,
    seed: int,
    settings: CountySettings,
) -> None:
    """Put each shell cluster at one address, founded within a month; changes the arrays."""
    n = len(cluster)
    persons, addresses, phones = _counts(n)
    members = np.flatnonzero(cluster >= 0)
    number = cluster[members].astype(np.int64)
    pick = stream(seed, "cluster members")
    address[members] = (number * 131 + 7) % addresses
    phone[members] = (number * 137 + pick.integers(0, 2, len(members))) % phones
    owner[members] = (number * 139 + pick.integers(0, 3, len(members))) % persons
    as_of = int((np.datetime64(settings.as_of) - EPOCH).astype(int))
    founded = as_of - 60 - pick.integers(0, 900, int(number.max(initial=0)) + 1)
    established[members] = founded[number] - pick.integers(0, 30, len(members))


def _counts(n: int) -> tuple[int, int, int]:
    """Give the numbers of persons, addresses and phones behind n enterprises."""
    return int(1.25 * n), int(0.55 * n), int(0.65 * n)


def _kinds(rng: np.random.Generator, n: int, settings: CountySettings) -> Bytes:
    shares = settings.shares
    edges = np.cumsum([shares.companies, shares.branches, shares.cooperatives])
    place = np.searchsorted(edges, rng.random(n), side="right")
    return np.array([COMPANY, BRANCH, COOPERATIVE, INDIVIDUAL], np.uint8)[place]


def _trades(rng: np.random.Generator, kind: Bytes) -> Bytes:
    menu = trades()
    company = np.array([trade.company_weight for trade in menu]).cumsum()
    individual = np.array([trade.individual_weight for trade in menu]).cumsum()
    u = rng.random(len(kind))
    chosen = np.searchsorted(company / company[-1], u, side="right")
    own = np.searchsorted(individual / individual[-1], u, side="right")
    return np.where(kind == INDIVIDUAL, own, chosen).astype(np.uint8)


def _established(rng: np.random.Generator, n: int, settings: CountySettings) -> Int32s:
    as_of = int((np.datetime64(settings.as_of) - EPOCH).astype(int))
    age = np.minimum(rng.exponential(2600.0, n), 12_000.0) + 1  # half are younger than five years
    return (as_of - age).astype(np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planted:
    cluster: Int32s
    ring: Int32s
    next_in_ring: Int32s
    pyramid: Int32s
    depth: Bytes
    above: Int32s


def _plant(rng: np.random.Generator, kind: Bytes, settings: CountySettings) -> _Planted:
    """Choose disjoint companies for clusters (5–200), rings (2–6) and pyramids (3–12 layers)."""
    n = len(kind)
    free = rng.permutation(np.flatnonzero(kind == COMPANY))
    wanted = min(max(5, int(settings.shares.shell_members * n)), len(free) // 2)
    sizes = np.minimum(200, (5 * rng.random(wanted // 5 + 1) ** (-1 / 1.3)).astype(np.int64))
    cluster, used = np.full(n, -1, np.int32), 0
    number = np.repeat(np.arange(len(sizes)), sizes)[:wanted]
    if len(number) and (number == number[-1]).sum() < 5:  # a cut-off cluster joins the one before
        number[number == number[-1]] = max(0, number[-1] - 1)
    cluster[free[: len(number)]] = number
    used = len(number)
    rings = max(1, n // 2000)
    ring_of, place, used = _chains(rng, rings, 2, 6, free, used)
    ring, following = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    ring[place] = ring_of
    first = np.searchsorted(ring_of, ring_of)
    last = np.append(ring_of[1:] != ring_of[:-1], True)
    following[place] = place[np.where(last, first, np.minimum(np.arange(len(place)) + 1, used))]
    pyramid_of, chain, used = _chains(rng, max(1, n // 1500), 3, 12, free, used)
    pyramid, above = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    depth = np.zeros(n, np.uint8)
    pyramid[chain] = pyramid_of
    depth[chain] = np.arange(len(chain)) - np.searchsorted(pyramid_of, pyramid_of) + 1
    below = np.flatnonzero(depth[chain] > 1)
    above[chain[below]] = chain[below - 1]
    return _Planted(
        cluster=cluster,
        ring=ring,
        next_in_ring=following,
        pyramid=pyramid,
        depth=depth,
        above=above,
    )


def _chains(
    rng: np.random.Generator, count: int, least: int, most: int, free: Int64s, used: int
) -> tuple[Int64s, Int64s, int]:
    """Take `count` runs of least..most free companies: (run number, company, companies used)."""
    lengths = rng.integers(least, most + 1, count)
    fits = used + np.cumsum(lengths) <= len(free)
    if not fits.any():
        lengths[0] = max(least, min(most, len(free) - used))
        fits[0] = used + lengths[0] <= len(free)
    lengths = lengths[fits]
    number = np.repeat(np.arange(len(lengths)), lengths)
    return number, free[used : used + len(number)], used + len(number)
