"""Which engines there are, what a missing one says, and that frames come back as they went in."""

import os
from datetime import date

import polars as pl
import pytest

from riskwarn.engine import engines, spark
from riskwarn.engine.engines import choose_engine, choose_engines, engine_lack, open_engine
from riskwarn.errors import UsageError
from tests.engines import EVERY_ENGINE, small

ROWS = pl.DataFrame(
    {
        "ent": pl.Series([2, 0, 3, 1], dtype=pl.Int32),
        "text": ["预付卡", "", None, "ａ\U00020bb7é"],
        "money": [2**53 + 1, -(2**62), None, 0],
        "share": pl.Series([1, -1, 0, None], dtype=pl.Int32),
        "mean": [0.1, -1e300, None, 1 / 3],
        "yes": [True, False, None, True],
        "on": [date(1969, 12, 31), date(2026, 6, 30), None, date(1900, 1, 1)],
        "a.b": [True, None, False, True],  # a rule's id is a column's name
    }
)


def test_an_engine_that_is_not_there_is_refused_with_the_cure(monkeypatch):
    with pytest.raises(UsageError, match="是否想写：duckdb"):
        choose_engine("duckdbb")
    with pytest.raises(UsageError, match="polars、duckdb、spark、all"):
        choose_engines("nothing")
    monkeypatch.setattr(engines, "find_spec", lambda name: None if name == "duckdb" else name)
    monkeypatch.setattr(spark, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"riskwarn\[duckdb\]"):
        choose_engine("duckdb")
    with pytest.raises(UsageError, match=r"riskwarn\[spark\]"):
        choose_engine("spark")
    assert choose_engines("all") == ("polars",)


def test_spark_without_java_names_java(monkeypatch, tmp_path):
    monkeypatch.setattr(spark, "find_spec", lambda name: name)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(UsageError, match="安装 Java 17"):
        choose_engine("spark")


def test_spark_is_here_when_it_was_asked_for():
    assert not os.environ.get("SPARK") or engine_lack("spark") == ""


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_what_goes_in_comes_out_again(engine):
    with open_engine(small(engine)) as opened:
        back = opened.lower(opened.lift(ROWS, "rows")).sort("ent")
    assert back.cast(dict(ROWS.schema)).equals(ROWS.sort("ent"))


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_a_frame_is_brought_to_polars_in_the_order_asked_for(engine, tmp_path):
    with open_engine(small(engine), tmp_path) as opened:
        lifted = opened.lift(ROWS if engine != "polars" else ROWS.sort("ent"), "rows")
        back = opened.bring(lifted, "back", sort_by="ent").collect()
    assert back["ent"].to_list() == [0, 1, 2, 3]
    assert back.equals(ROWS.sort("ent"))


@pytest.mark.spark
def test_spark_stays_at_home_and_leaves_nothing(tmp_path, monkeypatch):
    if engine_lack("spark"):
        pytest.skip(engine_lack("spark"))
    monkeypatch.chdir(tmp_path)
    with open_engine(small("spark")) as opened:
        conf = opened.session.conf
        assert conf.get("spark.driver.bindAddress") == "127.0.0.1"
        assert conf.get("spark.ui.enabled") == "false"
        assert conf.get("spark.sql.session.timeZone") == "UTC"
        opened.lower(opened.lift(ROWS, "rows"))
        opened.lower(opened.lift(ROWS, "rows"))
    assert list(tmp_path.iterdir()) == []
