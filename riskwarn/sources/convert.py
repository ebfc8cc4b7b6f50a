"""One column of text to typed values, as the catalogue says."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from riskwarn.sources.cells import cells_of
from riskwarn.sources.codes import (
    convert_codes,
    convert_flags,
    convert_industries,
    convert_regions,
    convert_sets,
)
from riskwarn.sources.converted import Converted
from riskwarn.sources.dates import convert_dates
from riskwarn.sources.identity import convert_locals, convert_persons, convert_usccs
from riskwarn.sources.looks import look_over
from riskwarn.sources.numbers import convert_floats, convert_ints, convert_scaled
from riskwarn.tables.catalogue import Catalogue, Column

EMPTY_WORDS = ("", "null", "NULL", "Null", "None", "NaN", "nan", r"\N", "-", "--", "—", "——")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """How ids are read: `prefix` None demands credit codes, else any id is taken behind it.

    `registered`: reg_no and uscc, both text: which code took the place of an old number.
    """

    prefix: str | None
    person_key: bytes
    registered: pl.DataFrame | None = None


# What tidying changes and what no cell may hold; most columns have nothing of it.
_UNTIDY = r"[\x00-\x1F\x7F\x{3000}\x{feff}\x{200b}]|^\s|\s$"
LONGEST_EMPTY = max(len(word.encode()) for word in EMPTY_WORDS)


def is_tidy(raw: pl.Series) -> bool:
    """Whether no cell has a blank at its ends or a control character anywhere."""
    constant = raw.len() > 1 and raw.null_count() == 0 and bool((raw == raw[0]).all())
    return not (raw.head(1) if constant else raw).str.contains(_UNTIDY).any()


def tidy(raw: pl.Series, *, clean: bool = False) -> pl.Series:
    """Strip blanks (also full-width ones); what registers write for nothing becomes null.

    Takes: clean, known to have nothing to strip (`is_tidy`).
    """
    plain = raw
    if not clean:
        plain = raw.str.strip_chars().str.strip_chars("\u3000\ufeff\u200b")
    if not (plain.str.len_bytes() <= LONGEST_EMPTY).any():
        return plain
    return plain.set(plain.is_in(EMPTY_WORDS).fill_null(value=False), None)


def convert(
    raw: pl.Series, column: Column, scale: int | None, catalogue: Catalogue, identity: Identity
) -> Converted:
    """Type one tidied column.

    Takes:  raw text, null where there is nothing; scale, decimal places from the delivered unit
            to fen or basis points (default 2: yuan, per cent).
    Gives:  values of the catalogue's dtype, null where a finding of a fault (I…) stands.
    """
    codes = catalogue.codes[column.codes] if column.codes else None
    places = 2 if scale is None else scale
    readers: dict[str, Callable[[], Converted]] = {
        "enterprise_id": lambda: _enterprise(raw, identity),
        "person_id": lambda: convert_persons(raw, identity.person_key),
        "date": lambda: convert_dates(raw),
        "fen": lambda: convert_scaled(raw, places, pl.Int64()),
        "bp": lambda: convert_scaled(raw, places, pl.Int32()),
        "int": lambda: convert_ints(raw),
        "number": lambda: convert_floats(raw),
        "flag": lambda: convert_flags(raw),
        "set": lambda: convert_sets(raw, codes),
        "region": lambda: convert_regions(raw),
        "industry": lambda: convert_industries(raw),
        "phone": lambda: Converted(_without_blanks(raw)),
        "address": lambda: Converted(_without_blanks(raw)),
    }
    if column.type in readers:
        return readers[column.type]()
    return convert_codes(raw, codes) if codes else Converted(raw)


def _enterprise(raw: pl.Series, identity: Identity) -> Converted:
    if identity.prefix is None:
        return convert_usccs(raw, identity.registered)
    return convert_locals(raw, identity.prefix)


def _without_blanks(raw: pl.Series) -> pl.Series:
    """Addresses and phones are compared with each other: one spelling of the same one."""
    with cells_of(raw) as cells:
        if cells is not None and not look_over(*cells.parts)[0]:
            return raw
    return raw.str.normalize("NFKC").str.replace_all(r"\s+", "")
