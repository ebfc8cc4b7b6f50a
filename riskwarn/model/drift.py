"""Has what the model sees changed? Population stability of each feature and of the score.

PSI = Σ (q − p)·ln(q / p) over bins, p the shares of the reference, q tonight's; unknown values are
a bin of their own, so that a table which stopped coming shows first. 0.1 and 0.25 are the customary
bands. A small county moves by chance alone: for bins − 1 degrees of freedom and n, m rows,
PSI · nm/(n + m) is about χ² when nothing changed, so a band is left only where the PSI is also
beyond that distribution's 99.9th percentile.

The reference is every active enterprise on the last day that the model was fitted on, not the
training rows: those are the inspected ones, and a night scores all. It is written when the model is
trained and pinned in its lock, so that a night's figure depends on that night and the model alone.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from riskwarn.model.lock import DRIFT_FILE
from riskwarn.model.matrix import sources, to_matrix
from riskwarn.records.model import (
    DRIFT_SCORE,
    Drift,
    DriftBand,
    ModelColumn,
    ModelLock,
    NightDrift,
)
from riskwarn.yamlfile import load, read_model

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    Floats = npt.NDArray[np.float64]

WATCH_PSI, ALARM_PSI = 0.1, 0.25  # customary in credit scoring; neither is a law
BINS = 10
MOST_ROWS = 100_000  # evenly spaced rows stand for more: their shares are within 0.2 points
_CHANCE_Z = 3.0902  # standard normal, one in a thousand
_FLAT = 0.5  # added to every count, so that an empty bin is not infinitely far


class Spread(BaseModel):
    """How one column's values lay: counts between cuts, and of the unknown, last."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    cuts: list[float]
    counts: list[int] = Field(min_length=2)


class DriftReference(BaseModel):
    """How the active enterprises lay on one day, in each column of a model and in its score."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    riskwarn_drift: str = Field(default="1", pattern="^1$")
    as_of: date
    rows: int
    spreads: dict[str, Spread]


def describe(
    columns: Sequence[ModelColumn], table: "pl.DataFrame", chances: "Floats", as_of: date
) -> DriftReference:
    """Describe a population, to compare later ones with.

    Takes:  the model's columns; table that holds them, one row an enterprise; chances f64 in its
            order, NaN where the model said nothing.
    Raises: VerificationError M120, M121 when a column is missing or of another type.
    """
    step = _step(table.height)
    values = _values(columns, table.gather_every(step), chances[::step])
    spreads = {}
    for name, column in values.items():
        cuts = _cuts(column)
        spreads[name] = Spread(cuts=cuts, counts=_counts(column, cuts))
    return DriftReference(as_of=as_of, rows=table.height, spreads=spreads)


def measure_drift(
    columns: Sequence[ModelColumn],
    table: "pl.DataFrame",
    chances: "Floats",
    reference: DriftReference,
) -> tuple[Drift, ...]:
    """Compare a population with the reference.

    Takes:  as `describe`; the reference of the same model.
    Gives:  one record a column of the model and one for the score, the largest PSI first.
    Raises: VerificationError M120, M121; KeyError when the reference is of other columns.
    """
    titles = {column.name: column.title for column in columns} | {DRIFT_SCORE: "模型评分"}
    found = []
    for name, column in _values(columns, table, chances).items():
        then = reference.spreads[name]
        found.append(_drift(name, titles[name], then, _counts(column, then.cuts)))
    return tuple(sorted(found, key=lambda one: (-one.psi, one.name)))


def night_drift(
    folder: Path, lock: ModelLock, table: Path, probabilities: "pl.DataFrame"
) -> NightDrift:
    """Compare a night with the reference in the model's folder.

    Takes:  folder, which `verify` has held to the lock; table, the night's feature table, and ent,
            probability f64 in its order.
    Gives:  NightDrift; `since` None where the model was trained without a reference.
    """
    import numpy as np
    import polars as pl

    if not lock.drift_sha256:
        return NightDrift(since=None)
    reference = read_reference(folder / DRIFT_FILE)
    places = _active_places(table)
    places = places[:: _step(places.size)]
    # one column at a time: a province's table is never held whole
    thin = pl.DataFrame(
        [pl.read_parquet(table, columns=[n])[n].gather(places) for n in sources(lock.columns)]
    )
    chances = probabilities["probability"].gather(places).fill_null(np.nan).to_numpy()
    columns = measure_drift(lock.columns, thin, chances, reference)
    return NightDrift(since=reference.as_of, columns=columns)


def still_active() -> "pl.Expr":
    """Tell the enterprises that are looked at; an unknown status is not "closed"."""
    import polars as pl

    return (pl.col("status") == "active").fill_null(True)


def write_reference(path: Path, reference: DriftReference) -> None:
    """Write a reference as YAML, whole or not at all."""
    plain = reference.model_dump(mode="json")
    text = yaml.safe_dump(plain, sort_keys=False, default_flow_style=None, width=100)
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


def drift_summary(drift: NightDrift | None) -> Mapping[str, Any] | None:
    """Give plain values for a manifest or JSON: counts by band and what is beyond `stable`.

    Gives: None where no model spoke; `reference_on` null where the model carries no reference.
    """
    if drift is None:
        return None
    if drift.since is None:
        return {"reference_on": None, "band": None}
    bands = {band.value: sum(one.band is band for one in drift.columns) for band in DriftBand}
    moved = [
        # the figure as text: what goes into the log has no floats
        {"name": one.name, "psi": f"{one.psi:.4f}", "band": one.band.value}
        for one in drift.columns
        if one.band is not DriftBand.STABLE
    ]
    worst = drift.band
    return {
        "reference_on": drift.since.isoformat(),
        "band": worst.value if worst else None,
        "bands": bands,
        "moved": moved,
    }


def _step(rows: int) -> int:
    return max(1, -(-rows // MOST_ROWS))


def _active_places(table: Path) -> "npt.NDArray[np.uint32]":
    import numpy as np
    import polars as pl

    scan = pl.scan_parquet(table)
    if "status" not in scan.collect_schema().names():
        rows = int(scan.select(pl.len()).collect().item())
        return np.arange(rows, dtype=np.uint32)
    kept = scan.select(still_active()).collect().to_series().to_numpy()
    return np.flatnonzero(kept).astype(np.uint32)


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

    matrix = to_matrix(table, columns)
    found = {c.name: matrix[:, i].astype(np.float64) for i, c in enumerate(columns)}
    return found | {DRIFT_SCORE: np.asarray(chances, dtype=np.float64)}


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
