"""riskwarn rule backtest · diff · overlap · sweep · hygiene: rules tried before they are live."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskwarn.errors import Problem, UsageError

if TYPE_CHECKING:
    from riskwarn.rules.backtest import Tried
    from riskwarn.rules.estimates import Share
    from riskwarn.workspace import Workspace

Folder = Annotated[Path, typer.Option("--workspace", "-w", help="工作区文件夹")]
AsJson = Annotated[bool, typer.Option("--json", help="结果以 JSON 打印")]
Days = Annotated[
    list[datetime] | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="试哪一天，可重复"),
]
Day = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="按哪一天的数据（默认最近一次扫描）"),
]
HERE = Path()
SHOWN = 20  # lines of enterprises or pairs on the screen; --json has all


def backtest(
    on: Days = None,
    rule: Annotated[
        list[str] | None, typer.Option("--rule", help="只试这条规则，可重复；默认全部")
    ] = None,
    after: Annotated[int, typer.Option("--after", min=1, help="其后多少天的检查算作结果")] = 180,
    known_by: Annotated[
        datetime | None,
        typer.Option("--known-by", formats=["%Y-%m-%d"], help="只用这天之前知道的检查结果"),
    ] = None,
    workspace: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """在过去某天的数据上试规则：会命中多少，其后的检查证明了多少；没有结论就只说“会命中”。

    例：riskwarn rule backtest --on 2025-01-01 --on 2025-07-01 --rule food.licence.expired
    """
    from riskwarn.commands.rule_pick import pick_rule
    from riskwarn.rehearsal import backtest as run
    from riskwarn.rules.backtest import WOULD_FIRE

    ws, packs = _open(workspace)
    for name in rule or []:
        pick_rule(packs, name)
    days = [day.date() for day in on or []] or [_days_before(_newest(ws), after)]
    known = known_by.date() if known_by else None
    done = run(ws, packs, days, after, frozenset(rule or ()), known)
    if as_json:
        lines = [_as_dict(one) for one in done.tried]
        said = {"known_by": done.known_by.isoformat(), "after_days": after, "tried": lines}
        typer.echo(json.dumps(said, ensure_ascii=False, indent=2))
        return
    for day in sorted(set(days)):
        mine = [one for one in done.tried if one.as_of == day]
        typer.echo(f"{day}：{mine[0].enterprises if mine else 0} 户")
        for one in mine:
            typer.echo(_line(one))
        if mine:
            typer.echo(f"  问题率（随机抽查，按抽中概率加权）：{_say(mine[0].base_rate)}")
        if mine and not any(one.labelled for one in mine):
            typer.echo(f"  {WOULD_FIRE}")
        if day in done.short:
            typer.echo(f"  结果只到 {done.known_by}，不足 {after} 天")
    typer.echo(
        "“被查的有问题”看其后被检查过的命中主体，不论因何被查、查出什么问题，"
        "不等于本规则所指的问题属实；“召回”与“问题率”只用随机抽查，n 为样本数"
    )


def diff(
    old: Annotated[Path, typer.Argument(help="旧规则文件夹")],
    new: Annotated[Path, typer.Argument(help="新规则文件夹")],
    as_of: Day = None,
    drafts: Annotated[bool, typer.Option("--drafts", help="草稿与影子规则也算进名单")] = False,
    workspace: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """比较两套规则：哪些主体会进入名单，哪些会离开，因哪条规则。

    例：riskwarn rule diff rules-2025 rules --as-of 2025-12-01
    """
    from riskwarn.rehearsal import compare_packs
    from riskwarn.rules.pack import load_packs

    ws = _workspace(workspace)
    for folder in (old, new):
        if not folder.is_dir():
            raise UsageError(Problem("R004", f"没有文件夹 {folder}"))
    statuses: Any = ("stable", "shadow", "draft") if drafts else ("stable",)
    change = compare_packs(ws, load_packs(old), load_packs(new), _day(ws, as_of), statuses)
    if as_json:
        from dataclasses import asdict

        typer.echo(json.dumps(asdict(change), ensure_ascii=False, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    fates = {"added": "新增", "removed": "去掉", "both": ""}
    table = Table("规则", "变化", "旧命中", "新命中", "进入", "离开", "未知（旧→新）")
    for one in change.rules:
        if not one.same:
            counts = (one.old_hit, one.new_hit, one.entered, one.left)
            unknown = f"{one.old_unknown}→{one.new_unknown}"
            table.add_row(one.rule, fates[one.fate], *map(str, counts), unknown)
    if all(one.same for one in change.rules):
        typer.echo("没有一条规则的命中有变化")
    else:
        Console().print(table)
    if not drafts:
        typer.echo("影子和草稿规则不出线索，没有比较；要比较加 --drafts")
    typer.echo(f"名单 {change.old_listed} → {change.new_listed} 户")
    for word, movers in (("进入", change.entered), ("离开", change.left)):
        typer.echo(f"{word} {len(movers)} 户")
        for mover in movers[:SHOWN]:
            typer.echo(f"  {mover.uscc}  {'、'.join(mover.rules)}")
        if len(movers) > SHOWN:
            typer.echo(f"  …其余 {len(movers) - SHOWN} 户用 --json 列出")


def overlap(as_of: Day = None, workspace: Folder = HERE, as_json: AsJson = False) -> None:
    """规则之间重叠多少：命中集合的重合度与包含度，以及从条件文字就能断定的包含关系。

    例：riskwarn rule overlap --as-of 2025-12-01
    """
    from riskwarn.rehearsal import overlaps

    ws, packs = _open(workspace)
    found = overlaps(ws, packs, _day(ws, as_of))
    if as_json:
        pairs = [
            {
                "left": p.left,
                "right": p.right,
                "left_hit": p.left_hit,
                "right_hit": p.right_hit,
                "both": p.both,
                "jaccard": p.jaccard,
                "left_in_right": p.left_in_right,
                "right_in_left": p.right_in_left,
            }
            for p in found.pairs
        ]
        contained = [{"narrow": narrow, "wide": wide} for narrow, wide in found.contained]
        said = {"pairs": pairs, "contained": contained}
        typer.echo(json.dumps(said, ensure_ascii=False, indent=2))
        return
    for narrow, wide in found.contained:
        typer.echo(f"{narrow} 的命中必是 {wide} 的命中（由条件断定）")
    for p in [pair for pair in found.pairs if pair.both][:SHOWN]:
        inside = f"前者的 {_percent(p.left_in_right)}、后者的 {_percent(p.right_in_left)}"
        names = f"{p.left}（{p.left_hit} 户）与 {p.right}（{p.right_hit} 户）"
        typer.echo(f"{names}：共同 {p.both} 户，占{inside}；重合度 {_percent(p.jaccard)}")
    if not any(pair.both for pair in found.pairs):
        typer.echo("没有两条规则命中同一户")


def sweep(
    param: Annotated[str, typer.Argument(help="参数名，或 规则包/参数名")],
    values: Annotated[str, typer.Option("--values", help="要试的值，逗号分隔")] = "",
    region: Annotated[str, typer.Option("--region", help="只改这一地区的值")] = "",
    as_of: Day = None,
    workspace: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """换一个阈值会有多少命中：一次读表，试遍所有值；* 为现行值。

    例：riskwarn rule sweep complaint_min --values 3,5,8,10
    """
    from riskwarn.rehearsal import sweep_param
    from riskwarn.rules.sweep import show_value

    ws, packs = _open(workspace)
    written = [text for text in values.replace("，", ",").split(",") if text.strip()]
    found, steps = sweep_param(ws, packs, param, written, _day(ws, as_of), region)
    if as_json:
        lines = [
            {
                "rule": s.rule,
                "value": show_value(found, s.value),
                "current": s.current,
                "hit": s.hit,
                "unknown": s.unknown,
            }
            for s in steps
        ]
        typer.echo(json.dumps(lines, ensure_ascii=False, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    from riskwarn.rules.values import PARAM_VALUE, show
    from riskwarn.tables.catalogue import load_catalogue

    table = Table("规则", found.title, "命中", "未知")
    for s in steps:
        mark = " *" if s.current else ""
        said = show(s.value, PARAM_VALUE[found.type], load_catalogue())
        table.add_row(s.rule, said + mark, f"{s.hit}", f"{s.unknown}")
    Console().print(table)


def hygiene(on: Days = None, workspace: Folder = HERE, as_json: AsJson = False) -> None:
    """哪些规则该打理：从不命中、命中过多、总是未知、过时、无人使用、字段从未填写。

    例：riskwarn rule hygiene --on 2025-06-01 --on 2025-12-01
    """
    from riskwarn.law.items import load_items
    from riskwarn.rehearsal import look_at_days, other_uses
    from riskwarn.rules.hygiene import WORDS, find_concerns
    from riskwarn.rules.pack import read_packs

    ws, packs = _open(workspace)
    days = [day.date() for day in on or []] or [_newest(ws)]
    declared = read_packs(ws.rules_dir)[1]
    items = {item.code for item in load_items(ws.items_dir)}
    seen = look_at_days(ws, packs, days)
    concerns = find_concerns(packs, seen, declared, items, other_uses(ws))
    if as_json:
        lines = [{"kind": c.kind, "what": c.what, "why": c.why} for c in concerns]
        typer.echo(json.dumps(lines, ensure_ascii=False, indent=2))
        return
    alike: dict[tuple[str, str], list[str]] = {}
    for c in concerns:
        alike.setdefault((WORDS[c.kind], c.why), []).append(c.what)
    for (word, why), names in alike.items():
        typer.echo(f"{word}（{why}）：{'、'.join(names)}")
    if not concerns:
        typer.echo("没有要打理的规则")


def _line(one: "Tried") -> str:
    share = f"{100 * one.hit / one.enterprises:.2f}%" if one.enterprises else "—"
    text = f"  {one.rule}{'' if one.effective else '（当日未生效）'}：命中 {one.hit} 户（{share}）"
    text += f"，未知 {one.unknown} 户" if one.unknown else ""
    if not one.hit:
        return text
    text += f"；被查的有问题：{_say(one.precision)}"
    return f"{text}；其中随机抽到的：{_say(one.precision_random)}；召回：{_say(one.recall)}"


def _as_dict(one: "Tried") -> dict[str, Any]:
    parts = {
        name: [{"name": p.name, "enterprises": p.enterprises, "hit": p.hit} for p in rows]
        for name, rows in (("regions", one.regions), ("classes", one.classes))
    }
    shares = ("precision", "precision_random", "recall", "base_rate")
    return {
        "rule": one.rule,
        "as_of": one.as_of.isoformat(),
        "effective": one.effective,
        "enterprises": one.enterprises,
        "hit": one.hit,
        "clear": one.clear,
        "unknown": one.unknown,
        "labelled": one.labelled,
        **parts,
        **{name: _share_dict(getattr(one, name)) for name in shares},
    }


def _share_dict(share: "Share") -> dict[str, Any]:
    numbers = {
        name: None if value is None else round(value, 6)
        for name, value in (("share", share.share), ("low", share.low), ("high", share.high))
    }
    return {"n": share.n, **numbers, "why": share.why}


def _say(share: "Share") -> str:
    if share.share is None:
        return share.why
    return f"{_percent(share.share)}（{_percent(share.low)}–{_percent(share.high)}，n={share.n}）"


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.1f}%"


def _workspace(folder: Path) -> "Workspace":
    from riskwarn.workspace import Workspace

    return Workspace.open(folder)


def _open(folder: Path) -> Any:
    from riskwarn.rules.pack import load_packs

    ws = _workspace(folder)
    return ws, load_packs(ws.rules_dir)


def _day(ws: "Workspace", as_of: datetime | None) -> date:
    return as_of.date() if as_of else _newest(ws)


def _newest(ws: "Workspace") -> date:
    """Give the day of the last scan, else the last day that anything was known."""
    from riskwarn.rehearsal import newest_day

    return newest_day(ws)


def _days_before(day: date, days: int) -> date:
    return day - timedelta(days=days)
