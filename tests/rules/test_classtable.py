"""The report of classes, worked by hand: counts and movement, problems per class and arm."""

from datetime import date

from riskwarn.records.report import ClassOutcome
from riskwarn.rules.classtable import count_rows, found_rows, report_text
from riskwarn.terms import RiskClass


def outcome(name, arm, checked, problems, random=False):
    return ClassOutcome(
        risk_class=RiskClass(name), arm=arm, random=random, checked=checked, problems=problems
    )


COUNTS = {"A": 31_107, "B": 12_044, "C": 3_682, "D": 721, "": 46}  # 丹东 2023-05, and 46 unknown
MOVED = {
    ("A", "A"): 31_000, ("A", "B"): 40, ("B", "A"): 100, ("B", "B"): 12_000, ("C", "C"): 3_682,
    ("D", "D"): 721, ("新", "A"): 7, ("新", "B"): 4, ("新", ""): 46, ("C", "消"): 9,
}  # fmt: skip
OUTCOMES = (
    outcome("A", "双随机", 40, 0, random=True),
    outcome("A", "投诉核查", 10, 4),
    outcome("D", "双随机", 8, 6, random=True),
)


def test_movement_adds_up_to_the_counts_of_both_months():
    rows = {row.name: row for row in count_rows(COUNTS, MOVED)}
    for name in "ABCD":
        row = rows[name]
        assert row.before + row.came - row.left == row.now
    assert (rows["A"].before, rows["A"].came, rows["A"].left) == (31_040, 107, 40)
    assert (rows["C"].came, rows["C"].left) == (0, 9)
    assert [row.before for row in count_rows(COUNTS, {})] == [None] * 5


def test_only_what_the_lot_chose_has_a_share():
    a, d = found_rows(OUTCOMES)
    assert (a.random.n, a.random.share, a.random.low) == (40, 0.0, 0.0)
    assert round(a.random.high, 4) == 0.0881  # Clopper–Pearson of 0 of 40: 1 − 0.025^(1/40)
    assert a.arms == {"双随机": (40, 0), "投诉核查": (10, 4)}
    assert d.random.share == 0.75
    assert found_rows([outcome("B", "投诉核查", 5, 5)])[0].random.share is None


def test_the_report_reads_as_offices_publish_it():
    text = report_text("示例", date(2023, 5, 1), COUNTS, MOVED, date(2023, 4, 1), OUTCOMES, 365)
    assert "| 类别 | 户数 | 占比 | 2023-04-01 户数 | 转入 | 转出 |" in text
    assert "| A 类 | 31,107 | 65.35% | 31,040 | 107 | 40 |" in text
    assert "| A 类 | 40 | 0 | 0.00%（0.0%–8.8%） | 4 / 10 |" in text
    assert "| D 类 | 8 | 6 | 75.00%（34.9%–96.8%） | — |" in text
    assert "没有可以对到类别的检查" in report_text("x", date(2023, 5, 1), COUNTS, {}, None, (), 365)
