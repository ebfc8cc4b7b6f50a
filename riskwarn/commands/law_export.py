"""riskwarn law export: a version of a law in a format that other systems read."""

from pathlib import Path
from typing import Annotated

import typer

from riskwarn.errors import ConfigError, Problem, UsageError


def export(
    name: Annotated[str, typer.Argument(help="法名，或 法名@公布日期；不写日期为最新文本")],
    akn: Annotated[bool, typer.Option("--akn", help="Akoma Ntoso 1.0（OASIS LegalDocML）")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="写入文件（默认：打印）")] = None,
    laws: Annotated[Path | None, typer.Option("--laws", help="法规目录")] = None,
    workspace: Annotated[Path, typer.Option("--workspace", "-w", help="工作区")] = Path("."),
) -> None:
    """把一部法的一个版本导出为 XML；编、章、节、条、款、项、目各有编号。

    例：riskwarn law export 食品安全法@2025-09-12 --akn --out 食品安全法.xml
    """
    from riskwarn.commands.lawbook import open_book
    from riskwarn.law.akn import write_akn

    if not akn:
        raise UsageError(Problem("U013", "没有说明导出为何种格式", None, "--akn"))
    book = open_book(laws, workspace)
    title, _, on = name.partition("@")
    known, near = book.match_title(title)
    versions = book.versions_of(known) if known else ()
    found = [v for v in versions if not on or str(v.promulgated_on) == on]
    if not found:
        hint = "、".join(v.key for v in versions) or (f"《{near}》" if near else "")
        raise ConfigError(Problem("L114", f"没有 {name} 这个版本", None, "", hint))
    text = write_akn(book.text(found[-1]), found[-1], versions[0])
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8", newline="\n")
