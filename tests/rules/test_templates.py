"""Sentence templates: a filled sentence is an ordinary rule, and a slip is told at its slot."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from riskwarn.errors import ConfigError
from riskwarn.rules.check import check_folder
from riskwarn.rules.pack import load_packs, read_packs
from riskwarn.rules.sheets import describe_slots, read_sheet, write_sheet
from riskwarn.rules.shown import dump, show_rule
from riskwarn.rules.templates import load_templates
from riskwarn.rules.try_ import run_tests
from riskwarn.sources.workbook import open_workbook
from riskwarn.workspace import resource_dir
from tests.rules.packs import rule, write
from tests.rules.test_shipped_packs import survivors

DAY = date(2026, 6, 30)
COMMON = 'item: "99009903100074", basis: [《消费者权益保护法》第三十二条第一款]'
COMMON += ", effective: {from: 2024-01-01}"
FILLED = {  # one use of every shipped template
    "count_over": "{事项: 投诉举报, 时段: 90天, 阈值: 5}",
    "shared_count_over": "{维度: 住所, 事项: 行政处罚, 时段: 365, 阈值: 10件}",
    "amount_over": "{金额: 罚款, 时段: 52周, 阈值: 1.5万元}",
    "burst": "{事项: 举报, 时段: 365天, 天数: 30天, 次数: 3}",
    "rise": "{事项: 抽检不合格, 时段: 30天, 期数: 6, 倍数: 2.5倍, 阈值: 5}",
    "peer_high": "{事项: 被诉, 时段: 365天, 比例: 95%, 阈值: 3}",
    "absent": "{行业: [H62, F52], 事项: 检查, 时段: 730天}",
    "licence_lapsed": "{许可: 食品经营许可, 天数: 30天}",
    "shared_place": "{维度: 电话, 阈值: 10}",
    "near_listed": "{名单: 严重违法失信名单}",
}


def uses(slots: dict[str, str], more: str = "") -> str:
    head = "riskwarn: 1\npack: {id: my.pack, version: 1.0.0, title: 本地, owner: 消保科}\nrules:\n"
    return head + "".join(
        f"  - {{id: my.{name}, template: {name}, slots: {text}, {COMMON}{more}}}\n"
        for name, text in slots.items()
    )


def a_folder(tmp_path: Path, text: str) -> Path:
    folder = write(tmp_path, text)
    for name in ("templates.yaml", "features.yaml"):
        shutil.copy(resource_dir("rules") / name, folder / name)
    return folder


def told(tmp_path: Path, slots: str, template: str = "count_over", more: str = "") -> list[str]:
    folder = a_folder(tmp_path, uses({template: slots}, more))
    return [str(p) for p in check_folder(folder, DAY) if p.severity == "error"]


def test_every_shipped_template_fills_to_rules_that_pass_their_own_tests_on_every_engine(tmp_path):
    assert set(FILLED) == set(load_templates(resource_dir("rules")))
    folder = a_folder(tmp_path, uses(FILLED))
    assert check_folder(folder, DAY) == []
    packs = load_packs(folder)
    assert [r.id for r in packs[0].rules] == [f"my.{name}" for name in FILLED]
    results = run_tests(packs, ("polars", "duckdb"))
    assert [r for r in results if not r.passed] == []
    assert len(results) == 2 * sum(len(r.tests) for r in packs[0].rules) >= 80


def test_the_examples_of_every_template_notice_each_small_wrong(tmp_path):
    count, alive = survivors(load_packs(a_folder(tmp_path, uses(FILLED))))
    assert count > 50
    assert alive == []


def test_units_are_taken_as_people_write_them(tmp_path):
    packs = load_packs(a_folder(tmp_path, uses(FILLED)))
    rules = {r.id: r for r in packs[0].rules}
    assert rules["my.amount_over"].params["my_amount_over_min"].values[0].value == 1_500_000
    assert packs[0].features.features["my_amount_over_sum"].window_days == 364
    assert rules["my.rise"].params["my_rise_times"].values[0].value == 25_000
    assert rules["my.peer_high"].params["my_peer_high_rank"].values[0].value == 9_500
    assert rules["my.near_listed"].says.startswith(
        "2层以内关联到严重违法失信名单主体，持股不低于25%"
    )
    assert packs[0].features.features["my_near_listed_hops"].min_share_bp == 2_500
    assert rules["my.absent"].params["my_absent_industries"].values[0].value == ("H62", "F52")


def test_a_filled_sentence_equals_the_rule_written_by_hand(tmp_path):
    packs = load_packs(a_folder(tmp_path, uses({"count_over": FILLED["count_over"]})))
    hand = """riskwarn: 1
pack: {id: my.pack, version: 1.0.0, title: 本地, owner: 消保科}
params:
  m: {title: 次数, type: int, range: [1, 1000], values: [{from: 2024-01-01, value: 5}]}
features:
  c: {title: 近90天投诉举报次数, from: complaint, agg: count, window: 90d, unit: 件}
