"""Random rules over random enterprises with random events: the worlds of the property test.

A world is one town of events, some random feature declarations over them, random register fields,
and random rules over both; everything follows from the world's number. What each feature and rule
says is worked out twice: row by row in plain Python, and by the engines.
"""

import random
from datetime import date, timedelta
from typing import Any

import polars as pl

from riskwarn.features.kinds import polars_type, value_kind
from riskwarn.records.features import WindowFeature
from riskwarn.records.rules import (
    AllOf,
    AnyOf,
    AsOf,
    Compare,
    InList,
    Input,
    ListEntry,
    Not,
    Param,
    ParamRef,
    ParamValue,
    Rule,
    RuleList,
)
from riskwarn.rules.conditions import ALLOWED_OPS
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.terms import Severity
from tests.features.cases import DAY, ENTS, naive_values, some_specs, the_rows

FIELDS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "status": ("code", ("active", "revoked", "act", None)),
    "region": ("region", ("33", "3301", "330106", "3302", "330203", "11", "110101", None)),
    "industry": ("industry", ("H62", "62", "6210", "H6210", "C1411", "1411", "J66", "F5221", None)),
    "words": ("text", ("预付卡", "退卡", "", "卡", "a.b", "[x]", "a|b", "ａ|ｂ", None)),
    "members": ("set", ("a", "a|b", "b|aa", "", None)),
    "uscc": ("text", ("X1", "X2", "X3", None)),
    "employees": ("int", (0, 1, -1, 3, 2**31 - 1, None)),
    "capital_fen": ("fen", (0, -1, 2**53 + 1, 10**17, None)),
    "mean": ("number", (0.5, -0.5, 0.0, 1e300, None)),
}
PREFIXES = {"industry": ("H", "C", "H62", "62", "C14", "1411"), "region": ("33", "3301", "11")}
PARAM_TYPES = {"fen": "fen", "bp": "bp", "number": "number", "date": "date", "int": "int"}
SPECS, RULES, DEPTH = 14, 40, 3


