"""The benchmark's sides must say the same, or its ratios say nothing."""

import pytest

from bench.rules import RULES, by_hand_duckdb, by_hand_polars, fingerprint, make, riskwarn


def test_the_sides_of_the_benchmark_give_the_same_columns(tmp_path):
    make(tmp_path, 150, 120_000)  # dense: every rule hits somebody
    pytest.importorskip("duckdb")
    sides = {"riskwarn": riskwarn, "polars": by_hand_polars, "duckdb": by_hand_duckdb}
    prints = {}
    for name, run in sides.items():
        run(tmp_path, tmp_path / f"{name}.parquet")
        prints[name] = fingerprint(tmp_path / f"{name}.parquet")
    assert [name for name, *_ in prints["riskwarn"]] == sorted(RULES)
    assert all(hit > 0 for _, hit, _, _ in prints["riskwarn"])
    assert sum(unknown > 0 for _, _, unknown, _ in prints["riskwarn"]) >= 10
    assert prints["polars"] == prints["riskwarn"]
    assert prints["duckdb"] == prints["riskwarn"]
