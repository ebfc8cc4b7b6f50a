"""A comparison as one HTML page that needs nothing from outside and runs no script."""

from html import escape

from riskwarn.law.lineage_diff import RELATIONS, ArticleDiff, LawDiff
from riskwarn.law.lineage_kinds import LABELS, Substance
from riskwarn.law.sides import sides_html

_STYLE = (
    "body{font:16px/1.8 serif;margin:2em auto;max-width:76em;padding:0 1em;color:#222}"
    "table{width:100%;border-collapse:collapse;table-layout:fixed}"
    "td,th{border:1px solid #ccc;padding:.5em .8em;vertical-align:top;white-space:pre-wrap}"
    "th{background:#f3f3f3;text-align:left;font-weight:normal}"
    "del{background:#fbd9d7;text-decoration:line-through}ins{background:#d4f0d4}"
    ".formal{color:#777}.kind{float:right}"
)


def diff_page(diff: LawDiff, *, all_articles: bool = True) -> str:
    """Print a comparison side by side; struck words left, added words right.

    Takes:  all_articles, also those that did not change and those that only changed in form.
    Gives:  a whole page; every text is escaped.
    """
    counts = "，".join(f"{LABELS[Substance(kind)]} {n}" for kind, n in diff.counts.items())
    renames = "".join(
        f"<li><del>{escape(old)}</del> → <ins>{escape(new)}</ins></li>" for old, new in diff.renames
    )
    rows = "\n".join(_row(one) for one in diff.articles if all_articles or one.substantial)
    title = f"{escape(diff.old_name)} → {escape(diff.new_name)}"
    learned = f"<p>全文更换的用语：</p><ul>{renames}</ul>" if renames else ""
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>{title}</h1><p>{counts}</p>{learned}\n<table>\n"
        f"<tr><th>{escape(diff.old_name)}</th><th>{escape(diff.new_name)}</th></tr>\n"
        f"{rows}\n</table></body></html>\n"
    )


def _row(one: ArticleDiff) -> str:
    kinds = "、".join(LABELS[kind] for kind in (one.change.kind, *one.change.also))
    note = f"（{escape(one.row.note)}）" if one.row.note else ""
    sure = "" if one.row.confidence == "high" else " 待核"
    shade = "" if one.substantial else ' class="formal"'
    head = (
        f'<tr{shade}><th colspan="2">{escape(one.heading)} '
        f'{RELATIONS[one.row.relation]}{note}{sure} <span class="kind">{kinds}</span></th></tr>'
    )
    left, right = sides_html(one.old_text, one.new_text)
    return f"{head}\n<tr{shade}><td>{left}</td><td>{right}</td></tr>"
