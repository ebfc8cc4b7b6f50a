from datetime import date

import polars as pl
import pytest

from riskwarn.errors import NothingToDoError
from riskwarn.features.days import epoch_day
from riskwarn.model.config import Event
from riskwarn.model.labels import foretell, visits
from riskwarn.records.features import Condition
from tests.model.made import settings_of

PROBLEM = Event(table="inspection", where=(Condition(column="problem", op="eq", value=True),))
PENALTY = Event(table="penalty", where=())


def d(text: str) -> int:
    return epoch_day(date.fromisoformat(text))


def inspections(*rows) -> pl.LazyFrame:
    """Rows of (ent, day, problem, selected_by, ppm)."""
    return pl.LazyFrame(
        {
            "inspection_no": [f"n{number}" for number in range(len(rows))],
            "ent": [row[0] for row in rows],
            "inspected_on": [date.fromisoformat(row[1]) for row in rows],
            "published_on": [None] * len(rows),
            "problem": [row[2] for row in rows],
            "selected_by": [row[3] for row in rows],
            "selection_ppm": [row[4] for row in rows],
            "officers": ["a|b"] * len(rows),
        },
        schema_overrides={
            "ent": pl.Int32,
            "published_on": pl.Date,
            "problem": pl.Boolean,
            "selection_ppm": pl.Int64,
        },
    )


def penalties(*rows) -> pl.LazyFrame:
    frame = {"ent": [r[0] for r in rows], "decided_on": [date.fromisoformat(r[1]) for r in rows]}
    dates = {"ent": pl.Int32, "decided_on": pl.Date}
    return pl.LazyFrame(frame, schema_overrides=dates).with_columns(
        published_on=pl.lit(None, pl.Date)
    )


def scanner(**tables):
    return lambda name: tables.get(name)


def cohort(*ents, day="2025-01-01"):
    number = (date.fromisoformat(day) - date(1970, 1, 1)).days
    rows = {"row": range(len(ents)), "ent": ents, "as_of": [number] * len(ents)}
    return pl.DataFrame(rows, schema=dict.fromkeys(rows, pl.Int32))


def labels(found) -> dict[int, int]:
    return dict(zip(found["row"].to_list(), found["label"].to_list(), strict=True))


def test_the_window_opens_on_the_next_day_and_closes_on_its_last():
    settings = settings_of(label={"title": "t", "events": [{"table": "x"}], "window_days": 30})
    table = inspections(
        (0, "2025-01-01", True, "random", None),  # on the day itself: known already, not foretold
        (1, "2025-01-02", True, "random", None),
        (2, "2025-01-31", True, "random", None),
        (3, "2025-02-01", True, "random", None),
        (4, "2025-01-10", False, "random", None),
    )
    found = foretell(cohort(0, 1, 2, 3, 4), scanner(inspection=table), [PROBLEM], settings)
    assert labels(found) == {1: 1, 2: 1, 4: 0}


def test_who_was_not_inspected_is_left_out_or_read_as_clean_as_the_settings_say():
    table = inspections((0, "2025-01-05", False, "risk", None))
    scan = scanner(inspection=table, penalty=penalties((1, "2025-01-20")))
    found = foretell(cohort(0, 1, 2), scan, [PROBLEM, PENALTY], settings_of())
    assert labels(found) == {0: 0}
    everyone = settings_of(
        label={"title": "t", "events": [{"table": "x"}], "window_days": 30, "rows": "all"}
    )
    found = foretell(cohort(0, 1, 2), scan, [PROBLEM, PENALTY], everyone)
    assert labels(found) == {0: 0, 1: 1, 2: 0}


def test_an_outcome_that_is_not_known_decides_nothing_unless_another_does():
    table = inspections(
        (0, "2025-01-05", None, "random", None),
        (1, "2025-01-05", None, "random", None),
        (1, "2025-01-09", True, "random", None),
    )
    found = foretell(cohort(0, 1), scanner(inspection=table), [PROBLEM], settings_of())
    assert labels(found) == {1: 1}


def test_drawn_rows_weigh_one_over_their_chance_up_to_the_limit():
    table = inspections(
        (0, "2025-01-05", False, "random", 250_000),
        (1, "2025-01-05", True, "random", 1_000),
        (2, "2025-01-05", True, "risk", 1_000),
        (3, "2025-01-05", True, "random", None),
    )
    settings = settings_of(max_weight=20)
    found = foretell(cohort(0, 1, 2, 3), scanner(inspection=table), [PROBLEM], settings)
    assert found["inverse_chance"].to_list() == [4.0, 20.0, 1.0, 1.0]
    assert found["random"].to_list() == [True, True, False, True]


def test_a_visit_is_a_row_as_of_the_day_before_with_its_own_outcome():
    table = inspections(
        (1, "2025-03-05", True, "random", None),
        (0, "2025-03-05", False, "other", None),
        (0, "2025-01-05", None, "other", None),
        (None, "2025-01-05", True, "other", None),
    )
    found = visits(scanner(inspection=table), PROBLEM, settings_of())
    assert found["ent"].to_list() == [0, 1]
    assert found["as_of"].to_list() == [d("2025-03-04")] * 2
    assert found["visit_day"].to_list() == [d("2025-03-05")] * 2
    assert found["label"].to_list() == [0, 1]


def test_without_any_label_the_person_is_told_that_rules_go_on_alone():
    with pytest.raises(NothingToDoError, match=r"M114.*只按规则运行"):
        visits(scanner(), PROBLEM, settings_of())
    with pytest.raises(NothingToDoError, match="M114"):
        foretell(cohort(0), scanner(), [PROBLEM], settings_of())
