"""The command line: parse, call one function, print. Heavy imports happen inside commands."""

import errno
import sys

import typer

from riskwarn.commands import (
    audit,
    classify,
    draw,
    imports,
    items,
    law,
    model,
    night,
    results,
    rule,
    workspaces,
)
from riskwarn.commands.county import county
from riskwarn.errors import DiskError, Place, Problem, RiskwarnError, system_words

app = typer.Typer(
    name="riskwarn",
    help="风险预警线索与双随机抽查：先 riskwarn demo 看一遍，再 riskwarn init 建自己的工作区。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(workspaces.demo)
app.command("init")(workspaces.init)
app.command("doctor")(workspaces.doctor)
app.command("import")(imports.import_)
app.command("check")(workspaces.check)
app.command("backup")(workspaces.backup)
app.command("scan")(night.scan)
app.command("classify")(classify.classify)
app.command("leads")(night.leads)
app.command("explain")(night.explain)
app.command("decide")(night.decide)
app.command("report")(night.report)
app.command("county")(county)
app.add_typer(law.app, name="law", help="法律条款：查看、检索、引用、版本")
app.add_typer(items.app, name="items", help="监管事项：查看与检查")
app.add_typer(rule.app, name="rule", help="规则包：检查、试运行、解释")
app.add_typer(model.app, name="model", help="模型：训练、卡片、锁定")
app.add_typer(draw.app, name="draw", help="双随机：计划、冻结、抽取、公示、验证")
app.add_typer(results.app, name="results", help="检查结果：导回与统计")
app.add_typer(audit.app, name="audit", help="审计日志：验证、查看与证明")

_DISK_ERRNOS = {errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS, errno.EFBIG}


def main() -> None:
    """Run the command line; every known fault becomes a message and its exit code."""
    try:
        app()
    except RiskwarnError as error:
        _say(error)
    except OSError as error:
        if error.errno not in _DISK_ERRNOS:
            raise
        where = Place(str(error.filename)) if error.filename else None
        message = f"磁盘写入失败：{system_words(error)}"
        _say(DiskError(Problem("D001", message, where, "腾出空间后重新运行，不会丢失或重复")))


def _say(error: RiskwarnError) -> None:
    for problem in error.problems:
        sys.stderr.write(f"{problem}\n")
    if len(error.problems) > 1:
        sys.stderr.write(f"共 {len(error.problems)} 处问题\n")
    sys.exit(error.exit_code)
