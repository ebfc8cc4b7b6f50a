"""`where` conditions: read with types from the catalogue, compiled to three-valued expressions."""

import operator
import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, get_args

from riskwarn.errors import ConfigError, Problem, nearest
from riskwarn.features.kinds import Kind, column_kind
from riskwarn.records.features import Condition, Operator, Value
from riskwarn.tables.catalogue import Column, Table, load_catalogue
from riskwarn.yamlfile import Node

if TYPE_CHECKING:
    import narwhals as nw

OPERATORS: tuple[str, ...] = get_args(Operator)
_AS_OF = re.compile(r"\$as_of(?:\s*([+-])\s*(\d+)d?)?")
_EPOCH = date(1970, 1, 1)
_WANTED: dict[Kind, str] = {"flag": "true 或 false", "number": "数", "date": "日期或 $as_of"}
_COMPARE = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
_ORDERED = ("lt", "le", "gt", "ge")


def as_of_offset(value: object) -> int | None:
    """Give the days after as_of that `$as_of`, `$as_of+30` or `$as_of-30` means, else None."""
    found = _AS_OF.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        return None
    return int(found[2] or 0) * (-1 if found[1] == "-" else 1)


def read_conditions(node: Node, table: Table) -> tuple[Condition, ...]:
    """Read `{domain: food, fine_fen: {ge: 100}, role: [a, b], removed_on: {is_null: true}}`.

    Raises: ConfigError F13x with every fault of the mapping.
    """
    if not isinstance(node.value, dict):
        raise ConfigError(Problem("F130", "where 应为映射", node.place, "{列: 值}"))
    found: list[Condition] = []
    problems: list[Problem] = []
    for name, child in node.value.items():
        column = table.columns.get(name)
        if column is None:
            hint = nearest(name, table.columns)
            text = f"表 {table.name} 没有列 {name}"
            problems.append(Problem("F107", text, node.at(name), nearest=hint))
            continue
        try:
            found += _read_column(column, child)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(*problems)
    return tuple(found)


def _read_column(column: Column, node: Node) -> Iterator[Condition]:
    if isinstance(node.value, dict):
        for word, child in node.value.items():
            if word not in OPERATORS:
                hint = nearest(word, OPERATORS)
                text = f"没有比较 {word}"
                expected = "、".join(OPERATORS)
                raise ConfigError(Problem("F131", text, node.at(word), expected, hint))
            yield _condition(column, word, child)
    elif isinstance(node.value, list):
        yield _condition(column, "contains" if column.type == "set" else "in", node)
    else:
        yield _condition(column, "contains" if column.type == "set" else "eq", node)


def _condition(column: Column, word: str, node: Node) -> Condition:
    op: Any = word
    kind: Kind = "flag" if word == "is_null" else column_kind(column)
    if word in _ORDERED and kind in ("text", "flag"):
        text = f"{column.name} 不是数或日期，不能比大小"
        raise ConfigError(Problem("F132", text, node.place))
    if word == "contains" and kind != "text":
        raise ConfigError(Problem("F132", f"{column.name} 不是文字或集合", node.place))
    if isinstance(node.value, list):
        if word not in ("in", "not_in", "contains") or not node.value:
            raise ConfigError(Problem("F133", f"{word} 只能与一个值比较", node.place))
        values = tuple(_typed(column, kind, child) for child in node.value)
        return Condition(column=column.name, op=op, value=values)
    value = _typed(column, kind, node)
    several = word in ("in", "not_in", "contains")
    return Condition(column=column.name, op=op, value=(value,) if several else value)


def _typed(column: Column, kind: Kind, node: Node) -> Value:
    raw = node.value
    if not isinstance(raw, str):
        raise ConfigError(Problem("F134", f"{column.name} 的值应为单个值", node.place))
    try:
        if kind == "flag":
            return {"true": True, "false": False}[raw]
        if kind in ("int", "fen", "bp"):
            return int(raw)
        if kind == "number":
            return float(raw)
        if kind == "date" and as_of_offset(raw) is None:
            date.fromisoformat(raw)
    except (ValueError, KeyError):
        say = _WANTED.get(kind, "整数")
        raise _bad_value(column, raw, node, say) from None
    if column.codes is not None and kind == "text":
        codes = load_catalogue().codes[column.codes].values
        if raw not in codes:
            raise _bad_value(column, raw, node, "、".join(codes), nearest(raw, codes))
    return raw


def _bad_value(column: Column, raw: str, node: Node, expected: str, hint: str = "") -> ConfigError:
    text = f"{column.name} 的值 {raw!r} 不对"
    return ConfigError(Problem("F134", text, node.place, expected, hint))


def compile_condition(
    condition: Condition, column: Column, cell: "nw.Expr", as_of: "nw.Expr"
) -> "nw.Expr":
    """Compile one condition to true / false / null.

    Takes:  cell, the column's expression (dates as epoch days); as_of, epoch days.
    Gives:  a Boolean expression; null where the cell is null, except for `is_null`.
    """
    value = condition.value
    if condition.op == "is_null":
        return cell.is_null() if value is True else ~cell.is_null()
    kind = column_kind(column)
    if condition.op in ("in", "not_in", "contains"):
        values = value if isinstance(value, tuple) else (value,)
        return _membership(condition.op, values, column, cell, as_of)
    other = _literal(value, kind, as_of)
    compare = _COMPARE[condition.op]
    found: nw.Expr = compare(cell, other)
    return found


def _membership(
    op: str, values: tuple[Value, ...], column: Column, cell: "nw.Expr", as_of: "nw.Expr"
) -> "nw.Expr":
    """Any of the values; spelled as a chain of `|`, whose nulls every engine treats alike."""
    import narwhals as nw

    kind = column_kind(column)
    if op == "contains":
        if column.type == "set":
            cell = nw.concat_str([nw.lit("|"), cell, nw.lit("|")])
            values = tuple(f"|{value}|" for value in values)
        elif all(str(value).isalnum() for value in values):  # one search for all of them
            return cell.str.contains("|".join(str(value) for value in values))
        tests = [cell.str.contains(str(value), literal=True) for value in values]
    else:
        tests = [cell == _literal(value, kind, as_of) for value in values]
    found = tests[0]
    for test in tests[1:]:
        found = found | test
    return ~found if op == "not_in" else found


def _literal(value: Value | tuple[Value, ...], kind: Kind, as_of: "nw.Expr") -> Any:
    if kind == "date":
        offset = as_of_offset(value)
        if offset is not None:
            return as_of + offset if offset else as_of
        return (date.fromisoformat(str(value)) - _EPOCH).days
    return value
