"""Foreign layouts: what a mapping says is what the rows become; what is wrong in it is located."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from riskwarn.errors import ConfigError, InputRejectedError
from riskwarn.sources.convert import Identity
from riskwarn.sources.mapping import load_mapping
from riskwarn.sources.read import ReadContext, read_mapped
from riskwarn.tables.catalogue import load_catalogue

CONTEXT = ReadContext(
    catalogue=load_catalogue(),
    identity=Identity(prefix=None, person_key=b"k" * 32),
    delivered_on=date(2024, 6, 1),
)
HEAD = 'riskwarn: mapping/1\nidentity: {kind: local, prefix: "T-"}\nfiles:\n'


def mapped(tmp_path: Path, mapping: str, frame: pl.DataFrame | str, name: str = "x.csv"):
    (tmp_path / "m.yaml").write_text(HEAD + mapping, encoding="utf-8")
    path = tmp_path / name
    if isinstance(frame, str):
        path.write_text(frame, encoding="utf-8")
    else:
        frame.write_parquet(path)
    return read_mapped(path, CONTEXT, *load_mapping(tmp_path / "m.yaml", CONTEXT.catalogue))


def faults(tmp_path: Path, mapping: str) -> str:
    (tmp_path / "m.yaml").write_text(HEAD + mapping, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_mapping(tmp_path / "m.yaml", CONTEXT.catalogue)
    return str(caught.value).replace(str(tmp_path) + "/", "")


INSPECTIONS = """\
  - match: "x*"
    feeds:
      - table: inspection
        where:
          - {column: Kind, op: in, value: [A, B]}
          - {column: Score, op: ge, value: "10"}
        columns:
          inspection_no: {from: [Office, No], join: "-"}
          uscc: License
          inspected_on: Day
          problem: {from: Result, values: {Pass: 否, Fail: 是}, otherwise: "null"}
          selected_by: {constant: 随机抽查}
        known_on: {same_as: inspected_on, plus_days: 2}
      - table: enterprise
        columns:
          uscc: License
          name: {from: Name, default: 无名}
          registered_capital_fen: {from: Capital, unit: 万元}
          established_on: {from: Day, minus: {column: Age, unit: years}}
        known_on: {same_as: Day, minus_days: 1}
        one_per_key: first
      - table: indicator
        columns: {uscc: License, observed_on: Day}
        unpivot:
          columns: {Score: score, Age: age_years}
"""
DATA = """\
Office,No,License,Kind,Score,Day,Result,Name,Capital,Age
N,1,7,A,10,2024-03-05,Pass,甲,1.5,1.5
N,2,7,B,12.5,2024-04-05,Fail,甲新,2,1.6
S,1,8,C,50,2024-03-07,Fail,,,2
S,2,8,A,9,2024-03-08,Closed,乙,3,
"""


def test_one_file_feeds_several_tables(tmp_path):
    inspection, enterprise, indicator = mapped(tmp_path, INSPECTIONS, DATA)
    assert [r.table for r in (inspection, enterprise, indicator)] == [
        "inspection",
        "enterprise",
        "indicator",
    ]
    found = inspection.frame
    assert found.select("inspection_no", "uscc", "problem", "selected_by", "known_on").rows() == [
        ("N-1", "T-7", False, "random", date(2024, 3, 7)),
        ("N-2", "T-7", True, "random", date(2024, 4, 7)),
    ]
    assert found["evidence"].to_list() == ["x.csv:2", "x.csv:3"]


def test_dates_move_by_lengths_in_columns_and_units_by_their_places(tmp_path):
    _, enterprise, _ = mapped(tmp_path, INSPECTIONS, DATA)
    found = enterprise.frame.sort("uscc")
    assert found.select(
        "uscc", "name", "registered_capital_fen", "established_on", "known_on"
    ).rows() == [
        ("T-7", "甲", 1_500_000, date(2022, 9, 5), date(2024, 3, 4)),
        ("T-8", "无名", None, date(2022, 3, 7), date(2024, 3, 6)),
    ]


def test_columns_become_rows_and_empty_cells_none(tmp_path):
    *_, indicator = mapped(tmp_path, INSPECTIONS, DATA)
    rows = indicator.frame.select("uscc", "name", "value", "known_on").rows()
    assert len(rows) == 7
    assert ("T-7", "score", 12.5, date(2024, 6, 1)) in rows
    assert ("T-8", "age_years", 2.0, date(2024, 6, 1)) in rows


def test_bad_cells_are_rejected_with_the_names_of_both_sides(tmp_path):
    bad = DATA.replace("2024-04-05", "2024-02-30")
    inspection, *_ = mapped(tmp_path, INSPECTIONS, bad)
    told = inspection.rejects.select("row", "column", "value", "code").rows()
    assert (3, "inspected_on（Day）", "2024-02-30", "I205") in told
    assert inspection.quality.rejected == 1


def test_parquet_with_typed_columns_is_read_as_text_first(tmp_path):
    frame = pl.DataFrame(
        {
            "id": [30790, 30791],
            "when": [date(2014, 1, 31)] * 2,
            "flag": [1.0, 0.0],
            "x": [1e17, 0.1],
        }
    )
    mapping = """\
  - feeds:
      - table: inspection
        columns: {inspection_no: $row, uscc: id, inspected_on: when, problem: flag}
