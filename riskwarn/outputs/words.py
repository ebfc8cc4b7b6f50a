"""The words of the outputs: terms, values, dates and figures as people read them."""

from datetime import date, timedelta
from typing import Any

from riskwarn.records.leads import (
    PPM,
    SCORE_SCALE,
    GoneReason,
    Lead,
    LeadChange,
    NamedValue,
)
from riskwarn.records.model import DriftBand, Reason
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.terms import Collected, LeadState, RiskClass, Severity

UNKNOWN = "未知"
UNDECIDED = "未定"
NO_DOMAIN = "未归类"
SEVERITY = {
    Severity.CRITICAL: "特别严重",
    Severity.HIGH: "严重",
    Severity.MEDIUM: "一般",
    Severity.LOW: "轻微",
}
CHANGE = {
    LeadChange.NEW: "新增",
    LeadChange.WORSE: "加重",
    LeadChange.SAME: "持平",
    LeadChange.BETTER: "减轻",
}
STATE = {
    LeadState.NEW: "待签收",
    LeadState.ASSIGNED: "已派发",
    LeadState.IN_REVIEW: "核查中",
    LeadState.CONFIRMED: "属实",
    LeadState.UNFOUNDED: "不属实",
    LeadState.DATA_ERROR: "数据有误",
    LeadState.REFERRED: "已移送",
    LeadState.CLOSED: "已办结",
}
GONE = {
    GoneReason.CLEARED: "信号已消失",
    GoneReason.UNKNOWN: "数据缺失，暂不能判断",
    GoneReason.OUTRANKED: "让位于更紧迫的线索（容量所限）",
    GoneReason.JUDGED: "已有核查结论",
    GoneReason.LEFT_REGISTER: "主体已不在登记数据中",
    GoneReason.RULE_RETIRED: "依据的规则已停用",
}
COLLECTED = {Collected.FRESH: "正常", Collected.STALE: "过期", Collected.MISSING: "缺失"}
STATUS = {"draft": "草稿", "shadow": "试运行", "stable": "正式", "deprecated": "停用"}
DRIFT = {DriftBand.STABLE: "平稳", DriftBand.WATCH: "注意", DriftBand.ALARM: "警报"}
ROLE = {"scenario": "情形", "factor": "因素"}
CLASS_WORD = {
    RiskClass.A: "信用风险低",
    RiskClass.B: "信用风险一般",
    RiskClass.C: "信用风险较高",
    RiskClass.D: "信用风险高",
}
NODE = {
    "enterprise": "企业",
    "outside": "外地企业",
    "person": "自然人",
    "address": "地址",
    "phone": "电话",
}
REASONS_IN_HEADLINE = 2
_EPOCH = date(1970, 1, 1)


def points(hundredths: int | None) -> str:
    """5000 → 50，5050 → 50.5."""
    if hundredths is None:
        return ""
    whole, rest = divmod(abs(hundredths), SCORE_SCALE)
    tail = f".{rest:02d}".rstrip("0") if rest else ""
    return f"{'−' if hundredths < 0 else ''}{whole}{tail}"


def per_cent(part: int, whole: int, digits: int = 1) -> str:
    """Give a share in per cent by integer arithmetic, rounded half up; — when there is no whole."""
    if whole <= 0:
        return "—"
    scaled = (part * 10 ** (digits + 2) * 2 + whole) // (2 * whole)
    head, tail = divmod(scaled, 10**digits)
    return f"{head}.{tail:0{digits}d}%"


def probability(ppm: int) -> str:
    return per_cent(ppm, PPM)


def number(value: float) -> str:
    """At most three decimals, without trailing zeros, thousands grouped."""
    text = f"{value:,.3f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text.replace("-", "−")


def day(value: date | None) -> str:
    return value.isoformat() if value else "—"


def typed(value: Any, kind: str, unit: str = "", codes: str | None = None) -> str:
    """Write one value of the feature table; None is 未知, never 0."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "是" if value else "否"
    if kind == "date" and isinstance(value, int):
        return (_EPOCH + timedelta(days=value)).isoformat()
    if kind == "fen" and isinstance(value, int):
        return f"{'−' if value < 0 else ''}{abs(value) // 100:,}.{abs(value) % 100:02d} 元"
    if kind == "bp" and isinstance(value, int):
        return f"{points(value)}%"
    if codes:
        known = load_catalogue().codes[codes]
        return "、".join(known.label(code) for code in str(value).split("|"))
    text = number(value) if isinstance(value, int | float) else str(value)
    return f"{text} {unit}".rstrip()


def named(value: NamedValue) -> str:
    return typed(value.value, value.type, value.unit, value.codes)


def reason_value(reason: Reason, *, peers: bool = False) -> str:
    """A model reason's own value, or its peers' median, with its unit (fen, bp and date too)."""
    value = reason.peer_median if peers else reason.value
    kind = reason.unit if reason.unit in ("fen", "bp", "date") else "number"
    if kind != "number" and isinstance(value, float):
        value = round(value)
    return typed(value, kind, "" if kind != "number" else reason.unit)


def headline(lead: Lead) -> str:
    """The strongest reason in one sentence; of the model alone, its figure and what raised it."""
    if lead.signals:
        return lead.signals[0].message
    if lead.model is None:
        return "没有规则命中"
    raising = [reason for reason in lead.model.reasons if reason.raises][:REASONS_IN_HEADLINE]
    told = "、".join(
        f"{reason.title or reason.feature} {reason_value(reason)}" for reason in raising
    )
    return f"模型评估问题概率 {probability(lead.model.probability_ppm)}：{told or '没有规则命中'}"
