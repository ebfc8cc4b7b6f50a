"""Which law book a command means, and the options that all law commands share."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskwarn.errors import Problem, UsageError

if TYPE_CHECKING:
    from riskwarn.law.book import LawBook

Laws = Annotated[
    Path | None, typer.Option("--laws", help="法规目录（默认：工作区的，没有工作区则用自带的）")
]
Workspace_ = Annotated[Path, typer.Option("--workspace", "-w", help="工作区")]
On = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="按哪一天的法律")]
Known = Annotated[
    datetime | None, typer.Option("--known-on", formats=["%Y-%m-%d"], help="只用当天已知的文本")
]
Json = Annotated[bool, typer.Option("--json", help="以 JSON 打印")]


def open_book(laws: Path | None, workspace: Path) -> "LawBook":
    """Open the law book meant: --laws, else the workspace's, else the one that is shipped."""
    from riskwarn.law.book import LawBook
    from riskwarn.workspace import SETTINGS_FILE, resource_dir

    if laws is not None:
        return LawBook.open(laws)
    if (workspace / SETTINGS_FILE).is_file():
        return LawBook.open(workspace / "legal_clauses" / "laws")
    if workspace != Path("."):
        problem = Problem("W001", f"此处不是工作区：{workspace}", None, "含 riskwarn.yaml 的目录")
        raise UsageError(problem)
    return LawBook.open(resource_dir("legal_clauses") / "laws")


def day(moment: datetime | None) -> date | None:
    """The day of an option that typer reads as a moment."""
    return moment.date() if moment else None


def print_json(value: Any) -> None:
    """Print plain values as JSON, Chinese as it is."""
    import json

    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))
