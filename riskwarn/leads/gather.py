"""All hits of a night, one range of enterprises after another: counted, and the few that may count.

What a department could never be given, because so many better matters are there already, is counted
and let go. A matter of an enterprise needs no other enterprise, so that a range is enough to merge
its hits; what the ranges leave fits into memory whatever the number of enterprises.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from riskwarn.errors import Problem, VerificationError
from riskwarn.leads import score
from riskwarn.leads.classes import CLASS_COLUMNS, classify, no_classes
from riskwarn.leads.dispatch import dispatch
from riskwarn.leads.inputs import LeadInputs
from riskwarn.leads.rank import Beyond, best_matters
from riskwarn.records.rules import Rule
from riskwarn.workspace import Settings

ROWS_AT_ONCE = 262_144  # two row groups of the night's files
MATTER = ["ent", "item", "dedupe_key"]
_KEYS = ["uscc", "item", "dedupe_key"]
_PLACE = ("uscc", "region", "department_code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """The rules of the night by what they do, with their numbers among all rules."""

    rules: Sequence[Rule]
    opening: Sequence[tuple[int, Rule]]
    factors: Sequence[tuple[int, Rule]]

    @property
    def ids(self) -> list[str]:
        return [rule.id for _, rule in self.opening]

    @property
    def both(self) -> list[Rule]:
        return [rule for _, rule in [*self.opening, *self.factors]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What a night's hits came to.

    matters: MATTER of those that may be issued, and of all that were leads before; beyond: what
    was counted and let go; hits: of the rules that may open leads and of the model alone; refused:
    what the model would have opened if it had an item; classes: CLASS_COLUMNS; verdicts: uscc and
    a nullable boolean a rule of the enterprises on the last list; by_rule: hit, clear, unknown.
    """

    matters: pl.DataFrame
    beyond: Beyond
    hits: int
    alone: pl.DataFrame  # score.HIT_COLUMNS: opened by the model alone
    refused: int
    classes: pl.DataFrame
    verdicts: pl.DataFrame
    by_rule: dict[str, tuple[int, int, int]]


def gather(
    inputs: LeadInputs,
    speaking: Speaking,
    ppm: pl.DataFrame | None,
    previous: pl.DataFrame,
    settings: Settings,
) -> Gathered:
    """Read the rule columns once and keep what may become leads.

    Takes:  ppm, ent and probability_ppm sorted by ent; previous, life.STATE_SCHEMA.
    Raises: VerificationError F101 when table and rule columns are not of the same enterprises.
    """
    listed = previous.filter("listed")["uscc"].unique()
    past = previous.select("uscc", pl.col("item_code").alias("item"), "dedupe_key").unique()
    top = score.model_top(ppm, settings.model.lead_share) if ppm is not None else None
    best, beyond, hits, refused = None, Beyond(), 0, 0
    known, classes, verdicts, counts, alone = [], [], [], [], [score.empty_hits()]
    for rows in _ranges(inputs, speaking.both):
        part = None if ppm is None else _between(ppm, rows["ent"])
        if inputs.classes is None:
            own = (settings.leads, settings.classes)
            told = classify(rows.lazy(), speaking.rules, inputs.as_of, part, *own)
            classes.append(told.select(CLASS_COLUMNS))
        counts.append(_count(rows, speaking.rules))
        verdicts.append(_verdicts(rows, listed, speaking.ids))
        found = score.hit_rows(rows, speaking.opening, settings.leads, evidence=False)
        if top is not None:
            mine = score.model_hits(_between(top, rows["ent"]), found["ent"], settings)
            refused += 0 if settings.model.item else mine.height
            alone.append(mine if settings.model.item else mine.clear())
            found = pl.concat([found, alone[-1]])
        hits += found.height
        matters = _matters(rows, found, speaking.factors, part, inputs, settings)
        known.append(matters.join(past, on=_KEYS, how="semi").select(MATTER))
        fresh = matters.join(past, on=_KEYS, how="anti")
        best, left = best_matters(
            fresh if best is None else pl.concat([best, fresh]), settings.leads
        )
        beyond = beyond.add(left)
        del rows, found, matters, fresh, left  # before the next range is read
    empty = score.empty_hits().select(MATTER)
    return Gathered(
        matters=pl.concat([empty, *known, *([] if best is None else [best.select(MATTER)])]),
        beyond=beyond,
        hits=hits,
        alone=pl.concat(alone),
        refused=refused,
        classes=pl.concat([no_classes(), *classes]) if inputs.classes is None else inputs.classes,
        verdicts=pl.concat(verdicts) if verdicts else pl.DataFrame(schema={"uscc": pl.String}),
        by_rule=_added_up(counts, speaking.rules),
    )


