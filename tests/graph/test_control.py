"""Control and look-through ownership against exact algebra and against chains done by hand."""

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg

from riskwarn.graph.build import build_graph
from riskwarn.graph.control import CUT_BELOW, chains, find_control, read_ownership
from riskwarn.graph.graph import Graph
from riskwarn.graph.holdings import direct_holdings
from riskwarn.graph.upstream import upstream
from riskwarn.records.graph import NodeKind
from tests.graph.snapshots import a_snapshot
from tests.graph.towns import a_town


def held(company: str, holder: str, ratio_bp: int | None, **more: object) -> dict[str, object]:
    """A shareholding; a holder in lower case is a person."""
    end = "holder_person_id" if holder.islower() else "holder_uscc"
    return {"uscc": company, end: holder, "ratio_bp": ratio_bp, **more}


def a_graph(folder: Path, *holdings: dict[str, object], others: str = "") -> Graph:
    codes = {str(h["uscc"]) for h in holdings} | set(others)
    town = [{"uscc": code} for code in sorted(codes)]
    return build_graph(a_snapshot(folder, {"enterprise": town, "shareholding": list(holdings)}))


def exact_shares(graph: Graph) -> np.ndarray:
    """(I − A)⁻¹ with the rows of ultimate holders as unit vectors: absorbing probabilities."""
    direct = direct_holdings(graph)
    n = graph.nodes
    inner = np.diff(direct.pointers) > 0
    row = np.repeat(np.arange(n), np.diff(direct.pointers))
    usable = ~(direct.unknown & ~inner)[direct.holder]
    step = scipy.sparse.csr_matrix(
        (direct.fraction[usable], (row[usable], direct.holder[usable])), shape=(n, n)
    )
    ends = scipy.sparse.diags((~inner).astype(float))
    inside = scipy.sparse.diags(inner.astype(float))
    moving = (inside @ step @ inside).tocsc()
    return scipy.sparse.linalg.spsolve(
        scipy.sparse.identity(n, format="csc") - moving, (inside @ step @ ends).toarray()
    )


@pytest.mark.parametrize(("seed", "size"), [(21, 2), (22, 9), (23, 40), (24, 120), (25, 300)])
def test_look_through_shares_lie_within_the_reported_cut_of_the_exact_solution(
    tmp_path: Path, seed: int, size: int
):
    snapshot, _ = a_town(tmp_path, seed, size)
    graph = build_graph(snapshot)
    control = find_control(graph, threads=2)
    exact = exact_shares(graph).reshape(graph.nodes, graph.nodes)[:size]
    for ent in range(size):
        if control.no_holder[ent]:
            assert control.largest_holder[ent] == -1
            continue
        share = control.largest_bp[ent] / 10_000
        followed = 1 - control.cut_bp[ent] / 10_000
        cut_by_walk = exact[ent].sum() - followed
        # the walk never claims more than there is, and hides no more than it says
        assert cut_by_walk >= -2e-4
        assert exact[ent].max() - cut_by_walk - 3e-4 <= share <= exact[ent].max() + 2e-4
    units = control.cut_bp[~control.no_holder].sum() / 10_000
    assert control.cut_total == pytest.approx(units, abs=size * 1e-4)


def test_a_ring_is_solved_exactly_where_a_walk_would_cut(tmp_path: Path):
    # A and B hold 90 % of each other; a has 10 % of A, b has 10 % of B:
    # a owns 0.1/(1−0.81) = 52.63 % of A, and 0.9 times that of B
    graph = a_graph(
        tmp_path, held("A", "B", 9000), held("B", "A", 9000), held("A", "a", 1000),
        held("B", "b", 1000),
    )  # fmt: skip
    control = find_control(graph)
    assert control.largest_bp.tolist() == [5263, 5263]
    assert control.cut_bp.tolist() == [0, 0]
    found = chains(graph, [0])[0]
    assert [owner.share_bp for owner in found.owners] == [5263, 4737]
    assert found.in_ring
    assert found.controller is not None
    assert found.controller.label == "A"  # the ring's first member stands for it


def test_a_closed_ring_that_nobody_outside_owns_is_cut_whole_and_said(tmp_path: Path):
    graph = a_graph(tmp_path, held("A", "B", 10_000), held("B", "A", 10_000))
    control = find_control(graph)
    assert control.largest_bp.tolist() == [0, 0]
    assert control.cut_bp.tolist() == [10_000, 10_000]
    assert chains(graph, [1])[0].owners == ()


def test_the_actual_controller_stands_at_the_top_of_five_layers(tmp_path: Path):
    layers = [held(a, b, 6000) for a, b in zip("ABCDE", "BCDEF", strict=True)]
    graph = a_graph(tmp_path, *layers, held("F", "boss", 5100), held("F", "other", 4900))
    control = find_control(graph)
    assert control.layers.tolist() == [6, 5, 4, 3, 2, 1]
    assert control.controlled.tolist() == [6] * 6
    found = chains(graph, [0])[0]
    assert [step.share_bp for step in found.steps] == [6000] * 5 + [5100]
    assert found.controller is not None
    assert found.controller.kind is NodeKind.PERSON
    assert "boss" not in found.controller.label
    assert found.owners == ()  # 0.6⁵ × 0.51 is 4 %: a controller need not be a beneficial owner
    assert found.cut_bp == 9222  # what 60 % holders leave unnamed, layer by layer: 1 − 0.6⁵


