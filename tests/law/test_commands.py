"""The commands of the law room: what they print, and how they end."""

import json

import pytest
import typer
from typer.testing import CliRunner

from riskwarn.commands import items, law
from riskwarn.errors import ConfigError, RiskwarnError, UsageError
from tests.law.builders import a_book, a_law

app = typer.Typer()
app.add_typer(law.app, name="law")
app.add_typer(items.app, name="items")


@pytest.fixture
def laws(tmp_path):
    folder = tmp_path / "laws"
    folder.mkdir()
    a_book(folder)
    return str(folder)


def run(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, RiskwarnError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_show_prints_the_clause_its_version_and_its_neighbours():
    output = run("law", "show", "《食品安全法》第四十一条第二款", "--on", "2026-01-01")
    assert "国家对重点液态食品道路散装运输实行许可制度" in output
    assert "2025-09-12 公布，施行 2025-12-01" in output
    assert "前：第四十一条第一款" in output
    assert "后：第四十一条第三款" in output


def test_show_as_json_says_how_sure_it_is(laws):
    told = json.loads(
        run("law", "show", "新品法#1", "--on", "2021-06-01", "--laws", laws, "--json")
    )
    assert told["clause"]["text"] == "新。"
    assert told["certain"] is False
    assert "施行日期不详" in told["reason"]


def test_a_clause_that_does_not_exist_ends_with_exit_code_3(laws):
    with pytest.raises(ConfigError) as caught:
        run("law", "show", "《样品法》第九条", "--laws", laws)
    assert caught.value.exit_code == 3
    assert "是否想写：《样品法》第四条" in str(caught.value)


def test_cite_prints_one_line_of_json_a_citation(laws, tmp_path):
    path = tmp_path / "试验条例(2021-01-01).md"
    path.write_text(a_law("试验条例", "依照样品法第二条处理。", "前条。"), encoding="utf-8")
    rows = [
        json.loads(x) for x in run("law", "cite", str(path), "--laws", laws, "--jsonl").splitlines()
    ]
    assert [(r["raw"], r["status"]) for r in rows] == [
        ("样品法第二条", "resolved"),
        ("前条", "resolved"),
    ]
    text = path.read_text(encoding="utf-8")
    assert all(text[r["start"] : r["end"]] == r["raw"] for r in rows)
    assert rows[0]["targets"][0]["version"] == "2020-01-01"


def test_offsets_count_our_own_header_too(laws):
    path = f"{laws}/样品法(2010-01-01).md"
    with open(path, encoding="utf-8", newline="") as file:
        raw = file.read()
    for line in run("law", "cite", path, "--laws", laws, "--jsonl").splitlines():
        row = json.loads(line)
        assert raw[row["start"] : row["end"]] == row["raw"]


def test_cite_reads_the_columns_of_a_list(laws, tmp_path):
    path = tmp_path / "单.csv"
    path.write_text("名称,设定依据\n第一条,《样品法》第一条\n", encoding="utf-8-sig")
    command = ("law", "cite", str(path), "--laws", laws, "--dated", "2015-01-01", "--jsonl")
    (row,) = [json.loads(x) for x in run(*command, "--column", "设定依据").splitlines()]
    assert (row["csv"], row["row"], row["column"], row["start"]) == ("单.csv", 1, "设定依据", 0)
    assert row["targets"][0]["version"] == "2010-01-01"
    with pytest.raises(UsageError) as caught:
        run(*command, "--column", "设定依椐")
    assert caught.value.problems[0].nearest == "设定依据"


def test_check_names_every_defect_with_file_line_and_kind(laws, tmp_path):
    bad = tmp_path / "laws" / "缺条法(2020-01-01).md"
    bad.write_text("第一条 甲。\n第三条 自公布之日起施行。\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="sha256"):  # the made-up headers carry no true hash
        run("law", "check", "--laws", laws)
    result = CliRunner().invoke(app, ["law", "check", "--laws", laws, "--json"])
    told = json.loads(result.stdout)
    gaps = [(a["file"], a["line"]) for a in told["anomalies"] if a["kind"] == "gap"]
    assert gaps == [("缺条法(2020-01-01).md", 2)]
    keys = {"texts", "parsed", "round_trip", "articles", "paragraphs", "items", "anomalies"}
    assert keys <= told.keys()


def test_history_says_that_a_number_is_not_an_identity(laws):
    rows = json.loads(run("law", "history", "《样品法》第一条", "--laws", laws, "--json"))
    assert [row["change"] for row in rows] == ["首见", "文字不同"]
    assert rows[1]["moved_to"] == "样品法@2020-01-01#2"


def test_an_import_says_when_the_commencement_is_unknown_or_impossible(tmp_path):
    source = tmp_path / "早施法(2020-05-01).md"
    source.write_text(a_law("早施法", "甲。", ends="本法自2019年1月1日起施行。"), encoding="utf-8")
    printed = run("law", "import", str(source), "--into", str(tmp_path / "laws"))
    assert "2019-01-01 早于公布日" in printed
    assert "请在文件头补 effective" in printed


def test_a_text_is_imported_byte_for_byte_and_never_overwritten(tmp_path):
    source = tmp_path / "样品法(2020-01-01).txt"
    text = "\ufeff" + a_law("样品法", "甲。").replace("\n", "\r\n")
    source.write_bytes(text.encode())
    into = tmp_path / "laws"
    assert "收入 1 份" in run("law", "import", str(source), "--into", str(into))
    stored = (into / "样品法(2020-01-01).md").read_bytes()
    assert stored.endswith(text.encode())
    assert b"effective: 2020-01-01" in stored
    assert "已有 1 份" in run("law", "import", str(source), "--into", str(into))
    source.write_text(a_law("样品法", "乙。"), encoding="utf-8")
    with pytest.raises(ConfigError, match="L012"):
        run("law", "import", str(source), "--into", str(into))
    assert (into / "样品法(2020-01-01).md").read_bytes() == stored


def test_an_item_is_shown_with_the_state_of_its_basis():
    output = run("items", "show", "99009900100001", "--on", "2026-01-01")
    assert "《食品安全法》第三十五条第一款" in output
    assert "食品安全法@2025-09-12#35.1  有效" in output
    with pytest.raises(ConfigError) as caught:
        run("items", "show", "99009900100009x")
    assert caught.value.problems[0].nearest


def test_items_are_listed_and_checked(tmp_path):
    assert "共 184 项" in run("items", "list")
    with pytest.raises(ConfigError) as caught:
        run("items", "check", "--on", "2026-01-01")
    assert {p.code for p in caught.value.problems} == {"I111", "I112"}


def test_help_has_an_example():
    for command in ("show", "search", "history", "cite", "check", "import"):
        assert "例：riskwarn law" in run("law", command, "--help")
