"""riskwarn classify: credit risk classes A–D by a scorecard, frozen once a month."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from riskwarn.classifying import Classified

WORDS = {"A": "A 类", "B": "B 类", "C": "C 类", "D": "D 类", "": "未分类"}
WORDS |= {"新": "新设", "消": "已不在册"}
HERE = Path()


def classify(
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="按哪一天已知的数据（默认今天）"),
    ] = None,
    card: Annotated[str, typer.Option("--card", help="评分卡，rules/scorecards 下的文件名")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看结果，不冻结")] = False,
    replace: Annotated[
        str, typer.Option("--replace", help="本月已冻结而要重新冻结的理由（记入审计日志）")
    ] = "",
    workspace: Annotated[Path, typer.Option("--workspace", "-w", help="工作区文件夹")] = HERE,
    as_json: Annotated[bool, typer.Option("--json", help="结果以 JSON 打印")] = False,
) -> None:
    """企业信用风险分类：按评分卡分为 A–D，每月第一次的结果冻结入库，供双随机抽查使用。

    例：riskwarn classify --as-of 2025-12-01
    """
    from riskwarn.classifying import classify as run
    from riskwarn.classifying import summary
    from riskwarn.workspace import Workspace

    ws = Workspace.open(workspace)
    # The clock is read here and nowhere deeper: a classification without a day is today's.
    day = (as_of or datetime.now().astimezone()).date()
    done = run(ws, day, card, freeze=not dry_run, replace=replace)
    if as_json:
        typer.echo(json.dumps(summary(done), ensure_ascii=False, indent=1, sort_keys=True))
        return
    _print(done)


def _print(done: "Classified") -> None:
    from riskwarn.classifying import report

    typer.echo(report(done))
    official = sum(one.official for one in done.card.indicators)
    rest = len(done.card.indicators) - official
    named = f"{done.card.title} {done.card.version}"
    typer.echo(f"{named}：指标 {len(done.card.indicators)} 项，其中 {rest} 项的分值不是官方标准")
    if done.previous_on is not None:
        changed = {pair: n for pair, n in done.moved.items() if pair[0] != pair[1]}
        typer.echo(f"与 {done.previous_on} 相比，{sum(changed.values())} 户变动")
        for (was, now), n in changed.items():
            typer.echo(f"  {WORDS.get(was, was)} → {WORDS.get(now, now)} {n} 户")
    if done.frozen:
        typer.echo(f"已冻结，杂凑值 {done.sha256}")
    elif done.frozen_on is not None:
        typer.echo(f"本月的分类已于 {done.frozen_on} 冻结，此次只作参考")
    typer.echo(f"明细：{done.folder / 'classes.csv'}")
