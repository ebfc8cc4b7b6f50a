"""One page a lead: what, why, on which clause, from which rows, by when."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from riskwarn.outputs import charts, pictures, words
from riskwarn.outputs.gate import clean, mask_field
from riskwarn.outputs.pages import render
from riskwarn.outputs.report import frame_values, lead_row
from riskwarn.records.leads import ClauseText, ControlTable, Lead, ModelSignal, Signal, SourceRows
from riskwarn.records.report import ReportBundle
from riskwarn.terms import PersonalData

_MILLI = 1000


def by_enterprise(bundle: ReportBundle) -> dict[str, list[Lead]]:
    """All leads of each enterprise, in rank order."""
    found: dict[str, list[Lead]] = {}
    for lead in bundle.leads:
        found.setdefault(lead.uscc, []).append(lead)
    return found


def lead_page(bundle: ReportBundle, place: int, family: Sequence[Lead]) -> str:
    """Give the page of the lead at a place (from 0) of the list; family, its enterprise's leads."""
    lead = bundle.leads[place]
    values = frame_values(bundle, "lead") | _score(lead) | _picture(lead)
    values |= {
        "l": lead_row(lead, lead.score, bundle),
        "facts": facts(lead, bundle),
        "signals": [_signal(signal) for signal in lead.signals],
        "context": [_signal(signal) for signal in lead.context],
        "model": _model(lead.model),
        "clauses": [_clause(clause) for clause in lead.clauses],
        "control": _control(lead.control),
        "sources": [_source(rows) for rows in lead.sources],
        "siblings": [_sibling(other, bundle) for other in family if other is not lead],
        "before": f"{bundle.leads[place - 1].lead_id}.html" if place else "",
        "after": f"{bundle.leads[place + 1].lead_id}.html"
        if place + 1 < min(len(bundle.leads), bundle.pages)
        else "",
    }
    return render("lead.html", root="../", **values)


def _sibling(lead: Lead, bundle: ReportBundle) -> tuple[str, str, str]:
    href = f"{lead.lead_id}.html" if lead.rank <= bundle.pages else ""
    return href, lead.item_name or lead.item_code, words.points(lead.score)


def facts(lead: Lead, bundle: ReportBundle) -> list[tuple[str, str]]:
    """The head of the page: labels and values."""
    days = f"{lead.deadline_days} 个工作日" + ("，暂定" if lead.deadline_provisional else "")
    days += "，已逾期" if lead.deadline_on < bundle.as_of else ""
    class_word = (
        f"{lead.risk_class.value}（{words.CLASS_WORD[lead.risk_class]}）" if lead.risk_class else ""
    )
    address = mask_field(lead.address, PersonalData.ADDRESS)
    return [
        (bundle.identity_word, lead.uscc),
        ("监管事项", f"{lead.item_name}（{lead.item_code}）"),
        ("所在区划", lead.region_name or lead.region or words.UNKNOWN),
        ("住所", address or words.UNKNOWN),
        ("办理部门", lead.department_name or f"{words.UNDECIDED}（须人工指定）"),
        ("办理期限", f"{words.day(lead.deadline_on)}（{days}）"),
        ("信用风险分类", class_word or "未分类"),
        ("状态", words.STATE[lead.state]),
        ("首次出现", words.day(lead.first_seen_on)),
        ("领域", lead.domain or words.NO_DOMAIN),
        ("线索编号", lead.lead_id),
    ]


def _score(lead: Lead) -> dict[str, Any]:
    parts = [
        charts.Part(label="规则", value=lead.rule_points, tone="t-rule"),
        charts.Part(label="因素", value=lead.factor_points, tone="t-factor"),
        charts.Part(label="模型", value=lead.model_points, tone="t-model"),
    ]
    shown = [
        {"label": part.label, "text": f"{words.points(part.value)} 分", "tone": part.tone}
        for part in parts
        if part.value
    ]
    unknown = lead.unknown_rules
    note = f"另有 {unknown} 条规则因缺数据无法判断，分值可能偏低。" if unknown else ""
    previous = words.points(lead.previous_score)
    return {
        "score_bar": charts.stacked(parts),
        "score_parts": shown,
        "unknown_note": note,
        "previous_score": previous,
    }


def _signal(signal: Signal) -> dict[str, Any]:
    return {
        "message": signal.message,
        "title": signal.rule_title,
        "rule": f"{signal.rule_id}@{signal.rule_version}",
        "severity": signal.severity.value,
        "severity_word": words.SEVERITY[signal.severity],
        "points": words.points(signal.points),
        "seen": [(value.title, words.named(value)) for value in signal.values],
        "advice": signal.advice,
        "false_positives": [clean(text) for text in signal.false_positives],
    }


def _model(model: ModelSignal | None) -> dict[str, Any] | None:
    if model is None:
        return None
    milli = [round(reason.contribution * _MILLI) for reason in model.reasons]
    largest = max((abs(value) for value in milli), default=0)
    return {
        "probability": words.probability(model.probability_ppm),
        "reasons": [
            {
                "title": reason.title or reason.feature,
                "value": words.reason_value(reason),
                "peer": words.reason_value(reason, peers=True),
                "bar": charts.both_sides(value, largest),
                "words": f"{'升高' if value > 0 else '降低'} {abs(value) / _MILLI:.2f}",
            }
            for reason, value in zip(model.reasons, milli, strict=True)
        ],
    }


def _picture(lead: Lead) -> dict[str, Any]:
    picture = lead.picture
    if picture is None:
        return {"picture": Markup(), "sentence": "", "kinds": [], "marked": [], "omitted": 0} | {
            "has_path": False,
            "numbered": False,
        }
    return {
        "picture": pictures.draw(picture, f"{lead.name}的关联关系图"),
        "sentence": picture.sentence,
        "kinds": pictures.kinds(picture),
        "marked": [(node.label, node.mark) for node in picture.nodes if node.mark],
        "omitted": picture.omitted,
        "has_path": any(edge.on_path for edge in picture.edges),
        "numbered": pictures.has_numbers(picture),
    }


def _control(control: ControlTable | None) -> dict[str, Any] | None:
    if control is None:
        return None
    layers = [(f"第 {place} 层", one) for place, one in enumerate(control.layers, 1)]
    ends = [("最终持有", one) for one in control.owners]
    return {
        "sentence": clean(control.sentence),
        "rows": [
            {
                "place": place,
                "label": clean(one.label),
                "kind": words.NODE.get(one.kind, one.kind),
                "share": one.share,
            }
            for place, one in [*layers, *ends]
        ],
        "notes": [clean(note) for note in control.notes],
    }


def _clause(clause: ClauseText) -> dict[str, Any]:
    force = {True: "当日有效", False: "当日已失效", None: "生效日期不详"}[clause.in_force]
    return {
        "citation": clause.citation,
        "version": clause.version,
        "force": force if clause.text else "",
        "text": clause.text,
        "note": clause.note,
        "before": clause.before,
        "after": clause.after,
    }


def _source(rows: SourceRows) -> dict[str, Any]:
    return {
        "title": rows.title,
        "total": f"{rows.total:,}",
        "more": rows.total > len(rows.rows),
        "rows": [
            {
                "happened": words.day(row.happened_on),
                "known": words.day(row.known_on),
                "evidence": row.evidence,
                "cells": [(c.title, mask_field(c.text, c.personal)) for c in row.cells],
            }
            for row in rows.rows
        ],
    }
