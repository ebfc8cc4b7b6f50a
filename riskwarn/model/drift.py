"""Has what the model sees changed? Population stability of each feature and of the score.

PSI = Σ (q − p)·ln(q / p) over bins, p the shares of the night the model began on, q tonight's;
unknown values are a bin of their own, so that a table which stopped coming shows first. 0.1 and
0.25 are the customary bands. A small county moves by chance alone: for bins − 1 degrees of freedom
and n, m rows, PSI · nm/(n + m) is about χ² when nothing changed, so a band is left only where the
PSI is also beyond that distribution's 99.9th percentile.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from riskwarn.model.matrix import to_matrix
from riskwarn.records.model import Drift, DriftBand, ModelColumn, ModelLock
from riskwarn.yamlfile import load, read_model

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    Floats = npt.NDArray[np.float64]

WATCH_PSI, ALARM_PSI = 0.1, 0.25  # customary in credit scoring; neither is a law
BINS = 10
MOST_ROWS = 100_000  # evenly spaced rows stand for more: their shares are within 0.2 points
SCORE = "probability"
_CHANCE_Z = 3.0902  # standard normal, one in a thousand
_FLAT = 0.5  # added to every count, so that an empty bin is not infinitely far


class Spread(BaseModel):
    """How one column's values lay: counts between cuts, and of the unknown, last."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    cuts: list[float]
    counts: list[int] = Field(min_length=2)


class DriftReference(BaseModel):
    """How everything lay on the night a model began on."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    model_sha256: str
    as_of: date
    spreads: dict[str, Spread]


def describe(
    lock: ModelLock, table: "pl.DataFrame", chances: "Floats", as_of: date
) -> DriftReference:
    """Describe a night, to compare later ones with.

    Takes:  table with the model's columns, one row an enterprise; chances f64 in its order, NaN
            where the model said nothing.
    Raises: VerificationError M120, M121 when a column is missing or of another type.
    """
    values = _values(lock.columns, table, chances)
    spreads = {}
    for name, column in values.items():
        cuts = _cuts(column)
        spreads[name] = Spread(cuts=cuts, counts=_counts(column, cuts))
    return DriftReference(model_sha256=lock.sha256, as_of=as_of, spreads=spreads)


def measure_drift(
    lock: ModelLock, table: "pl.DataFrame", chances: "Floats", reference: DriftReference
) -> tuple[Drift, ...]:
    """Compare a night with the reference.

    Takes:  as `describe`; reference of the same model.
    Gives:  one record a column of the model and one for the score, the largest PSI first.
    Raises: ValueError for another model's reference; VerificationError M120, M121.
    """
    if reference.model_sha256 != lock.sha256:
        raise ValueError("the reference belongs to another model")
    titles = {column.name: column.title for column in lock.columns} | {SCORE: "模型评分"}
    found = []
    for name, column in _values(lock.columns, table, chances).items():
        then = reference.spreads[name]
        found.append(_drift(name, titles[name], then, _counts(column, then.cuts)))
    return tuple(sorted(found, key=lambda one: (-one.psi, one.name)))


def night_drift(
    folder: Path, lock: ModelLock, table: "pl.DataFrame", chances: "Floats", as_of: date
) -> tuple[Drift, ...]:
    """Compare a night with the first one of the same model; on that first night, remember it.

    Takes:  folder where references are kept, one file a model.
    Gives:  nothing on the first night and on nights before it; else as `measure_drift`.
    """
    path = folder / f"{lock.sha256[:32]}.yaml"
    if not path.is_file():
        write_reference(path, describe(lock, table, chances, as_of))
        return ()
    reference = read_reference(path)
    if as_of <= reference.as_of:
        return ()
    return measure_drift(lock, table, chances, reference)


def write_reference(path: Path, reference: DriftReference) -> None:
    """Write a reference as YAML, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(reference.model_dump(mode="json"), allow_unicode=True, sort_keys=False)
    part = path.with_suffix(".part")
    part.write_text(text, "utf-8")
    part.replace(path)


def read_reference(path: Path) -> DriftReference:
    """Read a reference. Raises: ConfigError Y0xx, M101."""
    return read_model(load(path), DriftReference, "M101")


def psi(then: Sequence[int], now: Sequence[int]) -> float:
    """Population stability index of two lists of counts over the same bins."""
    first, second = (_shares(counts) for counts in (then, now))
    return math.fsum((q - p) * math.log(q / p) for p, q in zip(first, second, strict=True))


def psi_by_chance(bins: int, then: int, now: int) -> float:
    """Say how large a PSI chance alone gives once in a thousand: Wilson–Hilferty's χ² quantile."""
    freedom = max(1, bins - 1)
    third = 2 / (9 * freedom)
    quantile = freedom * (1 - third + _CHANCE_Z * math.sqrt(third)) ** 3
    return quantile * (1 / max(then, 1) + 1 / max(now, 1))


def drift_summary(drifts: Sequence[Drift]) -> Mapping[str, Any]:
    """Give plain values for a manifest or a log: counts by band and what is beyond `stable`."""
    bands = {band.value: sum(one.band is band for one in drifts) for band in DriftBand}
    moved = [
        {"name": one.name, "psi": round(one.psi, 4), "band": one.band.value}
        for one in drifts
        if one.band is not DriftBand.STABLE
    ]
    return {"bands": bands, "moved": moved}


def _drift(name: str, title: str, then: Spread, now: list[int]) -> Drift:
    moved = psi(then.counts, now)
    used = sum(1 for a, b in zip(then.counts, now, strict=True) if a or b)
    chance = psi_by_chance(used, sum(then.counts), sum(now))
    band = DriftBand.STABLE
    if moved > chance and moved >= WATCH_PSI:
        band = DriftBand.ALARM if moved >= ALARM_PSI else DriftBand.WATCH
    return Drift(
        name=name,
        title=title,
        psi=moved,
        by_chance=chance,
        band=band,
        unknown_then=then.counts[-1] / max(1, sum(then.counts)),
        unknown_now=now[-1] / max(1, sum(now)),
    )


def _values(
    columns: Sequence[ModelColumn], table: "pl.DataFrame", chances: "Floats"
) -> dict[str, "Floats"]:
    import numpy as np

    step = max(1, -(-table.height // MOST_ROWS))
    thin = table.gather_every(step)
    matrix = to_matrix(thin, columns)
    found = {c.name: matrix[:, i].astype(np.float64) for i, c in enumerate(columns)}
    return found | {SCORE: np.asarray(chances, dtype=np.float64)[::step]}


def _cuts(values: "Floats") -> list[float]:
    """Inner boundaries: deciles of the known values, each once."""
    import numpy as np

    known = values[np.isfinite(values)]
    if not known.size:
        return []
    kinds = np.unique(known)
    if kinds.size <= BINS:
        return [float(x) for x in kinds[:-1]]
    inner = np.quantile(known, np.arange(1, BINS) / BINS, method="lower")
    return [float(x) for x in np.unique(inner)]


def _counts(values: "Floats", cuts: Sequence[float]) -> list[int]:
    import numpy as np

    known = np.isfinite(values)
    places = np.searchsorted(np.asarray(cuts, dtype=np.float64), values[known], side="left")
    inside = np.bincount(places, minlength=len(cuts) + 1)
    return [*(int(n) for n in inside), int((~known).sum())]


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts) + _FLAT * len(counts)
    return [(count + _FLAT) / total for count in counts]
