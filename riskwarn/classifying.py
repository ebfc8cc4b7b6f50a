"""Classes A–D of a day by a scorecard, and the month's frozen ones that draws rely on.

data known → features → scorecard (and model) → classes → store, log and files for people.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

from riskwarn import __version__
from riskwarn.audit.log import canonical_json, head_with, log_leaf
from riskwarn.audit.tree import HashName, digest
from riskwarn.errors import Problem, UsageError
from riskwarn.features.catalogue import merge
from riskwarn.leads.score import to_ppm
from riskwarn.leads.summary import class_outcomes
from riskwarn.model.declared import model_features
from riskwarn.model.predict import speak
from riskwarn.records.ledger import RunCommit
from riskwarn.records.scorecard import PROBABILITY, Scorecard
from riskwarn.rules.classify import CardRun, movement, run_card
from riskwarn.rules.classtable import found_rows, report_text
from riskwarn.rules.past import write_table
from riskwarn.rules.scorecard import load_card
from riskwarn.store.lock import hold_lock
from riskwarn.store.snapshot import build_snapshot
from riskwarn.store.store import Store
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.terms import Collected, RiskClass
from riskwarn.workspace import Workspace

if TYPE_CHECKING:
    import polars as pl

    from riskwarn.records.report import ClassOutcome
    from riskwarn.records.snapshot import Snapshot

KIND = "classify"
DEFAULT_CARD = "general"
OUTCOME_DAYS = 365  # checks of the last year are counted per class
REPORT_FILE = "分类情况.md"
CSV_COLUMNS = ("uscc", "risk_class", "points", "veto", "decided", "previous_class")


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """What a classification gave.

    frozen: whether it now stands as the month's; frozen_on: the day of the classes that stand,
    None when none do. sha256 is of classes.csv, in the hash that the log uses.
    """

    as_of: date
    card: Scorecard
    counts: Mapping[str, int]  # A–D, and "" for those without
    unknown_share_bp: int  # enterprises with an indicator unknown
    previous_on: date | None
    moved: Mapping[tuple[str, str], int]
    outcomes: "tuple[ClassOutcome, ...]"
    frozen: bool
    frozen_on: date | None
    sha256: str
    folder: Path


def classify(
    ws: Workspace, as_of: date, card_name: str = "", *, freeze: bool = True, replace: str = ""
) -> Classified:
    """Classify every enterprise, and freeze the classes when the month has none yet.

    Takes:  card_name, a scorecard (default: the settings', else `general`); freeze, False only
            looks; replace, the reason for freezing again in a month that is frozen: it is
            entered in the log.
    Gives:  what was found; the files lie in `ws.out_dir/classes/<as_of>`.
    Raises: UsageError R031; NothingToDoError S001; ConfigError; LockHeldError (75); DiskError.
    """
    card, features = load_card(ws.rules_dir, card_name or ws.settings.scorecard or DEFAULT_CARD)
    with hold_lock(ws.store_dir, f"风险分类 {as_of}"), Store.open(ws) as store:
        store.sweep()
        work = Path(tempfile.mkdtemp(prefix=".classify-", dir=ws.store_dir))
        try:
            limits = ws.settings.imports.stale_after_days
            snapshot = build_snapshot(store, as_of, work / "snapshot", limits)
            model_dir = _model_dir(ws, card)
            wanted = [features, *([model_features(model_dir)] if model_dir else [])]
            path = work / "table.parquet"
            write_table(snapshot, merge(wanted), path, ws.settings.threads)
            run = _run(ws, card, path, as_of, model_dir)
            outcomes = _outcomes(store, snapshot, as_of)
        finally:
            shutil.rmtree(work)
        return _finish(ws, store, card, run, as_of, outcomes, freeze=freeze, replace=replace)


def _model_dir(ws: Workspace, card: Scorecard) -> Path | None:
    """Give the model's folder when the card asks for a probability and the settings name one."""
    asked = any(one.input.name == PROBABILITY for one in card.indicators)
    name = ws.settings.model.name
    return ws.models_dir / name if asked and name else None


def _run(
    ws: Workspace, card: Scorecard, path: Path, as_of: date, model_dir: Path | None
) -> CardRun:
    import polars as pl

    ppm = None
    if model_dir is not None:
        heard = speak(model_dir, path, ws.settings, as_of).probabilities
        ppm = None if heard is None else to_ppm(heard)
    return run_card(card, pl.scan_parquet(path), as_of, ppm)


def _outcomes(store: Store, snapshot: "Snapshot", as_of: date) -> "tuple[ClassOutcome, ...]":
    """Problems found per class and arm, by the classes that stood before each check."""
    import polars as pl

    if snapshot.collected("inspection") is Collected.MISSING:
        return ()
    wanted = ("uscc", "inspected_on", "selected_by", "problem", "results")
    since = as_of - timedelta(days=OUTCOME_DAYS)
    rows = snapshot.scan("inspection").filter(pl.col("inspected_on") >= since)
    checks = rows.select(wanted).collect(engine="streaming")
    given = store.classes_between(since - timedelta(days=OUTCOME_DAYS), as_of, checks["uscc"])
    frozen = sorted({run.as_of for run in store.runs(KIND)})
    if frozen:  # draws go by frozen classes from the first on; what nights said since is no class
        given = given.filter(pl.col("as_of").is_in(frozen) | (pl.col("as_of") < pl.lit(frozen[0])))
    return class_outcomes(checks, given, load_catalogue(), since)


def _finish(
    ws: Workspace,
    store: Store,
    card: Scorecard,
    run: CardRun,
    as_of: date,
    outcomes: "tuple[ClassOutcome, ...]",
    *,
    freeze: bool,
    replace: str,
) -> Classified:
    before = store.frozen_classes(as_of - timedelta(days=1))
    table = _with_previous(run.classes, before[1] if before else None)
    raw = _csv(table)
    heads = store.tree_heads()
    name: HashName = cast("HashName", heads[-1].hash_name) if heads else ws.settings.hash
    sha256 = digest(name, raw).hex()
    standing = _frozen_in_month(store, as_of)
    frozen, stands = False, standing
    if freeze:
        may = standing is None or bool(replace)
        if may or standing == as_of:
            frozen = _commit(ws, store, card, run, as_of, sha256, name, replace, standing)
            stands = as_of
    classified = Classified(
        as_of=as_of,
        card=card,
        counts=_counts(run.classes),
        unknown_share_bp=_unknown_share_bp(run.classes),
        previous_on=before[0] if before else None,
        moved=movement(before[1], run.classes) if before else {},
        outcomes=outcomes,
        frozen=frozen,
        frozen_on=stands,
        sha256=sha256,
        folder=ws.out_dir / "classes" / as_of.isoformat(),
    )
    _write(classified, raw, run)
    return classified


def _frozen_in_month(store: Store, as_of: date) -> date | None:
    """Give the day of the classes frozen in the month of a day."""
    days = [run.as_of for run in store.runs(KIND)]
    same = [day for day in days if (day.year, day.month) == (as_of.year, as_of.month)]
    return max(same, default=None)


def _commit(
    ws: Workspace,
    store: Store,
    card: Scorecard,
    run: CardRun,
    as_of: date,
    sha256: str,
    name: HashName,
    replace: str,
    standing: date | None,
) -> bool:
    """Keep classes and log entry, both or neither; False when the very same stand already.

    Raises: UsageError R032 when other classes of this very day are frozen and no reason is given.
    """
    facts: dict[str, object] = {
        "as_of": as_of.isoformat(),
        "card": {"id": card.id, "version": card.version, "sha256": card.sha256},
        "classes": sha256,
        "counts": {key or "none": n for key, n in _counts(run.classes).items()},
        "deliveries": store.input_hash(as_of),
        "riskwarn": __version__,
        "settings": ws.settings_hash,
    }
    key = hashlib.sha256(canonical_json({"kind": KIND, **facts}).encode()).hexdigest()
    here = store.run(key)
    if here is not None and not here.superseded_by:
        return False
    if standing == as_of and not replace:
        cure = "说明理由：--replace 理由（理由记入审计日志）"
        raise UsageError(Problem("R032", f"{as_of} 的分类已冻结，与此次不同", expected=cure))
    replaced = {"replaces": standing.isoformat(), "reason": replace} if standing else {}
    leaf = log_leaf(KIND, {**facts, "run_key": key, **replaced}, name)
    return store.commit_run(
        RunCommit(
            run_key=key,
            kind=KIND,
            as_of=as_of,
            manifest=facts,
            classes=run.classes.select("uscc", "risk_class", "points"),
            leaves=(leaf,),
            head=head_with(store.log_leaves(), [leaf], name),
        )
    )


def _with_previous(classes: "pl.DataFrame", before: "pl.DataFrame | None") -> "pl.DataFrame":
    import polars as pl

    if before is None:
        return classes.with_columns(pl.lit(None, pl.String).alias("previous_class"))
    was = before.select("uscc", pl.col("risk_class").alias("previous_class"))
    return classes.join(was, on="uscc", how="left", maintain_order="left")


def _csv(table: "pl.DataFrame") -> bytes:
    """Write the classes in one form: sorted by uscc, UTF-8, LF; points in hundredths."""
    text = table.select(CSV_COLUMNS).sort("uscc").write_csv(line_terminator="\n")
    return text.encode()


def _counts(classes: "pl.DataFrame") -> dict[str, int]:
    import polars as pl

    found = dict(classes.group_by(pl.col("risk_class").fill_null("")).len().iter_rows())
    return {name: found.get(name, 0) for name in [*(one.value for one in RiskClass), ""]}


def _unknown_share_bp(classes: "pl.DataFrame") -> int:
    partly = int((classes["unknown"] > 0).sum())
    return partly * 10_000 // classes.height if classes.height else 0


def _write(done: Classified, raw: bytes, run: CardRun) -> None:
    """Write classes.csv, the points of every indicator, and a summary."""
    from riskwarn.engine.frames import write_parquet

    done.folder.mkdir(parents=True, exist_ok=True)
    (done.folder / "classes.csv").write_bytes(raw)
    points = run.classes.select("ent", "uscc").join(
        run.points, on="ent", how="left", maintain_order="left"
    )
    write_parquet(points.drop("ent"), done.folder / "points.parquet")
    (done.folder / REPORT_FILE).write_text(report(done), encoding="utf-8", newline="\n")
    text = json.dumps(summary(done), ensure_ascii=False, indent=1, sort_keys=True)
    (done.folder / "summary.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def report(done: Classified) -> str:
    """Give the tables that an office reports: counts, movement, problems per class and arm."""
    return report_text(
        done.card.title,
        done.as_of,
        done.counts,
        done.moved,
        done.previous_on,
        done.outcomes,
        OUTCOME_DAYS,
    )


def summary(done: Classified) -> dict[str, object]:
    """Give counts, movement and what checks found, as plain data."""
    return {
        "as_of": done.as_of.isoformat(),
        "card": f"{done.card.id} {done.card.version}",
        "card_sha256": done.card.sha256,
        "note": done.card.note,
        "official_indicators": sum(one.official for one in done.card.indicators),
        "indicators": len(done.card.indicators),
        "classes_sha256": done.sha256,
        "counts": {name or "none": n for name, n in done.counts.items()},
        "unknown_share_bp": done.unknown_share_bp,
        "previous_on": done.previous_on.isoformat() if done.previous_on else None,
        "moved": [{"from": a, "to": b, "enterprises": n} for (a, b), n in done.moved.items()],
        "outcomes": outcome_rows(done.outcomes),
        "random_shares": [
            {"class": row.name, **asdict(row.random)} for row in found_rows(done.outcomes)
        ],
        "frozen_on": done.frozen_on.isoformat() if done.frozen_on else None,
    }


def outcome_rows(outcomes: "Sequence[ClassOutcome]") -> list[dict[str, object]]:
    """Give one row a class and arm: checked, problems found."""
    return [
        {
            "class": one.risk_class.value,
            "arm": one.arm,
            "random": one.random,
            "checked": one.checked,
            "problems": one.problems,
        }
        for one in outcomes
    ]
