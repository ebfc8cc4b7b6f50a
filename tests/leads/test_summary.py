from datetime import date, timedelta

import polars as pl

from riskwarn.leads.marks import risk_marks
from riskwarn.leads.summary import class_outcomes, data_gaps, rule_lines, table_lines
from riskwarn.records.features import FeatureSet, GraphFeature, WindowFeature
from riskwarn.records.report import ClassOutcome
from riskwarn.records.snapshot import Snapshot, TableState
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.terms import Collected, RiskClass
from tests.builders import AS_OF, a_rule, a_uscc


def a_snapshot(folder, **tables):
    """A snapshot of (state, frame) a table."""
    states = {}
    for name, (state, frame) in tables.items():
        frame.write_parquet(folder / f"{name}.parquet")
        states[name] = TableState(
            table=name,
            collected=state,
            rows=frame.height,
            last_known_on=AS_OF,
            sha256="",
        )
    return Snapshot(folder=folder, as_of=AS_OF, enterprises=3, tables=states)


def listed(*rows):
    schema = {"ent": pl.Int32, "uscc": pl.String, "listed_on": pl.Date, "removed_on": pl.Date}
    given = [(ent, a_uscc(ent or 0), on, off) for ent, on, off in rows]
    return pl.DataFrame(given, schema=schema, orient="row")


def test_only_those_still_listed_are_marked_with_their_latest_listing(tmp_path):
    day = date(2025, 1, 1)
    frame = listed((0, day, None), (0, date(2025, 6, 1), None), (1, day, day), (None, day, None))
    snapshot = a_snapshot(tmp_path, serious_violation=(Collected.FRESH, frame))
    assert risk_marks(snapshot) == {0: "2025-06-01 列入严重违法失信名单"}


def test_a_stale_list_marks_nobody(tmp_path):
    frame = listed((0, date(2025, 1, 1), None))
    snapshot = a_snapshot(tmp_path, serious_violation=(Collected.STALE, frame))
    assert risk_marks(snapshot) == {}


def test_tables_that_rules_look_at_come_first_even_behind_the_graph(tmp_path):
    snapshot = a_snapshot(
        tmp_path, serious_violation=(Collected.FRESH, listed((None, AS_OF, None)))
    )
    features = FeatureSet(
        features={
            "bad": WindowFeature(name="bad", table="serious_violation", agg="count"),
            "reach": GraphFeature(name="reach", measure="reach", edges=("shareholding",), of="bad"),
        }
    )
    lines = table_lines(snapshot, load_catalogue(), [a_rule("r", feature="reach")], features)
    used = {line.table: line.used_by_rules for line in lines if line.used_by_rules}
    assert used == {"enterprise": 1, "serious_violation": 1, "shareholding": 1}
    assert {line.table for line in lines[:3]} == set(used)
    assert len(lines) == len(load_catalogue().tables)
    found = {line.table: line for line in lines}
    assert found["serious_violation"].orphans == 1
    assert found["shareholding"].collected is Collected.MISSING


def test_rules_are_listed_by_id_with_their_counts_and_gaps_where_they_ask():
    rules = [a_rule("b"), a_rule("a", on_unknown="data_gap", title="甲")]
    by_rule = {"a": (1, 2, 3), "b": (4, 5, 6)}
    lines = rule_lines(rules, by_rule)
    assert [(line.rule_id, line.hit, line.unknown) for line in lines] == [("a", 1, 3), ("b", 4, 6)]
    assert data_gaps(rules, by_rule) == (("甲", 3),)


def check(uscc, on, by, problem, results=None):
    return {
        "uscc": uscc,
        "inspected_on": on,
        "selected_by": by,
        "problem": problem,
        "results": results,
    }


def test_a_check_counts_under_the_class_given_before_it_never_after():
    day = date(2026, 3, 1)
    classes = pl.DataFrame(
        {
            "as_of": [day - timedelta(days=60), day, day],
            "uscc": ["x", "x", "y"],
            "risk_class": ["B", "D", "C"],
        }
    )
    inspections = pl.DataFrame(
        [
            check("x", day, "random", True),  # class B: D was given on the very day
            check("x", day + timedelta(days=1), "random", False),  # class D
            check("y", day + timedelta(days=1), "random", None, "none|corrected"),  # C, a problem
            check("y", day + timedelta(days=2), "risk", None, "none"),  # C, another arm
            check("y", day + timedelta(days=3), "random", None, None),  # outcome unknown
            check("y", day, "random", True),  # no class yet
            check("z", day, "random", True),  # never classified
            check("x", day - timedelta(days=400), "random", True),  # before `since`
        ],
        schema_overrides={"results": pl.String, "problem": pl.Boolean},
    )
    found = class_outcomes(inspections, classes, load_catalogue(), date(2026, 1, 1))
    expected = [("B", True, 1, 1), ("C", True, 1, 1), ("C", False, 1, 0), ("D", True, 1, 0)]
    assert [(o.risk_class, o.random, o.checked, o.problems) for o in found] == [
        (RiskClass(name), random, checked, problems) for name, random, checked, problems in expected
    ]
    assert isinstance(found[0], ClassOutcome)
