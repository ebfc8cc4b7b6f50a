"""Faults and notes as rows that a person can look up in the delivered file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from riskwarn.sources.converted import Finding
from riskwarn.sources.faults import KINDS
from riskwarn.tables.catalogue import Column
from riskwarn.terms import PersonalData

SCHEMA = {
    "file": pl.String(),
    "row": pl.UInt32(),
    "column": pl.String(),
    "value": pl.String(),
    "code": pl.String(),
    "reason": pl.String(),
}
NOTES_LISTED = 200  # of each kind and column; all are counted
VALUE_CHARS = 80


def masked(value: pl.Expr, personal: PersonalData) -> pl.Expr:
    """Hide what names a person: enough is left to find the row again."""
    stars = pl.lit("***")
    match personal:
        case PersonalData.ID_NUMBER:
            return value.str.slice(0, 6) + stars + value.str.tail(2)
        case PersonalData.PHONE:
            return value.str.slice(0, 3) + stars + value.str.tail(2)
        case PersonalData.NAME:
            return value.str.slice(0, 1) + stars
        case PersonalData.ADDRESS:
            return value.str.slice(0, 6) + stars
    return value.str.slice(0, VALUE_CHARS)


def reason_of(code: str) -> str:
    """Say what is wrong and what would be right."""
    kind = KINDS[code]
    return f"{kind.meaning}；应为：{kind.cure}" if kind.cure else kind.meaning


@dataclass(slots=True)
class Gathered:
    """Findings of a file as they come, chunk by chunk."""

    file: str
    rejects: list[pl.DataFrame] = field(default_factory=list)
    notes: list[pl.DataFrame] = field(default_factory=list)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)

    def add(
        self, found: Finding, header: str, raw: pl.Series, rows: pl.Series, column: Column | None
    ) -> None:
        """Keep a finding: every fault, the first NOTES_LISTED notes of a kind."""
        number = int(found.rows.sum())
        personal = column.personal if column else PersonalData.NONE
        if found.code.startswith("I"):
            self.faults[found.code] = self.faults.get(found.code, 0) + number
            frame = self._frame(found, header, raw, rows, personal)
            self.rejects.append(frame)
            return
        key = (header, found.code)
        seen = self.counts.get(key, 0)
        self.counts[key] = seen + number
        if seen < NOTES_LISTED:
            listed = self._frame(found, header, raw, rows, personal)
            self.notes.append(listed.head(NOTES_LISTED - seen))

    def note_file(self, code: str, header: str = "") -> None:
        """Keep a note on the file as a whole."""
        self.counts[(header, code)] = self.counts.get((header, code), 0) + 1
        row = {"file": self.file, "row": 0, "column": header, "value": "", "code": code}
        self.notes.append(pl.DataFrame([row | {"reason": reason_of(code)}], schema=SCHEMA))

    def note_rows(self, code: str, evidence: pl.Series, column: str) -> None:
        """Keep a note on whole rows, named by their evidence (file:row)."""
        if evidence.is_empty():
            return
        self.counts[(column, code)] = self.counts.get((column, code), 0) + len(evidence)
        first = pl.DataFrame({"evidence": evidence.head(NOTES_LISTED)})
        row = pl.col("evidence").str.extract(r":(\d+)$").cast(pl.UInt32)
        told = (pl.lit(self.file), row, pl.lit(column), pl.lit(""), pl.lit(code))
        reason = pl.lit(reason_of(code))
        names = list(SCHEMA)
        self.notes.append(
            first.select(e.alias(n) for e, n in zip((*told, reason), names, strict=True))
        )

    def add_uneven(self, uneven: Mapping[int, int], fields: int) -> None:
        """Refuse rows with more or fewer fields than the header."""
        if not uneven:
            return
        self.faults["I215"] = len(uneven)
        rows = sorted(uneven)
        reason = reason_of("I215")
        told = [f"{reason}（表头 {fields} 列，此行 {uneven[row]} 列）" for row in rows]
        frame = pl.DataFrame({"row": rows, "reason": told}).with_columns(
            file=pl.lit(self.file), column=pl.lit(""), value=pl.lit(""), code=pl.lit("I215")
        )
        self.rejects.append(frame.select(list(SCHEMA)).cast(pl.Schema(SCHEMA)))

    def _frame(
        self,
        found: Finding,
        header: str,
        raw: pl.Series,
        rows: pl.Series,
        personal: PersonalData,
    ) -> pl.DataFrame:
        reason = pl.lit(reason_of(found.code))
        if found.hints:
            hint = pl.col("raw").replace_strict(found.hints, default=None, return_dtype=pl.String)
            reason = pl.when(hint.is_null()).then(reason).otherwise(reason + "；是否想写：" + hint)
        frame = pl.DataFrame({"row": rows, "raw": raw}).filter(found.rows)
        return frame.select(
            pl.lit(self.file).alias("file"),
            pl.col("row").cast(pl.UInt32),
            pl.lit(header).alias("column"),
            masked(pl.col("raw").fill_null(""), personal).alias("value"),
            pl.lit(found.code).alias("code"),
            reason.alias("reason"),
        )


def gather(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One frame in the order of the file."""
    if not frames:
        return pl.DataFrame(schema=SCHEMA)
    return pl.concat(frames).sort("row", "column", "code", maintain_order=True)
