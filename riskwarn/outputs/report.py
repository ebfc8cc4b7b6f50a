"""The report's data-quality and method pages, and what all its pages share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from riskwarn.outputs import charts, words
from riskwarn.outputs.gate import clean
from riskwarn.outputs.pages import render
from riskwarn.records.leads import Lead
from riskwarn.records.model import DRIFT_SCORE, DriftBand, NightDrift
from riskwarn.records.report import ModelLine, ReportBundle, TableLine
from riskwarn.terms import Collected, Severity

DRIFT_NAMED = 3  # columns named in one sentence; the method page has them all


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One labelled bar of a list."""

    label: str
    value: str
    bar: Markup


def frame_values(bundle: ReportBundle, current: str) -> dict[str, Any]:
    """What every page shows around its body."""
    return {
        "title": bundle.title,
        "as_of": bundle.as_of.isoformat(),
        "run_id": bundle.run_id,
        "generated_data": bundle.generated_data,
        "identity_word": bundle.identity_word,
        "current": current,
    }


def quality_page(bundle: ReportBundle) -> str:
    """Give quality.html."""
    tones = {Collected.FRESH: "ok", Collected.STALE: "s-medium", Collected.MISSING: "s-critical"}
    tables = [
        {
            "table": table.table,
            "title": table.title,
            "word": words.COLLECTED[table.collected],
            "tone": tones[table.collected],
            "rows": "—" if table.collected is Collected.MISSING else f"{table.rows:,}",
            "rejected": f"{table.rejected:,}",
            "repaired": f"{table.repaired:,}",
            "orphans": f"{table.orphans:,}",
            "last": words.day(table.last_known_on),
            "stale_after": table.stale_after_days,
            "rules": table.used_by_rules,
            "notes": list(table.notes),
        }
        for table in bundle.tables
    ]
    values = frame_values(bundle, "quality")
    gaps = bars((title, count, "t-medium") for title, count in bundle.data_gaps)
    faults = [
        {
            "title": fault.title,
            "count": f"{fault.count:,}",
            "treatment": fault.treatment,
            "examples": "、".join(clean(text) for text in fault.examples),
        }
        for fault in bundle.graph_faults
    ]
    lights = lamp(bundle.tables)
    return render(
        "quality.html", tables=tables, gaps=gaps, lamp=lights, graph_faults=faults, **values
    )


def method_page(bundle: ReportBundle) -> str:
    """Give method.html."""
    rules = [
        {
            "title": rule.title,
            "id": f"{rule.rule_id}@{rule.version}",
            "status": f"{words.STATUS.get(rule.status, rule.status)}"
            f" · {words.ROLE.get(rule.role, rule.role)}",
            "severity": words.SEVERITY[Severity(rule.severity)],
            "hit": f"{rule.hit:,}",
            "clear": f"{rule.clear:,}",
            "unknown": f"{rule.unknown:,}",
            "basis": list(rule.basis),
        }
        for rule in bundle.rules
    ]
    return render(
        "method.html",
        rules=rules,
        scoring=SCORING,
        model=model_words(bundle.model),
        card=_card(bundle.model),
        drift=_drift_rows(bundle.model.drift),
        hashes=bundle.hashes,
        **frame_values(bundle, "method"),
    )


SCORING = (
    "同一企业、同一监管事项、同一件事的命中合并成一条线索，分值相加。",
    "规则命中的分值由规则写明；没有写明的按严重程度取工作区设置的权重。",
    "“因素”类规则只加分、作说明，不单独产生线索；试运行和草稿规则不影响线索。",
    "模型给出校准后的概率时，按概率折算加分；没有模型时只用规则。",
    "按分值从高到低排列，分值相同按信用代码；超出部门容量的计数列明，不丢弃。",
    "线索编号终身不变；已有结论的线索静默，只有新证据才重新开启。",
)


def lead_row(lead: Lead, largest: int, bundle: ReportBundle) -> dict[str, Any]:
    """What the list shows of a lead; also the head of its page."""
    return {
        "rank": lead.rank,
        "name": lead.name,
        "uscc": lead.uscc,
        "page": f"lead/{lead.lead_id}.html" if lead.rank <= bundle.pages else "",
        "headline": words.headline(lead),
        "more": len(lead.signals) if len(lead.signals) > 1 else 0,
        "item": lead.item_name or lead.item_code,
        "score": words.points(lead.score),
        "bar": charts.bar(lead.score, largest, f"t-{lead.severity.value}"),
        "severity": lead.severity.value,
        "severity_word": words.SEVERITY[lead.severity],
        "change": lead.change.value,
        "change_word": "重新开启" if lead.reopened else words.CHANGE[lead.change],
        "department": lead.department_name or words.UNDECIDED,
        "department_code": lead.department_code,
        "deadline": words.day(lead.deadline_on),
        "provisional": lead.deadline_provisional,
        "overdue": lead.deadline_on < bundle.as_of,
    }


