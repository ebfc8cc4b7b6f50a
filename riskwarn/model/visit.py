"""Facts of the visit itself, for comparison with published models only; never in a kept model.

Who came and what the weather was is known on the day, when the lead has long been sent. A model
that uses it can be judged here, beside ours, and is thrown away.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from riskwarn.model.config import CategorySettings, TrainingSettings
from riskwarn.model.evaluate import judge
from riskwarn.model.splits import Split
from riskwarn.model.train import train

if TYPE_CHECKING:
    import polars as pl

    from riskwarn.records.model import Judgement

PREFIX = "visit_"


def with_visit_facts(
    rows: "pl.DataFrame", indicators: "pl.LazyFrame | None", names: Sequence[str]
) -> "pl.DataFrame":
    """Add visit_officers (text) and visit_<name> f64, the indicator observed on the visit's day.

    Takes:  rows with row, ent, visit_day, officers; the indicator table; names of indicators.
    """
    import polars as pl

    found = rows.with_columns(pl.col("officers").alias(f"{PREFIX}officers"))
    if indicators is None or not names:
        return found
    on_day = indicators.filter(pl.col("name").is_in(list(names))).select(
        "ent",
        pl.col("observed_on").to_physical().alias("visit_day"),
        "name",
        "value",
    )
    wide = (
        on_day.collect()
        .pivot("name", index=["ent", "visit_day"], values="value", aggregate_function="max")
        .sort("ent", "visit_day")
    )
    named = {name: f"{PREFIX}{name}" for name in names if name in wide.columns}
    return found.join(
        wide.rename(named), on=["ent", "visit_day"], how="left", maintain_order="left"
    )


def judge_with_visit_facts(
    rows: "pl.DataFrame", split: Split, settings: TrainingSettings, names: Sequence[str]
) -> "Judgement":
    """Train the same settings with the visit's facts added, judge on the test rows, keep nothing.

    Takes: rows as given by `with_visit_facts`.
    """
    plain: dict[str, Any] = settings.model_dump()
    plain["features"] = [*settings.features, *(f"{PREFIX}{name}" for name in names)]
    officers = CategorySettings(field=f"{PREFIX}officers", max_levels=50)
    plain["categories"] = [*plain["categories"], officers.model_dump()]
    plain["judge"]["groups"] = []
    wider = TrainingSettings.model_validate(plain)
    trained = train(rows, split, wider, {})
    chances = trained.probabilities[split.test]
    return judge(rows.filter(split.test), chances, wider.judge, wider.boost.seed)
