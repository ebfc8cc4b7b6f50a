"""riskwarn law lineage, diff, impact, audit: what became of clauses, and of what rests on them."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

Old = Annotated[Path, typer.Option("--old", help="旧文本（任何法律文件）")]
New = Annotated[Path, typer.Option("--new", help="新文本")]
Csv = Annotated[bool, typer.Option("--csv", help="以 CSV 打印")]
Json = Annotated[bool, typer.Option("--json", help="以 JSON 打印")]
Laws = Annotated[Path | None, typer.Option("--laws", help="法规目录")]
Workspace_ = Annotated[Path, typer.Option("--workspace", help="工作区")]
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]


def lineage(old: Old, new: New, csv_: Csv = False) -> None:
    """对照同一部法的两个文本，逐条给出沿革：未变、移条、修改、拆分、合并、删除、新增。

    例：riskwarn law lineage --old 旧.md --new 新.md --csv
    """
    from riskwarn.law.lineage import trace, write_csv
    from riskwarn.law.parse import parse_file

    found = trace(parse_file(old), parse_file(new))
    if csv_:
        typer.echo(write_csv(found), nl=False)
        return
    for row in found.rows:
        places = f"{row.old_article or '—'} → {row.new_article or '—'}"
        note = f"（{row.note}）" if row.note else ""
        typer.echo(f"{places}  {row.relation}  {row.confidence}{note}")
