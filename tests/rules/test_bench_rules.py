"""The benchmark's sides must say the same, or its ratios say nothing."""

import sys

import pytest

from bench import rules_data, rules_polars, rules_sql
from bench.rules import chosen_rules, fingerprint, riskwarn, shipped
from bench.rules_data import SHARES, make
from bench.rules_sql import HITS, TWELVE
from riskwarn.engine.engines import engine_lack


def test_ranges_make_no_difference(tmp_path, monkeypatch):
    monkeypatch.setattr(rules_data, "RANGE", 2500)
    rules_data.make(tmp_path, 6000, 200_000, shipped())
    assert rules_data.ranges(tmp_path) == 3
    riskwarn(tmp_path, tmp_path / "ours.parquet")
    rules_polars.polars_side(tmp_path, tmp_path / "hand.parquet")
    assert fingerprint(tmp_path / "ours.parquet") == fingerprint(tmp_path / "hand.parquet")


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    make(folder, 6000, 1_000_000, shipped())  # many events for a few
    riskwarn(folder, folder / "out_riskwarn.parquet")
    return folder


def test_nearly_every_rule_by_hand_hits_somebody_and_is_unknown_for_others(town):
    ours = fingerprint(town / "out_riskwarn.parquet")
    assert [name for name, *_ in ours] == sorted(HITS)
    assert len([name for name, hit, _, _ in ours if hit == 0]) <= 2
    assert sum(unknown > 0 for _, _, unknown, _ in ours) >= 30


def test_polars_by_hand_gives_the_same_columns(town):
    rules_polars.polars_side(town, town / "out_polars.parquet")
    assert fingerprint(town / "out_polars.parquet") == fingerprint(town / "out_riskwarn.parquet")


def test_sql_by_hand_gives_the_same_columns(town):
    pytest.importorskip("duckdb")
    rules_sql.duckdb_side(town, town / "out_duckdb.parquet")
    assert fingerprint(town / "out_duckdb.parquet") == fingerprint(town / "out_riskwarn.parquet")


def test_pandas_by_hand_gives_the_same_columns(town, monkeypatch):
    pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    from bench import rules_pandas

    monkeypatch.setattr(sys, "argv", ["rules_pandas", str(town)])
    rules_pandas.main()
    assert fingerprint(town / "out_pandas.parquet") == fingerprint(town / "out_riskwarn.parquet")


@pytest.mark.spark
def test_the_same_sql_in_spark_gives_the_same_columns(town):
    if engine_lack("spark"):
        pytest.skip(engine_lack("spark"))
    rules_sql.spark_side(town, town / "out_spark.parquet", stop=False)
    assert fingerprint(town / "out_spark.parquet") == fingerprint(town / "out_riskwarn.parquet")


def test_the_sides_alone_are_twelve_sixty_and_all_that_need_no_graph():
    packs = shipped()
    assert {r.id for r in chosen_rules(packs, "riskwarn_12")} == set(TWELVE)
    assert len(chosen_rules(packs, "riskwarn_60")) == 60
    assert len(chosen_rules(packs, "riskwarn_all")) > 100
    assert sum(SHARES.values()) == 1000
