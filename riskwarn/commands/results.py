"""riskwarn results …: work lists out, results in, what they say about everybody."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
Folder = Annotated[Path, typer.Option("--workspace", "-w", help="工作区文件夹")]
Day = Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="办理日期")]
AsJson = Annotated[bool, typer.Option("--json", help="结果以 JSON 打印")]
HERE = Path()


@app.command("lists")
def lists(draw_id: str, workspace: Folder = HERE, as_json: AsJson = False) -> None:
    """写出每名主检人员的检查清单（Excel，带结果代码下拉框）。

    例：riskwarn results lists P2026-1
    """
    from riskwarn.double_random import read_directory
    from riskwarn.results_back import write_work_lists
    from riskwarn.workspace import Workspace

    ws = Workspace.open(workspace)
    paths = write_work_lists(ws, draw_id, read_directory(ws, draw_id))
    shown = [str(path) for path in paths]
    typer.echo(json.dumps({"files": shown}, ensure_ascii=False) if as_json else "\n".join(shown))


@app.command("forms")
def forms(draw_id: str, uscc: str, workspace: Folder = HERE, as_json: AsJson = False) -> None:
    """写出一户的检查通知书、现场检查记录表和审批表（PDF 和 Word，带二维码）。

    例：riskwarn results forms P2026-1 91330106MA2XXXXXX4
    """
    from riskwarn.double_random import read_directory
    from riskwarn.results_back import write_forms
    from riskwarn.workspace import Workspace

    ws = Workspace.open(workspace)
    paths = write_forms(ws, draw_id, read_directory(ws, draw_id), uscc)
    shown = [str(path) for path in paths]
    typer.echo(json.dumps({"files": shown}, ensure_ascii=False) if as_json else "\n".join(shown))


@app.command("import")
def import_(
    draw_id: str, file: Path, on: Day, workspace: Folder = HERE, as_json: AsJson = False
) -> None:
    """导回一份填好的清单：有一格不对就整份不入库，并写出标红的退回件。

    例：riskwarn results import P2026-1 P2026-1-33010612.xlsx --on 2026-02-10
    """
    from riskwarn.results_back import ReturnedFileError, import_results
    from riskwarn.workspace import Workspace

    try:
        done = import_results(Workspace.open(workspace), draw_id, file, on.date())
    except ReturnedFileError as error:
        typer.echo(f"未入库；标红的退回件：{error.marked}", err=True)
        raise
    fields: dict[str, Any] = {
        "file": done.file,
        "stored": done.stored,
        "left_open": done.left_open,
        "follow_ups": dict(done.follow_ups),
    }
    text = f"入库 {done.stored} 条，尚缺 {done.left_open} 条；后续处理 {dict(done.follow_ups)}"
    typer.echo(json.dumps(fields, ensure_ascii=False) if as_json else text)


@app.command("due")
def due(draw_id: str, on: Day, workspace: Folder = HERE, as_json: AsJson = False) -> None:
    """列出逾期未查的对象、每项结果的公示期限（检查结束后20个工作日）和后续处理。

    例：riskwarn results due P2026-1 --on 2026-04-20
    """
    from riskwarn.results_back import due_list
    from riskwarn.workspace import Workspace

    found = due_list(Workspace.open(workspace), draw_id, on.date())
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    typer.echo(f"逾期未查 {len(found['late'])} 项")
    for row in found["late"]:
        typer.echo(f"  {row['task']}　{row['uscc']}　{'、'.join(row['officers'])}")
    for row in found["publish"]:
        mark = "（已过）" if row["passed"] else "（暂定）" if row["provisional"] else ""
        typer.echo(f"公示期限 {row['by']}{mark}　{row['task']}　{row['uscc']}")
    for row in found["follow_ups"]:
        mark = "（已过）" if row["passed"] else "（暂定）" if row["provisional"] else ""
        if row["state"] == "withdrawn":
            mark = f"（已撤回：{row['reason']}）"
        typer.echo(f"{row['what']} {row['by']}{mark}　{row['task']}　{row['uscc']}")


@app.command("publish")
def publish(draw_id: str, on: Day, workspace: Folder = HERE, as_json: AsJson = False) -> None:
    """写出检查结果公示，并记为已公示；更正过的结果须再次公示。

    例：riskwarn results publish P2026-1 --on 2026-03-02
    """
    from riskwarn.results_back import publish_results
    from riskwarn.workspace import Workspace

    path, count = publish_results(Workspace.open(workspace), draw_id, on.date())
    fields = {"file": str(path), "published": count}
    text = f"新公示 {count} 项：{path}"
    typer.echo(json.dumps(fields, ensure_ascii=False) if as_json else text)


@app.command("records")
def records(draw_id: str, on: Day, workspace: Folder = HERE, as_json: AsJson = False) -> None:
    """把抽查结果写成检查记录的交付文件，导入后夜间扫描与模型训练即可用到（含抽中概率）。

    例：riskwarn results records P2026-1 --on 2026-03-02 && riskwarn import inbox
    """
    from riskwarn.results_back.records import write_records
    from riskwarn.workspace import Workspace

    path, count = write_records(Workspace.open(workspace), draw_id, on.date())
    text = f"{count} 条检查记录：{path}\n导入：riskwarn import {path} --delivered-on {on.date()}"
    fields = {"file": str(path), "rows": count}
    typer.echo(json.dumps(fields, ensure_ascii=False) if as_json else text)


@app.command("correct")
def correct(
    draw_id: str,
    file: Path,
    on: Day,
    reason: Annotated[str, typer.Option("--reason", help="更正理由")],
    by: Annotated[str, typer.Option("--by", help="经办人")],
    second: Annotated[str, typer.Option("--second", help="复核人，不得与经办人相同")],
    workspace: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """更正已入库的结果：原结果保留，更正附理由和两名确认人。

    例：riskwarn results correct P2026-1 a.xlsx --on 2026-03-05 --reason 误录 --by 甲 --second 乙
    """
    from riskwarn.results_back import correct_results
    from riskwarn.workspace import Workspace

    ws = Workspace.open(workspace)
    done = correct_results(ws, draw_id, file, on.date(), reason, by, second)
    text = (
        f"更正 {done.corrected} 条；已公示的须再次公示\n"
        f"后续处理：撤回 {done.withdrawn} 项，新开 {done.opened} 项"
    )
    fields = {"corrected": done.corrected, "withdrawn": done.withdrawn, "opened": done.opened}
    typer.echo(json.dumps(fields, ensure_ascii=False) if as_json else text)


@app.command("estimate")
def estimate(on: Day, workspace: Folder = HERE, as_json: AsJson = False) -> None:
    """由随机抽查推断总体：问题发现率（任务、类别、事项、区划、定向与否）、变化、人员宽严、负担。

    例：riskwarn results estimate --on 2026-06-30
    """
    from riskwarn.results_back import estimate_all
    from riskwarn.workspace import Workspace

    found = estimate_all(Workspace.open(workspace), on.date())
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    titles = {
        "estimates": "任务／类别",
        "regions": "任务／区划",
        "items": "事项",
        "arms": "抽查方式",
        "classes": "风险类别",
    }
    for name, title in titles.items():
        typer.echo(f"【{title}】")
        for row in found[name]:
            typer.echo(_say_rate(row))
    typer.echo("【与上次相比（按本次类别构成）】")
    for row in found["changes"]:
        typer.echo(_say_change(row))
    typer.echo("【人员宽严】（与同层同区划同部门的检查比；校正后 p<0.05 才值得复核）")
    for row in found["officers"]:
        p = "不能判断" if row["p_adjusted"] is None else f"校正 p={row['p_adjusted']:.3f}"
        typer.echo(
            f"  {row['officer_no']}　查 {row['checks']}　发现 {row['found']}　"
            f"随机应为 {row['expected']:.1f}　{p}"
        )
    load, counts = found["burden"], found["coverage"]
    visits = "、".join(f"{n} 次 {count} 户" for n, count in load["visits"].items()) or "无"
    typer.echo(f"【负担】可抽 {load['eligible']} 户，入企：{visits}")
    typer.echo(f"可抽 {counts['eligible']} 户次，抽中 {counts['drawn']}，已查 {counts['checked']}")


def _say_rate(row: dict[str, Any]) -> str:
    rate = "无法推断"
    if row["rate"] is not None:
        rate = f"{row['rate']:.1%}（95% 区间 {row['low']:.1%}—{row['high']:.1%}）"
    where = f"{row['draw_id']}　" if "draw_id" in row else ""
    return f"  {where}{row['label']}　{row['size']} 户查 {row['checked']} 户　{rate}　{row['note']}"


def _say_change(row: dict[str, Any]) -> str:
    head = f"  事项 {row['item']}　{row['before']} → {row['after']}　"
    if row["change"] is None:
        return f"{head}不能比较　{row['note']}"
    low, high = row["low"] * 100, row["high"] * 100
    return f"{head}{row['change'] * 100:+.1f} 个百分点（95% 区间 {low:+.1f} 至 {high:+.1f}）"
