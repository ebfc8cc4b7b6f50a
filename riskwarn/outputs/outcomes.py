"""The class table: how many in each class, and how often random checks found a problem."""

from collections.abc import Sequence
from math import isqrt
from typing import Any

from markupsafe import Markup

from riskwarn.outputs import charts, words
from riskwarn.records.leads import PPM, ClassCount
from riskwarn.records.report import ClassOutcome, ReportBundle

_Z2_MILLI = 3841  # 1.96² × 1000: the 95 % interval


def class_rows(bundle: ReportBundle) -> list[dict[str, Any]]:
    """Rows A–D and 未分类: the random checks, all others together, and the random ones' rate."""
    total = sum(count.enterprises for count in bundle.counts.classes)
    return [_class_row(count, total, bundle.outcomes) for count in bundle.counts.classes]


def _class_row(count: ClassCount, total: int, outcomes: Sequence[ClassOutcome]) -> dict[str, Any]:
    name = count.risk_class
    mine = [outcome for outcome in outcomes if name and outcome.risk_class is name]
    checked, problems = _sums([outcome for outcome in mine if outcome.random])
    others = _sums([outcome for outcome in mine if not outcome.random])
    rate, interval = "—", Markup()
    if checked:
        low, high = wilson(problems, checked)
        span = f"{words.per_cent(low, PPM)}–{words.per_cent(high, PPM)}"
        rate = f"{words.per_cent(problems, checked)}（{span}）"
        interval = charts.interval(problems * PPM // checked, low, high)
    return {
        "name": name.value if name else "未分类",
        "word": words.CLASS_WORD[name] if name else "没有一条规则能判断",
        "enterprises": f"{count.enterprises:,}",
        "share": words.per_cent(count.enterprises, total),
        "partly": f"{count.partly_unknown:,}",
        "random": f"{checked:,}／{problems:,}",
        "others": f"{others[0]:,}／{others[1]:,}",
        "rate": rate,
        "interval": interval,
    }


def _sums(outcomes: Sequence[ClassOutcome]) -> tuple[int, int]:
    return sum(o.checked for o in outcomes), sum(o.problems for o in outcomes)


def wilson(problems: int, checked: int) -> tuple[int, int]:
    """The 95 % Wilson interval of a rate, parts per million, by integer arithmetic."""
    n, x = checked * 1000, problems * 1000
    z2 = _Z2_MILLI
    bottom = n + z2
    centre = (2 * x + z2) * PPM // (2 * bottom)
    spread = isqrt(z2 * (4 * x * (n - x) // n + z2) * PPM**2 // (4 * bottom**2)) if n else 0
    return max(centre - spread, 0), min(centre + spread, PPM)
