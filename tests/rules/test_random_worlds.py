"""Ten thousand random rules on random enterprises and more: every engine says what the rows say.

One case is one random rule on one random enterprise: its outcome (hit, clear or unknown) by the
engine, from raw events on, against the row-by-row reading; the values of the features that the
rule looks at are compared as well, and those of all others too.
"""

import os
from collections import Counter

import narwhals as nw
import polars as pl
import pytest

from riskwarn.engine.engines import open_engine
from riskwarn.features.windows import window_features
from riskwarn.rules import compile as compile_
from riskwarn.rules.run import evaluate
from tests.engines import OTHER_ENGINES, small
from tests.features.cases import DAY, ENTS, collected
from tests.graph.snapshots import table_frame
from tests.rules.interpreter import judge
from tests.rules.random_worlds import RULES, World

WORLDS = int(os.environ.get("RISKWARN_WORLDS", "40"))  # make property runs 2,000
LEAST = 10_000


def found_by(engine, world):
    """Events in, features counted, rules judged: nothing leaves the engine in between."""
    frames = {name: table_frame(name, rows, ENTS) for name, rows in world.town.items()}
    with open_engine(small(engine)) as opened:
        lifted = {name: opened.lift(frame, name) for name, frame in frames.items()}
        lifted["sampling"] = None
        register = opened.lift(world.register(), "register")
        cohort = nw.to_native(nw.from_native(register).select("ent"))
        values = nw.from_native(window_features(lifted.get, collected, world.specs, cohort, DAY))
        table = nw.from_native(register).join(values, on="ent", how="left")
        keep = tuple(world.values)
        back = opened.lower(evaluate(world.rules, nw.to_native(table), DAY, keep))
    return back.cast({**world.types(), **{rule.id: pl.Boolean for rule in world.rules}}).sort("ent")


def compare(engine, numbers):
    """Give how many cases there were by outcome, and those that differ."""
    said, wrong = Counter(), []
    for number in numbers:
        world = World(number)
        found = found_by(engine, world)
        wrong += [
            (number, spec)
            for spec in world.specs
            if found[spec.name].to_list() != world.values[spec.name]
        ]
        for rule in world.rules:
            want = [judge(rule, row, DAY) for row in world.rows]
            said.update(want)
            if found[rule.id].to_list() != want:
                wrong.append((number, rule.id, rule.when))
    return said, wrong


def test_ten_thousand_random_rules_on_random_enterprises_agree():
    said, wrong = compare("polars", range(WORLDS))
    cases = said.total()
    assert cases == WORLDS * RULES * len(ENTS)
    assert cases >= LEAST or WORLDS < 11, f"only {cases} cases"
    assert not wrong, f"in {cases} cases {len(wrong)} columns differ, first: {wrong[:1]}"
    assert min(said[True], said[False], said[None]) >= cases // 10, f"{cases} cases: {said}"


def test_a_bent_comparison_is_noticed(monkeypatch):
    monkeypatch.setitem(compile_.COMPARE, "ge", lambda left, right: left > right)
    _, wrong = compare("polars", range(2))
    assert len(wrong) >= 5


@pytest.mark.parametrize("engine", OTHER_ENGINES)
def test_the_other_engines_agree_on_some_of_them(engine):
    worlds = {"duckdb": max(3, WORLDS // 20), "spark": max(1, WORLDS // 200)}[engine]
    said, wrong = compare(engine, range(1000, 1000 + worlds))
    assert not wrong, f"in {said.total()} cases {len(wrong)} columns differ, first: {wrong[:1]}"
    assert said.total() == worlds * RULES * len(ENTS)
