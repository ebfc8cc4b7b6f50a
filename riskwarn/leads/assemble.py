"""Put together the record of each issued lead; the only place that walks over leads one by one."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import polars as pl

from riskwarn.leads.calendar import WorkCalendar
from riskwarn.leads.inputs import LeadInputs, Row
from riskwarn.leads.score import MODEL_RULE
from riskwarn.records.leads import (
    SEVERITIES,
    ClauseText,
    Lead,
    LeadChange,
    ModelSignal,
    NamedValue,
    Signal,
)
from riskwarn.records.model import Reason
from riskwarn.records.rules import Rule
from riskwarn.rules.params import param_at
from riskwarn.rules.values import PARAM_VALUE
from riskwarn.terms import LeadState, RiskClass, Severity
from riskwarn.workspace import LeadSettings

_SAME_NAMES = (
    *("lead_id", "uscc", "dedupe_key", "score", "rule_points", "factor_points", "model_points"),
    *("department_code", "department_name", "deadline_on", "deadline_days"),
    "deadline_provisional",
)


def deadline(
    row: Row, as_of: date, calendar: WorkCalendar, settings: LeadSettings
) -> tuple[date, date, int, bool]:
    """Give a lead's opening day, deadline, its working days, and whether it is provisional."""
    severity: Severity = SEVERITIES[row["severity"]]
    days = settings.handle_within_working_days[severity.value]
    day, provisional = calendar.add_working_days(as_of, days)
    if row["fate"] in ("new", "reopened"):
        return as_of, day, days, provisional
    opened, old, old_days = row["was_opened_on"], row["was_deadline_on"], row["was_deadline_days"]
    old_provisional = row["was_deadline_provisional"]
    if old_provisional:
        old, old_provisional = calendar.add_working_days(opened, old_days)
    if row["severity"] > row["was_severity"] and day < old:
        return opened, day, days, provisional
    return opened, old, old_days, old_provisional


def lead_records(
    issued: pl.DataFrame,
    hits: pl.DataFrame,
    context: pl.DataFrame,
    rules: Sequence[Rule],
    wide: pl.DataFrame,
    inputs: LeadInputs,
) -> tuple[Lead, ...]:
    """Give the issued leads in rank order, with all their evidence.

    Takes:  wide, all that the rules looked at, of these enterprises at least, sorted by ent.
    """
    if not issued.height:
        return ()
    ents = issued["ent"].unique().sort()
    table = wide.filter(pl.col("ent").is_in(ents.implode()))
    rows: dict[int, Row] = {row["ent"]: row for row in table.to_dicts()}
    signals = _signals(issued, hits, rules, rows, inputs, factor=False)
    factors = _signals(issued, context, rules, rows, inputs, factor=True)
    reasons = inputs.reasons(table) if inputs.reasons and inputs.probability is not None else {}
    pictures = inputs.pictures(ents.to_list()) if inputs.pictures else {}
    control = inputs.control(ents.to_list()) if inputs.control else {}
    sources = inputs.sources(_wanted(signals, factors, rules)) if inputs.sources else {}
    clause = _clause_finder(inputs)
    leads = []
    for rank, row in enumerate(issued.to_dicts(), 1):
        ent, key = row["ent"], (row["ent"], row["item"], row["dedupe_key"])
        mine = signals.get(key, ())
        also = factors.get((ent, row["item"], ""), ())
        leads.append(
            Lead(
                **_facts(row, rank, inputs),
                domain=_domain(row["item"], mine, rules, inputs),
                signals=mine,
                context=also,
                model=_model(row, reasons.get(ent, ())),
                clauses=_clauses(mine, row["item"], inputs, clause),
                picture=pictures.get(ent),
                control=control.get(ent),
                sources=tuple(sources.get(ent, ())),
            )
        )
    return tuple(leads)


def _facts(row: Row, rank: int, inputs: LeadInputs) -> dict[str, Any]:
    item = inputs.items.get(row["item"])
    fresh = row["fate"] in ("new", "reopened")
    return {name: row[name] for name in _SAME_NAMES} | {
        "rank": rank,
        "name": row["name"] or "",
        "region": row["region"] or "",
        "region_name": inputs.region_names.get(row["region"] or "", ""),
        "address": row["address"] or "",
        "item_code": row["item"],
        "item_name": item.name if item else "",
        "severity": SEVERITIES[row["severity"]],
        "risk_class": RiskClass(row["risk_class"]) if row["risk_class"] else None,
        "state": LeadState.NEW if fresh else LeadState(row["was_state"]),
        "first_seen_on": row["was_first_seen_on"] or inputs.as_of,
        "change": LeadChange(row["change"]),
        "reopened": row["fate"] == "reopened" or (row["fate"] == "open" and not row["was_listed"]),
        "previous_score": row["was_score"] if row["was_listed"] else None,
        "unknown_rules": row["unknown"],
    }


