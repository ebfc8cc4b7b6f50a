"""Proposals as static pages: one a law, old and new side by side; no script, no request."""

import hashlib
from collections.abc import Sequence
from html import escape
from pathlib import Path

from riskwarn.law.pins import read_pins
from riskwarn.law.proposals import Batch, Proposal
from riskwarn.law.sides import sides_html
from riskwarn.outputs.gate import clean

ITEMS_SHOWN = 50
NOT_HERE, NO_TEXT = "（库中没有原文）", "（没有对应的条款）"
_STYLE = (
    "body{font:16px/1.8 serif;margin:2em auto;max-width:76em;padding:0 1em;color:#222}"
    "table{width:100%;border-collapse:collapse;table-layout:fixed;margin:.5em 0 2em}"
    "td,th{border:1px solid #ccc;padding:.5em .8em;vertical-align:top;text-align:left;"
    "white-space:pre-wrap}th{background:#f3f3f3;font-weight:normal}"
    "del{background:#fbd9d7}ins{background:#d4f0d4;text-decoration:none}.formal{color:#666}"
    "dl{display:grid;grid-template-columns:max-content auto;gap:0 1em;margin:.5em 0}dd{margin:0}"
    "h2{font-size:1.2em;margin-top:2.5em;border-top:1px solid #ccc;padding-top:1em}"
    ".look{color:#8a4b00;font-weight:bold}@media print{table,dl{break-inside:avoid}"
    "h2{break-after:avoid}}"
)
_LEGEND = (
    "<p>每个条款左为原文、右为新文；<del>红底加删除线</del>是删去的字，<ins>绿底</ins>是新增的字。"
    "灰字的只是条号、名称、标点变化。决定在 Excel 工作簿中填写，本页只供对照。</p>"
)
_CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def write_proposal_pages(batch: Batch, folder: Path) -> list[Path]:
    """Write index.html and one page a law.

    Gives:  the files; every text from outside is escaped and masked like all outputs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    laws: dict[str, list[Proposal]] = {}
    for row in batch.rows:
        laws.setdefault(_law(row), []).append(row)
    title = f"法律变动建议 {batch.start} 至 {batch.end}"
    paths, links = [], []
    for law, rows in sorted(laws.items()):
        name = f"law-{hashlib.sha256(law.encode()).hexdigest()[:12]}.html"
        told = _counted(rows)
        back = f'<p>{told}。<a href="index.html">返回目录</a></p>'
        paths.append(_write(folder / name, f"《{law}》", f"{back}{_LEGEND}\n{_law_body(rows)}"))
        links.append(f'<li><a href="{name}">《{_safe(law)}》</a> {told}</li>')
    head = f"<p>批次 {batch.id}：{_counted(batch.rows)}，待法制人员决定。</p>{_LEGEND}"
    body = f"{head}<ul>{''.join(links)}</ul>"
    return [_write(folder / "index.html", title, body), *paths]


def _counted(rows: Sequence[Proposal]) -> str:
    formal = sum(row.formal for row in rows)
    sure = sum(not row.confidence.startswith("高") for row in rows)
    told = f"{len(rows)} 处引用，{len({row.code for row in rows})} 个事项"
    told += f"，其中 {formal} 处只是条号、名称、标点变化" if formal else ""
    return told + (f"，{sure} 处请仔细核对" if sure else "")


def _law(row: Proposal) -> str:
    (pin,) = read_pins(row.old)
    return pin.ref.law


def _write(path: Path, title: str, body: str) -> Path:
    text = (
        '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_CSP}">'
        f"<title>{_safe(title)}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>{_safe(title)}</h1>\n{body}\n</body></html>\n"
    )
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _law_body(rows: Sequence[Proposal]) -> str:
    """One table a clause, whatever many items cite it."""
    clauses: dict[tuple[str, str], list[Proposal]] = {}
    for row in rows:
        clauses.setdefault((row.old_label, row.proposed), []).append(row)
    return "\n".join(_clause(found) for found in clauses.values())


def _clause(rows: Sequence[Proposal]) -> str:
    row = rows[0]
    sure = row.confidence.startswith("高")
    named = "、".join(f"{one.code} {one.name}" for one in rows[:ITEMS_SHOWN])
    more = f" 等 {len(rows)} 个" if len(rows) > ITEMS_SHOWN else ""
    facts = {
        "变动": row.fate + (f"（{row.kinds}）" if row.kinds else ""),
        "建议改引": row.proposed,
        "把握": row.confidence,
        "其他可能": "；".join(place.label for place in row.others),
        "新文施行": row.commences,
        "说明": row.note,
        "事项": named + more,
    }
    shade = "" if sure else ' class="look"'
    told = "".join(
        f"<dt>{name}</dt><dd{shade if name == '把握' else ''}>{_safe(text)}</dd>"
        for name, text in facts.items()
        if text
    )
    left, right = sides_html(clean(row.old_text), clean(row.new_text))
    formal = ' class="formal"' if row.formal else ""
    return (
        f"<h2>{_safe(row.old_label)}</h2><dl>{told}</dl>\n"
        f"<table{formal}><tr><th>原文</th><th>新文</th></tr>"
        f"<tr><td>{left or NOT_HERE}</td><td>{right or NO_TEXT}</td></tr></table>"
    )


def _safe(text: str) -> str:
    return escape(clean(text))
