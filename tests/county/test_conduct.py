"""What happens in the county: rates, order, arms."""

import numpy as np

from riskwarn.county.block import NEVER, epoch_day, years


def test_nothing_happens_before_an_enterprise_exists_or_after_it_ended(block, lived):
    for part in (lived.complaints, lived.inspections, lived.penalties):
        assert (part.day >= block.begin[part.local]).all()
        assert (part.day <= block.stop[part.local]).all()


def test_the_random_arm_draws_each_class_at_its_written_probability(county, block, lived):
    made = lived.inspections
    drawn = made.arm == 0
    starts = [
        epoch_day(year, month, 1)
        for year in range(2020, 2026)
        for month in (1, 4, 7, 10)
        if county.since <= epoch_day(year, month, 1) <= county.as_of - 12
    ]
    for number, share in enumerate(county.settings.random_arm.yearly_share):
        chance = share / 4
        members = block.risk_class == number
        pool = sum(
            int((members & (block.shape.established < s) & (block.stop > s + 75)).sum())
            for s in starts
        )
        got = int((drawn & members[made.local]).sum())
        slack = 4 * np.sqrt(pool * chance * (1 - chance)) + 0.08 * pool * chance + 3
        assert abs(got - pool * chance) < slack, number
        assert set(made.ppm[drawn & members[made.local]]) == {round(chance * 1e6)}
    assert (made.ppm[~drawn] == -1).all()


def test_riskier_classes_and_the_targeted_arm_find_more(block, lived):
    made = lived.inspections
    by_class = [made.problem[block.risk_class[made.local] == c].mean() for c in range(4)]
    assert by_class[0] < by_class[2] < by_class[3]
    assert made.problem[made.arm == 1].mean() > made.problem[made.arm == 3].mean()
    assert 0.03 < made.problem[made.arm == 0].mean() < 0.35


def test_who_hands_in_no_report_may_be_listed_and_who_does_is_not(lived):
    handed = set(zip(lived.reports.local.tolist(), lived.reports.year.tolist(), strict=True))
    late = lived.listings.reason == 0
    who, when = lived.listings.local[late], years(lived.listings.listed[late]) - 1
    missed = set(zip(who.tolist(), when.tolist(), strict=True))
    assert missed
    assert not handed & missed


def test_removals_follow_listings(lived):
    off = lived.listings.removed != NEVER
    assert off.any()
    assert (lived.listings.removed[off] > lived.listings.listed[off]).all()
