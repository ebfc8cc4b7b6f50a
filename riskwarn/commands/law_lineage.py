"""riskwarn law lineage, diff, impact, audit: what became of clauses, and of what rests on them."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from riskwarn.errors import ConfigError, Problem, UsageError

if TYPE_CHECKING:
    from riskwarn.law.tree import LawText

Old = Annotated[Path, typer.Option("--old", help="旧文本（任何法律文件）")]
New = Annotated[Path, typer.Option("--new", help="新文本")]
Csv = Annotated[bool, typer.Option("--csv", help="以 CSV 打印")]
Json = Annotated[bool, typer.Option("--json", help="以 JSON 打印")]
Laws = Annotated[Path | None, typer.Option("--laws", help="法规目录")]
Workspace_ = Annotated[Path, typer.Option("--workspace", "-w", help="工作区")]
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]


def lineage(old: Old, new: New, csv_: Csv = False) -> None:
    """对照同一部法的两个文本，逐条给出沿革：未变、移条、修改、拆分、合并、删除、新增。

    例：riskwarn law lineage --old 旧.md --new 新.md --csv
    """
    from riskwarn.law.lineage import trace, write_csv
    from riskwarn.law.parse import parse_file

    found = trace(parse_file(old), parse_file(new))
    if csv_:
        typer.echo(write_csv(found), nl=False)
        return
    for row in found.rows:
        places = f"{row.old_article or '—'} → {row.new_article or '—'}"
        note = f"（{row.note}）" if row.note else ""
        typer.echo(f"{places}  {row.relation}  {row.confidence}{note}")


def impact(
    items: Annotated[Path, typer.Option("--items", help="监管事项清单（CSV）")],
    start: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="基准日：清单依据当时的法律")
    ],
    end: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="截至哪一天")],
    csv_: Csv = False,
    json_: Json = False,
    law: Annotated[str, typer.Option("--law", help="只看这部法的变动")] = "",
    affected: Annotated[bool, typer.Option("--affected", help="只列须人工处理的")] = False,
    laws: Laws = None,
    workspace: Workspace_ = Path("."),
) -> None:
    """列出一段时间内法律的变动影响哪些监管事项，每处引用现在在哪一条。

    例：riskwarn law impact --items 清单.csv --from 2024-01-01 --to 2025-12-31 --csv
    """
    from riskwarn.commands.lawbook import open_book, print_json
    from riskwarn.law.impact import ImpactFinder
    from riskwarn.law.impact_items import read_cited
    from riskwarn.law.impact_print import impact_lines, impact_row, write_impacts

    if end < start:
        expected = "--from 不晚于 --to"
        raise UsageError(Problem("U019", "截止日早于基准日", None, expected))
    book = open_book(laws, workspace)
    only = book.match_title(law)[0] if law else ""
    if law and not only:
        raise ConfigError(Problem("L111", f"法规库中没有《{law}》"))
    finder = ImpactFinder(book, start.date(), end.date(), law=only)
    every = finder.find(read_cited(items, book, start.date(), only))
    told = (one for one in every if not affected or one.clause.affects is not False)
    if csv_:
        typer.echo(write_impacts(told), nl=False)
        return
    found = list(told)
    if json_:
        print_json([impact_row(one) for one in found])
    else:
        for line in impact_lines(found):
            typer.echo(line)


def audit(
    path: Annotated[Path, typer.Argument(help="清单（CSV）")],
    column: Annotated[str, typer.Option("--column", help="依据所在的列名")],
    dated: Annotated[
        datetime, typer.Option("--dated", formats=["%Y-%m-%d"], help="清单写成的日期")
    ],
    on: Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="按哪一天的法律")],
    csv_: Csv = False,
    json_: Json = False,
    laws: Laws = None,
    workspace: Workspace_ = Path("."),
) -> None:
    """核对一份旧清单的依据今天还值多少：按检查内容判断，不只看条号还在不在。

    例：riskwarn law audit 清单.csv --column 抽查依据 --dated 2017-11-24 --on 2025-12-31 --csv
    """
    from riskwarn.commands.lawbook import open_book, print_json
    from riskwarn.law.audit_items import Auditor
    from riskwarn.law.audit_print import finding_lines, finding_row, write_findings

    auditor = Auditor(open_book(laws, workspace), dated.date(), on.date())
    found = list(auditor.audit_file(path, column))
    if csv_:
        typer.echo(write_findings(found), nl=False)
    elif json_:
        print_json([finding_row(one) for one in found])
    else:
        for line in finding_lines(found):
            typer.echo(line)


def diff(
    old: Annotated[str, typer.Argument(help="旧版本：文件，或 法名@公布日期")],
    new: Annotated[str, typer.Argument(help="新版本：文件，或 法名@公布日期")],
    html: Annotated[Path | None, typer.Option("--html", help="另存为并排对照的网页")] = None,
    all_: Annotated[bool, typer.Option("--all", help="也列出未变和仅形式变化的条文")] = False,
    json_: Json = False,
    laws: Laws = None,
    workspace: Workspace_ = Path("."),
) -> None:
    """两个版本逐条对照：实质修改逐字标出，名称更换、标点、条号变化只计数。

    例：riskwarn law diff 食品安全法@2021-04-29 食品安全法@2025-09-12 --html 对照.html
    """
    from riskwarn.commands.lawbook import print_json
    from riskwarn.law.lineage_diff import diff_json, diff_laws, diff_lines
    from riskwarn.law.lineage_page import diff_page

    one, other = (_text_of(name, laws, workspace) for name in (old, new))
    found = diff_laws(one, other, _shown(old), _shown(new))
    if html is not None:
        html.write_text(diff_page(found, all_articles=all_), encoding="utf-8", newline="\n")
    if json_:
        print_json(diff_json(found, all_articles=all_))
    else:
        for line in diff_lines(found, all_articles=all_):
            typer.echo(line)


def _shown(name: str) -> str:
    return Path(name).stem if Path(name).is_file() else name


def _text_of(name: str, laws: Path | None, workspace: Path) -> "LawText":
    """A law file, or a version of the book: 食品安全法@2021-04-29; without date the newest."""
    from riskwarn.commands.lawbook import open_book
    from riskwarn.law.parse import parse_file

    if Path(name).is_file():
        return parse_file(Path(name))
    book = open_book(laws, workspace)
    title, _, on = name.partition("@")
    known, near = book.match_title(title)
    versions = book.versions_of(known) if known else ()
    found = [v for v in versions if not on or str(v.promulgated_on) == on]
    if not found:
        dates = "、".join(v.key for v in versions)
        hint = dates or (f"《{near}》" if near else "")
        raise ConfigError(Problem("L114", f"没有 {name} 这个版本或文件", None, hint))
    return book.text(found[-1])


def trace(
    ref: Annotated[str, typer.Argument(help="条款，如 反不正当竞争法@2019-04-23#7.1")],
    json_: Json = False,
    laws: Laws = None,
    workspace: Workspace_ = Path("."),
) -> None:
    """追踪一个条款在各版本中的位置；永久编号不随条号变动。不写版本的按最新文本。

    例：riskwarn law trace '《反不正当竞争法》第八条第一款'
    """
    from riskwarn.commands.lawbook import open_book, print_json
    from riskwarn.law.lineage_ids import thread_title

    book = open_book(laws, workspace)
    found = book.resolve(ref)
    if found.problem is not None:
        raise ConfigError(found.problem)
    threads = thread_title(book, found.ref.law)
    clause_id = threads.id_of(found.ref) or ""
    places = threads.places_of(clause_id)
    if json_:
        rows = [{"ref": p.ref.canonical, "fate": p.fate, "score": p.score} for p in places]
        skipped = [problem.message for problem in threads.skipped]
        print_json({"id": clause_id, "places": rows, "skipped": skipped})
        return
    typer.echo(f"永久编号 {clause_id}")
    for place in places:
        typer.echo(f"{place.ref.version_on}  {place.ref.place_label}  {place.fate or '首见'}")
    for problem in threads.skipped:
        typer.echo(f"注意：{problem.message}")
