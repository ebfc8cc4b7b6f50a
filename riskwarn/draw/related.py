"""Whom an officer must stay away from because the registers say so, not because it was declared.

An officer is found by the keyed hash of the identity number, the same in every table: as legal
representative, in a post held now or ever, as shareholder directly, and as shareholder through
other companies. Kin stand in no register; they are known from declared interests only.
"""

from datetime import date
from typing import TYPE_CHECKING

from riskwarn.errors import Problem
from riskwarn.records.snapshot import Snapshot
from riskwarn.terms import Collected

if TYPE_CHECKING:
    import polars as pl

# A holding through companies that comes to less than 0.1 % of the equity is nobody's interest;
# one whose share is not known on some step counts, however far away.
LEAST_SHARE = 0.001
MAX_LAYERS = 64  # bounds rings of shareholding
TIE_TABLES = ("person_link", "shareholding")
_SAYS = {
    "person_link": "任职记录（person_link）未采集或已过期：执法人员现任、曾任职务的回避查不全",
    "shareholding": "股东出资（shareholding）未采集或已过期：执法人员持股的回避查不全",
}


def find_related(snapshot: Snapshot) -> "pl.DataFrame":
    """Find posts and holdings of officers in the as-of registers.

    Takes:  a snapshot with an officer table.
    Gives:  pairs officer_no, uscc; sorted, each once. A stale table still recuses: what it knows
            stays true until the contrary is known.
    """
    import polars as pl

    officers = snapshot.scan("officer").select("officer_no", "person_id").collect()
    known = officers.drop_nulls("person_id")
    parts = [find(snapshot, known) for find in (_represented, _posts, _holdings)]
    return pl.concat(parts).drop_nulls().unique().sort("officer_no", "uscc")


def doubt_related(snapshot: Snapshot) -> list[Problem]:
    """D147 (warnings): officers without identity number, tables that are missing or stale."""
    officers = snapshot.scan("officer").select("person_id").collect()
    unknown = officers["person_id"].null_count()
    problems = [_warn(f"{unknown} 名执法人员没有证件号码，无法查其任职与持股")] if unknown else []
    return problems + [
        _warn(_SAYS[table])
        for table in TIE_TABLES
        if snapshot.collected(table) is not Collected.FRESH
    ]


def _warn(message: str) -> Problem:
    return Problem("D147", message, severity="warning")


def _represented(snapshot: Snapshot, officers: "pl.DataFrame") -> "pl.DataFrame":
    import polars as pl

    legal = snapshot.scan("enterprise").select("uscc", pl.col("legal_rep_id").alias("person_id"))
    found = legal.join(officers.lazy(), on="person_id").select("officer_no", "uscc")
    return found.collect(engine="streaming")


def _posts(snapshot: Snapshot, officers: "pl.DataFrame") -> "pl.DataFrame":
    """Every post ever held: a past employer is recused from for ever, as a declared one is."""
    if snapshot.collected("person_link") is Collected.MISSING:
        return officers.select("officer_no", uscc="officer_no").clear()
    links = snapshot.scan("person_link").select("uscc", "person_id")
    found = links.join(officers.lazy(), on="person_id").select("officer_no", "uscc")
    return found.collect(engine="streaming")


def _holdings(snapshot: Snapshot, officers: "pl.DataFrame") -> "pl.DataFrame":
    """Walk down from each officer through what the companies it holds hold in turn."""
    import polars as pl

    if snapshot.collected("shareholding") is Collected.MISSING:
        return officers.select("officer_no", uscc="officer_no").clear()
    own, between = _in_force(snapshot, snapshot.as_of)
    layer = own.join(officers.lazy(), on="person_id").select("officer_no", "uscc", "share")
    reached = step = _summed(layer.collect(engine="streaming"))
    for _ in range(MAX_LAYERS):
        down = step.lazy().rename({"uscc": "holder_uscc", "share": "above"})
        down = down.join(between, on="holder_uscc").select(
            "officer_no", "uscc", share=pl.col("above") * pl.col("share")
        )
        step = _summed(down.collect(engine="streaming"))
        if step.is_empty():
            break
        reached = pl.concat([reached, step])
    return reached.select("officer_no", "uscc")


def _in_force(snapshot: Snapshot, on: date) -> "tuple[pl.LazyFrame, pl.LazyFrame]":
    """Persons' and companies' holdings on the day; an unknown share counts as the whole."""
    import polars as pl

    rows = snapshot.scan("shareholding").filter(
        pl.col("from_on").is_null() | (pl.col("from_on") <= on),
        pl.col("to_on").is_null() | (pl.col("to_on") > on),
    )
    share = (pl.col("ratio_bp").cast(pl.Float64) / 10_000).fill_null(1.0).clip(0.0, 1.0)
    persons = rows.select("uscc", pl.col("holder_person_id").alias("person_id"), share=share)
    codes = rows.select("uscc", "holder_uscc", share=share).drop_nulls("holder_uscc")
    return persons.drop_nulls("person_id"), codes


def _summed(layer: "pl.DataFrame") -> "pl.DataFrame":
    """Join the ways to one enterprise, drop what is too little.

    Sums run in sorted order, so that the same register always gives the same pairs.
    """
    import polars as pl

    ordered = layer.sort("officer_no", "uscc", "share")
    joined = ordered.group_by("officer_no", "uscc", maintain_order=True).agg(pl.col("share").sum())
    kept = joined.filter(pl.col("share") >= LEAST_SHARE)
    return kept.with_columns(pl.col("share").clip(upper_bound=1.0))