rules:
""" + rule("{all: [{field: status, eq: active}, {feature: c, ge: $m}]}", "my.hand", message='"{c}"')
    other = load_packs(write(tmp_path / "hand", hand))
    table = pl.DataFrame(
        {
            "ent": range(5),
            "region": ["330106"] * 4 + [None],
            "status": ["active", "active", None, "cancelled", "active"],
            "my_count_over_count": [5, 4, 5, 9, None],
        }
    ).with_columns(c="my_count_over_count")
    from riskwarn.rules.run import evaluate

    rules = [packs[0].rules[0], other[0].rules[0]]
    found: Any = evaluate(rules, table.lazy(), DAY).collect()
    assert found["my.count_over"].to_list() == found["my.hand"].to_list()
    assert found["my.hand"].to_list() == [True, False, None, False, None]


def test_a_threshold_may_differ_by_region_and_date(tmp_path):
    values = '[{region: "*", from: 2024-01-01, value: 10, note: 全省}, '
    values += '{region: "3301", from: 2025-01-01, value: 4次, note: 试点}]'
    folder = a_folder(
        tmp_path, uses({"count_over": f"{{事项: 投诉举报, 时段: 90天, 阈值: {values}}}"})
    )
    assert check_folder(folder, DAY) == []
    made = load_packs(folder)[0].rules[0].params["my_count_over_min"]
    assert [(v.region, v.value, v.note) for v in made.values] == [
        ("", 10, "全省"),
        ("3301", 4, "试点"),
    ]
    assert all(r.passed for r in run_tests(load_packs(folder), ("polars",)))


@pytest.mark.parametrize(
    ("template", "slots", "want"),
    [
        ("count_over", "{事项: 投诉举报, 时段: 90天}", "E141 模板 count_over 的“阈值”没有填"),
        ("count_over", "{事项: 投诉, 时段: 90天, 阈值: 5}", "E142 事项 没有 '投诉' 这一项"),
        ("count_over", "{事项: 举报, 时段: 三个月, 阈值: 5}", "E142 时段 填的 '三个月' 不对"),
        ("count_over", "{事项: 举报, 时段: 90天, 阈值: 0}", "E143 阈值 填的 0 超出允许范围"),
        ("count_over", "{事项: 举报, 时段: 90天, 域值: 5}", "E140 模板 count_over 没有“域值”"),
        ("amount_over", "{金额: 罚款, 时段: 90天, 阈值: 50000}", "E142 阈值 填的 '50000' 不对"),
        ("amount_over", "{金额: 罚款, 时段: 90天, 阈值: 0.001元}", "E142 阈值 填的 '0.001元' 太细"),
        ("licence_lapsed", "{许可: 食品许可, 天数: 3}", "E142 许可 没有 '食品许可'"),
        ("absent", "{行业: H62、F52, 事项: 检查, 时段: 730}", "E142 行业："),
        ("cuont_over", "{}", "E144 没有模板 cuont_over"),
    ],
)  # fmt: skip
def test_a_slip_is_told_at_its_slot_with_the_cure(tmp_path, template, slots, want):
    texts = told(tmp_path, slots, template)
    mine = [text for text in texts if want in text]
    assert mine, texts
    assert all(text.startswith("rules/demo.yaml:4:") for text in texts)
    line = uses({template: slots}).splitlines()[3]
    written = want.split("“")[-1].split("”")[0] if want.startswith("E140") else want.split("'")[1:2]
    if written and "没有填" not in want:
        word = written if isinstance(written, str) else written[0]
        assert f":4:{line.index(word) + 1}: " in mine[0]
    assert "；" in mine[0]  # says what would be right


def test_nearest_words_are_offered(tmp_path):
    assert told(tmp_path, "{事项: 投诉举抱, 时段: 9天, 阈值: 5}")[0].endswith("是否想写：投诉举报")
    folder = tmp_path / "b"
    assert told(folder, "{金额: 罚款, 时段: 90天, 阈值: 5万}", "amount_over")[0].endswith("5万元")
    assert "是否想写：count_over" in told(tmp_path / "c", "{}", "cuont_over")[0]


def test_a_use_writes_no_condition_of_its_own_and_faults_elsewhere_keep_their_place(tmp_path):
    more = ", when: {field: status, eq: active}"
    texts = told(tmp_path, FILLED["count_over"], more=more)
    assert any("E146 用了模板就不再写 when" in text for text in texts)
    text = uses({"count_over": FILLED["count_over"]}, ", severity: 高")
    folder = a_folder(tmp_path / "b", text)
    column = text.splitlines()[3].index("severity: ") + len("severity: ") + 1
    assert next(str(p) for p in check_folder(folder, DAY)).startswith(
        f"rules/demo.yaml:4:{column}: Y020 severity 的值 '高' 不对"
    )


def test_what_is_shown_reads_as_the_same_rule(tmp_path):
    folder = a_folder(tmp_path, uses(FILLED))
    packs, features, _ = read_packs(folder)
    for one in packs[0].rules:
        text = show_rule(folder, one, features)
        again = load_packs(a_folder(tmp_path / one.id, text))[0].rules[0]
        assert again == one


def fill(path: Path, rows: list[dict[str, Any]]) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("规则")
        headers = list(dict.fromkeys(name for row in rows for name in row))
        sheet.write_row(0, 0, headers)
        for line, row in enumerate(rows, 1):
            for column, name in enumerate(headers):
                sheet.write(line, column, row.get(name))


ROW = {
    "模板": "次数达到阈值",
    "规则编号": "my.count_over",
    "监管事项编码": "99009903100074",
    "依据": "《消费者权益保护法》第三十二条第一款",
    "生效日期": "2024-01-01",
    "严重程度": "高",
    "事项": "投诉举报",
    "时段": "90天",
    "阈值": "5",
}
HEADER = {"id": "my.sheet", "version": "1.0.0", "title": "表格", "owner": "消保科"}


def test_a_row_of_a_workbook_is_the_same_rule_as_its_yaml(tmp_path):
    folder = a_folder(tmp_path, uses({"count_over": FILLED["count_over"]}, ", severity: high"))
    fill(tmp_path / "n.xlsx", [ROW, ROW | {"规则编号": "my.other", "阈值": 7}])
    root = read_sheet(tmp_path / "n.xlsx", load_templates(folder), HEADER)
    (folder / "sheet.yaml").write_text(dump(root.plain()), encoding="utf-8")
    (mine, *_), (same, other) = (pack.rules for pack in load_packs(folder))
    assert (same.when, same.params, same.tests, same.severity) == (
        mine.when, mine.params, mine.tests, mine.severity,
    )  # fmt: skip
    assert other.params["my_other_min"].values[0].value == 7


def test_faults_of_a_workbook_name_their_cells_all_at_once(tmp_path):
    rows = [
        ROW | {"阈值": "五次", "事项": "投诉举抱"},
        ROW | {"模板": "次数达到域值"},
        {"时段": "9天"},
    ]
    fill(tmp_path / "n.xlsx", rows)
    folder = a_folder(tmp_path, uses({"count_over": FILLED["count_over"]}))
    with pytest.raises(ConfigError) as caught:
        read_sheet(tmp_path / "n.xlsx", load_templates(folder), HEADER)
    assert [str(p).split("；")[0] for p in caught.value.problems] == [
        "n.xlsx!规则!A3: E147 没有模板 次数达到域值",
        "n.xlsx!规则!H4: E147 这一行没有选模板",
    ]
    fill(tmp_path / "n.xlsx", rows[:1])
    root = read_sheet(tmp_path / "n.xlsx", load_templates(folder), HEADER)
    texts = [str(p) for p in read_packs(folder, [(folder / "s.yaml", root)])[2]]
    assert [text.split("；")[0] for text in texts] == [
        "n.xlsx!规则!G2: E142 事项 没有 '投诉举抱' 这一项",
        "n.xlsx!规则!I2: E142 阈值 填的 '五次' 不对",
    ]


def test_the_empty_workbook_has_a_column_for_every_slot(tmp_path):
    templates = load_templates(resource_dir("rules"))
    write_sheet(templates, tmp_path / "e.xlsx")
    headers = open_workbook(tmp_path / "e.xlsx", "e.xlsx", "模板").headers
    assert headers == ("模板", "这句话", "要填的空")
    with pytest.raises(ConfigError, match="一条规则也没有填"):
        read_sheet(tmp_path / "e.xlsx", templates, HEADER)
    for one in templates.values():
        assert len(describe_slots(one)) == len(one.slots)


def test_slots_without_a_template_are_told_with_the_key_that_was_meant(tmp_path):
    text = uses({"count_over": FILLED["count_over"]}).replace("template:", "tempalte:")
    first = next(str(p) for p in check_folder(a_folder(tmp_path, text), DAY))
    assert first.startswith(
        "rules/demo.yaml:4:25: E144 写了 slots，没有写用哪个模板（tempalte 疑为"
    )


@pytest.mark.parametrize(
    ("right", "wrong", "want"),
    [
        ("codes: licence_kind", "codes: licence_kinds", "E145 没有代码表 licence_kinds"),
        ("range: [2, 100]}", "range: [两, 100]}", "E145 range 填的 '两' 不对"),
        ("one_of: 金额}", "one_of: 金额表}", "E145 没有共用选项 金额表"),
        ("内{金额}合计", "内{金客}合计", "E145 句子里的 金客 不是本模板的空"),
        ("type: times", "type: time", "Y020"),
    ],
)
def test_a_fault_in_the_templates_themselves_is_told_at_its_line(tmp_path, right, wrong, want):
    folder = a_folder(tmp_path, uses({"count_over": FILLED["count_over"]}))
    path = folder / "templates.yaml"
    text = path.read_text(encoding="utf-8")
    line = next(n for n, one in enumerate(text.splitlines(), 1) if right in one)
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    told_ = [str(p) for p in check_folder(folder, DAY)]
    assert any(one.startswith(f"rules/templates.yaml:{line}:") and want in one for one in told_)
