"""Dates as registers write them, with the precision they have."""

from datetime import date, timedelta

import polars as pl
import pytest

from riskwarn.sources.dates import convert_dates


def read(*texts):
    found = convert_dates(pl.Series(list(texts), dtype=pl.String))
    codes = {}
    for item in found.findings:
        for place, hit in enumerate(item.rows.to_list()):
            if hit:
                codes[place] = item.code
    precision = found.precision.to_list() if found.precision is not None else None
    return found.values.to_list(), precision, codes


@pytest.mark.parametrize(
    "text",
    [
        "2015-09-01",
        "2015-9-1",
        "2015/09/01",
        "2015/9/1",
        "2015.9.1",
        "20150901",
        "2015年9月1日",
        "2015年09月01日",
        "２０１５－０９－０１",
        "2015-09-01 00:00:00",
        "2015-09-01T12:30:05",
        "2015-09-01 00:00:00.000000",
        "2015/9/1 8:05",
        "20150901120000",
    ],
)
def test_a_whole_date_is_read_in_every_form(text):
    assert read(text) == ([date(2015, 9, 1)], None, {})


@pytest.mark.parametrize("text", ["2013-11", "2013年11月", "201311", "2013/11", "2013.11"])
def test_a_month_is_known_only_at_its_end(text):
    assert read(text) == ([date(2013, 11, 30)], ["month"], {0: "N302"})


def test_a_february_ends_by_the_calendar():
    assert read("2016-02", "2015年2月")[0] == [date(2016, 2, 29), date(2015, 2, 28)]


@pytest.mark.parametrize("text", ["2013", "2013年"])
def test_a_year_is_known_only_at_its_end(text):
    assert read(text) == ([date(2013, 12, 31)], ["year"], {0: "N303"})


@pytest.mark.parametrize("text", ["9999-9-9", "9999-12-31", "99991231", "9999", "2999-12-31"])
def test_the_year_9999_is_an_open_end(text):
    values, precision, codes = read(text)
    assert values == [date(9999, 12, 31)]
    assert codes == {}
    assert precision in (None, [None])


@pytest.mark.parametrize(
    "text", ["2024-02-30", "2023-02-29", "2024-13-01", "20240431", "2024-00-10"]
)
def test_a_day_that_no_calendar_has_is_refused(text):
    assert read(text) == ([None], None, {0: "I205"})


@pytest.mark.parametrize(
    "text", ["昨天", "01/02/2024", "45321", "1024-01-01", "2024-01-", "-5", "20"]
)
def test_what_is_no_date_is_refused(text):
    assert read(text) == ([None], None, {0: "I206"})


def test_words_for_nothing_are_unknown_and_noted():
    assert read("不详", None, "0000-00-00") == ([None, None, None], None, {0: "N310", 2: "N310"})


def test_each_row_has_its_own_precision():
    values, precision, codes = read("2015-01-02", "2015-03", None, "2015")
    assert values == [date(2015, 1, 2), date(2015, 3, 31), None, date(2015, 12, 31)]
    assert precision == [None, "month", None, "year"]
    assert codes == {1: "N302", 3: "N303"}


def test_every_day_of_two_centuries_is_read_as_python_reads_it():
    days = [date(1900, 1, 1) + timedelta(days=n) for n in range(0, 109_000, 7)]
    assert read(*(day.isoformat() for day in days))[0] == days
    assert read(*(f"{day:%Y%m%d}" for day in days))[0] == days
    assert read(*(f"{day.year}年{day.month}月{day.day}日" for day in days))[0] == days
