"""From rule columns and probabilities to tonight's leads: score, life, dispatch, rank, evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from riskwarn.leads import assemble, score
from riskwarn.leads.classes import count_classes
from riskwarn.leads.dispatch import UNDECIDED, dispatch
from riskwarn.leads.gather import MATTER, Gathered, Speaking, gather
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
    classes: pl.DataFrame  # classes.CLASS_COLUMNS, one row an enterprise, sorted by ent
    codes: pl.LazyFrame  # uscc of the same rows, not read yet
    counts: LeadCounts


def build_leads(inputs: LeadInputs, settings: Settings) -> BuiltLeads:
    """Make tonight's leads.

    Gives:  leads in rank order, what is gone since the previous run, the next states, classes of
            all enterprises and the count of every hit.
    Raises: VerificationError F101 when a hit was lost or counted twice.
    """
    rules = sorted(inputs.rules, key=lambda rule: rule.id)
    speaking = Speaking(
        rules=rules,
        opening=score.opening_rules(rules, inputs.as_of),
        factors=score.factor_rules(rules, inputs.as_of),
    )
    ppm = None if inputs.probability is None else score.to_ppm(inputs.probability)
    previous = no_states() if inputs.previous is None else inputs.previous
    found = gather(inputs, speaking, ppm, previous, settings)
    rows = _rows(inputs, speaking.both, found.matters["ent"].unique().sort())
    hits, context, matters = _matters(rows, speaking, found, ppm, settings)
    matters = dispatch(_with_register(matters, rows), inputs.departments)
    joined = join_previous(matters, previous, inputs.as_of, inputs.previous_as_of)
    ranked = rank_candidates(joined, settings.leads)
    issued = _issue(ranked, found.classes, inputs, settings)
    gone = gone_leads(
        previous,
        joined,
        issued["lead_id"],
        found.verdicts,
        [rule for _, rule in speaking.opening],
        ppm is not None,
    )
    leads = assemble.lead_records(issued, hits, context, rules, rows, inputs)
    return BuiltLeads(
        leads=leads,
        gone=_gone_records(gone, inputs.items),
        states=_states(previous, issued, joined, gone, inputs.as_of),
        classes=found.classes,
        codes=inputs.table.select("uscc"),
        counts=LeadCounts(
            conservation=count_hits(ranked, found.hits, found.beyond),
            loads=department_loads(ranked, settings.leads, found.beyond),
            classes=count_classes(found.classes),
            model_only=sum(not lead.signals for lead in leads),
            model_only_refused=found.refused,
            undispatched=sum(lead.department_code == UNDECIDED for lead in leads),
            by_rule=found.by_rule,
        ),
    )


def _rows(inputs: LeadInputs, rules: Sequence[Rule], ents: pl.Series) -> pl.DataFrame:
    """All that leads of some enterprises may show, one row an enterprise, sorted by ent.

    What the table lacks comes from the register; the rule columns stand beside.
    """
    have = inputs.table.collect_schema().names()
    looked_at = sorted({name for rule in rules for name in rule.inputs})
    names = dict.fromkeys(["ent", *_REGISTER, *score.needed_columns(rules), *looked_at])
    here = pl.col("ent").is_in(ents.implode())
    rows = inputs.table.select(n for n in names if n in have).filter(here)
    parts = [rows, inputs.hits.select("ent", *(rule.id for rule in rules)).filter(here)]
    lacks = [name for name in _REGISTER if name not in have]
    if inputs.register is not None and lacks:
        there = inputs.register.collect_schema().names()
        parts.append(inputs.register.select("ent", *(n for n in lacks if n in there)).filter(here))
    read = [part.collect(engine="streaming").sort("ent") for part in parts]
    wide = pl.concat([read[0], *(part.drop("ent") for part in read[1:])], how="horizontal")
    missing = [pl.lit(None, pl.String).alias(n) for n in _REGISTER if n not in wide.columns]
    return wide.with_columns(missing).with_columns(pl.col(_REGISTER).cast(pl.String))


def _matters(
    rows: pl.DataFrame,
    speaking: Speaking,
    found: Gathered,
    ppm: pl.DataFrame | None,
    settings: Settings,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Give hits, context and matters of what was gathered, now with their evidence."""
    hits = score.hit_rows(rows, speaking.opening, settings.leads)
    here = pl.col("ent").is_in(rows["ent"].implode())
    hits = pl.concat([hits, found.alone.filter(here)])
    context = score.hit_rows(rows, speaking.factors, settings.leads)
    mine = None if ppm is None else ppm.filter(here)
    matters = score.candidates(hits, context, mine, settings.leads)
    return hits, context, matters.join(found.matters, on=MATTER, how="semi")


def _with_register(found: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    register = rows.select("ent", *_REGISTER)
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
