"""The whole book checked: every text parsed, printed back, every oddity named."""

import hashlib
from collections import Counter
from typing import Any

from riskwarn.errors import ConfigError
from riskwarn.law.book import LawBook
from riskwarn.law.cite import Citer
from riskwarn.law.lawfile import read_law_file
from riskwarn.law.parse import parse_law
from riskwarn.law.tree import Anomaly, Kind, LawText
from riskwarn.records.law import CitationStatus, LawVersion

_FEWER_ARTICLES_SHARE = 0.5  # a version with less than half its sibling's articles is cut off


def check_book(book: LawBook, citations: bool = False) -> dict[str, Any]:
    """Parse every text of a book and name what is wrong.

    Takes:  citations, also follow every 本法第…条 of the texts.
    Gives:  texts, parsed, round_trip (counts of texts), articles, paragraphs, items, subitems,
            anomalies (file, line, kind, severity, message), anomaly_kinds, completeness, faults
            (files that cannot be read, or whose text is not what the header's hash says) and,
            where asked, self_citations.
    """
    counts: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    anomalies: list[Anomaly] = []
    faults = [str(problem) for problem in book.problems if problem.severity == "error"]
    texts: list[tuple[LawVersion, LawText]] = []
    for version in sorted(book.versions, key=lambda v: v.file):
        try:
            source = read_law_file(book.root / version.file)
        except ConfigError as error:
            faults += [str(problem) for problem in error.problems]
            continue
        law = parse_law(source.text, version.file, source.line_offset)
        texts.append((version, law))
        counts["parsed"] += 1
        counts["round_trip"] += law.raw == source.text
        digest = hashlib.sha256(source.text.encode()).hexdigest()
        if version.sha256 and digest != version.sha256:
            faults.append(f"{version.file}: 正文与文件头的 sha256 不符，文本被改动过")
        counts["articles"] += len(law.articles)
        for node in law.root.walk():
            counts[node.kind.value] += 1
        whole[law.completeness] += 1
        anomalies += law.anomalies
    anomalies += _against_siblings(texts)
    report: dict[str, Any] = {
        "texts": len(book.versions),
        "parsed": counts["parsed"],
        "round_trip": counts["round_trip"],
        "articles": counts["articles"],
        "paragraphs": counts[Kind.PARAGRAPH.value],
        "items": counts[Kind.ITEM.value],
        "subitems": counts[Kind.SUBITEM.value],
        "completeness": dict(sorted(whole.items())),
    }
    if citations:
        told, dead = _self_citations(book, texts)
        report["self_citations"] = told
        anomalies += dead
    anomalies.sort(key=lambda a: (a.file, a.line, a.kind, a.message))
    report["anomaly_kinds"] = dict(sorted(Counter(a.kind for a in anomalies).items()))
    report["anomalies"] = [
        {
            "file": a.file,
            "line": a.line,
            "kind": a.kind,
            "severity": a.severity,
            "message": a.message,
        }
        for a in anomalies
    ]
    report["faults"] = faults
    return report


def _against_siblings(texts: list[tuple[LawVersion, LawText]]) -> list[Anomaly]:
    """Compare versions of one law: too few articles, or the same words under another date."""
    by_title: dict[str, list[tuple[LawVersion, LawText]]] = {}
    for version, law in texts:
        by_title.setdefault(version.title, []).append((version, law))
    found: list[Anomaly] = []
    for siblings in by_title.values():
        most = max(len(law.articles) for _, law in siblings)
        seen: dict[str, str] = {}
        for version, law in sorted(siblings, key=lambda pair: pair[0].key):
            line = law.line_offset + 1
            if law.articles and len(law.articles) < most * _FEWER_ARTICLES_SHARE:
                message = f"只有 {len(law.articles)} 条，另一版本有 {most} 条，文本疑似不完整"
                found.append(_anomaly("fewer_articles", version.file, line, message))
            words = "".join(a.node.normal for a in law.articles.values())
            if words and words in seen:
                message = f"条文与 {seen[words]} 完全相同，只有日期不同"
                found.append(_anomaly("same_text", version.file, line, message, "info"))
            elif words:
                seen[words] = version.file
    return found


def _anomaly(kind: str, file: str, line: int, message: str, severity: str = "warning") -> Anomaly:
    return Anomaly(kind=kind, file=file, line=line, message=message, severity=severity)


def _self_citations(
    book: LawBook, texts: list[tuple[LawVersion, LawText]]
) -> tuple[dict[str, int], list[Anomaly]]:
    """Follow every citation of a text to itself; one that leads nowhere is a defect of the text."""
    citer = Citer(book)
    counts: Counter[str] = Counter(found=0, resolved=0, defects=0)
    dead: list[Anomaly] = []
    for version, law in texts:
        raw = law.raw
        for citation in citer.cite_law(law, version):
            own = not citation.targets or all(ref.law == version.title for ref in citation.targets)
            if not own or citation.status is CitationStatus.NOT_A_CITATION:
                continue
            counts["found"] += 1
            if citation.status is not CitationStatus.UNRESOLVED:
                counts["resolved"] += 1
                continue
            counts["defects"] += 1
            line = raw.count("\n", 0, citation.start) + 1 + law.line_offset
            message = f"引用“{citation.raw}”无处可寻：{'；'.join(citation.notes)}"
            dead.append(_anomaly("dead_citation", version.file, line, message))
    return dict(counts), dead
