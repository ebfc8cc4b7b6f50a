"""The fused passes equal a row-by-row reference, at one date and at many, and never look ahead."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from riskwarn.features.days import epoch_day
from riskwarn.features.windows import window_features
from riskwarn.records.features import Condition, Match, WindowFeature
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.terms import Collected
from tests.features.reference import window_value
from tests.graph.snapshots import table_frame

ENTS = {f"E{number}": number for number in range(6)}
DAY = date(2026, 6, 30)
DATES = (DAY, DAY - timedelta(days=40), DAY - timedelta(days=400))
EDGES = [0, 1, -1, -29, -30, -31, -99, -100, -101, -364, -365, -366, 30, 31, -40, -41, -70, -60]
offsets = st.one_of(st.sampled_from(EDGES), st.integers(-450, 60))
near_days = offsets.map(lambda n: DAY + timedelta(days=n))
maybe = st.one_of(st.none(), near_days)
food = st.sampled_from(["food", "price", None])


def rows_of(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    row = st.fixed_dictionaries(
        {"uscc": st.sampled_from([*ENTS, "elsewhere"]), "known_on": near_days, **columns}
    )
    return st.lists(row, max_size=40)


TABLES = {
    "penalty": rows_of(
        document_no=st.sampled_from(["1", "2", "3", None]),
        decided_on=near_days,
        published_on=maybe,
        domain=food,
        cause_code=st.sampled_from(["a", "b", "c", None]),
        fine_fen=st.one_of(st.none(), st.integers(0, 10**12)),
    ),
    "inspection": rows_of(
        inspected_on=near_days,
        results=st.sampled_from(["none", "no_contact|violation", "corrected", "violation", None]),
        problem=st.sampled_from([True, False, None]),
        selection_ppm=st.one_of(st.none(), st.integers(0, 10**6)),
    ),
    "abnormal_listing": rows_of(listed_on=near_days, removed_on=maybe, reason_code=food),
    "lawsuit": rows_of(
        filed_on=maybe,
        judged_on=maybe,
        role=st.sampled_from(["defendant", "plaintiff"]),
        result=st.sampled_from(["lost", "won", None]),
    ),
    "equipment": rows_of(
        registered_on=maybe, next_due_on=maybe, status=st.sampled_from(["in_use", "scrapped", None])
    ),
}


def where(**tests: tuple[Any, Any]) -> tuple[Condition, ...]:
    return tuple(
        Condition(column=c, op=op, value=v) for c, pair in tests.items() for op, v in [pair]
    )


def _spec(name: str, table: str, agg: Any, **more: Any) -> WindowFeature:
    return WindowFeature(name=name, table=table, agg=agg, **more)


LOST = where(result=("eq", "lost"))
FOOD = where(domain=("eq", "food"))
IN_USE = where(status=("eq", "in_use"))
BAD_RESULTS = where(results=("contains", ("violation", "corrected")))
LISTED = Match(table="abnormal_listing", on=(("domain", "reason_code"),))
NOT_OPEN = replace(LISTED, where=where(removed_on=("is_null", True)), absent=True)
SPECS = (
    _spec("n", "penalty", "count"),
    _spec("n_30", "penalty", "count", window_days=30),
    _spec("n_food", "penalty", "count", window_days=365, where=where(domain=("eq", "food"))),
    _spec("n_not_food", "penalty", "count", where=where(domain=("ne", "food"))),
    _spec("n_in", "penalty", "count", where=where(domain=("in", ("food", "price")))),
    _spec("n_out", "penalty", "count", where=where(domain=("not_in", ("food", "ad")))),
    _spec("n_big", "penalty", "count", where=where(fine_fen=("ge", 10**6), domain=("eq", "food"))),
    _spec("fines", "penalty", "sum", of="fine_fen", window_days=100),
    _spec("fines_ever", "penalty", "sum", of="fine_fen", where=where(domain=("eq", "food"))),
    _spec("causes", "penalty", "nunique", of="cause_code", window_days=365),
    _spec("most", "penalty", "max", of="fine_fen"),
    _spec("least", "penalty", "min", of="fine_fen", window_days=365),
    _spec("last_day", "penalty", "max"),
    _spec("since", "penalty", "days_since", where=where(domain=("eq", "food"))),
    _spec("since_published", "penalty", "days_since", of="published_on"),
    _spec("last_cause", "penalty", "last", of="cause_code", window_days=365),
    _spec("first_fine", "penalty", "first", of="fine_fen"),
    _spec("burst", "penalty", "burst", k=3, within_days=30, window_days=365),
    _spec("burst_2", "penalty", "burst", k=2, within_days=1, dedupe=("document_no",)),
    _spec("documents", "penalty", "count", dedupe=("document_no",)),
    _spec("fines_once", "penalty", "sum", of="fine_fen", dedupe=("document_no", "cause_code")),
    _spec("causes_once", "penalty", "nunique", of="cause_code", dedupe=("document_no",)),
    _spec("any_food", "penalty", "exists", window_days=365, where=where(domain=("eq", "food"))),
    _spec("any", "penalty", "exists"),
    _spec("problems", "inspection", "count", where=where(problem=("eq", True))),
    _spec("ppm", "inspection", "sum", of="selection_ppm", window_days=365),
    _spec("lost_touch", "inspection", "count", where=where(results=("contains", ("no_contact",)))),
    _spec("bad", "inspection", "exists", where=BAD_RESULTS),
    _spec("open", "abnormal_listing", "exists", where=where(removed_on=("is_null", True))),
    _spec("closed", "abnormal_listing", "count", where=where(removed_on=("is_null", False))),
    _spec("cases", "lawsuit", "count"),
    _spec("cases_1y", "lawsuit", "count", window_days=365),
    _spec("lost", "lawsuit", "count", at="judged_on", window_days=365, where=LOST),
    _spec("lost_ever", "lawsuit", "exists", where=LOST + where(role=("eq", "defendant"))),
    _spec("overdue", "equipment", "count", where=IN_USE + where(next_due_on=("lt", "$as_of"))),
    _spec("soon", "equipment", "count", where=where(next_due_on=("le", "$as_of+30"))),
    _spec("old", "equipment", "count", where=where(registered_on=("lt", "2026-01-01"))),
    _spec("rise", "penalty", "trend", window_days=30, periods=3),
    _spec("rise_food", "penalty", "trend", window_days=60, periods=2, where=FOOD),
    _spec("rise_fines", "penalty", "trend", of="fine_fen", window_days=100, periods=2),
    _spec("rise_once", "penalty", "trend", window_days=40, periods=4, dedupe=("document_no",)),
    _spec("listed_too", "penalty", "count", match=LISTED),
    _spec("listed_fines", "penalty", "sum", of="fine_fen", window_days=365, match=LISTED),
    _spec("not_open", "penalty", "count", where=where(fine_fen=("ge", 5)), match=NOT_OPEN),
    _spec("any_not_open", "penalty", "exists", window_days=365, match=NOT_OPEN),
    _spec("rise_listed", "penalty", "trend", window_days=60, periods=2, match=LISTED),
    _spec("last_listed", "penalty", "last", of="cause_code", match=LISTED),
    _spec("due", "equipment", "days_until", of="next_due_on", where=where(status=("eq", "in_use"))),
)  # fmt: skip


def compute(
    tables: dict[str, list[dict[str, Any]]], cohort: pl.LazyFrame, as_of: date | None
) -> pl.DataFrame:
    frames = {name: table_frame(name, rows, ENTS).lazy() for name, rows in tables.items()}
    found = window_features(frames.get, lambda _: Collected.FRESH, SPECS, cohort, as_of).collect(
        engine="streaming"
    )
    assert isinstance(found, pl.DataFrame)
    return found


def others(tables: dict[str, list[dict[str, Any]]], spec: WindowFeature, code: str) -> list[Any]:
    """The enterprise's rows of the table that a spec matches with."""
    rows = tables[spec.match.table] if spec.match else []
    return [row for row in rows if row["uscc"] == code]


