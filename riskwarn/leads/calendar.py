"""Working days: the published holidays with 调休, and the workspace's own calendar over them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

_FULL_YEAR_ROWS = 365
_SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCalendar:
    """Which days are worked; `known_years` are those whose list has been published."""

    days_off: frozenset[date]
    extra_workdays: frozenset[date]
    known_years: frozenset[int]
    overrides: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        if day in self.overrides:
            return self.overrides[day]
        if day in self.extra_workdays:
            return True
        return day.weekday() < _SATURDAY and day not in self.days_off

    def add_working_days(self, start: date, days: int) -> tuple[date, bool]:
        """Give the `days`-th working day after `start` (start not counted), and whether it is
        provisional because a year on the way has no published list.
        """
        day, left = start, days
        while left > 0:
            day += timedelta(days=1)
            left -= self.is_working(day)
        years = range(start.year, day.year + 1)
        return day, any(year not in self.known_years for year in years)


def work_calendar(
    years: Iterable[int],
    overrides: Mapping[date, bool] | None = None,
    country: Literal["CN", "US"] = "CN",
) -> WorkCalendar:
    """Build the calendar of some years.

    Takes:   overrides: rows of the calendar table known by the day, date → worked or not.
    Gives:   a calendar. A Chinese year counts as known only when the list names at least one
             worked weekend day (调休): before the State Council's notice the library guesses the
             days off and has none. A year that the overrides cover, or in which they name a worked
             weekend day, is known too.
    Source:  `holidays`; equal to chinesecalendar on every day of 2015–2026.
    """
    import holidays

    wanted = sorted(set(years))
    given = dict(overrides or {})
    book = holidays.country_holidays(country, years=wanted)
    extra = frozenset(getattr(book, "weekend_workdays", ()) if country == "CN" else ())
    known = set(wanted) if country != "CN" else {day.year for day in extra}
    for year in wanted:
        rows = [day for day in given if day.year == year]
        worked_weekend = any(given[day] and day.weekday() >= _SATURDAY for day in rows)
        if worked_weekend or len(rows) >= _FULL_YEAR_ROWS:
            known.add(year)
    return WorkCalendar(
        days_off=frozenset(book.keys()),
        extra_workdays=extra,
        known_years=frozenset(known),
        overrides=given,
    )
