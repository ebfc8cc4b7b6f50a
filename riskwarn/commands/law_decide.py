"""riskwarn law proposals, decide, undo, decisions: legal staff decide where citations live now."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from riskwarn.law_update import Signed

Workspace_ = Annotated[Path, typer.Option("--workspace", "-w", help="工作区")]
Json = Annotated[bool, typer.Option("--json", help="以 JSON 打印")]
By = Annotated[str, typer.Option("--by", help="决定人")]
Second = Annotated[str, typer.Option("--second", help="复核人（设定要求时必填）")]
On = Annotated[
    datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="决定日（默认今天）")
]


def proposals(
    start: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="基准日：清单依据当时的法律")
    ],
    end: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="截至哪一天")],
    out: Annotated[Path, typer.Option("--out", help="写成的 Excel 工作簿")],
    html: Annotated[Path | None, typer.Option("--html", help="并排对照网页写入这个文件夹")] = None,
    law: Annotated[str, typer.Option("--law", help="只看这部法")] = "",
    workspace: Workspace_ = Path("."),
    json_: Json = False,
) -> None:
    """为每处受影响的引用生成建议：原文、新文、建议条款，交法制人员在 Excel 中逐行决定。

    例：riskwarn law proposals --from 2024-01-01 --to 2025-12-31 --out 建议.xlsx --html 对照
    """
    from riskwarn.law_update import make_proposals
    from riskwarn.workspace import Workspace

    batch = make_proposals(Workspace.open(workspace), start.date(), end.date(), out, html, law)
    items = len({(row.file, row.code) for row in batch.rows})
    formal = sum(row.formal for row in batch.rows)
    told = {"batch": batch.id, "rows": len(batch.rows), "items": items, "formal": formal}
    if json_:
        _print_json(told)
    else:
        typer.echo(f"批次 {batch.id}：{len(batch.rows)} 处引用，{items} 个事项；写入 {out}")
        typer.echo(f"其中 {formal} 处只是条号、名称、标点的变化")


def decide(
    path: Annotated[Path, typer.Argument(help="填好的工作簿")],
    by: By,
    second: Second = "",
    on: On = None,
    workspace: Workspace_ = Path("."),
    json_: Json = False,
) -> None:
    """收回填好的建议工作簿：全部合格才记入日志并改引；有一处不合格则整份不收。

    例：riskwarn law decide 建议.xlsx --by 张三 --second 李四
    """
    from riskwarn.law_update import decide as enter
    from riskwarn.workspace import Workspace

    group = enter(Workspace.open(workspace), path, _signed(by, second, on))
    counts: dict[str, int] = {}
    for entry in group.entries:
        counts[entry.choice] = counts.get(entry.choice, 0) + 1
    if json_:
        _print_json({"group": group.id, "batch": group.batch, "decisions": counts})
    else:
        typer.echo("，".join(f"{choice} {count}" for choice, count in sorted(counts.items())))


def undo(
    decision: Annotated[str, typer.Argument(help="决定编号")],
    by: By,
    second: Second = "",
    on: On = None,
    workspace: Workspace_ = Path("."),
) -> None:
    """撤销一项决定：另记一项决定，事项恢复到该决定之前的依据；原决定仍留在日志里。

    例：riskwarn law undo D0a1b2c3d4e5f --by 张三
    """
    from riskwarn.law_update import undo as take_back
    from riskwarn.workspace import Workspace

    group = take_back(Workspace.open(workspace), decision, _signed(by, second, on))
    (entry,) = group.entries
    typer.echo(f"{entry.id} 撤销 {entry.undoes}：{entry.code} 的依据为 {entry.after.pins}")


def decisions(workspace: Workspace_ = Path("."), json_: Json = False) -> None:
    """列出记入过的决定：编号、日期、决定人、事项、原引用与现引用。

    例：riskwarn law decisions --json
    """
    from riskwarn.law_update import decisions as entered
    from riskwarn.workspace import Workspace

    rows = [
        {
            "id": entry.id,
            "on": group.on.isoformat(),
            "by": group.by,
            "second": group.second,
            "code": entry.code,
            "choice": entry.choice,
            "old": entry.old,
            "new": list(entry.new) if not entry.undoes else [],
            "undoes": entry.undoes,
            "reason": entry.reason,
        }
        for group in entered(Workspace.open(workspace))
        for entry in group.entries
    ]
    if json_:
        _print_json(rows)
        return
    for row in rows:
        aim = row["undoes"] or "；".join(row["new"])
        typer.echo(f"{row['id']}  {row['on']}  {row['by']}  {row['code']}  {row['choice']}  "
                   f"{row['old']} → {aim or '—'}")  # fmt: skip


def _signed(by: str, second: str, on: datetime | None) -> "Signed":
    from riskwarn.law_update import Signed

    day = (on or datetime.now().astimezone()).date()
    return Signed(by=by, on=day, second=second)


def _print_json(value: object) -> None:
    from riskwarn.commands.lawbook import print_json

    print_json(value)
