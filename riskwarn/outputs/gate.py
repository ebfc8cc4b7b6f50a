"""The one gate: everything that is written for people passes here.

It masks what identifies a person and makes visible what a text hides (controls, bidi overrides).
"""

import re
from datetime import date
from functools import lru_cache
from typing import Any

from riskwarn.records.enterprise import check_character
from riskwarn.terms import PersonalData

_EDGE_BEFORE, _EDGE_AFTER = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_ID18 = re.compile(rf"{_EDGE_BEFORE}[1-9]\d{{16}}[\dXx]{_EDGE_AFTER}")
_ID15 = re.compile(
    rf"{_EDGE_BEFORE}[1-9]\d{{7}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{{3}}{_EDGE_AFTER}"
)
_MOBILE = re.compile(
    rf"{_EDGE_BEFORE}((?:\+?86[-  ]?)?)(1[3-9]\d)[-  ]?(\d{{4}})[-  ]?(\d{{4}}){_EDGE_AFTER}"
)
_LANDLINE = re.compile(rf"{_EDGE_BEFORE}(0\d{{2,3}})([-  ]?)(\d{{7,8}}){_EDGE_AFTER}")
_EMAIL = re.compile(r"([A-Za-z0-9])[A-Za-z0-9._%+-]*@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
# What any of these needs: an @, or ten digits with no more than one sign between two of them.
_MAYBE = re.compile(r"[@＠]|\d(?:[-  ]?\d){9}")
_KEPT = 8_192  # texts whose cleaned form is kept: clauses, titles and words come again and again
# Cc except tab and newline; zero-width, bidi, line separators, annotation, tag characters, BOM.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_HALF_WIDTH = {ord("０") + n: str(n) for n in range(10)} | {ord("＠"): "@", ord("Ｘ"): "X"}
_ROOM = re.compile(r"\d+(?=\s*[室号户]?\s*$)|\d+(?=室)")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_PROVINCES = frozenset(
    str(code)
    for first, last in (
        (10, 15),
        (21, 23),
        (31, 37),
        (41, 46),
        (50, 54),
        (61, 65),
        (71, 71),
        (81, 82),
    )
    for code in range(first, last + 1)
)
_YOUNGEST = 2015  # the last birth year for which a wrong check character still counts as a typo
_FULL_ID, _HEAD, _TAIL = 18, 6, 4


def show_hidden(text: str) -> str:
    """Replace each hidden character by its code point, `⟦U+202E⟧`, so that it can be seen."""
    return _HIDDEN.sub(lambda found: f"⟦U+{ord(found[0]):04X}⟧", text)


def clean(value: Any) -> str:
    """Give any value as text that may be written: hidden characters shown, identifiers masked."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return _clean_text(str(text))


@lru_cache(maxsize=_KEPT)
def _clean_text(text: str) -> str:
    if not text.isprintable():  # nothing hidden is printable; nor is a line's end
        text = show_hidden(text.replace("\r\n", "\n").replace("\r", "\n"))
    return mask_text(text)


def mask_text(text: str) -> str:
    """Mask identity numbers, phone numbers and e-mail addresses inside a text."""
    if not _MAYBE.search(text):
        return text
    folded = text.translate(_HALF_WIDTH)
    masked = _mask_ascii(folded)
    return text if masked == folded else masked


def _mask_ascii(text: str) -> str:
    text = _ID18.sub(lambda found: _mask_id18(found[0]), text)
    text = _ID15.sub(lambda found: f"{found[0][:_HEAD]}******{found[0][-3:]}", text)
    text = _MOBILE.sub(r"\1\2****\4", text)
    text = _LANDLINE.sub(lambda f: f"{f[1]}{f[2]}{f[3][:-4]}****", text)
    return _EMAIL.sub(r"\1***@\2", text)


def mask_field(value: Any, personal: PersonalData) -> str:
    """Write a column's value: masked whole when the catalogue says that it reveals a person."""
    text = clean(value)
    if not text or personal is PersonalData.NONE:
        return text
    if personal is PersonalData.NAME:
        return mask_name(text)
    if personal is PersonalData.ADDRESS:
        return _ROOM.sub("**", text)
    if "*" in text:
        return text
    if personal is PersonalData.PHONE:
        return f"{text[:3]}****{text[-4:]}" if len(text) > 7 else "****"
    return f"{text[:_HEAD]}********{text[-_TAIL:]}" if len(text) > 10 else "****"


def mask_name(name: str) -> str:
    """张三丰 → 张*: the first character, whatever the length."""
    name = name.strip()
    return f"{name[0]}*" if name else ""


def leaks(text: str) -> list[str]:
    """List what still looks like an identity number, a phone or an e-mail address."""
    text = text.translate(_HALF_WIDTH)
    found = [m[0] for m in _ID18.finditer(text) if _mask_id18(m[0]) != m[0]]
    found += [m[0] for m in _ID15.finditer(text)]
    found += [m[0] for m in _MOBILE.finditer(text)]
    return found + [m[0] for m in _EMAIL.finditer(text)]


def _mask_id18(text: str) -> str:
    """Mask an 18-digit identity number; leave 统一社会信用代码 and case numbers alone."""
    number = text.upper()
    if not _is_day(number[6:14]):
        return text
    total = sum(int(char) * w for char, w in zip(number, _WEIGHTS, strict=False))
    right = _CHECK[total % 11] == number[-1]
    if _is_uscc(number) and (number[0] == "9" or not right):
        return text  # of a body's code that could also be a person's number, the person wins
    if not right and int(number[6:10]) > _YOUNGEST:
        return text
    return f"{text[:_HEAD]}********{text[-_TAIL:]}"


def _is_day(digits: str) -> bool:
    if not digits.isdecimal() or not "1880" <= digits[:4] <= "2100":
        return False
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def _is_uscc(number: str) -> bool:
    """Whether it is a valid enterprise code: kind of body, province or nation, check character."""
    kind = number[0] in "159" and number[1] in "1239"
    return kind and number[2:4] in _PROVINCES and check_character(number[:17]) == number[17]
