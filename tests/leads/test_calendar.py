from datetime import date, timedelta

from tests.builders import a_calendar

# Days off and worked weekends around 2026-10-01, from the State Council's notice for 2026.
NATIONAL_DAY = [date(2026, 10, day) for day in range(1, 8)]
WORKED = [date(2026, 9, 20), date(2026, 10, 10)]


def test_national_day_and_its_worked_weekends_are_counted_as_published():
    calendar = a_calendar()
    assert not any(calendar.is_working(day) for day in NATIONAL_DAY)
    assert all(calendar.is_working(day) for day in WORKED)


def test_five_working_days_after_28_september_2026_end_on_a_worked_saturday():
    # by hand: 29, 30 September, then 8, 9 and Saturday 10 October
    assert a_calendar().add_working_days(date(2026, 9, 28), 5) == (date(2026, 10, 10), False)


def test_the_start_does_not_count_and_no_days_is_the_start_itself():
    calendar = a_calendar()
    assert calendar.add_working_days(date(2026, 6, 30), 0)[0] == date(2026, 6, 30)
    assert calendar.add_working_days(date(2026, 6, 30), 1)[0] == date(2026, 7, 1)


def test_counting_agrees_with_counting_one_by_one_over_two_years():
    calendar = a_calendar()
    for offset in range(0, 500, 7):
        start = date(2025, 1, 1) + timedelta(days=offset)
        end, _ = calendar.add_working_days(start, 15)
        between = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
        assert sum(calendar.is_working(day) for day in between) == 15
        assert calendar.is_working(end)


def test_a_year_without_published_worked_weekends_makes_the_deadline_provisional():
    end, provisional = a_calendar().add_working_days(date(2026, 12, 28), 10)
    assert end.year == 2027
    assert provisional


def test_the_workspace_calendar_overrides_the_library_and_makes_a_year_known():
    saturday, friday = date(2027, 1, 9), date(2027, 1, 8)
    calendar = a_calendar({saturday: True, friday: False})
    assert calendar.is_working(saturday)
    assert not calendar.is_working(friday)
    assert not calendar.add_working_days(date(2027, 1, 4), 5)[1]


def test_a_single_day_off_in_the_workspace_calendar_does_not_make_a_year_known():
    calendar = a_calendar({date(2027, 1, 4): False})
    assert calendar.add_working_days(date(2027, 1, 1), 5)[1]
