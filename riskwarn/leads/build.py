"""From rule columns and probabilities to tonight's leads: score, life, dispatch, rank, evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from riskwarn.leads import assemble, score
from riskwarn.leads.classes import classify, count_classes
from riskwarn.leads.dispatch import UNDECIDED, dispatch
from riskwarn.leads.inputs import LeadInputs
from riskwarn.leads.life import add_change, gone_leads, join_previous, next_states, no_states
from riskwarn.leads.rank import count_hits, department_loads, lead_id, rank_candidates
from riskwarn.records.leads import (
    SCORE_SCALE,
    GoneLead,
    GoneReason,
    ItemInfo,
    Lead,
    LeadCounts,
)
from riskwarn.records.rules import Rule
from riskwarn.terms import LeadState
from riskwarn.workspace import Settings

_REGISTER = ("uscc", "name", "region", "address", "department_code")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltLeads:
    """The night's leads, the states to keep, the classes for the draw."""

    leads: tuple[Lead, ...]
    gone: tuple[GoneLead, ...]
    states: pl.DataFrame  # life.STATE_SCHEMA
    classes: pl.DataFrame  # ent, uscc, points, unknown, risk_class
    counts: LeadCounts


def build_leads(inputs: LeadInputs, settings: Settings) -> BuiltLeads:
    """Make tonight's leads.

    Gives:  leads in rank order, what is gone since the previous run, the next states, classes of
            all enterprises and the count of every hit.
    Raises: VerificationError F101 when a hit was lost or counted twice.
    """
    rules = sorted(inputs.rules, key=lambda rule: rule.id)
    inputs = replace(inputs, hits=inputs.hits.collect(engine="streaming").sort("ent").lazy())
    opening = score.opening_rules(rules, inputs.as_of)
    speaking = [rule for _, rule in opening]
    factors = score.factor_rules(rules, inputs.as_of)
    wide = _wide(inputs, [rule for _, rule in [*opening, *factors]])
    ppm = None if inputs.probability is None else score.to_ppm(inputs.probability)
    classes = inputs.classes
    if classes is None:
        classes = classify(wide, rules, inputs.as_of, ppm, settings.leads, settings.classes)
    hits, alone, refused = _hits(wide, opening, ppm, settings)
    context = _context_hits(wide, factors, hits, settings)
    found = score.candidates(hits, context, ppm, settings.leads)
    found = dispatch(_with_register(found, wide), inputs.departments)
    previous = no_states() if inputs.previous is None else inputs.previous
    joined = join_previous(found, previous, inputs.as_of, inputs.previous_as_of)
    ranked = rank_candidates(joined, settings.leads)
    issued = _issue(ranked, classes, inputs, settings)
    gone = gone_leads(previous, joined, issued["lead_id"], wide, speaking, ppm is not None)
    leads = assemble.lead_records(issued, hits, context, rules, inputs)
    return BuiltLeads(
        leads=leads,
        gone=_gone_records(gone, inputs.items),
        states=_states(previous, issued, joined, gone, inputs.as_of),
        classes=classes,
        counts=LeadCounts(
            conservation=count_hits(ranked, hits.height),
            loads=department_loads(ranked, settings.leads),
            classes=count_classes(classes),
            model_only=sum(not lead.signals for lead in leads),
            model_only_refused=refused if not alone else 0,
            undispatched=sum(lead.department_code == UNDECIDED for lead in leads),
            by_rule=_by_rule(inputs.hits, rules),
        ),
    )


def _wide(inputs: LeadInputs, rules: Sequence[Rule]) -> pl.LazyFrame:
    """Put the rule columns beside the few columns of the feature table that leads need."""
    have = inputs.table.collect_schema().names()
    names = [*_REGISTER, *score.needed_columns(rules)]
    table = inputs.table.select("ent", *(name for name in dict.fromkeys(names) if name in have))
    missing = [pl.lit(None, pl.String).alias(name) for name in _REGISTER if name not in have]
    hits = inputs.hits.select("ent", *(rule.id for rule in rules))
    table = table.with_columns(missing).with_columns(pl.col(_REGISTER).cast(pl.String))
    return pl.concat([hits, table.drop("ent")], how="horizontal")


def _hits(
    wide: pl.LazyFrame,
    opening: Sequence[tuple[int, Rule]],
    ppm: pl.DataFrame | None,
    settings: Settings,
) -> tuple[pl.DataFrame, bool, int]:
    """Give all openings, whether the model may open on its own, and how many it would have."""
    hits = score.empty_hits()
    if opening:
        any_hit = pl.any_horizontal(pl.col(rule.id) for _, rule in opening)
        rows = wide.filter(any_hit).collect(engine="streaming").sort("ent")
        hits = score.hit_rows(rows, opening, settings.leads)
    if ppm is None:
        return hits, False, 0
    item = settings.model.item
    share = settings.model.lead_share
    alone = score.model_hits(ppm, hits["ent"].unique(), share, item, settings.leads)
    if not item:
        return hits, False, alone.height
    return pl.concat([hits, alone]), True, alone.height


