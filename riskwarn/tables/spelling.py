"""Addresses and phone numbers made comparable, as Polars expressions."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

MIN_ADDRESS_CHARS = 5  # shorter ones are 无, 不详, a village's name: no place anyone shares
MIN_PHONE_DIGITS = 7  # a local number without its area code


def clean_address(column: str) -> "pl.Expr":
    """Full-width to half-width (NFKC), no blanks, lower case; null where nothing useful is left."""
    import polars as pl

    text = pl.col(column).str.normalize("NFKC").str.replace_all(r"\s+", "").str.to_lowercase()
    return pl.when(text.str.len_chars() >= MIN_ADDRESS_CHARS).then(text)


def clean_phone(column: str) -> "pl.Expr":
    """Digits only, without 86 before a mobile number; null for too few or one repeated digit."""
    import polars as pl

    text = pl.col(column).str.normalize("NFKC").str.replace_all(r"[^0-9]", "")
    text = text.str.replace(r"^(?:00)?86(1\d{10})$", "$1")
    same = text.str.contains("^(?:" + "|".join(f"{digit}+" for digit in range(10)) + ")$")
    return pl.when((text.str.len_chars() >= MIN_PHONE_DIGITS) & ~same).then(text)
