"""What riskwarn finds of what the county generator planted, and how right its leads are.

    python -m bench.planted --enterprises 100000 --seeds 1 2 3 --json

For each seed a county is made, delivered, imported; a model is trained on what was known the day
before; the night's graph, rules and scores are computed as a scan does, and held to the truth file
that is never imported. Everything is counted over enterprises still in business on the day.
"""

import argparse
import gc
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import polars as pl

from riskwarn.county.generate import make_county
from riskwarn.county.risk import W_FRAILTY
from riskwarn.county.settings import load_settings
from riskwarn.founding import found_workspace
from riskwarn.graph.communities import SEEDS, communities
from riskwarn.graph.control import read_ownership
from riskwarn.graph.graph import Graph
from riskwarn.graph.holdings import ring_of
from riskwarn.graph.shells import shell_clusters
from riskwarn.importing import import_into
from riskwarn.leads.build import build_leads
from riskwarn.leads.inputs import LeadInputs
from riskwarn.model.config import load_training
from riskwarn.night.looked_at import columns_looked_at
from riskwarn.night.plan import NightPlan, read_plan
from riskwarn.night.stages import build_tables, judge_rules, night_calendar, speak_model
from riskwarn.records.snapshot import Snapshot
from riskwarn.retrain import load_feature_files, retrain
from riskwarn.rules.explain import message
from riskwarn.store.store import Store
from riskwarn.store.view import build_view
from riskwarn.workspace import SETTINGS_FILE, Workspace, resource_dir

CAPACITY_SHARE = 0.05  # of the enterprises in business can be visited
LEAST_CLUSTER = 5  # members, as planted; smaller groups are families and chance
DEEP = 5  # layers above the enterprise
Figures = dict[str, float]


def run_county(root: Path, enterprises: int, seed: int) -> Figures:
    """Make one county, run the night, and measure everything."""
    as_of = load_settings().as_of
    found_workspace(root, name="bench", region=load_settings().place.region)
    example = resource_dir("examples") / "county"
    shutil.copyfile(example / SETTINGS_FILE, root / SETTINGS_FILE)
    ws = Workspace.open(root)
    make_county(root, enterprises, seed, dirty=True)
    import_into(ws, [ws.inbox], delivered_on=as_of)
    shutil.rmtree(ws.inbox)
    training = load_training(example / "model.yaml")
    features = load_feature_files([ws.rules_dir / "features.yaml"])
    retrain(ws, training, features, as_of - timedelta(days=1))
    gc.collect()
    work = root / "work"
    work.mkdir()
    with Store.open(ws) as store:
        plan = read_plan(ws, store, as_of)
        stale = ws.settings.imports.stale_after_days
        looked_at = columns_looked_at(plan.features)
        snapshot = build_view(store, as_of, work / "snapshot", stale, looked_at)
        tables = build_tables(plan, snapshot, work)
        truth = read_truth(root, tables.path)
        found: Figures = {"enterprises": float(truth["there"].sum())}
        found |= graph_figures(tables.graph, truth)
        hits = judge_rules(plan, tables, work)
        spoken = speak_model(plan, tables)
        assert spoken is not None
        assert spoken.probabilities is not None, spoken.refusal
        heard = spoken.probabilities
        orders = {
            "rules": lead_order(plan, snapshot, tables.path, hits, None),
            "model": _by(heard["probability"].fill_null(-1.0).to_numpy()),
            "both": lead_order(plan, snapshot, tables.path, hits, heard),
        }
    return found | lead_figures(truth, orders)


def read_truth(root: Path, table: Path) -> pl.DataFrame:
    """The truth in the order of the night's enterprises; `there`: registered and in business."""
    truth = pl.read_parquet(root / "truth" / "truth.parquet")
    own = pl.read_parquet(table, columns=["ent", "uscc"]).sort("ent")
    joined = own.join(truth, on="uscc", how="left", maintain_order="left")
    there = pl.col("problem_chance").is_not_null() & pl.col("ended_on").is_null()
    odds = (pl.col("problem_chance") / (1 - pl.col("problem_chance"))).log()
    seen = 1 / (1 + (-(odds - W_FRAILTY * pl.col("frailty"))).exp())
    return joined.with_columns(there=there, seen_chance=seen)


