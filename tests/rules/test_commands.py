"""riskwarn rule …: what it prints, and its exit codes."""

import json
import shutil
from pathlib import Path

import polars as pl
from typer.testing import CliRunner

from riskwarn.commands.rule import app
from riskwarn.errors import ConfigError, UsageError
from riskwarn.yamlfile import parse
from tests.rules.packs import pack, rule, write
from tests.rules.test_templates import ROW, fill

ROOT = Path(__file__).resolve().parents[2]
WHEN = "{feature: complaints, ge: $complaint_min}"


def example(expect, count):
    world = f'enterprise: {{region: "330106"}}, features: {{complaints: {count}}}'
    return f"\n      - {{name: 例, as_of: 2026-06-30, {world}, expect: {expect}}}"


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def workspace(tmp_path, expect="hit", count=4):
    write(tmp_path, pack(rule(WHEN, tests=example(expect, count))))
    return tmp_path


def test_rule_test_counts_in_json(tmp_path):
    done = run("test", "-w", workspace(tmp_path), "--engine", "polars", "--json")
    assert done.exit_code == 0
    said = json.loads(done.stdout)
    assert {key: said[key] for key in ("rules", "tests", "passed", "failed")} == {
        "rules": 1,
        "tests": 1,
        "passed": 1,
        "failed": 0,
    }
    assert said["engines"] == {"polars": {"passed": 1, "failed": 0}}


def test_rule_test_ends_with_3_and_names_the_failing_example(tmp_path):
    done = run("test", "-w", workspace(tmp_path, count=3), "--engine", "polars")
    assert done.exit_code == 3
    assert "rules/demo.yaml:31:10: demo.a“例”（polars）应为命中，实为：未命中" in done.stdout
    assert "1 个测试，通过 0，不通过 1" in done.stdout
    said = json.loads(run("test", "-w", tmp_path, "--engine", "polars", "--json").stdout)
    assert said["failures"][0]["place"] == "rules/demo.yaml:31:10"


def test_rule_test_refuses_a_broken_pack_and_an_unknown_engine_and_rule(tmp_path):
    assert isinstance(run("test", "--engine", "poalrs").exception, UsageError)
    folder = workspace(tmp_path)
    assert isinstance(run("test", "-w", folder, "--rule", "demo.b").exception, UsageError)
    write(tmp_path, pack(rule("{feature: complaint, ge: 1}")))
    fault = run("test", "-w", folder).exception
    assert isinstance(fault, ConfigError)
    assert fault.exit_code == 3


def test_rule_lint_passes_on_what_ships_and_fails_on_a_slip(tmp_path):
    done = run("lint", "-w", ROOT, "--on", "2026-06-30")
    assert (done.exit_code, done.stdout) == (0, "错误 0，警告 0\n")
    (tmp_path / "legal_clauses").symlink_to(ROOT / "legal_clauses")
    write(tmp_path, pack(rule(WHEN, severity="高", basis="[《食品安全法》第九百条]")))
    bad = run("lint", "-w", tmp_path, "--on", "2026-06-30", "--json")
    assert bad.exit_code == 3
    (told,) = json.loads(bad.stdout)
    assert (told["file"], told["line"], told["nearest"]) == ("rules/demo.yaml", 25, "high")


def test_rule_explain_tells_the_nodes_and_the_message(tmp_path):
    folder = workspace(tmp_path)
    tables = folder / "store" / "tables"
    tables.mkdir(parents=True)
    row = {"uscc": ["91330106MA27X1234X"], "region": ["330106"], "complaints": [3]}
    pl.DataFrame(row).write_parquet(tables / "2026-06-30.parquet")
    done = run("explain", "91330106ma27x1234x", "demo.a", "-w", folder)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "demo.a  示例规则（《消费者权益保护法》第三十二条第一款）",
        "不成立：投诉 不少于 4（投诉件数：试点），实为 3 件",
        "结论：未命中",
    ]
    said = json.loads(run("explain", "91330106MA27X1234X", "demo.a", "-w", folder, "--json").stdout)
    assert [node["outcome"] for node in said] == ["clear"]
    for words in (("9133", "demo.a"), ("91330106MA27X1234X", "demo.b")):
        assert isinstance(run("explain", *words, "-w", folder).exception, UsageError)
    late = run("explain", "91330106MA27X1234X", "demo.a", "-w", folder, "--as-of", "2026-07-01")
    assert "没有 2026-07-01 的特征表" in str(late.exception)


def test_rule_schema_is_json_schema_of_a_pack():
    schema = json.loads(run("schema").stdout)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert {"pack", "params", "lists", "features", "rules"} <= set(schema["properties"])
    condition = schema["$defs"]["ConditionFile"]["properties"]
    assert {"all", "any", "not", "in_list", "starts_with"} <= set(condition)


def test_rule_show_writes_out_a_rule_with_what_it_looks_at(tmp_path):
    folder = workspace(tmp_path)
    done = run("show", "demo.a", "-w", folder)
    assert done.exit_code == 0
    assert list(parse(done.stdout, "shown.yaml").plain()) == [
        "riskwarn",
        "pack",
        "params",
        "features",
        "rules",
    ]
    assert "没有规则 demo.x" in str(run("show", "demo.x", "-w", folder).exception)


def test_a_workbook_becomes_a_pack_only_when_it_is_sound(tmp_path):
    folder = workspace(tmp_path)
    shutil.copy(ROOT / "rules" / "templates.yaml", folder / "rules" / "templates.yaml")
    assert "次数达到阈值" in run("templates", "-w", folder).stdout
    empty, filled = tmp_path / "e.xlsx", tmp_path / "f.xlsx"
    assert run("sheet", empty, "-w", folder).exit_code == 0
    assert "已经有了" in str(run("sheet", empty, "-w", folder).exception)
    fill(filled, [ROW | {"阈值": "五次"}])
    words = ("take", filled, "--pack", "my.local", "--owner", "消保科", "-w", folder)
    assert "f.xlsx!规则!I2: E142" in str(run(*words).exception)
    assert not (folder / "rules" / "my_local.yaml").exists()
    fill(filled, [ROW])
    assert run(*words).exit_code == 0
    assert "已经有了" in str(run(*words).exception)
    assert run(*words, "--replace").exit_code == 0
    told = json.loads(run("test", "-w", folder, "--engine", "polars", "--json").stdout)
    assert (told["rules"], told["failed"]) == (2, 0)
