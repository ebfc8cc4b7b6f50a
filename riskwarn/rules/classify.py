"""Points → classes A–D by a scorecard: whole-frame arithmetic on integers, in hundredths.

Unknown is not class A: an enterprise of which too little is known has no class.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from riskwarn.constants import FULL_SHARE_BP
from riskwarn.records.leads import SCORE_SCALE
from riskwarn.records.rules import Compare
from riskwarn.records.scorecard import (
    GROUPS,
    PROBABILITY,
    Cuts,
    Indicator,
    Repair,
    Scorecard,
)
from riskwarn.rules.compile import Compiler
from riskwarn.terms import RiskClass

if TYPE_CHECKING:
    import polars as pl

DECIDED_BY = 4  # so many indicators are named as deciding
ROWS_A_CHUNK = 131_072
ROWS_A_RANGE = 524_288  # four row groups of a feature table


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRun:
    """A card run over all enterprises.

    classes: sorted by ent: ent i32, uscc, region, points i64 (hundredths), unknown u32
    (indicators not known), known_bp i32 (share of all points that could be judged), veto text
    (empty: none), risk_class text or null, decided text (the indicators that weighed most).
    points: ent and one i64 column an indicator, in hundredths, after decay, factors and repair.
    cuts: the scores, in hundredths, from which B, C and D began.
    """

    classes: "pl.DataFrame"
    points: "pl.DataFrame"
    cuts: tuple[int, int, int]


def run_card(
    card: Scorecard, table: "pl.LazyFrame", as_of: date, probability: "pl.DataFrame | None" = None
) -> CardRun:
    """Give every enterprise its points and its class.

    Takes:  table: ent, uscc, region and every column the card looks at, dates as epoch days;
            probability: ent, probability_ppm i64 (None: the model did not speak, and its
            indicator counts neither as known nor as unknown).
    """
    frame = _judge(card, _with_probability(table, probability), as_of).sort("ent")
    base, points = _weigh(card, frame, spoken=probability is not None)
    cuts = cut_points(base, card.cuts, card.known_from_bp)
    classes = base.with_columns(_class_of(card, cuts).alias("risk_class"))
    return CardRun(classes=classes.with_columns(_decided(card, points)), points=points, cuts=cuts)


def card_classes(
    card: Scorecard, table: "pl.LazyFrame", as_of: date, probability: "pl.DataFrame | None" = None
) -> "pl.DataFrame":
    """Give every enterprise its class alone, one range of them after another.

    Takes:  as `run_card`, the table sorted by ent.
    Gives:  ent, points, unknown, known_bp, veto, risk_class as in `CardRun.classes`, the texts as
            enumerations: what a night keeps of millions.
    """
    import polars as pl

    titles = dict.fromkeys(["", *(one.title for one in card.vetoes)])
    kinds = {"veto": pl.Enum(list(titles)), "risk_class": pl.Enum([one.value for one in RiskClass])}
    bases = []
    for start in range(0, table.select(pl.len()).collect().item(), ROWS_A_RANGE):
        rows = table.slice(start, ROWS_A_RANGE)
        theirs = None if probability is None else _of_range(probability, rows)
        frame = _judge(card, _with_probability(rows, theirs), as_of).sort("ent")
        base, _ = _weigh(card, frame, spoken=probability is not None)
        bases.append(base.drop("uscc", "region").cast({"veto": kinds["veto"]}))
    if not bases:
        return run_card(card, table, as_of, probability).classes.drop("uscc", "region", "decided")
    whole = pl.concat(bases)
    cuts = cut_points(whole, card.cuts, card.known_from_bp)
    return whole.with_columns(_class_of(card, cuts).cast(kinds["risk_class"]).alias("risk_class"))


def _of_range(probability: "pl.DataFrame", rows: "pl.LazyFrame") -> "pl.DataFrame":
    import polars as pl

    first, last = rows.select(a=pl.col("ent").min(), b=pl.col("ent").max()).collect().row(0)
    return probability.filter(pl.col("ent").is_between(first, last))


def _with_probability(table: "pl.LazyFrame", probability: "pl.DataFrame | None") -> "pl.LazyFrame":
    import polars as pl

    if probability is not None:
        return table.join(probability.lazy(), on="ent", how="left")
    return table.with_columns(pl.lit(None, pl.Int64).alias(PROBABILITY))


def _weigh(
    card: Scorecard, frame: "pl.DataFrame", *, spoken: bool
) -> "tuple[pl.DataFrame, pl.DataFrame]":
    """Add up what was judged: all that a class rests on, and the points of each indicator."""
    import polars as pl

    silent = set() if spoken else {PROBABILITY}
    judged = [one for one in card.indicators if one.input.name not in silent]
    points = frame.select("ent", *(_points(one, card).alias(one.id) for one in card.indicators))
    base = frame.select(
        "ent",
        "uscc",
        "region",
        _total(card, points).alias("points"),
        pl.sum_horizontal(
            [pl.col(f"k {one.id}").not_().cast(pl.UInt32) for one in judged]
            or [pl.lit(0, pl.UInt32)]
        ).alias("unknown"),
        _known_bp(judged).alias("known_bp"),
        _veto(card).alias("veto"),
    )
    return base, points


def _judge(card: Scorecard, table: "pl.LazyFrame", as_of: date) -> "pl.DataFrame":
    """Evaluate every band, veto and repair once: nullable booleans, beside what decay needs."""
    import narwhals as nw

    compiler = Compiler(as_of, {}, {})

    def said(compare: Compare) -> Any:
        return compiler.condition(compare)

    columns: list[Any] = []
    for one in card.indicators:
        columns.append((~nw.col(one.input.name).is_null()).alias(f"k {one.id}"))
        columns += [said(band.when).alias(f"b {one.id} {n}") for n, band in enumerate(one.bands)]
        if one.decay:
            columns.append(nw.col(one.decay.by.name).cast(nw.Int64).alias(f"d {one.id}"))
    columns += [said(one.when).alias(f"v {n}") for n, one in enumerate(card.vetoes)]
    columns += [said(one.when).alias(f"r {n}") for n, one in enumerate(card.repairs)]
    chosen = nw.from_native(table).select("ent", "uscc", "region", *columns)
    return chosen.to_native().collect(engine="streaming")


def _points(one: Indicator, card: Scorecard) -> "pl.Expr":
    """Points of an indicator: first band that holds, faded, weighed locally, partly given back."""
    import polars as pl

    points = pl.lit(0, pl.Int64)
    for number in reversed(range(len(one.bands))):
        worth = pl.lit(one.bands[number].points * SCORE_SCALE, pl.Int64)
        points = pl.when(pl.col(f"b {one.id} {number}")).then(worth).otherwise(points)
    if one.decay:
        # Without a known day nothing fades: what is known to weigh is not made lighter by a gap.
        age = pl.col(f"d {one.id}").clip(0, one.decay.over_days).fill_null(0)
        points = points * (one.decay.over_days - age) // one.decay.over_days
    points = points * _factor(one, card.factors) // FULL_SHARE_BP
    for number, repair in enumerate(card.repairs):
        if one.id in repair.of:
            points = points - _given_back(points, repair, number)
    return points


def _given_back(points: "pl.Expr", repair: Repair, number: int) -> "pl.Expr":
    import polars as pl

    share = points * repair.gives_back_bp // FULL_SHARE_BP
    return pl.when(pl.col(f"r {number}")).then(share).otherwise(pl.lit(0, pl.Int64))


def _factor(one: Indicator, factors: Mapping[str, Mapping[str, int]]) -> "pl.Expr":
    """Local weight: the longest region prefix that names the indicator, else its group."""
    import polars as pl

    result = pl.lit(FULL_SHARE_BP, pl.Int64)
    for name in (one.group, one.id):
        for region in sorted((r for r in factors if name in factors[r]), key=len):
            here = pl.col("region").str.starts_with(region).fill_null(value=not region)
            value = pl.lit(factors[region][name], pl.Int64)
            result = pl.when(here).then(value).otherwise(result)
    return result


def _total(card: Scorecard, points: "pl.DataFrame") -> "pl.Series":
    """Add the groups up, each no higher than its cap."""
    import polars as pl

    total = pl.Series("points", [0], dtype=pl.Int64).new_from_index(0, points.height)
    for group in GROUPS:
        ids = [one.id for one in card.indicators if one.group == group]
        if not ids:
            continue
        part = points.select(pl.sum_horizontal(ids).cast(pl.Int64)).to_series()
        cap = card.caps.get(group)
        total = total + (part if cap is None else part.clip(upper_bound=cap * SCORE_SCALE))
    return total


def _known_bp(judged: Sequence[Indicator]) -> "pl.Expr":
    """The share of all points there are whose indicator is known, basis points rounded down."""
    import polars as pl

    most = sum(one.most for one in judged)
    if not most:
        return pl.lit(0, pl.Int32)
    known = [
        pl.when(pl.col(f"k {one.id}"))
        .then(pl.lit(one.most, pl.Int64))
        .otherwise(pl.lit(0, pl.Int64))
        for one in judged
    ]
    return (pl.sum_horizontal(known) * FULL_SHARE_BP // most).cast(pl.Int32)


def _veto(card: Scorecard) -> "pl.Expr":
    import polars as pl

    result = pl.lit("")
    for number in reversed(range(len(card.vetoes))):
        said = pl.lit(card.vetoes[number].title)
        result = pl.when(pl.col(f"v {number}")).then(said).otherwise(result)
    return result


def cut_points(base: "pl.DataFrame", cuts: Cuts, known_from_bp: int) -> tuple[int, int, int]:
    """Give the scores, in hundredths, from which B, C and D begin.

    By quantile: the smallest whole scores at which no more than the wanted share of the
    enterprises with a class lies in D, in C and D, in B to D. Equal scores share a class, the
    lower one; no points are always A.
    """
    if cuts.by == "score":
        return cuts.b * SCORE_SCALE, cuts.c * SCORE_SCALE, cuts.d * SCORE_SCALE
    import polars as pl

    judged = base.filter(pl.col("veto").eq("") & (pl.col("known_bp") >= known_from_bp))
    ordered = judged["points"].sort(descending=True)
    d = _score_at(ordered, cuts.d)
    c = min(_score_at(ordered, cuts.d + cuts.c), d)
    return min(_score_at(ordered, cuts.d + cuts.c + cuts.b), c), c, d


def _score_at(ordered: "pl.Series", share_bp: int) -> int:
    places = len(ordered) * share_bp // FULL_SHARE_BP
    if places >= len(ordered):
        return 1
    # Whoever has more than the first one left out is in; that one's equals are out as well.
    return max(int(ordered[places]) + 1, 1)


def _class_of(card: Scorecard, cuts: tuple[int, int, int]) -> "pl.Expr":
    import polars as pl

    b, c, d = cuts
    points = pl.col("points")
    by_points = (
        pl.when(points >= d)
        .then(pl.lit("D"))
        .when(points >= c)
        .then(pl.lit("C"))
        .when(points >= b)
        .then(pl.lit("B"))
        .otherwise(pl.lit("A"))
    )
    known = pl.when(pl.col("known_bp") >= card.known_from_bp).then(by_points)
    return pl.when(pl.col("veto") != "").then(pl.lit("D")).otherwise(known)


def _decided(card: Scorecard, points: "pl.DataFrame") -> "pl.Series":
    """Name the indicators that weighed most, the heaviest first; equal ones in the card's order."""
    import numpy as np
    import polars as pl

    titles = [one.title for one in card.indicators]
    lines: list[str] = []
    for start in range(0, points.height, ROWS_A_CHUNK):
        matrix = points[start : start + ROWS_A_CHUNK].drop("ent").to_numpy()
        order = np.argsort(-matrix, axis=1, kind="stable")[:, :DECIDED_BY]
        worth = np.take_along_axis(matrix, order, axis=1)
        lines += [
            "；".join(f"{titles[i]} {_points_text(p)}" for i, p in zip(a, b, strict=True) if p > 0)
            for a, b in zip(order.tolist(), worth.tolist(), strict=True)
        ]
    return pl.Series("decided", lines, dtype=pl.String)


def _points_text(hundredths: int) -> str:
    whole, rest = divmod(hundredths, SCORE_SCALE)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".")


def movement(before: "pl.DataFrame", now: "pl.DataFrame") -> dict[tuple[str, str], int]:
    """Count who moved from which class to which.

    Takes:  two frames of uscc and risk_class (null: none).
    Gives:  (before, now) → enterprises, sorted; "" no class, "新" not there before, "消" no longer
            there.
    """
    import polars as pl

    was = before.select("uscc", pl.col("risk_class").fill_null("").alias("was"))
    is_now = now.select("uscc", pl.col("risk_class").fill_null("").alias("now"))
    both = was.join(is_now, on="uscc", how="full", coalesce=True)
    counted = (
        both.select(pl.col("was").fill_null("新"), pl.col("now").fill_null("消"))
        .group_by("was", "now")
        .len()
        .sort("was", "now")
    )
    return {(row[0], row[1]): row[2] for row in counted.iter_rows()}