def graph_figures(graph: Graph, truth: pl.DataFrame) -> Figures:
    """Precision and recall of shell clusters, rings and chains of control.

    Communities are not shells: most are firms at one address. Told is how many planted clusters
    one of them covers.
    """
    there = truth["there"].to_numpy()
    planted = np.where(there, truth["cluster"].fill_null(-1).to_numpy(), -1)
    shells = _group_figures("shell_clusters", np.where(there, shell_clusters(graph), -1), planted)
    drawn = np.where(there, communities(graph, SEEDS), -1)
    covered = _group_figures("communities", drawn, planted)["communities_found"]
    ringed = (ring_of(graph)[: graph.enterprises] >= 0) & there
    ring = truth["ring"].is_not_null().to_numpy() & there
    rings = _rates("ring_members", ringed, ring)
    return shells | {"communities_found": covered} | rings | _chain_figures(graph, truth)


def _group_figures(name: str, groups: Any, planted: Any) -> Figures:
    """By member: in a found group of LEAST_CLUSTER or more. By group: half of the union shared."""
    sizes = np.bincount(groups[groups >= 0], minlength=groups.size)
    large = (groups >= 0) & (sizes[groups] >= LEAST_CLUSTER)
    whole = np.bincount(planted[planted >= 0])
    real = (planted >= 0) & (whole[planted] >= LEAST_CLUSTER)
    found = _rates(f"{name}_members", large, real)
    pairs = pl.DataFrame({"g": groups, "p": planted}).filter(pl.Series(large & real))
    met = pairs.group_by("g", "p").len().sort("len", descending=True).unique("p", keep="first")
    union = sizes[met["g"].to_numpy()] + whole[met["p"].to_numpy()] - met["len"].to_numpy()
    right = float((met["len"].to_numpy() / union >= 0.5).sum())
    found[f"{name}_found"] = right / max(1, int((whole >= LEAST_CLUSTER).sum()))
    found[f"{name}_real"] = right / max(1, len(np.unique(groups[large])))
    return found


def _chain_figures(graph: Graph, truth: pl.DataFrame) -> Figures:
    """Is the planted company at the top of a pyramid on the chain of each enterprise below it?"""
    own = read_ownership(graph)
    there = truth["there"].to_numpy()
    number, depth = truth["pyramid"].fill_null(-1).to_numpy(), truth["depth"].fill_null(0)
    layers = depth.to_numpy().astype(np.int64)
    top = np.full(int(number.max(initial=0)) + 1, -1, np.int64)
    heads = np.flatnonzero((number >= 0) & (layers == 1) & there)
    top[number[heads]] = heads
    below = np.flatnonzero((number >= 0) & (layers > 1) & there)
    below = below[top[number[below]] >= 0]
    met = np.zeros(below.size, bool)
    node = own.above[below]
    for _ in range(64):
        met |= node == top[number[below]]
        node = np.where(node >= 0, own.above[np.maximum(node, 0)], -1)
    deep = layers[below] > DEEP
    claimed = np.flatnonzero((_layers_of_companies(own.above, graph) >= DEEP) & there)
    planted = np.flatnonzero((number >= 0) & (layers > DEEP) & there)
    return {
        "controller_recall": float(met.mean()) if met.size else float("nan"),
        "controller_recall_behind_five_layers": float(met[deep].mean()),
        "enterprises_behind_five_layers": float(deep.sum()),
        "deep_chains_planted_share": float(np.isin(claimed, planted).mean()),
    }


