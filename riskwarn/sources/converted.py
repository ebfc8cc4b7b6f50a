"""What a converter gives for one column of text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray


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


def join_settled(
    raw: "pl.Series",
    settled: "NDArray[np.uint8]",
    found: Converted,
    read: "Callable[[pl.Series], Converted]",
) -> Converted:
    """Read the cells that a kernel left open with care, and put both readings together.

    Takes:  settled u8, 1 where `found` holds; read, which gets the other cells, null elsewhere.
    """
    import polars as pl

    done = pl.Series(settled.astype(bool))
    rest = read(raw.set(done, None))
    values = pl.select(pl.when(done).then(found.values).otherwise(rest.values)).to_series()
    findings = {item.code: item for item in found.findings}
    for item in rest.findings:
        other = findings.get(item.code)
        rows = item.rows if other is None else item.rows | other.rows
        findings[item.code] = Finding(item.code, rows, item.hints)
    return Converted(values, tuple(findings.values()), rest.precision)
