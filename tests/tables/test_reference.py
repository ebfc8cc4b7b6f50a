"""Divisions and industries: dated, counted, named as on the day."""

from collections import Counter
from datetime import date

from riskwarn.tables.reference import load_industries, load_regions, region_name


def test_a_division_has_the_name_of_the_day():
    assert region_name("110103", date(2009, 1, 1)) == "崇文区"
    assert region_name("110103", date(2024, 1, 1)) == "崇文区"  # gone: its last name
    assert region_name("330110", date(2024, 1, 1)) == "余杭区"
    assert region_name("000000", date(2024, 1, 1)) == ""


def test_intervals_of_one_code_follow_each_other():
    regions = load_regions()
    assert sum(len(names) for names in regions.values()) == 7138
    current = sum(1 for names in regions.values() if any(not n.gone_by for n in names))
    assert current == 3339
    for names in regions.values():
        assert [n.first_seen for n in names] == sorted(n.first_seen for n in names)


def test_industries_are_counted_as_in_the_standard_and_every_parent_is_there():
    industries = load_industries()
    levels = Counter(industry.level for industry in industries.values())
    assert levels == {"门类": 20, "大类": 97, "中类": 473, "小类": 1381}
    for industry in industries.values():
        assert industry.parent == "" or industry.parent in industries
        assert industry.section in industries
