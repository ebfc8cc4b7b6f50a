"""Judging a prepared model: its test rows, what the lot drew among them, and rules beside it."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn.leads.alone import points_by_rules
from riskwarn.model.cohort import day_rows
from riskwarn.model.config import TrainingSettings
from riskwarn.model.drift import DriftReference, describe
from riskwarn.model.evaluate import judge
from riskwarn.model.fair import judge_drawn, judge_systems
from riskwarn.model.splits import Split
from riskwarn.model.strictness import officer_strictness
from riskwarn.model.train import Trained, chances_of
from riskwarn.records.features import FeatureSet
from riskwarn.records.leads import SCORE_SCALE
from riskwarn.records.model import Judgement, OfficerStrictness
from riskwarn.records.rules import Pack
from riskwarn.records.snapshot import Snapshot
from riskwarn.rules.pack import pack_features, read_packs
from riskwarn.rules.run import live_rules
from riskwarn.store.snapshot import build_snapshot
from riskwarn.store.store import Store
from riskwarn.terms import Collected
from riskwarn.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

FULL_HISTORY_DAYS = 365_000
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A cohort with features and labels, parted by time, and the model fitted on it."""

    settings: TrainingSettings  # those that were taken, where several were tried
    tuned: tuple[str, ...]  # in words, what each that was tried gave
    rows: "pl.DataFrame"
    split: Split
    trained: Trained
    fitted: Any  # bool [rows]: those the kept trees were fitted on


def judge_prepared(
    ws: Workspace, prepared: Prepared, as_of: date, units: Mapping[str, str]
) -> tuple[Judgement, tuple[OfficerStrictness, ...]]:
    """Judge the test rows; officers' strictness where rows are visits.

    Takes:  as_of, the day of training; units of the columns that groups are made of.
    """
    settings = prepared.settings
    test = prepared.rows.filter(prepared.split.test)
    chances = prepared.trained.probabilities[prepared.split.test]
    judged, seed = settings.judge, settings.boost.seed
    judgement = judge(test, chances, judged, seed, units)
    drawn = judge_drawn(test, chances, judged.capacity_share, judged.bootstrap, seed)
    judgement = replace(judgement, drawn=drawn)
    if settings.label.at == "visit":
        return judgement, officer_strictness(test, chances, judged.bootstrap, seed)
    points = _points_on_past_days(ws, test, as_of)
    if points is None:
        return judgement, ()
    weight = ws.settings.leads.probability_weight
    scores = {"rules": points, "model": chances, "both": points + weight * chances}
    shares = (judged.capacity_share, judged.bootstrap, seed)
    systems = judge_systems(test, scores, *shares, drawn=False)
    of_drawn = {} if isinstance(drawn, str) else judge_systems(test, scores, *shares, drawn=True)
    return replace(judgement, systems=systems, systems_drawn=of_drawn), ()


def _points_on_past_days(
    ws: Workspace, test: "pl.DataFrame", as_of: date
) -> "npt.NDArray[np.float64] | None":
    """Points that the workspace's rules would have given each test row on its day.

    Gives: f64 [rows], or None where the workspace has no rules or its packs have faults.
    """
    import polars as pl

    packs, _, problems = read_packs(ws.rules_dir) if ws.rules_dir.is_dir() else ([], [], [])
    if not packs or any(problem.severity == "error" for problem in problems):
        return None
    parts = []
    for number in test["as_of"].unique().sort().to_list():
        day = EPOCH + timedelta(days=number)
        points = _points_on(ws, packs, day, as_of)
        parts.append(points.with_columns(as_of=pl.lit(number, pl.Int32)))
    found = test.select("uscc", "as_of").join(
        pl.concat(parts), on=["uscc", "as_of"], how="left", maintain_order="left"
    )
    return (found["points"].fill_null(0) / SCORE_SCALE).to_numpy()


def _points_on(ws: Workspace, packs: list[Pack], day: date, as_of: date) -> "pl.DataFrame":
    """Run the rules over a past day's table; a rule whose feature is not to be had is left out."""
    table = past_rows(ws, pack_features(packs), day, as_of)
    have = set(table.columns)
    rules = [rule for rule in live_rules(packs, day) if set(rule.inputs) <= have]
    return points_by_rules(rules, table.lazy(), day, ws.settings.leads)


def past_rows(ws: Workspace, features: FeatureSet, day: date, as_of: date) -> "pl.DataFrame":
    """Every active enterprise on a past day with its features, as was known then.

    Takes:  as_of, the day of training: a table fresh then is believed back to its first row.
    """
    with tempfile.TemporaryDirectory(prefix="riskwarn-past-") as scratch, Store.open(ws) as store:
        limits = ws.settings.imports.stale_after_days
        newest = build_snapshot(store, as_of, Path(scratch) / "newest", limits)
        past = {**limits, **believed_back(newest)}
        return day_rows(build_snapshot(store, day, Path(scratch) / "then", past), features)


def believed_back(newest: Snapshot) -> Mapping[str, int]:
    """A history delivered in one piece speaks for its past days, from its first row on.

    Whether a table was fresh on a past day is seen from deliveries that came then; the first
    load of a history brings none. A table that may be believed today is believed back to its
    first row; before that it is missing, as ever.
    """
    fresh = [name for name, state in newest.tables.items() if state.collected is Collected.FRESH]
    return dict.fromkeys(sorted(fresh), FULL_HISTORY_DAYS)


def describe_population(
    ws: Workspace, prepared: Prepared, features: FeatureSet, as_of: date
) -> DriftReference:
    """Describe every active enterprise on the last day that was fitted: what nights are held to.

    Takes:  features, those that the model stands on.
    """
    trained = prepared.trained
    last = int(prepared.rows.filter(prepared.fitted)["as_of"].to_numpy().max())
    day = EPOCH + timedelta(days=last)
    table = past_rows(ws, features, day, as_of)
    return describe(trained.columns, table, chances_of(trained, table), day)
