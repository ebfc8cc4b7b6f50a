"""The plan: read from YAML with positions, checked against the published items and the rules."""

import hashlib
import re
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from riskwarn.errors import ConfigError, Place, Problem, nearest, raise_all
from riskwarn.records.draw import (
    IN_CHARGE,
    UNCLASSED,
    Commitment,
    Demand,
    DrawPlan,
    DrawTask,
    Scope,
    SeedSource,
)
from riskwarn.yamlfile import Node, load, read_model

CLASSES = ("A", "B", "C", "D")
_RATIO = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?\s*[%％]")
# Says why an item may not be checked on a day; None when it may.  Wired to the law room.
ItemGate = Callable[[str, date], str | None]


def read_ratio(raw: object) -> int:
    """Read `3%` or `0.25%` as basis points.

    Raises: ValueError for a bare number, of which nobody can say whether 1 means 1 % or all.
    """
    found = _RATIO.fullmatch(str(raw).strip())
    if not found:
        raise ValueError(f"比例 {raw} 应写成百分数，如 3% 或 0.25%")
    value = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    if value > 10_000:
        raise ValueError(f"比例 {raw} 超过 100%")
    return value


Ratio = Annotated[int, BeforeValidator(read_ratio)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\t\r\n|,=\x00-\x1f]+$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _DemandFile(_Strict):
    code: Name
    qualification: str = Field(default="", pattern=r"^[^\t\r\n|,=]*$")


class _ScopeFile(_Strict):
    kinds: list[Name] = []
    regions: list[Annotated[str, Field(pattern=r"^\d{2,12}$")]] = []
    industries: list[Annotated[str, Field(pattern=r"^[A-T]?\d{0,4}$")]] = []


class _TaskFile(_Strict):
    task: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    title: Name
    items: list[Annotated[str, Field(pattern=r"^\S{1,60}$")]] = Field(min_length=1)
    mode: Literal["undirected", "directed"] = "undirected"
    category: Literal["general", "key"] = "general"
    where: _ScopeFile = _ScopeFile()
    ratios: dict[Literal["A", "B", "C", "D", "U"], Ratio]
    minimum: int = Field(default=0, ge=0)
    departments: list[_DemandFile] = Field(min_length=1)
    no_repeat_days: int = Field(default=365, ge=0)
    floor: Ratio | None = None
    reserve: Ratio = 2000


class _SourceFile(_Strict):
    name: Name
    on: date
    bits: int = Field(ge=1, le=512)


class _ShareFile(_Strict):
    name: Name
    commitment: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _SeedFile(_Strict):
    sources: list[_SourceFile] = Field(min_length=1)
    shares: list[_ShareFile] = []


class _PlanFile(_Strict):
    riskwarn_plan: Literal["1"]
    plan: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    title: Name
    issuer: Name
    year: int = Field(ge=2015, le=2999)
    batch: int = Field(default=1, ge=1)
    officers_per_check: int = Field(default=2, ge=2, le=9)
    leads_per_check: Literal["1"] = "1"
    region_digits: int = Field(default=0, ge=0, le=12)
    max_load: int = Field(default=60, ge=1, le=255)
    pair_repeat_days: int = Field(default=365, ge=0)
    yearly_cap: int = Field(default=1, ge=1, le=365)
    finish_within_days: int = Field(default=90, ge=1, le=366)
    embargo: bool = False
    quarter_window: Literal["warn", "enforce", "off"] = "warn"
    seed: _SeedFile
    tasks: list[_TaskFile] = Field(min_length=1, max_length=200)


def read_plan(path: Path) -> DrawPlan:
    """Read and check one plan file.

    Takes:  path of the YAML.
    Gives:  the plan; its `sha256` is over the file's bytes.
    Raises: ConfigError, all faults at once: Y0xx (YAML), D101–D109 (see `check_plan`).
    """
    node = load(path)
    plan = _to_plan(read_model(node, _PlanFile, "D100"), path)
    raise_all(ConfigError, check_plan(plan, node))
    return plan


