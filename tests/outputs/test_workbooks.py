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
    assert first["分值"] == 113.4
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
