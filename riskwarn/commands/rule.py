"""riskwarn rule …: test, lint, explain, schema."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskwarn.commands import rule_try, rule_write
from riskwarn.commands.rule_pick import pick_rule
from riskwarn.errors import ConfigError, Problem, UsageError

if TYPE_CHECKING:
    from riskwarn.records.rules import Pack, TryResult

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
Folder = Annotated[Path, typer.Option("--workspace", "-w", help="工作区文件夹")]
AsJson = Annotated[bool, typer.Option("--json", help="结果以 JSON 打印")]
HERE = Path()
TABLES = Path("store") / "tables"  # where a scan keeps the feature table of a day
BAD_PACK = ConfigError.exit_code
app.command("backtest")(rule_try.backtest)
app.command("diff")(rule_try.diff)
app.command("overlap")(rule_try.overlap)
app.command("sweep")(rule_try.sweep)
app.command("hygiene")(rule_try.hygiene)
app.command("show")(rule_write.show)
app.command("templates")(rule_write.templates)
app.command("sheet")(rule_write.sheet)
app.command("take")(rule_write.take)


@app.command("test")
def run_inline_tests(
    engine: Annotated[str, typer.Option("--engine", help="polars、duckdb、spark 或 all")] = "all",
    only: Annotated[str, typer.Option("--rule", help="只试这条规则")] = "",
    workspace: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """运行规则包里的全部内联测试；有一个不通过，退出码为 3。

    例：riskwarn rule test --engine all
    """
    from riskwarn.engine.engines import choose_engines
    from riskwarn.rules.try_ import run_tests

    engines = choose_engines(engine)
    packs = _load(workspace)
    packs = pick_rule(packs, only) if only else packs
    results = run_tests(packs, engines)
    _print_results(packs, results, engines, as_json)
    if any(not result.passed for result in results):
        raise typer.Exit(BAD_PACK)


def _print_results(
    packs: "list[Pack]", results: "list[TryResult]", engines: tuple[str, ...], as_json: bool
) -> None:
    tests = {(result.rule, result.test) for result in results}
    bad = [result for result in results if not result.passed]
    failed = {(result.rule, result.test) for result in bad}
    if as_json:
        counts: dict[str, Any] = {
            "rules": sum(len(pack.rules) for pack in packs),
            "tests": len(tests),
            "passed": len(tests) - len(failed),
            "failed": len(failed),
            "engines": {
                name: {
                    "passed": sum(r.passed for r in results if r.engine == name),
                    "failed": sum(not r.passed for r in results if r.engine == name),
                }
                for name in engines
            },
            "failures": [
                {
                    "place": str(r.place),
                    "rule": r.rule,
                    "test": r.test,
                    "engine": r.engine,
                    "expected": r.expected,
                    "got": r.got,
                }
                for r in bad
            ],
        }
        typer.echo(json.dumps(counts, ensure_ascii=False, indent=2))
        return
    from rich.console import Console
    from rich.table import Column, Table

    table = Table("规则", Column("标题", overflow="fold"), "状态", "测试", *engines)
    for pack in packs:
        for rule in pack.rules:
            mine = [r for r in results if r.rule == rule.id]
            passed = [f"{sum(r.passed for r in mine if r.engine == name)}" for name in engines]
            table.add_row(rule.id, rule.title, rule.status, f"{len(rule.tests)}", *passed)
    Console().print(table)
    for r in bad:
        typer.echo(f"{r.place}: {r.rule}“{r.test}”（{r.engine}）应为{r.expected}，实为：{r.got}")
    typer.echo(f"{len(tests)} 个测试，通过 {len(tests) - len(failed)}，不通过 {len(failed)}")


@app.command("lint")
def lint(
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="按哪一天的条款检查（默认今天）"),
    ] = None,
    workspace: Folder = HERE,
    as_json: AsJson = False,
    as_sarif: Annotated[bool, typer.Option("--sarif", help="结果以 SARIF 2.1.0 打印")] = False,
) -> None:
    """检查全部规则包和评分卡，一次列出所有问题；有错误时退出码为 3，只有警告时为 0。

    例：riskwarn rule lint --on 2026-06-30
    """
    from riskwarn.law.book import LawBook
    from riskwarn.law.items import load_items
    from riskwarn.law.status import check_clause
    from riskwarn.rules.check import check_folder
    from riskwarn.rules.sarif import to_plain, to_sarif
    from riskwarn.rules.scorecard import check_cards

    # The clock is read here and nowhere deeper.
    day = (on or datetime.now().astimezone()).date()
    book = LawBook.open(_folder(workspace, "legal_clauses") / "laws")
    items = {item.code for item in load_items(_folder(workspace, "legal_clauses") / "items")}
    problems = check_folder(
        _folder(workspace, "rules"), day, lambda text, when: check_clause(book, text, when), items
    )
    problems += check_cards(_folder(workspace, "rules"))
    faults = sum(problem.severity == "error" for problem in problems)
    if as_sarif:
        typer.echo(json.dumps(to_sarif(problems), ensure_ascii=False, indent=2))
    elif as_json:
        typer.echo(json.dumps([to_plain(p) for p in problems], ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            typer.echo(f"{problem}")
        typer.echo(f"错误 {faults}，警告 {len(problems) - faults}")
    if faults:
        raise typer.Exit(BAD_PACK)


@app.command("explain")
def explain(
    uscc: str,
    rule: str,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="哪一天（默认最近一次扫描）"),
    ] = None,
    table: Annotated[
        Path | None, typer.Option("--table", help="某日的特征表（Parquet），须同时写明 --as-of")
    ] = None,
    workspace: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """说明一条规则对一个主体为何命中、为何没有命中，逐项列出所见的值。

    例：riskwarn rule explain 91330106MA27X1234X food.licence.expired --as-of 2026-06-30
    """
    import polars as pl

    from riskwarn.records.enterprise import normalise_uscc
    from riskwarn.rules.explain import explain as ask
    from riskwarn.rules.explain import message

    chosen = pick_rule(_load(workspace), rule)[0].rules[0]
    path, day = _find_table(workspace, table, as_of.date() if as_of else None)
    rows = pl.scan_parquet(path).filter(pl.col("uscc") == normalise_uscc(uscc)).collect()
    if rows.is_empty():
        raise UsageError(Problem("R003", f"特征表中没有主体 {uscc}"))
    row = rows.to_dicts()[0]
    findings = ask(chosen, row, day)
    if as_json:
        shown = [
            {"depth": f.depth, "text": f.text, "value": f.value, "outcome": f.outcome}
            for f in findings
        ]
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    words = {"hit": "成立", "clear": "不成立", "unknown": "无法判断"}
    typer.echo(f"{chosen.id}  {chosen.title}（{'；'.join(chosen.basis)}）")
    if chosen.says and chosen.says != chosen.title:
        typer.echo(f"模板：{chosen.says}")
    for f in findings:
        value = f"，实为 {f.value}" if f.value else ""
        typer.echo(f"{'  ' * f.depth}{words[f.outcome]}：{f.text}{value}")
    said = {"hit": "命中", "clear": "未命中", "unknown": "无法判断"}[findings[0].outcome]
    text = f"：{message(chosen, row, day)}" if findings[0].outcome == "hit" else ""
    typer.echo(f"结论：{said}{text}")


@app.command("schema")
def schema() -> None:
    """打印规则包的 JSON Schema，供编辑器补全和即时检查。

    例：riskwarn rule schema > rule-pack.schema.json
    """
    from riskwarn.rules.schema import export_schema

    typer.echo(json.dumps(export_schema(), ensure_ascii=False, indent=2))


def _find_table(workspace: Path, table: Path | None, day: date | None) -> tuple[Path, date]:
    """Give the feature table asked for: a file, or that of a scan, `store/tables/<day>.parquet`."""
    if table is not None:
        if day is None:
            raise UsageError(
                Problem("R005", "写了 --table 就要写明是哪一天", expected="--as-of 日期")
            )
        return table, day
    kept = {path.stem: path for path in sorted((workspace / TABLES).glob("????-??-??.parquet"))}
    wanted = day.isoformat() if day else max(kept, default="")
    if wanted not in kept:
        hint = "先运行 riskwarn scan，或用 --table 指明特征表"
        raise UsageError(Problem("R006", f"没有 {wanted or '任何一天'} 的特征表", expected=hint))
    return kept[wanted], date.fromisoformat(wanted)


def _folder(workspace: Path, name: str) -> Path:
    """Give the workspace's folder, or the shipped one where there is no workspace."""
    from riskwarn.workspace import resource_dir

    own = workspace / name
    if own.is_dir():
        return own
    if workspace != HERE:
        raise UsageError(Problem("R004", f"{workspace} 里没有 {name} 文件夹"))
    return resource_dir(name)


def _load(workspace: Path) -> "list[Pack]":
    from riskwarn.rules.pack import load_packs

    return load_packs(_folder(workspace, "rules"))
