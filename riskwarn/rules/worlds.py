"""The small worlds of inline tests as tables: the same features and rules run over them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from riskwarn.features.table import column_types, derive, enterprise_fields, hidden_fields
from riskwarn.features.windows import window_features
from riskwarn.records.features import FeatureSet
from riskwarn.records.rules import RuleTest, Scalar
from riskwarn.rules.values import days_of
from riskwarn.rules.words import column_type
from riskwarn.tables.catalogue import Table, load_catalogue
from riskwarn.terms import Collected

if TYPE_CHECKING:
    import polars as pl

Lift = Callable[["pl.DataFrame", str], Any]  # a frame and a name → a lazy frame of an engine
Lower = Callable[[Any], "pl.DataFrame"]


def world_table(
    tests: Sequence[RuleTest], features: FeatureSet, lift: Lift, lower: Lower
) -> "pl.DataFrame":
    """Build the feature table of many tests at once: one enterprise a test, each on its own day.

    A feature that rests on a table which a test misses is unknown to that test, as at night.

    Takes:  lift and lower, to and from an engine's frames: one run of it for all tests.
    Gives:  `ent` = the test's position, the enterprise fields, all features.
    """
    import polars as pl

    rows = list(range(len(tests)))
    days = [days_of(test.as_of) for test in tests]
    cohort = pl.DataFrame(
        {"row": rows, "ent": rows, "as_of": days},
        schema={"row": pl.Int32, "ent": pl.Int32, "as_of": pl.Int32},
    )
    frames = {name: _event_frame(name, tests) for name in _tables(features)}

    def scan(table: str) -> Any:
        return lift(frames[table], table)

    def collected(_: str) -> Collected:
        return Collected.FRESH

    kinds: dict[Any, Any] = {"row": pl.Int32, **column_types(features.windows)}
    windows = lower(
        window_features(scan, collected, features.windows, lift(cohort, "cohort"))
    ).cast(kinds)
    windows = windows.with_columns(_missed(tests, features))
    today = pl.col("as_of")
    fields = enterprise_fields()
    table = windows.sort("row").hstack(_enterprises(tests, fields)).lazy()
    table = derive(table.with_columns(hidden_fields(fields, today)), features, today)
    types = column_types(features.peers)  # an enterprise alone has no peers: given, or unknown
    table = table.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in types.items())
    made = table.select("ent", *fields, *features.features).collect()
    return _with_given(made, tests, features)


def _missed(tests: Sequence[RuleTest], features: FeatureSet) -> "list[pl.Expr]":
    """Null each feature over events for the tests that miss a table it rests on."""
    import polars as pl

    found = []
    for spec in features.windows:
        tables = {spec.table, spec.match.table} if spec.match else {spec.table}
        rows = [row for row, test in enumerate(tests) if tables & set(test.missing)]
        if rows:
            there = ~pl.col("row").is_in(rows)
            found.append(pl.when(there).then(pl.col(spec.name)).alias(spec.name))
    return found


def _tables(features: FeatureSet) -> list[str]:
    matched = {spec.match.table for spec in features.windows if spec.match}
    return sorted({spec.table for spec in features.windows} | matched)


def _enterprises(tests: Sequence[RuleTest], fields: Sequence[str]) -> "pl.DataFrame":
    import polars as pl

    table = load_catalogue().table("enterprise")
    return pl.DataFrame(
        [
            pl.Series(
                name,
                [test.enterprise.get(name) for test in tests],
                dtype=_dtype(table, name, dates=False),
            )
            for name in fields
        ]
    )


def _event_frame(name: str, tests: Sequence[RuleTest]) -> "pl.DataFrame":
    """Put the rows of one table of all tests together, as a snapshot holds them."""
    import polars as pl

    table = load_catalogue().table(name)
    rows: list[tuple[int, Mapping[str, Scalar | None], int]] = []
    for ent, test in enumerate(tests):
        rows += [(ent, row, _known_on(row, table, test.as_of)) for row in test.tables.get(name, ())]
    made = pl.DataFrame(
        [
            pl.Series(column, [row.get(column) for _, row, _ in rows], dtype=_dtype(table, column))
            for column in table.columns
        ]
    )
    return made.with_columns(
        pl.Series("ent", [ent for ent, _, _ in rows], dtype=pl.Int32),
        pl.Series("known_on", [known for _, _, known in rows], dtype=pl.Int32).cast(pl.Date),
    )


def _known_on(row: Mapping[str, Scalar | None], table: Table, as_of: date) -> int:
    """Give the day on which the row was known: as written, else as published, else in time."""
    given = row.get("known_on") or row.get(table.known_on or "")
    return int(given) if given is not None else days_of(as_of)


def _dtype(table: Table, column: str, dates: bool = True) -> Any:
    import polars as pl

    kind = column_type(table.columns[column])
    if kind == "date":
        return pl.Date if dates else pl.Int32
    known = {"fen": pl.Int64, "bp": pl.Int32, "int": pl.Int64, "number": pl.Float64}
    return known.get(kind, pl.Boolean if kind == "flag" else pl.String)


def _with_given(
    table: "pl.DataFrame", tests: Sequence[RuleTest], features: FeatureSet
) -> "pl.DataFrame":
    """Put the values that tests give to features in the place of the computed ones."""
    import polars as pl

    for name in sorted({name for test in tests for name in test.features}):
        if name not in features.features:
            continue
        seen = table[name].to_list()
        values = [test.features.get(name, old) for test, old in zip(tests, seen, strict=True)]
        table = table.with_columns(pl.Series(name, values, dtype=table.schema[name]))
    return table
