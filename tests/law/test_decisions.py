"""Proposals handed out, filled in, taken back: whole or not at all, by name, reversible."""

import csv
import json
from datetime import date
from html.parser import HTMLParser

import openpyxl
import pytest

from riskwarn.audit.log import verify_log
from riskwarn.errors import ConfigError, InputRejectedError, NothingToDoError
from riskwarn.law.book import LawBook
from riskwarn.law.decisions import CHOICES, HEADERS
from riskwarn.law.items import load_items
from riskwarn.law.repin import Basis, Step, carry_out, rewritten
from riskwarn.law_update import Signed, decide, decisions, make_proposals, undo
from riskwarn.store.store import Store
from riskwarn.workspace import Workspace
from tests.law.builders import a_law, put

START, END, ON = date(2019, 1, 1), date(2021, 1, 1), date(2021, 3, 1)
SIGNED = Signed(by="张三", on=ON)
CODES = [f"9900000000000{n}" for n in range(1, 5)]
OLD = "样品法@2010-01-01#"
LIST = (
    "事项编码,子项名称,备注,取消日期,依据引用\r\n"
    '{0},登记检查,"含,逗号",,{o}1.1|{a}；{o}3|{c}\r\n'
    "{1},备案检查,无,,{o}2.1.2|{b}\r\n"
    "{2},别的,不动,,{o}1.1|{a}\r\n"
    "{3},停了的,早,2015-01-01,{o}1.1|{a}\r\n"
)


REGISTER = "从事样品经营的单位应当向所在地登记机关办理登记。"
FILE = "经营者应当向主管部门备案：\n\n（一）名称和住所；\n\n（二）经营地址。"
FINE = "违反本法规定的，由登记机关责令改正，处一万元以下罚款。"
FINED_MORE = FINE.replace("一万元", "五万元")
AIM = "为了加强样品经营的监督管理，保护消费者的合法权益，制定本法。"


def a_book(folder):
    """样品法 of 2010 and 2020: 第一条 moved to 第二条, 第二条 gone, the fine of 第三条 raised."""
    told = {"title": "样品法", "sha256": "0" * 64}
    put(folder, a_law("样品法", REGISTER, FILE, FINE), promulgated="2010-01-01",
        effective="2010-06-01", **told)  # fmt: skip
    put(folder, a_law("样品法", AIM, REGISTER, FINED_MORE), promulgated="2020-01-01",
        effective="2020-07-01", **told)  # fmt: skip
    return LawBook.open(folder)


