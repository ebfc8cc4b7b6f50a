"""Rules tried before they are live: on past days as they were known then, and never on a lead.

A past day's feature table is built once and kept under a name that says all it was made from.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from riskwarn import __version__
from riskwarn.audit.log import canonical_json
from riskwarn.errors import NothingToDoError, Problem
from riskwarn.records.features import FeatureSet
from riskwarn.records.rules import Pack, Rule, Status
from riskwarn.rules.backtest import Tried, labels_after, rehearsed_rules, try_rules
from riskwarn.rules.changes import ListChange, compare_lists, listing_rules
from riskwarn.rules.hygiene import Day
from riskwarn.rules.overlap import Pair, overlap
from riskwarn.rules.pack import pack_features
from riskwarn.rules.run import evaluate, live_rules
from riskwarn.rules.subsume import subsumed
from riskwarn.rules.sweep import Step, find_param, sweep, sweep_values
from riskwarn.store.store import Store
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.terms import Collected
from riskwarn.workspace import Workspace

if TYPE_CHECKING:
    import polars as pl

    from riskwarn.records.rules import Param
    from riskwarn.records.snapshot import Snapshot

KEPT_TABLES = 12  # past days' tables kept for the next question; the oldest go


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What rules would have done on past days.

    known_by is the last day whose knowledge counted for the outcomes; short, the days whose
    follow-up is cut by it.
    """

    tried: tuple[Tried, ...]
    known_by: date
    after_days: int
    short: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlaps:
    """Pairs by their hits on a day, and (narrow, wide) by their text."""

    pairs: tuple[Pair, ...]
    contained: tuple[tuple[str, str], ...]


def backtest(
    ws: Workspace,
    packs: Sequence[Pack],
    days: Sequence[date],
    after_days: int,
    only: Collection[str] = (),
    known_by: date | None = None,
) -> Backtest:
    """Try rules on past days and judge them by the checks of the days after.

    Takes:  days; after_days, how long after a day checks count; known_by, what was known later
            than this counts for nothing (default: the last day of any delivery).
    Gives:  one record a rule and day.
    Raises: NothingToDoError S001 for a day on which no enterprise was known.
    """
    rules = rehearsed_rules(packs, only)
    with Store.open(ws) as store:
        until = known_by or _last_known(store)
        problem = load_catalogue().codes["inspection_result"].problem
        inspections = _inspections(ws, store, until)
        tried: list[Tried] = []
        for day in sorted(set(days)):
            table = past_table(ws, store, day, pack_features(packs))
            given = store.classes_until(day).select("uscc", "risk_class")
            judged = judge(rules, table, day).join(given, on="uscc", how="left")
            end = min(day + timedelta(days=after_days), until)
            tried += try_rules(rules, judged, labels_after(inspections, day, end, problem), day)
    short = [day for day in sorted(set(days)) if day + timedelta(days=after_days) > until]
    return Backtest(tried=tuple(tried), known_by=until, after_days=after_days, short=tuple(short))


def compare_packs(
    ws: Workspace,
    old: Sequence[Pack],
    new: Sequence[Pack],
    day: date,
    statuses: Sequence[Status] = ("stable",),
) -> ListChange:
    """Say which enterprises enter and leave the list when new packs take the place of old ones."""
    with Store.open(ws) as store:
        judged = []
        for packs in (old, new):
            rules = [rule for pack in packs for rule in pack.rules if rule.effective(day)]
            chosen = listing_rules(sorted(rules, key=lambda rule: rule.id), statuses)
            table = past_table(ws, store, day, pack_features(packs))
            judged.append(judge(chosen, table, day).drop("region"))
    return compare_lists(judged[0], judged[1])


def overlaps(ws: Workspace, packs: Sequence[Pack], day: date) -> Overlaps:
    """Compare every two rules, drafts too, by their hits on a day and by their text."""
    rules = rehearsed_rules(packs)
    with Store.open(ws) as store:
        table = past_table(ws, store, day, pack_features(packs))
    pairs = overlap(judge(rules, table, day), [rule.id for rule in rules])
    return Overlaps(pairs=tuple(pairs), contained=tuple(subsumed(rules, day)))


def sweep_param(
    ws: Workspace,
    packs: Sequence[Pack],
    wanted: str,
    written: Sequence[str],
    day: date,
    region: str = "",
) -> "tuple[Param, list[Step]]":
    """Count hits for each value of one parameter; the parameter and its steps."""
    pack, param = find_param(packs, wanted)
    mine = [rule for rule in pack.rules if param.name in rule.params]
    rules = sorted((r for r in mine if r.status != "deprecated"), key=lambda rule: rule.id)
    values = sweep_values(param, written, day)
    with Store.open(ws) as store:
        table = past_table(ws, store, day, pack_features(packs))
    return param, sweep(rules, param, values, table, day, region)


