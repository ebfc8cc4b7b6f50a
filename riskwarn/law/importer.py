"""Law texts from anywhere → one file a version under our header, the text byte for byte."""

import csv
import hashlib
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskwarn.errors import ConfigError, Place, Problem
from riskwarn.law.commencement import read_commencement
from riskwarn.law.header import (
    LawHeader,
    first_event,
    printed_title,
    read_version,
    stated_repeals,
    version_of,
    write_header,
)
from riskwarn.law.lawfile import decode, split_header
from riskwarn.law.parse import parse_law
from riskwarn.law.tree import Anomaly, LawText
from riskwarn.records.law import LawVersion, short_title

INDEX_FILE = "index.csv"
_REPLACED = re.compile(r"废止\(由(?P<by>[^0-9（(]+)(?P<on>\d{4}-\d{2}-\d{2})起替代\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedLaw:
    """One written file, with what is odd about its text."""

    path: Path
    version: LawVersion
    anomalies: tuple[Anomaly, ...]
    written: bool


def import_laws(source: Path, into: Path, recorded_on: date | None = None) -> list[ImportedLaw]:
    """Write law texts into a law folder.

    Takes:  source, a law file or a folder (its `index.csv`, where there is one, tells level,
            dates and origin); into, the law folder; recorded_on, the day they enter the book.
    Gives:  one record a text, in the order of file names. A text already there, byte for byte,
            is left alone.
    Raises: ConfigError L001/L002 unreadable; L014 when a version stands there with another text.
            Nothing is written unless all can be.
    """
    rows = _read_index(source / INDEX_FILE) if source.is_dir() else {}
    paths = [source] if source.is_file() else sorted(source.iterdir())
    laws = [p for p in paths if p.suffix in (".md", ".txt") and not p.name.startswith("README")]
    if not laws:
        raise ConfigError(Problem("L005", "没有可导入的法规文本", Place(str(source))))
    prepared = [_prepare(path, rows.get(path.name, {}), recorded_on) for path in laws]
    problems = [fault for name, body, _, _ in prepared if (fault := _conflict(into / name, body))]
    if problems:
        raise ConfigError(*problems)
    into.mkdir(parents=True, exist_ok=True)
    return [_write(into / name, body, header, law) for name, body, header, law in prepared]


def _read_index(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def _prepare(
    path: Path, row: dict[str, str], recorded_on: date | None
) -> tuple[str, str, LawHeader, LawText]:
    text = split_header(decode(path.read_bytes(), str(path))).text
    law = parse_law(text, path.name)
    known = read_version(path)
    header = _header(law, text, known, row, recorded_on)
    on = header.promulgated.isoformat() if header.promulgated else "日期不详"
    return f"{header.title}({on}).md", text, header, law


def _header(
    law: LawText, text: str, known: LawVersion, row: dict[str, str], recorded_on: date | None
) -> LawHeader:
    title = row.get("title") or known.title
    promulgated = _day(row.get("promulgated")) or known.promulgated_on
    effective, source = _effective(law, known, row, promulgated)
    status = row.get("status") or known.status
    replaced = _REPLACED.search(status)
    return LawHeader(
        title=title,
        full_title=printed_title(law) or title,
        level=row.get("level") or known.level,
        issuing_body=row.get("issuing_body") or known.issuing_body,
        promulgated=promulgated,
        effective=effective,
        effective_source=source,
        status=status,
        superseded_by=replaced["by"] if replaced else _successor(short_title(title), row, known),
        repealed=_day(replaced["on"]) if replaced else known.repealed_on,
        repeals=_repeals(law, text, promulgated),
        parts=[{"place": part.ref.place_label, "on": part.on} for part in known.parts],
        recorded=recorded_on or known.recorded_on,
        source_repo=row.get("source_repo") or known.source_repo,
        source_commit=row.get("source_commit") or known.source_commit,
        source_path=row.get("source_path") or known.source_path,
        note=row.get("note", ""),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def _effective(
    law: LawText, known: LawVersion, row: dict[str, str], promulgated: date | None
) -> tuple[date | None, str]:
    """Take the commencement that is told; one before the promulgation is the original law's."""
    told = _day(row.get("effective")) or known.effective_on
    source = row.get("effective_source") or known.effective_source
    if told is None and not row:
        told = read_commencement(law).day(promulgated)
        source = "text" if told else ""
    if told and promulgated and told < promulgated:
        return None, f"不详（{source} 的 {told} 早于公布日，是修正前的施行日）"
    return told, source


def _successor(title: str, row: dict[str, str], known: LawVersion) -> str:
    """`新名@日期` where the law goes on under another title, else the next version's date."""
    on = row.get("superseded_by", "")
    other = short_title(row.get("version_of", "") or title)
    if on and other != title:
        return f"{other}@{on}"
    return on or known.superseded_by


def _repeals(law: LawText, text: str, promulgated: date | None) -> list[dict[str, object]]:
    on = read_commencement(law).day(first_event(text) or promulgated)
    return [{"title": title, "on": on} for title in stated_repeals(law)]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _conflict(path: Path, text: str) -> Problem | None:
    if not path.exists():
        return None
    there = split_header(decode(path.read_bytes(), str(path))).text
    if there == text:
        return None
    message = "这一版本已在法规库中，文字不同"
    return Problem("L012", message, Place(str(path)), "先核对两份文本，再删去错误的一份")


def _write(path: Path, text: str, header: LawHeader, law: LawText) -> ImportedLaw:
    content = (write_header(header) + text).encode()
    written = not path.exists() or path.read_bytes() != content
    if written:
        temporary = path.with_name(path.name + ".tmp")
        temporary.write_bytes(content)
        temporary.replace(path)
    return ImportedLaw(
        path=path, version=version_of(header, path), anomalies=law.anomalies, written=written
    )
