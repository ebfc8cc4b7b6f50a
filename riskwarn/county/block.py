"""One block of enterprises while its tables are written: its arrays, its codes, its clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from riskwarn.county.numbers import enterprise_codes
from riskwarn.county.numbers import mask as mask
from riskwarn.county.risk import Risk
from riskwarn.county.settings import CountySettings
from riskwarn.county.shape import EPOCH, INDIVIDUAL, Shape
from riskwarn.county.streams import stream
from riskwarn.county.ties import Holdings, Relations
from riskwarn.county.trades import group_names, group_of_trade, group_values
from riskwarn.tables.catalogue import load_catalogue

Int64s = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
YEAR = 365.25
SERIALS = 10_000_000  # numbers a block may hand out in one table and year
NEVER = 0  # a day that did not come; the county begins long after 1970-01-01


@dataclass(frozen=True)
class County:
    """The whole county's arrays and the arguments they came from."""

    seed: int
    settings: CountySettings
    shape: Shape
    holdings: Holdings
    relations: Relations
    risk: Risk

    @cached_property
    def as_of(self) -> int:
        return int((np.datetime64(self.settings.as_of) - EPOCH).astype(int))

    @cached_property
    def since(self) -> int:
        """First day of the recorded history, in epoch days."""
        return int(self.as_of - self.settings.history_years * YEAR)

    def codes(self, index: npt.NDArray[np.integer]) -> pl.Series:
        """Give the codes of any enterprises by their whole-county numbers."""
        wide = index.astype(np.int64)
        return enterprise_codes(wide, self.shape.kind[wide], self.settings.place.region)


@dataclass(frozen=True)
class Block:
    """Enterprises low..high-1; `local` numbers in the tables' makers count from `low`."""

    county: County
    number: int
    low: int
    high: int

    @property
    def size(self) -> int:
        return self.high - self.low

    @cached_property
    def shape(self) -> Shape:
        return self.county.shape.block(self.low, self.high)

    @cached_property
    def uscc(self) -> pl.Series:
        return self.county.codes(np.arange(self.low, self.high))

    @cached_property
    def group(self) -> Int64s:
        return group_of_trade()[self.shape.trade]

    @cached_property
    def standing(self) -> npt.NDArray[np.float32]:
        return self.county.risk.standing[self.low : self.high]

    @cached_property
    def risk_class(self) -> npt.NDArray[np.uint8]:
        return self.county.risk.risk_class[self.low : self.high]

    @cached_property
    def shady(self) -> Floats:
        """How much the standing risk lies above an unremarkable one; bends the other events."""
        return np.clip(self.standing.astype(np.float64) + 2.9, -1.5, 4.0)

    @cached_property
    def begin(self) -> Int64s:
        """First day of the recorded history on which the enterprise existed."""
        return np.maximum(self.shape.established.astype(np.int64), self.county.since)

    @cached_property
    def end_kind(self) -> npt.NDArray[np.uint8]:
        return self._ends[1]

    @cached_property
    def ended(self) -> Int64s:
        """Day it was cancelled, revoked or moved away; NEVER while it lives."""
        return self._ends[0]

    @cached_property
    def stop(self) -> Int64s:
        """Last day on which something may happen to it, at most as_of."""
        return np.where(self.ended > 0, self.ended, self.county.as_of)

    @cached_property
    def _ends(self) -> tuple[Int64s, npt.NDArray[np.uint8]]:
        """Lives end at 2.5 % a year, more for shady ones: 0 cancelled, 1 revoked, 2 moved."""
        rng = self.stream("ends")
        rate = 0.025 * np.exp(0.35 * self.shady)
        day = self.begin + 1 + (rng.exponential(YEAR, self.size) / rate).astype(np.int64)
        revoked = rng.random(self.size) < 0.10 + 0.25 * (self.shape.cluster >= 0)
        kind = np.where(revoked, 1, np.where(rng.random(self.size) < 0.08, 2, 0))
        return np.where(day < self.county.as_of, day, NEVER), kind.astype(np.uint8)

    @cached_property
    def is_individual(self) -> Flags:
        individual: Flags = self.shape.kind == INDIVIDUAL
        return individual

    def stream(self, name: str) -> np.random.Generator:
        return stream(self.county.seed, name, self.number)

    def by_group(self, place: int) -> Floats:
        """Give a numeric field of the enterprises' groups of trades."""
        return group_values(place)[self.group]

    def in_groups(self, *names: str) -> Flags:
        wanted = [group_names().index(name) for name in names]
        found: Flags = np.isin(self.group, wanted)
        return found

    def happen(self, rng: np.random.Generator, rate: Floats) -> tuple[Int64s, Int64s]:
        """Let events happen at `rate` a year while the enterprise lives.

        Gives:  (local, day), sorted by both.
        """
        room = np.maximum(self.stop - self.begin, 0)
        count = rng.poisson(rate * room / YEAR)
        local = np.repeat(np.arange(self.size), count)
        day = self.begin[local] + (rng.random(len(local)) * (room[local] + 1)).astype(np.int64)
        key = np.sort(local * 65_536 + day)
        return key // 65_536, key % 65_536

    def serials(self, prefix: str, day: Int64s) -> pl.Series:
        """Give numbers like 示投2024…: the prefix, the year, a number of this block."""
        first = self.number * SERIALS + 10**10
        numbers = years(day) * 10**11 + first + np.arange(len(day))
        return prefix + pl.Series(numbers).cast(pl.String)


