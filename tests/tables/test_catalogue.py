"""The input catalogue is data that must agree with itself."""

import re
from collections import Counter

import pytest

from riskwarn.errors import ConfigError
from riskwarn.sources.headers import normal_header
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.tables.frames import dtype_of, system_schema, table_schema
from riskwarn.terms import PersonalData

CATALOGUE = load_catalogue()
TABLES = sorted(CATALOGUE.tables)
NEEDED = {
    "enterprise",
    "person_link",
    "shareholding",
    "relation",
    "licence",
    "penalty",
    "complaint",
    "abnormal_listing",
    "serious_violation",
    "dishonest_debtor",
    "lawsuit",
    "inspection",
    "sampling",
    "annual_report",
    "change",
    "tax_rating",
    "equity_pledge",
    "equity_freeze",
    "public_opinion",
    "platform_shop",
    "officer",
    "department",
    "calendar",
    "region",
    "industry",
}


def test_every_table_that_the_design_names_is_there():
    assert set(TABLES) >= NEEDED


@pytest.mark.parametrize("name", TABLES)
def test_a_header_means_one_column_of_a_table(name):
    table = CATALOGUE.tables[name]
    headers = Counter(
        plain
        for column in table.columns.values()
        for plain in {normal_header(header) for header in column.headers}
    )
    assert [header for header, count in headers.items() if count > 1] == []


@pytest.mark.parametrize("name", TABLES)
def test_dates_that_decide_are_dates_and_keys_exist(name):
    table = CATALOGUE.tables[name]
    assert table.key
    assert all(column in table.columns for column in table.key)
    deciding = {table.happened_on, table.known_on}
    deciding |= {column.visible_from for column in table.columns.values()}
    assert all(table.columns[d].type == "date" for d in deciding if d is not None)
    assert table.stale_after_days > 0


@pytest.mark.parametrize("name", TABLES)
def test_the_end_of_a_state_hides_itself_until_it_has_come(name):
    """removed_on, to_on and their like would otherwise tell the past what the future holds."""
    ends = re.compile(r"^(removed|to|cancelled|closed|ended|judged)_on$")
    for column in CATALOGUE.tables[name].columns.values():
        if column.type == "date" and ends.match(column.name):
            assert column.visible_from == column.name, column.name


def test_units_stand_in_the_names():
    for table in CATALOGUE.tables.values():
        for column in table.columns.values():
            assert column.name.endswith("_fen") == (column.type == "fen"), column.name
            assert column.name.endswith("_bp") == (column.type == "bp"), column.name


def test_every_code_list_is_used_and_means_one_code_a_word():
    used = {c.codes for t in CATALOGUE.tables.values() for c in t.columns.values() if c.codes}
    assert used == set(CATALOGUE.codes)
    for codes in CATALOGUE.codes.values():
        words = Counter(normal_header(w) for labels in codes.values.values() for w in labels)
        assert [word for word, count in words.items() if count > 1] == [], codes.name
        assert codes.problem <= set(codes.values)


def test_personal_columns_are_known_by_their_type():
    columns = CATALOGUE.tables["enterprise"].columns
    assert columns["legal_rep_id"].personal is PersonalData.ID_NUMBER
    assert columns["phone"].personal is PersonalData.PHONE
    assert columns["name"].personal is PersonalData.NONE


def test_a_schema_has_a_dtype_for_every_column():
    for table in CATALOGUE.tables.values():
        schema = table_schema(table)
        assert list(schema) == list(table.columns)
        assert not set(schema) & set(system_schema())
    assert str(dtype_of("fen")) == "Int64"
    assert str(dtype_of("code")) == "String"


def test_an_unknown_table_is_said_with_the_nearest():
    with pytest.raises(ConfigError, match=r"T001 .* enterprize；是否想写：enterprise"):
        CATALOGUE.table("enterprize")