def _domain(item: str, signals: Sequence[Signal], rules: Sequence[Rule], inputs: LeadInputs) -> str:
    """The item's domain in words, else the title of the pack that the strongest rule is from."""
    if item in inputs.items and inputs.items[item].domain:
        return inputs.items[item].domain
    first = signals[0].rule_id if signals else ""
    packs = [rule.pack for rule in rules if rule.id == first]
    return inputs.pack_titles.get(packs[0], "") if packs else ""


def _signals(
    issued: pl.DataFrame,
    hits: pl.DataFrame,
    rules: Sequence[Rule],
    rows: Mapping[int, Row],
    inputs: LeadInputs,
    *,
    factor: bool,
) -> dict[tuple[int, str, str], tuple[Signal, ...]]:
    """Signals of each matter, strongest first. Factors belong to an item, whatever their key."""
    keys = ["ent", "item"] if factor else ["ent", "item", "dedupe_key"]
    mine = hits.join(issued.select(keys).unique(), on=keys, how="semi")
    mine = mine.filter(pl.col("rule_no") != MODEL_RULE)
    mine = mine.sort(["severity", "points", "rule_no"], descending=[True, True, False])
    found: dict[tuple[int, str, str], list[Signal]] = {}
    for hit in mine.to_dicts():
        rule, row = rules[hit["rule_no"]], rows[hit["ent"]]
        signal = Signal(
            uscc=row["uscc"],
            rule_id=rule.id,
            rule_version=rule.version,
            rule_title=rule.title,
            item=rule.item,
            severity=rule.severity,
            points=hit["points"],
            message=inputs.message(rule, row),
            values=_values(rule, row, inputs.as_of),
            basis=rule.basis,
            dedupe_key=hit["dedupe_key"],
            advice=rule.advice,
            false_positives=rule.false_positives,
            factor=factor,
        )
        key = (hit["ent"], hit["item"], "" if factor else hit["dedupe_key"])
        found.setdefault(key, []).append(signal)
    return {key: tuple(signals) for key, signals in found.items()}


def _values(rule: Rule, row: Row, as_of: date) -> tuple[NamedValue, ...]:
    """What the rule looked at, then the parameters that hold in the region on the day."""
    seen = [
        NamedValue(
            name=name,
            title=given.title or name,
            value=row.get(name),
            type=given.type,
            unit=given.unit,
            codes=given.codes,
        )
        for name, given in rule.inputs.items()
    ]
    for name, param in rule.params.items():
        value = param_at(param, row.get("region"), as_of)
        shown = "、".join(str(part) for part in value) if isinstance(value, tuple) else value
        kind = PARAM_VALUE[param.type]
        unit = "天" if param.type == "days" else ""
        title = f"参数：{param.title or name}"
        seen.append(NamedValue(name=name, title=title, value=shown, type=kind, unit=unit))
    return tuple(seen)


def _wanted(
    signals: Mapping[tuple[int, str, str], Sequence[Signal]],
    factors: Mapping[tuple[int, str, str], Sequence[Signal]],
    rules: Sequence[Rule],
) -> dict[str, list[int]]:
    """Which features are evidence for which enterprises."""
    looked_at = {
        rule.id: [name for name, given in rule.inputs.items() if given.source == "feature"]
        for rule in rules
    }
    wanted: dict[str, set[int]] = {}
    for group in (signals, factors):
        for (ent, _, _), mine in group.items():
            for signal in mine:
                for name in looked_at[signal.rule_id]:
                    wanted.setdefault(name, set()).add(ent)
    return {name: sorted(wanted[name]) for name in sorted(wanted)}


def _model(row: Row, reasons: Sequence[Reason]) -> ModelSignal | None:
    if row["probability_ppm"] is None:
        return None
    return ModelSignal(probability_ppm=row["probability_ppm"], reasons=tuple(reasons))


def _clauses(
    signals: Sequence[Signal], item: str, inputs: LeadInputs, clause: Any
) -> tuple[ClauseText, ...]:
    """The clauses that the signals rest on, each once, the item's own when they name none."""
    cited = dict.fromkeys(citation for signal in signals for citation in signal.basis)
    if not cited and item in inputs.items:
        cited = dict.fromkeys(inputs.items[item].basis)
    return tuple(clause(citation) for citation in cited)


def _clause_finder(inputs: LeadInputs) -> Any:
    @cache
    def find(citation: str) -> ClauseText:
        found = inputs.clause(citation, inputs.as_of) if inputs.clause else None
        return found or ClauseText(citation=citation, note="法规库中没有找到这一条的文本")

    return find
