"""Findings of an audit as flat rows, as CSV, and as lines for people."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence

from riskwarn.law.audit_items import Finding, Worth

COLUMNS = [
    "row",
    "check_item",
    "law_as_written",
    "law",
    "article",
    "paragraph",
    "item",
    "status",
    "new_law",
    "new_version",
    "new_article",
    "new_paragraph",
    "new_item",
    "confidence",
    "note",
]
WORTHS = {
    Worth.FITS: "仍相符",
    Worth.OTHER_CONTENT: "条号还在，内容已是别的",
    Worth.RULE_GONE: "法还在，该规定已删除",
    Worth.REPEALED: "法已废止或者被取代",
    Worth.NOT_HERE: "库中没有这部法",
    Worth.UNCLEAR: "无法判断",
}


def finding_row(finding: Finding) -> dict[str, str]:
    """Give a finding as a flat row of text."""
    cited, new = finding.cited, finding.new
    values = {
        "row": finding.row,
        "check_item": finding.check_item,
        "law_as_written": finding.written,
        "law": cited.law,
        "article": cited.article,
        "paragraph": cited.paragraph,
        "item": cited.item,
        "status": finding.worth.value,
        "new_law": new.law if new else "",
        "new_version": new.version_on.isoformat() if new and new.version_on else "",
        "new_article": new.article if new else "",
        "new_paragraph": new.paragraph if new else "",
        "new_item": new.item if new else "",
        "confidence": finding.confidence,
        "note": finding.note,
    }
    return {name: "" if value is None else str(value) for name, value in values.items()}


def write_findings(findings: Sequence[Finding]) -> str:
    """Print findings as CSV."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(finding_row(finding) for finding in findings)
    return buffer.getvalue()


def finding_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Say findings one a line, and how many there are of each kind."""
    for one in findings:
        where = f" → {one.new.label}" if one.new and one.worth is not Worth.FITS else ""
        look = "，请核对" if one.confidence != "high" else ""
        note = f"（{one.note}）" if one.note else ""
        yield f"第{one.row}行 {one.cited.label}：{WORTHS[one.worth]}{where}{look}{note}"
    counts = Counter(one.worth for one in findings)
    told = "，".join(f"{label} {counts[worth]}" for worth, label in WORTHS.items() if counts[worth])
    yield f"共 {len(findings)} 处：{told}" if findings else "清单中没有找到引用"
