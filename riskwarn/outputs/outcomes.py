"""The class table: how many in each class, and how often random checks found a problem."""

from collections.abc import Mapping, Sequence
from math import isqrt
from typing import Any

from markupsafe import Markup

from riskwarn.outputs import charts, words
from riskwarn.records.leads import PPM, ClassCount
from riskwarn.records.report import ClassOutcome, ReportBundle
from riskwarn.terms import RiskClass

_Z2_MILLI = 3841  # 1.96² × 1000: the 95 % interval


def class_rows(bundle: ReportBundle) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows A–D and 未分类, and the arms of checks that occur, the random one first."""
    arms = sorted({(not o.random, o.arm) for o in bundle.outcomes})
    names = [arm for _, arm in arms]
    found = {(o.risk_class, o.arm): o for o in bundle.outcomes}
    total = sum(count.enterprises for count in bundle.counts.classes)
    return [_class_row(count, total, names, found) for count in bundle.counts.classes], names


def _class_row(
    count: ClassCount,
    total: int,
    arms: Sequence[str],
    found: Mapping[tuple[RiskClass, str], ClassOutcome],
) -> dict[str, Any]:
    name = count.risk_class
    mine = [found.get((name, arm)) for arm in arms] if name else [None for _ in arms]
    drawn = [outcome for outcome in mine if outcome and outcome.random]
    checked, problems = sum(o.checked for o in drawn), sum(o.problems for o in drawn)
    rate, interval = "—", Markup()
    if checked:
        low, high = wilson(problems, checked)
        share = problems * PPM // checked
        span = f"{words.per_cent(low, PPM)}–{words.per_cent(high, PPM)}"
        rate = f"{words.per_cent(problems, checked)}（{span}），n={checked:,}"
        interval = charts.interval(share, low, high)
    return {
        "name": name.value if name else "未分类",
        "word": words.CLASS_WORD[name] if name else "没有一条规则能判断",
        "enterprises": f"{count.enterprises:,}",
        "share": words.per_cent(count.enterprises, total),
        "partly": f"{count.partly_unknown:,}",
        "arms": [
            {
                "label": arm,
                "checked": f"{outcome.checked:,}" if outcome else "0",
                "problems": f"{outcome.problems:,}" if outcome else "0",
            }
            for arm, outcome in zip(arms, mine, strict=True)
        ],
        "rate": rate,
        "interval": interval,
    }


def wilson(problems: int, checked: int) -> tuple[int, int]:
    """The 95 % Wilson interval of a rate, parts per million, by integer arithmetic."""
    n, x = checked * 1000, problems * 1000
    z2 = _Z2_MILLI
    bottom = n + z2
    centre = (2 * x + z2) * PPM // (2 * bottom)
    spread = isqrt(z2 * (4 * x * (n - x) // n + z2) * PPM**2 // (4 * bottom**2)) if n else 0
    return max(centre - spread, 0), min(centre + spread, PPM)