def bars(rows: Iterable[tuple[str, int, str]]) -> list[Bar]:
    """Labelled bars on one scale."""
    given = list(rows)
    largest = max((value for _, value, _ in given), default=0)
    return [
        Bar(label=label, value=f"{value:,}", bar=charts.bar(value, largest, tone))
        for label, value, tone in given
    ]


def lamp(tables: Sequence[TableLine]) -> dict[str, str]:
    """The data-quality lamp: the worst state of the tables that rules look at, in words."""
    missing = [t.title for t in tables if t.collected is Collected.MISSING and t.used_by_rules]
    stale = [t.title for t in tables if t.collected is Collected.STALE and t.used_by_rules]
    unused = sum(t.collected is Collected.MISSING and not t.used_by_rules for t in tables)
    rejected = sum(t.rejected for t in tables)
    parts = [f"缺失：{'、'.join(missing)}（相关规则结果为未知）。"] if missing else []
    parts += [f"过期：{'、'.join(stale)}（相关规则结果为未知）。"] if stale else []
    parts += [f"拒收 {rejected:,} 行，见各次导入的拒收清单。"] if rejected else []
    parts += [f"另有 {unused} 张没有规则用到的表从未交付。"] if unused else []
    if not tables:
        return {"tone": "off", "word": "没有数据", "text": "没有任何表的状况。"}
    if missing:
        return {"tone": "bad", "word": "有表缺失", "text": "".join(parts)}
    if stale or rejected:
        return {"tone": "warn", "word": "有表过期" if stale else "有行拒收", "text": "".join(parts)}
    return {"tone": "", "word": "正常", "text": "规则用到的表都在时效之内。" + "".join(parts)}


def model_words(model: ModelLine) -> dict[str, str]:
    """Whether a model spoke, in words."""
    if not model.spoke:
        reason = model.why or "工作区没有指定模型。"
        return {"tone": "off", "word": "本次只用规则", "text": reason}
    text = f"模型 {model.name}。{model.why}"
    if model.generated:
        text += "它由生成数据训练，只用于演示，不能用于真实企业。"
    tone = "warn" if model.generated else ""
    if model.drift is not None:
        text += drift_words(model.drift)
        if model.drift.band is not DriftBand.STABLE:
            tone = "bad" if model.drift.band is DriftBand.ALARM else "warn"
    return {"tone": tone, "word": "规则与模型共同评分", "text": text}


def drift_words(drift: NightDrift) -> str:
    """How far tonight's enterprises lie from those the model was fitted on, in a sentence."""
    if drift.since is None:
        return "这个模型没有漂移基准（训练得较早），漂移未知；重新训练后可知。"
    since = f"与 {drift.since} 的在业主体相比"
    moved = [one for one in drift.columns if one.band is not DriftBand.STABLE]
    if not moved:
        return f"{since}，{len(drift.columns)} 列都没有明显漂移。"
    named = "、".join(
        f"{one.title or one.name}（{words.DRIFT[one.band]}，PSI {one.psi:.2f}）"
        for one in moved[:DRIFT_NAMED]
    )
    rest = f"等 {len(moved)} 列" if len(moved) > DRIFT_NAMED else ""
    alarm = "请核对数据并考虑重新训练。" if drift.band is DriftBand.ALARM else ""
    return f"{since}，{len(drift.columns)} 列中有漂移：{named}{rest}。{alarm}"


def _drift_rows(drift: NightDrift | None) -> list[dict[str, str]]:
    """The lines of the method page's table: what moved, and the score always."""
    if drift is None:
        return []
    shown = [
        one for one in drift.columns if one.band is not DriftBand.STABLE or one.name == DRIFT_SCORE
    ]
    return [
        {
            "title": one.title or one.name,
            "name": one.name,
            "psi": f"{one.psi:.3f}",
            "chance": f"{one.by_chance:.3f}",
            "unknown_then": f"{one.unknown_then:.1%}",
            "unknown_now": f"{one.unknown_now:.1%}",
            "band": one.band.value,
            "word": words.DRIFT[one.band],
            "tone": {"alarm": "s-critical", "watch": "s-medium", "stable": "ok"}[one.band.value],
        }
        for one in shown
    ]


def limits(bundle: ReportBundle) -> list[str]:
    """What a reader must know before relying on the list."""
    found = list(bundle.limits)
    if bundle.holiday_unknown_years:
        years = "、".join(str(year) for year in bundle.holiday_unknown_years)
        found.append(f"{years} 年放假安排尚未公布，跨入该年的期限为暂定。")
    if bundle.counts.undispatched:
        found.append(f"{bundle.counts.undispatched} 条线索找不到办理部门，标为“未定”，须人工指定。")
    if bundle.counts.model_only_refused:
        found.append(
            f"模型概率最高的企业中有 {bundle.counts.model_only_refused} 家没有规则命中；"
            "没有为模型指定监管事项（model.item），所以没有成为线索。"
        )
    found.append("线索由规则和模型从已交付的数据得出，没有数据的风险看不到；线索不是违法认定。")
    return found


def _card(model: ModelLine) -> list[tuple[str, str]]:
    facts = list(model.facts)
    return [*facts, ("模型散列值", model.sha256)] if model.sha256 else facts
