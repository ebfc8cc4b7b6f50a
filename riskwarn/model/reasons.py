"""Why a lead's probability is what it is: exact SHAP values for issued leads only."""

import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from riskwarn.errors import Problem, VerificationError
from riskwarn.model.lock import verify
from riskwarn.model.matrix import sources
from riskwarn.model.peers import ALL, Medians, peer_medians, section_of
from riskwarn.model.predict import Limits, run_child
from riskwarn.records.model import ModelColumn, ModelLock, Reason

MOST_REASONS = 4
LEAST_SHARE = 0.02  # of the sum of absolute contributions: less explains nothing


def give_reasons(
    model_dir: Path,
    table: Path,
    ents: Sequence[int],
    groups: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> dict[int, tuple[Reason, ...]]:
    """Explain the probabilities of issued leads.

    Takes:  model_dir; the night's feature table (Parquet, sorted by ent); ents of issued leads;
            groups, feature → heading (a supervision item, say): contributions of one heading are
            summed before ranking, and the strongest feature under it is shown.
    Gives:  ent → up to four reasons, strongest first; contributions in log-odds, of which the sum
            over all columns and the bias is the margin.
    Raises: VerificationError as `predict`.
    Source: Lundberg & Lee 2017 (SHAP); XGBoost's pred_contribs is exact for trees.
    """
    import polars as pl

    if not ents:
        return {}
    lock = verify(model_dir)
    wanted = sorted(set(ents))
    scan = pl.scan_parquet(table)
    rows = scan.filter(pl.col("ent").is_in(wanted)).sort("ent").collect()
    if rows["ent"].to_list() != wanted:
        raise VerificationError(Problem("M142", "待说明的线索不在特征表中"))
    with tempfile.TemporaryDirectory(prefix="riskwarn-reasons-") as folder:
        part = Path(folder) / "rows.parquet"
        rows.select("ent", *sources(lock.columns)).write_parquet(part)
        out = run_child(lock, model_dir, part, Path(folder), limits or Limits(), contributions=True)
        shares = pl.read_parquet(out)
    industries = rows["industry"].to_list() if "industry" in rows.columns else []
    medians = peer_medians(scan, lock.columns, [section_of(code) for code in industries])
    names = [f"c{place}" for place in range(len(lock.columns))]
    found: dict[int, tuple[Reason, ...]] = {}
    for place, share in enumerate(shares.select(names).iter_rows()):
        row = rows.row(place, named=True)
        found[row["ent"]] = _strongest(lock, row, share, medians, groups or {})
    return found


def _strongest(
    lock: ModelLock,
    row: Mapping[str, object],
    shares: Sequence[float],
    medians: Medians,
    groups: Mapping[str, str],
) -> tuple[Reason, ...]:
    by_source: dict[str, float] = {}
    shown: dict[str, ModelColumn] = {}
    for column, share in zip(lock.columns, shares, strict=True):
        by_source[column.source] = by_source.get(column.source, 0.0) + share
        shown.setdefault(column.source, column)
    by_group: dict[str, list[str]] = {}
    for source in by_source:
        by_group.setdefault(groups.get(source, source), []).append(source)
    peers = medians.get(section_of(row.get("industry")), medians[ALL])
    reasons = []
    for members in by_group.values():
        lead = max(members, key=lambda name: (abs(by_source[name]), name))
        total = math.fsum(by_source[name] for name in members)
        median, known = peers.get(lead, (None, 0))
        reasons.append(
            Reason(
                feature=lead,
                title=shown[lead].title or lead,
                value=_value(row.get(lead)),
                peer_median=median,
                peers=known,
                contribution=total,
                unit=shown[lead].unit,
            )
        )
    whole = math.fsum(abs(reason.contribution) for reason in reasons)
    reasons.sort(key=lambda reason: (-abs(reason.contribution), reason.feature))
    kept = [r for r in reasons if whole and abs(r.contribution) >= LEAST_SHARE * whole]
    return tuple(kept[:MOST_REASONS])


def _value(raw: object) -> float | str | None:
    if raw is None or isinstance(raw, str):
        return raw
    if isinstance(raw, bool | int | float):
        return float(raw) if math.isfinite(float(raw)) else None
    return str(raw)