def everyone() -> pl.LazyFrame:
    return pl.LazyFrame({"ent": pl.Series(range(len(ENTS)), dtype=pl.Int32)})


def rows_everyone() -> pl.LazyFrame:
    pairs = [(ent, epoch_day(on)) for on in DATES for ent in ENTS.values()]
    schema = {"ent": pl.Int32, "as_of": pl.Int32}
    return pl.LazyFrame(pairs, schema=schema, orient="row").with_row_index("row")


quick = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@quick
@given(st.fixed_dictionaries(TABLES))
def test_fused_passes_equal_the_row_by_row_reference(tables: dict[str, list[dict[str, Any]]]):
    got = compute(tables, everyone(), DAY)
    assert got["ent"].to_list() == list(ENTS.values())
    for spec in SPECS:
        for code, ent in ENTS.items():
            own = [row for row in tables[spec.table] if row["uscc"] == code]
            want = window_value(own, spec, DAY, others(tables, spec, code))
            value = got[spec.name][ent]
            if isinstance(want, date):
                want = epoch_day(want)
            assert value == want, (spec.name, own)
            assert (value is None) == (want is None)


@quick
@given(st.fixed_dictionaries(TABLES))
def test_the_cohort_path_equals_the_constant_path_at_every_date(
    tables: dict[str, list[dict[str, Any]]],
):
    many = compute(tables, rows_everyone(), None)
    for number, on in enumerate(DATES):
        part = many.slice(number * len(ENTS), len(ENTS)).drop("row", "as_of")
        assert part.equals(compute(tables, everyone(), on))


