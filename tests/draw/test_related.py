"""Recusals that nobody declared: posts and holdings found in the registers."""

from datetime import date

import polars as pl
import pytest

from riskwarn.draw.inputs import check_collected, officer_input
from riskwarn.draw.related import doubt_related, find_related
from tests.draw.builders import a_uscc
from tests.graph.snapshots import AS_OF, a_snapshot

E = [a_uscc(number) for number in range(8)]
OFFICERS = [
    {"officer_no": "P1", "person_id": "h1", "department_code": "D1"},
    {"officer_no": "P2", "person_id": "h2", "department_code": "D1"},
    {"officer_no": "P3", "person_id": None, "department_code": "D1"},
]


def registers(**more):
    enterprises = [{"uscc": code, "legal_rep_id": None} for code in E]
    return {"officer": OFFICERS, "enterprise": enterprises, **more}


def pairs(snapshot):
    return set(find_related(snapshot).iter_rows())


def held(uscc, by, ratio_bp, **more):
    holder = "holder_person_id" if by.startswith("h") else "holder_uscc"
    return {"uscc": uscc, holder: by, "ratio_bp": ratio_bp, **more}


def test_legal_representative_and_every_post_ever_held(tmp_path):
    tables = registers(
        person_link=[
            {"uscc": E[1], "person_id": "h1", "role": "finance", "to_on": date(2012, 1, 1)},
            {"uscc": E[2], "person_id": "h9", "role": "director"},
        ]
    )
    tables["enterprise"][0]["legal_rep_id"] = "h2"
    assert pairs(a_snapshot(tmp_path, tables)) == {("P1", E[1]), ("P2", E[0])}


def test_holdings_are_followed_through_companies_and_an_unknown_share_counts(tmp_path):
    rows = [
        held(E[0], "h1", 1_000),  # 10 %
        held(E[1], E[0], 200),  # · 2 % = 0.2 %
        held(E[2], E[1], 1_000),  # · 10 % = 0.02 %: nobody's interest
        held(E[3], E[0], None),  # unknown: counts
        held(E[4], E[3], None),
        held(E[5], "h2", 5_000, to_on=date(2020, 1, 1)),  # sold
        held(E[6], "h2", 5_000, from_on=date(2027, 1, 1)),  # not yet
        held(E[0], E[3], 100),  # a ring ends
    ]
    found = pairs(a_snapshot(tmp_path, registers(shareholding=rows)))
    assert found == {("P1", E[0]), ("P1", E[1]), ("P1", E[3]), ("P1", E[4])}


def test_two_thin_ways_to_one_company_add_up(tmp_path):
    rows = [
        held(E[0], "h1", 100),
        held(E[1], "h1", 100),
        *(held(E[2], E[n], 600) for n in (0, 1)),  # 0.06 % + 0.06 %
    ]
    assert ("P1", E[2]) in pairs(a_snapshot(tmp_path, registers(shareholding=rows)))


def test_the_walk_finds_what_the_graph_s_own_look_through_finds(tmp_path):
    """A random chain of holdings: the graph walks up from each firm, we walk down from people."""
    import random

    from riskwarn.graph.build import build_graph
    from riskwarn.graph.control import chains

    rng = random.Random(5)
    rows = [held(E[n], rng.choice(["h1", "h2"]), rng.randrange(500, 9_000)) for n in range(3)]
    rows += [
        held(E[n], E[m], rng.randrange(500, 4_000)) for n in range(3, 8) for m in range(n) if m % 2
    ]
    snapshot = a_snapshot(tmp_path, registers(shareholding=rows))
    graph = build_graph(snapshot)
    numbers = {"h1": "P1", "h2": "P2"}
    expected = set()
    codes = sorted(E)
    for code, chain in zip(codes, chains(graph, range(len(codes))), strict=True):
        for owner in chain.owners:
            if graph.key(owner.holder.id) in numbers:
                expected.add((numbers[graph.key(owner.holder.id)], code))
    assert expected
    assert expected <= pairs(snapshot)  # the graph names owners from 25 %, we from 0.1 %


@pytest.mark.parametrize("stale", [False, True])
def test_what_cannot_be_looked_for_is_said_and_a_stale_table_still_recuses(tmp_path, stale):
    post = {"uscc": E[1], "person_id": "h1", "role": "director"}
    tables = registers(person_link=[post]) if stale else registers()
    snapshot = a_snapshot(tmp_path, tables, stale=["person_link"])
    said = [str(problem) for problem in doubt_related(snapshot)]
    assert [line[:4] for line in said] == ["D147"] * 3
    assert "1 名执法人员没有证件号码" in said[0]
    assert pairs(snapshot) == ({("P1", E[1])} if stale else set())
    assert {problem.code for problem in check_collected(snapshot)} >= {"D147"}


def test_the_pairs_reach_the_officers_of_the_draw(tmp_path):
    post = {"uscc": E[1], "person_id": "h1", "role": "director"}
    given = officer_input(a_snapshot(tmp_path, registers(person_link=[post])), AS_OF, [])
    assert given.related.equals(pl.DataFrame({"officer_no": ["P1"], "uscc": [E[1]]}))
