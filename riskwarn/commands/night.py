"""riskwarn scan · leads · explain · decide · report: the night and what it left."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskwarn.errors import (
    NothingToDoError,
    Place,
    Problem,
    UsageError,
    VerificationError,
    nearest,
)

if TYPE_CHECKING:
    from riskwarn.nightly import Night

Folder = Annotated[Path, typer.Option("--workspace", "-w", help="工作区文件夹")]
Day = Annotated[
    datetime | None,
    typer.Option("--as-of", "--date", formats=["%Y-%m-%d"], help="数据截至日"),
]
AsJson = Annotated[bool, typer.Option("--json", help="结果以 JSON 打印")]
HERE = Path()
DECISIONS = ("assigned", "in_review", "confirmed", "unfounded", "data_error", "referred", "closed")


def scan(
    as_of: Day = None,
    workspace: Folder = HERE,
    threads: Annotated[int, typer.Option("--threads", min=0, help="线程数；0 为全部")] = 0,
    engine: Annotated[
        str,
        typer.Option("--engine", help="在哪个引擎上运行：polars、duckdb 或 spark；线索逐字节相同"),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """夜间扫描：规则、图谱与模型，形成排序的风险预警线索和报告。

    设置里指定的模型被拒用时，照常按规则出报告，但退出码为 5。
    例：riskwarn scan --as-of 2026-01-05
    """
    from riskwarn.commands.progress import shown
    from riskwarn.engine.frames import set_threads
    from riskwarn.workspace import Workspace

    ws = Workspace.open(workspace)
    set_threads(threads or ws.settings.threads)  # before anything imports polars
    if engine:
        from riskwarn.engine.engines import choose_engine

        ws = Workspace(ws.root, ws.settings.model_copy(update={"engine": choose_engine(engine)}))
    from riskwarn.model.drift import drift_summary
    from riskwarn.nightly import scan as run

    # The clock is read here and nowhere deeper: a night without a day is today's.
    day = (as_of or datetime.now().astimezone()).date()
    with shown(quiet=as_json) as tell:
        night = run(ws, day, tell)
    refused = ws.settings.model.name is not None and not night.model_spoke
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "as_of": night.as_of.isoformat(),
                    "run_key": night.run_key,
                    "leads": night.leads,
                    "gone": night.gone,
                    "model_spoke": night.model_spoke,
                    "drift": drift_summary(night.drift),
                    "repeated": night.repeated,
                    "report": str(night.folder / "report" / "index.html"),
                },
                ensure_ascii=False,
            )
        )
    else:
        _tell_night(night)
    if refused:  # the report is out, by rules alone; whoever watches exit codes must hear of it
        raise typer.Exit(VerificationError.exit_code)


def _tell_night(night: "Night") -> None:
    typer.echo(f"{night.as_of}：{night.leads} 条线索，{night.gone} 条不再列出")
    if not night.model_spoke:
        typer.echo(f"模型未参与：{night.model_why}")
    if night.drift is not None:
        from riskwarn.outputs.report import drift_words

        typer.echo(drift_words(night.drift))
    if night.repeated:
        typer.echo("与此前的同一次运行一致，未重复入库")
    typer.echo(f"报告：{night.folder / 'report' / 'index.html'}")


def leads(
    as_of: Day = None,
    department: Annotated[str, typer.Option("--department", help="部门编码")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="最多列出几条")] = 20,
    workspace: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """列出某一晚的线索，按名次。

    例：riskwarn leads --as-of 2026-01-05 --department 330106001
    """
    folder = _night(workspace, as_of)
    found = [
        lead
        for lead in _read_leads(folder)
        if not department or lead["department_code"] == department
    ][:limit]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for lead in found:
        line = f"{lead['rank']:>4}  {lead['score'] / 100:>6.1f}  {lead['lead_id']}  {lead['name']}"
        reason = lead["signals"][0]["message"] if lead["signals"] else "模型评分高"
        typer.echo(f"{line}\n      {lead['item_name']}：{reason}")
    typer.echo(f"{folder.name}：列出 {len(found)} 条")


def explain(
    lead_id: Annotated[str, typer.Argument(help="线索编号，或主体的统一社会信用代码")],
    as_of: Day = None,
    graphml: Annotated[
        Path | None, typer.Option("--graphml", help="把关联图另存为 GraphML，供其他工具查看")
    ] = None,
    workspace: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """说明一条线索：规则与数值、模型理由、当日条款原文、关联路径。

    例：riskwarn explain L0a1b2c3d4e5f --graphml 关联.graphml
    """
    from riskwarn.outputs.graphml import write_graphml
    from riskwarn.outputs.plain import lead_text

    folder = _night(workspace, as_of)
    every = _read_leads(folder)
    found = [lead for lead in every if lead_id in (lead["lead_id"], lead["uscc"])]
    if not found:
        names = [lead["lead_id"] for lead in every]
        problem = Problem(
            "U010", f"{folder.name} 没有线索 {lead_id}", nearest=nearest(lead_id, names)
        )
        raise UsageError(problem)
    if graphml is not None:
        pictures = [lead["picture"] for lead in found if lead["picture"]]
        if not pictures:
            raise NothingToDoError(Problem("S012", f"{lead_id} 没有关联图"))
        write_graphml(pictures[0], graphml)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for lead in found:
        typer.echo(lead_text(lead))


def decide(
    lead_id: Annotated[str, typer.Argument(help="线索编号")],
    state: Annotated[str, typer.Argument(help="、".join(DECISIONS))],
    by: Annotated[str, typer.Option("--by", help="经办人")],
    note: Annotated[str, typer.Option("--note", help="理由")] = "",
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="办理日（默认今天）")
    ] = None,
    workspace: Folder = HERE,
) -> None:
    """记下对一条线索的处理：派发、核查中、属实、不属实、数据错误、移送、办结。

    例：riskwarn decide L0a1b2c3d4e5f unfounded --by 张三 --note 已换证
    """
    from riskwarn.lead_life import enter_decision
    from riskwarn.terms import LeadState
    from riskwarn.workspace import Workspace

    if state not in DECISIONS:
        hint = nearest(state, DECISIONS)
        raise UsageError(Problem("U011", f"没有状态 {state}", None, "、".join(DECISIONS), hint))
    if not note and state not in ("assigned", "in_review"):
        raise UsageError(Problem("U012", f"{state} 须写明理由", None, "--note 理由"))
    day = (on or datetime.now().astimezone()).date()
    ws = Workspace.open(workspace)
    new = enter_decision(ws, lead_id, LeadState(state), day, by, note)
    typer.echo("已记入" if new else "此前已有同样的记录，未重复记入")


def report(as_of: Day = None, workspace: Folder = HERE) -> None:
    """指出某一晚的报告在哪里（默认最近一晚）。

    例：riskwarn report --as-of 2026-01-05
    """
    typer.echo(str(_night(workspace, as_of) / "report" / "index.html"))


def _night(workspace: Path, as_of: datetime | None) -> Path:
    """Give the outputs' folder of a night, the newest by default."""
    from riskwarn.workspace import Workspace

    out = Workspace.open(workspace).out_dir
    nights = sorted(path.name for path in out.glob("????-??-??") if (path / "run.json").is_file())
    wanted = as_of.date().isoformat() if as_of else max(nights, default="")
    if wanted not in nights:
        expected = "、".join(nights[-3:]) or "先运行 riskwarn scan"
        text = f"没有 {wanted} 的扫描结果" if wanted else "还没有扫描过"
        raise NothingToDoError(Problem("S010", text, Place(str(out)), expected))
    return out / wanted


def _read_leads(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "leads.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]
