"""Every measure against its oracle on two hundred further towns; slow, so apart.

Cores, flow of risk, components, rings and degrees (test_whole.py), and control, its changes,
holders' totals and communities (test_ownership_and_communities.py) have 210 towns every time.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.graph import test_control as control
from tests.graph import test_measures as measures
from tests.graph import test_paths as paths
from tests.graph import test_ties as ties

ORACLES: list[Callable[[Path, int, int], None]] = [
    measures.test_neighbour_measures_and_reach_equal_a_walk_in_networkx,
    measures.test_degrees_components_rings_and_shared_counts_equal_networkx,
    measures.test_shell_scores_equal_a_comparison_of_all_pairs,
    control.test_look_through_shares_lie_within_the_reported_cut_of_the_exact_solution,
    ties.test_ties_and_ties_of_ties_equal_products_of_dense_matrices,
]


@pytest.mark.slow
@pytest.mark.parametrize("block", range(4))
@pytest.mark.parametrize("oracle", ORACLES, ids=lambda one: one.__name__[5:30])
def test_two_hundred_towns_equal_the_oracle(
    tmp_path: Path, oracle: Callable[[Path, int, int], None], block: int
):
    for number in range(block * 50, block * 50 + 50):
        folder = tmp_path / str(number)
        folder.mkdir()
        oracle(folder, 5000 + number, number % 29)


@pytest.mark.slow
def test_the_strongest_path_of_two_hundred_towns_is_the_best_there_is(tmp_path: Path):
    for number in range(200):
        folder = tmp_path / str(number)
        folder.mkdir()
        paths.test_the_strongest_path_is_the_best_of_all_simple_paths(folder, 7000 + number, 12)