def _layers_of_companies(above: Any, graph: Graph) -> Any:
    """Layers of enterprises above each enterprise; a person at the top is no layer here."""
    layers = np.zeros(graph.enterprises, np.int64)
    node = above[: graph.enterprises].copy()
    for _ in range(64):
        inside = (node >= 0) & (node < graph.entities)
        layers += inside
        node = np.where(inside, above[np.maximum(node, 0)], -1)
    return layers


def _rates(name: str, said: Any, true: Any) -> Figures:
    both = float((said & true).sum())
    return {
        f"{name}_precision": both / max(1.0, float(said.sum())),
        f"{name}_recall": both / max(1.0, float(true.sum())),
    }


def lead_order(
    plan: NightPlan,
    snapshot: Snapshot,
    table: Path,
    hits: Path,
    probability: pl.DataFrame | None,
) -> Any:
    """Enterprises in the order of their best lead, without any department's capacity."""
    settings = plan.ws.settings
    free = settings.leads.model_copy(update={"capacity_per_department": 2**31, "capacity": {}})
    inputs = LeadInputs(
        as_of=plan.as_of,
        table=pl.scan_parquet(table),
        hits=pl.scan_parquet(hits),
        rules=plan.rules,
        message=lambda rule, row: message(rule, row, plan.as_of),
        calendar=night_calendar(plan, snapshot),
        items=plan.items,
        probability=probability,
        pack_titles={},
    )
    built = build_leads(inputs, settings.model_copy(update={"leads": free}))
    number = {uscc: ent for ent, uscc in enumerate(_usccs(table))}
    return np.array(list(dict.fromkeys(number[lead.uscc] for lead in built.leads)), np.int64)


def _usccs(table: Path) -> list[str]:
    return pl.read_parquet(table, columns=["uscc"])["uscc"].to_list()


def _by(score: Any) -> Any:
    return np.argsort(-score, kind="stable")


def lead_figures(truth: pl.DataFrame, orders: Mapping[str, Any]) -> Figures:
    """Mean true chance of a finding among the first CAPACITY_SHARE of each order."""
    there = truth["there"].to_numpy()
    chance = truth["problem_chance"].fill_null(0.0).to_numpy()
    seen = truth["seen_chance"].fill_null(0.0).to_numpy()
    capacity = max(1, round(CAPACITY_SHARE * int(there.sum())))
    every = {
        **orders,
        "oracle_of_what_is_visible": _by(seen),
        "oracle": _by(chance),
    }
    found = {"base_rate": float(chance[there].mean()), "capacity": float(capacity)}
    total = float(chance[there].sum())
    for name, order in every.items():
        first = order[there[order]][:capacity]
        found[f"precision_{name}"] = float(chance[first].mean())
        found[f"recall_{name}"] = float(chance[first].sum()) / total
        found[f"leads_{name}"] = float(first.size)
    return found


def spread(runs: Sequence[Figures]) -> dict[str, dict[str, float]]:
    """Mean, least, greatest and standard deviation of each figure over the seeds."""
    return {
        name: {
            "mean": round(mean(run[name] for run in runs), 4),
            "least": round(min(run[name] for run in runs), 4),
            "greatest": round(max(run[name] for run in runs), 4),
            "deviation": round(stdev(run[name] for run in runs), 4) if len(runs) > 1 else 0.0,
        }
        for name in runs[0]
    }


def main() -> None:
    """Run the seeds and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--enterprises", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    runs = []
    for seed in args.seeds:
        with tempfile.TemporaryDirectory(prefix="riskwarn-planted-") as folder:
            runs.append(run_county(Path(folder) / "ws", args.enterprises, seed))
    figures = spread(runs)
    if args.json:
        told = {"enterprises": args.enterprises, "seeds": args.seeds, "figures": figures}
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
        return
    for name, one in figures.items():
        span = f"{one['least']:.3f} – {one['greatest']:.3f}"
        sys.stdout.write(f"{name:44} {one['mean']:10.3f}  ({span})\n")


if __name__ == "__main__":
    main()
