"""riskwarn law amend: apply an amending decision to the older version of a law."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskwarn.errors import ConfigError

if TYPE_CHECKING:
    from riskwarn.law.amend import Amendment


def amend_(
    before: Annotated[Path, typer.Option("--before", help="修改前的法律文本")],
    decision: Annotated[Path, typer.Option("--decision", help="修改决定或者修正案")],
    title: Annotated[str, typer.Option("--title", help="法律名称，如 食品安全法")],
    instructions: Annotated[
        Path | None, typer.Option("--instructions", help="把拆出的最小指令写入这个 CSV")
    ] = None,
    after: Annotated[
        Path | None, typer.Option("--after", help="公布的修改后文本，用来逐条核对")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="把执行和核对结果写入这个 JSON")
    ] = None,
    effects: Annotated[
        Path | None, typer.Option("--effects", help="把每条修改的效力记录写入这个 CSV")
    ] = None,
) -> None:
    """执行修改决定，打印修改后的法律文本；看不懂或者对不上的条保持原文并说明，此时退出码为 3。

    例：riskwarn law amend --before 旧.md --decision 决定.md --title 食品安全法 > 新.md
    """
    from riskwarn.law.amend import amend
    from riskwarn.law.amend_compare import compare
    from riskwarn.law.amend_effects import effects_of
    from riskwarn.law.amend_read import read_decision
    from riskwarn.law.amend_report import report_json, report_lines, write_effects, write_rows
    from riskwarn.law.lawfile import read_law_file
    from riskwarn.law.parse import parse_file

    law = parse_file(before)
    read = read_decision(read_law_file(decision).text)
    made = amend(law, read, title, decision.name)
    findings = compare(made, parse_file(after)) if after is not None else None
    if instructions is not None:
        write_rows(instructions, made)
    if effects is not None:
        write_effects(effects, effects_of(made, law, read, findings))
    if report is not None:
        report.write_text(report_json(made, read, findings), encoding="utf-8", newline="")
    sys.stdout.buffer.write(made.text.encode())
    for line in report_lines(made, read, findings):
        typer.echo(line, err=True)
    _stop_if_held(made, decision.name)


def _stop_if_held(made: "Amendment", file: str) -> None:
    if made.holds:
        raise ConfigError(*(hold.problem(file) for hold in made.holds))
