"""SARIF: what the standard requires of a log, and what a problem says."""

import json
from pathlib import Path

from typer.testing import CliRunner

from riskwarn.commands.rule import app
from riskwarn.errors import Place, Problem
from riskwarn.rules.sarif import to_sarif
from tests.rules.packs import pack, rule, write

ROOT = Path(__file__).resolve().parents[2]


def test_a_problem_stands_at_its_line_with_its_cure():
    where = Place("rules/食品.yaml", 17, 9)
    said = to_sarif([Problem("E111", "值不对", where, "整数", "3", severity="warning")])
    (run,) = said["runs"]
    (result,) = run["results"]
    assert said["version"] == "2.1.0"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "E111"
    assert result["level"] == "warning"
    assert result["message"]["text"] == "值不对；应为：整数；是否想写：3"
    place = result["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 17, "startColumn": 9}
    uri = place["artifactLocation"]["uri"]
    assert uri == "rules/%E9%A3%9F%E5%93%81.yaml"  # RFC 3986: a URI is ASCII


def test_a_problem_without_place_or_line_is_still_told():
    said = to_sarif([Problem("W001", "没有"), Problem("E105", "缺", Place("rules/a.yaml"))])
    first, second = said["runs"][0]["results"]
    assert "locations" not in first
    assert "region" not in second["locations"][0]["physicalLocation"]
    assert to_sarif([])["runs"][0]["results"] == []


def test_lint_prints_it_and_still_ends_with_3(tmp_path):
    folder = write(tmp_path, pack(rule("{feature: complaint, ge: 1}")))
    (tmp_path / "legal_clauses").symlink_to(ROOT / "legal_clauses")
    done = CliRunner().invoke(
        app, ["lint", "-w", str(folder.parent), "--sarif", "--on", "2026-06-30"]
    )
    said = json.loads(done.stdout)
    assert done.exit_code == 3
    levels = [(one["ruleId"], one["level"]) for one in said["runs"][0]["results"]]
    assert ("E102", "error") in levels
