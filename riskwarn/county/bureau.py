"""The county's own tables: bureaus, officers, their interests, working days, code tables."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import polars as pl

from riskwarn.county.block import NEVER, County, dates, flag, weighted, words
from riskwarn.county.numbers import person_numbers
from riskwarn.county.register import person_names
from riskwarn.county.streams import stream
from riskwarn.tables.reference import INDUSTRY_EDITION, load_industries, load_regions

ENTERPRISES_PER_OFFICER = 400
LEAST_OFFICERS = 4  # of a town's bureau: two may be on leave and two are needed
QUALIFICATIONS = ["食品检查", "药品检查", "特种设备安全监察", "计量检定", "价格检查", "广告监测"]
_JOINT = ["卫生健康局", "应急管理局", "文化和旅游局", "消防救援大队"]


def officers_of_departments(county: County) -> int:
    """Give the number of officers of each town's bureau."""
    towns = len(county.settings.place.towns)
    return max(LEAST_OFFICERS, -(-county.shape.size // ENTERPRISES_PER_OFFICER // towns))


def officer_numbers(county: County) -> list[str]:
    """Give the numbers on the certificates, town by town."""
    count = officers_of_departments(county) * len(county.settings.place.towns)
    return [f"{county.settings.place.region}8{number:05}" for number in range(1, count + 1)]


def departments(county: County) -> pl.DataFrame:
    """Make the county bureau, its town bureaus and the departments that join in checks."""
    place = county.settings.place
    top = f"{place.region}000"
    towns = [f"{place.region}{number + 1:03}" for number in range(len(place.towns))]
    joint = [f"{place.region}9{number:02}" for number in range(len(_JOINT))]
    names = [f"{place.name}市场监督管理局"]
    names += [f"{place.name}市场监督管理局{town}所" for town in place.towns]
    names += [place.name + name for name in _JOINT]
    level = [0] + [1] * len(towns) + [0] * len(joint)
    return pl.DataFrame(
        {
            "department_code": [top, *towns, *joint],
            "name": names,
            "region": [place.region] * len(names),
            "level": words("department_level", ["county", "town"], np.array(level)),
            "parent_code": [None, *([top] * len(towns)), *([None] * len(joint))],
        }
    )


def officers(county: County) -> pl.DataFrame:
    """Make the pool of officers: certificates (some run out), qualifications, leave."""
    rng = stream(county.seed, "officer")
    numbers = officer_numbers(county)
    size, per_town = len(numbers), officers_of_departments(county)
    person = county.shape.persons + 1 + np.arange(size, dtype=np.int64)
    certified = county.as_of - rng.integers(200, 3600, size)
    until = np.where(rng.random(size) < 0.06, county.as_of - 30, county.as_of + 900)
    leave = rng.random(size) < 0.05
    start = np.where(leave, county.as_of - rng.integers(0, 20, size), NEVER)
    stop = np.where(leave, county.as_of + rng.integers(1, 60, size), NEVER)
    held = rng.random((size, len(QUALIFICATIONS))) < [0.6, 0.3, 0.35, 0.2, 0.3, 0.3]
    sets = [
        "|".join(sorted(q for q, h in zip(QUALIFICATIONS, row, strict=True) if h)) for row in held
    ]
    place = county.settings.place
    town = np.arange(size) // per_town
    return pl.DataFrame(
        {
            "officer_no": numbers,
            "name": person_names(person),
            "person_id": person_numbers(person),
            "department_code": [f"{place.region}{number + 1:03}" for number in town.tolist()],
            "region": [place.region] * size,
            "certified_on": dates(certified),
            "certificate_until": dates(until),
            "qualifications": pl.Series(sets),
            "is_lead": flag(rng.random(size) < 0.4),
            "on_leave_from": dates(start),
            "on_leave_to": dates(stop),
        }
    )


def officer_interests(county: County) -> pl.DataFrame:
    """Make ties that bar an officer from an enterprise: about one officer in two has one."""
    rng = stream(county.seed, "officer_interest")
    numbers = officer_numbers(county)
    size = max(2, len(numbers) // 2)
    who = np.sort(rng.choice(len(numbers), min(size, len(numbers)), replace=False))
    firm = rng.choice(county.shape.size, len(who), replace=False)
    start = county.as_of - rng.integers(100, 1800, len(who))
    over = rng.random(len(who)) < 0.2
    kinds = ["self", "kin", "former", "declared"]
    return pl.DataFrame(
        {
            "officer_no": pl.Series(numbers).gather(who),
            "uscc": county.codes(firm),
            "kind": words("interest_kind", kinds, weighted(rng, [1, 5, 2, 2], len(who))),
            "from_on": dates(start),
            "to_on": dates(np.where(over, start + 90, NEVER)),
        }
    )


def calendar(county: County) -> pl.DataFrame:
    """Make working days from the start of the history to the end of the coming year.

    Source: the State Council's yearly notices, as the `holidays` package holds them; where it
    knows no notice for a year yet, weekends and fixed holidays stand.
    """
    import holidays

    as_of = county.settings.as_of
    first = as_of.replace(month=1, day=1, year=as_of.year - county.settings.history_years)
    last = as_of.replace(month=12, day=31, year=as_of.year + 1)
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    china = holidays.country_holidays(
        "CN", years=range(first.year, last.year + 1), language="zh_CN"
    )
    extra = china.weekend_workdays
    working = [day in extra or (day.weekday() < 5 and day not in china) for day in days]
    notes = [china.get(day) or ("调休上班" if day in extra else None) for day in days]
    return pl.DataFrame(
        {
            "day": pl.Series(days),
            "is_working": flag(np.array(working)),
            "note": pl.Series(notes, dtype=pl.String),
        }
    )


def regions(county: County) -> pl.DataFrame:
    """Give the dated divisions of the county's province; the county's own code bears its own name.

    The codes of the county and its neighbours are real, what the report calls them is not.
    """
    place = county.settings.place
    called = {code: f"{place.name}邻县{n}" for n, code in enumerate(place.neighbour_regions, 1)}
    called[place.region] = place.name
    rows: list[tuple[str | None, ...]] = []
    for code, names in sorted(load_regions().items()):
        if not code.startswith(place.region[:2]):
            continue
        if code in called:
            rows.append((code, called[code], names[0].first_seen or None, None))
        else:
            rows += [(code, n.name, n.first_seen or None, n.gone_by or None) for n in names]
    return _texts(rows, ["code", "name", "valid_from", "valid_to"])


def industries() -> pl.DataFrame:
    """Give the classes of GB/T 4754; the same for every county."""
    rows = [
        (code, INDUSTRY_EDITION, entry.name, entry.level, entry.section, entry.parent or None)
        for code, entry in sorted(load_industries().items())
    ]
    return _texts(rows, ["code", "edition", "name", "level", "section", "parent"])


def _texts(rows: Sequence[tuple[str | None, ...]], names: list[str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
