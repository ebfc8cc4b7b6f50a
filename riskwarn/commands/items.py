"""riskwarn items …: list, show, check, import of supervision items."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskwarn.commands.lawbook import Json, Laws, Workspace_, day, open_book, print_json
from riskwarn.errors import ConfigError, Problem, nearest, raise_all

if TYPE_CHECKING:
    from riskwarn.records.law import SupervisionItem

app = typer.Typer(no_args_is_help=True, help="监管事项：查看与检查")

ItemsDir = Annotated[
    Path | None, typer.Option("--items", help="事项目录（默认：工作区的，没有工作区则用自带的）")
]


@app.command("list")
def list_(
    items: ItemsDir = None,
    department: Annotated[str, typer.Option("--department", help="只列这个部门的")] = "",
    workspace: Workspace_ = Path("."),
    json_: Json = False,
) -> None:
    """列出监管事项及其依据条数。

    例：riskwarn items list --department 市场监督管理部门
    """
    found = [i for i in _load(items, workspace) if department in i.department]
    if json_:
        print_json([_item_json(item) for item in found])
        return
    for item in found:
        typer.echo(f"{item.code}  {item.name}（{item.department}），依据 {len(item.citations)} 处")
    typer.echo(f"共 {len(found)} 项")


@app.command("show")
def show(
    code: Annotated[str, typer.Argument(help="事项编码")],
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="依据按哪一天核对")
    ] = None,
    items: ItemsDir = None,
    laws: Laws = None,
    workspace: Workspace_ = Path("."),
    json_: Json = False,
) -> None:
    """查看一个事项的全部内容；给出 --on 时逐条核对依据当天是否有效。

    例：riskwarn items show 99009900100001 --on 2026-01-01
    """
    from riskwarn.law.item_checks import status_of

    found = {item.code: item for item in _load(items, workspace)}
    item = found.get(code)
    if item is None:
        hint = nearest(code, found)
        raise ConfigError(Problem("I117", f"没有事项 {code}", nearest=hint))
    told = _item_json(item)
    if on is not None:
        book = open_book(laws, workspace)
        for pin, row in zip(item.citations, told["citations"], strict=True):
            status = status_of(book, pin, on.date(), {})
            row["state"] = status.state.value
            row["problem"] = str(status.problem) if status.problem else ""
    if json_:
        print_json(told)
    else:
        _print_item(told)


@app.command("check")
def check(
    on: Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="按哪一天的法律核对")],
    items: ItemsDir = None,
    laws: Laws = None,
    workspace: Workspace_ = Path("."),
    json_: Json = False,
) -> None:
    """核对每个事项的编码、层级和依据；没有有效依据的事项使退出码为 3。

    例：riskwarn items check --on 2026-01-01
    """
    from riskwarn.law.item_checks import check_items

    found = _load(items, workspace)
    problems = check_items(open_book(laws, workspace), found, on.date())
    if json_:
        rows = [
            {"code": p.code, "severity": p.severity, "message": p.message, "nearest": p.nearest}
            for p in problems
        ]
        print_json({"items": len(found), "problems": rows})
    else:
        for problem in problems:
            if problem.severity != "error":
                typer.echo(str(problem))
        typer.echo(f"共 {len(found)} 项，{len(problems)} 处问题")
    raise_all(ConfigError, problems)


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="事项清单：CSV 或 Excel（.xlsx）")],
    into: Annotated[Path, typer.Option("--into", help="写成的清单 CSV（依据已解析并固定版本）")],
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="依据按哪一天的法律解析（默认：最新）"),
    ] = None,
    catalogue: Annotated[
        Path | None,
        typer.Option("--catalogue", help="目录清单所在目录；给出时核对每个目录编码都存在"),
    ] = None,
    sheet: Annotated[str, typer.Option("--sheet", help="工作表名（默认：第一张）")] = "",
    laws: Laws = None,
    workspace: Workspace_ = Path("."),
    json_: Json = False,
) -> None:
    """导入一份事项清单：逐行检查，解析设定依据并固定到版本；有一行不合格则整份不收。

    例：riskwarn items import 清单.csv --into legal_clauses/items/本市.csv --on 2026-01-01
    """
    from riskwarn.law_update import import_item_list

    known = {item.code for item in _load(catalogue, workspace)} if catalogue else None
    report = import_item_list(open_book(laws, workspace), source, into, day(on), known, sheet)
    if json_:
        print_json(report)
    else:
        typer.echo("，".join(f"{name} {value}" for name, value in report.items()))


@app.command("claim")
def claim(
    catalogue: Annotated[Path, typer.Option("--catalogue", help="目录清单所在目录")],
    organ: Annotated[str, typer.Option("--organ", help="实施机构的统一社会信用代码")],
    tier: Annotated[str, typer.Option("--tier", help="本级：省级、市级、县级 等")],
    into: Annotated[
        Path, typer.Option("--into", help="实施清单 CSV；已有的保留，新认领的加在后面")
    ],
    on: Annotated[
        datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="认领之日，即生效日期")
    ],
    code: Annotated[
        list[str] | None, typer.Option("--code", help="认领的目录编码，可写多次；不写即本级的全部")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="实施机构名称")] = "",
    region: Annotated[str, typer.Option("--region", help="行政区划代码")] = "",
    json_: Json = False,
) -> None:
    """认领目录事项：生成本机构的实施清单，编码为 信用代码+层级+目录编码，依据和引用随目录。

    例：riskwarn items claim --catalogue 目录 --organ 11320100000000000A --tier 县级 --into 实施.csv
    --on 2026-01-01
    """
    from riskwarn.law.item_claim import Organ, claim_items
    from riskwarn.law.items import load_items, load_list, write_items

    held, extra = load_list(into) if into.exists() else ([], [])
    who = Organ(uscc=organ, name=name, tier=tier, region_code=region)
    wanted = list(dict.fromkeys(code)) if code else None
    found = claim_items(load_items(catalogue), who, on.date(), wanted, held)
    further = dict.fromkeys([*extra, *(name for item in found for name, _ in item.extra)])
    write_items([*held, *found], into, list(further))
    told = {"claimed": len(found), "held": len(held)}
    if json_:
        print_json(told)
    else:
        typer.echo(f"认领 {len(found)} 项，原有 {len(held)} 项，写入 {into}")


def _load(items: Path | None, workspace: Path) -> "list[SupervisionItem]":
    from riskwarn.law.items import load_items
    from riskwarn.workspace import SETTINGS_FILE, resource_dir

    if items is not None:
        return load_items(items)
    if (workspace / SETTINGS_FILE).is_file():
        return load_items(workspace / "legal_clauses" / "items")
    return load_items(resource_dir("legal_clauses") / "items")


def _item_json(item: "SupervisionItem") -> dict[str, Any]:
    return {
        "code": item.code,
        "catalogue_code": item.catalogue_code,
        "main_name": item.main_name,
        "name": item.name,
        "department": item.department,
        "target": item.target,
        "form": item.form,
        "way": item.way,
        "measure": item.measure,
        "basis_text": item.basis_text,
        "flow": item.flow,
        "result": item.result,
        "tier": item.tier,
        "administrative_type": item.administrative_type,
        "effective": item.effective_on.isoformat() if item.effective_on else None,
        "cancelled": item.cancelled_on.isoformat() if item.cancelled_on else None,
        "region_code": item.region_code,
        "source": item.source,
        "extra": dict(item.extra),
        "citations": [
            {
                "ref": pin.ref.canonical,
                "label": pin.ref.label,
                "status": pin.status.value,
                "text_hash": pin.text_hash,
            }
            for pin in item.citations
        ],
    }


_TITLES = {
    "code": "事项编码",
    "main_name": "主项名称",
    "name": "子项名称",
    "department": "监管部门",
    "target": "监管对象",
    "form": "监管形式",
    "way": "监管方式",
    "measure": "监管措施",
    "basis_text": "设定依据",
    "flow": "监管流程",
    "result": "监管结果",
    "tier": "监管层级",
    "effective": "生效日期",
    "cancelled": "取消日期",
    "source": "来源",
}


_FOUND = {"law_only": "  只引法名", "unresolved": "  没有解析到条款"}
_STATES = {
    "live": "有效",
    "text_changed": "文字已修改",
    "moved": "已移到别的条号",
    "gone": "已无此条",
    "repealed": "已废止",
    "not_in_force": "尚未施行",
    "unresolved": "无法核实",
}


def _print_item(told: dict[str, Any]) -> None:
    for field, title in _TITLES.items():
        if told[field]:
            typer.echo(f"{title}：{told[field]}")
    for name, value in told["extra"].items():
        typer.echo(f"{name}：{value}")
    for row in told["citations"]:
        state = f"  {_STATES[row['state']]} {row['problem']}".rstrip() if "state" in row else ""
        found = _FOUND.get(row["status"], "")
        typer.echo(f"  {row['label']}  {row['ref']}{found}{state}")
