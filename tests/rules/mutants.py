"""Small wrongs done to a rule, one at a time: its own examples should notice each."""

from collections.abc import Iterator
from dataclasses import replace

from riskwarn.records.rules import AllOf, AnyOf, Compare, Condition, Not, Param, ParamRef, Rule

NEIGHBOUR = {"ge": "gt", "gt": "ge", "le": "lt", "lt": "le", "eq": "ne", "ne": "eq"}
NEIGHBOUR |= {"in": "not_in", "not_in": "in"}


def mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Give every mutant with what was done to it; ids are numbered."""
    number = 0
    for what, when in _conditions(rule.when):
        yield what, replace(rule, when=when, id=f"{rule.id}#{number}")
        number += 1
    for name, param in rule.params.items():
        for what, moved in _moved(param):
            params = {**rule.params, name: moved}
            yield what, replace(rule, params=params, id=f"{rule.id}#{number}")
            number += 1


def _conditions(node: Condition) -> Iterator[tuple[str, Condition]]:
    if isinstance(node, AllOf | AnyOf):
        other = AnyOf if isinstance(node, AllOf) else AllOf
        if len(node.children) > 1:
            yield f"{type(node).__name__} swapped", other(children=node.children)
            for gone in range(len(node.children)):
                left = tuple(c for n, c in enumerate(node.children) if n != gone)
                yield f"{_say(node.children[gone])} dropped", replace(node, children=left)
        for at, child in enumerate(node.children):
            for what, made in _conditions(child):
                put = tuple(made if n == at else c for n, c in enumerate(node.children))
                yield what, replace(node, children=put)
    elif isinstance(node, Not):
        yield "not dropped", node.child
        for what, made in _conditions(node.child):
            yield what, Not(child=made)
    elif isinstance(node, Compare):
        yield from _compares(node)
    else:
        yield "list negated", Not(child=node)


def _compares(node: Compare) -> Iterator[tuple[str, Condition]]:
    if node.op in NEIGHBOUR:
        yield f"{_say(node)} → {NEIGHBOUR[node.op]}", replace(node, op=NEIGHBOUR[node.op])
    else:
        yield f"{_say(node)} negated", Not(child=node)
    if node.op in ("ge", "gt", "le", "lt", "eq") and type(node.value) in (int, float):
        yield f"{_say(node)} +1", replace(node, value=node.value + 1)
    if isinstance(node.value, tuple) and len(node.value) > 1:
        for gone in range(len(node.value)):
            left = tuple(v for n, v in enumerate(node.value) if n != gone)
            yield f"{_say(node)} without {node.value[gone]}", replace(node, value=left)


def _moved(param: Param) -> Iterator[tuple[str, Param]]:
    if param.type in ("code", "codes"):
        return
    for step in (1, -1):
        values = tuple(replace(v, value=v.value + step) for v in param.values)
        yield f"${param.name} {step:+d}", replace(param, values=values)


def _say(node: Condition) -> str:
    if isinstance(node, Compare):
        value = f"${node.value.name}" if isinstance(node.value, ParamRef) else node.value
        return f"{node.input.name} {node.op} {value}"
    return type(node).__name__
