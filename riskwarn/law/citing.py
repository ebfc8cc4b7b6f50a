"""Citations of whole files: law texts, and columns of CSV lists; rows ready for JSON."""

import csv
import io
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from riskwarn.errors import ConfigError, Place, Problem, UsageError, nearest
from riskwarn.law.book import SUFFIXES, LawBook
from riskwarn.law.cite import Citer
from riskwarn.law.header import read_version
from riskwarn.law.lawfile import decode, read_law_file
from riskwarn.law.parse import parse_law
from riskwarn.records.law import Citation, ClauseRef


def cite_paths(
    book: LawBook, paths: Sequence[Path], columns: Sequence[str], dated: date | None
) -> Iterator[dict[str, Any]]:
    """Find the citations of files.

    Takes:  paths, law texts (.md, .txt), lists (.csv) or folders of them; columns, of lists
            (none: all); dated, the day whose law is meant (default: a law's promulgation).
    Gives:  one row a citation: `file` or `csv`/`row`/`column`, `start`, `end` (code points of the
            raw file or of the cell), `raw`, `status`, `targets`, `notes`.
    Raises: UsageError U010 for a column that a list does not have; ConfigError for unreadable
            files.
    """
    citer = Citer(book)
    for path in _files(paths):
        if path.suffix.lower() == ".csv":
            yield from _cite_csv(citer, path, columns, dated)
        else:
            yield from _cite_law(citer, path, dated)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            wanted = (*SUFFIXES, ".csv")
            found = (p for p in sorted(path.iterdir()) if p.suffix.lower() in wanted)
            yield from (p for p in found if not p.name.startswith(("README", "index.")))
        elif path.exists():
            yield path
        else:
            raise ConfigError(Problem("L001", "找不到文件", Place(str(path))))


def _cite_law(citer: Citer, path: Path, dated: date | None) -> Iterator[dict[str, Any]]:
    source = read_law_file(path)
    law = parse_law(source.text, path.name, source.line_offset)
    version = read_version(path)
    starts = [0]
    starts += [at + 1 for at, char in enumerate(source.text) if char == "\n"]
    for citation in citer.cite_law(law, version, dated):
        line = bisect_right(starts, citation.start) + source.line_offset
        row = {"file": path.name, "line": line}
        yield row | citation_row(citer.book, citation, source.char_offset)


def _cite_csv(
    citer: Citer, path: Path, columns: Sequence[str], dated: date | None
) -> Iterator[dict[str, Any]]:
    text = decode(path.read_bytes(), str(path)).removeprefix("\ufeff")
    reader = csv.DictReader(io.StringIO(text, newline=""))
    names = list(reader.fieldnames or [])
    for column in columns:
        if column not in names:
            problem = Problem(
                "U010",
                f"没有列 {column}",
                Place(str(path), 1),
                "、".join(names),
                nearest(column, names),
            )
            raise UsageError(problem)
    for number, row in enumerate(reader, 1):
        for column in columns or names:
            cell = row.get(column) or ""
            for citation in citer.cite_text(cell, dated):
                place = {"csv": path.name, "row": number, "column": column}
                yield place | citation_row(citer.book, citation, 0)


def citation_row(book: LawBook, citation: Citation, offset: int) -> dict[str, Any]:
    """Give a citation as plain values for JSON."""
    return {
        "start": citation.start + offset,
        "end": citation.end + offset,
        "raw": citation.raw,
        "status": citation.status.value,
        "targets": [_target(book, ref) for ref in citation.targets],
        "notes": list(citation.notes),
    }


def _target(book: LawBook, ref: ClauseRef) -> dict[str, Any]:
    return {
        "law": book.filed_title(ref.law),
        "version": ref.version_on.isoformat() if ref.version_on else None,
        "part": ref.part,
        "chapter": ref.chapter,
        "section": ref.section,
        "article": ref.article,
        "paragraph": ref.paragraph,
        "item": ref.item,
        "subitem": ref.subitem,
        "label": ref.label,
    }
