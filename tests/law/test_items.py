"""Items: read line by line, refused with their place, pinned to the words of a day."""

from dataclasses import replace
from datetime import date

import pytest

from riskwarn.errors import ConfigError, InputRejectedError
from riskwarn.law.book import LawBook
from riskwarn.law.item_checks import check_items
from riskwarn.law.item_import import import_items
from riskwarn.law.items import load_items, read_items, write_items
from riskwarn.law.pins import Pinner, read_pins, write_pins
from riskwarn.records.law import PinnedCitation, SupervisionItem
from tests.law.builders import a_book, a_law, put

HEAD = "事项编码,目录编码,子项名称,监管部门,监管层级,生效日期,取消日期,设定依据,备注\n"
ROW = "99000000000001,,检查甲,某局,县级,2020-01-01,,《样品法》第二条第一款,无\n"
DAY = date(2021, 6, 1)


@pytest.fixture
def book(tmp_path):
    (tmp_path / "laws").mkdir()
    return a_book(tmp_path / "laws")


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def faults(path):
    return [
        (p.code, p.place.line, p.place.column) for row in read_items(path) for p in row.problems
    ]


def test_a_list_is_imported_with_every_basis_pinned(book, tmp_path):
    source = write(tmp_path / "in.csv", HEAD + ROW)
    report = import_items(book, source, tmp_path / "out.csv", date(2019, 1, 1))
    assert report == {
        "items": 1,
        "citations": 1,
        "resolved": 1,
        "law_only": 0,
        "unresolved": 0,
        "warnings": 0,
    }
    (item,) = [row.item for row in read_items(tmp_path / "out.csv")]
    (pin,) = item.citations
    assert pin.ref.canonical == "样品法@2010-01-01#2.1"
    assert pin.text_hash == book.resolve("样品法@2010-01-01#2.1").clause.text_hash
    assert dict(item.extra) == {"备注": "无"}


def test_gb18030_gives_the_same_items_as_utf8(tmp_path):
    plain = [row.item for row in read_items(write(tmp_path / "u.csv", HEAD + ROW))]
    legacy = [row.item for row in read_items(write(tmp_path / "g.csv", HEAD + ROW, "gb18030"))]
    bom = [row.item for row in read_items(write(tmp_path / "b.csv", "\ufeff" + HEAD + ROW))]
    assert plain == legacy == bom


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("9900000000001,,检查甲,某局,县级,,,《样品法》第一条,\n", ("I108", 2, 1)),
        ("99000000000001,,,某局,县级,,,《样品法》第一条,\n", ("I104", 2, 3)),
        ("99000000000001,,检查甲,某局,县级,2024-02-30,,《样品法》第一条,\n", ("I105", 2, 6)),
        ("99000000000001,,检查甲,某局,县级,2024-02-01,2023-01-01,《样品法》第一条,\n",
         ("I107", 2, 7)),
        ("99000000000001,,检查甲\n", ("I102", 2, 0)),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named_with_line_and_column(tmp_path, row, fault):
    assert faults(write(tmp_path / "in.csv", HEAD + row)) == [fault]


def test_all_wrong_rows_are_told_at_once_and_nothing_is_written(book, tmp_path):
    text = HEAD + ROW + ROW.replace("99000000000001", "1") + ROW
    source = write(tmp_path / "in.csv", text)
    with pytest.raises(InputRejectedError) as caught:
        import_items(book, source, tmp_path / "out.csv", DAY)
    assert [(p.code, p.place.line) for p in caught.value.problems] == [("I108", 3), ("I106", 4)]
    assert not (tmp_path / "out.csv").exists()


def test_a_missing_column_is_named_with_what_was_probably_meant(tmp_path):
    path = write(tmp_path / "in.csv", "事项编吗,子项名称\n1,甲\n")
    (row,) = read_items(path)
    assert row.problems[0].code == "I101"
    assert row.problems[0].nearest == "事项编吗"


def test_a_code_that_stands_in_two_lists_is_refused(tmp_path):
    write(tmp_path / "a.csv", HEAD + ROW)
    write(tmp_path / "b.csv", HEAD + ROW)
    with pytest.raises(ConfigError) as caught:
        load_items(tmp_path)
    (problem,) = caught.value.problems
    assert problem.code == "I106"
    assert problem.place.file.endswith("b.csv")


