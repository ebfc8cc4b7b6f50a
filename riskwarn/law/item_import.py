"""A list of items in, the same list out with every basis resolved and pinned; bounded memory."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from riskwarn.errors import InputRejectedError, Place, Problem, nearest
from riskwarn.law.book import LawBook
from riskwarn.law.item_codes import ItemCodes
from riskwarn.law.item_columns import columns_of, further_columns
from riskwarn.law.item_exchange import check_exchange, main_of, take_exchange
from riskwarn.law.items import pin_item, read_items, write_items
from riskwarn.law.pins import Pinner
from riskwarn.records.law import CitationStatus, SupervisionItem

SHOWN_PROBLEMS = 1_000  # of a list in which every row is wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSource:
    """A list to import: a CSV, or the CSV that a workbook's sheet was written to.

    `shown` is the name in messages. `header_row` is the sheet's row of the header, 1-based; 0 for
    a CSV, whose lines are counted as they stand in the file.
    """

    path: Path
    shown: str = ""
    header_row: int = 0

    @property
    def name(self) -> str:
        return self.shown or str(self.path)


def import_items(
    book: LawBook,
    source: Path | ItemSource,
    into: Path,
    on: date | None,
    catalogue: Collection[str] | None = None,
) -> dict[str, int]:
    """Import one list of items.

    Takes:  source, a CSV or a sheet; into, the CSV to write; on, the day whose law the free-text
            bases mean (None: the newest versions). A row that has pins already keeps them.
            catalogue, the codes that 目录编码 may name besides those of the list itself; None:
            links are not checked.
    Gives:  items, citations, resolved, law_only, unresolved, warnings (counts).
    Raises: InputRejectedError with file, line and column of every wrong row: I101–I109, I106 for a
            code that stands twice, I115 for a link that leads nowhere, I118 for a wrong operation,
            I119 for a main item with two names, I121 and I122 for a wrong type or state; nothing
            is written then.
    """
    listed = source if isinstance(source, ItemSource) else ItemSource(path=source)
    run = _Import(listed, Pinner(book), on, catalogue)
    try:
        write_items(run.items(), into, further_columns(listed.path))
    finally:
        run.codes.close()
    told = ("items", "citations", *(status.value for status in _TOLD), "warnings")
    return {name: run.counts[name] for name in told}


_TOLD = (CitationStatus.RESOLVED, CitationStatus.LAW_ONLY, CitationStatus.UNRESOLVED)


@dataclass(slots=True)
class _Import:
    source: ItemSource
    pinner: Pinner
    on: date | None
    catalogue: Collection[str] | None
    counts: Counter[str] = field(default_factory=Counter)
    codes: ItemCodes = field(default_factory=ItemCodes)
    problems: list[Problem] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)

    def items(self) -> Iterator[SupervisionItem]:
        """Read on after a fault, so that all are told at once; raise at the end."""
        self.columns = columns_of(self.source.path)
        for row in read_items(self.source.path, "", self.source.name, self.source.header_row):
            self.problems += row.problems
            if row.item is not None:
                self._check(row.item)
                if not self.problems:
                    yield self._pinned(row.item)
            if len(self.problems) > SHOWN_PROBLEMS:
                break
        if self.catalogue is not None:
            self.problems += self._loose(self.catalogue)
        if self.problems:
            raise InputRejectedError(*self.problems)

    def _check(self, item: SupervisionItem) -> None:
        first = self.codes.add(item.code, item.line) if item.code else item.line
        if first != item.line:
            message = f"事项编码 {item.code} 重复（第 {first} 行已有）"
            self._fault("I106", message, item.line, "事项编码", "编码唯一")
        if item.catalogue_code:
            self.codes.link(item.catalogue_code, item.line)
        main = main_of(item)
        if main:
            name, line = self.codes.main(main, item.main_name, item.line)
            if name != item.main_name:
                message = f"主项 {main} 在第 {line} 行叫“{name}”，这里叫“{item.main_name}”"
                self._fault("I119", message, item.line, "监管事项主项名称", "同一主项同一名称")
        dated = self.on is not None
        for problem in check_exchange(item, self.columns, self.source.name, dated=dated):
            if problem.severity == "error":
                self.problems.append(problem)
            else:
                self.counts["warnings"] += 1

    def _pinned(self, item: SupervisionItem) -> SupervisionItem:
        taken = take_exchange(item, self.on)
        pinned = taken if taken.citations else pin_item(taken, self.pinner, self.on)
        self.counts["items"] += 1
        self.counts["citations"] += len(pinned.citations)
        self.counts.update(pin.status.value for pin in pinned.citations)
        return pinned

    def _loose(self, catalogue: Collection[str]) -> list[Problem]:
        """Links that neither the list nor the catalogue answers, each with its first line."""
        problems: list[Problem] = []
        for code, line in self.codes.loose_links():
            if code in catalogue:
                continue
            near = nearest(code, catalogue) if len(problems) < _HINTS else ""
            at = Place(self.source.name, line, self.columns.get("目录编码", 0))
            message = f"目录编码 {code} 在目录清单中没有"
            problems.append(Problem("I115", message, at, "目录中已有的编码", near))
            if len(problems) > SHOWN_PROBLEMS:
                break
        return problems

    def _fault(self, code: str, message: str, line: int, column: str, expected: str) -> None:
        at = Place(self.source.name, line, self.columns.get(column, 0))
        self.problems.append(Problem(code, message, at, expected))


_HINTS = 20  # looking for the nearest of 2,670 codes takes its time
