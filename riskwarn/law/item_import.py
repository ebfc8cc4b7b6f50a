"""A list of items in, the same list out with every basis resolved and pinned; bounded memory."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from riskwarn.errors import InputRejectedError, Place, Problem
from riskwarn.law.book import LawBook
from riskwarn.law.items import further_columns, pin_item, read_items, write_items
from riskwarn.law.pins import Pinner
from riskwarn.records.law import CitationStatus, SupervisionItem

SHOWN_PROBLEMS = 1_000  # of a list in which every row is wrong


def import_items(book: LawBook, source: Path, into: Path, on: date | None) -> dict[str, int]:
    """Import one list of items.

    Takes:  source, a CSV; into, the CSV to write; on, the day whose law the free-text bases mean
            (None: the newest versions). A row that has pins already keeps them.
    Gives:  items, citations, resolved, law_only, unresolved (counts).
    Raises: InputRejectedError with file, line and column of every wrong row, I106 for a code that
            stands twice; nothing is written then.
    """
    pinner = Pinner(book)
    counts: Counter[str] = Counter()
    write_items(_pinned(source, pinner, on, counts), into, further_columns(source))
    told = ("items", "citations", *(status.value for status in _TOLD))
    return {name: counts[name] for name in told}


_TOLD = (CitationStatus.RESOLVED, CitationStatus.LAW_ONLY, CitationStatus.UNRESOLVED)


def _pinned(
    source: Path, pinner: Pinner, on: date | None, counts: Counter[str]
) -> Iterator[SupervisionItem]:
    seen: dict[str, int] = {}
    problems: list[Problem] = []
    for row in read_items(source):
        problems += row.problems
        item = row.item
        if item is None:
            if len(problems) > SHOWN_PROBLEMS:
                break
            continue
        first = seen.setdefault(item.code, item.line)
        if first != item.line:
            place = Place(str(source), item.line)
            message = f"事项编码 {item.code} 重复（第 {first} 行已有）"
            problems.append(Problem("I106", message, place, "编码唯一"))
        if problems:
            continue  # go on reading, so that all problems are told at once
        pinned = item if item.citations else pin_item(item, pinner, on)
        counts["items"] += 1
        counts["citations"] += len(pinned.citations)
        counts.update(pin.status.value for pin in pinned.citations)
        yield pinned
    if problems:
        raise InputRejectedError(*problems)