def look_at_days(ws: Workspace, packs: Sequence[Pack], days: Sequence[date]) -> list[Day]:
    """Count how the rules in effect spoke on some days, and how often each input was known."""
    import polars as pl

    seen = []
    with Store.open(ws) as store:
        for day in sorted(set(days)):
            rules = live_rules(packs, day)
            table = past_table(ws, store, day, pack_features(packs))
            names = sorted({name for rule in rules for name in rule.inputs})
            filled = table.select(pl.col(name).count() for name in names).collect()
            judged = judge(rules, table, day)
            seen.append(
                Day(
                    as_of=day,
                    enterprises=judged.height,
                    counts={rule.id: _counts(judged[rule.id]) for rule in rules},
                    filled={name: int(filled[name][0]) for name in names},
                )
            )
    return seen


def _counts(said: "pl.Series") -> tuple[int, int, int]:
    hit, unknown = int(said.sum()), said.null_count()
    return hit, said.len() - hit - unknown, unknown


def judge(rules: Sequence[Rule], table: "pl.LazyFrame", day: date) -> "pl.DataFrame":
    """Run rules over a table: uscc, region, one nullable boolean column a rule; sorted by uscc."""
    said: pl.LazyFrame = evaluate(rules, table, day, keep=("uscc", "region"))
    return said.collect(engine="streaming").sort("uscc").drop("ent")


def past_table(ws: Workspace, store: Store, day: date, features: FeatureSet) -> "pl.LazyFrame":
    """Give the feature table of a day, from what was known on it; built when it is not there.

    Raises: NothingToDoError S001 when no enterprise was known on that day.
    """
    import polars as pl

    key = {
        "riskwarn": __version__,
        "as_of": day,
        "deliveries": store.input_hash(day),
        "features": [repr(features.features[name]) for name in sorted(features.features)],
        "stale_after_days": dict(ws.settings.imports.stale_after_days),
    }
    name = hashlib.sha256(canonical_json(key).encode()).hexdigest()[:24]
    path = ws.store_dir / "rehearsal" / f"{day.isoformat()}-{name}.parquet"
    if not path.is_file():
        _build(ws, store, day, features, path)
        _forget_old(path.parent)
    return pl.scan_parquet(path)


def _build(ws: Workspace, store: Store, day: date, features: FeatureSet, path: Path) -> None:
    """Build a day's table in a folder of its own, so that two questions at once do not meet."""
    from riskwarn.rules.past import write_table

    path.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".work-", dir=path.parent))
    try:
        snapshot = _snapshot(ws, store, day, work)
        write_table(snapshot, features, path, ws.settings.threads)
    finally:
        shutil.rmtree(work)


def _snapshot(ws: Workspace, store: Store, day: date, work: Path) -> "Snapshot":
    from riskwarn.store.snapshot import build_snapshot

    return build_snapshot(store, day, work / "snapshot", ws.settings.imports.stale_after_days)


def _forget_old(folder: Path) -> None:
    kept = sorted(folder.glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)
    for path in kept[:-KEPT_TABLES]:
        path.unlink(missing_ok=True)


def _last_known(store: Store) -> date:
    known = [one.known_to for one in store.deliveries() if one.known_to is not None]
    if not known:
        raise NothingToDoError(Problem("R021", "库中没有任何数据", expected="先 riskwarn import"))
    return max(known)


def _inspections(ws: Workspace, store: Store, until: date) -> "pl.DataFrame":
    """Give every check known by a day; none when checks were never delivered."""
    import polars as pl

    wanted = {
        "uscc": pl.String,
        "inspected_on": pl.Date,
        "selected_by": pl.String,
        "selection_ppm": pl.Int64,
        "problem": pl.Boolean,
        "results": pl.String,
    }
    ws.store_dir.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".labels-", dir=ws.store_dir))
    try:
        snapshot = _snapshot(ws, store, until, work)
        if snapshot.collected("inspection") is Collected.MISSING:
            return pl.DataFrame(schema=wanted)
        return snapshot.scan("inspection").select(*wanted).collect()
    finally:
        shutil.rmtree(work)


def newest_day(ws: Workspace) -> date:
    """Give the day of the last scan, else the last day on which anything became known."""
    with Store.open(ws) as store:
        runs = store.runs()
        return runs[-1].as_of if runs else _last_known(store)


def other_uses(ws: Workspace) -> set[str]:
    """Name the features that the workspace's models and scorecards look at."""
    from riskwarn.model.declared import model_features
    from riskwarn.model.lock import FEATURES_FILE
    from riskwarn.rules.scorecard import card_names, load_card

    folders = sorted(path.parent for path in ws.models_dir.glob(f"*/{FEATURES_FILE}"))
    used = {name for folder in folders for name in model_features(folder).features}
    for card in card_names(ws.rules_dir):
        used |= set(load_card(ws.rules_dir, card)[1].features)
    return used
