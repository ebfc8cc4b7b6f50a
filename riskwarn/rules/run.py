"""A night of rules: the feature table in, one column of hit, clear or unknown a rule out."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn.engine.engines import Engine
from riskwarn.errors import ConfigError, Problem
from riskwarn.records.rules import Pack, Rule
from riskwarn.rules.compile import Compiler

if TYPE_CHECKING:
    import polars as pl


def live_rules(packs: Iterable[Pack], as_of: date) -> list[Rule]:
    """Give the rules that speak on a day, sorted by id: stable and shadow ones in effect.

    Shadow rules are computed and counted, and open no lead: ask `rule.status`. Factor rules
    (`rule.role`) give context to a lead, and open none.
    """
    rules = [rule for pack in packs for rule in pack.rules]
    live = [r for r in rules if r.status in ("stable", "shadow") and r.effective(as_of)]
    return sorted(live, key=lambda rule: rule.id)


def run_rules(packs: Iterable[Pack], table: Any, as_of: date) -> Any:
    """Run every live rule over the feature table, lazily.

    Takes:  table, a frame that narwhals knows (Polars lazy, DuckDB relation, …) with `ent`,
            `region` and a column for every input of the rules: dates as epoch days, money as fen.
    Gives:  the same kind of frame: `ent` and one nullable boolean column a rule id: true hit,
            false clear, null unknown. A rule with `on_unknown: hit` has true where it is unknown.
    Raises: ConfigError E190 when the table lacks a column that a rule looks at.
    """
    return evaluate(live_rules(packs, as_of), table, as_of)


def rule_columns(packs: Iterable[Pack], table: Path, as_of: date, engine: Engine) -> "pl.LazyFrame":
    """Run every live rule over a feature table on an open engine.

    Takes:  table, Parquet sorted by ent.
    Gives:  `ent` and one nullable boolean column a rule, sorted by ent: equal on every engine.
    Raises: ConfigError E190.
    """
    return engine.bring(run_rules(packs, engine.read(table), as_of), "hits", sort_by="ent")


def evaluate(rules: Iterable[Rule], table: Any, as_of: date, keep: tuple[str, ...] = ()) -> Any:
    """Run the rules given, live or not; `keep` names further columns to carry along."""
    import narwhals as nw

    frame = nw.from_native(table)
    rules = list(rules)
    _require(rules, frame.collect_schema().names())
    columns = []
    for rule in rules:
        hit = Compiler(as_of, rule.params, rule.lists).condition(rule.when)
        if rule.on_unknown == "hit":
            hit = nw.when(hit.is_null()).then(nw.lit(True)).otherwise(hit)
        columns.append(hit.alias(rule.id))
    return frame.select("ent", *keep, *columns).to_native()


def _require(rules: Iterable[Rule], columns: Iterable[str]) -> None:
    have = set(columns)
    problems = [
        Problem("E190", f"特征表缺少 {name}，规则 {rule.id} 需要", rule.place)
        for rule in rules
        for name in [*rule.inputs, *(["region"] if rule.params else [])]
        if name not in have
    ]
    if problems:
        raise ConfigError(*problems)