class World:
    """One world, and what the row-by-row reading says of it."""

    def __init__(self, number: int) -> None:
        dice = random.Random(number)
        self.town = the_rows(seed=number, size=130)
        self.specs = some_specs(dice, SPECS)
        self.values = naive_values(self.town, self.specs, DAY)
        self.fields = {
            name: [dice.choice(pool) for _ in ENTS] for name, (_, pool) in FIELDS.items()
        }
        columns = {**self.fields, **self.values}
        self.rows = [{name: column[at] for name, column in columns.items()} for at in ENTS.values()]
        self.inputs = {
            name: Input(name=name, source="field", type=kind) for name, (kind, _) in FIELDS.items()
        }
        self.inputs |= {spec.name: _feature_input(spec) for spec in self.specs}
        self.rules = [self._rule(dice, n) for n in range(RULES)]

    def register(self) -> pl.DataFrame:
        types: dict[str, Any] = {"employees": pl.Int64, "capital_fen": pl.Int64, "mean": pl.Float64}
        columns = [
            pl.Series(name, values, dtype=types.get(name, pl.String))
            for name, values in self.fields.items()
        ]
        return pl.DataFrame([pl.Series("ent", list(ENTS.values()), dtype=pl.Int32), *columns])

    def types(self) -> dict[str, Any]:
        catalogue = load_catalogue()
        return {spec.name: polars_type(spec, catalogue) for spec in self.specs}

    def _rule(self, dice: random.Random, number: int) -> Rule:
        params: dict[str, Param] = {}
        when = self._node(dice, params, DEPTH)
        return Rule(
            id=f"w.r{number}",
            version=1,
            status="stable",
            role="scenario",
            title="",
            item="0" * 14,
            basis=(),
            effective_from=date(2020, 1, 1),
            effective_to=None,
            severity=Severity.LOW,
            when=when,
            on_unknown=dice.choice(["data_gap", "data_gap", "hit", "ignore"]),
            message="",
            pack="random",
            inputs=self.inputs,
            params=params,
            lists={"black": _list(dice)},
        )

    def _node(self, dice: random.Random, params: dict[str, Param], depth: int) -> Any:
        kind = dice.choice(["leaf", "all", "any", "not"]) if depth else "leaf"
        if depth == DEPTH and kind == "leaf" and dice.randrange(3):
            kind = "any"
        if kind == "leaf":
            return self._leaf(dice, params)
        if kind == "not":
            return Not(child=self._node(dice, params, depth - 1))
        size = dice.randrange(1, 4)
        children = tuple(self._node(dice, params, depth - 1) for _ in range(size))
        return AllOf(children=children) if kind == "all" else AnyOf(children=children)

    def _leaf(self, dice: random.Random, params: dict[str, Param]) -> Any:
        if not dice.randrange(20):
            return InList(input=self.inputs["uscc"], list="black")
        given = self.inputs[dice.choice(list(self.inputs))]
        op = dice.choice(ALLOWED_OPS[given.type])
        if op == "is_null":
            return Compare(input=given, op=op, value=dice.random() < 0.5)
        pool = self._pool(given)
        if op == "contains":
            texts = ("a", "b", "aa", "卡", ".", "[x]", "|") if given.type == "text" else ("a", "b")
            return Compare(input=given, op=op, value=dice.choice(texts))
        if op in ("in", "not_in", "starts_with"):
            pool = PREFIXES.get(given.name, pool) if op == "starts_with" else pool
            values: Any = tuple(dict.fromkeys(dice.choices(pool, k=dice.randrange(1, 4))))
            kind = "codes" if given.type in ("code", "region", "text") else ""
        else:
            values = dice.choice(pool)
            kind = PARAM_TYPES.get(given.type, "")
            if given.type == "date" and dice.random() < 0.3:
                return Compare(input=given, op=op, value=AsOf())
        if kind and dice.random() < 0.4:
            name = f"p{len(params)}"
            params[name] = _param(dice, name, kind, values, pool)
            return Compare(input=given, op=op, value=ParamRef(name))
        return Compare(input=given, op=op, value=values)

    def _pool(self, given: Input) -> list[Any]:
        """Values near what is there, so that comparisons stand at their edges."""
        seen = [row[given.name] for row in self.rows if row[given.name] is not None]
        fallback: dict[str, list[Any]] = {"flag": [True, False], "number": [0.5]}
        if not seen:
            numbers = given.type in ("int", "fen", "bp", "date")
            return fallback.get(given.type, [0, 1] if numbers else ["food"])
        if given.type in ("int", "fen", "bp", "date"):
            return [value + near for value in sorted(set(seen)) for near in (-1, 0, 0, 1)]
        return sorted(set(seen))


def _feature_input(spec: WindowFeature) -> Input:
    kind: Any = value_kind(spec, load_catalogue())
    return Input(name=spec.name, source="feature", type=kind)


def _param(dice: random.Random, name: str, kind: Any, first: Any, pool: list[Any]) -> Param:
    values = [first]
    for _ in range(dice.randrange(3)):
        other = dice.choice(pool)
        values.append((other,) if kind == "codes" else other)
    made = {}
    for value in values:
        region = dice.choice(["", "", "33", "3301", "330106", "11"])
        from_on = DAY + timedelta(days=dice.choice([-400, -30, -1, 0, 1]))
        to_on = dice.choice([None, None, DAY, DAY - timedelta(days=1)])
        if to_on is None or to_on >= from_on:
            made[region, from_on] = ParamValue(
                region=region, from_on=from_on, to_on=to_on, value=value
            )
    return Param(name=name, type=kind, title="", values=tuple(made.values()))


def _list(dice: random.Random) -> RuleList:
    entries = tuple(
        ListEntry(
            value=dice.choice(["X1", "X2", "X3"]),
            from_on=DAY + timedelta(days=dice.choice([-1, 0, 1])),
            to_on=dice.choice([None, DAY, DAY - timedelta(days=1)]),
        )
        for _ in range(dice.randrange(4))
    )
    return RuleList(
        name="black",
        title="",
        source="",
        key="uscc",
        updated_on=DAY - timedelta(days=dice.choice([0, 9, 10])),
        max_age_days=9,
        entries=entries,
    )
