"""riskwarn law lineage, diff, trace, impact, audit: what they print, and how they end."""

import csv
import io
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from riskwarn.commands import law
from riskwarn.errors import ConfigError, RiskwarnError, UsageError
from riskwarn.workspace import resource_dir

LAWS = resource_dir("legal_clauses") / "laws"
DATA = Path(__file__).parents[1] / "data" / "impact"
app = typer.Typer()
app.add_typer(law.app, name="law")


def run(*arguments):
    result = CliRunner().invoke(app, ["law", *map(str, arguments)])
    if isinstance(result.exception, RiskwarnError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_lineage_prints_a_table_of_two_files_from_anywhere():
    output = run(
        "lineage",
        "--old",
        LAWS / "反不正当竞争法(2019-04-23).md",
        "--new",
        LAWS / "反不正当竞争法(2025-06-27).md",
        "--csv",
    )
    rows = list(csv.DictReader(io.StringIO(output)))
    assert list(rows[0]) == ["old_article", "new_article", "relation", "confidence", "note"]
    assert {"7", "8"} == {rows[6]["old_article"], rows[6]["new_article"]}


def test_lineage_of_a_truncated_text_ends_with_exit_code_3():
    broken = LAWS / "动物防疫法(2013-06-29).md"
    with pytest.raises(ConfigError) as caught:
        run("lineage", "--old", broken, "--new", LAWS / "动物防疫法(2015-04-24).md")
    assert caught.value.exit_code == 3
    assert "动物防疫法(2013-06-29).md" in str(caught.value)


def test_diff_names_versions_as_people_do_and_writes_a_page(tmp_path):
    page = tmp_path / "对照.html"
    output = run("diff", "食品安全法@2021-04-29", "食品安全法@2025-09-12", "--html", page)
    assert "第四十一条  修改  义务" in output
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    with pytest.raises(ConfigError, match="没有 食品安全法@1999-01-01"):
        run("diff", "食品安全法@1999-01-01", "食品安全法")


def test_trace_shows_where_a_clause_stood():
    told = json.loads(run("trace", "《反不正当竞争法》第八条第一款", "--json"))
    assert told["id"] == "反不正当竞争法@2019-04-23#7.1"
    assert [place["fate"] for place in told["places"]] == ["", "text_changed_moved"]


def test_impact_of_one_law_lists_only_its_citations():
    output = run(
        "impact",
        "--items",
        DATA / "starter_items_asof_2024.csv",
        "--from",
        "2024-01-01",
        "--to",
        "2025-12-31",
        "--law",
        "反不正当竞争法",
        "--csv",
    )
    rows = list(csv.DictReader(io.StringIO(output)))
    assert len(rows) == 12
    assert {row["law"] for row in rows} == {"反不正当竞争法"}
    assert all(row["affects_item"] == "yes" for row in rows)


def test_audit_counts_what_the_basis_is_worth_and_names_a_wrong_column():
    path = DATA / "zhejiang_double_random_2017.csv"
    days = ("--dated", "2017-11-24", "--on", "2025-12-31")
    output = run("audit", path, "--column", "抽查依据", *days)
    assert "法已废止或者被取代 " in output.splitlines()[-1]
    with pytest.raises(UsageError, match="没有列 抽查依椐"):
        run("audit", path, "--column", "抽查依椐", *days)


def test_days_in_the_wrong_order_are_refused():
    items = DATA / "starter_items_asof_2024.csv"
    with pytest.raises(UsageError, match="截止日早于基准日"):
        run("impact", "--items", items, "--from", "2025-01-01", "--to", "2024-01-01")
