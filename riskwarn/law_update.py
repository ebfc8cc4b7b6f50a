"""The straight line law change → impacts → proposals → decisions of legal staff → items."""

from collections.abc import Collection
from datetime import date
from pathlib import Path

from riskwarn.law.book import LawBook
from riskwarn.law.item_import import ItemSource, import_items
from riskwarn.sources.workbook import open_workbook


def import_item_list(
    book: LawBook,
    source: Path,
    into: Path,
    on: date | None,
    catalogue: Collection[str] | None = None,
    sheet: str = "",
) -> dict[str, int]:
    """Import a list of items from a CSV or a workbook; whole or not at all.

    A workbook is read in the limited child process; places in messages are its rows and columns.
    Takes, gives and raises as `riskwarn.law.item_import.import_items`.
    """
    if source.suffix.lower() not in (".xlsx", ".xlsm"):
        return import_items(book, source, into, on, catalogue)
    opened = open_workbook(source, str(source), sheet or None)
    listed = ItemSource(path=opened.csv.path, shown=str(source), header_row=opened.csv.header_row)
    return import_items(book, listed, into, on, catalogue)
