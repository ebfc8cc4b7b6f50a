"""The same declarations give the same values on another engine."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from riskwarn.features.windows import window_features
from riskwarn.terms import Collected
from tests.features.test_windows import DAY, ENTS, SPECS, everyone, rows_everyone
from tests.graph.snapshots import table_frame

duckdb = pytest.importorskip("duckdb", reason="the second engine, an extra: riskwarn[duckdb]")


def some_rows() -> dict[str, list[dict[str, Any]]]:
    penalties = [
        {
            "uscc": "E1" if day % 4 else "E4",
            "decided_on": date(2026, 6, day),
            "published_on": date(2026, 6, day) if day % 3 else None,
            "document_no": str(day % 3),
            "domain": "food" if day % 2 else None,
            "fine_fen": day * 10_000_000_019 if day % 5 else None,
            "cause_code": "ab"[day % 2],
        }
        for day in range(1, 28)
    ]
    case = {"uscc": "E3", "judged_on": date(2026, 1, 1), "role": "defendant", "result": "lost"}
    device = {"uscc": "E0", "registered_on": date(2020, 1, 1), "status": "in_use"}
    visit = {"uscc": "E2", "inspected_on": date(2026, 5, 1), "results": "none|violation"}
    listing = {"uscc": "E3", "listed_on": date(2026, 1, 1), "removed_on": date(2026, 7, 1)}
    return {
        "penalty": penalties,
        "inspection": [visit | {"problem": True, "selection_ppm": 5}],
        "abnormal_listing": [listing, listing | {"removed_on": None, "uscc": "E5"}],
        "lawsuit": [case, case | {"filed_on": DAY, "judged_on": None, "result": None}],
        "equipment": [device | {"next_due_on": date(2026, 6, 1)}, device | {"status": None}],
    }


@pytest.mark.parametrize("cohort", [everyone(), rows_everyone()], ids=["one day", "many days"])
def test_duckdb_and_polars_give_the_same_values(tmp_path: Path, cohort: pl.LazyFrame):
    for name, rows in some_rows().items():
        table_frame(name, rows, ENTS).write_parquet(tmp_path / f"{name}.parquet")
    cohort.collect().write_parquet(tmp_path / "cohort.parquet")
    connection = duckdb.connect()

    def duck(name: str) -> Any:
        return connection.read_parquet(str(tmp_path / f"{name}.parquet"))

    def polars(name: str) -> Any:
        return pl.scan_parquet(tmp_path / f"{name}.parquet")

    def fresh(_: str) -> Collected:
        return Collected.FRESH

    want = window_features(polars, fresh, SPECS, cohort, DAY).collect()
    got = window_features(duck, fresh, SPECS, duck("cohort"), DAY)
    assert got.columns == want.columns
    assert got.fetchall() == want.rows()
    assert sum(want[spec.name].null_count() < want.height for spec in SPECS) > 30
