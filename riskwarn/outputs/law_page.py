"""Proposals as static pages: one a law, old and new side by side; no script, no request."""

import hashlib
from collections.abc import Sequence
from html import escape
from pathlib import Path

from riskwarn.law.lineage_kinds import diff_pieces
from riskwarn.law.proposals import Batch, Proposal
from riskwarn.outputs.gate import clean
from riskwarn.records.law import ClauseRef

ITEMS_SHOWN = 50
_STYLE = (
    "body{font:16px/1.8 serif;margin:2em auto;max-width:76em;padding:0 1em;color:#222}"
    "table{width:100%;border-collapse:collapse;table-layout:fixed;margin:.5em 0 2em}"
    "td,th{border:1px solid #ccc;padding:.5em .8em;vertical-align:top;text-align:left;"
    "white-space:pre-wrap}th{background:#f3f3f3;font-weight:normal}"
    "del{background:#fbd9d7}ins{background:#d4f0d4;text-decoration:none}.formal{color:#666}"
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
        paths.append(_write(folder / name, f"《{law}》", _law_body(rows)))
        items = len({row.code for row in rows})
        links.append(
            f'<li><a href="{name}">《{_safe(law)}》</a> {len(rows)} 处引用，{items} 个事项</li>'
        )
    body = f"<p>批次 {batch.id}，{len(batch.rows)} 处引用待定。</p><ul>{''.join(links)}</ul>"
    return [_write(folder / "index.html", title, body), *paths]


def _law(row: Proposal) -> str:
    address = row.old.partition("|")[0]
    return ClauseRef.parse(address).law if "#" in address else address.partition("@")[0]


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
    others = "；".join(place.label for place in row.others)
    notes = [f"变动：{row.fate}" + (f"（{row.kinds}）" if row.kinds else "")]
    notes += [f"建议：{row.proposed}，把握{row.confidence}"]
    notes += [f"其他可能：{others}"] if others else []
    notes += [f"施行：{row.commences}"] if row.commences else []
    notes += [row.note] if row.note else []
    named = "、".join(f"{one.code} {one.name}" for one in rows[:ITEMS_SHOWN])
    more = f" 等 {len(rows)} 个" if len(rows) > ITEMS_SHOWN else ""
    left, right = _sides(clean(row.old_text), clean(row.new_text))
    shade = ' class="formal"' if row.formal else ""
    return (
        f"<h2>{_safe(row.old_label)}</h2><p>{'<br>'.join(map(_safe, notes))}</p>"
        f"<p>事项：{_safe(named)}{more}</p>\n"
        f"<table{shade}><tr><th>原文</th><th>新文</th></tr>"
        f"<tr><td>{left}</td><td>{right}</td></tr></table>"
    )


def _sides(old: str, new: str) -> tuple[str, str]:
    left, right = [], []
    for tag, before, after in diff_pieces(old, new):
        plain = tag == "equal"
        left.append(escape(before) if plain or not before else f"<del>{escape(before)}</del>")
        right.append(escape(after) if plain or not after else f"<ins>{escape(after)}</ins>")
    return "".join(left), "".join(right)


def _safe(text: str) -> str:
    return escape(clean(text))
