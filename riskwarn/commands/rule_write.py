"""riskwarn rule templates, sheet, take, show: rules for people who write no conditions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskwarn.errors import ConfigError, Problem, UsageError

if TYPE_CHECKING:
    from riskwarn.rules.templates import Template

Folder = Annotated[Path, typer.Option("--workspace", "-w", help="工作区文件夹")]
HERE = Path()


def templates(workspace: Folder = HERE) -> None:
    """列出规则模板：每个模板的句子、要填的空、可选项和允许的范围。

    例：riskwarn rule templates
    """
    from riskwarn.rules.sheets import describe_slots

    for one in _templates(workspace).values():
        typer.echo(f"{one.name}  {one.title}\n  {one.says}")
        for line in describe_slots(one):
            typer.echo(f"    {line}")


def sheet(
    target: Annotated[Path, typer.Argument(help="写到哪个 xlsx 文件")],
    workspace: Folder = HERE,
) -> None:
    """写出空白的规则表格：一行填一条规则，填好后用 rule take 读入。

    例：riskwarn rule sheet 新规则.xlsx
    """
    from riskwarn.rules.sheets import write_sheet

    if target.exists():
        raise UsageError(Problem("R007", f"{target} 已经有了", expected="另取一个文件名"))
    write_sheet(_templates(workspace), target)
    typer.echo(f"已写出 {target}，填“规则”一页，“模板”一页是说明")


def take(
    source: Annotated[Path, typer.Argument(help="填好的 xlsx 文件")],
    pack: Annotated[str, typer.Option("--pack", help="规则包的 id，如 cn.hangzhou.local")],
    owner: Annotated[str, typer.Option("--owner", help="负责的科室")],
    title: Annotated[str, typer.Option("--title", help="规则包的名称")] = "本地规则",
    workspace: Folder = HERE,
    replace: Annotated[bool, typer.Option("--replace", help="同名的规则包已有时改写它")] = False,
) -> None:
    """把填好的规则表格读成规则包，写到 rules/；有错不写，一次列全，每处指明单元格。

    例：riskwarn rule take 新规则.xlsx --pack cn.hangzhou.local --owner 消保科
    """
    from riskwarn.rules.pack import read_packs
    from riskwarn.rules.sheets import read_sheet
    from riskwarn.rules.shown import dump

    folder = _folder(workspace)
    target = folder / f"{pack.replace('.', '_')}.yaml"
    if target.exists() and not replace:
        expected = "换一个 --pack，或加 --replace 改写"
        raise UsageError(Problem("R007", f"{target} 已经有了", expected=expected))
    header = {"id": pack, "version": "1.0.0", "title": title, "owner": owner}
    root = read_sheet(source, _templates(workspace), header)
    _, _, problems = read_packs(folder, [(target, root)])
    mine = [p for p in problems if p.place and p.place.file.startswith(f"{source.name}!")]
    if mine:
        raise ConfigError(*mine)
    comment = f"# 由表格 {source.name} 读入；句子展开成什么条件，见 riskwarn rule show 规则编号。\n"
    target.write_text(comment + dump(root.plain()), encoding="utf-8")
    rules = root.find(("rules",)).value
    typer.echo(f"已写出 {target}，{len(rules or [])} 条规则；下一步：riskwarn rule lint、rule test")


def show(
    rule: Annotated[str, typer.Argument(help="规则编号")],
    workspace: Folder = HERE,
) -> None:
    """打印一条规则的全文：模板已经展开，连同它用到的参数、名单和特征。

    例：riskwarn rule show food.licence.expired
    """
    from riskwarn.commands.rule_pick import pick_rule
    from riskwarn.errors import raise_all
    from riskwarn.rules.pack import read_packs
    from riskwarn.rules.shown import show_rule

    packs, features, problems = read_packs(_folder(workspace))
    raise_all(ConfigError, problems)
    chosen = pick_rule(packs, rule)[0].rules[0]
    typer.echo(show_rule(_folder(workspace), chosen, features), nl=False)


def _templates(workspace: Path) -> "dict[str, Template]":
    from riskwarn.rules.templates import TEMPLATES_FILE, load_templates
    from riskwarn.workspace import resource_dir

    own = _folder(workspace)
    found = load_templates(own if (own / TEMPLATES_FILE).is_file() else resource_dir("rules"))
    if not found:
        raise UsageError(Problem("R008", "没有规则模板", expected="rules/templates.yaml"))
    return found


def _folder(workspace: Path) -> Path:
    """Give the workspace's rules, or the shipped ones where there is no workspace."""
    from riskwarn.workspace import resource_dir

    own = workspace / "rules"
    if own.is_dir():
        return own
    if workspace != HERE:
        raise UsageError(Problem("R004", f"{workspace} 里没有 rules 文件夹"))
    return resource_dir("rules")
