"""Values of rules: read by type from text, shown to people in their words."""

import math
import re
import unicodedata
from datetime import date, timedelta

from riskwarn.errors import nearest
from riskwarn.records.rules import Input, ParamType, Scalar, ValueType
from riskwarn.rules.schema import iso_hint
from riskwarn.tables.catalogue import Catalogue, CodeList

EPOCH = date(1970, 1, 1)
# GB/T 4754—2017: the section letter and the first and last division of each section.
_DIVISIONS = (
    "A01-05 B06-12 C13-43 D44-46 E47-50 F51-52 G53-60 H61-62 I63-65 J66-69 K70-70 L71-72 M73-75 "
    "N76-79 O80-82 P83-83 Q84-85 R86-90 S91-96 T97-97"
)
_SECTIONS = {part[0]: (int(part[1:3]), int(part[4:])) for part in _DIVISIONS.split()}
_INDUSTRY = re.compile(r"[A-T]?[0-9]{2,4}|[A-T]")
_FEN, _FEN_A_WAN, _FEN_A_YI = 100, 1_000_000, 10_000_000_000
_WIDE = re.compile(r"[\u3400-\u9fff]")  # a Han character; marks carry their own white space
_NARROW = re.compile(r"[0-9A-Za-z%]")
_FLAGS = {"true": True, "false": False}
_FLAG_WORDS = {"是": "true", "否": "false", "yes": "true", "no": "false", "有": "true"}
_FLAG_WORDS |= {"无": "false", "1": "true", "0": "false", "on": "true", "off": "false"}
PARAM_VALUE: dict[ParamType, ValueType] = {
    "int": "int",
    "number": "number",
    "days": "int",
    "fen": "fen",
    "bp": "bp",
    "date": "date",
    "code": "text",
    "codes": "text",
}


class ValueFaultError(ValueError):
    """A text that is no value of its type: what was expected, and what was probably meant."""

    def __init__(self, message: str, expected: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.expected = expected
        self.hint = hint


def days_of(day: date) -> int:
    """Give the epoch day, 1970-01-01 = 0."""
    return (day - EPOCH).days


def read_value(text: str, kind: ValueType, codes: CodeList | None = None) -> Scalar:
    """Read one value.

    Takes:  text as written, the type wanted, the code list of a code.
    Gives:  int for int, fen, bp and date (epoch days); float, bool or str for the others.
    Raises: ValueFaultError.
    """
    text = text.strip()
    if kind in ("int", "fen", "bp"):
        return _read_int(text, kind)
    if kind == "number":
        return _read_number(text)
    if kind == "date":
        return days_of(_read_date(text))
    if kind == "flag":
        if text not in _FLAGS:
            raise ValueFaultError(
                f"{text!r} 不是真假值", "true 或 false", _FLAG_WORDS.get(text, "")
            )
        return _FLAGS[text]
    if kind == "region" and not re.fullmatch(r"[0-9]{2}|[0-9]{4}|[0-9]{6}", text):
        raise ValueFaultError(f"区划代码 {text!r} 不对", "2、4 或 6 位数字", _half(text))
    if kind == "industry" and not _INDUSTRY.fullmatch(text):
        raise ValueFaultError(f"行业代码 {text!r} 不对", "如 H、H62、6210", _half(text).upper())
    if codes is not None and text not in codes.values:
        raise ValueFaultError(
            f"代码表 {codes.name}（{codes.title}）没有 {text!r}",
            "、".join(codes.values),
            _nearest_code(text, codes),
        )
    return text


def _half(text: str) -> str:
    """Give what the text would be in half-width characters, when that differs."""
    plain = unicodedata.normalize("NFKC", text)
    return plain if plain != text else ""


def _nearest_code(text: str, codes: CodeList) -> str:
    for code, words in codes.values.items():
        if text in words:
            return code
    return _half(text) or nearest(text, codes.values)


def _read_int(text: str, kind: ValueType) -> int:
    if re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        return int(text)
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace("_", "")
    unit = {"fen": "整数，单位为分", "bp": "整数，单位为万分之一"}.get(kind, "整数")
    hint = ""
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?)(万|亿)?(元)?(%)?[^\d%]*", plain)
    if found:
        scale = {"万": 10_000, "亿": 100_000_000}.get(found[2] or "", 1)
        scale *= 100 if (found[3] and kind == "fen") or (found[4] and kind == "bp") else 1
        hint = f"{float(found[1]) * scale:.0f}"
    raise ValueFaultError(f"{text!r} 不是整数", unit, hint)


