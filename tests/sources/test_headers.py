"""Finding the table of a file by its headers or its name, and saying what is missing."""

import pytest

from riskwarn.errors import ConfigError, InputRejectedError
from riskwarn.sources.headers import detect_table, match_headers, normal_header
from riskwarn.tables.catalogue import load_catalogue

CATALOGUE = load_catalogue()


def detect(headers, file="x.csv", wanted=None):
    return detect_table(headers, file, CATALOGUE, wanted)


@pytest.mark.parametrize("table", sorted(CATALOGUE.tables))
def test_every_table_is_found_by_its_chinese_titles_and_by_its_own_names(table):
    columns = CATALOGUE.tables[table].columns
    for headers in ([c.title for c in columns.values()], list(columns)):
        match = detect(headers)
        assert match.table.name == table
        assert {m.column for m in match.columns} == set(columns)


def test_brackets_blanks_case_and_marks_of_required_fields_do_not_matter():
    headers = ["统一社会信用代码*", " 企业名称 ", "注册资本(元)", "CD_OPERATION", "\ufeff成立日期"]
    match = detect(headers)
    assert match.table.name == "enterprise"
    assert {m.column for m in match.columns} == {
        "uscc",
        "name",
        "registered_capital_fen",
        "established_on",
    }
    assert match.system == {"cd_operation": "CD_OPERATION"}
    assert normal_header("注册资本（元）") == "注册资本(元)"


@pytest.mark.parametrize(
    ("header", "scale"),
    [
        ("注册资本", 2),
        ("注册资本（元）", 2),
        ("注册资本（万元）", 6),
        ("注册资本(亿元)", 10),
        ("registered_capital_fen", 0),
        ("注册资本（分）", 0),
    ],
)
def test_the_unit_in_the_header_is_the_unit_of_the_column(header, scale):
    match = match_headers([header], CATALOGUE.tables["enterprise"])
    assert [(m.column, m.scale) for m in match.columns] == [("registered_capital_fen", scale)]


def test_the_files_name_settles_what_the_headers_leave_open():
    headers = ["统一社会信用代码", "列入日期", "领域", "列入原因"]
    assert detect(headers, "严重违法失信名单_20240101.csv").table.name == "serious_violation"
    assert detect(headers, "serious_violation.csv").table.name == "serious_violation"
    assert detect(headers, "abnormal_listing_1.csv").table.name == "abnormal_listing"


def test_two_tables_that_fit_equally_are_both_named():
    with pytest.raises(InputRejectedError, match="I106") as caught:
        detect(["统一社会信用代码", "列入日期", "列入原因"])
    assert "abnormal_listing" in str(caught.value)
    assert "serious_violation" in str(caught.value)
    chosen = detect(["统一社会信用代码", "列入日期", "列入原因"], wanted="serious_violation")
    assert chosen.table.name == "serious_violation"


def test_a_misspelt_required_column_is_named_with_what_stands_there():
    headers = ["统一社会信用代码", "行政处罚决定文书号", "处罚决定日期", "罚款金额（元）"]
    with pytest.raises(InputRejectedError) as caught:
        detect(headers, "penalty.csv")
    text = str(caught.value)
    assert text.startswith("penalty.csv:1: I107 缺少必需的列 行政处罚决定书文号（行政处罚）")
    assert "文件里写的是 行政处罚决定文书号" in text
    with pytest.raises(InputRejectedError, match=r"I105 .*最像 行政处罚.*行政处罚决定书文号"):
        detect(headers, "x.csv")


def test_a_file_without_any_known_header_is_no_table():
    with pytest.raises(InputRejectedError, match="I105 认不出文件属于哪张表：没有一个认得的表头"):
        detect(["a", "b"])


def test_two_headers_for_one_column_are_refused():
    with pytest.raises(InputRejectedError, match="I108 两个表头对应同一列 name：企业名称、名称"):
        detect(["统一社会信用代码", "企业名称", "名称"])


def test_a_table_that_does_not_exist_is_said_with_the_nearest():
    with pytest.raises(ConfigError, match=r"T001.*penalty"):
        detect(["a"], wanted="penalti")
