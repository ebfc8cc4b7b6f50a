"""Values out of a closed list: codes by code or label, sets, flags, divisions, industries."""

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping

import numpy as np
import polars as pl

from riskwarn.sources.cells import cells_of
from riskwarn.sources.converted import Converted, Finding, finding, join_settled
from riskwarn.sources.looks import settled_sets
from riskwarn.tables.catalogue import CodeList
from riskwarn.tables.reference import load_industries, load_regions

_FLAGS = {
    **dict.fromkeys(("是", "有", "y", "yes", "true", "t", "1", "√"), "1"),
    **dict.fromkeys(("否", "无", "n", "no", "false", "f", "0", "×", "没有"), "0"),
}
_SET_BREAK = re.compile(r"[|,，;；、\n]+")
_FEW = 4_096  # cells that are read without a query
_HINTS = 50  # nearest words are looked for this many wrong values, the rest says only "not listed"
Reader = Callable[[str], tuple[str | None, str]]  # raw → value, code of fault or note


def normal_word(text: str) -> str:
    """One spelling for comparison: half-width, lower case, no blanks."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def nearest_label(text: str, codes: CodeList) -> str:
    """The label most like a wrong word; of two Chinese characters one may be wrong."""
    labels = {normal_word(word): word for words in codes.values.values() for word in words}
    found = difflib.get_close_matches(normal_word(text), sorted(labels), n=1, cutoff=0.5)
    return labels[found[0]] if found else ""


def words_of(codes: CodeList) -> dict[str, str]:
    """Give every accepted spelling of a code list → its code."""
    words = {normal_word(code): code for code in codes.values}
    for code, labels in codes.values.items():
        for label in labels:
            words.setdefault(normal_word(label), code)
    return words


def read_each(raw: pl.Series, read: Reader, hint: Callable[[str], str] = lambda _: "") -> Converted:
    """Read each distinct value once; closed lists have few."""
    distinct = _distinct(raw)
    read_ = [read(text) for text in distinct]
    table = pl.DataFrame(
        {"raw": distinct, "value": [v for v, _ in read_], "code": [c for _, c in read_]},
        schema={"raw": pl.String, "value": pl.String, "code": pl.String},
    )
    rows = _beside(raw, table)
    findings: list[Finding] = []
    for code in sorted({c for _, c in read_ if c}):
        wrong = table.filter(pl.col("code") == code)["raw"].head(_HINTS).to_list()
        hints = {text: hint(text) for text in wrong} if code == "I209" else {}
        found = (rows["code"] == code).fill_null(value=False)
        findings += finding(code, found, {k: v for k, v in hints.items() if v})
    return Converted(rows["value"], tuple(findings))


def _distinct(raw: pl.Series) -> list[str]:
    """The different texts in order."""
    if len(raw) > _FEW:
        return raw.drop_nulls().unique().sort().to_list()
    return sorted(set(raw.drop_nulls().to_list()))


def _beside(raw: pl.Series, table: pl.DataFrame) -> pl.DataFrame:
    """The table's value and code of every row."""
    if len(raw) > _FEW:
        return pl.DataFrame({"raw": raw}).join(table, on="raw", how="left", maintain_order="left")
    known = {text: (value, code) for text, value, code in table.rows()}
    read = [known.get(text, (None, None)) for text in raw.to_list()]
    values, codes = [value for value, _ in read], [code for _, code in read]
    return pl.DataFrame(
        {"value": values, "code": codes}, schema={"value": pl.String, "code": pl.String}
    )


def convert_codes(raw: pl.Series, codes: CodeList) -> Converted:
    """Read one code of a list, written as code or as any of its labels."""
    words = words_of(codes)

    def read(text: str) -> tuple[str | None, str]:
        value = words.get(normal_word(text))
        return value, "" if value else "I209"

    return read_each(raw, read, lambda text: nearest_label(text, codes))


def convert_sets(raw: pl.Series, codes: CodeList | None) -> Converted:
    """Read several codes or ids in one cell.  Gives: sorted, without doubles, joined by "|"."""
    if codes is not None:
        return sets_with_care(raw, codes)
    settled = np.zeros(len(raw), np.uint8)
    with cells_of(raw) as cells:
        if cells is None:
            return sets_with_care(raw, codes)
        others = settled_sets(*cells.parts, settled)
    if not others:
        return Converted(raw)
    return join_settled(raw, settled, Converted(raw), lambda rest: sets_with_care(rest, codes))


def sets_with_care(raw: pl.Series, codes: CodeList | None) -> Converted:
    """Read what `convert_sets` reads, each different text once, whatever it is."""
    words = words_of(codes) if codes else {}

    def read(text: str) -> tuple[str | None, str]:
        whole = words.get(normal_word(text))  # a label may itself hold a comma
        if whole:
            return whole, ""
        parts = [part.strip() for part in _SET_BREAK.split(text) if part.strip()]
        if codes is None:
            return "|".join(sorted(set(parts))) or None, ""
        found = [words.get(normal_word(part)) for part in parts]
        if None in found:
            return None, "I209"
        return "|".join(sorted({code for code in found if code})) or None, ""

    return read_each(raw, read, lambda text: nearest_label(text, codes) if codes else "")


def convert_flags(raw: pl.Series) -> Converted:
    """Read yes and no.  Gives: values Boolean."""

    def read(text: str) -> tuple[str | None, str]:
        value = _FLAGS.get(normal_word(text))
        return value, "" if value else "I212"

    found = read_each(raw, read)
    return Converted(found.values == "1", found.findings)


def convert_regions(raw: pl.Series) -> Converted:
    """Read division codes; 12-digit statistical codes give their first six digits, noted."""
    regions = load_regions()

    def read(text: str) -> tuple[str | None, str]:
        code = normal_word(text)
        long = len(code) in (9, 12) and code.isdecimal()
        names = regions.get(code[:6] if long else code)
        if names is None:
            return None, "I210"
        gone = all(name.gone_by for name in names)
        return code[:6], "N306" if gone else "N316" if long else ""

    return read_each(raw, read)


def convert_industries(raw: pl.Series, known: Mapping[str, object] | None = None) -> Converted:
    """Read industry codes; the section's letter before digits is left out (F5227 → 5227)."""
    industries = known if known is not None else load_industries()

    def read(text: str) -> tuple[str | None, str]:
        match = re.fullmatch(r"([A-T]?)(\d{2,4})|([A-T])", normal_word(text).upper())
        if match is None:
            return None, "I211"
        code = match.group(2) or match.group(3)
        return code, "" if code in industries else "N307"

    return read_each(raw, read)
