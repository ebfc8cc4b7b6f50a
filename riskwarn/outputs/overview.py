"""The report's front page: what is new, how much, where, and what to know before relying on it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from riskwarn.outputs import words
from riskwarn.outputs.outcomes import class_rows
from riskwarn.outputs.pages import render
from riskwarn.outputs.report import Bar, bars, frame_values, lamp, lead_row, limits, model_words
from riskwarn.records.leads import GoneLead, Lead, LeadChange
from riskwarn.records.report import ReportBundle
from riskwarn.terms import Severity

BARS_SHOWN = 6
ROWS_SHOWN = 60  # of the list; the rest is folded, the search finds it all the same
GONE_SHOWN = 10
PREFIX_CHARS = 4  # so much that all departments' names begin with is left out of the bars
HEAVIEST_FIRST = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)


def front_page(bundle: ReportBundle) -> str:
    """Give index.html."""
    departments = Counter(lead.department_name or words.UNDECIDED for lead in bundle.leads)
    domains = Counter(lead.domain or words.NO_DOMAIN for lead in bundle.leads)
    severities = Counter(lead.severity for lead in bundle.leads)
    largest = max((lead.score for lead in bundle.leads), default=0)
    rows = [lead_row(lead, largest, bundle) for lead in bundle.leads[: bundle.pages]]
    gone = [_gone_row(lead) for lead in bundle.gone]
    prefix = _shared_prefix(departments)
    values = frame_values(bundle, "index") | {
        "enterprises": f"{bundle.enterprises:,}",
        "previous_as_of": words.day(bundle.previous_as_of) if bundle.previous_as_of else "",
        "leads": bundle.leads,
        "rows": rows[:ROWS_SHOWN],
        "rest": rows[ROWS_SHOWN:],
        "tiles": _tiles(bundle),
        "lamp": lamp(bundle.tables),
        "model": model_words(bundle.model),
        "by_severity": bars(
            (words.SEVERITY[s], severities[s], f"t-{s.value}") for s in HEAVIEST_FIRST
        ),
        "by_department": bars(
            (label.removeprefix(prefix), n, tone) for label, n, tone in _most(departments)
        ),
        "department_prefix": prefix,
        "department_rest": _rest(departments, "个部门"),
        "by_domain": bars(_most(domains)),
        "domain_rest": _rest(domains, "个领域"),
        "severities": [(s.value, words.SEVERITY[s]) for s in HEAVIEST_FIRST],
        "changes": [(c.value, words.CHANGE[c]) for c in LeadChange],
        "departments": _department_options(bundle.leads),
        "unpaged": max(len(bundle.leads) - bundle.pages, 0),
        "empty_reason": "" if bundle.rules else "工作区里没有生效的规则。",
        "classes": class_rows(bundle),
        "has_outcomes": bool(bundle.outcomes),
        "outcomes_since": words.day(bundle.outcomes_from) if bundle.outcomes_from else "",
        "gone": gone[:GONE_SHOWN],
        "gone_rest": gone[GONE_SHOWN:],
        "flow": _flow(bundle),
        "loads": _loads(bundle),
        "limits": limits(bundle),
    }
    return render("index.html", script=bool(bundle.leads), **values)


def _tiles(bundle: ReportBundle) -> list[tuple[str, str, str]]:
    changes = Counter(lead.change for lead in bundle.leads)
    tiles = [("main", f"{len(bundle.leads):,}", "在列线索")]
    tiles += [
        (change.value, f"{changes[change]:,}", words.CHANGE[change])
        for change in (LeadChange.NEW, LeadChange.WORSE, LeadChange.SAME, LeadChange.BETTER)
    ]
    return [*tiles, ("gone", f"{len(bundle.gone):,}", "退出")]


def _shared_prefix(names: Iterable[str]) -> str:
    """What all names begin with, when there are several and each has more than that."""
    given = [name for name in names if name != words.UNDECIDED]
    if len(given) < 2:
        return ""
    first, last = min(given), max(given)
    same = [a == b for a, b in zip(first, last, strict=False)]
    found = first[: [*same, False].index(False)]
    told = len(found) >= PREFIX_CHARS and found not in given
    return found if told else ""


def _most(counter: Counter[str]) -> list[tuple[str, int, str]]:
    ordered = sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(label, count, "t-main") for label, count in ordered[:BARS_SHOWN]]


def _rest(counter: Counter[str], word: str) -> str:
    ordered = sorted(counter.values(), reverse=True)[BARS_SHOWN:]
    return f"另有 {len(ordered)} {word}，共 {sum(ordered):,} 条。" if ordered else ""


def _department_options(leads: Sequence[Lead]) -> list[tuple[str, str]]:
    found = {lead.department_code: lead.department_name or words.UNDECIDED for lead in leads}
    return sorted(found.items())


def _gone_row(lead: GoneLead) -> Mapping[str, str]:
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
