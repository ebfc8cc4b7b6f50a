"""What rules alone would have said on a day: points of each enterprise, to judge beside a model."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from riskwarn.leads import score
from riskwarn.records.rules import Rule
from riskwarn.rules.run import evaluate
from riskwarn.workspace import LeadSettings


def points_by_rules(
    rules: Sequence[Rule], table: pl.LazyFrame, as_of: date, settings: LeadSettings
) -> pl.DataFrame:
    """Give the points of each enterprise's strongest matter, without any model.

    Takes:  rules that may speak; table, the day's feature table with all that they look at.
    Gives:  uscc, points i64 (hundredths; 0 where no rule hits), sorted by uscc.
    """
    opening = score.opening_rules(rules, as_of)
    factors = score.factor_rules(rules, as_of)
    speaking = [rule for _, rule in [*opening, *factors]]
    said = evaluate(speaking, table, as_of, keep=("uscc",))
    have = table.collect_schema().names()
    needed = [n for n in score.needed_columns(speaking) if n in have and n != "uscc"]
    wide = said.join(table.select("ent", *needed), on="ent", how="left").collect().sort("ent")
    hits = score.hit_rows(wide, opening, settings)
    struck = wide.filter(pl.col("ent").is_in(hits["ent"].unique().implode()))
    context = score.hit_rows(struck, factors, settings)
    best = (
        score.candidates(hits, context, None, settings)
        .group_by("ent")
        .agg(points=(pl.col("rule_points") + pl.col("factor_points")).max())
    )
    every = wide.select("ent", "uscc").join(best, on="ent", how="left")
    found: pl.DataFrame = every.select("uscc", pl.col("points").fill_null(0)).sort("uscc")
    return found
