"""What travels between the model's parts: columns, lock, reasons, and how it was judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from riskwarn.errors import Problem

TrainedOn = Literal["generated", "real"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelColumn:
    """One column of the matrix a model sees; the order of columns is pinned in its lock.

    A number is read as it is, a flag as 0/1; a category becomes one 0/1 column a pinned level.
    Null stays missing (NaN) in all three.
    """

    source: str  # column of the feature table
    kind: Literal["number", "flag", "level"]
    level: str = ""  # the category that is 1
    prefix: int = 0  # only so many leading characters of the category count; 0: all
    title: str = ""
    unit: str = ""  # fen, bp, date, or a word such as 件

    @property
    def name(self) -> str:
        return f"{self.source}={self.level}" if self.kind == "level" else self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A map from margin to probability: Platt's line, or isotonic steps joined by straight lines.

    `method` platt: probability = 1 / (1 + exp(−(slope·margin + intercept))).
    `method` isotonic: linear between the knots (margins ascending, probabilities not falling).
    """

    method: Literal["platt", "isotonic"]
    slope: float = 1.0
    intercept: float = 0.0
    margins: tuple[float, ...] = ()
    probabilities: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """Rows of the model's own matrix with the margins they gave on the day of pinning."""

    rows: tuple[tuple[float | None, ...], ...]
    margins: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLock:
    """lock.yaml: what must be true of a model's files before the loader sees a byte of them."""

    name: str
    file: str  # model.ubj or model.json, beside the lock
    sha256: str
    task: str
    trained_on: TrainedOn
    training_data_sha256: str
    training_rows: int
    fitted_until: date  # last day whose facts were learned: it may speak of later days only
    xgboost: str  # version that wrote the file
    features_sha256: str  # of features.yaml beside the lock; empty: no declarations carried
    drift_sha256: str = ""  # of drift.yaml beside the lock; empty: drift cannot be measured
    columns: tuple[ModelColumn, ...]
    calibration: Calibration
    canary: Canary
    sha256_of_lock: str = ""  # of lock.yaml itself; part of a run's key, not written into it


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One of the few facts that moved a lead's probability most."""

    feature: str
    title: str
    value: float | str | None  # None: unknown
    peer_median: float | None  # over enterprises of the same section of industry, where known
    peers: int
    contribution: float  # in log-odds; positive raises the probability
    unit: str = ""  # fen, bp, date (epoch days), or a word such as 件

    @property
    def raises(self) -> bool:
        return self.contribution > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a model may not speak tonight."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A measured figure with its bootstrap interval (percentiles 2.5 and 97.5)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnJudgement:
    """How probabilities did on randomly drawn inspections, each weighted by 1/π."""

    rows: int
    positives: int
    stands_for: float  # sum of the weights: enterprises that the drawn ones speak for
    estimates: Mapping[str, Estimate]
    calibration: tuple[Mapping[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How scores did on rows they were not fitted to."""

    rows: int
    positives: int
    first_on: date
    last_on: date
    estimates: Mapping[str, Estimate]  # auc, average_precision, precision_at_…, days_earlier, …
    calibration: tuple[Mapping[str, float], ...] = ()  # one a bin: rows, expected, observed
    groups: Mapping[str, tuple[Mapping[str, float | str], ...]] = field(default_factory=dict)
    drawn: DrawnJudgement | str = ""  # in words: why there is none
    # of rules, model and both, by name
    systems: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    systems_drawn: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerStrictness:
    """How much more than expected an officer finds: a property of the check, not of the checked."""

    officer: str
    inspections: int
    found: int
    expected: float  # sum of the probabilities before the visit, scaled to the period's total
    ratio: Estimate  # found / expected, shrunken


class DriftBand(StrEnum):
    """How far a column has moved from what the model was fitted on."""

    STABLE = "stable"
    WATCH = "watch"  # PSI 0.1 or more, and more than chance
    ALARM = "alarm"  # PSI 0.25 or more, and more than chance


DRIFT_SCORE = "probability"  # the name of the model's own score among the columns of drift


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How one column of the model, or its score, moved from the model's reference."""

    name: str
    title: str
    psi: float
    by_chance: float  # a PSI that chance alone exceeds once in a thousand
    band: DriftBand
    unknown_then: float  # share of enterprises whose value was unknown
    unknown_now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NightDrift:
    """Tonight's population beside the one of the last day the model was fitted on.

    `since` None: the model carries no reference, so nothing is known; `columns` is empty then.
    """

    since: date | None
    columns: tuple[Drift, ...] = ()  # the score among them, the largest PSI first

    @property
    def band(self) -> DriftBand | None:
        """The worst band of any column; None when nothing is known."""
        order = (DriftBand.ALARM, DriftBand.WATCH, DriftBand.STABLE)
        there = {one.band for one in self.columns}
        return next((band for band in order if band in there), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Champion and challenger on the same rows, later than anything either has learned."""

    champion: str
    challenger: str
    rows: int
    positives: int
    first_on: date
    last_on: date
    of_champion: Mapping[str, Estimate]
    of_challenger: Mapping[str, Estimate]
    gain: Mapping[str, Estimate]  # challenger − champion, resampled in pairs
    same_leads: float  # share of the champion's leads at capacity that the challenger names too
