"""Lists of items from Excel and in bulk: places are cells, links and levels are checked."""

from datetime import date

import pytest
import xlsxwriter

from riskwarn.errors import InputRejectedError
from riskwarn.law.items import read_items
from riskwarn.law_update import import_item_list
from tests.law.builders import a_book

BODY = "913201000000000001"
HEAD = ("实施清单编码", "目录编码", "主项编码", "监管事项主项名称", "监管事项子项名称", "监管层级",
        "取消日期", "设定依据", "cd_operation", "cd_time")  # fmt: skip
DAY = date(2021, 6, 1)


def a_row(number=1, **more):
    row = dict.fromkeys(HEAD, "")
    row |= {"实施清单编码": f"{BODY}4{number:03}", "目录编码": "99000000000001"}
    row |= {"主项编码": "M1", "监管事项主项名称": "主项", "监管事项子项名称": f"子项{number}"}
    row |= {"监管层级": "县级", "设定依据": "《样品法》第二条", "cd_operation": "i"}
    return row | more


def workbook(path, *rows, title=True):
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("清单")
        if title:
            sheet.write_string(0, 0, "某市监管事项实施清单")
        for place, cells in enumerate((HEAD, *(tuple(row.values()) for row in rows))):
            for column, cell in enumerate(cells):
                sheet.write_string(place + title, column, cell)
    return path


@pytest.fixture
def book(tmp_path):
    (tmp_path / "laws").mkdir()
    return a_book(tmp_path / "laws")


def faults(book, tmp_path, *rows, catalogue=None):
    source = workbook(tmp_path / "in.xlsx", *rows)
    with pytest.raises(InputRejectedError) as caught:
        import_item_list(book, source, tmp_path / "out.csv", DAY, catalogue)
    assert not (tmp_path / "out.csv").exists()
    return [(p.code, p.place.file, p.place.line, p.place.column) for p in caught.value.problems]


def test_a_workbook_under_a_title_gives_the_items_of_its_rows(book, tmp_path):
    source = workbook(tmp_path / "in.xlsx", a_row(1), a_row(2))
    report = import_item_list(book, source, tmp_path / "out.csv", DAY, {"99000000000001"})
    assert (report["items"], report["resolved"], report["warnings"]) == (2, 2, 0)
    items = [row.item for row in read_items(tmp_path / "out.csv")]
    assert [item.name for item in items] == ["子项1", "子项2"]
    assert dict(items[0].extra)["主项编码"] == "M1"
    assert items[0].citations[0].ref.canonical == "样品法@2020-01-01#2"


def test_wrong_cells_of_a_workbook_are_named_by_row_and_column_all_at_once(book, tmp_path):
    found = faults(
        book,
        tmp_path,
        a_row(1),
        a_row(1),  # the code stands twice
        a_row(3, 取消日期="2024-02-30"),
        a_row(4, cd_operation="x"),
        a_row(5, 监管事项主项名称="别的名称"),
        a_row(6, cd_operation="d"),  # no time, no end
        catalogue={"99000000000009"},
    )
    shown = str(tmp_path / "in.xlsx")
    assert found == [
        ("I106", shown, 4, 1),
        ("I105", shown, 5, 7),
        ("I118", shown, 6, 9),
        ("I119", shown, 7, 4),
        ("I105", shown, 8, 9),
        ("I115", shown, 3, 2),
    ]


def test_a_deletion_ends_the_item_on_its_day_and_keeps_the_row(book, tmp_path):
    rows = (a_row(1, cd_operation="d", cd_time="2024-05-06 07:08:09"), a_row(2, 监管层级="市级"))
    report = import_item_list(book, workbook(tmp_path / "in.xlsx", *rows), tmp_path / "o.csv", DAY)
    assert (report["items"], report["warnings"]) == (2, 1)  # the level of the code is another
    first, _ = [row.item for row in read_items(tmp_path / "o.csv")]
    assert first.cancelled_on == date(2024, 5, 6)


def test_a_link_may_lead_to_a_row_that_comes_later_in_the_list(book, tmp_path):
    later = a_row(2, 实施清单编码="99000000000001", 目录编码="", 监管层级="")
    source = workbook(tmp_path / "in.xlsx", a_row(1), later)
    assert import_item_list(book, source, tmp_path / "out.csv", DAY, set())["items"] == 2


def test_types_and_states_outside_their_lists_are_named_with_those_allowed(book, tmp_path):
    source = tmp_path / "in.csv"
    source.write_text(
        "事项编码,监管事项子项名称,行政类型,事项状态,取消日期,设定依据\n"
        "99000000000001,甲,行政许可,1,,《样品法》第二条\n"
        "99000000000002,乙,0、行政处罚,9,2024-13-01,《样品法》第二条\n"
        "99000000000001,丙,3,0,,《样品法》第二条\n",
        encoding="utf-8",
    )
    with pytest.raises(InputRejectedError) as caught:
        import_item_list(book, source, tmp_path / "out.csv", None)
    found = [(p.code, p.place.line, p.place.column) for p in caught.value.problems if p.place]
    assert found == [("I121", 2, 3), ("I105", 3, 5), ("I122", 3, 4), ("I106", 4, 1), ("I122", 4, 4)]


def test_what_a_list_calls_invalid_has_ended_by_the_day_of_the_list(book, tmp_path):
    source = tmp_path / "in.csv"
    source.write_text(
        "事项编码,监管事项子项名称,子项状态,设定依据\n99000000000001,甲,无效,《样品法》第二条\n",
        encoding="utf-8",
    )
    import_item_list(book, source, tmp_path / "out.csv", DAY)
    (row,) = read_items(tmp_path / "out.csv")
    assert row.item is not None
    assert row.item.cancelled_on == DAY