@quick
@given(st.fixed_dictionaries(TABLES), st.fixed_dictionaries(TABLES))
def test_rows_known_only_later_change_nothing(
    tables: dict[str, list[dict[str, Any]]], later: dict[str, list[dict[str, Any]]]
):
    as_of = DATES[1]
    unknown = {
        name: [row | {"known_on": as_of + timedelta(days=1 + i % 5)} for i, row in enumerate(rows)]
        for name, rows in later.items()
    }
    both = {name: [*tables[name], *unknown[name]] for name in tables}
    assert compute(both, everyone(), as_of).equals(compute(tables, everyone(), as_of))
    cohort = rows_everyone().filter(pl.col("as_of") == epoch_day(as_of))
    assert compute(both, cohort, None).equals(compute(tables, cohort, None))


@quick
@given(st.fixed_dictionaries(TABLES), near_days)
def test_values_dated_later_change_nothing_before_their_date(
    tables: dict[str, list[dict[str, Any]]], changed: date
):
    as_of = DATES[1]
    later = max(changed, as_of + timedelta(days=1))
    moved = {
        name: [
            {
                column: later if column in ("removed_on", "judged_on") and value is not None
                and value > as_of else value
                for column, value in row.items()
            }
            for row in rows
        ]
        for name, rows in tables.items()
    }  # fmt: skip
    assert compute(moved, everyone(), as_of).equals(compute(tables, everyone(), as_of))


@pytest.mark.parametrize("state", [Collected.MISSING, Collected.STALE])
def test_a_missing_or_stale_table_is_unknown_not_zero(state: Collected):
    frame = table_frame("penalty", [{"uscc": "E1", "decided_on": DAY}], ENTS).lazy()
    specs = [spec for spec in SPECS if spec.table == "penalty" and not spec.match]
    found: Any = window_features(
        lambda _: None if state is Collected.MISSING else frame,
        lambda _: state, specs, everyone(), DAY,
    )  # fmt: skip
    table = found.collect()
    fresh: Any = window_features(lambda _: frame, lambda _: Collected.FRESH, specs, everyone(), DAY)
    for spec in specs:
        assert table[spec.name].null_count() == len(ENTS)
        assert table.schema[spec.name] == fresh.collect_schema()[spec.name], spec.name
    assert fresh.collect()["n"].to_list() == [0, 1, 0, 0, 0, 0]


def test_an_empty_cohort_and_no_features_are_fine():
    frame = table_frame("penalty", [], ENTS).lazy()
    nobody = everyone().filter(pl.col("ent") < 0)
    specs = [spec for spec in SPECS if spec.table == "penalty" and not spec.match]
    scan, fresh = (lambda _: frame), (lambda _: Collected.FRESH)
    assert window_features(scan, fresh, specs, nobody, DAY).collect().height == 0
    assert window_features(scan, fresh, [], everyone(), DAY).collect().columns == ["ent"]


