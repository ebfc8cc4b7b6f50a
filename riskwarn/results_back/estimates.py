"""What all draws published by a day say about everybody."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from riskwarn.draw.burden import burden, count_eligible, coverage
from riskwarn.draw.change import changes
from riskwarn.draw.domains import CheckRow, by_class, by_group, by_region, check_rows
from riskwarn.draw.estimate import (
    DrawData,
    Estimate,
    estimate_stratum,
    estimate_total,
)
from riskwarn.draw.freeze import Frozen, load_frozen
from riskwarn.draw.lines import Lines
from riskwarn.draw.strictness import officer_strictness
from riskwarn.store import draw_amends as amends
from riskwarn.store import draws as kept
from riskwarn.store.store import Store
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawFound:
    """One draw with its results: `directed` and `items` by task."""

    data: DrawData
    rows: tuple[CheckRow, ...]
    directed: Mapping[str, bool]
    items: Mapping[str, tuple[str, ...]]
    targets: tuple[Mapping[str, Any], ...]
    pool: Lines


def draw_data(ws: Workspace, on: date) -> list[DrawData]:
    """Give every draw published by a day with its results, in the order of the draws."""
    return [found.data for found in read_draws(ws, on)]


def read_draws(ws: Workspace, on: date) -> list[DrawFound]:
    """Give every draw published by a day with what came back by then."""
    problem = load_catalogue().codes["inspection_result"].problem
    found = []
    with Store.open(ws) as store:
        for draw_id in kept.draw_ids(store):
            events = [e for e in kept.events_of(store, draw_id) if e["on"] <= on.isoformat()]
            if not any(event["kind"] == "publish" for event in events):
                continue
            attempt = sum(1 for event in events if event["kind"] == "freeze")
            held = kept.read_files(store, draw_id, attempt)
            frozen = load_frozen(held, kept.pool_of(store, draw_id, attempt))
            targets = kept.targets_of(store, draw_id)
            results = amends.results_as_of(store, draw_id, on)
            found.append((events[-1]["on"], _found(draw_id, frozen, targets, results, problem)))
    return [one for _, one in sorted(found, key=lambda pair: (pair[0], pair[1].data.draw_id))]


def _found(
    draw_id: str,
    frozen: Frozen,
    targets: Sequence[Mapping[str, Any]],
    results: Sequence[Mapping[str, Any]],
    problem: frozenset[str],
) -> DrawFound:
    tasks = {task["task"]: task for task in frozen.header["tasks"]}
    return DrawFound(
        data=DrawData.make(draw_id, frozen, targets, results, problem),
        rows=tuple(check_rows(draw_id, frozen, targets, results, problem)),
        directed={no: task["directed"] for no, task in tasks.items()},
        items={no: tuple(item["code"] for item in task["items"]) for no, task in tasks.items()},
        targets=tuple(row for row in targets if not row["reserve"]),
        pool=frozen.pool,
    )


def estimate_all(ws: Workspace, on: date) -> dict[str, Any]:
    """Estimate problem rates and their company.

    Gives:  estimates (per draw: `task/class`, `task/合计`), regions (per draw: `task/region`),
            items, arms and classes (over all draws), officers (strictness), changes (post-
            stratified, by item), burden, coverage. A rate that cannot be told is None.
    """
    draws = read_draws(ws, on)
    data = [found.data for found in draws]
    names = [(found, no) for found in draws for no in found.directed]
    items: dict[str, list[str]] = {}
    arms: dict[str, list[str]] = {}
    of_task: dict[str, Sequence[str]] = {}
    for found, no in names:
        name = f"{found.data.draw_id}/{no}"
        of_task[name] = found.items[no]
        arms.setdefault("定向" if found.directed[no] else "不定向", []).append(name)
        for item in found.items[no]:
            items.setdefault(item, []).append(name)
    rows = [row for found in draws for row in found.rows]
    targets = [row for found in draws for row in found.targets]
    return {
        "estimates": [_shown(d.draw_id, row) for d in data for row in _by_stratum(d)],
        "regions": [
            _shown(f.data.draw_id, row) for f in draws for row in by_region(f.data, f.rows)
        ],
        "items": [asdict(row) for row in by_group(data, items)],
        "arms": [asdict(row) for row in by_group(data, arms)],
        "classes": [asdict(row) for row in by_class(data)],
        "officers": [asdict(row) for row in officer_strictness(rows)],
        "changes": [asdict(row) for row in changes(data, of_task)],
        "burden": burden(targets, count_eligible([found.pool for found in draws])),
        "coverage": coverage(data),
    }


def _shown(draw_id: str, row: Estimate) -> dict[str, Any]:
    return {"draw_id": draw_id, **asdict(row)}


def _by_stratum(data: DrawData) -> list[Estimate]:
    rows = []
    for task_no in dict.fromkeys(row.task_no for row in data.strata):
        own = [row for row in data.strata if row.task_no == task_no]
        rows += [estimate_stratum(row) for row in own]
        rows.append(estimate_total(f"{task_no}/合计", own))
    return rows
