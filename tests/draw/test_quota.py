"""Quotas add up to whole numbers, seats keep every chance exact, the floor is explained."""

from fractions import Fraction

from riskwarn.draw.quota import ONE, check_cells, give_seats, least_common_ratio, plan_cells
from riskwarn.records.draw import Demand, DrawTask, Scope


def a_task(**changes: object) -> DrawTask:
    fields = {
        "task_no": "T1",
        "title": "抽查",
        "items": ("1",),
        "directed": False,
        "key_item": False,
        "scope": Scope(),
        "ratios_bp": {"A": 100, "B": 300, "C": 2500, "D": 6000},
        "minimum": 0,
        "demands": (Demand(department="D1"),),
        "no_repeat_days": 365,
        "floor_bp": 300,
        "reserve_bp": 2000,
    }
    return DrawTask(**(fields | changes))  # type: ignore[arg-type]


def test_the_published_counts_of_dandong_give_the_numbers_worked_by_hand():
    sizes = {"A": 31107, "B": 12044, "C": 3682, "D": 721}
    cells = plan_cells(a_task(), sizes)
    exact = {c.stratum: Fraction(c.quota_e4, ONE) for c in cells}
    # 1 % of 31,107 = 311.07, 3 % of 12,044 = 361.32, 25 % of 3,682 = 920.5, 60 % of 721 = 432.6
    assert exact["B"] == Fraction("361.32")
    assert exact["C"] == Fraction("920.5")
    assert exact["D"] == Fraction("432.6")
    # 2,025.49 in all; what is missing to 2,026 goes to the largest class
    assert exact["A"] == Fraction("311.07") + Fraction("0.51")
    assert sum(exact.values()) == 2026


def test_over_all_starts_each_stratum_gets_its_quota_on_average_and_the_total_never_moves():
    cells = plan_cells(a_task(), {"A": 131, "B": 17, "C": 3, "D": 1})
    total = sum(cell.quota_e4 for cell in cells) // ONE
    sums = [0] * len(cells)
    for start in range(ONE):
        seats = give_seats(cells, start.to_bytes(32))
        assert sum(seats) == total
        for at, (seat, cell) in enumerate(zip(seats, cells, strict=True)):
            assert 0 <= seat - cell.quota_e4 // ONE <= 1
            sums[at] += seat
    assert sums == [cell.quota_e4 for cell in cells]


def test_a_stratum_never_gets_more_seats_than_it_has_enterprises():
    task = a_task(ratios_bp={"A": 10000, "B": 10000, "C": 10000, "D": 10000})
    cells = plan_cells(task, {"A": 1, "B": 2, "C": 3, "D": 4})
    for start in (0, 1, 4999, 9999):
        assert give_seats(cells, start.to_bytes(32)) == [1, 2, 3, 4]


def test_the_floor_is_explained_with_the_least_ratio_that_heals_it():
    task = a_task(ratios_bp={"A": 100, "B": 200, "C": 300, "D": 6000})
    cells = plan_cells(task, {"A": 9000, "B": 800, "C": 150, "D": 50})
    problems = check_cells(task, cells)
    assert [p.code for p in problems] == ["D122"]
    least = least_common_ratio(task, cells)
    raised = a_task(ratios_bp={k: max(v, least) for k, v in task.ratios_bp.items()})
    lower = a_task(ratios_bp={k: max(v, least - 1) for k, v in task.ratios_bp.items()})
    sizes = {"A": 9000, "B": 800, "C": 150, "D": 50}
    assert not check_cells(raised, plan_cells(raised, sizes))
    exact = sum(sizes[k] * v for k, v in lower.ratios_bp.items())
    assert exact < 300 * 10_000
    assert f"{least / 100:.2f}".rstrip("0").rstrip(".") + "%" in problems[0].expected


def test_nobody_to_draw_from_is_an_error_and_an_empty_class_a_warning():
    assert [p.code for p in check_cells(a_task(), [])] == ["D121"]
    found = check_cells(a_task(), plan_cells(a_task(), {"A": 10, "B": 500, "C": 3}))
    assert ("D123", "warning") in [(p.code, p.severity) for p in found]
