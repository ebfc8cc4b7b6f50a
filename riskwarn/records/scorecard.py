"""What a scorecard says, typed: indicators with points, vetoes, credit repair, cut points."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from riskwarn.errors import Place
from riskwarn.records.rules import NOWHERE, Compare, Input

GroupName = Literal["企业基础属性", "企业动态", "监管", "关联关系", "社会评价"]
GROUPS: tuple[GroupName, ...] = ("企业基础属性", "企业动态", "监管", "关联关系", "社会评价")
PROBABILITY = "probability_ppm"  # the model's calibrated probability, parts per million


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Points of an indicator where a comparison holds; the first band that holds counts."""

    when: Compare
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """Points fade in a straight line: all of them at 0 days, none from `over_days` on."""

    by: Input  # a number of days
    over_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One third-level indicator: what it looks at and what that is worth."""

    id: str
    title: str
    group: GroupName
    second: str  # the second-level indicator it belongs to
    input: Input
    bands: tuple[Band, ...]
    decay: Decay | None = None
    official: bool = False  # whether its points come from a published standard
    basis: str = ""
    place: Place = field(default=NOWHERE, compare=False)

    @property
    def most(self) -> int:
        return max(band.points for band in self.bands)


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto:
    """What makes an enterprise D whatever its points."""

    title: str
    when: Compare
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """Credit repair: where the comparison holds, a share of some indicators' points comes back."""

    title: str
    when: Compare
    of: tuple[str, ...]
    gives_back_bp: int
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """Where classes begin: at a score, or at a share of all enterprises (basis points)."""

    by: Literal["score", "quantile"]
    b: int
    c: int
    d: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """A scorecard. `factors`: region prefix → indicator id or group → factor in basis points."""

    id: str
    version: str
    title: str
    owner: str
    note: str
    known_from_bp: int  # less known of all points there are: no class
    indicators: tuple[Indicator, ...]
    caps: Mapping[GroupName, int]
    vetoes: tuple[Veto, ...]
    repairs: tuple[Repair, ...]
    cuts: Cuts
    factors: Mapping[str, Mapping[str, int]]
    sha256: str

    @property
    def inputs(self) -> dict[str, Input]:
        """Every column the card looks at, by name."""
        seen = [i.input for i in self.indicators]
        seen += [i.decay.by for i in self.indicators if i.decay]
        seen += [one.when.input for one in self.vetoes]
        seen += [one.when.input for one in self.repairs]
        return {one.name: one for one in seen}
