"""Points: what a hit weighs, what the model adds, one score per enterprise and item.

Everything here is whole-frame arithmetic on integers; no enterprise is visited on its own.
"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from riskwarn.records.leads import PPM, SCORE_SCALE, SEVERITIES
from riskwarn.records.rules import Rule
from riskwarn.workspace import LeadSettings, Settings

MODEL_RULE = -1  # the rule number of a hit that the model alone made
MODEL_EVIDENCE = "model"
HIT_COLUMNS = ("ent", "rule_no", "item", "severity", "points", "dedupe_key", "evidence", "cooldown")
_SAME_MATTER = frozenset({"uscc", "ent", "ent_id"})  # every lead is of one enterprise anyway


def opening_rules(rules: Sequence[Rule], on: date) -> list[tuple[int, Rule]]:
    """Rules that may open a lead on the day: stable scenarios in effect, with their numbers."""
    return [
        (number, rule)
        for number, rule in enumerate(rules)
        if rule.role == "scenario" and rule.status == "stable" and rule.effective(on)
    ]


def factor_rules(rules: Sequence[Rule], on: date) -> list[tuple[int, Rule]]:
    """Rules that only add points and context."""
    return [
        (number, rule)
        for number, rule in enumerate(rules)
        if rule.role == "factor" and rule.status == "stable" and rule.effective(on)
    ]


def needed_columns(rules: Sequence[Rule]) -> list[str]:
    """Columns of the feature table that points, dedupe keys and evidence are made of."""
    names = {name for rule in rules for name in rule.dedupe.reopen_on}
    return sorted(names | set(light_columns(rules)))


def light_columns(rules: Sequence[Rule]) -> list[str]:
    """Columns of the feature table that points and dedupe keys are made of."""
    names = {name for rule in rules for name in rule.dedupe.by if name not in _SAME_MATTER}
    names |= {rule.score.feature for rule in rules if rule.score and rule.score.feature}
    return sorted(names)


def points_of(rule: Rule, settings: LeadSettings) -> pl.Expr:
    """Give a hit's points, hundredths, i64: the rule's own score, else its severity's weight.

    An unknown feature adds nothing to the base: the hit itself is known.
    """
    if rule.score is None:
        return pl.lit(settings.severity_weight[rule.severity.value] * SCORE_SCALE, pl.Int64)
    base = pl.lit(rule.score.base * SCORE_SCALE, pl.Int64)
    if not rule.score.feature:
        return base
    cap = rule.score.cap * SCORE_SCALE
    extra = pl.col(rule.score.feature).cast(pl.Float64) * (rule.score.weight * SCORE_SCALE)
    return base + extra.fill_null(0).clip(0, cap).floor().cast(pl.Int64)


def model_points(weight: int) -> pl.Expr:
    """Points of a calibrated probability (column `probability_ppm`, i64), hundredths.

    Takes:  weight, the points of a probability of 1.
    """
    return (pl.col("probability_ppm").fill_null(0) * (weight * SCORE_SCALE)) // PPM


def to_ppm(probability: pl.DataFrame) -> pl.DataFrame:
    """Turn [ent, probability f64] into [ent, probability_ppm i64]; null stays null."""
    ppm = (pl.col("probability") * PPM).round(0).cast(pl.Int64)
    return probability.select("ent", ppm.clip(0, PPM).alias("probability_ppm")).sort("ent")


def hit_rows(
    wide: pl.DataFrame,
    numbered: Sequence[tuple[int, Rule]],
    settings: LeadSettings,
    *,
    evidence: bool = True,
) -> pl.DataFrame:
    """One row a hit.

    Takes:  wide, one row an enterprise: ent, a nullable boolean a rule, `needed_columns`;
            evidence, whether to say it: without, `light_columns` are enough.
    Gives:  HIT_COLUMNS: rule_no i32, item text, severity i8 (place in SEVERITIES), points i64,
            dedupe_key text (empty: the enterprise itself), evidence text, cooldown i32 days.
    """
    struck = [(number, rule, wide[rule.id].arg_true()) for number, rule in numbered]
    parts = [_hits_of(wide, *one, settings, evidence) for one in struck if one[2].len()]
    return pl.concat([empty_hits(), *parts])


def _hits_of(
    wide: pl.DataFrame,
    number: int,
    rule: Rule,
    struck: pl.Series,
    settings: LeadSettings,
    evidence: bool,
) -> pl.DataFrame:
    looked_at = needed_columns([rule]) if evidence else light_columns([rule])
    told = _joined(list(rule.dedupe.reopen_on), rule.id) if evidence else pl.lit("")
    # Only what this rule looks at is gathered: a frame has the columns of all rules.
    return wide.select(list(dict.fromkeys(("ent", *looked_at))))[struck].select(
        "ent",
        pl.lit(number, pl.Int32).alias("rule_no"),
        pl.lit(rule.item).alias("item"),
        pl.lit(SEVERITIES.index(rule.severity), pl.Int8).alias("severity"),
        points_of(rule, settings).alias("points"),
        _joined([name for name in rule.dedupe.by if name not in _SAME_MATTER], "").alias(
            "dedupe_key"
        ),
        told.alias("evidence"),
        pl.lit(_cooldown(rule, settings), pl.Int32).alias("cooldown"),
    )


def empty_hits() -> pl.DataFrame:
    """No hit at all, with the right column types."""
    kinds = (pl.Int32, pl.Int32, pl.String, pl.Int8, pl.Int64, pl.String, pl.String, pl.Int32)
    return pl.DataFrame(schema=dict(zip(HIT_COLUMNS, kinds, strict=True)))


def model_top(probability: pl.DataFrame, share: float) -> pl.DataFrame:
    """Give the top share of all judged, of equals the smaller ent, sorted by ent.

    Takes:  probability [ent, probability_ppm].
    """
    judged = probability.drop_nulls("probability_ppm").filter(pl.col("probability_ppm") > 0)
    top = judged.sort(["probability_ppm", "ent"], descending=[True, False])
    return top.head(int(judged.height * share)).sort("ent")


def model_hits(top: pl.DataFrame, without: pl.Series, settings: Settings) -> pl.DataFrame:
    """Openings by the model alone: those of the top share that no rule has hit.

    Takes:  without, the enterprises that a rule has hit.
    Gives:  HIT_COLUMNS, no points of their own (the probability's points are added to all),
            the lowest severity.
    """
    return top.filter(~pl.col("ent").is_in(without.unique().implode())).select(
        "ent",
        pl.lit(MODEL_RULE, pl.Int32).alias("rule_no"),
        pl.lit(settings.model.item).alias("item"),
        pl.lit(0, pl.Int8).alias("severity"),
        pl.lit(0, pl.Int64).alias("points"),
        pl.lit("").alias("dedupe_key"),
        pl.lit(MODEL_EVIDENCE).alias("evidence"),
        pl.lit(settings.leads.cooldown_days, pl.Int32).alias("cooldown"),
    )


def candidates(
    hits: pl.DataFrame,
    factors: pl.DataFrame,
    probability: pl.DataFrame | None,
    settings: LeadSettings,
) -> pl.DataFrame:
    """Merge hits of one matter into one candidate with one score.

    Takes:  hits and factors, HIT_COLUMNS; probability [ent, probability_ppm] or None.
    Gives:  one row an (ent, item, dedupe_key), sorted by it: severity i8 (highest), hits u32,
            rule_points, factor_points, model_points, score i64 (hundredths), evidence text
            (sorted lines), cooldown i32, probability_ppm i64 or null.
    """
    keys = ["ent", "item", "dedupe_key"]
    merged = hits.group_by(keys).agg(
        pl.col("severity").max(),
        pl.len().cast(pl.UInt32).alias("hits"),
        pl.col("points").sum().alias("rule_points"),
        pl.col("evidence").sort().str.join("\n"),
        pl.col("cooldown").max(),
    )
    context = factors.group_by("ent", "item").agg(pl.col("points").sum().alias("factor_points"))
    merged = merged.join(context, on=["ent", "item"], how="left")
    if probability is None:
        merged = merged.with_columns(pl.lit(None, pl.Int64).alias("probability_ppm"))
    else:
        merged = merged.join(probability, on="ent", how="left")
    return (
        merged.with_columns(
            pl.col("factor_points").fill_null(0),
            model_points(settings.probability_weight).alias("model_points"),
        )
        .with_columns(
            (pl.col("rule_points") + pl.col("factor_points") + pl.col("model_points")).alias(
                "score"
            )
        )
        .sort(keys)
    )


def _cooldown(rule: Rule, settings: LeadSettings) -> int:
    own = rule.dedupe.cooldown_days
    return settings.cooldown_days if own is None else own


def _joined(names: list[str], head: str) -> pl.Expr:
    """`head|name=value|…` as text; a null is written as ?, which is a value of its own."""
    expr = pl.lit(head)
    for name in names:
        value = pl.col(name).cast(pl.String).fill_null("?")
        expr = pl.concat_str(expr, pl.lit(f"|{name}="), value)
    return expr
