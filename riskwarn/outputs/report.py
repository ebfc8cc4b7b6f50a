"""The report's front page, data-quality page and method page: what they say, in words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any

from markupsafe import Markup

from riskwarn.outputs import charts, words
from riskwarn.outputs.pages import render
from riskwarn.records.leads import PPM, ClassCount, Lead, LeadChange
from riskwarn.records.report import ClassOutcome, ModelLine, ReportBundle, TableLine
from riskwarn.terms import Collected, RiskClass, Severity

BARS_SHOWN = 8
HEAVIEST_FIRST = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)
_Z2_MILLI = 3841  # 1.96² × 1000: the 95 % interval


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
        "current": current,
    }


def front_page(bundle: ReportBundle) -> str:
    """Give index.html."""
    departments = Counter(lead.department_name or words.UNDECIDED for lead in bundle.leads)
    domains = Counter(lead.domain or words.NO_DOMAIN for lead in bundle.leads)
    severities = Counter(lead.severity for lead in bundle.leads)
    largest = max((lead.score for lead in bundle.leads), default=0)
    classes, arms = _class_rows(bundle)
    values = frame_values(bundle, "index") | {
        "enterprises": f"{bundle.enterprises:,}",
        "previous_as_of": words.day(bundle.previous_as_of) if bundle.previous_as_of else "",
        "leads": bundle.leads,
        "rows": [lead_row(lead, largest, bundle.pages) for lead in bundle.leads],
        "tiles": _tiles(bundle),
        "lamp": lamp(bundle.tables),
        "model": model_words(bundle.model),
        "severity_bar": "",
        "by_severity": bars(
            (words.SEVERITY[s], severities[s], f"t-{s.value}") for s in HEAVIEST_FIRST
        ),
        "by_department": bars(_most(departments)),
        "department_rest": _rest(departments, "个部门"),
        "by_domain": bars(_most(domains)),
        "severities": [(s.value, words.SEVERITY[s]) for s in HEAVIEST_FIRST],
        "changes": [(c.value, words.CHANGE[c]) for c in LeadChange],
        "departments": _department_options(bundle.leads),
        "unpaged": max(len(bundle.leads) - bundle.pages, 0),
        "empty_reason": "" if bundle.rules else "工作区里没有生效的规则。",
        "classes": classes,
        "arms": arms,
        "outcomes_since": words.day(bundle.outcomes_from) if bundle.outcomes_from else "",
        "gone": [_gone_row(lead) for lead in bundle.gone],
        "flow": _flow(bundle),
        "loads": _loads(bundle),
        "limits": limits(bundle),
    }
    return render("index.html", script=bool(bundle.leads), **values)


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
    return render("quality.html", tables=tables, gaps=gaps, lamp=lamp(bundle.tables), **values)


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


def lead_row(lead: Lead, largest: int, pages: int) -> dict[str, Any]:
    """What the list shows of a lead; also the head of its page."""
    return {
        "rank": lead.rank,
        "name": lead.name,
        "uscc": lead.uscc,
        "page": f"lead/{lead.lead_id}.html" if lead.rank <= pages else "",
        "headline": lead.headline,
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
    return {"tone": "warn" if model.generated else "", "word": "规则与模型共同评分", "text": text}


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


def wilson(problems: int, checked: int) -> tuple[int, int]:
    """The 95 % Wilson interval of a rate, parts per million, by integer arithmetic."""
    n, x = checked * 1000, problems * 1000
    z2 = _Z2_MILLI
    bottom = n + z2
    centre = (2 * x + z2) * PPM // (2 * bottom)
    spread = isqrt(z2 * (4 * x * (n - x) // n + z2) * PPM**2 // (4 * bottom**2)) if n else 0
    return max(centre - spread, 0), min(centre + spread, PPM)


def _tiles(bundle: ReportBundle) -> list[tuple[str, str, str]]:
    changes = Counter(lead.change for lead in bundle.leads)
    tiles = [("main", f"{len(bundle.leads):,}", "在列线索")]
    tiles += [
        (change.value, f"{changes[change]:,}", words.CHANGE[change])
        for change in (LeadChange.NEW, LeadChange.WORSE, LeadChange.SAME, LeadChange.BETTER)
    ]
    return [*tiles, ("gone", f"{len(bundle.gone):,}", "退出")]


def _most(counter: Counter[str]) -> list[tuple[str, int, str]]:
    ordered = sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(label, count, "t-main") for label, count in ordered[:BARS_SHOWN]]


def _rest(counter: Counter[str], word: str) -> str:
    ordered = sorted(counter.values(), reverse=True)[BARS_SHOWN:]
    return f"另有 {len(ordered)} {word}，共 {sum(ordered):,} 条。" if ordered else ""


def _department_options(leads: Sequence[Lead]) -> list[tuple[str, str]]:
    found = {lead.department_code: lead.department_name or words.UNDECIDED for lead in leads}
    return sorted(found.items())


def _gone_row(lead: Any) -> Mapping[str, str]:
    return {
        "name": lead.name or lead.uscc,
        "uscc": lead.uscc,
        "item": lead.item_name or lead.item_code,
        "reason": words.GONE[lead.reason],
        "score": words.points(lead.score),
        "first_seen": words.day(lead.first_seen_on),
        "state": words.STATE[lead.state],
    }


def _flow(bundle: ReportBundle) -> list[Bar]:
    counted = bundle.counts.conservation
    return bars(
        [
            ("全部命中", counted.hits, "t-main"),
            ("在列线索", counted.opened, "t-main"),
            ("合并入同一线索", counted.merged, "t-low"),
            ("已有结论，静默", counted.cooled_down, "t-low"),
            ("超出部门容量", counted.cut, "t-medium"),
        ]
    )


def _loads(bundle: ReportBundle) -> list[dict[str, Any]]:
    return [
        {
            "name": load.department_name or words.UNDECIDED,
            "capacity": load.capacity,
            "issued": load.issued,
            "cut": load.cut,
            "note": f"未列的最高 {words.points(load.highest_cut)} 分，"
            f"在列的最低 {words.points(load.lowest_issued)} 分"
            if load.cut and load.issued
            else "",
        }
        for load in bundle.counts.loads
    ]


def _class_rows(bundle: ReportBundle) -> tuple[list[dict[str, Any]], list[str]]:
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


def _card(model: ModelLine) -> list[tuple[str, str]]:
    facts = list(model.facts)
    return [*facts, ("模型散列值", model.sha256)] if model.sha256 else facts
