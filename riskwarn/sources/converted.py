"""What a converter gives for one column of text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault or note: its code, which rows (Boolean series), what a person may have meant."""

    code: str
    rows: "pl.Series"
    hints: Mapping[str, str] = field(default_factory=dict)  # raw value → nearest right value


@dataclass(frozen=True, slots=True)
class Converted:
    """Typed values, null where there is a fault or no value."""

    values: "pl.Series"
    findings: tuple[Finding, ...] = ()
    precision: "pl.Series | None" = None  # month, year; null for days


def finding(code: str, rows: "pl.Series", hints: Mapping[str, str] | None = None) -> list[Finding]:
    """Give the finding, or nothing when no row has it."""
    return [Finding(code, rows, hints or {})] if rows.any() else []


def narrow(text: "pl.Series") -> "pl.Series":
    """Full-width to half-width (NFKC); costs nothing when all is ASCII."""
    if bool((text.str.len_bytes() == text.str.len_chars()).all()):
        return text
    return text.str.normalize("NFKC").str.strip_chars()
