"""What a night will be run with: rules, laws, items, model and earlier states, and its run key."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn import __version__
from riskwarn.audit.log import canonical_json
from riskwarn.errors import Problem
from riskwarn.features.catalogue import merge
from riskwarn.law.book import LawBook
from riskwarn.law.items import load_items
from riskwarn.leads.life import STATE_SCHEMA
from riskwarn.model.declared import model_features
from riskwarn.model.drift import drift_summary
from riskwarn.model.lock import FEATURES_FILE, verify
from riskwarn.records.features import FeatureSet
from riskwarn.records.leads import ItemInfo
from riskwarn.records.ledger import RunRecord
from riskwarn.records.rules import Pack, Rule
from riskwarn.records.scorecard import Scorecard
from riskwarn.rules.pack import pack_features, read_packs
from riskwarn.rules.run import live_rules
from riskwarn.rules.scorecard import load_card
from riskwarn.store.store import Store
from riskwarn.workspace import Workspace

if TYPE_CHECKING:
    import polars as pl

    from riskwarn.records.report import ReportBundle

MANIFEST = "run.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class NightPlan:
    """Everything that decides a night's result, read before the first number is computed."""

    ws: Workspace
    as_of: date
    packs: tuple[Pack, ...]
    rules: tuple[Rule, ...]  # those that speak on the day
    features: FeatureSet  # what rules, model and scorecard look at
    card: Scorecard | None
    book: LawBook
    items: Mapping[str, ItemInfo]
    model_dir: Path | None
    model_hash: str
    previous: "pl.DataFrame"
    previous_run: RunRecord | None
    hashes: Mapping[str, str]
    run_key: str

    def write_manifest(
        self, out: Path, files: Sequence[str], bundle: "ReportBundle"
    ) -> dict[str, object]:
        """Write run.json beside the outputs: hashes, versions and counts, and no clock."""
        manifest: dict[str, object] = {
            "riskwarn": __version__,
            "kind": "scan",
            "as_of": self.as_of.isoformat(),
            "run_key": self.run_key,
            "inputs": dict(self.hashes),
            "libraries": _versions(),
            "model_spoke": bundle.model.spoke,
            "drift": drift_summary(bundle.model.drift),
            "tables": {line.table: line.collected.value for line in bundle.tables},
            "counts": {
                "enterprises": bundle.enterprises,
                "leads": len(bundle.leads),
                "gone": len(bundle.gone),
            },
            "files": {name: _sha256(out / name) for name in files},
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
        (out / MANIFEST).write_text(text + "\n", encoding="utf-8", newline="\n")
        return manifest


def read_plan(ws: Workspace, store: Store, as_of: date) -> NightPlan:
    """Read what the night needs and compute its key.

    Gives:  the plan. A rule with a fault in its file is no rule; packs with errors stop the night.
    Raises: ConfigError with every fault of packs, features and items at once.
    """
    from riskwarn.errors import ConfigError, raise_all

    packs, _, problems = read_packs(ws.rules_dir)
    raise_all(ConfigError, problems)
    book = LawBook.open(ws.laws_dir)
    items = load_items(ws.items_dir)
    model_dir = ws.models_dir / ws.settings.model.name if ws.settings.model.name else None
    wanted = [pack_features(packs)]
    if model_dir is not None and (model_dir / FEATURES_FILE).is_file():
        wanted.append(model_features(model_dir))
    card = None
    if ws.settings.scorecard:
        card, looked_at = load_card(ws.rules_dir, ws.settings.scorecard)
        wanted.append(looked_at)
    previous = store.lead_states_before(as_of, STATE_SCHEMA)
    model_hash = _model_hash(model_dir)
    hashes = {
        "deliveries": store.input_hash(as_of),
        "rules": _hash_of({pack.id: pack.sha256 for pack in packs}),
        "features": _hash_of([repr(feature) for feature in merge(wanted).features.values()]),
        "laws": _hash_of({version.file: version.sha256 for version in book.versions}),
        "items": _hash_of([repr(item) for item in items]),
        "model": model_hash,
        "settings": ws.settings_hash,
        "earlier_leads": _hash_of(previous.write_json()),
        **({"scorecard": card.sha256} if card else {}),
    }
    key = {"riskwarn": __version__, "as_of": as_of, "inputs": hashes}
    return NightPlan(
        ws=ws,
        as_of=as_of,
        packs=tuple(packs),
        rules=tuple(live_rules(packs, as_of)),
        features=merge(wanted),
        card=card,
        book=book,
        items={
            item.code: ItemInfo(
                code=item.code,
                name=item.name,
                domain=item.main_name,
                basis=tuple(cited.ref.label for cited in item.citations),
            )
            for item in items
        },
        model_dir=model_dir,
        model_hash=model_hash,
        previous=previous,
        previous_run=store.previous_run(as_of),
        hashes=hashes,
        run_key=_hash_of(key),
    )


def _model_hash(model_dir: Path | None) -> str:
    """Name the model by its lock; one that is refused is part of the key by that fact."""
    from riskwarn.errors import VerificationError

    if model_dir is None:
        return ""
    try:
        return verify(model_dir).sha256_of_lock
    except VerificationError as error:
        return "refused: " + "; ".join(_code(problem) for problem in error.problems)


def _code(problem: Problem) -> str:
    return problem.code


def _hash_of(value: Any) -> str:
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in ("polars", "narwhals", "numpy", "scipy", "numba", "networkx", "xgboost-cpu"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
