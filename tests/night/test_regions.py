from datetime import date

import polars as pl
import pytest

from riskwarn.night.regions import region_names

ON = date(2025, 12, 1)
TABLE = pl.DataFrame({"region": ["320583", "330106", None, "999999", "320583"]}).lazy()
NAMES = {"code": pl.String, "name": pl.String, "valid_from": pl.String, "valid_to": pl.String}


def delivered(*rows):
    return pl.DataFrame(rows, schema=NAMES, orient="row")


def test_without_a_delivery_the_national_table_names_and_an_unknown_code_has_no_name():
    assert region_names(TABLE, None, ON) == {"320583": "昆山市", "330106": "西湖区", "999999": ""}


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        ([("320583", "示例县", None, None)], "示例县"),
        ([("320583", "示例县", "2020-01", "2025-12")], "昆山市"),  # gone that very month
        ([("320583", "示例县", "2026-01", None)], "昆山市"),  # not yet
        ([("320583", "新名", "2024-05", None), ("320583", "旧名", "1990-01", None)], "新名"),
        ([("330106", "别处", None, None)], "昆山市"),
    ],
)
def test_a_delivered_name_goes_before_while_it_holds(rows, name):
    assert region_names(TABLE, delivered(*rows), ON)["320583"] == name
