"""What the report gathers beside the leads."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl

from riskwarn.night.bundle import OUTCOME_DAYS, _outcomes
from riskwarn.records.snapshot import Snapshot, TableState
from riskwarn.terms import Collected, RiskClass
from tests.builders import AS_OF, a_uscc

SINCE = AS_OF - timedelta(days=OUTCOME_DAYS)


class Classes:
    """A store of two nights' classes, which tells what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[date, date]] = []

    def classes_between(self, since: date, on: date, codes: pl.Series) -> pl.DataFrame:
        self.asked.append((since, on))
        assert set(codes) == {a_uscc(0), a_uscc(1), a_uscc(2), a_uscc(4)}
        days = [AS_OF - timedelta(days=100), AS_OF - timedelta(days=10)]
        rows = [(day, a_uscc(n), "AD"[n % 2]) for day in days for n in range(4) if day <= on]
        return pl.DataFrame(rows, schema=["as_of", "uscc", "risk_class"], orient="row")


def a_view(folder: Path) -> Snapshot:
    codes = {"ent": range(5), "uscc": [a_uscc(n) for n in range(5)]}
    checks = [
        (0, AS_OF - timedelta(days=50), True),
        (1, AS_OF - timedelta(days=50), False),
        (1, AS_OF - timedelta(days=5), True),
        (2, AS_OF - timedelta(days=200), True),  # before it had a class
        (4, AS_OF - timedelta(days=5), True),  # never had one
        (None, AS_OF - timedelta(days=5), True),  # not in the register
        (0, SINCE - timedelta(days=1), True),  # too long ago
    ]
    schema = {"ent": pl.Int32, "inspected_on": pl.Date, "problem": pl.Boolean}
    frame = pl.DataFrame(checks, schema=schema, orient="row").with_columns(
        selected_by=pl.lit("risk"), results=pl.lit("")
    )
    pl.DataFrame(codes).write_parquet(folder / "enterprise.parquet")
    frame.write_parquet(folder / "inspection.parquet")
    state = TableState(
        table="inspection", collected=Collected.FRESH, rows=7, last_known_on=AS_OF, sha256=""
    )
    return Snapshot(folder=folder, as_of=AS_OF, enterprises=5, tables={"inspection": state})


def test_problems_are_counted_by_the_class_before_the_check_and_never_by_the_nights_own(
    tmp_path: Path,
) -> None:
    store = Classes()
    found = _outcomes(store, a_view(tmp_path), SINCE, AS_OF)  # type: ignore[arg-type]
    counted = {one.risk_class: (one.checked, one.problems) for one in found}
    assert counted == {RiskClass.A: (1, 1), RiskClass.D: (2, 1)}
    assert [on for _, on in store.asked] == [AS_OF - timedelta(days=1)]
