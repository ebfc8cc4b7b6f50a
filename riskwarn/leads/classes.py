"""Credit risk classes A–D from points: for the draw's strata, not for the leads."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from riskwarn.leads.score import factor_rules, model_points, opening_rules, points_of
from riskwarn.records.leads import SCORE_SCALE, ClassCount
from riskwarn.records.rules import Rule
from riskwarn.terms import RiskClass
from riskwarn.workspace import ClassSettings, LeadSettings

RISK_CLASS = pl.Enum([one.value for one in RiskClass])


CLASS_COLUMNS = ("ent", "points", "unknown", "risk_class")


def no_classes() -> pl.DataFrame:
    """Classes of nobody, with the right column types: 17 bytes an enterprise."""
    kinds = (pl.Int32, pl.Int64, pl.UInt32, RISK_CLASS)
    return pl.DataFrame(schema=dict(zip(CLASS_COLUMNS, kinds, strict=True)))


def classify(
    wide: pl.LazyFrame,
    rules: Sequence[Rule],
    as_of: date,
    probability: pl.DataFrame | None,
    leads: LeadSettings,
    cuts: ClassSettings,
) -> pl.DataFrame:
    """Give every enterprise its points and its class.

    Takes:  wide: ent, a nullable boolean a rule, `score.light_columns`.
    Gives:  sorted by ent: ent, points i64 (hundredths, all rules that speak and the model),
            unknown u32 (rules that could not be judged), risk_class RISK_CLASS or null. Null when
            no rule could be judged and no model spoke: unknown is not class A.
    """
    speaking = [rule for _, rule in [*opening_rules(rules, as_of), *factor_rules(rules, as_of)]]
    zero = pl.lit(0, pl.Int64)
    points = [
        pl.when(pl.col(r.id)).then(points_of(r, leads)).otherwise(zero).alias(f"__{r.id}")
        for r in speaking
    ]
    unknown = [pl.col(rule.id).is_null().cast(pl.UInt32) for rule in speaking]
    frame = wide
    if probability is not None:
        frame = frame.join(probability.lazy(), on="ent", how="left")
    else:
        frame = frame.with_columns(pl.lit(None, pl.Int64).alias("probability_ppm"))
    total = pl.sum_horizontal(points) if points else zero
    gaps = pl.sum_horizontal(unknown) if unknown else pl.lit(0, pl.UInt32)
    table = frame.select(
        "ent",
        (total + model_points(cuts.probability_weight)).alias("points"),
        gaps.cast(pl.UInt32).alias("unknown"),
        pl.col("probability_ppm").is_null().alias("unmodelled"),
    )
    return (
        table.with_columns(
            pl.when((pl.col("unknown") == len(speaking)) & pl.col("unmodelled"))
            .then(None)
            .otherwise(_class_of(cuts))
            .cast(RISK_CLASS)
            .alias("risk_class")
        )
        .drop("unmodelled")
        .collect(engine="streaming")
        .sort("ent")
    )


def count_classes(classes: pl.DataFrame) -> tuple[ClassCount, ...]:
    """Count enterprises per class, A to D, then those without; classes without any count 0."""
    counted = classes.group_by("risk_class").agg(
        pl.len().alias("n"), (pl.col("unknown") > 0).sum().alias("partly")
    )
    found = {row["risk_class"]: (row["n"], row["partly"]) for row in counted.to_dicts()}
    lines = []
    for name in [*RiskClass, None]:
        n, partly = found.get(name.value if name else None, (0, 0))
        lines.append(ClassCount(risk_class=name, enterprises=n, partly_unknown=partly))
    return tuple(lines)


def _class_of(cuts: ClassSettings) -> pl.Expr:
    points = pl.col("points")
    return (
        pl.when(points >= cuts.d_from * SCORE_SCALE)
        .then(pl.lit("D"))
        .when(points >= cuts.c_from * SCORE_SCALE)
        .then(pl.lit("C"))
        .when(points >= cuts.b_from * SCORE_SCALE)
        .then(pl.lit("B"))
        .otherwise(pl.lit("A"))
    )
