"""How many hits a different threshold would make: every value of one parameter in one pass."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from riskwarn.errors import Problem, UsageError, nearest
from riskwarn.records.rules import Pack, Param, ParamValue, Rule, Scalar, ValueType
from riskwarn.rules.compile import Compiler
from riskwarn.rules.params import in_force
from riskwarn.rules.values import EPOCH, PARAM_VALUE, ValueFaultError, read_value

STEPS = 21  # at most so many values are tried when none are named
NEAR = (-3, -2, -1, 1, 2, 3)  # steps of a tenth around the value in force, at least of one
SPREAD = 9  # values over the whole allowed range, each the same multiple of the one before
_SAID = ("%", "％", "元", "万", "亿", "天", "日")  # units that people write after a number


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Hits of one rule with one value of the parameter."""

    rule: str
    value: Scalar
    current: bool  # whether it is a value in force on the day
    hit: int
    unknown: int


def find_param(packs: Sequence[Pack], wanted: str) -> tuple[Pack, Param]:
    """Find a parameter by its name, or by pack and name: `cn.food/food_setup_days`.

    Raises: UsageError R011 for an unknown name, R012 when several packs have it, R013 for codes.
    """
    pack_id, _, name = wanted.rpartition("/")
    found = [
        (pack, pack.params[name])
        for pack in packs
        if name in pack.params and pack_id in ("", pack.id)
    ]
    if not found:
        hint = nearest(name, [one for pack in packs for one in pack.params])
        expected = "规则包 params 下的一个名称（riskwarn rule show 可见）"
        raise UsageError(Problem("R011", f"没有参数 {wanted}", None, expected, hint))
    if len(found) > 1:
        known = "、".join(f"{pack.id}/{name}" for pack, _ in found)
        raise UsageError(Problem("R012", f"几个规则包都有参数 {name}", expected=known))
    if found[0][1].type in ("code", "codes"):
        raise UsageError(Problem("R013", f"参数 {name} 是代码，没有大小可比", expected="数或日期"))
    return found[0]


def sweep_values(param: Param, written: Sequence[str], as_of: date) -> list[Scalar]:
    """Give the values to try, smallest first: those written, else some of the allowed range.

    Values may be written with their unit, as 95% or 5万元. Those tried unasked lie close to the
    value in force, and further apart the further away: hits fall off like that.

    The values in force are always among them.
    Raises: UsageError R014 for a value of the wrong type, R015 without values and range.
    """
    kind = PARAM_VALUE[param.type]
    current = {v.value for v in in_force(param, as_of) if not isinstance(v.value, tuple)}
    try:
        values = {_read(text, kind) for text in written}
    except ValueFaultError as fault:
        hint = fault.hint
        raise UsageError(
            Problem("R014", str(fault), expected=fault.expected, nearest=hint)
        ) from None
    if not values:
        if param.low is None or param.high is None:
            cure = "用 --values 写明要试的值，如 --values 3,5,8"
            raise UsageError(Problem("R015", f"参数 {param.name} 没有允许范围", expected=cure))
        values = _some(param, current)
    return sorted(values | current)


def _read(text: str, kind: ValueType) -> Scalar:
    try:
        return read_value(text, kind)
    except ValueFaultError as fault:
        if fault.hint and text.strip().endswith(_SAID):
            return read_value(fault.hint, kind)
        raise


def _some(param: Param, current: set[Scalar]) -> set[Scalar]:
    """Give values of the allowed range: all of a short one, else near the current and far."""
    low, high = param.low or 0.0, param.high or 0.0
    if param.type == "number":
        return {low + (high - low) * n / (STEPS - 1) for n in range(STEPS)}
    first, last = int(low), int(high)
    if last - first < STEPS:
        return set(range(first, last + 1))
    start = max(first, 1)
    spread = {_round(start * (last / start) ** (n / (SPREAD - 1))) for n in range(SPREAD)}
    spread |= {first, last}
    held = [int(value) for value in current if not isinstance(value, str)]
    near = {value + step * max(1, abs(value) // 10) for value in held for step in NEAR}
    return {value for value in spread | near if first <= value <= last}


def _round(value: float) -> int:
    """Keep two digits: people try 24,000, not 24,183."""
    scale: int = 10 ** max(0, len(str(int(value))) - 2)
    return round(value / scale) * scale


def sweep(
    rules: Sequence[Rule],
    param: Param,
    values: Sequence[Scalar],
    table: Any,
    as_of: date,
    region: str = "",
) -> list[Step]:
    """Count the hits of the rules for each value, reading the table once.

    Takes:  rules that use the parameter; table, a lazy frame with their inputs; region, a prefix:
            only there the value is changed ("" everywhere, in place of all regional values).
    Gives:  one step a rule and value, in the order of rules and values.
    """
    import narwhals as nw

    columns: list[Any] = []
    plan: list[tuple[Rule, Scalar]] = []
    for rule in rules:
        for value in values:
            changed = {**rule.params, param.name: with_value(param, value, region, as_of)}
            hit = Compiler(as_of, changed, rule.lists).condition(rule.when)
            if rule.on_unknown == "hit":
                hit = nw.when(hit.is_null()).then(nw.lit(True)).otherwise(hit)
            number = len(plan)
            plan.append((rule, value))
            columns.append(hit.cast(nw.Int64).sum().alias(f"h{number}"))
            columns.append(hit.is_null().cast(nw.Int64).sum().alias(f"u{number}"))
    counted = nw.from_native(table).select(*columns).collect().row(0)
    current = {v.value for v in in_force(param, as_of)}
    return [
        Step(
            rule=rule.id,
            value=value,
            current=value in current,
            hit=int(counted[2 * number] or 0),
            unknown=int(counted[2 * number + 1] or 0),
        )
        for number, (rule, value) in enumerate(plan)
    ]


def with_value(param: Param, value: Scalar, region: str, as_of: date) -> Param:
    """Give the parameter as if it had one value in a region; narrower regions give way too."""
    kept = tuple(v for v in param.values if not v.region.startswith(region))
    made = ParamValue(region=region, from_on=date.min, to_on=None, value=value)
    return replace(param, values=(*kept, made))


def show_value(param: Param, value: Scalar) -> str:
    """Give a value as it is written in a pack: dates as dates."""
    if PARAM_VALUE[param.type] == "date":
        return (EPOCH + timedelta(days=int(value))).isoformat()
    return f"{value}"