@pytest.fixture
def ws(tmp_path):
    laws, items = tmp_path / "legal_clauses" / "laws", tmp_path / "legal_clauses" / "items"
    laws.mkdir(parents=True)
    items.mkdir()
    book = a_book(laws)
    words = {
        name: book.resolve(f"{OLD}{place}").clause.text_hash
        for name, place in (("a", "1.1"), ("b", "2.1.2"), ("c", "3"))
    }
    text = LIST.format(*CODES, o=OLD, **words)
    (items / "清单.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    (tmp_path / "riskwarn.yaml").write_text('riskwarn: "1"\n', encoding="utf-8")
    return Workspace.open(tmp_path)


def asked(ws):
    path = ws.root / "建议.xlsx"
    return make_proposals(ws, START, END, path, ws.root / "对照"), path


def fill(path, choices, edit=None):
    book = openpyxl.load_workbook(path)
    sheet = book["建议"]
    for row in range(2, sheet.max_row + 1):
        code = sheet.cell(row, at("事项编码")).value
        cited = sheet.cell(row, at("现引条款")).value
        choice, instead = choices.get((code, cited[5:8]), choices.get(code, ("暂缓", None)))
        sheet.cell(row, at("决定")).value = choice
        sheet.cell(row, at("改为条款")).value = instead
    if edit:
        edit(sheet)
    filled = path.with_name("填好.xlsx")
    book.save(filled)
    return filled


def at(header):
    return HEADERS.index(header) + 1


def pins(ws):
    return {
        item.code: [p.ref.canonical for p in item.citations] for item in load_items(ws.items_dir)
    }


def refused(ws, path, signed=SIGNED):
    before = (ws.items_dir / "清单.csv").read_bytes()
    with pytest.raises(InputRejectedError) as caught:
        decide(ws, path, signed)
    assert (ws.items_dir / "清单.csv").read_bytes() == before
    assert decisions(ws) == []
    return [(p.code, p.place.line, p.place.column) if p.place else p.code
            for p in caught.value.problems]  # fmt: skip


def test_each_touched_citation_is_one_row_with_both_texts_and_its_place(ws):
    batch, path = asked(ws)
    rows = {(r.code, r.old_label[5:8]): r for r in batch.rows}
    assert {code for code, _ in rows} == set(CODES[:3])  # an item that has ended is not asked
    moved = rows[CODES[0], "第一条"]
    assert (moved.fate, moved.proposed) == ("条号变动", "《样品法》第二条第一款")
    changed = rows[CODES[0], "第三条"]
    assert (changed.old_text, changed.new_text) == (FINE, FINED_MORE)
    sheet = openpyxl.load_workbook(path)["建议"]
    assert [c.value for c in sheet[1]] == list(HEADERS)
    assert sheet.protection.sheet
    assert sheet.column_dimensions["A"].hidden
    (rule,) = sheet.data_validations.dataValidation
    assert rule.formula1.strip('"').split(",") == list(CHOICES)
    assert not sheet.cell(2, at("决定")).protection.locked
    assert sheet.cell(2, at("原文")).protection.locked


def test_the_same_question_gives_the_same_batch_and_the_same_bytes(ws):
    first, path = asked(ws)
    kept = path.read_bytes()
    again, _ = asked(ws)
    assert (again, path.read_bytes()) == (first, kept)
    with Store.open(ws) as store:
        assert len(store.log_leaves()) == 1


def test_decisions_change_only_the_cells_they_name_and_stand_in_the_log_by_name(ws):
    _, path = asked(ws)
    choices = {CODES[0]: ("接受", None), CODES[1]: ("事项停用", None),
               CODES[2]: ("改为", "《样品法》第一条")}  # fmt: skip
    before = (ws.items_dir / "清单.csv").read_bytes().split(b"\r\n")
    decide(ws, fill(path, choices), Signed(by="张三", on=ON, second="李四"))
    after = (ws.items_dir / "清单.csv").read_bytes().split(b"\r\n")
    assert [a == b for a, b in zip(before, after, strict=True)] == [1, 0, 0, 0, 1, 1]
    assert after[1].startswith(f'{CODES[0]},登记检查,"含,逗号",,样品法@2020-01-01#2.1|'.encode())
    found = pins(ws)
    assert found[CODES[0]] == ["样品法@2020-01-01#2.1", "样品法@2020-01-01#3"]
    assert found[CODES[2]] == ["样品法@2020-01-01#1"]
    ended = next(item for item in load_items(ws.items_dir) if item.code == CODES[1])
    assert (ended.cancelled_on, found[CODES[1]]) == (ON, ["样品法@2010-01-01#2.1.2"])
    with Store.open(ws) as store:
        leaves = store.log_leaves()
        assert verify_log(leaves, store.tree_heads()) == []
    told = [json.loads(leaf.payload) for leaf in leaves if leaf.kind == "law_decision"]
    assert {(row["by"], row["second"], row["on"]) for row in told} == {
        ("张三", "李四", "2021-03-01")
    }


def test_an_undo_is_a_further_decision_and_the_list_is_again_what_it_was(ws):
    _, path = asked(ws)
    before = (ws.items_dir / "清单.csv").read_bytes()
    choices = {CODES[0]: ("接受", None), CODES[1]: ("事项停用", None)}
    group = decide(ws, fill(path, choices), SIGNED)
    for entry in group.entries:  # in any order: two of them are of one item
        undo(ws, entry.id, Signed(by="王五", on=date(2021, 4, 1)))
    assert (ws.items_dir / "清单.csv").read_bytes() == before
    assert len(decisions(ws)) == 1 + len(group.entries)
    with pytest.raises(NothingToDoError, match="L174"):
        undo(ws, group.entries[0].id, SIGNED)


def test_what_is_put_off_comes_again_in_another_batch(ws):
    batch, path = asked(ws)
    decide(ws, fill(path, {CODES[0]: ("接受", None)}), SIGNED)
    again, _ = asked(ws)
    assert again.id != batch.id
    assert {row.code for row in again.rows} == {CODES[1], CODES[2]}


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        (lambda s: s.delete_rows(3), ("L162", 0, 0)),
        (lambda s: s.cell(3, at("事项编码")).__setattr__("value", "1"),
         ("L165", 3, at("事项编码"))),
        (lambda s: s.cell(2, at("新文")).__setattr__("value", "改过"), ("L165", 2, at("新文"))),
        (lambda s: s.cell(2, at("决定")).__setattr__("value", "同意"), ("L166", 2, at("决定"))),
        (lambda s: s.cell(2, at("决定")).__setattr__("value", None), ("L166", 2, at("决定"))),
        (lambda s: s.cell(2, at("决定")).__setattr__("value", "改为"), ("L167", 2, at("改为条款"))),
        (lambda s: s.cell(3, at("行标识")).__setattr__("value", s.cell(2, at("行标识")).value),
         ("L164", 3, at("行标识"))),
        (lambda s: [s.cell(r, at("批次")).__setattr__("value", "B0") for r in range(2, 6)],
         ("L161", 2, at("批次"))),
    ],
)  # fmt: skip
def test_a_workbook_that_was_tampered_with_is_refused_whole_with_the_cell(ws, edit, fault):
    _, path = asked(ws)
    assert fault in refused(ws, fill(path, {}, edit))


def test_a_place_that_does_not_exist_or_does_not_bind_is_refused_in_its_cell(ws):
    _, path = asked(ws)
    choices = {CODES[0]: ("改为", "《样品法》第九条"), CODES[1]: ("改为", "样品法@2010-01-01#1"),
               CODES[2]: ("改为", "《样呂法》第一条")}  # fmt: skip
    found = refused(ws, fill(path, choices))
    assert [code for code, _, _ in found] == ["L115", "L115", "L169", "L111"]
    assert {column for _, _, column in found} == {at("改为条款")}


