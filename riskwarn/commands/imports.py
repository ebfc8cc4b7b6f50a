"""riskwarn import: deliveries into the store, or a clear list of what is wrong with them."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskwarn.errors import Problem, UsageError

if TYPE_CHECKING:
    import polars as pl

    from riskwarn.importing import ImportReport

SHOWN_REJECTS = 10
UNUSED_COLUMN = "N312"


def import_(
    paths: Annotated[list[Path], typer.Argument(help="文件或文件夹：CSV、XLSX、Parquet")],
    workspace: Annotated[Path, typer.Option("--workspace", "-w", help="工作区")] = Path("."),
    table: Annotated[str | None, typer.Option("--table", help="表名，认不出时指明")] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", help="外来版式的映射 YAML")] = None,
    delivered_on: Annotated[
        datetime | None,
        typer.Option("--delivered-on", formats=["%Y-%m-%d"], help="交付日（默认今天）"),
    ] = None,
    max_reject: Annotated[
        str | None, typer.Option("--max-reject", help="每个文件拒收行的上限，如 1%")
    ] = None,
    accept_partial: Annotated[
        bool, typer.Option("--accept-partial", help="残缺文件也导入其完整的行")
    ] = False,
    reject: Annotated[
        Path | None, typer.Option("--reject", help="拒收清单（默认 工作区/rejects.csv）")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="结果以 JSON 打印")] = False,
) -> None:
    """导入交付的数据；有一个文件不合格，整批都不入库。

    例：riskwarn import inbox --delivered-on 2026-01-05 --max-reject 1%
    """
    from riskwarn.importing import RejectedImportError, import_files
    from riskwarn.workspace import Workspace

    ws = Workspace.open(workspace)
    limit = _share(max_reject) if max_reject is not None else None
    # The clock is read here and nowhere deeper: the day of delivery is data.
    day = (delivered_on or datetime.now().astimezone()).date()
    where = reject or workspace / "rejects.csv"
    try:
        report = import_files(
            ws,
            paths,
            mapping=mapping,
            delivered_on=day,
            progress=None if json_ else _tell,
            table=table,
            max_reject_share=limit,
            accept_partial=accept_partial or None,
        )
    except RejectedImportError as error:
        if not error.rejects.is_empty():
            _write(error.rejects, where)
            typer.echo(f"拒收清单：{where}", err=True)
        raise
    if not report.rejects.is_empty():
        _write(report.rejects, where)
    _print_json(report) if json_ else _print(report, where)


def _tell(file: str, done: int, of: int) -> None:
    typer.echo(f"[{done + 1}/{of}] {file}", err=True)


def _share(text: str) -> float:
    """`1%` and `0.01` are the same limit."""
    try:
        value = float(text.rstrip("%％")) / (100 if text[-1:] in "%％" else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise UsageError(Problem("U001", f"--max-reject {text} 不对", None, "如 1% 或 0.01"))
    return value


def _write(rejects: "pl.DataFrame", path: Path) -> None:
    from riskwarn.importing import write_findings

    write_findings(rejects, path)


def _print(report: "ImportReport", rejects: Path) -> None:
    for quality in report.qualities:
        line = f"{quality.file} → {quality.table}：{quality.rows} 行，接受 {quality.accepted}"
        line += f"，拒收 {quality.rejected}，修补 {quality.repaired} 处"
        extra = {
            "重复行": quality.duplicate_rows,
            "主键冲突": quality.duplicate_keys,
            "未来日期": quality.future_dates,
            "找不到主体": quality.dangling,
        }
        line += "".join(f"，{name} {count}" for name, count in extra.items() if count)
        typer.echo(line)
    _print_notes(report, rejects.with_name("notes.csv"))
    typer.echo(f"新交付 {report.new} 份，已有 {report.known} 份")
    if report.rejected:
        for row in report.rejects.head(SHOWN_REJECTS).iter_rows(named=True):
            typer.echo(
                f"  {row['file']}:{row['row']} {row['column']} {row['code']} {row['reason']}"
            )
        typer.echo(f"拒收 {report.rejected} 行，清单：{rejects}")


def _print_notes(report: "ImportReport", path: Path) -> None:
    """Say what was mended or left aside: a misspelt header must not vanish without a word."""
    from riskwarn.errors import nearest
    from riskwarn.tables.catalogue import load_catalogue

    if report.notes.is_empty():
        return
    tables = {quality.file: quality.table for quality in report.qualities}
    for row in report.notes.filter(report.notes["code"] == UNUSED_COLUMN).iter_rows(named=True):
        known = (
            load_catalogue().tables[tables[row["file"]]].columns if row["file"] in tables else {}
        )
        hint = nearest(row["column"] or "", [h for c in known.values() for h in c.headers])
        line = f"注意 {row['file']}：列 {row['column']} 不认识，没有使用"
        typer.echo(line + (f"；是否想写：{hint}" if hint else ""))
    _write(report.notes, path)
    typer.echo(f"修补与提示的明细：{path}")


def _print_json(report: "ImportReport") -> None:
    import json
    from dataclasses import asdict

    numbers = ("files", "new", "known", "rows", "accepted", "rejected", "repaired")
    told = {name: getattr(report, name) for name in numbers}
    told["tables"] = [asdict(quality) for quality in report.qualities]
    typer.echo(json.dumps(told, ensure_ascii=False, sort_keys=True))
