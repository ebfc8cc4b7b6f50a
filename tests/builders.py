"""Small honest records for tests: a few rules, a small town, its leads."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from riskwarn.errors import Place
from riskwarn.leads.calendar import WorkCalendar, work_calendar
from riskwarn.leads.inputs import LeadInputs
from riskwarn.records.enterprise import check_character
from riskwarn.records.leads import (
    Cell,
    ClauseText,
    ItemInfo,
    Picture,
    PictureEdge,
    PictureNode,
    SourceRow,
    SourceRows,
)
from riskwarn.records.model import Reason
from riskwarn.records.rules import Compare, Dedupe, Input, Rule, Score
from riskwarn.terms import PersonalData, Severity

AS_OF = date(2026, 6, 30)
FOOD = "99009900100001"
EQUIPMENT = "99009901500040"
REGISTER = "99009903100078"
MODEL_ITEM = "99009900200008"


def a_uscc(number: int, region: str = "330106") -> str:
    """Give a valid 统一社会信用代码 for the n-th made-up enterprise."""
    first17 = f"91{region}MA{number:07d}"
    return first17 + check_character(first17)


def a_rule(rule_id: str = "food.licence.expired", **changes: Any) -> Rule:
    """A stable scenario that looks at one feature; every field can be changed."""
    feature = changes.pop("feature", "complaints_90d")
    given = Input(name=feature, source="feature", type="int", title="近90日投诉", unit="件")
    fields: dict[str, Any] = {
        "version": 1,
        "status": "stable",
        "role": "scenario",
        "title": "投诉集中",
        "item": FOOD,
        "basis": ("《食品安全法》第三十五条第一款",),
        "effective_from": date(2024, 1, 1),
        "effective_to": None,
        "severity": Severity.HIGH,
        "when": Compare(input=given, op="ge", value=3),
        "on_unknown": "ignore",
        "message": f"近90日投诉 {{{feature}}} 件",
        "pack": "demo.food",
        "score": None,
        "dedupe": Dedupe(),
        "inputs": {feature: given},
        "place": Place(""),
    }
    return Rule(id=rule_id, **(fields | changes))


def a_calendar(overrides: Mapping[date, bool] | None = None) -> WorkCalendar:
    return work_calendar(range(2025, 2028), overrides)


def a_table(rows: list[dict[str, Any]]) -> pl.LazyFrame:
    """A feature table; ent, uscc, name and the department are filled in where not given."""
    filled = [
        {
            "ent": ent,
            "uscc": a_uscc(ent),
            "name": f"第{ent}号企业",
            "region": "330106",
            "address": "杭州市西湖区文三路1号",
            "department_code": "330106",
            "complaints_90d": 0,
        }
        | row
        for ent, row in enumerate(rows)
    ]
    return pl.LazyFrame(filled, infer_schema_length=None).cast({"ent": pl.Int32})


def a_hits(**columns: list[bool | None]) -> pl.LazyFrame:
    """Rule columns, with `__` in a name standing for a dot."""
    frame = pl.DataFrame(
        {name.replace("__", "."): values for name, values in columns.items()},
        schema_overrides={name.replace("__", "."): pl.Boolean for name in columns},
    )
    return frame.with_row_index("ent").cast({"ent": pl.Int32}).lazy()


def a_message(rule: Rule, row: Mapping[str, Any]) -> str:
    return rule.message.format(**row)


def lead_inputs(
    table: pl.LazyFrame, hits: pl.LazyFrame, rules: list[Rule], **changes: Any
) -> LeadInputs:
    fields: dict[str, Any] = {
        "as_of": AS_OF,
        "table": table,
        "hits": hits,
        "rules": rules,
        "message": a_message,
        "calendar": a_calendar(),
        "items": {FOOD: ItemInfo(code=FOOD, name="对食品生产企业的行政检查", domain="食品")},
    }
    return LeadInputs(**(fields | changes))


__all__ = [
    "Cell",
    "ClauseText",
    "PersonalData",
    "Picture",
    "PictureEdge",
    "PictureNode",
    "Reason",
    "Score",
    "SourceRow",
    "SourceRows",
]