def test_a_formula_in_any_cell_is_refused_in_its_place(ws):
    _, path = asked(ws)

    def inject(sheet):
        sheet.cell(2, at("理由")).value = "=1+1"
        sheet.cell(3, at("改为条款")).value = '=HYPERLINK("http://x","《样品法》第一条")'

    found = refused(ws, fill(path, {}, inject))
    assert found == [("L177", 2, at("理由")), ("L177", 3, at("改为条款"))]


def test_nobody_accepts_a_text_that_does_not_bind_yet(ws):
    more = FINE.replace("一万元", "九万元")
    later = a_law("样品法", AIM, REGISTER, more, ends="本法自2022年1月1日起施行。")
    put(ws.laws_dir, later, title="样品法", promulgated="2020-12-01", effective="2022-01-01",
        sha256="0" * 64)  # fmt: skip
    items = ws.items_dir / "清单.csv"
    text = items.read_bytes().decode("utf-8-sig").splitlines(keepends=True)
    items.write_text(text[0] + f"{CODES[0]},甲,无,,样品法@2020-01-01#3|\r\n", "utf-8", newline="")
    batch, path = asked(ws)
    assert [(row.fate, row.commences) for row in batch.rows] == [("已公布，尚未施行", "2022-01-01")]
    assert refused(ws, fill(path, {CODES[0]: ("接受", None)})) == [("L169", 2, at("决定"))]
    decide(ws, fill(path, {CODES[0]: ("接受", None)}), Signed(by="张三", on=date(2022, 1, 1)))
    assert pins(ws) == {CODES[0]: ["样品法@2020-12-01#3"]}


def test_a_batch_is_decided_once_and_by_two_where_the_settings_ask(ws):
    _, path = asked(ws)
    strict = ws.root / "riskwarn.yaml"
    strict.write_text('riskwarn: "1"\nlaw:\n  second_person: true\n', encoding="utf-8")
    two = Workspace.open(ws.root)
    assert two.settings_hash == ws.settings_hash  # who signs changes no result of a night
    filled = fill(path, {})
    for signed in (SIGNED, Signed(by="张三", on=ON, second="张三")):
        with pytest.raises(ConfigError, match="L170"):
            decide(two, filled, signed)
    decide(two, filled, Signed(by="张三", on=ON, second="李四"))
    with pytest.raises(InputRejectedError, match="L173"):
        decide(ws, filled, SIGNED)


def test_what_was_logged_and_interrupted_is_finished_by_the_next_call(ws, monkeypatch):
    _, path = asked(ws)
    monkeypatch.setattr("riskwarn.law_update._exchange", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        decide(ws, fill(path, {CODES[0]: ("接受", None)}), SIGNED)
    monkeypatch.undo()
    assert pins(ws)[CODES[0]] == ["样品法@2010-01-01#1.1", "样品法@2010-01-01#3"]
    with pytest.raises(NothingToDoError):
        undo(ws, "D0", SIGNED)
    assert pins(ws)[CODES[0]] == ["样品法@2020-01-01#2.1", "样品法@2020-01-01#3"]
    assert all(group.done for group in decisions(ws))


def test_two_citations_that_meet_in_one_clause_can_be_parted_again():
    steps = [Step(id="1", old="甲|", new=("丙|",), replaces=True),
             Step(id="2", old="乙|", new=("丙|",), replaces=True)]  # fmt: skip
    assert carry_out(Basis(pins="甲|；乙|"), steps).pins == "丙|"
    assert carry_out(Basis(pins="甲|；乙|"), steps[1:]).pins == "甲|；丙|"
    with pytest.raises(ConfigError, match="L171"):
        carry_out(Basis(pins="丁|"), steps)


def test_an_odd_line_inside_a_cell_does_not_shift_the_rows_of_a_list(tmp_path):
    path = tmp_path / "甲.csv"
    rows = [
        ["事项编码", "子项名称", "依据引用"],
        ["1", "两\n行\u2028字", "甲|"],
        ["2", "乙", "乙|"],
    ]
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    new = rewritten(path, {"2": Basis(pins="丙|")})
    assert new == path.read_bytes().replace("乙|".encode("gb18030"), "丙|".encode("gb18030"))


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_the_pages_ask_for_nothing_and_escape_what_they_show(ws):
    items = ws.items_dir / "清单.csv"
    items.write_bytes(items.read_bytes().replace("登记检查".encode(), b"<script>x</script>"))
    asked(ws)
    pages = sorted((ws.root / "对照").glob("*.html"))
    assert len(pages) == 2
    text = "".join(page.read_text("utf-8") for page in pages)
    assert "处<ins>五万</ins>元" in text
    page = _Page()
    page.feed(text)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "form"}
    assert all("://" not in (a.get("href") or "") for _, a in page.tags)
    policy = [a["content"] for tag, a in page.tags if tag == "meta" and "content" in a]
    assert len(policy) == 2
    assert all(content.startswith("default-src 'none'") for content in policy)
