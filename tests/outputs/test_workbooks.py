from dataclasses import replace
from datetime import date, datetime

import openpyxl
import pytest

from riskwarn.outputs.tasks import task_files, write_tasks_book
from riskwarn.outputs.workbook import CELL_LIMIT, cut
from riskwarn.outputs.write import write_outputs
from riskwarn.tables.catalogue import load_catalogue
from tests.sample_night import sample_bundle


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("books")
    write_outputs(sample_bundle(), path)
    return path


def rows(sheet):
    head = [cell.value for cell in sheet[1]]
    return [dict(zip(head, [c.value for c in row], strict=True)) for row in sheet.iter_rows(2)]


def test_the_leads_book_reads_in_words_and_is_frozen_and_filtered(folder):
    book = openpyxl.load_workbook(folder / "leads.xlsx")
    assert book.sheetnames == ["线索", "退出线索", "说明"]
    sheet = book["线索"]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == "A1:Y15"
    first = rows(sheet)[0]
    assert first["分值"] == 156  # 85 by rules, 71 for a probability of 0.71
    assert first["理由"].splitlines() == [
        "食品经营许可证于 2026-05-31 到期，登记状态仍为存续",
        "近90日食品类投诉 11 件，本地阈值 4 件",
        "相关因素：近一年罚没金额 20,000 元",
    ]
    assert "国家对食品生产经营实行许可制度" in first["条款原文（当日有效）"]
    assert first["办理期限"].date() == date(2026, 7, 14)
    assert first["模型概率"] == "71.0%"


def test_the_book_was_made_on_the_day_of_the_run_not_by_the_clock(folder):
    book = openpyxl.load_workbook(folder / "leads.xlsx")
    assert book.properties.created.isoformat() == "2026-06-30T00:00:00"


def test_gone_leads_are_in_the_book_with_their_reason(folder):
    gone = rows(openpyxl.load_workbook(folder / "leads.xlsx")["退出线索"])
    assert [row["退出原因"] for row in gone] == [
        "数据缺失，暂不能判断",
        "已有核查结论",
        "信号已消失",
    ]


def test_every_lead_is_in_exactly_one_task_book():
    bundle = sample_bundle()
    handed = [lead.lead_id for _, leads in task_files(bundle) for lead in leads]
    assert sorted(handed) == sorted(lead.lead_id for lead in bundle.leads)


def test_a_task_book_locks_what_is_given_and_opens_what_is_asked(folder):
    sheet = openpyxl.load_workbook(folder / "tasks-330106.xlsx")["核查任务"]
    assert sheet.protection.sheet
    head = {cell.value: cell.column for cell in sheet[1]}
    opened = {"检查日期", "检查形式", "检查结果", "核查结论", "实际适用条款", "备注"}
    for header, column in head.items():
        locked = sheet.cell(2, column).protection.locked
        assert locked == (header not in opened | {"检查人员执法证号"}), header


def test_drop_downs_offer_the_words_of_the_code_list(folder):
    book = openpyxl.load_workbook(folder / "tasks-330106.xlsx")
    rules = {str(v.sqref): v for v in book["核查任务"].data_validations.dataValidation}
    assert {v.type for v in rules.values()} == {"list", "date"}
    head = {cell.value: cell.column_letter for cell in book["核查任务"][1]}
    result = rules[f"{head['检查结果']}2:{head['检查结果']}10"]
    codes = [cell[0].value for cell in book["代码"][result.formula1.split("!")[1].replace("$", "")]]
    words = load_catalogue().codes["inspection_result"]
    assert codes == [words.label(code) for code in words.values]
    assert book["代码"].sheet_state == "hidden"
    assert book["批次"].sheet_state == "veryHidden"


def test_the_filled_columns_are_headers_that_the_inspection_table_accepts(folder):
    sheet = openpyxl.load_workbook(folder / "tasks-330106.xlsx")["核查任务"]
    headers = {cell.value for cell in sheet[1]}
    table = load_catalogue().table("inspection")
    for name in ("inspection_no", "uscc", "inspected_on", "task_no", "selected_by", "item_code"):
        assert headers & set(table.columns[name].headers), name
    for name in ("officers", "results", "form"):
        assert headers & set(table.columns[name].headers), name


