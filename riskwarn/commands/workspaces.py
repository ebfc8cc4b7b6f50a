"""riskwarn demo · init · doctor · check · backup: making a workspace and keeping it sound."""

import gc
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from riskwarn.errors import ConfigError, Problem, UsageError, nearest, raise_all

Folder = Annotated[Path, typer.Option("--workspace", "-w", help="工作区文件夹")]
AsJson = Annotated[bool, typer.Option("--json", help="结果以 JSON 打印")]
HERE = Path()
EXAMPLES = ("county", "chicago")
LEAST, MOST = 40, 14_000_000


def demo(
    folder: Annotated[Path, typer.Argument(help="放演示工作区的文件夹")] = Path("demo"),
    enterprises: Annotated[
        int, typer.Option("--enterprises", min=LEAST, max=MOST, help="虚构县的主体数")
    ] = 5_000,
    only: Annotated[str, typer.Option("--only", help="只演示一个：county 或 chicago")] = "",
    open_: Annotated[bool, typer.Option("--open/--no-open", help="完成后打开报告")] = False,
) -> None:
    """完整演示：虚构县与芝加哥真实数据，各自从导入走到报告。

    例：riskwarn demo demo --enterprises 5000
    """
    if only and only not in EXAMPLES:
        hint = nearest(only, EXAMPLES)
        raise UsageError(Problem("U014", f"没有演示 {only}", None, "、".join(EXAMPLES), hint))
    from riskwarn.demonstration import prepare_folder, show_chicago, show_county

    prepare_folder(folder)
    shown = []
    if only != "chicago":
        typer.echo("== 示例县 ==")
        shown.append(show_county(folder / "county", enterprises, _step))
    if only != "county":
        typer.echo("== 芝加哥 ==")
        shown.append(show_chicago(folder / "chicago", _step))
    typer.echo("")
    for one in shown:
        typer.echo(f"{one.title}\n  报告：{one.report}")
        if one.draw is not None:
            typer.echo(f"  双随机公示与验证：{one.draw}")
    if open_:
        typer.launch(str(shown[0].report))


def _step(text: str) -> None:
    typer.echo(f"  {text}")


def init(
    folder: Annotated[Path, typer.Argument(help="新的或空的文件夹")],
    name: Annotated[str, typer.Option("--name", help="工作区名称，显示在报告上")] = "",
    region: Annotated[str, typer.Option("--region", help="行政区划代码前缀，如 330106")] = "",
) -> None:
    """建立工作区：设置、规则包、法律文本、监管事项、收件箱。

    例：riskwarn init 西湖区 --region 330106
    """
    from riskwarn.founding import found_workspace

    if region and (not region.isdigit() or len(region) not in (2, 4, 6)):
        raise UsageError(Problem("U015", f"区划代码 {region} 不对", None, "2、4 或 6 位数字"))
    found_workspace(folder, name=name, region=region)
    typer.echo(f"工作区已建立：{folder}")
    typer.echo(f"下一步：把数据放进 {folder / 'inbox'}，然后运行")
    typer.echo(f"  riskwarn import {folder / 'inbox'} --workspace {folder}")
    typer.echo(f"  riskwarn scan --workspace {folder}")


def check(
    workspace: Folder = HERE,
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="按哪一天的法律检查（默认今天）"),
    ] = None,
    as_json: AsJson = False,
    as_sarif: Annotated[bool, typer.Option("--sarif", help="结果以 SARIF 2.1.0 打印")] = False,
) -> None:
    """一次列出工作区的全部问题：设置、规则包、法律、事项、模型、计划、存储；有错误时退出码为 3。

    例：riskwarn check --workspace 西湖区
    """
    from riskwarn.checking import check_workspace
    from riskwarn.workspace import Workspace

    # The clock is read here and nowhere deeper.
    day = (on or datetime.now().astimezone()).date()
    gc.disable()  # a run of a second makes trees and no cycles: looking for those costs a tenth
    problems = check_workspace(Workspace.open(workspace), day)
    errors = [problem for problem in problems if problem.severity == "error"]
    if as_sarif:
        from riskwarn.rules.sarif import to_sarif

        typer.echo(json.dumps(to_sarif(problems), ensure_ascii=False, indent=2))
    elif as_json:
        from riskwarn.rules.sarif import to_plain

        rows = [{**to_plain(p), "place": str(p.place or ""), "text": str(p)} for p in problems]
        typer.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for problem in problems:
            if problem.severity != "error":
                typer.echo(f"提示 {problem}")
        typer.echo(f"错误 {len(errors)}，提示 {len(problems) - len(errors)}")
    raise_all(ConfigError, problems)


def doctor(workspace: Folder = HERE, as_json: AsJson = False) -> None:
    """检查本机：版本、SQLite、SM3、字体、磁盘、时区、放假安排。

    例：riskwarn doctor
    """
    from riskwarn.health import look

    findings = look(workspace, datetime.now().astimezone())
    if as_json:
        typer.echo(json.dumps([f.__dict__ for f in findings], ensure_ascii=False))
        return
    for finding in findings:
        typer.echo(f"{'好' if finding.good else '注意'}  {finding.what}：{finding.found}")


def backup(
    folder: Annotated[Path, typer.Argument(help="放备份的新的或空的文件夹，最好在另一块磁盘上")],
    workspace: Folder = HERE,
) -> None:
    """备份工作区：设置、规则、法律文本、模型和数据；备份本身就是可直接使用的工作区。

    例：riskwarn backup /mnt/backup/2026-01-05 --workspace 西湖区
    """
    from riskwarn.safekeeping import back_up_workspace
    from riskwarn.workspace import Workspace

    back_up_workspace(Workspace.open(workspace), folder)
    typer.echo(f"已备份并核对：{folder}")
    typer.echo(f"恢复：把它复制到原处，或直接用 --workspace {folder}")
