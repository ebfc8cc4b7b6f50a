"""Windowed aggregates over events, fused into one pass a table, as of one day or of many."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from riskwarn.features.days import epoch_day
from riskwarn.features.kinds import polars_type
from riskwarn.features.matches import with_matches
from riskwarn.features.rows import Rows
from riskwarn.features.special import special_part
from riskwarn.features.trends import trend_parts, trend_value
from riskwarn.records.features import WindowFeature
from riskwarn.tables.catalogue import Catalogue, load_catalogue
from riskwarn.terms import Collected

if TYPE_CHECKING:
    import narwhals as nw

Scan = Callable[[str], Any]


def window_features(
    scan: Scan,
    collected: Callable[[str], Collected],
    specs: Sequence[WindowFeature],
    cohort: Any,
    as_of: date | None = None,
) -> Any:
    """Compute features over events for every row of a cohort.

    Takes:  scan, a table's lazy frame (Polars, or another that narwhals knows) with ent i32,
            known_on and the catalogue's columns, or None when it was never delivered;
            collected, whether a table may be believed; cohort, a lazy frame with ent i32 and one
            common as_of, or with row (any integer), ent i32 and as_of i32 epoch days: many dates.
    Gives:  a lazy frame of the cohort's library: its columns, then one column a spec in order,
            sorted by row (or ent). A row counts when known_on ≤ as_of and its business date lies
            in (as_of − window_days, as_of]; without a window also when the date is unknown.
            Counts and sums of no rows are 0 in a fresh table; everything is null in a stale or
            missing one. Dates are epoch days.
    Raises: ValueError when as_of is given neither way.
    """
    import narwhals as nw

    base = nw.from_native(cohort)
    many = "row" in base.collect_schema().names()
    if not many and as_of is None:
        raise ValueError("a cohort without rows of its own needs as_of")
    key = "row" if many else "ent"
    own = base.collect_schema().names()
    today = nw.col("as_of") if many else nw.lit(epoch_day(as_of or date.min), nw.Int32)
    catalogue = load_catalogue()
    result, finals = base, []
    computed = [part for spec in specs for part in trend_parts(spec)]
    for table in dict.fromkeys(spec.table for spec in computed):
        of_table, lost = _sighted([s for s in computed if s.table == table], scan, collected)
        finals += [_unknown(spec, catalogue) for spec in lost]
        if not of_table:
            continue
        rows = Rows.prepare(scan(table), of_table, base if many else None, today, key)
        rows = with_matches(rows, of_table, scan, base if many else None)
        for part in _parts(rows, of_table):
            result = result.join(part.frame, on=key, how="left")
            finals += part.finals
    result = result.with_columns(finals)
    trends = [trend_value(spec) for spec in specs if spec.agg == "trend"]
    result = result.with_columns(trends) if trends else result
    names = list(dict.fromkeys(spec.name for spec in specs))
    return nw.to_native(result.select(*own, *names).sort(key))


def _sighted(
    specs: Sequence[WindowFeature], scan: Scan, collected: Callable[[str], Collected]
) -> tuple[list[WindowFeature], list[WindowFeature]]:
    """Part what can be computed from what rests on a table that may not be believed."""
    tables = {spec.table for spec in specs} | {spec.match.table for spec in specs if spec.match}
    there = {t for t in tables if collected(t) is Collected.FRESH and scan(t) is not None}
    seen = [s for s in specs if s.table in there and (not s.match or s.match.table in there)]
    return seen, [spec for spec in specs if spec not in seen]


def _unknown(spec: WindowFeature, catalogue: Catalogue) -> "nw.Expr":
    import narwhals as nw

    known: dict[str, Any] = {"Int32": nw.Int32, "Int64": nw.Int64, "Float64": nw.Float64}
    known |= {"Boolean": nw.Boolean, "String": nw.String}
    return nw.lit(None, known[str(polars_type(spec, catalogue))]).alias(spec.name)


@dataclass(slots=True, kw_only=True)
class Part:
    """One aggregated frame, and how its columns become features after the join to the cohort."""

    frame: "nw.LazyFrame[Any]"
    finals: list["nw.Expr"]


_SPECIAL = ("last", "first", "burst")


def _parts(rows: Rows, specs: Sequence[WindowFeature]) -> Iterable[Part]:
    plain = [spec for spec in specs if spec.agg not in _SPECIAL and not spec.dedupe]
    if plain:
        yield fused_part(rows, plain)
    for spec in specs:
        if spec not in plain:
            frame, finals = special_part(rows, spec)
            yield Part(frame=frame, finals=finals)


@dataclass(slots=True)
class _Plan:
    """What one fused pass computes: row columns, aggregates, and the finals after the join."""

    columns: dict[str, "nw.Expr"] = field(default_factory=dict)
    aggregates: dict[str, "nw.Expr"] = field(default_factory=dict)
    finals: list["nw.Expr"] = field(default_factory=list)


def fused_part(rows: Rows, specs: Sequence[WindowFeature]) -> Part:
    """Put all plain aggregates of one table into a single filter and group_by."""
    plan = _Plan()
    masks: dict[tuple[object, ...], str] = {}
    for spec in specs:
        meaning = _rows_meant(rows, spec)
        mask = masks.setdefault(meaning, f"{rows.prefix}_m{len(masks)}")
        if mask not in plan.columns:
            plan.columns[mask] = rows.holds(spec).fill_null(False)
        _plan_spec(plan, rows, spec, mask)
    frame = rows.frame.filter(rows.any_window(specs))
    frame = frame.with_columns(**plan.columns)
    late = _late_columns(rows, specs, masks)
    if late:
        frame = frame.with_columns(**late)
    aggregated = frame.group_by(rows.key).agg(**plan.aggregates)
    return Part(frame=aggregated, finals=plan.finals)


def _rows_meant(rows: Rows, spec: WindowFeature) -> tuple[object, ...]:
    """Tell which rows a spec looks at: specs that look at the same ones share a mask."""
    return (rows.at(spec), spec.window_days, spec.where, spec.match)


def _value_name(rows: Rows, spec: WindowFeature, mask: str) -> str:
    return f"{mask}_{rows.value_column(spec)}"


def _late_columns(
    rows: Rows, specs: Sequence[WindowFeature], masks: dict[tuple[object, ...], str]
) -> dict[str, "nw.Expr"]:
    """Columns that stand on a mask: the aggregated value where the mask holds."""
    import narwhals as nw

    late: dict[str, nw.Expr] = {}
    for spec in specs:
        mask = masks[_rows_meant(rows, spec)]
        if spec.agg in ("count", "exists"):
            continue
        name = _value_name(rows, spec, mask)
        value = nw.col(rows.value_column(spec))
        if spec.agg == "sum":
            value = value.cast(nw.Int64)
            name += "_i64"
        late[name] = nw.when(nw.col(mask)).then(value)
        if spec.agg == "nunique":
            late[name + "_null"] = late[name].is_null().cast(nw.Int8)
    return late


def _plan_spec(plan: _Plan, rows: Rows, spec: WindowFeature, mask: str) -> None:
    """Add one spec's aggregates and its final expression."""
    import narwhals as nw

    rows_name, value = f"{mask}_rows", _value_name(rows, spec, mask)
    count = nw.col(rows_name).fill_null(0)
    if spec.agg in ("count", "sum"):
        plan.aggregates[rows_name] = nw.col(mask).cast(nw.Int32).sum()
    match spec.agg:
        case "count":
            final = count.cast(nw.Int32)
        case "sum":
            name = value + "_i64"
            plan.aggregates[name + "_sum"] = nw.col(name).sum()
            plan.aggregates[name + "_known"] = nw.col(name).count()
            none_known = (count > 0) & (nw.col(name + "_known").fill_null(0) == 0)
            total = nw.col(name + "_sum").fill_null(0).cast(nw.Int64)
            final = nw.when(~none_known).then(total)
        case "nunique":
            plan.aggregates[value + "_kinds"] = nw.col(value).n_unique()
            plan.aggregates[value + "_nulls"] = nw.col(value + "_null").max()
            kinds = nw.col(value + "_kinds").cast(nw.Int32) - nw.col(value + "_nulls")
            final = kinds.fill_null(0).cast(nw.Int32)
        case "exists":
            name = f"{mask}_seen"
            plan.columns[name] = rows.seen(spec)
            plan.aggregates[name] = nw.col(name).max()
            seen = nw.col(name).fill_null(0)
            final = nw.when(seen != 1).then(seen == 2)
        case "min" | "days_until":
            plan.aggregates[value + "_min"] = nw.col(value).min()
            final = nw.col(value + "_min")
            if spec.agg == "days_until":
                final = (final - rows.today).cast(nw.Int32)
        case _:
            plan.aggregates[value + "_max"] = nw.col(value).max()
            final = nw.col(value + "_max")
            if spec.agg == "days_since":
                final = (rows.today - final).cast(nw.Int32)
    plan.finals.append(final.alias(spec.name))
