"""riskwarn draw …: plan, freeze, run, verify; four steps, and void when a freeze was wrong."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from riskwarn.errors import Problem, UsageError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
Folder = Annotated[Path, typer.Option("--workspace", "-w", help="工作区文件夹")]
Day = Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="办理日期")]
AsJson = Annotated[bool, typer.Option("--json", help="结果以 JSON 打印")]
HERE = Path()


@app.command("plan")
def plan(plan_file: Path, on: Day, workspace: Folder = HERE, as_json: AsJson = False) -> None:
    """第一步：检查计划（事项、比例、名录、人员），不冻结任何内容。

    例：riskwarn draw plan plan.yaml --on 2026-01-05
    """
    from riskwarn.double_random import check_plan_file
    from riskwarn.workspace import Workspace

    warnings = check_plan_file(Workspace.open(workspace), plan_file, on.date())
    _warn(warnings)
    _say({"ok": True, "warnings": [str(problem) for problem in warnings]}, as_json, "计划可以冻结")


@app.command("template")
def template(target: Path, on: Day, as_json: AsJson = False) -> None:
    """写出空白的计划表（xlsx，带下拉选项）；填好后可代替 YAML 计划。

    例：riskwarn draw template plan.xlsx --on 2026-01-04
    """
    from riskwarn.outputs.plan_template import write_plan_template

    if target.exists():
        raise UsageError(Problem("D100", f"{target.name} 已存在，不覆盖", expected="另取文件名"))
    write_plan_template(target, on.date())
    _say({"file": str(target)}, as_json, f"计划表：{target}")


@app.command("draft")
def draft(
    target: Path,
    on: Day,
    source: Annotated[str, typer.Option("--source", help="事项清单的来源所含文字，如 浙江，2017")],
    department: Annotated[str, typer.Option("--department", help="承担检查的部门编码")],
    plan_no: Annotated[str, typer.Option("--plan", help="计划编号")] = "DRAFT",
    title: Annotated[str, typer.Option("--title", help="计划名称")] = "双随机抽查计划",
    issuer: Annotated[str, typer.Option("--issuer", help="发布机关")] = "（发布机关）",
    workspace: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """由一份公布的事项清单起草计划；依据已失效的事项不列入，并说明失效的经过。

    例：riskwarn draw draft plan.yaml --source 浙江，2017 --on 2026-01-05 --department 330106000
    """
    from riskwarn.double_random import draft_from_items
    from riskwarn.draw.draft import DraftHead
    from riskwarn.workspace import Workspace

    head = DraftHead(plan_no=plan_no, title=title, issuer=issuer, department=department)
    made = draft_from_items(Workspace.open(workspace), target, on.date(), source, head)
    _warn(made.refused)
    fields = {
        "file": str(target),
        "tasks": made.tasks,
        "items": made.items,
        "refused": [str(problem) for problem in made.refused],
    }
    text = (
        f"起草 {made.tasks} 项任务、{made.items} 个事项；{len(made.refused)} 个事项不得列入\n"
        f"{target}：补全 where 条件、比例和种子来源后，再运行 riskwarn draw plan"
    )
    _say(fields, as_json, text)


@app.command("freeze")
def freeze(plan_file: Path, on: Day, workspace: Folder = HERE, as_json: AsJson = False) -> None:
    """第二步：冻结名录、比例和规则，得到须立即公布的根哈希。

    例：riskwarn draw freeze plan.yaml --on 2026-01-05
    """
    import secrets

    from riskwarn import double_random
    from riskwarn.workspace import Workspace

    made = double_random.freeze(
        Workspace.open(workspace), plan_file, on.date(), secrets.token_bytes(32)
    )
    _warn(made.warnings)
    fields = {
        "draw_id": made.draw_id,
        "attempt": made.attempt,
        "root": made.root,
        "folder": str(made.folder),
        "pool": made.pool,
    }
    text = (
        f"已冻结 {made.draw_id}（第 {made.attempt} 次）\n根哈希 {made.root}\n"
        f"公告：{made.folder / '冻结公告.txt'}　请在种子产生之前公布"
    )
    _say(fields, as_json, text)


@app.command("run")
def run(
    draw_id: str,
    on: Day,
    seed: Annotated[
        list[str], typer.Option("--seed", help="公开值，按计划中来源的顺序，每个来源一次")
    ],
    share: Annotated[
        list[str] | None, typer.Option("--share", help="开封的份额：名称=秘密，可重复")
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="人员不足时写出现有人员能完成的方案，不入库")
    ] = False,
    workspace: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """第三步：种子产生后抽取对象、分派人员，并生成公示与证据包。

    例：riskwarn draw run P2026-1 --on 2026-01-08 --seed "03 07 12 19 25 31 + 08"
    """
    from riskwarn import double_random
    from riskwarn.workspace import Workspace

    shares = dict(_split_share(text) for text in share or [])
    if partial:
        path, short = double_random.offer_partial(
            Workspace.open(workspace), draw_id, seed, shares, on.date()
        )
        text = "\n".join([*map(str, short), f"部分分派方案（未入库）：{path}"])
        _say({"file": str(path), "short": [str(problem) for problem in short]}, as_json, text)
        raise typer.Exit(4)
    made = double_random.run(Workspace.open(workspace), draw_id, seed, shares, on.date())
    fields = {
        "draw_id": made.draw_id,
        "bundle": str(made.bundle),
        "archive": str(made.archive),
        "drawn": made.drawn,
        "checks": made.checks,
        "visits_saved": made.visits_saved,
    }
    text = (
        f"抽中 {made.drawn} 户次，检查组 {made.checks} 个，合并少入企 {made.visits_saved} 次\n"
        f"公示：{made.folder / '抽查结果公示.txt'}\n证据包：{made.archive}"
    )
    _say(fields, as_json, text)


@app.command("verify")
def verify(
    bundle: Path,
    root: Annotated[
        str | None, typer.Option("--root", help="冻结公告上的根哈希；给出才能防整包调换")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """第四步（任何人）：从头重算一遍；一致退出码 0，否则 5，并说明哪一步不符。

    例：riskwarn draw verify out/draw/P2026-1/bundle --json
    """
    from riskwarn.draw.verify import verify as verify_bundle  # untyped on purpose: it ships alone

    found: dict[str, Any] = verify_bundle(bundle, root)  # type: ignore[no-untyped-call]
    text = f"验证通过，根哈希 {found.get('root')}"
    if not found["ok"]:
        text = f"验证不通过：{found['failed_step']}：{found['reason']}"
    _say(found, as_json, text)
    raise typer.Exit(0 if found["ok"] else 5)


@app.command("open")
def open_(
    draw_id: str, uscc: str, on: Day, workspace: Folder = HERE, as_json: AsJson = False
) -> None:
    """不预先告知的检查：检查完成后开封一户，公布其抽取记录和证明。

    例：riskwarn draw open P2026-1 91330106MA2XXXXXX4 --on 2026-02-10
    """
    from riskwarn.double_random import open_enterprise
    from riskwarn.workspace import Workspace

    path = open_enterprise(Workspace.open(workspace), draw_id, uscc, on.date())
    _say({"draw_id": draw_id, "uscc": uscc, "file": str(path)}, as_json, f"已开封：{path}")


@app.command("verify-opening")
def verify_opening(
    opened: Path,
    folder: Path,
    root: Annotated[str | None, typer.Option("--root", help="公示上的冻结根哈希")] = None,
    result: Annotated[str | None, typer.Option("--result", help="公示上的结果哈希")] = None,
    as_json: AsJson = False,
) -> None:
    """验证一户的开封记录确是抽取当天所定；一致退出码 0，否则 5。

    例：riskwarn draw verify-opening 开封/91….json out/draw/P2026-1/公开 --json
    """
    from riskwarn.draw import verify_opening as shipped  # untyped on purpose: it ships alone

    found: dict[str, Any] = shipped.verify_opening(opened, folder, root, result)  # type: ignore[no-untyped-call]
    text = "开封验证通过" if found["ok"] else f"开封验证不通过：{found['reason']}"
    _say(found, as_json, text)
    raise typer.Exit(0 if found["ok"] else 5)


@app.command("void")
def void(
    draw_id: str,
    on: Day,
    reason: Annotated[str, typer.Option("--reason", help="理由，将随下次冻结公开")],
    by: Annotated[str, typer.Option("--by", help="经办人")],
    second: Annotated[str, typer.Option("--second", help="复核人，不得与经办人相同")],
    workspace: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """作废一次冻结：须写明理由、两人确认，次数和理由都会公开。

    例：riskwarn draw void P2026-1 --on 2026-01-06 --reason 名录缺企业 --by 张三 --second 李四
    """
    from riskwarn import double_random
    from riskwarn.workspace import Workspace

    number = double_random.void(Workspace.open(workspace), draw_id, on.date(), reason, by, second)
    _say({"draw_id": draw_id, "void": number}, as_json, f"{draw_id} 第 {number} 次冻结已作废")


@app.command("commit")
def commit(name: str, as_json: AsJson = False) -> None:
    """观察方：生成一个秘密及其承诺；承诺写进计划，秘密自己保管，抽取时开封。

    例：riskwarn draw commit 监察组
    """
    import secrets

    from riskwarn.draw.seed import commit as commit_to

    secret = secrets.token_hex(16)
    digests = {"sha256": commit_to(name, secret), "sm3": commit_to(name, secret, "sm3")}
    fields = {"name": name, "secret": secret, "commitment": digests}
    text = f"秘密（保密）：{secret}\n承诺 SHA-256：{digests['sha256']}\n承诺 SM3：{digests['sm3']}"
    _say(fields, as_json, text)


def _split_share(text: str) -> tuple[str, str]:
    name, mark, secret = text.partition("=")
    if not mark:
        raise UsageError(Problem("D150", f"--share {text!r} 写法不对", expected="名称=秘密"))
    return name, secret


def _warn(problems: Any) -> None:
    for problem in problems:
        typer.echo(f"提示 {problem}", err=True)


def _say(fields: dict[str, Any], as_json: bool, text: str) -> None:
    typer.echo(json.dumps(fields, ensure_ascii=False) if as_json else text)
