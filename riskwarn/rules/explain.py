"""Why a rule hit, or why not: every node with the value seen, and the message with its values.

An explanation asks the same compiled expressions as the run, one column a node, over one row.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from riskwarn.records.rules import (
    AllOf,
    AnyOf,
    AsOf,
    Compare,
    CompareValue,
    Condition,
    Finding,
    InList,
    Input,
    Not,
    Outcome,
    Param,
    ParamRef,
    Rule,
    Scalar,
)
from riskwarn.rules.compile import Compiler
from riskwarn.rules.params import param_at, value_held
from riskwarn.rules.values import PARAM_VALUE, days_of, join_words, show, show_input
from riskwarn.tables.catalogue import Catalogue, load_catalogue

_SPACED = re.compile(r" *\{([^{}]*)\} *")  # a placeholder with the blanks around it
_OP = {
    "eq": "等于",
    "ne": "不等于",
    "lt": "小于",
    "le": "不超过",
    "gt": "大于",
    "ge": "不少于",
    "in": "属于",
    "not_in": "不属于",
    "contains": "包含",
    "starts_with": "以此开头：",
}
_DATE_OP = {"lt": "早于", "le": "不晚于", "gt": "晚于", "ge": "不早于"}


def message(rule: Rule, row: Mapping[str, Any], as_of: date) -> str:
    """Fill the message of a hit.

    Takes:  row, the enterprise's row of the feature table: at least the rule's inputs and region.
    Gives:  the sentence with dates, yuan, per cent and the words of code lists; 不详 for unknown.
    """
    catalogue = load_catalogue()
    words = {name: show_input(row.get(name), rule.inputs[name], catalogue) for name in rule.inputs}
    words |= {
        name: show_param(param, row.get("region"), as_of, catalogue)
        for name, param in rule.params.items()
    }
    return _SPACED.sub(lambda found: _fit(found, words, rule.message), rule.message)


def _fit(found: re.Match[str], words: Mapping[str, str], text: str) -> str:
    return join_words(text[: found.start()][-1:], words[found[1]], text[found.end() :][:1])


def values_of(rule: Rule, row: Mapping[str, Any], as_of: date) -> dict[str, Scalar | None]:
    """Give what a hit rests on, as stored: every input, and every parameter that holds there."""
    values: dict[str, Scalar | None] = {name: row.get(name) for name in rule.inputs}
    for name, param in rule.params.items():
        value = param_at(param, row.get("region"), as_of)
        values[name] = "、".join(map(str, value)) if isinstance(value, tuple) else value
    return values


def show_param(param: Param, region: str | None, as_of: date, catalogue: Catalogue) -> str:
    """Give a parameter's value in a region on a day, as people write it."""
    value = param_at(param, region, as_of)
    if isinstance(value, tuple):
        return "、".join(str(one) for one in value)
    text = show(value, PARAM_VALUE[param.type], catalogue)
    return f"{text} 天" if param.type == "days" and value is not None else text


def explain(rule: Rule, row: Mapping[str, Any], as_of: date) -> list[Finding]:
    """Evaluate every node of a rule on one row, without short cuts.

    Takes:  row as for `message`.
    Gives:  one finding a node, parents first; the first is the rule itself.
    """
    nodes: list[tuple[int, Condition]] = []
    _flatten(rule.when, 0, nodes)
    outcomes = _ask(rule, [node for _, node in nodes], row, as_of)
    return [
        _finding(rule, node, depth, outcome, row, as_of)
        for (depth, node), outcome in zip(nodes, outcomes, strict=True)
    ]


def _flatten(node: Condition, depth: int, into: list[tuple[int, Condition]]) -> None:
    into.append((depth, node))
    if isinstance(node, AllOf | AnyOf):
        for child in node.children:
            _flatten(child, depth + 1, into)
    elif isinstance(node, Not):
        _flatten(node.child, depth + 1, into)


def _ask(rule: Rule, nodes: list[Condition], row: Mapping[str, Any], as_of: date) -> list[Outcome]:
    import narwhals as nw
    import polars as pl

    kinds = {name: polars_type(given) for name, given in rule.inputs.items()} | {
        "region": pl.String
    }
    frame = pl.DataFrame({name: [row.get(name)] for name in kinds}, schema=kinds)
    compiler = Compiler(as_of, rule.params, rule.lists)
    columns = [compiler.condition(node).alias(f"n{number}") for number, node in enumerate(nodes)]
    seen = nw.from_native(frame).select(*columns).to_native().row(0)
    return [outcome_of(value) for value in seen]


def polars_type(given: Input) -> Any:
    """Give the column type of an input in the feature table."""
    import polars as pl

    kinds = {**dict.fromkeys(("date", "fen", "bp", "int"), pl.Int64), "number": pl.Float64}
    return kinds.get(given.type, pl.Boolean if given.type == "flag" else pl.String)


def outcome_of(value: bool | None) -> Outcome:
    """Name a nullable boolean: hit, clear or unknown."""
    if value is None:
        return "unknown"
    return "hit" if value else "clear"


def _finding(
    rule: Rule, node: Condition, depth: int, outcome: Outcome, row: Mapping[str, Any], as_of: date
) -> Finding:
    catalogue = load_catalogue()
    if isinstance(node, AllOf | AnyOf):
        text = "以下各项全部成立" if isinstance(node, AllOf) else "以下至少一项成立"
        return Finding(text=text, outcome=outcome, depth=depth)
    if isinstance(node, Not):
        return Finding(text="以下不成立", outcome=outcome, depth=depth)
    value = show_input(row.get(node.input.name), node.input, catalogue)
    title = node.input.title or node.input.name
    if isinstance(node, InList):
        listed = rule.lists[node.list]
        text = f"{title} 在名单“{listed.title}”中"
        if not listed.fresh(as_of):
            text += f"（名单更新于 {listed.updated_on}，已逾 {listed.max_age_days} 天）"
        return Finding(text=text, outcome=outcome, depth=depth, value=value)
    if node.op == "is_null":
        text = f"{title} {'缺失' if node.value else '有记录'}"
        return Finding(text=text, outcome=outcome, depth=depth, value=value)
    threshold = _threshold(rule, node, row, as_of, catalogue)
    word = _DATE_OP.get(node.op, _OP[node.op]) if node.input.type == "date" else _OP[node.op]
    text = f"{title} {word} {threshold}".replace("： ", "：")
    return Finding(text=text, outcome=outcome, depth=depth, value=value, threshold=threshold)


def _threshold(
    rule: Rule, node: Compare, row: Mapping[str, Any], as_of: date, catalogue: Catalogue
) -> str:
    given: CompareValue = node.value
    if isinstance(given, AsOf):
        return show(days_of(as_of), "date", catalogue)
    if isinstance(given, ParamRef):
        param = rule.params[given.name]
        shown = show_param(param, row.get("region"), as_of, catalogue)
        held = value_held(param, row.get("region"), as_of)
        rests_on = "" if held is None else "、".join(held.basis) or held.note
        return f"{shown}（{param.title}{f'：{rests_on}' if rests_on else ''}）"
    many = given if isinstance(given, tuple) else (given,)
    return "、".join(show(value, node.input.type, catalogue, node.input.codes) for value in many)
