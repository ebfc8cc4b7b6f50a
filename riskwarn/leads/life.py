"""A lead's life over the nights: the same matter is one lead, decided matters rest, none is lost.

The state is a frame, one row a lead that was ever opened, that the store keeps between runs.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from riskwarn.leads.score import MODEL_EVIDENCE
from riskwarn.records.leads import GoneReason
from riskwarn.records.rules import Rule
from riskwarn.terms import LeadState

STATE_SCHEMA: Mapping[str, pl.DataType] = {
    "lead_id": pl.String(),
    "uscc": pl.String(),
    "item_code": pl.String(),
    "dedupe_key": pl.String(),
    "name": pl.String(),
    "state": pl.String(),  # LeadState
    "state_on": pl.Date(),  # since when; set by people's decisions
    "listed": pl.Boolean(),  # on the list of the last run
    "score": pl.Int64(),
    "model_points": pl.Int64(),  # the model's part of the score; null: it did not speak
    "severity": pl.Int8(),
    "evidence": pl.String(),  # as of the last listing; stays as judged once judged
    "department_code": pl.String(),
    "department_name": pl.String(),
    "opened_on": pl.Date(),  # opened or reopened
    "deadline_on": pl.Date(),
    "deadline_days": pl.Int32(),
    "deadline_provisional": pl.Boolean(),
    "first_seen_on": pl.Date(),
    "last_hit_on": pl.Date(),
}
IN_HAND = (LeadState.ASSIGNED, LeadState.IN_REVIEW)
JUDGED = (
    LeadState.CONFIRMED,
    LeadState.UNFOUNDED,
    LeadState.DATA_ERROR,
    LeadState.REFERRED,
    LeadState.CLOSED,
)
_KEYS = ["uscc", "item", "dedupe_key"]


def no_states() -> pl.DataFrame:
    """The state before the first run."""
    return pl.DataFrame(schema=dict(STATE_SCHEMA))


def join_previous(
    candidates: pl.DataFrame, previous: pl.DataFrame, as_of: date, previous_as_of: date | None
) -> pl.DataFrame:
    """Add to each candidate its earlier life and its fate tonight.

    Takes:  candidates with uscc, item, dedupe_key, severity, evidence, cooldown; previous, of
            STATE_SCHEMA.
    Gives:  the same rows in order with `was_*` columns (null: never opened before) and
            fate: new | open | in_hand | reopened | resting. A judged matter is reopened by
            evidence that was not there when it was judged or by a higher severity, at once; by the
            same evidence only when it had disappeared in between and the cool-down has passed.
    """
    past = previous.rename({"item_code": "item"})
    past = past.rename({name: f"was_{name}" for name in past.columns if name not in _KEYS})
    joined = candidates.join(past, on=_KEYS, how="left", maintain_order="left")
    stronger = (
        pl.col("evidence")
        .str.split("\n")
        .list.set_difference(pl.col("was_evidence").str.split("\n"))
    ).list.len() > 0
    stronger |= pl.col("severity") > pl.col("was_severity")
    rested = (pl.lit(as_of) - pl.col("was_state_on")).dt.total_days() > pl.col("cooldown")
    returned = pl.col("was_last_hit_on") < pl.lit(previous_as_of or as_of)
    judged = pl.col("was_state").is_in([state.value for state in JUDGED])
    return joined.with_columns(
        pl.when(pl.col("was_lead_id").is_null())
        .then(pl.lit("new"))
        .when(pl.col("was_state").is_in([state.value for state in IN_HAND]))
        .then(pl.lit("in_hand"))
        .when(~judged)
        .then(pl.lit("open"))
        .when(stronger | (returned & rested))
        .then(pl.lit("reopened"))
        .otherwise(pl.lit("resting"))
        .alias("fate")
    )


def add_change(ranked: pl.DataFrame, from_points: int) -> pl.DataFrame:
    """Add `change` (new, worse, same, better) against the previous run.

    Not on the last list means new; a score that moved by less than `from_points` hundredths of
    a point is the same, unless the severity changed. Where the model spoke on one of the two
    nights only, its points are left out of both: its coming or going is no news of the enterprise.
    """
    ours = pl.when(pl.col("probability_ppm").is_not_null()).then("model_points")
    then = pl.col("was_model_points")
    alike = ours.is_null() == then.is_null()
    moved = pl.col("score") - pl.col("was_score")
    moved -= pl.when(alike).then(0).otherwise(ours.fill_null(0) - then.fill_null(0))
    heavier = pl.col("severity").cast(pl.Int16) - pl.col("was_severity").cast(pl.Int16)
    fresh = ~pl.col("was_listed").fill_null(False) | (pl.col("fate") == "reopened")
    return ranked.with_columns(
        pl.when(fresh)
        .then(pl.lit("new"))
        .when((heavier > 0) | ((heavier == 0) & (moved >= from_points)))
        .then(pl.lit("worse"))
        .when((heavier < 0) | (moved <= -from_points))
        .then(pl.lit("better"))
        .otherwise(pl.lit("same"))
        .alias("change")
    )


def next_states(
    previous: pl.DataFrame,
    issued: pl.DataFrame,
    seen: pl.DataFrame,
    unknown_ids: Sequence[str],
    as_of: date,
) -> pl.DataFrame:
    """Give the state after the run, sorted by lead_id: every lead ever opened, each once.

    Takes:  issued, of STATE_SCHEMA; seen, the keys of all candidates (whether issued or not);
            unknown_ids, leads that cannot be judged tonight: they stay listed.
    """
    keys = ["uscc", "item_code", "dedupe_key"]
    rest = previous.join(issued.select("lead_id"), on="lead_id", how="anti")
    hit = rest.join(seen.rename({"item": "item_code"}), on=keys, how="semi").select("lead_id")
    still = pl.col("lead_id").is_in(hit["lead_id"].implode())
    rest = rest.with_columns(
        pl.when(still).then(pl.lit(as_of)).otherwise(pl.col("last_hit_on")).alias("last_hit_on"),
        (pl.col("listed") & pl.col("lead_id").is_in(list(unknown_ids))).alias("listed"),
    )
    columns = list(STATE_SCHEMA)
    return pl.concat([issued.select(columns), rest.select(columns)]).sort("lead_id")


def gone_leads(
    previous: pl.DataFrame,
    joined: pl.DataFrame,
    issued_ids: pl.Series,
    verdicts: pl.DataFrame,
    speaking: Sequence[Rule],
    model_spoke: bool,
) -> pl.DataFrame:
    """List leads of the previous run that are not on today's list, each with its reason.

    Takes:  joined, today's candidates with `was_lead_id`; verdicts, the enterprises of the previous
            list: uscc and a nullable boolean a rule; speaking, the rules that may open leads
            tonight.
    Gives:  rows of STATE_SCHEMA plus reason (GoneReason), sorted by score descending, uscc.
    """
    gone = previous.filter(pl.col("listed") & ~pl.col("lead_id").is_in(issued_ids.implode()))
    if not gone.height:
        return gone.with_columns(pl.lit("", pl.String).alias("reason"))
    candidate = gone["lead_id"].is_in(joined["was_lead_id"].drop_nulls().implode())
    ids = [rule.id for rule in speaking]
    rows = verdicts.filter(pl.col("uscc").is_in(gone["uscc"].implode()))
    said = {row["uscc"]: row for row in rows.to_dicts()}
    judged = {state.value for state in JUDGED}
    reasons = [
        _reason(lead, hit, said.get(lead["uscc"]), set(ids), judged, model_spoke)
        for lead, hit in zip(gone.to_dicts(), candidate, strict=True)
    ]
    gone = gone.with_columns(pl.Series("reason", reasons, pl.String))
    return gone.sort(["score", "uscc", "lead_id"], descending=[True, False, False])


def _reason(
    lead: Mapping[str, str],
    still_candidate: bool,
    verdict: Mapping[str, bool | None] | None,
    speaking: set[str],
    judged: set[str],
    model_spoke: bool,
) -> str:
    if lead["state"] in judged:
        return GoneReason.JUDGED.value
    if still_candidate:
        return GoneReason.OUTRANKED.value
    if verdict is None:
        return GoneReason.LEFT_REGISTER.value
    behind = {line.split("|", 1)[0] for line in lead["evidence"].split("\n")}
    if behind == {MODEL_EVIDENCE}:
        return (GoneReason.CLEARED if model_spoke else GoneReason.UNKNOWN).value
    alive = (behind - {MODEL_EVIDENCE}) & speaking
    if not alive:
        return GoneReason.RULE_RETIRED.value
    if any(verdict[rule_id] is None for rule_id in alive):
        return GoneReason.UNKNOWN.value
    return GoneReason.CLEARED.value
