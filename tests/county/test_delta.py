"""The next day: a third new, a third changed, a third taken back."""

from datetime import date

import polars as pl
import pytest

from riskwarn.county.delta import make_next_day
from riskwarn.county.generate import make_county
from riskwarn.errors import UsageError
from riskwarn.tables.catalogue import load_catalogue


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two days")
    make_county(folder, 3000, 8)
    return folder


def test_new_keys_are_new_and_changed_and_deleted_ones_are_old(folder):
    files = make_next_day(folder)
    assert len(files) == 8
    for file in files:
        path = folder / file
        table = load_catalogue().tables[path.stem]
        keys = [table.columns[key].title for key in table.key]
        old, new = pl.read_parquet(folder / "inbox" / path.name), pl.read_parquet(path)
        assert (new["知悉日期"] == date(2025, 12, 2)).all()
        for operation, how in (("i", "anti"), ("u", "semi"), ("d", "semi")):
            part = new.filter(pl.col("操作标识") == operation)
            assert len(part.join(old, on=keys, how=how, nulls_equal=True)) == len(part) > 0, file
        assert len(new) == pytest.approx(0.01 * len(old), abs=3), file


def test_the_next_day_is_the_same_every_time(folder):
    assert make_next_day(folder) == make_next_day(folder)


def test_without_a_county_there_is_no_next_day(tmp_path):
    with pytest.raises(UsageError, match="G003"):
        make_next_day(tmp_path)
