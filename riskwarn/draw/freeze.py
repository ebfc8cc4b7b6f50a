"""The freeze: everything that decides the draw, as bytes with one hash, before the seed exists."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn.draw.canon import FORMAT, HashName, canonical, hasher, merkle_root
from riskwarn.draw.lines import Lines
from riskwarn.draw.plan import allowed_strata, say_stratum
from riskwarn.draw.pool import EXCLUDED
from riskwarn.draw.poolfile import PoolFacts, salts, write_pool
from riskwarn.draw.quota import ONE, check_cells, plan_cells
from riskwarn.errors import ConfigError, Problem, VerificationError, raise_all
from riskwarn.records.draw import Cell, DrawPlan

if TYPE_CHECKING:
    import polars as pl

COST_BITS = 44  # a pair's random cost; two optima tie with chance below pairs / 2**44
SCOPE_FIELDS = ("kinds", "regions", "industries", "facilities", "employees", "capital_fen")
POOL, LISTS = "pool.txt", ("officers.txt", "recusals.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeInfo:
    """What a freeze says about itself beside the plan.

    `salt_key`: 16 secret bytes or more, so that an unopened leaf cannot be guessed.
    `items`: code → (name, basis as written), for the notice.
    `register_sha256`: of the snapshot the register came from; `collected`: table → fresh, stale or
    missing: what was not known could not be excluded, and the freeze says so.
    `prev`: hash of the draw's last event, "" for a first attempt: binds earlier attempts and why
    they were voided. `log_size`, `log_root`: head of the workspace's log, which holds every other
    freeze: two notices and a consistency proof show whether there were more than were published.
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
    prev: str = ""
    log_size: int = 0
    log_root: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A frozen draw: the header's bytes, the lists, the root that binds all.

    `lists`: officers.txt and recusals.txt line by line; `pool`: pool.txt, in a file when it is big.
    """

    header: Mapping[str, Any]
    header_bytes: bytes
    root: str
    lists: Mapping[str, Sequence[str]]
    pool: Lines
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
    pool: "Iterable[pl.DataFrame]",
    officers: "pl.DataFrame",
    recusals: "pl.DataFrame",
    info: FreezeInfo,
    pool_file: Path | None = None,
) -> Frozen:
    """Fix everything that decides the draw but the seed.

    Takes:  the frames of `pool_chunks` (or one of `build_pool`), `build_officers`,
            `build_recusals`; pool_file, where pool.txt is written (None: kept in memory).
    Gives:  the frozen draw; same input, same bytes, however it was cut into ranges.
    Raises: ConfigError D121, D122 (see `check_cells`), D125 when the yearly cap could leave a later
            task without enough enterprises.
    """
    new = hasher(info.hash_name)
    facts = write_pool(plan, pool, info.salt_key, new, pool_file)
    sizes = {task.task_no: facts.strata_of(task.task_no) for task in plan.tasks}
    cells = {task.task_no: plan_cells(task, sizes[task.task_no]) for task in plan.tasks}
    problems = [p for task in plan.tasks for p in check_cells(task, cells[task.task_no])]
    problems += _check_room(plan, facts, cells)
    raise_all(ConfigError, problems)
    lists = {
        "officers.txt": _officer_lines(officers, info.salt_key),
        "recusals.txt": (recusals["officer_no"] + "\t" + recusals["uscc"]).to_list(),
    }
    header = _header(plan, facts, info, cells)
    header["lists"] = {POOL: {"count": facts.count, "root": facts.root}} | {
        name: {
            "count": len(lines),
            "root": merkle_root((line.encode() for line in lines), new).hex(),
        }
        for name, lines in lists.items()
    }
    raw = canonical(header)
    root = merkle_root([raw], new).hex()
    warnings = tuple(problem for problem in problems if problem.severity != "error")
    return Frozen(
        header=header,
        header_bytes=raw,
        root=root,
        lists=lists,
        pool=facts.lines,
        warnings=warnings,
    )


def load_frozen(files: Mapping[str, bytes], pool: Path | None = None) -> Frozen:
    """Read a freeze back from the bytes it was kept as.

    Takes:  pool, where pool.txt lies; None: it is among the files.
    Raises: VerificationError D183 when another version of the format froze it.
    """
    raw = files["freeze.json"]
    header = json.loads(raw)
    if header["format"] != FORMAT:
        message = f"该抽查以 {header['format']} 格式冻结，本版本只认 {FORMAT}"
        raise VerificationError(
            Problem("D183", message, expected="用冻结时的版本抽取，或作废后重新冻结")
        )
    lists = {name: files[name].decode().splitlines() for name in LISTS}
    root = merkle_root([raw], hasher(header["hash"])).hex()
    lines = Lines(pool) if pool else Lines(files[POOL])
    return Frozen(header=header, header_bytes=raw, root=root, lists=lists, pool=lines)


def _officer_lines(officers: "pl.DataFrame", salt_key: bytes) -> list[str]:
    import polars as pl

    named = pl.Series("salt", salts(officers["officer_no"].to_list(), salt_key), dtype=pl.String)
    salted = officers.with_columns(
        named, pl.col("load").cast(pl.String), pl.col("max_load").cast(pl.String)
    )
    fields = [*officers.columns, "salt"]
    return salted.select(pl.concat_str(fields, separator="\t"))["officer_no"].to_list()


def _header(
    plan: DrawPlan, pool: PoolFacts, info: FreezeInfo, cells: Mapping[str, Sequence[Cell]]
) -> dict[str, Any]:
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
        "prev": info.prev,
        "log": {"size": info.log_size, "root": info.log_root},
        "as_of": info.as_of.isoformat(),
        "frozen_on": info.frozen_on.isoformat(),
        "code_version": info.code_version,
        "settings_sha256": info.settings_sha256,
        "register_sha256": info.register_sha256,
        "class_sha256": pool.class_sha256,
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
        "sources": [
            {"name": s.name, "on": s.on.isoformat(), "bits": s.bits, "form": s.form}
            for s in plan.sources
        ],
        "shares": [{"name": c.name, "commitment": c.digest} for c in plan.commitments],
        "tasks": [_task_header(plan, at, pool, info, cells) for at in range(len(plan.tasks))],
    }


def _task_header(
    plan: DrawPlan,
    at: int,
    pool: PoolFacts,
    info: FreezeInfo,
    cells: Mapping[str, Sequence[Cell]],
) -> dict[str, Any]:
    task = plan.tasks[at]
    sizes = pool.strata_of(task.task_no)
    excluded = {name[1:]: n for name, n in sizes.items() if name.startswith(EXCLUDED)}
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
    plan: DrawPlan, pool: PoolFacts, cells: Mapping[str, Sequence[Cell]]
) -> list[Problem]:
    """D125: earlier tasks of the batch might, at worst, use up whom a later stratum needs.

    Whoever stands in at least as many earlier tasks as it has room may be gone, but no more of a
    class than those tasks have seats for it; on the safe side, all tasks count as if one authority
    drew them.
    """
    problems = []
    earlier: dict[str, int] = {}
    for task in plan.tasks:
        for cell in cells[task.task_no]:
            seats = -(-cell.quota_e4 // ONE)
            inside = pool.at_risk[task.task_no, cell.stratum]
            blocked = min(earlier.get(cell.stratum, 0), inside)
            if seats > cell.size - blocked:
                message = (
                    f"任务 {task.task_no} 的 {say_stratum(cell.stratum)}要抽 {seats} 户，"
                    f"前面的任务最多会占去 {blocked} 户（年度频次上限），"
                    f"只剩 {cell.size - blocked} 户"
                )
                expected = "降低比例、提高年度频次上限，或把两项任务合并为一项"
                problems.append(Problem("D125", message, expected=expected))
        for cell in cells[task.task_no]:
            earlier[cell.stratum] = earlier.get(cell.stratum, 0) - -cell.quota_e4 // ONE
    return problems
