"""Classes as supervision offices publish them: how many of each, how they moved, what was found.

Two public forms stand behind it: counts and shares of A–D (丹东, May 2023), and the share of checks
of the double-random draw that found a problem, by class (河南, 2021).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from riskwarn.records.report import ClassOutcome
from riskwarn.rules.estimates import Share, counted_share
from riskwarn.terms import RiskClass

WORDS = {**{one.value: f"{one.value} 类" for one in RiskClass}, "": "未分类"}
_ORDER = tuple(WORDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """One class: enterprises now and in the last frozen month, who came and who left."""

    name: str
    now: int
    before: int | None
    came: int | None
    left: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRow:
    """One class: checks and problems by arm, and the share among random checks."""

    name: str
    arms: Mapping[str, tuple[int, int]]  # arm in words → (checks with a result, with a problem)
    random: Share


def count_rows(counts: Mapping[str, int], moved: Mapping[tuple[str, str], int]) -> list[CountRow]:
    """Give one row a class, A to D, then those without.

    Takes:  counts, class → enterprises ("" none); moved, (before, now) → enterprises of both
            times and of one ("新" newly there, "消" gone), empty without a month before.
    """
    rows = []
    for name in _ORDER:
        before = came = left = None
        if moved:
            before = sum(n for (was, _), n in moved.items() if was == name)
            came = sum(n for (was, now), n in moved.items() if now == name != was)
            left = sum(n for (was, now), n in moved.items() if was == name != now)
        rows.append(
            CountRow(name=name, now=counts.get(name, 0), before=before, came=came, left=left)
        )
    return rows


def found_rows(outcomes: Sequence[ClassOutcome]) -> list[FoundRow]:
    """Give one row a class that was checked; a share only of what the lot chose."""
    rows = []
    for name in (one.value for one in RiskClass):
        mine = [one for one in outcomes if one.risk_class.value == name]
        arms = {one.arm: (one.checked, one.problems) for one in mine}
        lot = [one for one in mine if one.random]
        share = counted_share(sum(o.problems for o in lot), sum(o.checked for o in lot))
        if mine:
            rows.append(FoundRow(name=name, arms=arms, random=share))
    return rows


def report_text(
    title: str,
    as_of: date,
    counts: Mapping[str, int],
    moved: Mapping[tuple[str, str], int],
    previous_on: date | None,
    outcomes: Sequence[ClassOutcome],
    days: int,
) -> str:
    """Write the report as Markdown tables in Chinese."""
    lines = [f"# {title}", "", f"分类日期 {as_of}，共 {sum(counts.values()):,} 户。", ""]
    lines += _counts(counts, moved, previous_on)
    lines += ["", f"## 近 {days} 天检查发现问题的情况", ""]
    lines += list(_found(outcomes)) or ["没有可以对到类别的检查：检查之前没有冻结过分类。"]
    return "\n".join([*lines, ""])


def _counts(
    counts: Mapping[str, int], moved: Mapping[tuple[str, str], int], previous_on: date | None
) -> Iterator[str]:
    total = sum(counts.values())
    head = f"| 类别 | 户数 | 占比 |{f' {previous_on} 户数 | 转入 | 转出 |' if moved else ''}"
    yield head
    yield "| --- | ---: | ---: |" + (" ---: | ---: | ---: |" if moved else "")
    for row in count_rows(counts, moved):
        share = f"{100 * row.now / total:.2f}%" if total else "—"
        more = f" {row.before:,} | {row.came:,} | {row.left:,} |" if moved else ""
        yield f"| {WORDS[row.name]} | {row.now:,} | {share} |{more}"


def _found(outcomes: Sequence[ClassOutcome]) -> Iterator[str]:
    rows = found_rows(outcomes)
    if not rows:
        return
    lot = [one.arm for one in outcomes if one.random]
    arms = sorted({arm for row in rows for arm in row.arms if arm not in lot})
    yield "| 类别 | 双随机检查 | 发现问题 | 问题发现率（95% 区间） |" + "".join(
        f" {arm} |" for arm in arms
    )
    yield "| --- | ---: | ---: | --- |" + " ---: |" * len(arms)
    for row in rows:
        found = round((row.random.share or 0) * row.random.n)
        cells = [f"{row.random.n:,}", f"{found:,}", say_share(row.random)]
        cells += [_of(row.arms.get(arm)) for arm in arms]
        yield f"| {WORDS[row.name]} | {' | '.join(cells)} |"
    yield ""
    yield (
        "按每次检查之前最近一次冻结的类别统计（头一次冻结以前的，按扫描给出的类别），"
        "一户查几次算几次，没有结论的检查不计。"
        "问题发现率只按双随机抽中的检查计算；其他检查列“发现问题 / 检查”，"
        "被查的不是随机选出的，不能代表该类主体。"
    )


def _of(pair: tuple[int, int] | None) -> str:
    return "—" if pair is None else f"{pair[1]:,} / {pair[0]:,}"


def say_share(share: Share) -> str:
    """Say a share with its interval; a reason where there is none."""
    if share.share is None or share.low is None or share.high is None:
        return "—"
    return f"{100 * share.share:.2f}%（{100 * share.low:.1f}%–{100 * share.high:.1f}%）"
