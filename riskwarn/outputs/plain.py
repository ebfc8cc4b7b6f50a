"""One lead in plain words, for a terminal: what the page says, without the picture."""

from collections.abc import Iterator, Mapping
from typing import Any

from riskwarn.outputs.words import SEVERITY, reason_value
from riskwarn.records.model import Reason
from riskwarn.terms import Severity


def lead_text(lead: Mapping[str, Any]) -> str:
    """Turn one line of leads.jsonl, which has passed the gate, into text."""
    return "\n".join(_lines(lead)) + "\n"


def _lines(lead: Mapping[str, Any]) -> Iterator[str]:
    score = f"{lead['score'] / 100:.1f} 分"
    severity = SEVERITY[Severity(lead["severity"])]
    yield f"{lead['lead_id']}  第 {lead['rank']} 名  {score}  {severity}"
    yield f"主体：{lead['name']}（{lead['uscc']}）{lead['region_name']} {lead['address']}"
    yield f"事项：{lead['item_name']}（{lead['item_code']}）"
    provisional = "（暂定：当年放假安排未公布）" if lead["deadline_provisional"] else ""
    where = lead["department_name"] or "未定"
    yield f"派发：{where}，{lead['deadline_on']} 前核查{provisional}"
    for signal in [*lead["signals"], *lead["context"]]:
        kind = "背景" if signal["factor"] else "命中"
        yield f"{kind}：{signal['message']}（{signal['rule_id']} 第 {signal['rule_version']} 版）"
        if signal["advice"]:
            yield f"  建议：{signal['advice']}"
        if signal["false_positives"]:
            yield f"  须排除：{'；'.join(signal['false_positives'])}"
    yield from _model(lead["model"])
    for clause in lead["clauses"]:
        yield f"依据：{clause['citation']}（{clause['version']}）{clause['note']}"
        yield from (f"  {line}" for line in clause["text"].splitlines())
    if lead["picture"] and lead["picture"]["sentence"]:
        yield f"关联：{lead['picture']['sentence']}"
    if lead["control"]:
        yield f"控制：{lead['control']['sentence']}"
        for place, holder in enumerate(lead["control"]["layers"], 1):
            yield f"  第 {place} 层：{holder['label']} 持股 {holder['share']}"
        for holder in lead["control"]["owners"]:
            yield f"  最终持有：{holder['label']} {holder['share']}"
        yield from (f"  注意：{note}" for note in lead["control"]["notes"])
    for source in lead["sources"]:
        yield f"数据：{source['title']} 共 {source['total']} 行"
        yield from (f"  {row['evidence']}" for row in source["rows"])


def _model(model: Mapping[str, Any] | None) -> Iterator[str]:
    if model is None:
        return
    yield f"模型：问题概率 {model['probability_ppm'] / 10_000:.1f}%"
    for told in model["reasons"]:
        reason = Reason(**told)
        direction = "升高" if reason.raises else "降低"
        peers = (
            "" if reason.peer_median is None else f"，同业中位数 {reason_value(reason, peers=True)}"
        )
        yield f"  {direction}：{reason.title} {reason_value(reason)}{peers}"
