"""Window features row by row in plain Python: slow, obvious, the oracle of the fused passes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from riskwarn.records.features import Condition, WindowFeature
from riskwarn.tables.catalogue import load_catalogue

Row = Mapping[str, Any]


def as_known(row: Row, table: str, as_of: date) -> dict[str, Any]:
    """The row as it looked on the day: values of a later date are not there yet."""
    columns = load_catalogue().table(table).columns
    shown = dict(row)
    for name, column in columns.items():
        by = column.visible_from
        if by is not None and row.get(by) is not None and row[by] > as_of:
            shown[name] = None
    return shown


def holds(row: Row, condition: Condition, table: str, as_of: date) -> bool | None:
    """One comparison, three-valued."""
    cell, value = row.get(condition.column), condition.value
    if condition.op == "is_null":
        return (cell is None) is bool(value)
    if cell is None:
        return None
    if isinstance(cell, date):
        value = _day(value, as_of)
    match condition.op:
        case "eq":
            return bool(cell == value)
        case "ne":
            return bool(cell != value)
        case "lt":
            return bool(cell < value)
        case "le":
            return bool(cell <= value)
        case "gt":
            return bool(cell > value)
        case "ge":
            return bool(cell >= value)
    assert isinstance(value, tuple)
    if condition.op == "contains":
        is_set = load_catalogue().table(table).columns[condition.column].type == "set"
        return any(v in (cell.split("|") if is_set else cell) for v in value)
    return (cell in value) is (condition.op == "in")


def _day(value: Any, as_of: date) -> Any:
    if isinstance(value, str) and value.startswith("$as_of"):
        return as_of + timedelta(days=int(value.removeprefix("$as_of") or 0))
    return date.fromisoformat(value) if isinstance(value, str) else value


def _both(row: Row, spec: WindowFeature, others: Sequence[Row], as_of: date) -> bool | None:
    answers = [all_hold(row, spec, as_of)]
    answers += [matches(row, spec, others, as_of)] if spec.match else []
    return False if False in answers else None if None in answers else True


def all_hold(row: Row, spec: WindowFeature, as_of: date) -> bool | None:
    answers = [holds(row, one, spec.table, as_of) for one in spec.where]
    if False in answers:
        return False
    return None if None in answers else True


def matches(row: Row, spec: WindowFeature, others: Sequence[Row], as_of: date) -> bool | None:
    """Whether a row of the same enterprise in the other table is like this one, three-valued."""
    assert spec.match is not None
    match = spec.match
    wanted = [row.get(mine) for mine, _ in match.on]
    if None in wanted:
        return None
    at = load_catalogue().table(match.table).happened_on
    assert at is not None
    answers = []
    for other in others:
        if other["known_on"] > as_of or (other.get(at) is not None and other[at] > as_of):
            continue
        seen = as_known(other, match.table, as_of)
        if [seen.get(theirs) for _, theirs in match.on] == wanted:
            held = [holds(seen, one, match.table, as_of) for one in match.where]
            answers.append(False if False in held else None if None in held else True)
    found = True if True in answers else None if None in answers else False
    return None if found is None else found is not match.absent


def trend_value(rows: Sequence[Row], spec: WindowFeature, as_of: date, others: Any = ()) -> Any:
    """This window over the mean of the windows before it, each counted by itself."""
    assert spec.window_days is not None
    plain = replace(spec, agg="sum" if spec.of else "count", periods=0)
    at = spec.at or load_catalogue().table(spec.table).happened_on
    assert at is not None
    seen = [as_known(row, spec.table, as_of) for row in rows if row["known_on"] <= as_of]
    parts = []
    if spec.dedupe:  # a double counts once, on its latest day
        seen = _latest([row for row in seen if _both(row, spec, others, as_of)], spec, at, as_of)
    for back in range(spec.periods + 1):
        end = as_of - timedelta(days=back * spec.window_days)
        start = end - timedelta(days=spec.window_days)
        inside = [row for row in seen if row[at] is not None and start < row[at] <= end]
        value = window_value(inside, replace(plain, window_days=None), as_of, others)
        if value is None and spec.of and back == 0:
            return None  # rows, and no amount known
        parts.append(value or 0)
    earlier = Fraction(sum(parts[1:]), spec.periods)
    if earlier <= 0 or parts[0] < 0:
        return None
    return min(int(Fraction(parts[0]) * 10_000 / earlier), 2**31 - 1)


def _latest(rows: Sequence[Row], spec: WindowFeature, at: str, as_of: date) -> list[Row]:
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        if row[at] is not None and row[at] <= as_of:
            key = tuple(row.get(name) for name in spec.dedupe)
            found[key] = max(found.get(key, row), row, key=lambda one: one[at])
    return list(found.values())


def window_value(
    rows: Sequence[Row], spec: WindowFeature, as_of: date, others: Sequence[Row] = ()
) -> Any:
    """One feature of one enterprise, from all its rows in the table (and those it may match)."""
    if spec.agg == "trend":
        return trend_value(rows, spec, as_of, others)
    at = spec.at or load_catalogue().table(spec.table).happened_on
    assert at is not None
    seen = [as_known(row, spec.table, as_of) for row in rows if row["known_on"] <= as_of]
    inside = []
    for row in seen:
        day = row[at]
        if spec.window_days is None:
            fits = day is None or day <= as_of
        else:
            fits = day is not None and as_of - timedelta(days=spec.window_days) < day <= as_of
        if fits:
            inside.append(row)
    held = [(row, _both(row, spec, others, as_of)) for row in inside]
    sure = [row for row, answer in held if answer is True]
    if spec.agg == "exists" and not spec.dedupe:
        if sure:
            return True
        return None if any(answer is None for _, answer in held) else False
    pairs = [(row[at], row.get(spec.of or at)) for row in sure]
    if spec.dedupe:
        pairs = _without_doubles(sure, spec, at)
    return _aggregate(pairs, spec, as_of)


def _without_doubles(rows: Sequence[Row], spec: WindowFeature, at: str) -> list[tuple[Any, Any]]:
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row.get(name) for name in spec.dedupe), []).append(row)
    return [
        (_greatest(r[at] for r in group), _greatest(r.get(spec.of or at) for r in group))
        for group in groups.values()
    ]


def _greatest(values: Any) -> Any:
    return max((v for v in values if v is not None), default=None)


def _aggregate(pairs: list[tuple[Any, Any]], spec: WindowFeature, as_of: date) -> Any:
    values = [value for _, value in pairs if value is not None]
    match spec.agg:
        case "count":
            return len(pairs)
        case "exists":
            return bool(pairs)
        case "sum":
            return sum(values) if values or not pairs else None
        case "nunique":
            return len(set(values))
        case "min":
            return min(values, default=None)
        case "max":
            return max(values, default=None)
        case "days_since":
            return (as_of - max(values)).days if values else None
        case "days_until":
            return (min(values) - as_of).days if values else None
        case "burst":
            days = sorted(day for day, _ in pairs if day is not None)
            spans = zip(days, days[spec.k - 1 :], strict=False)
            return any((b - a).days < spec.within_days for a, b in spans)
    known = [(day, value) for day, value in pairs if day is not None and value is not None]
    if not known:
        return None
    edge = max(day for day, _ in known) if spec.agg == "last" else min(day for day, _ in known)
    return max(value for day, value in known if day == edge)
