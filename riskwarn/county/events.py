"""Records of what happened in a block; `local` counts the block's enterprises from 0."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from riskwarn.county.block import Flags, Int64s
from riskwarn.county.trades import GROUPS

DAY = 65_536  # (local, day) packed into one number; days stay below it until 2149


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaints:
    """Sorted by (local, day)."""

    local: Int64s
    day: Int64s
    filed: Flags  # a case was opened
    visited: Flags  # somebody went to look


@dataclass(frozen=True, slots=True, kw_only=True)
class Licences:
    local: Int64s
    kind: Int64s  # number of a licence kind in LICENCES
    issued: Int64s
    valid_to: Int64s
    ended: Int64s


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Annual reports that were handed in."""

    local: Int64s
    year: Int64s
    day: Int64s


@dataclass(frozen=True, slots=True, kw_only=True)
class Listings:
    """On the list of abnormal operations; reason numbers REASONS."""

    local: Int64s
    listed: Int64s
    reason: Int64s
    removed: Int64s


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspections:
    """Sorted by (local, day); arm numbers ARMS, ppm is −1 outside the random arm."""

    local: Int64s
    day: Int64s
    arm: Int64s
    ppm: Int64s
    problem: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalties:
    """Sorted by (local, day)."""

    local: Int64s
    day: Int64s
    after_complaint: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """All of it, with what the formula says of each enterprise on the day after."""

    complaints: Complaints
    licences: Licences
    reports: Reports
    listings: Listings
    inspections: Inspections
    penalties: Penalties
    chance_now: npt.NDArray[np.float64]


ARMS = ("random", "risk", "complaint", "other")
REASONS = ("no_annual_report", "no_contact", "false_info")
LICENCES = tuple(sorted({row[0] for row in GROUPS.values() if row[0]} | {"liquor", "other"}))
