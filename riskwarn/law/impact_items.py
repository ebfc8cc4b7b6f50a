"""Items as the impact needs them: code, name, citations with the version they cite."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from riskwarn.errors import ConfigError, Problem
from riskwarn.law.book import LawBook
from riskwarn.law.impact import CitedItem
from riskwarn.law.items import read_items
from riskwarn.law.pins import Pinner
from riskwarn.records.law import ClauseRef, PinnedCitation, SupervisionItem, short_title

STRUCTURED = "设定依据结构化"  # a list that names the version of every citation itself
_WANTED = ("basis_text", STRUCTURED)


def read_cited(path: Path, book: LawBook, on: date, law: str = "") -> Iterator[CitedItem]:
    """Read a list of items with their citations.

    Takes:  path, a CSV of items; on, the day whose law an unpinned free text means;
            law, a short title: only items whose row names it (the rest is not even parsed).
    Gives:  items in the order of the list: with the pins of the list (依据引用), else with the
            versions it names (设定依据结构化), else with the versions in force on that day.
    Raises: ConfigError, all rows that cannot be read at once.
    """
    pinner = Pinner(book)
    problems: list[Problem] = []
    for row in read_items(path, law, only=_WANTED):
        problems += row.problems
        if row.item is not None:
            citations = tuple(_citations(row.item, pinner, on))
            yield CitedItem(code=row.item.code, name=row.item.name, citations=citations)
    if problems:
        raise ConfigError(*problems)


def _citations(item: SupervisionItem, pinner: Pinner, on: date) -> Iterable[PinnedCitation]:
    if item.citations:
        return item.citations
    named = _structured(dict(item.extra).get(STRUCTURED, ""))
    if named:
        return [pinner.pin_ref(ref, ref.label) for ref in named]
    return pinner.pin_text(item.basis_text, on)


def _structured(cell: str) -> list[ClauseRef]:
    """Read [{law, version, article, paragraph, item}]; anything else is no structured basis."""
    try:
        rows = json.loads(cell) if cell else []
        return [_ref(row) for row in rows]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []


def _ref(row: dict[str, object]) -> ClauseRef:
    number = row.get("article")
    return ClauseRef(
        law=short_title(str(row["law"])),
        version_on=date.fromisoformat(str(row["version"])),
        article=None if number in (None, "") else str(number),
        paragraph=_number(row.get("paragraph")),
        item=_number(row.get("item")),
    )


def _number(value: object) -> int | None:
    return None if value in (None, "") else int(str(value))
