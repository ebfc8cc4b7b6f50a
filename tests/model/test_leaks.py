import numpy as np
import polars as pl
import pytest

from riskwarn.errors import ConfigError
from riskwarn.model.config import CategorySettings
from riskwarn.model.leaks import check_declared, check_known_by, check_values, refuse_leaks
from riskwarn.model.matrix import choose_columns
from riskwarn.records.features import Condition, FieldFeature, WindowFeature
from riskwarn.tables.catalogue import load_catalogue
from tests.model.made import a_cohort, settings_of


def declared(names, *features):
    settings = settings_of(features=list(names), categories=[], monotone={})
    known = {feature.name: feature for feature in features}
    return [p.code for p in check_declared(settings, known, load_catalogue())]


def test_identifiers_are_found_whatever_the_feature_is_called():
    innocent = FieldFeature(name="size_index", column="reg_no")
    assert declared(["size_index"], innocent) == ["M160"]
    last = WindowFeature(name="paper", table="licence", agg="last", of="licence_no")
    assert declared(["paper"], last) == ["M160"]
    assert declared(["uscc"]) == ["M160"]
    assert declared(["phone"]) == ["M160"]


def test_counting_different_identifiers_identifies_nobody():
    kinds = WindowFeature(name="papers", table="licence", agg="nunique", of="licence_no")
    assert declared(["papers"], kinds) == []


def test_who_inspects_is_found_as_value_and_as_condition():
    last = WindowFeature(name="habit", table="inspection", agg="last", of="officers")
    by = WindowFeature(
        name="visits",
        table="inspection",
        agg="count",
        where=(Condition(column="officers", op="contains", value=("blue",)),),
    )
    assert declared(["habit"], last) == ["M161"]
    assert declared(["visits"], by) == ["M161"]


def test_outcomes_are_found():
    assert declared(["label", "visit_day"]) == ["M162", "M162"]


def with_feature(values, rows=None):
    cohort = a_cohort(2000)
    table = cohort.with_columns(pl.Series("new", values(cohort)))
    columns = choose_columns(table, ["complaints_365d", "new"], [], {})
    return [problem.code for problem in check_values(table, columns)]


def test_a_serial_number_is_found_by_its_values():
    made = np.random.Generator(np.random.PCG64(1))
    numbers = made.permutation(100_000)
    assert with_feature(lambda c: numbers[c["ent"].to_numpy()]) == ["M163"]


def test_a_measured_density_or_a_common_count_is_no_serial_number():
    made = np.random.Generator(np.random.PCG64(2))
    density = made.random(10_000)
    assert with_feature(lambda c: density[c["ent"].to_numpy()]) == []
    assert with_feature(lambda c: (c["ent"] % 40).to_numpy()) == []


def test_a_fact_known_only_afterwards_gives_itself_away():
    made = np.random.Generator(np.random.PCG64(3))

    def fine(cohort):
        noise = made.random(cohort.height) * 0.5
        return cohort["label"].to_numpy() * 1.0 + noise

    assert with_feature(fine) == ["M164"]


def test_a_prefix_of_the_own_code_is_found():
    cohort = a_cohort(2000)
    codes = pl.Series([f"91330106MA{n * 1000:07d}X" for n in range(2000)])
    table = cohort.with_columns(uscc=codes.gather(cohort["ent"]))
    table = table.with_columns(prefix=pl.col("uscc").str.slice(0, 14))
    columns = choose_columns(table, [], [CategorySettings(field="prefix")], {})
    assert [p.code for p in check_values(table, columns)] == ["M163", "M166"]


def test_a_feature_that_later_deliveries_change_looks_ahead():
    then = pl.DataFrame({"row": [0, 1, 2], "a": [1, None, 3], "b": [1.0, 2.0, None]})
    now = pl.DataFrame({"row": [2, 1, 0], "a": [3, None, 1], "b": [5.0, 2.0, 1.0]})
    problems = check_known_by(then, now, ["a", "b"])
    assert [(p.code, "b" in p.message) for p in problems] == [("M165", True)]


def test_all_leaks_are_raised_at_once():
    problems = check_declared(
        settings_of(features=["uscc", "officers"], categories=[], monotone={}),
        {},
        load_catalogue(),
    )
    with pytest.raises(ConfigError) as caught:
        refuse_leaks(problems)
    assert len(caught.value.problems) == 2
    refuse_leaks([])
