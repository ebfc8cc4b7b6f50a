"""Typed conditions → narwhals expressions: the same source on every engine.

Only operations that give the same answer on Polars, DuckDB and PySpark are used: dates are epoch
days, money integer fen, unknown is null, and `&`, `|`, `~` are Kleene.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from riskwarn.records.rules import (
    AllOf,
    AnyOf,
    AsOf,
    Compare,
    CompareValue,
    Condition,
    InList,
    Input,
    Not,
    Param,
    ParamRef,
    RuleList,
    Scalar,
    ValueType,
)
from riskwarn.rules.params import in_force
from riskwarn.rules.values import PARAM_VALUE, days_of, industry_prefixes

if TYPE_CHECKING:
    import narwhals as nw

COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
}


class Compiler:
    """Builds the expressions of one run: knows the day, the parameters and the lists."""

    def __init__(
        self, as_of: date, params: Mapping[str, Param], lists: Mapping[str, RuleList]
    ) -> None:
        self.as_of = as_of
        self.params = params
        self.lists = lists

    def condition(self, node: Condition) -> "nw.Expr":
        """Give a nullable boolean expression: true hit, false clear, null unknown."""
        if isinstance(node, AllOf | AnyOf):
            result = self.condition(node.children[0])
            for child in node.children[1:]:
                other = self.condition(child)
                result = result & other if isinstance(node, AllOf) else result | other
            return result
        if isinstance(node, Not):
            return ~self.condition(node.child)
        if isinstance(node, InList):
            return self._in_list(node)
        return self._compare(node)

    def _in_list(self, node: InList) -> "nw.Expr":
        listed = self.lists[node.list]
        if not listed.fresh(self.as_of):
            return unknown()
        return _one_of(node.input, listed.members(self.as_of))

    def _compare(self, node: Compare) -> "nw.Expr":
        import narwhals as nw

        column = nw.col(node.input.name)
        if node.op == "is_null":
            return column.is_null() if node.value else ~column.is_null()
        if node.op in COMPARE:
            compared: nw.Expr = COMPARE[node.op](column, self._side(node.value, node.input.type))
            return compared
        if node.op == "contains":
            return _contains(node.input, str(node.value))
        if isinstance(node.value, ParamRef):
            return self._by_region(
                self.params[node.value.name], lambda v: _membership(node, _many(v)), None
            )
        return _membership(node, _many(node.value))

    def _side(self, value: CompareValue, kind: ValueType) -> "nw.Expr | Scalar":
        if isinstance(value, AsOf):
            return days_of(self.as_of)
        if isinstance(value, ParamRef):
            return self.param(self.params[value.name])
        if isinstance(value, tuple):
            raise TypeError(f"a comparison of {kind} takes one value")
        return value

    def param(self, param: Param) -> "nw.Expr":
        """Give a parameter as a column: longest region prefix, newest value begun by the day."""
        import narwhals as nw

        if param.type == "codes":
            raise TypeError("a list of codes is no column")
        return self._by_region(param, lambda v: nw.lit(v, _dtype(param)), _dtype(param))

    def _by_region(self, param: Param, make: "Callable[[Any], nw.Expr]", dtype: Any) -> "nw.Expr":
        """Choose by region: null where no value covers it, or where the region is unknown."""
        import narwhals as nw

        values = in_force(param, self.as_of)
        region = nw.col("region")
        result = unknown() if dtype is None else nw.lit(None, dtype)
        if values and not values[-1].region:
            result = make(values[-1].value)
            if len(values) > 1:
                nothing = unknown() if dtype is None else nw.lit(None, dtype)
                result = nw.when(region.is_null()).then(nothing).otherwise(result)
        for value in reversed([v for v in values if v.region]):
            here = region.str.starts_with(value.region)
            result = nw.when(here).then(make(value.value)).otherwise(result)
        return result


def unknown() -> "nw.Expr":
    """Give null, typed boolean."""
    import narwhals as nw

    return nw.lit(None, nw.Boolean)


def _many(value: CompareValue) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _dtype(param: Param) -> Any:
    import narwhals as nw

    return {"int": nw.Int64, "fen": nw.Int64, "bp": nw.Int64, "date": nw.Int64}.get(
        PARAM_VALUE[param.type], nw.Float64 if param.type == "number" else nw.String
    )


def _membership(node: Compare, values: tuple[Any, ...]) -> "nw.Expr":
    if node.op == "starts_with":
        return _prefixed(node.input, values)
    listed = _one_of(node.input, values)
    return ~listed if node.op == "not_in" else listed


def _one_of(given: Input, values: tuple[Any, ...]) -> "nw.Expr":
    """Whether a column is one of some values; null stays null, also for an empty list."""
    import narwhals as nw

    if given.type == "industry":
        forms = {form for v in values for form in (industry_prefixes(v) if len(v) > 1 else (v,))}
        values = tuple(sorted(forms))
    column = nw.col(given.name)
    found = column.is_in(list(values)) if values else nw.lit(False)
    return nw.when(column.is_null()).then(unknown()).otherwise(found)


def _prefixed(given: Input, values: tuple[Any, ...]) -> "nw.Expr":
    import narwhals as nw

    prefixes = sorted({str(value) for value in values})
    if given.type == "industry":
        prefixes = sorted({form for value in prefixes for form in industry_prefixes(value)})
    column = nw.col(given.name)
    result = column.str.starts_with(prefixes[0])
    for prefix in prefixes[1:]:
        result = result | column.str.starts_with(prefix)
    return result


def _contains(given: Input, text: str) -> "nw.Expr":
    import narwhals as nw

    column = nw.col(given.name)
    if given.type == "set":
        bar = nw.lit("|")
        column = nw.concat_str([bar, column, bar])
        text = f"|{text}|"
    return column.str.contains(text, literal=True)