def _to_plan(file: _PlanFile, path: Path) -> DrawPlan:
    return DrawPlan(
        plan_no=file.plan,
        title=file.title,
        batch=file.batch,
        year=file.year,
        issuer=file.issuer,
        tasks=tuple(_to_task(task) for task in file.tasks),
        sources=tuple(SeedSource(name=s.name, on=s.on, bits=s.bits) for s in file.seed.sources),
        commitments=tuple(Commitment(name=s.name, digest=s.commitment) for s in file.seed.shares),
        officers_per_check=file.officers_per_check,
        leads_per_check=int(file.leads_per_check),
        region_digits=file.region_digits,
        max_load=file.max_load,
        pair_repeat_days=file.pair_repeat_days,
        yearly_cap=file.yearly_cap,
        finish_within_days=file.finish_within_days,
        embargo=file.embargo,
        quarter_window=file.quarter_window,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def _to_task(file: _TaskFile) -> DrawTask:
    scope = Scope(
        kinds=tuple(file.where.kinds),
        regions=tuple(file.where.regions),
        industries=tuple(file.where.industries),
    )
    floor = file.floor
    if floor is None:  # 令101号第四条: not under 3 %; a directed draw is a share of a narrower pool
        floor = 300 if file.mode == "undirected" and file.category == "general" else 0
    return DrawTask(
        task_no=file.task,
        title=file.title,
        items=tuple(file.items),
        directed=file.mode == "directed",
        key_item=file.category == "key",
        scope=scope,
        ratios_bp=dict(sorted(file.ratios.items())),
        minimum=file.minimum,
        demands=tuple(
            Demand(department=d.code, qualification=d.qualification) for d in file.departments
        ),
        no_repeat_days=file.no_repeat_days,
        floor_bp=floor,
        reserve_bp=file.reserve,
    )


def check_plan(plan: DrawPlan, node: Node) -> list[Problem]:
    """Find what is wrong in a plan by itself, without any register.

    D101 a task twice · D102 an item twice · D103 ratios fall with risk · D104 a class without ratio
    · D105 directed without condition, or undirected with one · D106 a department twice in a task
    · D107 a source or share twice · D108 sources of the seed on different years' end · D109 little
    entropy (warning).
    """
    problems: list[Problem] = []
    tasks = node.find(("tasks",))
    seen: dict[str, str] = {}
    for at, task in enumerate(plan.tasks):
        here = tasks.find((at,))
        if task.task_no in [other.task_no for other in plan.tasks[:at]]:
            problems.append(Problem("D101", f"任务编号 {task.task_no} 重复", here.at("task")))
        for item in task.items:
            if item in seen:
                place = here.find(("items",)).place
                message = f"事项 {item} 已在任务 {seen[item]} 中：同一批次一事项只抽一次"
                problems.append(Problem("D102", message, place, "合并为一个任务"))
            seen[item] = task.task_no
        problems += _check_ratios(task, here)
        problems += _check_task_shape(task, here)
    problems += _check_seed(plan, node)
    return problems


def _check_ratios(task: DrawTask, here: Node) -> list[Problem]:
    ratios = here.find(("ratios",))
    missing = [name for name in CLASSES if name not in task.ratios_bp]
    if missing:
        message = f"任务 {task.task_no} 没有给 {'、'.join(missing)} 类的抽查比例"
        return [Problem("D104", message, ratios.place, "A、B、C、D 四类都要有，可为 0%")]
    problems = []
    for low, high in pairwise(CLASSES):
        if task.ratios_bp[low] > task.ratios_bp[high]:
            message = (
                f"风险越高比例反而越低：{low} 类 {show_bp(task.ratios_bp[low])} 高于 "
                f"{high} 类 {show_bp(task.ratios_bp[high])}"
            )
            expected = "A ≤ B ≤ C ≤ D（国市监信发〔2022〕6号）"
            problems.append(Problem("D103", message, ratios.at(high), expected))
    return problems


def _check_task_shape(task: DrawTask, here: Node) -> list[Problem]:
    problems = []
    if task.directed and task.scope.is_open:
        problems.append(
            Problem(
                "D105",
                f"任务 {task.task_no} 是定向抽查，却没有条件",
                here.at("mode"),
                "在 where 中写明类型、区划或行业（总局令第101号第五条）",
            )
        )
    if not task.directed and not task.scope.is_open:
        problems.append(
            Problem(
                "D105",
                f"任务 {task.task_no} 是不定向抽查，却限定了条件",
                here.at("where"),
                "写 mode: directed，或删去 where",
            )
        )
    named = [demand.department for demand in task.demands]
    if len(set(named)) != len(named):
        problems.append(Problem("D106", f"任务 {task.task_no} 中部门重复", here.at("departments")))
    return problems


def _check_seed(plan: DrawPlan, node: Node) -> list[Problem]:
    seed = node.find(("seed",))
    problems = []
    names = [source.name for source in plan.sources] + [share.name for share in plan.commitments]
    if len(set(names)) != len(names):
        problems.append(Problem("D107", "种子来源或份额的名称重复", seed.place))
    bits = sum(source.bits for source in plan.sources)
    if bits < 64:
        message = f"公开值合计约 {bits} 位，冻结后可被穷举"
        expected = "不少于 64 位：多列几个来源；各方份额只能防单独操纵"
        problems.append(Problem("D109", message, seed.at("sources"), expected, severity="warning"))
    return problems


def check_against(
    plan: DrawPlan,
    place: str,
    on: date,
    gate: ItemGate,
    departments: frozenset[str],
    is_working: Callable[[date], bool] | None = None,
) -> list[Problem]:
    """Find what the published list, the department library and the calendar object to.

    Takes:  place, the plan file's name; on, the day of the freeze; gate, why an item is refused;
            departments, the known codes (empty: library missing, nothing is refused for it);
            is_working, None when the calendar is unknown (then the window is not judged).
    Gives:  D111 item refused · D112 unknown department · D113 not the plan's year · D114 outside
            the quarter's first five working days (津市场监管信监〔2025〕9号), warning or error ·
            D115 a seed source that is not after the freeze.
    """
    problems = []
    at = Place(place)
    for task in plan.tasks:
        for item in task.items:
            reason = gate(item, on)
            if reason:
                message = f"任务 {task.task_no} 的事项 {item} 不得检查：{reason}"
                expected = (
                    "只查已公布、依据现行有效的事项（国办发〔2015〕58号、国办发〔2024〕54号）"
                )
                problems.append(Problem("D111", message, at, expected))
        for demand in task.demands:
            known = departments and demand.department != IN_CHARGE
            if known and demand.department not in departments:
                hint = nearest(demand.department, departments)
                message = f"任务 {task.task_no} 的部门 {demand.department} 不在部门库中"
                problems.append(Problem("D112", message, at, nearest=hint))
    if on.year != plan.year:
        message = f"计划年度是 {plan.year}，冻结日却是 {on}"
        problems.append(Problem("D113", message, at, f"{plan.year} 年内的日期"))
    if plan.quarter_window != "off" and is_working and not in_quarter_window(on, is_working):
        severity = "error" if plan.quarter_window == "enforce" else "warning"
        message = f"{on} 不在季度前五个工作日内"
        problems.append(Problem("D114", message, at, "每季度前五个工作日集中抽取", "", severity))
    for source in plan.sources:
        if source.on <= on:
            message = f"种子来源“{source.name}”在 {source.on} 已经产生，不晚于冻结日 {on}"
            problems.append(Problem("D115", message, at, "冻结公布之后才产生的公开值"))
    return problems


def in_quarter_window(on: date, is_working: Callable[[date], bool]) -> bool:
    """Whether a day is one of the first five working days of its quarter."""
    first = date(on.year, (on.month - 1) // 3 * 3 + 1, 1)
    days = (date.fromordinal(day) for day in range(first.toordinal(), on.toordinal() + 1))
    return is_working(on) and sum(1 for day in days if is_working(day)) <= 5


def show_bp(value: int) -> str:
    """Write 25 as 0.25%, 300 as 3%."""
    whole, part = divmod(value, 100)
    return f"{whole}.{part:02d}".rstrip("0") + "%" if part else f"{whole}%"


def allowed_strata(task: DrawTask) -> tuple[str, ...]:
    """The strata of a task in fixed order; U only where the plan gives it a ratio."""
    return tuple(name for name in (*CLASSES, UNCLASSED) if name in task.ratios_bp)