def _ranges(inputs: LeadInputs, rules: Sequence[Rule]) -> Iterator[pl.DataFrame]:
    """Rule columns and the few columns beside them that points are made of, range by range."""
    have = inputs.table.collect_schema().names()
    columns = [*_PLACE, *score.light_columns(rules)]
    table = inputs.table.select("ent", *(n for n in dict.fromkeys(columns) if n in have))
    missing = [pl.lit(None, pl.String).alias(name) for name in _PLACE if name not in have]
    table = table.with_columns(missing).with_columns(pl.col(_PLACE).cast(pl.String))
    height = inputs.hits.select(pl.len()).collect().item()
    for start in range(0, height, ROWS_AT_ONCE):
        yield _side_by_side(inputs.hits, table, start)  # nothing of it stays here


def _side_by_side(hits: pl.LazyFrame, table: pl.LazyFrame, start: int) -> pl.DataFrame:
    said = hits.slice(start, ROWS_AT_ONCE).collect(engine="streaming")
    beside = table.slice(start, ROWS_AT_ONCE).collect(engine="streaming")
    if not said["ent"].equals(beside["ent"]):
        raise VerificationError(Problem("F101", f"规则结果与特征表自第 {start} 行起不一致"))
    return said.hstack(beside.drop("ent")).rechunk()  # else each gather would do so


def _between(frame: pl.DataFrame, ents: pl.Series) -> pl.DataFrame:
    """The rows of a range's enterprises; ranges follow each other by ent."""
    return frame.filter(pl.col("ent").is_between(ents.min(), ents.max()))


def _matters(
    rows: pl.DataFrame,
    found: pl.DataFrame,
    factors: Sequence[tuple[int, Rule]],
    ppm: pl.DataFrame | None,
    inputs: LeadInputs,
    settings: Settings,
) -> pl.DataFrame:
    """Merge a range's hits to matters and say whose each is."""
    context = score.empty_hits().drop("evidence")
    if factors:
        hit = rows.filter(pl.col("ent").is_in(found["ent"].unique().implode()))
        context = score.hit_rows(hit, factors, settings.leads, evidence=False)
    merged = score.candidates(found, context, ppm, settings.leads)
    placed = merged.join(rows.select("ent", *_PLACE), on="ent", how="left", maintain_order="left")
    return dispatch(placed, inputs.departments).drop("region")


def _verdicts(rows: pl.DataFrame, listed: pl.Series, ids: Sequence[str]) -> pl.DataFrame:
    told = rows.select("uscc", *ids)
    return told.filter(pl.col("uscc").is_in(listed.implode())) if listed.len() else told.clear()


def _count(rows: pl.DataFrame, rules: Sequence[Rule]) -> tuple[int, ...]:
    """Hit, clear and unknown of each rule, one after the other."""
    counted = rows.select(
        part
        for rule in rules
        for part in (
            pl.col(rule.id).sum().cast(pl.Int64).alias(f"{rule.id} hit"),
            pl.col(rule.id).not_().sum().cast(pl.Int64).alias(f"{rule.id} clear"),
            pl.col(rule.id).null_count().cast(pl.Int64).alias(f"{rule.id} unknown"),
        )
    )
    return counted.row(0) if rules else ()


def _added_up(
    counts: Sequence[tuple[int, ...]], rules: Sequence[Rule]
) -> dict[str, tuple[int, int, int]]:
    total = [sum(column) for column in zip(*counts, strict=True)] or [0] * (3 * len(rules))
    return {
        rule.id: (total[3 * n], total[3 * n + 1], total[3 * n + 2]) for n, rule in enumerate(rules)
    }
