import numpy as np
import polars as pl
import pytest

from riskwarn.errors import ConfigError, VerificationError
from riskwarn.model.config import CategorySettings
from riskwarn.model.matrix import choose_columns, sources, to_matrix

TABLE = pl.DataFrame(
    {
        "count": pl.Series([1, None, 3], dtype=pl.Int64),
        "share": [0.5, float("nan"), float("inf")],
        "flag": [True, False, None],
        "trade": ["5210", "5137", None],
        "opened": pl.Series([None, None, None], dtype=pl.Date),
        "nothing": [None, None, None],
    }
)


def columns(table=TABLE, features=("count", "share", "flag"), **category):
    chosen = [CategorySettings(field="trade", **category)] if category else []
    return choose_columns(table, list(features), chosen, {"count": ("件数", "件")})


def test_missing_infinite_and_unknown_all_stay_missing():
    found = to_matrix(TABLE, columns())
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, [[1, 0.5, 1], [np.nan, np.nan, 0], [3, np.nan, np.nan]])


def test_a_category_becomes_a_column_a_frequent_level_and_null_is_missing_in_all():
    chosen = columns(features=(), prefix=2, max_levels=5)
    assert [column.name for column in chosen] == ["trade=51", "trade=52"]
    found = to_matrix(TABLE, chosen)
    np.testing.assert_array_equal(found, [[0, 1], [1, 0], [np.nan, np.nan]])


def test_levels_are_ordered_by_frequency_and_then_text_and_cut():
    table = pl.DataFrame({"trade": ["b", "a", "c", "c", "a", "d"]})
    chosen = columns(table, (), max_levels=3)
    assert [column.level for column in chosen] == ["a", "c", "b"]
    unseen = to_matrix(pl.DataFrame({"trade": ["zzz"]}), chosen)
    np.testing.assert_array_equal(unseen, [[0, 0, 0]])  # a later level is none of the pinned


def test_every_wrong_feature_is_named_at_once_with_the_nearest_right_one():
    with pytest.raises(ConfigError) as caught:
        choose_columns(TABLE, ["cuont", "opened", "trade"], [], {})
    text = str(caught.value)
    assert "M110" in text
    assert "是否想写：count" in text
    assert text.count("M111") == 2


def test_a_table_without_a_pinned_column_or_of_another_type_is_refused():
    chosen = columns()
    changed = TABLE.drop("share").with_columns(pl.col("count").cast(pl.String))
    with pytest.raises(VerificationError) as caught:
        to_matrix(changed, chosen)
    assert [problem.code for problem in caught.value.problems] == ["M121", "M120"]


def test_a_column_that_is_null_throughout_fits_every_type():
    table = TABLE.with_columns(pl.lit(None).alias("count"))
    assert np.isnan(to_matrix(table, columns())[:, 0]).all()
    assert sources(columns(features=("count",), max_levels=2)) == ["count", "trade"]
