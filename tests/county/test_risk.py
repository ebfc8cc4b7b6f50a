"""The planted formula, recomputed slowly from its description."""

import math

import numpy as np

from riskwarn.county import risk
from riskwarn.county.block import NEVER
from riskwarn.county.trades import GROUPS, trades


def controller_of(county, company):
    """Walk up holdings above half, one at a time, at most sixteen layers."""
    held = county.holdings
    for _ in range(16):
        above = [
            e
            for e, c, s, out in zip(
                held.enterprise, held.company, held.share_bp, held.ended, strict=True
            )
            if c == company and e >= 0 and s > 5000 and out == 0
        ]
        if not above:
            break
        company = above[-1]
    return county.shape.owner[company]


def neighbours_of(county, one):
    held, tie, shape = county.holdings, county.relations, county.shape
    found = []
    for up, down, out in zip(held.enterprise, held.company, held.ended, strict=True):
        if up >= 0 and out == 0:
            found += [down] if up == one else []
            found += [up] if down == one else []
    for a, b, kind in zip(tie.enterprise, tie.other, tie.kind, strict=True):
        if kind <= 1:
            found += [b] if a == one else []
            found += [a] if b == one else []
    found += [e for e in np.flatnonzero(shape.owner == shape.owner[one]) if e != one]
    return found


def test_the_controller_is_the_owner_at_the_top_of_the_majorities(county):
    shape = county.shape
    some = [*np.flatnonzero((shape.depth > 0) & (shape.ring < 0))[:10].tolist(), 1, 2, 3]
    for company in some:
        assert county.risk.controller[company] == controller_of(county, company)


def test_near_is_the_bad_share_of_the_neighbours_and_far_the_mean_of_theirs(county):
    shape, planted = county.shape, county.risk
    bad = planted.bad_controller | (shape.cluster >= 0) | (shape.ring >= 0)
    some = [*np.flatnonzero(planted.near > 0)[:8].tolist(), 0, 1]
    for one in some:
        around = neighbours_of(county, one)
        near = float(np.mean(bad[around])) if around else 0.0
        far = float(np.mean(planted.near[around])) if around else 0.0
        assert math.isclose(planted.near[one], near, abs_tol=1e-5)
        assert math.isclose(planted.far[one], far, abs_tol=1e-5)


def test_standing_risk_is_the_sum_of_its_documented_terms(county):
    planted, shape = county.risk, county.shape
    for one in range(0, 3000, 97):
        z = risk.BASE + GROUPS[trades()[shape.trade[one]].group][2]
        z += risk.W_SHELL * (shape.cluster[one] >= 0) + risk.W_RING * (shape.ring[one] >= 0)
        z += risk.W_CONTROLLER * planted.bad_controller[one]
        z += risk.W_NEAR * planted.near[one] + risk.W_FAR * planted.far[one]
        z += risk.W_FRAILTY * planted.frailty[one]
        assert math.isclose(planted.standing[one], z, abs_tol=1e-4)


def test_the_chance_on_the_day_counts_only_what_came_before_it(county, block, lived):
    told, held, put, dealt = lived.complaints, lived.licences, lived.listings, lived.penalties
    on = county.as_of
    for one in range(0, 3000, 41):
        days = told.day[told.local == one]
        complained = ((days >= on - 365) & (days < on)).sum()
        own = held.local == one
        issued = held.issued[own]
        expired = len(issued) > 0 and not ((issued >= on - 1827) & (issued < on)).any()
        mine = (dealt.local == one) & dealt.after_complaint
        penalised = ((dealt.day[mine] >= on - 730) & (dealt.day[mine] < on)).any()
        here = put.local == one
        came = (put.listed[here] < on).sum()
        went = ((put.removed[here] != NEVER) & (put.removed[here] < on)).sum()
        z = county.risk.standing[one] + risk.W_COMPLAINTS * math.log1p(complained)
        z += risk.W_EXPIRED * expired + risk.W_PENALISED * penalised
        z += risk.W_LISTED * (came > went)
        assert math.isclose(lived.chance_now[one], 1 / (1 + math.exp(-z)), abs_tol=1e-5)


def test_classes_have_their_shares_and_rising_risk(county):
    classes = county.risk.risk_class
    shares = np.bincount(classes, minlength=4) / 3000
    assert np.allclose(shares, county.settings.random_arm.class_shares, atol=0.002)
    means = [county.risk.standing[classes == c].mean() for c in range(4)]
    assert means == sorted(means)
