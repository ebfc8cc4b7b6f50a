"""The plan, checked by itself and against the published items, the departments and the day."""

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path

from riskwarn.draw.planfile import load_plan
from riskwarn.errors import ConfigError, Place, Problem, nearest, raise_all
from riskwarn.records.draw import IN_CHARGE, UNCLASSED, DrawPlan, DrawTask
from riskwarn.yamlfile import Node

CLASSES = ("A", "B", "C", "D")
# Says why an item may not be checked on a day; None when it may.  Wired to the law room.
ItemGate = Callable[[str, date], str | None]


def read_plan(path: Path) -> DrawPlan:
    """Read and check one plan file.

    Takes:  path of the YAML or the filled workbook (.xlsx).
    Gives:  the plan; its `sha256` is over the file's bytes.
    Raises: ConfigError, all faults at once: Y0xx (YAML), D100–D109 (see `check_plan`).
    """
    plan, node = load_plan(path)
    raise_all(ConfigError, check_plan(plan, node))
    return plan


def check_plan(plan: DrawPlan, node: Node) -> list[Problem]:
    """Find what is wrong in a plan by itself, without any register.

    D101 a task twice · D102 an item twice · D103 ratios fall with risk · D104 a class without ratio
    · D105 directed without condition, or undirected with one · D106 a department twice in a task
    · D107 a source or share twice · D108 sources of the seed on different years' end · D109 little
    entropy (warning) · D116 an unannounced draw whose seed anybody could compute · D117 a source
    whose value could be written in several ways (warning).
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
                "在 where 中写明类型、规模、区划或行业（总局令第101号第五条）",
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
    if plan.embargo and not plan.commitments:
        message = "不预先告知的检查须有份额：公开值人人知道，没有份额谁都能提前算出名单"
        problems.append(Problem("D116", message, seed.place, "在 seed 的 shares 中至少列一份承诺"))
    bits = sum(source.bits for source in plan.sources)
    if bits < 64:
        message = f"公开值合计约 {bits} 位，冻结后可被穷举"
        expected = "不少于 64 位：多列几个来源；各方份额只能防单独操纵"
        problems.append(Problem("D109", message, seed.at("sources"), expected, severity="warning"))
    for source in plan.sources:
        if not source.form:
            message = f"种子来源“{source.name}”没有固定写法：同一公开值换一种写法，种子就变"
            expected = "form 中写明，如 '00<00<00 + 00'（0 一位数字，# 整数，< 由小到大）"
            place = seed.at("sources")
            problems.append(Problem("D117", message, place, expected, severity="warning"))
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


def say_stratum(name: str) -> str:
    """Write A as A 类 and U as 未分类: U is no class, nobody has been graded so."""
    return "未分类" if name == UNCLASSED else f"{name} 类"


def allowed_strata(task: DrawTask) -> tuple[str, ...]:
    """The strata of a task in fixed order; U only where the plan gives it a ratio."""
    return tuple(name for name in (*CLASSES, UNCLASSED) if name in task.ratios_bp)
