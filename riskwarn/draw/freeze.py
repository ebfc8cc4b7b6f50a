"""The freeze: everything that decides the draw, as bytes with one hash, before the seed exists."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from riskwarn.draw.canon import FORMAT, HashName, canonical, hasher, merkle_root
from riskwarn.draw.plan import allowed_strata
from riskwarn.draw.pool import EXCLUDED
from riskwarn.draw.quota import ONE, check_cells, plan_cells
from riskwarn.errors import ConfigError, Problem, raise_all
from riskwarn.records.draw import Cell, DrawPlan

if TYPE_CHECKING:
    import polars as pl

COST_BITS = 44  # a pair's random cost; two optima tie with chance below pairs / 2**44
SCOPE_FIELDS = ("kinds", "regions", "industries", "facilities", "employees", "capital_fen")
LISTS = ("pool.txt", "officers.txt", "recusals.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeInfo:
    """What a freeze says about itself beside the plan.

    `salt_key`: 16 secret bytes or more, so that an unopened leaf cannot be guessed.
    `items`: code → (name, basis as written), for the notice.
    `register_sha256`: of the snapshot the register came from; `collected`: table → fresh, stale or
    missing: what was not known could not be excluded, and the freeze says so.
    """

    as_of: date
    frozen_on: date
    attempt: int
    hash_name: HashName
    salt_key: bytes
    code_version: str
    settings_sha256: str
    register_sha256: str
    collected: Mapping[str, str]
    items: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A frozen draw: the header's bytes, the three lists line by line, the root that binds all."""

    header: Mapping[str, Any]
    header_bytes: bytes
    root: str
    lists: Mapping[str, Sequence[str]]
    warnings: tuple[Problem, ...] = ()

    @property
    def cells(self) -> list[Cell]:
        return [
            Cell(task_no=task["task"], stratum=s["name"], size=s["size"], quota_e4=s["quota_e4"])
            for task in self.header["tasks"]
            for s in task["strata"]
        ]


def freeze_draw(
    plan: DrawPlan,
    pool: "pl.DataFrame",
    officers: "pl.DataFrame",
    recusals: "pl.DataFrame",
    info: FreezeInfo,
) -> Frozen:
    """Fix everything that decides the draw but the seed.

    Takes:  the frames of `build_pool`, `build_officers`, `build_recusals`.
    Gives:  the frozen draw; same input, same bytes.
    Raises: ConfigError D121, D122 (see `check_cells`), D125 when the yearly cap could leave a later
            task without enough enterprises.
    """
    cells = {task.task_no: plan_cells(task, _sizes(pool, task.task_no)) for task in plan.tasks}
    problems = [p for task in plan.tasks for p in check_cells(task, cells[task.task_no])]
    problems += _check_room(plan, pool, cells)
    raise_all(ConfigError, problems)
    lists = {
        "pool.txt": _pool_lines(plan, pool, info.salt_key),
        "officers.txt": _officer_lines(officers, info.salt_key),
        "recusals.txt": (recusals["officer_no"] + "\t" + recusals["uscc"]).to_list(),
    }
    header = _header(plan, pool, info, cells)
    new = hasher(info.hash_name)
    header["lists"] = {
        name: {
            "count": len(lines),
            "root": merkle_root((line.encode() for line in lines), new).hex(),
        }
        for name, lines in lists.items()
    }
    raw = canonical(header)
    root = merkle_root([raw], new).hex()
    warnings = tuple(problem for problem in problems if problem.severity != "error")
    return Frozen(header=header, header_bytes=raw, root=root, lists=lists, warnings=warnings)


def load_frozen(files: Mapping[str, bytes]) -> Frozen:
    """Read a freeze back from the bytes it was kept as."""
    raw = files["freeze.json"]
    header = json.loads(raw)
    lists = {name: files[name].decode().splitlines() for name in LISTS}
    root = merkle_root([raw], hasher(header["hash"])).hex()
    return Frozen(header=header, header_bytes=raw, root=root, lists=lists)


def _sizes(pool: "pl.DataFrame", task_no: str) -> dict[str, int]:
    counts = pool[f"task:{task_no}"].value_counts()
    return dict(zip(counts[counts.columns[0]].to_list(), counts["count"].to_list(), strict=True))


def _pool_lines(plan: DrawPlan, pool: "pl.DataFrame", salt_key: bytes) -> list[str]:
    import polars as pl

    tasks = [pl.col(f"task:{task.task_no}") for task in plan.tasks]
    salted = pool.with_columns(
        pl.concat_str(tasks, separator="|").alias("strata"),
        pl.Series("salt", _salts(pool["uscc"].to_list(), salt_key)),
    )
    fields = ["uscc", "region", "department", "class", "room", "strata", "salt"]
    return salted.select(pl.concat_str(fields, separator="\t"))["uscc"].to_list()


def _officer_lines(officers: "pl.DataFrame", salt_key: bytes) -> list[str]:
    import polars as pl

    salts = pl.Series("salt", _salts(officers["officer_no"].to_list(), salt_key), dtype=pl.String)
    salted = officers.with_columns(
        salts, pl.col("load").cast(pl.String), pl.col("max_load").cast(pl.String)
    )
    fields = [*officers.columns, "salt"]
    return salted.select(pl.concat_str(fields, separator="\t"))["officer_no"].to_list()


