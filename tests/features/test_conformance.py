"""Hundreds of declarations over one town: every engine gives the values of the naive reading."""

from collections import Counter
from datetime import date, timedelta
from functools import cache
from typing import Any

import polars as pl
import pytest

from riskwarn.engine.engines import open_engine
from riskwarn.features.days import epoch_day
from riskwarn.features.kinds import polars_type
from riskwarn.features.peers import peer_features
from riskwarn.features.windows import window_features
from riskwarn.records.features import WindowFeature
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.terms import Collected
from tests.engines import EVERY_ENGINE, OTHER_ENGINES, small
from tests.features.cases import COLUMNS, DAY, ENTS, collected, naive_values, the_rows, the_specs
from tests.features.test_peers import SPECS as PEERS
from tests.features.test_peers import frame_of
from tests.graph.snapshots import table_frame

MOMENTS = (DAY, DAY - timedelta(days=7), DAY - timedelta(days=365))


@cache
def expected(on: date) -> dict[str, list[Any]]:
    return naive_values(the_rows(), the_specs(), on)


def computed(engine: str, cohort: pl.DataFrame, as_of: date | None) -> pl.DataFrame:
    """All cases on an engine, some tables at a time: plans that are very wide take long to make."""
    frames = {name: table_frame(name, rows, ENTS) for name, rows in the_rows().items()}
    catalogue, found = load_catalogue(), cohort
    with open_engine(small(engine)) as opened:
        lifted = {name: opened.lift(frame, name) for name, frame in frames.items()}
        lifted["sampling"] = None  # never delivered
        given = opened.lift(cohort, "cohort")
        for part in parts():
            run = window_features(lifted.get, collected, part, given, as_of)
            types: Any = {spec.name: polars_type(spec, catalogue) for spec in part}
            found = found.join(opened.lower(run).cast(types), on=cohort.columns, how="left")
    return found


def parts() -> list[list[WindowFeature]]:
    specs = the_specs()
    tables = dict.fromkeys(spec.table for spec in specs)
    each = {name: [spec for spec in specs if spec.table == name] for name in tables}
    penalties = each.pop("penalty")
    others = [spec for own in each.values() for spec in own]
    half, third = len(penalties) // 2, len(others) // 3
    return [
        penalties[:half], penalties[half:],
        others[:third], others[third : 2 * third], others[2 * third :],
    ]  # fmt: skip


def wrong(found: pl.DataFrame, on: date) -> list[Any]:
    want = expected(on)
    return [
        (spec, found[spec.name].to_list(), want[spec.name])
        for spec in the_specs()
        if found[spec.name].to_list() != want[spec.name]
    ]


def test_the_cases_are_many_and_tell_engines_apart():
    specs, want = the_specs(), expected(DAY)
    assert len(specs) >= 300
    aggregates = Counter(spec.agg for spec in specs)
    assert len(aggregates) == 12
    assert min(aggregates.values()) >= 5, aggregates
    operators = {one.op for spec in specs for one in spec.where}
    assert len(operators) == 10
    telling = sum(len(set(values)) > 1 for values in want.values())
    assert telling >= 0.8 * len(specs), telling
    assert sum(None in values for values in want.values()) >= 60
    assert any(abs(v) > 2**53 for own in want.values() for v in own if isinstance(v, int))
    assert set(COLUMNS) == {spec.table for spec in specs}


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_one_day_on_every_engine_is_the_naive_reading(engine):
    cohort = pl.DataFrame({"ent": pl.Series(range(len(ENTS)), dtype=pl.Int32)})
    found = computed(engine, cohort, DAY)
    assert found["ent"].to_list() == list(ENTS.values())
    assert wrong(found, DAY) == []


@pytest.mark.parametrize(
    "engine", EVERY_ENGINE[:2]
)  # Spark: by every inline test, each its own day
def test_many_days_on_every_engine_are_the_naive_reading_of_each(engine):
    pairs = [(ent, epoch_day(on)) for on in MOMENTS for ent in ENTS.values()]
    cohort = pl.DataFrame(pairs, schema={"ent": pl.Int32, "as_of": pl.Int32}, orient="row")
    found = computed(engine, cohort.with_row_index("row").cast({"row": pl.Int32}), None)
    for on in MOMENTS:
        assert wrong(found.filter(pl.col("as_of") == epoch_day(on)), on) == [], on


@pytest.mark.parametrize("engine", OTHER_ENGINES)
def test_nobody_and_nothing_are_fine_on_every_engine(engine):
    nobody = pl.DataFrame(schema={"ent": pl.Int32})
    empty = table_frame("penalty", [], ENTS)
    specs = [spec for spec in the_specs() if spec.table == "penalty" and not spec.match]
    with open_engine(small(engine)) as opened:
        lifted = opened.lift(empty, "penalty")
        fresh = lambda _: Collected.FRESH  # noqa: E731
        found = window_features(lambda _: lifted, fresh, specs, opened.lift(nobody, "cohort"), DAY)
        assert opened.lower(found).height == 0


@pytest.mark.parametrize("engine", OTHER_ENGINES)
def test_ranks_among_peers_are_the_same_on_every_engine(engine):
    places = ("330106", "330102", "3302", None)
    town = [
        {
            "status": "active" if i % 7 else None,
            "industry": ("H6210", "6220", "F52", None)[i % 4],
            "region": places[i % 3],
            "n": i * i % 11 if i % 5 else None,
            "x": float(i % 3),
        }
        for i in range(60)
    ]
    want = peer_features(frame_of(town).lazy(), PEERS).collect().sort("ent")
    with open_engine(small(engine)) as opened:
        got = opened.lower(peer_features(opened.lift(frame_of(town), "town"), PEERS)).sort("ent")
    assert got.cast(dict(want.schema)).equals(want)
    assert sum(want[spec.name].null_count() < len(town) for spec in PEERS) == len(PEERS)
