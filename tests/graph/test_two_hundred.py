"""Every measure against its oracle on two hundred further towns; slow, so apart."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.graph import test_control as control
from tests.graph import test_measures as measures

ORACLES: list[Callable[[Path, int, int], None]] = [
    measures.test_neighbour_measures_and_reach_equal_a_walk_in_networkx,
    measures.test_degrees_components_rings_and_shared_counts_equal_networkx,
    measures.test_shell_scores_equal_a_comparison_of_all_pairs,
    control.test_look_through_shares_lie_within_the_reported_cut_of_the_exact_solution,
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
        oracle(folder, 5000 + number, 1 + number % 29)