def _salts(ids: Sequence[str], key: bytes) -> list[str]:
    """16 bytes a line: nobody finds a line by trying out codes against its leaf hash."""
    return [
        hashlib.blake2b(unit.encode(), key=key[:64], digest_size=16).hexdigest() for unit in ids
    ]


def _header(
    plan: DrawPlan, pool: "pl.DataFrame", info: FreezeInfo, cells: Mapping[str, Sequence[Cell]]
) -> dict[str, Any]:
    import polars as pl

    lines = pool.select(pl.concat_str(["uscc", "class"], separator="\t"))["uscc"].to_list()
    text = "\n".join(lines) + "\n" if lines else ""
    return {
        "format": FORMAT,
        "hash": info.hash_name,
        "plan": plan.plan_no,
        "plan_sha256": plan.sha256,
        "title": plan.title,
        "issuer": plan.issuer,
        "year": plan.year,
        "batch": plan.batch,
        "attempt": info.attempt,
        "as_of": info.as_of.isoformat(),
        "frozen_on": info.frozen_on.isoformat(),
        "code_version": info.code_version,
        "settings_sha256": info.settings_sha256,
        "register_sha256": info.register_sha256,
        "class_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "collected": dict(info.collected),
        "embargo": plan.embargo,
        "finish_within_days": plan.finish_within_days,
        "rules": {
            "officers_per_check": plan.officers_per_check,
            "leads_per_check": plan.leads_per_check,
            "region_digits": plan.region_digits,
            "cost_bits": COST_BITS,
            "yearly_cap": plan.yearly_cap,
        },
        "sources": [{"name": s.name, "on": s.on.isoformat(), "bits": s.bits} for s in plan.sources],
        "shares": [{"name": c.name, "commitment": c.digest} for c in plan.commitments],
        "tasks": [_task_header(plan, at, pool, info, cells) for at in range(len(plan.tasks))],
    }


def _task_header(
    plan: DrawPlan,
    at: int,
    pool: "pl.DataFrame",
    info: FreezeInfo,
    cells: Mapping[str, Sequence[Cell]],
) -> dict[str, Any]:
    task = plan.tasks[at]
    sizes = _sizes(pool, task.task_no)
    excluded = {name[1:]: n for name, n in sorted(sizes.items()) if name.startswith(EXCLUDED)}
    return {
        "task": task.task_no,
        "title": task.title,
        "items": [
            {"code": code, "name": info.items[code][0], "basis": info.items[code][1]}
            if code in info.items
            else {"code": code, "name": "", "basis": ""}
            for code in task.items
        ],
        "directed": task.directed,
        "where": {name: list(getattr(task.scope, name)) for name in SCOPE_FIELDS},
        "key_item": task.key_item,
        "authority": task.authority,
        "demands": [
            {"department": d.department, "qualification": d.qualification} for d in task.demands
        ],
        "ratios_bp": {name: task.ratios_bp[name] for name in allowed_strata(task)},
        "floor_bp": task.floor_bp,
        "minimum": task.minimum,
        "reserve_bp": task.reserve_bp,
        "no_repeat_days": task.no_repeat_days,
        "strata": [
            {"name": c.stratum, "size": c.size, "quota_e4": c.quota_e4} for c in cells[task.task_no]
        ],
        "excluded": excluded,
    }


def _check_room(
    plan: DrawPlan, pool: "pl.DataFrame", cells: Mapping[str, Sequence[Cell]]
) -> list[Problem]:
    """D125: earlier tasks of the batch might, at worst, use up whom a later stratum needs.

    Whoever stands in at least as many earlier tasks as it has room may be gone, but no more of a
    class than those tasks have seats for it; on the safe side, all tasks count as if one authority
    drew them.
    """
    import polars as pl

    least = (
        pl.col("room")
        .str.extract_all(r"=\d+")
        .list.eval(pl.element().str.strip_prefix("=").cast(pl.Int64))
    )
    table = pool.with_columns(_room=least.list.min(), _earlier=pl.lit(0))
    problems = []
    earlier: dict[str, int] = {}
    for task in plan.tasks:
        name = f"task:{task.task_no}"
        at_risk = table.filter(pl.col("_earlier") >= pl.col("_room"))
        for cell in cells[task.task_no]:
            seats = -(-cell.quota_e4 // ONE)
            inside = at_risk.filter(pl.col(name) == cell.stratum).height
            blocked = min(earlier.get(cell.stratum, 0), inside)
            if seats > cell.size - blocked:
                message = (
                    f"任务 {task.task_no} 的 {cell.stratum} 类要抽 {seats} 户，"
                    f"前面的任务最多会占去 {blocked} 户（年度频次上限），"
                    f"只剩 {cell.size - blocked} 户"
                )
                expected = "降低比例、提高年度频次上限，或把两项任务合并为一项"
                problems.append(Problem("D125", message, expected=expected))
        for cell in cells[task.task_no]:
            earlier[cell.stratum] = earlier.get(cell.stratum, 0) - -cell.quota_e4 // ONE
        eligible = pl.col(name).str.starts_with(EXCLUDED).not_()
        table = table.with_columns(_earlier=pl.col("_earlier") + eligible.cast(pl.Int32))
    return problems
