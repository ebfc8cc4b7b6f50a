"""riskwarn audit verify · show · prove · check-proof: was anything changed since?"""

import json
from pathlib import Path
from typing import Annotated

import typer

from riskwarn.errors import VerificationError

Folder = Annotated[Path, typer.Option("--workspace", "-w", help="工作区文件夹")]
AsJson = Annotated[bool, typer.Option("--json", help="结果以 JSON 打印")]
HERE = Path()
app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.command("verify")
def audit_verify(
    workspace: Folder = HERE,
    against: Annotated[
        Path | None, typer.Option("--against", help="另存的树头文件（audit show 的输出）")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """重新计算审计日志，并核对已发布的文件；不符时退出码为 5。

    例：riskwarn audit verify --against 树头.json
    """
    from riskwarn.auditing import verify_workspace
    from riskwarn.errors import raise_all
    from riskwarn.workspace import Workspace

    size, problems = verify_workspace(Workspace.open(workspace), against)
    if as_json:
        found = [str(problem) for problem in problems]
        typer.echo(json.dumps({"ok": not found, "entries": size, "problems": found}))
    raise_all(VerificationError, problems)
    if not as_json:
        typer.echo(f"日志 {size} 条，与全部树头和已发布文件一致")


@app.command("show")
def audit_show(workspace: Folder = HERE) -> None:
    """打印日志的最新树头（JSON），可抄写、打印或寄存别处。

    例：riskwarn audit show > 树头.json
    """
    from dataclasses import asdict

    from riskwarn.auditing import newest_head
    from riskwarn.workspace import Workspace

    typer.echo(json.dumps(asdict(newest_head(Workspace.open(workspace)))))


@app.command("prove")
def audit_prove(
    entry: Annotated[int, typer.Argument(help="日志的第几条，从 1 数起")],
    workspace: Folder = HERE,
    since: Annotated[
        Path | None, typer.Option("--since", help="先前另存的树头：一并证明日志只增未改")
    ] = None,
) -> None:
    """打印一条日志在树中的证明（JSON）：交给外人核对，不必看其余各条。

    例：riskwarn audit prove 12 --since 树头.json > 证明.json
    """
    from riskwarn.auditing import prove_entry
    from riskwarn.workspace import Workspace

    proof = prove_entry(Workspace.open(workspace), entry, since)
    typer.echo(json.dumps(proof, ensure_ascii=False))


@app.command("check-proof")
def audit_check_proof(
    file: Annotated[Path, typer.Argument(help="audit prove 打印的 JSON 文件")],
) -> None:
    """核对一份证明，不需要工作区；不符时退出码为 5。

    例：riskwarn audit check-proof 证明.json
    """
    from riskwarn.auditing import check_proof

    typer.echo(check_proof(file))
