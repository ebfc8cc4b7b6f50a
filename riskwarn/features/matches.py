"""Semi- and anti-joins: whether a row has a like row of the same enterprise in another table."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from riskwarn.features.rows import Rows, match_column
from riskwarn.records.features import Match, WindowFeature

if TYPE_CHECKING:
    import narwhals as nw


def with_matches(
    rows: Rows,
    specs: Sequence[WindowFeature],
    scan: Callable[[str], Any],
    cohort: "nw.LazyFrame[Any] | None",
) -> Rows:
    """Add one three-valued column for each match that specs ask for.

    Takes:  rows as prepared; scan, the other tables, all of them fresh.
    Gives:  the rows with Boolean columns named by `match_column`: true where a like row surely
            counts, null where one might or our side is unknown, false where there is none;
            turned round for a match that asks for absence.
    """
    frame = rows.frame
    for match in dict.fromkeys(spec.match for spec in specs if spec.match is not None):
        frame = _add(replace(rows, frame=frame), match, scan(match.table), cohort)
    return replace(rows, frame=frame)


def _add(
    rows: Rows, match: Match, native: Any, cohort: "nw.LazyFrame[Any] | None"
) -> "nw.LazyFrame[Any]":
    import narwhals as nw

    other = WindowFeature(
        name="_", table=match.table, agg="exists", where=match.where, dedupe=_theirs(match)
    )
    found = Rows.prepare(native, [other], cohort, rows.today, rows.key)
    keys = [f"_k{number}" for number in range(len(match.on))]
    seen = found.frame.with_columns(_seen=found.seen(other)).select(
        rows.key, "_seen", *(nw.col(n).alias(k) for n, k in zip(_theirs(match), keys, strict=True))
    )
    best = seen.group_by(rows.key, *keys).agg(nw.col("_seen").max())
    mine = [mine for mine, _ in match.on]
    joined = rows.frame.join(
        best, left_on=[rows.key, *mine], right_on=[rows.key, *keys], how="left"
    )
    known = ~nw.col(mine[0]).is_null()
    for name in mine[1:]:
        known = known & ~nw.col(name).is_null()
    level = nw.when(nw.col("_seen").is_null()).then(nw.lit(0, nw.Int8)).otherwise(nw.col("_seen"))
    flag = nw.when(known & (level != 1)).then((level == 2) ^ match.absent)
    kept = rows.frame.collect_schema().names()
    return joined.with_columns(flag.alias(match_column(match))).select(*kept, match_column(match))


def _theirs(match: Match) -> tuple[str, ...]:
    return tuple(theirs for _, theirs in match.on)
