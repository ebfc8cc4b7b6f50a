"""What is said about an amendment beside its text: rows, effects, a report, lines."""

import csv
import io
import json
from pathlib import Path
from typing import Any

from riskwarn.law.amend import Amendment
from riskwarn.law.amend_compare import Finding
from riskwarn.law.amend_decision import Decision
from riskwarn.law.amend_rows import COLUMNS, instruction_rows
from riskwarn.law.amend_terms import Target
from riskwarn.records.effects import Effect

_EFFECT_COLUMNS = (
    "instrument",
    "kind",
    "target",
    "becomes",
    "instrument_on",
    "effective_on",
    "status",
    "old_text",
    "new_text",
    "note",
)
_CLASSES = {
    "held": "未执行，保持原文",
    "consequential_cross_reference": "条款序号引用随之变化",
    "unlisted_edit": "决定没有列明的改动",
    "source_noise": "文本来源的标点、格式差异",
    "mismatch": "与公布文本不符，请核对",
    "missing_article": "公布文本有，结果没有",
    "surplus_article": "结果有，公布文本没有",
}


def write_rows(path: Path, made: Amendment) -> None:
    """Write the atomic instructions as CSV (UTF-8, LF)."""
    _write_csv(path, COLUMNS, instruction_rows(list(made.instructions), made.title))


def write_effects(path: Path, effects: list[Effect]) -> None:
    """Write effect records as CSV (UTF-8, LF)."""
    rows = [
        {
            "instrument": effect.instrument,
            "kind": effect.kind,
            "target": effect.target.canonical if effect.target else "",
            "becomes": effect.becomes.canonical if effect.becomes else "",
            "instrument_on": effect.instrument_on.isoformat() if effect.instrument_on else "",
            "effective_on": effect.effective_on.isoformat() if effect.effective_on else "",
            "status": effect.status.value,
            "old_text": effect.old_text,
            "new_text": effect.new_text,
            "note": effect.note,
        }
        for effect in effects
    ]
    _write_csv(path, _EFFECT_COLUMNS, rows)


def _write_csv(path: Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(buffer.getvalue(), encoding="utf-8", newline="")


def report_json(made: Amendment, decision: Decision, findings: list[Finding] | None) -> str:
    """The whole report as JSON, the same for the same input."""
    report: dict[str, Any] = {
        "law": made.title,
        "instrument": decision.title,
        "instrument_on": _iso(decision.dated_on),
        "effective_on": _iso(decision.effective_on),
        "instructions": len(made.instructions),
        "touched": list(made.touched),
        "renumbered": {old: new for old, new in made.new_keys.items() if old != new},
        "held": [
            {
                "no": hold.no,
                "line": hold.line,
                "wording": hold.wording,
                "reason": hold.reason,
                "cure": hold.cure,
                "articles": list(hold.articles),
            }
            for hold in made.holds
        ],
        "consequential": [
            {
                "article": c.article,
                "old": c.old,
                "new": c.new,
                "applied": c.applied,
                "note": c.note,
            }
            for c in made.consequences
        ],
        "notes": list(made.notes),
        "repealed": [
            {"title": found.title, "history": found.history} for found in decision.repealed
        ],
    }
    if findings is not None:
        report["differences"] = [
            {
                "article": f.article,
                "class": f.difference.value,
                "ours": f.ours,
                "published": f.published,
                "note": f.note,
            }
            for f in findings
        ]
    return json.dumps(report, ensure_ascii=False, indent=1) + "\n"


def report_lines(made: Amendment, decision: Decision, findings: list[Finding] | None) -> list[str]:
    """Lines for people: what was done, what followed, what was left, what differs."""
    lines = [f"《{made.title}》：指令 {len(made.instructions)} 条，涉及 {len(made.touched)} 条条文"]
    for c in made.consequences:
        where = Target(article=c.article).label
        if c.applied:
            lines.append(f"随条款顺序调整：{where}中的“{c.old}”改为“{c.new}”")
        elif c.new:
            lines.append(f"引用可能失准：{where}中的“{c.old}”现为“{c.new}”，决定没有说明调整，未改")
        else:
            lines.append(f"引用无所指：{where}中的“{c.old}”，{c.note}，请核对")
    lines += [f"注意：{note}" for note in made.notes]
    lines += [
        f"指令没有写明具体文字，未执行：{i.written}" for i in made.instructions if i.kind == "other"
    ]
    if decision.repealed:
        lines.append("同时废止：" + "、".join(f"《{r.title}》" for r in decision.repealed))
    if findings is not None:
        lines += [
            f"{Target(article=f.article).label}：{_CLASSES[f.difference.value]}"
            + (f"（{f.note}）" if f.note else "")
            for f in findings
        ]
        lines.append(
            f"与公布文本核对：{len(findings)} 条不同" if findings else "与公布文本逐条一致"
        )
    return lines


def _iso(value: Any) -> str:
    return value.isoformat() if value else ""
