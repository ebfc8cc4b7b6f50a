"""The identity of an enterprise: 统一社会信用代码 after GB 32100-2015."""

import unicodedata

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def normalise_uscc(raw: str) -> str:
    """Full-width to half-width, upper case, no blanks: how people type codes."""
    return unicodedata.normalize("NFKC", raw).strip().upper()


def check_character(first17: str) -> str:
    """Give the 18th character; the first 17 must be of the standard's alphabet.

    Raises: ValueError for a foreign character.  Source: GB 32100-2015, weights 3^i mod 31.
    """
    total = sum(
        _ALPHABET.index(char) * weight for char, weight in zip(first17, _WEIGHTS, strict=True)
    )
    return _ALPHABET[(31 - total % 31) % 31]