def test_the_batch_changes_with_the_leads_handed_out(tmp_path):
    bundle = sample_bundle()
    _name, leads = task_files(bundle)[1]
    write_tasks_book(bundle, leads, tmp_path / "a.xlsx")
    write_tasks_book(bundle, leads[:-1], tmp_path / "b.xlsx")
    batches = [
        {row[0].value: row[1].value for row in openpyxl.load_workbook(tmp_path / f)["批次"].rows}
        for f in ("a.xlsx", "b.xlsx")
    ]
    assert batches[0]["batch_id"] != batches[1]["batch_id"]
    assert batches[0]["leads"] == str(len(leads))


def test_an_odd_department_code_becomes_a_safe_file_name():
    bundle = sample_bundle()
    odd = [replace(bundle.leads[0], department_code=c) for c in ("../../etc", "undecided", "")]
    names = [name for name, _ in task_files(replace(bundle, leads=tuple(odd)))]
    assert len(set(names)) == 3
    assert "tasks-undecided.xlsx" in names
    assert all(name.replace("tasks-", "").replace(".xlsx", "").isalnum() for name in names)


def test_a_cell_too_long_for_excel_is_cut_and_says_so():
    text = cut("字" * 40_000)
    assert len(text) < 32_767
    assert text.endswith("（过长，余下从略）")
    assert cut("字" * CELL_LIMIT) == "字" * CELL_LIMIT


def test_dates_are_dates(folder):
    sheet = openpyxl.load_workbook(folder / "tasks-330106.xlsx")["核查任务"]
    due = [row["办理期限"] for row in rows(sheet)]
    assert all(isinstance(value, datetime) for value in due)
    assert due[0].date() > date(2026, 6, 30)


def test_columns_blank_in_every_row_are_hidden_but_never_those_to_fill_in(tmp_path):
    bundle = sample_bundle()
    bare = tuple(replace(lead, model=None, clauses=()) for lead in bundle.leads)
    write_outputs(replace(bundle, leads=bare), tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / "leads.xlsx")["线索"]
    head = {cell.value: cell.column_letter for cell in sheet[1]}
    hidden = {name for name, at in head.items() if sheet.column_dimensions[at].hidden}
    assert hidden == {"法律依据", "条款原文（当日有效）", "模型概率", "模型主要因素"}
    tasks = openpyxl.load_workbook(tmp_path / "tasks-330106.xlsx")["核查任务"]
    head = {cell.value: cell.column_letter for cell in tasks[1]}
    hidden = {name for name, at in head.items() if tasks.column_dimensions[at].hidden}
    assert hidden == {"法律依据"}


def test_paper_shows_the_columns_that_are_worked_with(folder):
    tasks = openpyxl.load_workbook(folder / "tasks-330106.xlsx")["核查任务"]
    last = tasks.print_area.split(":")[1].replace("$", "")
    assert tasks[f"{''.join(c for c in last if c.isalpha())}1"].value == "备注"
    assert tasks.sheet_properties.pageSetUpPr.fitToPage
    assert tasks.print_title_rows == "$1:$1"


def test_a_row_is_as_high_as_its_longest_printed_text(tmp_path):
    from riskwarn.outputs.workbook import LINE_HEIGHT, Column, open_book

    columns = [
        Column(header="甲", width=12, kind="wrap"),
        Column(header="乙", width=12, kind="wrap"),
    ]
    rows = [["字" * 5, "字" * 50], ["字" * 16 + "\n字", "短"]]
    with open_book(tmp_path / "a.xlsx", date(2026, 6, 30), "t") as book:
        book.sheet("表", columns, rows, printed=1)
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["表"]
    lines = [round((sheet.row_dimensions[n].height - 4) / LINE_HEIGHT) for n in (2, 3)]
    assert lines == [2, 5]  # at least two; 16 characters at five a line are four, and one more


def test_where_ids_are_local_no_column_calls_them_credit_codes(tmp_path):
    write_outputs(replace(sample_bundle(), identity_word="主体编号"), tmp_path)
    for name, sheet in (
        ("leads.xlsx", "线索"),
        ("leads.xlsx", "退出线索"),
        ("tasks-330106.xlsx", "核查任务"),
    ):
        head = {cell.value for cell in openpyxl.load_workbook(tmp_path / name)[sheet][1]}
        assert "主体编号" in head
        assert "统一社会信用代码" not in head
    page = next((tmp_path / "report/lead").glob("*.html")).read_text(encoding="utf-8")
    assert "主体编号" in page
    assert "<dt>统一社会信用代码</dt>" not in page
