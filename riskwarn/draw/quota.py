"""How many of each stratum: exact quotas before the seed, whole seats after it.

A quota is a whole number of ten-thousandths of an enterprise (size × ratio in basis points).
Seats come from one random start per task: stratum h gets the whole numbers that fall into its
stretch of the running sum. So the expected number of seats is the quota exactly, also for a
stratum of three enterprises, and every enterprise's chance is quota / size: nothing is rounded
away and nobody chooses which stratum loses the odd seat.
"""

from collections.abc import Mapping, Sequence

from riskwarn.draw.plan import CLASSES, say_stratum, show_bp
from riskwarn.errors import Problem
from riskwarn.records.draw import UNCLASSED, Cell, DrawTask

ONE = 10_000  # one enterprise, in the unit of a quota


def plan_cells(task: DrawTask, sizes: Mapping[str, int]) -> list[Cell]:
    """Give the strata of a task with exact quotas that add up to a whole number.

    Takes:  sizes, stratum → number of eligible enterprises.
    Gives:  one cell a stratum that has anybody, in the order A B C D U. What is missing to a whole
            number goes to the largest stratum that has room (ties: first), before the seed exists.
    """
    cells = []
    for name in (*CLASSES, UNCLASSED):
        size = sizes.get(name, 0)
        if not size or name not in task.ratios_bp:
            continue
        wanted = max(size * task.ratios_bp[name], min(task.minimum, size) * ONE)
        cells.append(Cell(task_no=task.task_no, stratum=name, size=size, quota_e4=wanted))
    missing = -sum(cell.quota_e4 for cell in cells) % ONE
    for cell in sorted(cells, key=lambda c: -c.size):
        if missing and cell.quota_e4 and cell.quota_e4 + missing <= cell.size * ONE:
            at = cells.index(cell)
            cells[at] = Cell(
                task_no=cell.task_no,
                stratum=cell.stratum,
                size=cell.size,
                quota_e4=cell.quota_e4 + missing,
            )
            break
    return cells


def give_seats(cells: Sequence[Cell], start: bytes) -> list[int]:
    """Turn the quotas of one task into seats.

    Takes:  start, the task's ticket for this purpose (its number mod 10,000 is the random start).
    Gives:  one number a cell, each the quota rounded down or up.
    """
    offset = int.from_bytes(start) % ONE
    seats, running = [], offset
    for cell in cells:
        before = running // ONE
        running += cell.quota_e4
        seats.append(running // ONE - before)
    return seats


def check_cells(task: DrawTask, cells: Sequence[Cell]) -> list[Problem]:
    """Find D121 nobody to draw from · D122 under the floor, with the conflict explained ·
    D123 an empty stratum (warning) · D124 a quota that rounds to nothing (warning) · D126 a
    stratum with fewer enterprises than the plan's minimum, all of which are drawn (warning).
    """
    total = sum(cell.size for cell in cells)
    quota = sum(cell.quota_e4 for cell in cells)
    if not quota:
        message = f"任务 {task.task_no} 的抽查对象名录库中没有可抽的企业"
        return [Problem("D121", message, expected="检查抽查范围、比例与各排除原因的数量")]
    problems = []
    present = {cell.stratum for cell in cells}
    for name in CLASSES:
        if name not in present:
            message = f"任务 {task.task_no} 的 {name} 类没有企业，该层不抽取"
            problems.append(Problem("D123", message, severity="warning"))
    for cell in cells:
        if 0 < cell.quota_e4 < ONE:
            message = (
                f"任务 {task.task_no} 的 {say_stratum(cell.stratum)} {cell.size} 户，应抽不足 1 户"
                f"（{cell.quota_e4 / ONE:.4f}），是否抽到由种子决定"
            )
            problems.append(Problem("D124", message, severity="warning"))
        if task.minimum > cell.size:
            message = (
                f"任务 {task.task_no} 的 {say_stratum(cell.stratum)}只有 {cell.size} 户，"
                f"少于计划的最少 {task.minimum} 户，该层全部抽取"
            )
            problems.append(Problem("D126", message, severity="warning"))
    if quota < total * task.floor_bp:
        problems.append(_floor_problem(task, cells, total))
    return problems


def _floor_problem(task: DrawTask, cells: Sequence[Cell], total: int) -> Problem:
    parts = " + ".join(
        f"{say_stratum(cell.stratum)} {cell.size} 户×{show_bp(task.ratios_bp[cell.stratum])}"
        for cell in cells
    )
    reached = sum(cell.quota_e4 for cell in cells)
    message = (
        f"任务 {task.task_no} 总体抽查比例 {reached / total / 100:.2f}% 低于下限 "
        f"{show_bp(task.floor_bp)}（{parts}，共 {total} 户）"
    )
    least = least_common_ratio(task, cells)
    expected = (
        f"各类比例都不低于 {show_bp(least)} 才能同时满足风险递增与总体下限"
        "（总局令第101号第四条；如当地另有规定，在任务中写 floor）"
    )
    return Problem("D122", message, expected=expected)


def least_common_ratio(task: DrawTask, cells: Sequence[Cell]) -> int:
    """Give the least t (bp) for which raising every class to at least t reaches the floor.

    max(ratio, t) keeps A ≤ B ≤ C ≤ D, so this is the smallest change of the low classes.
    """
    total = sum(cell.size for cell in cells)

    def reaches(t: int) -> bool:
        return (
            sum(cell.size * max(task.ratios_bp[cell.stratum], t) for cell in cells)
            >= total * task.floor_bp
        )

    return next(t for t in range(task.floor_bp + 1) if reaches(t))
