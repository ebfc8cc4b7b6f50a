"""Real inspections through the whole line, from the mapping to the judgement."""

from pathlib import Path

import pytest

from riskwarn.commands.model_bench import run_bench

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def found():
    return run_bench(ROOT / "examples/chicago/bench.yaml")


@pytest.mark.slow
def test_chicago_reaches_its_floors_without_any_inspector_or_weather(found):
    assert (found["rows"], found["positives"]) == (1637, 258)
    assert (found["first_on"], found["last_on"]) == ("2014-09-01", "2014-10-30")  # days before
    assert found["reached"] == {"auc": True, "days_earlier": True}
    real, _, _ = found["estimates"]["found_in_first_half_really"]
    assert real == pytest.approx(0.5465, abs=1e-4)  # the city's own figure for its schedule


@pytest.mark.slow
def test_with_inspector_and_weather_the_published_figures_are_reached(found):
    other = found["comparison"]
    assert other["estimates"]["auc"][0] >= other["published"]["auc"]
    assert other["estimates"]["days_earlier"][0] >= other["published"]["days_earlier"]


@pytest.mark.slow
def test_the_documentation_quotes_this_very_run(found):
    text = " ".join((ROOT / "docs/model.md").read_text("utf-8").split())
    value, low, high = found["estimates"]["auc"]
    assert f"**{value:.3f}** ({low:.3f}–{high:.3f})" in text
    value, low, high = found["estimates"]["days_earlier"]
    assert f"**{value:.2f}** ({low:.2f}–{high:.2f})" in text
    value, low, high = found["comparison"]["estimates"]["auc"]
    assert f"{value:.3f} ({low:.3f}–{high:.3f})" in text
    for row in found["strictness"]:
        value, low, high = row["ratio"]
        assert f"{row['officer']} {value:.2f} ({low:.2f}–{high:.2f})" in text