def test_pins_are_written_and_read_back():
    cell = "样品法@2010-01-01#2.1|0123456789abcdef；新品法@2021-01-01|；?《无文法》第一条"
    pins = read_pins(cell)
    assert write_pins(pins) == cell
    assert [pin.status.value for pin in pins] == ["resolved", "law_only", "unresolved"]
    with pytest.raises(ConfigError):
        read_pins("样品法第一条")


def an_item(book, basis, on=date(2019, 1, 1), **changes):
    pins = Pinner(book).pin_text(basis, on)
    fields = {"code": "99000000000001", "name": "检查甲", "tier": "县级"} | changes
    return SupervisionItem(**fields, citations=pins)


def codes(book, *items, on=DAY):
    return [problem.code for problem in check_items(book, items, on)]


def test_an_item_on_living_law_has_no_problem(book):
    assert codes(book, an_item(book, "《样品法》第一条", DAY)) == []


def test_an_item_that_rests_only_on_repealed_law_is_an_error(book):
    assert codes(book, an_item(book, "《旧品法》第一条")) == ["I113", "I112"]


def test_an_item_whose_law_is_not_in_the_book_is_unknown_not_dead(book):
    assert codes(book, an_item(book, "《没有的办法》第一条")) == ["I113", "I114"]


def test_a_moved_clause_is_named_with_its_new_place(book):
    (problem,) = check_items(book, [an_item(book, "《样品法》第一条")], DAY)
    assert (problem.code, problem.nearest) == ("I113", "《样品法》第二条")


def test_an_item_without_any_basis_is_an_error(book):
    assert codes(book, an_item(book, "按有关规定")) == ["I111"]


def test_an_item_that_is_cancelled_is_not_checked(book):
    item = an_item(book, "《旧品法》第一条", cancelled_on=date(2021, 1, 1))
    assert codes(book, item) == []
    assert codes(book, item, on=date(2020, 12, 1)) != []


def test_an_implementation_item_needs_its_catalogue_item_and_a_known_level(book):
    item = an_item(book, "《样品法》第一条", DAY, catalogue_code="99000000000009", tier="村级")
    assert codes(book, item) == ["I115", "I116"]


def test_an_implementation_item_of_nobody_needs_a_local_regulation(book, tmp_path):
    code = "91320100000000000A4001"
    item = replace(an_item(book, "《样品法》第一条", DAY), code=code)
    assert codes(book, item) == ["I115"]
    put(tmp_path, a_law("某市条例", "甲应当备案。"), title="某市条例", level="地方性法规",
        promulgated="2010-01-01", effective="2010-01-01")  # fmt: skip
    local = LawBook.open(tmp_path)
    added = replace(an_item(local, "《某市条例》第一条", DAY), code=code)
    assert codes(local, added) == []


def test_the_same_items_give_the_same_bytes(book, tmp_path):
    items = [an_item(book, "《样品法》第一条；《新品法》")]
    write_items(items, tmp_path / "1.csv")
    write_items(items, tmp_path / "2.csv")
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()


def test_changed_words_under_a_pin_are_noticed(book):
    item = an_item(book, "《样品法》第一条", DAY)
    (pin,) = item.citations
    tampered = PinnedCitation(ref=pin.ref, text_hash="0" * 16, raw=pin.raw)
    changed = SupervisionItem(code=item.code, name=item.name, citations=(tampered,))
    assert codes(book, changed) == ["I113"]


def test_only_the_rows_that_name_a_law_are_read_each_with_its_own_line(tmp_path):
    rows = [
        "99000000000001,,甲,,,,,《别的法》第一条,\n",
        '99000000000002,,"乙\n两行",,,,,《样品法》第一条,\n',
        '99000000000003,,"丙\n《样品法》",,,,,无,\n',
        "99000000000004,,丁,,,,,《样品法》第二条,\n",
        '99000000000005,,"戊"三,,,,,无,\n',
        "12,,己,,,,,《样品法》第三条,\n",
    ]
    path = write(tmp_path / "清单.csv", HEAD + "".join(rows))
    found = list(read_items(path, "样品法"))
    assert [(row.item.code[-1], row.item.line) for row in found if row.item] == [
        ("2", 3),
        ("3", 5),
        ("4", 7),
        ("2", 9),
    ]
    every = {row.item.line: row for row in read_items(path) if row.item}
    assert len(every) == len(rows)
    assert [every[row.item.line].item for row in found if row.item] == [row.item for row in found]
    assert [problem.code for row in found for problem in row.problems] == ["I108"]
