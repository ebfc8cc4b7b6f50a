"""Inline tests as written → typed examples; their names and values are checked like a rule's."""

from collections.abc import Mapping

from riskwarn.errors import Place, nearest
from riskwarn.records.rules import Input, RuleTest, Scalar, ValueType
from riskwarn.rules.conditions import Scope
from riskwarn.rules.schema import RuleFile, TestFile
from riskwarn.rules.values import PARAM_VALUE, ValueFaultError, read_value
from riskwarn.rules.words import column_type, known
from riskwarn.tables.catalogue import Table
from riskwarn.yamlfile import Node


def read_tests(
    file: RuleFile, node: Node, scope: Scope, inputs: Mapping[str, Input]
) -> tuple[RuleTest, ...]:
    """Type every example of a rule; faults are collected in the scope."""
    tests = []
    for number, test in enumerate(file.tests):
        tests.append(_read_test(test, node.find(("tests", number)), scope, inputs))
    names = [test.name for test in tests]
    for number, name in enumerate(names):
        if name in names[:number]:
            scope.fault("E127", f"两个测试同名 {name}", tests[number].place, "每个测试名称不同")
    return tuple(tests)


def _read_test(test: TestFile, node: Node, scope: Scope, inputs: Mapping[str, Input]) -> RuleTest:
    catalogue = scope.words.catalogue
    enterprise = _row(test.enterprise, node.find(("enterprise",)), scope.words.enterprise, scope)
    tables: dict[str, tuple[Mapping[str, Scalar | None], ...]] = {}
    for name, rows in (test.model_extra or {}).items():
        if name not in catalogue.tables:
            hint = nearest(name, [*catalogue.tables, *TestFile.model_fields])
            scope.fault(
                "E128", f"测试中的 {name} 不是输入表", node.at(name), known(catalogue.tables), hint
            )
            continue
        at = node.find((name,))
        if not isinstance(at.value, list):
            scope.fault("E128", f"{name} 应为行的列表", at.place, "[{列: 值}]")
            continue
        table = catalogue.tables[name]
        tables[name] = tuple(
            _row(row, at.find((number,)), table, scope) for number, row in enumerate(rows)
        )
    for number, name in enumerate(test.missing):
        if name not in catalogue.tables:
            place = node.find(("missing", number)).place
            hint = nearest(name, catalogue.tables)
            scope.fault(
                "E128", f"missing 中的 {name} 不是输入表", place, known(catalogue.tables), hint
            )
    expect = test.expect
    values_at = node.find(("expect", "values"))
    return RuleTest(
        name=test.name,
        as_of=test.as_of,
        enterprise=enterprise,
        tables=tables,
        features=_values(test.features, node.find(("features",)), scope, inputs),
        missing=tuple(test.missing),
        lists=_lists(test, node, scope),
        expect=expect.result,
        values=_values(expect.values, values_at, scope, inputs, with_params=True),
        boundary=test.boundary == "true",
        place=node.at("name"),
    )


def _row(
    row: Mapping[str, str | None], node: Node, table: Table, scope: Scope
) -> dict[str, Scalar | None]:
    """Type one row of an input table."""
    if not isinstance(row, dict):
        scope.fault("E128", f"{table.name} 的行应为 {{列: 值}}", node.place)
        return {}
    typed: dict[str, Scalar | None] = {}
    for name, text in row.items():
        if name == "known_on" and table.name != "enterprise":  # when we knew, in any table
            typed[name] = _value(text, "date", None, node.find((name,)).place, scope)
            continue
        column = table.columns.get(name)
        if column is None:
            hint = next((c.name for c in table.columns.values() if name in c.headers), "")
            hint = hint or nearest(name, table.columns)
            text_ = f"表 {table.name} 没有列 {name}"
            scope.fault("E129", text_, node.at(name), known(table.columns, 20), hint)
            continue
        codes = column.codes if column.type == "code" else None
        typed[name] = _value(text, column_type(column), codes, node.find((name,)).place, scope)
    return typed


def _value(
    text: str | None, kind: ValueType, codes: str | None, place: Place, scope: Scope
) -> Scalar | None:
    if text is None:
        return None
    if not isinstance(text, str):
        scope.fault("E111", "此处应为一个值", place)
        return None
    try:
        return read_value(text, kind, scope.words.catalogue.codes.get(codes or ""))
    except ValueFaultError as fault:
        scope.fault("E111", str(fault), place, fault.expected, fault.hint)
        return None


def _values(
    given: Mapping[str, str | None],
    node: Node,
    scope: Scope,
    inputs: Mapping[str, Input],
    with_params: bool = False,
) -> dict[str, Scalar | None]:
    """Type the values a test gives to features, or expects of inputs and parameters."""
    typed: dict[str, Scalar | None] = {}
    for name, text in given.items():
        place = node.find((name,)).place
        if name in inputs and (with_params or inputs[name].source == "feature"):
            typed[name] = _value(text, inputs[name].type, inputs[name].codes, place, scope)
        elif with_params and name in scope.params:
            typed[name] = _value(text, PARAM_VALUE[scope.params[name].type], None, place, scope)
        elif name not in scope.doubtful:
            allowed = [n for n, i in inputs.items() if with_params or i.source == "feature"]
            hint = nearest(name, allowed)
            scope.fault("E129", f"规则没有用到 {name}", node.at(name), known(allowed), hint)
    return typed


def _lists(test: TestFile, node: Node, scope: Scope) -> dict[str, tuple[str, ...]]:
    for name in test.lists:
        if name not in scope.lists:
            place = node.find(("lists",)).at(name)
            hint = nearest(name, scope.lists)
            scope.fault("E104", f"没有名单 {name}", place, known(scope.lists), hint)
    return {name: tuple(members) for name, members in test.lists.items()}