"""
    (reading,) = mapped(tmp_path, mapping, frame, "x.parquet")
    assert reading.frame.select("inspection_no", "uscc", "inspected_on", "problem").rows() == [
        ("2", "T-30790", date(2014, 1, 31), True),
        ("3", "T-30791", date(2014, 1, 31), False),
    ]


def test_a_changed_mapping_is_another_delivery_of_the_same_file(tmp_path):
    first = mapped(tmp_path, INSPECTIONS, DATA)
    again = mapped(tmp_path, INSPECTIONS, DATA)
    changed = mapped(tmp_path, INSPECTIONS.replace("plus_days: 2", "plus_days: 3"), DATA)
    assert [r.content for r in first] == [r.content for r in again]
    assert first[0].content != changed[0].content
    assert len({r.content for r in first}) == 3


def test_all_faults_of_a_mapping_come_at_once_with_their_places(tmp_path):
    text = faults(
        tmp_path,
        """\
  - feeds:
      - table: inspectoin
        columns: {uscc: a}
      - table: penalty
        columns:
          uscc: a
          fine_fenn: b
          fine_fen: {from: c, unit: "%"}
""",
    )
    assert text.splitlines() == [
        "m.yaml:5:16: M001 输入目录中没有表 inspectoin；是否想写：inspection",
        "m.yaml:10:11: M002 表 penalty 没有列 fine_fenn；是否想写：fine_fen",
        "m.yaml:9:11: M003 表 penalty 缺少必需的列 document_no、decided_on",
        "m.yaml:11:11: M004 列 fine_fen 的类型是 fen，不用单位 %",
    ]


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ("{from: a, constant: b}", "from 与 constant 须写且只写一个"),
        ("{join: x}", "from 与 constant 须写且只写一个"),
        ("{from: a, unit: 美元}", "不认识的单位 美元"),
        ("{form: a}", "Y021 不认识的键 form"),
        ("{from: a, minus: {column: b, unit: weeks}}", "应为：days、months、years"),
    ],
)
def test_a_rule_that_says_nothing_or_too_much_is_refused(tmp_path, column, told):
    mapping = (
        f"  - feeds:\n      - table: calendar\n        columns: {{day: {column}, is_working: b}}\n"
    )
    assert told in faults(tmp_path, mapping)


def test_a_file_without_a_mapped_column_is_refused(tmp_path):
    with pytest.raises(InputRejectedError, match=r"I114.*License"):
        mapped(tmp_path, INSPECTIONS, DATA.replace("License", "Licence"))


def test_a_file_that_no_entry_fits_is_refused(tmp_path):
    with pytest.raises(InputRejectedError, match="I115"):
        mapped(tmp_path, INSPECTIONS, DATA, "other.csv")


def test_the_mapping_page_shows_a_mapping_that_loads(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    (tmp_path / "m.yaml").write_text(example, encoding="utf-8")
    mapping, _ = load_mapping(tmp_path / "m.yaml", CONTEXT.catalogue)
    assert mapping.files[0].feeds[0].table == "inspection"
