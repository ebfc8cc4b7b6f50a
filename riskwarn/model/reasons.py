"""Why a lead's probability is what it is: exact SHAP values for issued leads only."""

import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from riskwarn.errors import Problem, VerificationError
from riskwarn.model.lock import verify
from riskwarn.model.matrix import sources
from riskwarn.model.predict import Limits, run_child
from riskwarn.records.model import ModelLock, Reason

if TYPE_CHECKING:
    import polars as pl

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
        raise VerificationError(Problem("M042", "待说明的线索不在特征表中"))
    with tempfile.TemporaryDirectory(prefix="riskwarn-reasons-") as folder:
        part = Path(folder) / "rows.parquet"
        rows.select("ent", *sources(lock.columns)).write_parquet(part)
        out = run_child(lock, model_dir, part, Path(folder), limits or Limits(), contributions=True)
        shares = pl.read_parquet(out)
    medians = peer_medians(scan, lock, rows)
    names = [f"c{place}" for place in range(len(lock.columns))]
    found: dict[int, tuple[Reason, ...]] = {}
    for place, share in enumerate(shares.select(names).iter_rows()):
        row = rows.row(place, named=True)
        found[row["ent"]] = _strongest(lock, row, share, medians, groups or {})
    return found


def peer_medians(
    scan: "pl.LazyFrame", lock: ModelLock, rows: "pl.DataFrame"
) -> dict[str, dict[str, tuple[float | None, int]]]:
    """Median of every numeric feature among peers: the same section (first character) of industry.

    Gives: section → feature → (median over known values, how many are known). Without a usable
    industry column all enterprises are one section, "".
    """
    import polars as pl

    numbers = [c.source for c in lock.columns if c.kind != "level"]
    section = pl.lit("")
    schema = scan.collect_schema()
    if schema.get("industry") == pl.String:
        section = pl.col("industry").str.slice(0, 1).fill_null("")
    wanted = rows.lazy().select(section.alias("section")).unique().collect()["section"].to_list()
    table = (
        scan.with_columns(section=section)
        .filter(pl.col("section").is_in(sorted(wanted)))
        .group_by("section")
        .agg(
            *(
                pl.col(name).cast(pl.Float64).median().alias(f"m{i}")
                for i, name in enumerate(numbers)
            ),
            *(pl.col(name).count().alias(f"n{i}") for i, name in enumerate(numbers)),
        )
        .collect()
    )
    return {
        row["section"]: {name: (row[f"m{i}"], int(row[f"n{i}"])) for i, name in enumerate(numbers)}
        for row in table.iter_rows(named=True)
    }


def _strongest(
    lock: ModelLock,
    row: Mapping[str, object],
    shares: Sequence[float],
    medians: Mapping[str, Mapping[str, tuple[float | None, int]]],
    groups: Mapping[str, str],
) -> tuple[Reason, ...]:
    by_source: dict[str, float] = {}
    titles: dict[str, str] = {}
    for column, share in zip(lock.columns, shares, strict=True):
        by_source[column.source] = by_source.get(column.source, 0.0) + share
        titles.setdefault(column.source, column.title or column.source)
    by_group: dict[str, list[str]] = {}
    for source in by_source:
        by_group.setdefault(groups.get(source, source), []).append(source)
    industry = row.get("industry")
    section = industry[:1] if isinstance(industry, str) else ""
    peers = medians.get(section) or medians.get("") or {}
    reasons = []
    for members in by_group.values():
        lead = max(members, key=lambda name: (abs(by_source[name]), name))
        total = math.fsum(by_source[name] for name in members)
        median, known = peers.get(lead, (None, 0))
        reasons.append(
            Reason(
                feature=lead,
                title=titles[lead],
                value=_value(row.get(lead)),
                peer_median=median,
                peers=known,
                contribution=total,
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