def test_half_is_no_majority(tmp_path: Path):
    graph = a_graph(tmp_path, held("A", "x", 5000), held("A", "y", 5000))
    found = chains(graph, [0])[0]
    assert found.controller is None
    assert not found.unknown
    assert len(found.owners) == 2
    assert find_control(graph).layers.tolist() == [0]


def test_a_missing_percentage_makes_control_unknown_where_it_could_be_the_majority(tmp_path: Path):
    graph = a_graph(
        tmp_path, held("A", "x", 3000), held("A", "y", None), held("B", "x", 6000),
        held("B", "y", None),
    )  # fmt: skip
    assert graph.report.unknown_share == 2
    control = find_control(graph)
    assert control.unknown.tolist() == [True, False]
    assert chains(graph, [0])[0].unknown
    assert chains(graph, [0])[0].controller is None


def test_a_missing_percentage_is_mended_from_amounts_only_when_all_have_one(tmp_path: Path):
    graph = a_graph(
        tmp_path,
        held("A", "x", None, amount_fen=30), held("A", "y", 7000, amount_fen=70),
        held("B", "x", None, amount_fen=30), held("B", "y", 7000),
    )  # fmt: skip
    assert graph.report.unknown_share == 1
    assert find_control(graph).largest_bp.tolist() == [7000, 7000]
    assert find_control(graph).cut_bp.tolist() == [0, 3000]


def test_holdings_over_a_hundred_per_cent_are_flagged_and_scaled_down(tmp_path: Path):
    graph = a_graph(
        tmp_path, held("A", "x", 10_000), held("A", "y", 3000), held("B", "x", 3334),
        held("B", "y", 3334), held("B", "z", 3334), held("C", "C", 13_000),
    )  # fmt: skip
    assert graph.report.over_full_examples == ("A",)  # B's 100.02 % is rounding
    assert graph.report.self_holding_examples == ("C",)
    assert find_control(graph).largest_bp.tolist() == [7692, 3333, 0]


def test_a_share_of_several_contributions_adds_up(tmp_path: Path):
    graph = a_graph(
        tmp_path, held("A", "x", 3000), held("A", "x", 3000, from_on=None), held("A", "y", 4000)
    )
    assert find_control(graph).largest_bp.tolist() == [6000]


def test_the_cut_mass_is_reported_when_paths_fall_below_the_limit(tmp_path: Path):
    small = [held("A", f"p{number:04d}".replace("0", "o"), 5) for number in range(2000)]
    graph = a_graph(tmp_path, *small)
    control = find_control(graph)
    assert CUT_BELOW > 5 / 10_000
    assert control.cut_bp.tolist() == [10_000]


def test_reading_ownership_once_gives_the_same_chains(tmp_path: Path):
    snapshot, _ = a_town(tmp_path, 31, 60)
    graph = build_graph(snapshot)
    once = read_ownership(graph)
    control = find_control(graph)
    every = chains(graph, range(60), once)
    for ent, found in enumerate(every):
        assert (found,) == chains(graph, [ent])
        if found.controller is not None:
            assert found.controller.id == control.controller[ent]
        if found.steps and not found.in_ring:
            assert len(found.steps) == control.layers[ent]


def test_what_lies_above_a_few_enterprises_is_all_that_their_chains_need(tmp_path: Path):
    snapshot, _ = a_town(tmp_path, 25, 300)
    graph = build_graph(snapshot)
    few = list(range(299, 0, -7))
    part, numbers = upstream(graph, few)
    assert part.nodes < graph.nodes / 2  # it is a part, and every kind of node may be in it
    assert all(part.kind(place) is graph.kind(int(node)) for place, node in enumerate(numbers))
    found = chains(graph, few)
    assert found == chains(graph, few, read_ownership(graph))
    assert [one.enterprise.id for one in found] == few
    assert any(one.faults for one in found)
    assert any(len(one.steps) > 2 for one in found)


def test_asking_for_an_enterprise_that_is_not_there_is_an_error(tmp_path: Path):
    graph = a_graph(tmp_path, held("A", "x", 5000))
    with pytest.raises(IndexError):
        chains(graph, [1])


def test_a_chain_names_what_is_wrong_with_its_holdings_layer_by_layer(tmp_path: Path):
    graph = a_graph(
        tmp_path,
        held("A", "B", 9000),
        held("B", "C", 9000), held("B", "x", 4000), held("B", "y", None),
        held("C", "C", 3000), held("C", "z", 7000),
        held("D", "E", 4000), held("E", "D", 4000),
        others="F",
    )  # fmt: skip
    first, *_, ring, _, alone = chains(graph, range(6))
    named = {one.enterprise.label: one for one in first.faults}
    assert set(named) == {"B", "C"}
    assert (named["B"].total_bp, named["B"].over_full, named["B"].unknown) == (13_000, True, 1)
    assert named["C"].holds_itself
    assert not named["C"].over_full
    assert [one.in_ring for one in ring.faults] == [True]
    assert (alone.steps, alone.owners, alone.cut_bp, alone.faults) == ((), (), 0, ())
    assert not any(one.over_full for one in chains(graph, [0])[0].faults if one.total_bp <= 10_001)
