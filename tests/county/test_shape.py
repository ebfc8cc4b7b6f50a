"""The planted structures are what the truth says they are."""

import networkx as nx
import numpy as np

from riskwarn.county.generate import build_county
from riskwarn.county.settings import load_settings
from riskwarn.county.shape import COMPANY


def test_a_shell_cluster_sits_at_one_address_with_at_most_two_phones_and_three_owners(county):
    shape = county.shape
    for number in range(shape.cluster.max() + 1):
        members = np.flatnonzero(shape.cluster == number)
        assert 5 <= len(members) <= 204  # a cut-off remainder of at most four joins the one before
        assert len(set(shape.address[members])) == 1
        assert len(set(shape.phone[members])) <= 2
        assert len(set(shape.owner[members])) <= 3
        assert (shape.kind[members] == COMPANY).all()


def test_every_ring_is_a_cycle_of_its_own_length_in_the_delivered_holdings(county):
    held = county.holdings
    graph = nx.DiGraph(
        (int(up), int(down))
        for up, down in zip(held.enterprise, held.company, strict=True)
        if up >= 0
    )
    for number in range(county.shape.ring.max() + 1):
        members = np.flatnonzero(county.shape.ring == number)
        walked, at = [], int(members[0])
        while at not in walked:
            following = int(county.shape.next_in_ring[at])
            assert graph.has_edge(at, following)
            walked.append(at)
            at = following
        assert sorted(walked) == members.tolist()


def test_pyramids_go_down_by_majorities_to_twelve_layers_at_most(county):
    held, shape = county.holdings, county.shape
    share = dict(zip(zip(held.enterprise, held.company, strict=True), held.share_bp, strict=True))
    below = np.flatnonzero(shape.above_in_pyramid >= 0)
    assert len(below) > 0
    assert shape.depth.max() <= 12
    for company in below:
        above = shape.above_in_pyramid[company]
        assert shape.depth[company] == shape.depth[above] + 1
        assert share[above, company] > 5000


def test_holdings_sum_to_one_hundred_per_cent_but_for_the_planted_faults(county):
    held = county.holdings
    current = held.ended == 0
    total = np.bincount(held.company[current], np.maximum(held.share_bp[current], 0), 3000)
    unknown = np.bincount(held.company[current], held.share_bp[current] < 0, 3000) > 0
    complete = total[(total > 0) & ~unknown]
    assert np.isin(complete, 10_000).mean() > 0.97
    assert 0 < (complete > 10_000).mean() < 0.03
    assert 0.01 < (held.share_bp < 0).mean() < 0.05


def test_a_holder_appears_once_in_a_company(county):
    held = county.holdings
    keys = set(zip(held.company, held.enterprise, held.person, strict=True))
    assert len(keys) == len(held.company)


def test_the_toy_town_has_one_of_everything():
    small = build_county(40, 3, load_settings()).shape
    assert (small.cluster >= 0).sum() >= 5
    assert (small.ring >= 0).sum() >= 2
    assert small.depth.max() >= 3


def test_some_addresses_are_crowded_without_being_shells(county):
    shape = county.shape
    honest = np.bincount(shape.address[shape.cluster < 0])
    assert honest.max() >= 8