def _read_number(text: str) -> float:
    if re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", text, re.ASCII):
        value = float(text)
        if math.isfinite(value):
            return value
    raise ValueFaultError(f"{text!r} 不是数", "如 3 或 0.25", _half(text))


def _read_date(text: str) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        raise ValueFaultError(f"没有 {text} 这一天", "日历上有的日期") from None
    raise ValueFaultError(f"{text!r} 不是日期", "年-月-日，如 2026-06-30", iso_hint(text))


def industry_prefixes(code: str) -> tuple[str, ...]:
    """Give every way in which a register may begin an industry code: H62 is also 62, H also 61, 62.

    Registers write GB/T 4754 codes with the section's letter or without.
    """
    letter, digits = (code[0], code[1:]) if code[0].isalpha() else ("", code)
    if digits:
        section = letter or _section_of(digits)
        return tuple(sorted({digits, f"{section}{digits}"}))
    first, last = _SECTIONS[letter]
    return (*(f"{division:02d}" for division in range(first, last + 1)), letter)


def _section_of(digits: str) -> str:
    division = int(digits[:2])
    for letter, (first, last) in _SECTIONS.items():
        if first <= division <= last:
            return letter
    return ""


def show(value: object, kind: ValueType, catalogue: Catalogue, codes: str | None = None) -> str:
    """Give a stored value as people write it: dates, yuan, per cent, the words of code lists."""
    if value is None:
        return "不详"
    if kind == "date" and isinstance(value, int):
        return (EPOCH + timedelta(days=value)).isoformat()
    if kind == "fen" and isinstance(value, int):
        return _show_fen(value)
    if kind == "bp" and isinstance(value, int):
        return f"{value / 100:.2f}".rstrip("0").rstrip(".") + "%"
    if kind == "flag":
        return "是" if value else "否"
    if kind == "number" and isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if codes is not None and codes in catalogue.codes:
        return catalogue.codes[codes].label(str(value))
    return str(value)


def show_input(value: object, given: Input, catalogue: Catalogue) -> str:
    """Give a value of a rule's input as people write it, with its unit."""
    text = show(value, given.type, catalogue, given.codes)
    has_unit = value is None or given.type in ("fen", "bp", "date", "flag")
    return text if has_unit or not given.unit else f"{text} {given.unit}"


def join_words(before: str, word: str, after: str) -> str:
    """Give a word with the blanks it needs inside Chinese text: around digits and letters only.

    Takes:  the characters that stand before and after it, blanks already taken away ("": none).
    """
    left = " " if _WIDE.fullmatch(before) and _NARROW.fullmatch(word[:1]) else ""
    right = " " if _WIDE.fullmatch(after) and _NARROW.fullmatch(word[-1:]) else ""
    return f"{left}{word}{right}"


def _show_fen(value: int) -> str:
    """Yuan with its cents; whole yuan without; in 万 or 亿 what is whole in them."""
    sign, cents = ("-" if value < 0 else ""), abs(value)
    for unit, word in ((_FEN_A_YI, "亿元"), (_FEN_A_WAN, "万元")):
        if cents and cents % unit == 0:
            return f"{sign}{cents // unit:,} {word}"
    part = f".{cents % _FEN:02d}" if cents % _FEN else ""
    return f"{sign}{cents // _FEN:,}{part} 元"