def years(day: Int64s) -> Int64s:
    """Give the calendar year of epoch days."""
    return day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def epoch_day(year: int, month: int, day: int) -> int:
    """Give a date as days since 1970-01-01."""
    return int((np.datetime64(f"{year:04}-{month:02}-{day:02}") - EPOCH).astype(int))


def dates(day: Int64s, valid: Flags | None = None) -> pl.Series:
    """Give epoch days as dates; null where not valid, by default where NEVER."""
    series = pl.Series(day.astype(np.int32)).cast(pl.Date)
    good = day != NEVER if valid is None else valid
    return series if good.all() else mask(series, good)


def words(codes: str, names: list[str], index: npt.NDArray[np.integer]) -> pl.Series:
    """Give the catalogue's Chinese words for the chosen codes of a code list; null below 0."""
    code_list = load_catalogue().codes[codes]
    return pick([code_list.label(name) for name in names], index)


def pick(texts: list[str], index: npt.NDArray[np.integer]) -> pl.Series:
    """Give texts by number; null below 0."""
    series = pl.Series(texts, dtype=pl.String).gather(np.maximum(index, 0).astype(np.uint32))
    return series if (index >= 0).all() else mask(series, index >= 0)


def flag(value: Flags, known: Flags | None = None) -> pl.Series:
    """Give 是 and 否; null where not known."""
    index = value.astype(np.int64)
    return pick(["否", "是"], index if known is None else np.where(known, index, -1))


def weighted(rng: np.random.Generator, weights: Sequence[float], size: int) -> Int64s:
    """Choose numbers of `weights` with these weights."""
    edges = np.cumsum(weights)
    return np.searchsorted(edges / edges[-1], rng.random(size), side="right").astype(np.int64)


def yuan(value: npt.NDArray[np.number], valid: Flags | None = None) -> pl.Series:
    """Give whole yuan; null where not valid."""
    series = pl.Series(np.asarray(value).astype(np.int64))
    return series if valid is None else mask(series, valid)


@cache
def _hundredths() -> pl.Series:
    return pl.Series([f"{n // 100}.{n % 100:02}" for n in range(20_001)])


def hundredths(value: Int64s, valid: Flags | None = None) -> pl.Series:
    """Give hundredths up to 200.00 as text: 3333 → 33.33 (basis points as per cent)."""
    series = _hundredths().gather(np.clip(value, 0, 20_000).astype(np.uint32))
    return series if valid is None else mask(series, valid)
