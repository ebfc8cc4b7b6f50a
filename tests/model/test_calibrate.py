import numpy as np
import pytest
from scipy.optimize import isotonic_regression, minimize

from riskwarn.errors import NothingToDoError
from riskwarn.model.calibrate import fit_calibration, to_probability


def a_problem(rows=2000, seed=1):
    made = np.random.Generator(np.random.PCG64(seed))
    margins = np.round(made.normal(0, 1.5, rows), 2)  # rounding makes ties
    labels = (made.random(rows) < 1 / (1 + np.exp(-(0.7 * margins - 1)))).astype(float)
    return margins, labels


def test_isotonic_steps_equal_scipys_with_one_row_at_the_base_rate_at_either_end():
    margins, labels = a_problem()
    fitted = fit_calibration("isotonic", margins, labels)
    more = np.concatenate([margins, [margins.min(), margins.max()]])
    kinds, inverse, counts = np.unique(more, return_inverse=True, return_counts=True)
    sums = np.bincount(inverse, np.concatenate([labels, [labels.mean()] * 2]))
    expected = isotonic_regression(sums / counts, weights=counts).x
    assert to_probability(fitted, kinds) == pytest.approx(expected, abs=1e-9)


def test_platts_line_minimises_the_log_loss_as_scipy_finds_it():
    margins, labels = a_problem()
    positives, negatives = labels.sum(), (1 - labels).sum()
    target = np.where(labels > 0.5, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(ab):
        line = ab[0] * margins + ab[1]
        return float((np.logaddexp(0, line) - target * line).sum())

    expected = minimize(loss, [1.0, 0.0], method="BFGS", options={"gtol": 1e-8}).x
    fitted = fit_calibration("platt", margins, labels)
    assert (fitted.slope, fitted.intercept) == pytest.approx(tuple(expected), abs=1e-4)


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_a_higher_margin_never_gives_a_lower_probability(method):
    margins, labels = a_problem(seed=4)
    fitted = fit_calibration(method, margins, labels)
    chances = to_probability(fitted, np.linspace(-50, 50, 2001))
    assert (np.diff(chances) >= 0).all()
    assert ((chances >= 0) & (chances <= 1)).all()


def test_weights_count_as_repeated_rows():
    margins, labels = a_problem(rows=300)
    weights = np.where(labels > 0.5, 3.0, 1.0)
    repeated = np.repeat(np.arange(300), weights.astype(int))
    for method in ("platt", "isotonic"):
        weighted = fit_calibration(method, margins, labels, weights)
        plain = fit_calibration(method, margins[repeated], labels[repeated])
        grid = np.linspace(-3, 3, 50)
        assert to_probability(weighted, grid) == pytest.approx(
            to_probability(plain, grid), abs=1e-6
        )


def test_a_model_that_ranks_backwards_is_calibrated_to_its_base_rate():
    margins, labels = a_problem()
    fitted = fit_calibration("platt", -margins, labels)
    assert to_probability(fitted, np.array([-2.0, 2.0])) == pytest.approx(labels.mean(), abs=1e-9)


def test_one_class_cannot_be_calibrated():
    with pytest.raises(NothingToDoError, match="M114"):
        fit_calibration("platt", np.arange(5.0), np.zeros(5))