def test_a_cohort_without_a_day_is_an_error():
    with pytest.raises(ValueError, match="as_of"):
        window_features(lambda _: None, lambda _: Collected.FRESH, [], everyone())


def test_every_aggregate_of_the_catalogue_is_tried_here():
    assert {spec.agg for spec in SPECS} == {
        "count", "sum", "nunique", "min", "max", "last", "first", "days_since", "days_until",
        "burst", "exists", "trend",
    }  # fmt: skip
    assert {spec.table for spec in SPECS} <= set(load_catalogue().tables)


@pytest.mark.parametrize("state", [Collected.MISSING, Collected.STALE])
def test_what_is_matched_with_a_table_nobody_delivered_is_unknown(state: Collected):
    rows = table_frame("penalty", [{"uscc": "E1", "decided_on": DAY, "domain": "food"}], ENTS)
    listed = table_frame("abnormal_listing", [], ENTS).lazy()
    frames = {"penalty": rows.lazy(), "abnormal_listing": listed}
    specs = [_spec("n", "penalty", "count"), _spec("m", "penalty", "count", match=LISTED)]
    states = {"penalty": Collected.FRESH, "abnormal_listing": state}
    found: Any = window_features(frames.get, states.__getitem__, specs, everyone(), DAY)
    assert found.collect()["n"].to_list() == [0, 1, 0, 0, 0, 0]
    assert found.collect()["m"].null_count() == len(ENTS)


@pytest.mark.parametrize(
    ("ago", "per_period", "rise"),
    [
        ([1, 2, 3, 31, 61, 91], 3, 30_000),  # three against one a month
        ([1, 31, 32, 61, 91], 3, 7_500),  # 1 / (4/3)
        ([31], 3, 0),  # nothing now, something before
        ([1, 2], 3, None),  # nothing before: no trend to compare with
        ([0, 29, 30, 119, 120], 3, 30_000),  # 120 days ago is outside; 2 against 2/3
    ],
)
def test_a_trend_is_this_window_over_the_mean_of_the_earlier_ones(
    ago: list[int], per_period: int, rise: int | None
):
    rows = [
        {"uscc": "E2", "decided_on": DAY - timedelta(days=n), "document_no": str(n)} for n in ago
    ]
    frame = table_frame("penalty", rows, ENTS).lazy()
    spec = _spec("t", "penalty", "trend", window_days=30, periods=per_period)
    found: Any = window_features(
        lambda _: frame, lambda _: Collected.FRESH, [spec], everyone(), DAY
    )
    assert found.collect()["t"].to_list() == [None, None, rise, None, None, None]


@pytest.mark.parametrize(("gap", "burst"), [(0, True), (29, True), (30, False)])
def test_a_burst_counts_days_as_a_window_does(gap: int, burst: bool):
    days = [DAY - timedelta(days=gap), DAY]
    rows = [{"uscc": "E1", "decided_on": day, "document_no": str(day)} for day in days]
    spec = _spec("b", "penalty", "burst", k=2, within_days=30)
    frame = table_frame("penalty", rows, ENTS).lazy()
    found: Any = window_features(
        lambda _: frame, lambda _: Collected.FRESH, [spec], everyone(), DAY
    )
    assert found.collect()["b"].to_list() == [False, burst, False, False, False, False]


@pytest.mark.parametrize(("days_ago", "counted"), [(0, 1), (29, 1), (30, 0), (-1, 0)])
def test_a_window_is_open_on_the_left_and_closed_on_the_right(days_ago: int, counted: int):
    row = {"uscc": "E0", "decided_on": DAY - timedelta(days=days_ago)}
    frame = table_frame("penalty", [row], ENTS).lazy()
    spec = _spec("n", "penalty", "count", window_days=30)
    found: Any = window_features(
        lambda _: frame, lambda _: Collected.FRESH, [spec], everyone(), DAY
    )
    assert found.collect()["n"][0] == counted
