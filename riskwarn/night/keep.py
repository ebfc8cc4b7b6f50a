"""What a night leaves behind: one transaction in the store, one folder for people."""

import json
import shutil
from collections.abc import Mapping
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import cast

import polars as pl

from riskwarn.audit.log import canonical_json, head_with, log_leaf
from riskwarn.audit.tree import HashName, digest
from riskwarn.leads.build import BuiltLeads
from riskwarn.leads.events import lead_events
from riskwarn.night.plan import MANIFEST, NightPlan
from riskwarn.records.ledger import RunCommit
from riskwarn.store.store import Store


def commit_night(
    plan: NightPlan, store: Store, manifest: Mapping[str, object], built: BuiltLeads
) -> bool:
    """Record states, events, classes and the log's new leaf, all of them or none.

    Gives: False when this very run had been recorded before; nothing changes then.
    """
    heads = store.tree_heads()
    name: HashName = cast(HashName, heads[-1].hash_name) if heads else plan.ws.settings.hash
    text = canonical_json(dict(manifest))
    payload = {
        "as_of": plan.as_of.isoformat(),
        "run_key": plan.run_key,
        "manifest": digest(name, text.encode()).hex(),
    }
    leaf = log_leaf("scan", payload, name)
    return store.commit_run(
        RunCommit(
            run_key=plan.run_key,
            kind="scan",
            as_of=plan.as_of,
            manifest=manifest,
            states=built.states,
            events=lead_events(built.leads, built.gone, plan.as_of, plan.run_key),
            classes=_classes(built),
            leaves=(leaf,),
            head=head_with(store.log_leaves(), [leaf], name),
        )
    )


def _classes(built: BuiltLeads) -> pl.DataFrame:
    """Put the codes beside the classes, as late as they are written: they take most memory."""
    told = built.classes.lazy().select(pl.col("risk_class").cast(pl.String), "points")
    return pl.concat([built.codes, told], how="horizontal").collect(engine="streaming")


def publish(made: Path, target: Path) -> Path:
    """Put a finished folder in its place; a reader finds the old one or the new one.

    The old folder is moved aside, the new one renamed into place, then the old one removed: a run
    killed between the two renames leaves no folder, and the next run puts it back. An old folder
    in which somebody has changed a file (a filled-in workbook) is kept beside, never removed.
    """
    aside = target.with_name(f".{target.name}.old")
    _let_go(aside, target)
    if target.exists():
        if (made / MANIFEST).read_bytes() == _bytes_of(target / MANIFEST) and _same(made, target):
            return target
        target.rename(aside)
    target.parent.mkdir(parents=True, exist_ok=True)
    made.rename(target)
    _let_go(aside, target)
    return target


def _let_go(aside: Path, target: Path) -> None:
    """Remove a replaced folder, or keep it under a free name when people worked in it."""
    if not aside.exists():
        return
    if not _edited(aside):
        shutil.rmtree(aside)
        return
    free = (target.with_name(f"{target.name}.kept-{number}") for number in count(1))
    aside.rename(next(path for path in free if not path.exists()))


def _edited(folder: Path) -> bool:
    """Whether a published folder holds a file that is not as its manifest says."""
    if not (folder / MANIFEST).is_file():
        return True
    files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    if there - {MANIFEST} - set(files):
        return True
    return any(sha256(_bytes_of(folder / name)).hexdigest() != told for name, told in files.items())


def _bytes_of(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _same(made: Path, there: Path) -> bool:
    """Whether what is published is still whole; somebody may have filled in a workbook."""
    names = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
    return all(_bytes_of(made / name) == _bytes_of(there / name) for name in names)
