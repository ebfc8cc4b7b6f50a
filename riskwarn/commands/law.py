"""riskwarn law …: show, search, cite, check, history, import of law texts."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskwarn.commands import law_amend, law_decide, law_export, law_lineage
from riskwarn.commands.lawbook import Json, Known, Laws, On, Workspace_, day, open_book, print_json
from riskwarn.errors import ConfigError, Problem

if TYPE_CHECKING:
    from riskwarn.law.answers import Resolution
    from riskwarn.law.book import LawBook
    from riskwarn.records.law import Clause

app = typer.Typer(no_args_is_help=True, help="法律条款：查看、检索、引用、版本")
app.command("amend")(law_amend.amend_)
app.command("lineage")(law_lineage.lineage)
app.command("diff")(law_lineage.diff)
app.command("trace")(law_lineage.trace)
app.command("impact")(law_lineage.impact)
app.command("audit")(law_lineage.audit)
app.command("proposals")(law_decide.proposals)
app.command("decide")(law_decide.decide)
app.command("undo")(law_decide.undo)
app.command("decisions")(law_decide.decisions)
app.command("export")(law_export.export)


@app.command("show")
def show(
    ref: Annotated[str, typer.Argument(help="条款，如 《食品安全法》第四十一条第二款")],
    on: On = None,
    known_on: Known = None,
    laws: Laws = None,
    workspace: Workspace_ = Path("."),
    json_: Json = False,
) -> None:
    """查看一个条款当天的文字、所属版本和前后条款；条款不存在时退出码为 3。

    例：riskwarn law show '《食品安全法》第四十一条第二款' --on 2026-01-01
    """
    book = open_book(laws, workspace)
    found = book.resolve(ref, day(on), day(known_on))
    if found.problem is not None:
        raise ConfigError(found.problem)
    if json_:
        print_json(_resolution_json(found))
    else:
        _print_resolution(book, found)


@app.command("search")
def search_(
    words: Annotated[list[str], typer.Argument(help="要找的词，可以多个，须同时出现")],
    law: Annotated[str, typer.Option("--law", help="只在这部法里找")] = "",
    on: On = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="最多几条")] = 20,
    laws: Laws = None,
    workspace: Workspace_ = Path("."),
    json_: Json = False,
) -> None:
    """在条款全文中查找，按词逐字匹配。

    例：riskwarn law search 网络交易 平台 --on 2026-01-01
    """
    from riskwarn.law.search import open_index, search

    book = open_book(laws, workspace)
    index = open_index(book, _index_path(laws, workspace))
    hits = search(index, book, " ".join(words), law=law, on=day(on), limit=limit)
    if json_:
        print_json([{"ref": hit.ref.canonical, "text": hit.text} for hit in hits])
        return
    for hit in hits:
        first = hit.text.partition("\n")[0]
        typer.echo(f"{hit.ref.label}（{hit.ref.version_on or '日期不详'}）\n    {first}")
    typer.echo(f"共 {len(hits)} 处" if hits else "没有找到")


@app.command("history")
def history(
    ref: Annotated[str, typer.Argument(help="条款或法名，如 《反不正当竞争法》第七条")],
    laws: Laws = None,
    workspace: Workspace_ = Path("."),
    json_: Json = False,
) -> None:
    """查看一部法的各个版本，或同一条号在各版本中的文字变化（条号相同不等于内容相同）。

    例：riskwarn law history '《反不正当竞争法》第七条'
    """
    from riskwarn.law.history import clause_history, law_history

    book = open_book(laws, workspace)
    rows = clause_history(book, ref) if "条" in ref or "#" in ref else law_history(book, ref)
    if json_:
        print_json(rows)
        return
    for row in rows:
        typer.echo("  ".join(str(value) for value in row.values() if value not in (None, "")))


@app.command("cite")
def cite(
    paths: Annotated[list[Path], typer.Argument(help="法律文本、CSV 或文件夹")],
    laws: Laws = None,
    column: Annotated[
        list[str] | None, typer.Option("--column", help="CSV 的列名，可多次（默认：所有列）")
    ] = None,
    dated: Annotated[
        datetime | None,
        typer.Option("--dated", formats=["%Y-%m-%d"], help="引用写成的日期（默认：公布日期）"),
    ] = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="每处引用一行 JSON")] = False,
    workspace: Workspace_ = Path("."),
) -> None:
    """找出文本中的法律引用，解析到条款；位置是文件中的字符序号。

    例：riskwarn law cite 清单.csv --column 设定依据 --dated 2017-11-24 --jsonl
    """
    from riskwarn.law.citing import cite_paths

    book = open_book(laws, workspace)
    for row in cite_paths(book, paths, column or [], day(dated)):
        typer.echo(_one_line(row) if jsonl else _citation_text(row))


@app.command("check")
def check(
    laws: Laws = None,
    workspace: Workspace_ = Path("."),
    citations: Annotated[
        bool, typer.Option("--citations", help="同时检查文中对本法条款的引用")
    ] = False,
    json_: Json = False,
) -> None:
    """解析所有法规文本，报告每一处缺陷（文件、行、种类），并核对原文逐字还原。

    例：riskwarn law check --json
    """
    from riskwarn.law.audit import check_book

    report = check_book(open_book(laws, workspace), citations=citations)
    if json_:
        print_json(report)
    else:
        for found in report["anomalies"]:
            place = f"{found['file']}:{found['line']}"
            typer.echo(f"{place}: {found['kind']} {found['message']}")
        told = ("texts", "parsed", "round_trip", "articles", "paragraphs", "items")
        typer.echo("，".join(f"{name} {report[name]}" for name in told))
    if report["faults"]:
        raise ConfigError(*(Problem("L002", fault) for fault in report["faults"]))


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="法律文本或文件夹")],
    into: Annotated[Path | None, typer.Option("--into", help="法规目录（默认：工作区的）")] = None,
    recorded_on: Annotated[
        datetime | None, typer.Option("--recorded-on", formats=["%Y-%m-%d"], help="入库日期")
    ] = None,
    workspace: Workspace_ = Path("."),
    json_: Json = False,
) -> None:
    """把法律文本加上文件头收入法规库；原文一字不改，已有的不同文本不会被覆盖。

    例：riskwarn law import 食品安全法(2025-09-12).md
    """
    from riskwarn.law.importer import import_laws
    from riskwarn.workspace import Workspace

    target = into or Workspace.open(workspace).laws_dir
    laws = import_laws(source, target, day(recorded_on))
    if json_:
        print_json(
            [
                {
                    "file": law.path.name,
                    "key": law.version.key,
                    "written": law.written,
                    "anomalies": [a.message for a in law.anomalies if a.severity != "info"],
                }
                for law in laws
            ]
        )
        return
    for law in laws:
        for anomaly in law.anomalies:
            if anomaly.severity != "info":
                typer.echo(f"{law.path.name}:{anomaly.line}: {anomaly.kind} {anomaly.message}")
        if law.version.effective_on is None:
            why = law.version.effective_source or "施行日期不详，文中没有写"
            typer.echo(
                f"{law.path.name}: 施行日期{why.removeprefix('施行日期')}；请在文件头补 effective"
            )
    new = sum(law.written for law in laws)
    typer.echo(f"收入 {new} 份，已有 {len(laws) - new} 份：{target}")


def _index_path(laws: Path | None, workspace: Path) -> Path | None:
    from riskwarn.workspace import SETTINGS_FILE

    kept = laws is None and (workspace / SETTINGS_FILE).is_file()
    return workspace / "store" / "law_search.sqlite" if kept else None


def _one_line(row: dict[str, Any]) -> str:
    import json

    return json.dumps(row, ensure_ascii=False)


def _citation_text(row: dict[str, Any]) -> str:
    where = row.get("file") or f"{row['csv']} 第{row['row']}行 {row['column']}"
    targets = "、".join(target["label"] for target in row["targets"]) or "—"
    notes = f"（{'；'.join(row['notes'])}）" if row["notes"] else ""
    line = f":{row['line']}" if "line" in row else ""
    return f"{where}{line}: {row['raw']} → {targets} [{row['status']}]{notes}"


def _clause_json(clause: "Clause | None") -> dict[str, Any] | None:
    if clause is None:
        return None
    return {
        "ref": clause.ref.canonical,
        "label": clause.ref.label,
        "text": clause.text,
        "text_hash": clause.text_hash,
        "heading": clause.heading,
        "effective": clause.effective_on.isoformat() if clause.effective_on else None,
        "until": clause.repealed_on.isoformat() if clause.repealed_on else None,
        "line": clause.line,
        "closing": clause.closing,
    }


def _resolution_json(found: "Resolution") -> dict[str, Any]:
    version = found.version
    assert version is not None
    return {
        "clause": _clause_json(found.clause),
        "version": {
            "key": version.key,
            "level": version.level,
            "issuing_body": version.issuing_body,
            "status": version.status,
            "effective_source": version.effective_source,
            "file": version.file,
        },
        "certain": found.certain,
        "reason": found.reason,
        "before": _clause_json(found.before),
        "after": _clause_json(found.after),
    }


def _print_resolution(book: "LawBook", found: "Resolution") -> None:
    clause, version = found.clause, found.version
    assert clause is not None
    assert version is not None
    typer.echo(f"{clause.ref.label}    {clause.ref.canonical}")
    if clause.heading:
        typer.echo(f"  {clause.heading}")
    typer.echo(f"\n{clause.text}\n")
    effective = clause.effective_on or "不详"
    until = f"，至 {clause.repealed_on}" if clause.repealed_on else ""
    source = f"（{version.effective_source}）" if version.effective_source else ""
    typer.echo(
        f"版本：{version.promulgated_on or '日期不详'} 公布，施行 {effective}{source}{until}"
    )
    typer.echo(f"文件：{version.file} 第 {clause.line} 行；状态：{version.status or '未注明'}")
    if found.reason:
        typer.echo(f"注意：{found.reason}")
    for word, beside in (("前", found.before), ("后", found.after)):
        if beside is not None:
            typer.echo(
                f"{word}：{beside.ref.place_label}  {beside.text.partition(chr(10))[0][:60]}"
            )
