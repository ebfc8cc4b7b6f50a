"""A delivered text column: each different cell once where they are few, else row by row."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from riskwarn.sources.cells import Cells, cells_of
from riskwarn.sources.convert import EMPTY_WORDS, LONGEST_EMPTY, is_tidy, tidy
from riskwarn.sources.converted import Converted, Finding
from riskwarn.sources.identity import all_codes
from riskwarn.sources.looks import ODD, find_few, look_over

FEW = 4_096  # different cells that are read once each
_SLOTS = 4 * FEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A tidied column of text.

    values: the cells, or, with `places` (u32, row → place in values), each different one once.
    clean: no control character. sound: every cell is a credit code with the right check, or null.
    """

    values: pl.Series
    places: pl.Series | None = None
    clean: bool = False
    sound: bool = False

    def spread(self, values: pl.Series) -> pl.Series:
        """Give row by row what stands for `values` in their order."""
        return values if self.places is None else values[self.places]

    @property
    def rows(self) -> pl.Series:
        """The cells row by row."""
        return self.spread(self.values)

    def spread_all(self, found: Converted) -> Converted:
        """Give row by row what `values` were read as."""
        if self.places is None:
            return found
        precision = None if found.precision is None else self.spread(found.precision)
        return Converted(self.spread(found.values), self.spread_each(found.findings), precision)

    def spread_each(self, findings: "tuple[Finding, ...]") -> tuple[Finding, ...]:
        return tuple(Finding(f.code, self.spread(f.rows), f.hints) for f in findings)

    def nulls(self) -> pl.Series | None:
        """Which rows have no value; None: every row has one."""
        return self.spread(self.values.is_null()) if self.values.null_count() else None

    def filter(self, mask: pl.Series) -> "Text":
        if self.places is None:
            return replace(self, values=self.values.filter(mask))
        return replace(self, places=self.places.filter(mask))


def take_text(raw: pl.Series, *, codes: bool = False) -> Text:
    """Tidy a column of text; what is clean already is only looked over.

    Takes:  codes, whether it should hold credit codes.
    """
    with cells_of(raw) as cells:
        if cells is None:
            return _with_care(raw)
        if codes and all_codes(cells):
            return Text(values=raw, clean=True, sound=True)
        few = _few(raw, cells)
        if few is not None:
            values, places = few
            return replace(_tidied_few(values), places=places)
        found, shortest, _ = look_over(*cells.parts)
    if found & ODD:
        return _with_care(raw)
    return Text(values=raw if shortest > LONGEST_EMPTY else tidy(raw, clean=True), clean=True)


def _tidied_few(values: pl.Series) -> Text:
    """What `_with_care` gives, told without a query where no cell has anything to be tidied."""
    for text in values.to_list():
        if text is None:
            continue
        bare = text.isprintable() and text[:1] != " " and text[-1:] != " "
        if not bare or text in EMPTY_WORDS:
            return _with_care(values)
    return Text(values=values, clean=True)


def _with_care(raw: pl.Series) -> Text:
    clean = is_tidy(raw)
    return Text(values=tidy(raw, clean=clean), clean=clean)


def _few(raw: pl.Series, cells: Cells) -> tuple[pl.Series, pl.Series] | None:
    """The different cells and each row's place among them; None when they are many."""
    places = np.empty(len(raw), np.uint32)
    firsts = np.empty(FEW, np.int64)
    count = find_few(cells.words, cells.valid, np.full(_SLOTS, -1, np.int64), firsts, places)
    if count < 0:
        return None
    values = raw[firsts[:count]]
    known: dict[str | None, int] = {}
    numbers = [known.setdefault(text, len(known)) for text in values.to_list()]
    if len(known) < count:  # long texts that stand in several places of the memory
        values = pl.Series(raw.name, list(known), dtype=pl.String)
        places = np.array(numbers, np.uint32)[places]
    return values, pl.Series(places)