def _context_hits(
    wide: pl.LazyFrame,
    factors: Sequence[tuple[int, Rule]],
    hits: pl.DataFrame,
    settings: Settings,
) -> pl.DataFrame:
    if not factors:
        return score.empty_hits()
    rows = wide.filter(pl.col("ent").is_in(hits["ent"].unique().implode()))
    return score.hit_rows(rows.collect().sort("ent"), factors, settings.leads)


def _with_register(found: pl.DataFrame, wide: pl.LazyFrame) -> pl.DataFrame:
    rows = wide.filter(pl.col("ent").is_in(found["ent"].unique().implode()))
    register = rows.select("ent", *_REGISTER).collect()
    return found.join(register, on="ent", how="left", maintain_order="left")


def _issue(
    ranked: pl.DataFrame, classes: pl.DataFrame, inputs: LeadInputs, settings: Settings
) -> pl.DataFrame:
    """Take the issued candidates, name each lead, say what changed and set its deadline.

    A deadline once given stays: nobody gains time because a lead is listed again. It moves
    nearer when the severity rises, starts anew when the lead is reopened, and is recomputed from
    the day of opening while it was provisional.
    """
    issued = add_change(
        ranked.filter("issued"), settings.leads.change_from_points * SCORE_SCALE
    ).join(
        classes.select("ent", "risk_class", "unknown"), on="ent", how="left", maintain_order="left"
    )
    ids, lines = [], []
    for row in issued.to_dicts():
        ids.append(lead_id(row["uscc"], row["item"], row["dedupe_key"]))
        lines.append(assemble.deadline(row, inputs.as_of, inputs.calendar, settings.leads))
    dates = pl.DataFrame(
        lines,
        schema={
            "opened_on": pl.Date,
            "deadline_on": pl.Date,
            "deadline_days": pl.Int32,
            "deadline_provisional": pl.Boolean,
        },
        orient="row",
    )
    named = issued.with_columns(pl.Series("lead_id", ids, pl.String))
    return pl.concat([named, dates], how="horizontal")


def _states(
    previous: pl.DataFrame,
    issued: pl.DataFrame,
    joined: pl.DataFrame,
    gone: pl.DataFrame,
    as_of: date,
) -> pl.DataFrame:
    fresh = pl.col("fate").is_in(["new", "reopened"])
    now = pl.lit(as_of)
    rows = issued.with_columns(
        pl.col("item").alias("item_code"),
        pl.when(fresh)
        .then(pl.lit(LeadState.NEW.value))
        .otherwise(pl.col("was_state"))
        .alias("state"),
        pl.when(fresh).then(now).otherwise(pl.col("was_state_on")).alias("state_on"),
        pl.lit(True).alias("listed"),
        pl.when(pl.col("probability_ppm").is_not_null()).then("model_points").alias("model_points"),
        pl.col("was_first_seen_on").fill_null(now).alias("first_seen_on"),
        now.alias("last_hit_on"),
    )
    unknown = gone.filter(pl.col("reason") == GoneReason.UNKNOWN.value)["lead_id"].to_list()
    return next_states(previous, rows, joined.select("uscc", "item", "dedupe_key"), unknown, as_of)


def _gone_records(gone: pl.DataFrame, items: Mapping[str, ItemInfo]) -> tuple[GoneLead, ...]:
    return tuple(
        GoneLead(
            lead_id=row["lead_id"],
            uscc=row["uscc"],
            name=row["name"] or "",
            item_code=row["item_code"],
            item_name=items[row["item_code"]].name if row["item_code"] in items else "",
            department_code=row["department_code"],
            department_name=row["department_name"],
            state=LeadState(row["state"]),
            score=row["score"],
            first_seen_on=row["first_seen_on"],
            reason=GoneReason(row["reason"]),
        )
        for row in gone.to_dicts()
    )


def _by_rule(hits: pl.LazyFrame, rules: Sequence[Rule]) -> dict[str, tuple[int, int, int]]:
    """Count hit, clear and unknown of each rule over all enterprises."""
    if not rules:
        return {}
    counts = hits.select(
        part
        for rule in rules
        for part in (
            pl.col(rule.id).sum().alias(f"{rule.id} hit"),
            (~pl.col(rule.id)).sum().alias(f"{rule.id} clear"),
            pl.col(rule.id).is_null().sum().alias(f"{rule.id} unknown"),
        )
    ).collect(engine="streaming")
    row = counts.row(0)
    return {rule.id: (row[3 * n], row[3 * n + 1], row[3 * n + 2]) for n, rule in enumerate(rules)}
