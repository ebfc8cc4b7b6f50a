"""A second reading of the rule language, row by row in plain Python: the judge of the compiler.

It is written from docs/rules.md, shares no code with riskwarn/rules/compile.py, and is used by
tests only.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from riskwarn.records.rules import AllOf, AnyOf, AsOf, Compare, InList, Not, Param, ParamRef, Rule

SECTIONS = {"H": range(61, 63), "C": range(13, 44), "F": range(51, 53), "J": range(66, 70)}


def judge(rule: Rule, row: Mapping[str, Any], as_of: date) -> bool | None:
    """Give True hit, False clear, None unknown."""
    seen = evaluate(rule, rule.when, row, as_of)
    return True if seen is None and rule.on_unknown == "hit" else seen


def evaluate(rule: Rule, node: Any, row: Mapping[str, Any], as_of: date) -> bool | None:
    if isinstance(node, AllOf):
        seen = [evaluate(rule, child, row, as_of) for child in node.children]
        if False in seen:
            return False
        return None if None in seen else True
    if isinstance(node, AnyOf):
        seen = [evaluate(rule, child, row, as_of) for child in node.children]
        if True in seen:
            return True
        return None if None in seen else False
    if isinstance(node, Not):
        inner = evaluate(rule, node.child, row, as_of)
        return None if inner is None else not inner
    if isinstance(node, InList):
        return in_list(rule, node, row, as_of)
    return compare(rule, node, row, as_of)


def in_list(rule: Rule, node: InList, row: Mapping[str, Any], as_of: date) -> bool | None:
    listed, value = rule.lists[node.list], row[node.input.name]
    if value is None or (as_of - listed.updated_on).days > listed.max_age_days:
        return None
    return any(
        entry.value == value
        and entry.from_on <= as_of
        and (entry.to_on is None or as_of <= entry.to_on)
        for entry in listed.entries
    )


def param_value(param: Param, region: str | None, as_of: date) -> Any:
    """Longest prefix that has a value in force; of that prefix the newest."""
    begun = [
        v for v in param.values if v.from_on <= as_of and (v.to_on is None or v.to_on >= as_of)
    ]
    if region is None:
        return None if any(v.region for v in begun) else newest(begun)
    for length in range(len(region), -1, -1):
        mine = [v for v in begun if v.region == region[:length]]
        if mine:
            return newest(mine)
    return None


def newest(values: list[Any]) -> Any:
    return max(values, key=lambda v: v.from_on).value if values else None


def compare(rule: Rule, node: Compare, row: Mapping[str, Any], as_of: date) -> bool | None:
    value, wanted = row[node.input.name], node.value
    if node.op == "is_null":
        return (value is None) == wanted
    if isinstance(wanted, AsOf):
        wanted = (as_of - date(1970, 1, 1)).days
    if isinstance(wanted, ParamRef):
        wanted = param_value(rule.params[wanted.name], row["region"], as_of)
    if value is None or wanted is None:
        return None
    if node.op in ("in", "not_in", "starts_with"):
        many = wanted if isinstance(wanted, tuple) else (wanted,)
        if node.op == "starts_with":
            return any(begins(value, prefix, node.input.type) for prefix in many)
        inside = any(same(value, one, node.input.type) for one in many)
        return inside if node.op == "in" else not inside
    if node.op == "contains":
        return wanted in (value.split("|") if node.input.type == "set" else value)
    order = (value > wanted) - (value < wanted)
    return {
        "eq": order == 0,
        "ne": order != 0,
        "lt": order < 0,
        "le": order <= 0,
        "gt": order > 0,
        "ge": order >= 0,
    }[node.op]


def begins(value: str, prefix: str, kind: str) -> bool:
    if kind != "industry":
        return value.startswith(prefix)
    if prefix.isalpha():
        return value.startswith(prefix) or value[:2] in {f"{n:02d}" for n in SECTIONS[prefix]}
    return value.lstrip("ABCDEFGHIJKLMNOPQRST").startswith(prefix.lstrip("CFHJ")) and (
        not value[0].isalpha() or not prefix[0].isalpha() or value[0] == prefix[0]
    )


def same(value: str, wanted: str, kind: str) -> bool:
    if kind == "industry" and not wanted.isalpha():
        return begins(value, wanted, kind) and len(value.lstrip("CFHJ")) == len(
            wanted.lstrip("CFHJ")
        )
    return value == wanted
