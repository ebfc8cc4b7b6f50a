"""Chinese numerals as statutes write them: 一百零一, 两百, 百十, 一〇一, and arabic ones."""

NUMERAL_CHARS = "〇零一二三四五六七八九十百千两0123456789０１２３４５６７８９"

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}


def read_numeral(text: str) -> int | None:
    """Read one numeral.

    Takes:  text, a numeral alone; white space inside is ignored.
    Gives:  its value, or None when it is not a numeral.
    """
    text = "".join(text.split())
    if not text:
        return None
    if text.isdecimal():
        return int(text)
    if all(char in _DIGITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text))
    total, digit = 0, -1
    last_unit = 10_000
    for char in text:
        if char in _UNITS:
            unit = _UNITS[char]
            if unit >= last_unit:
                return None
            total += unit * (digit if digit > 0 else 1)
            digit, last_unit = -1, unit
        elif char in _DIGITS:
            if digit > 0:
                return None
            digit = _DIGITS[char]
        else:
            return None
    return total + max(digit, 0)


def write_numeral(value: int) -> str:
    """Write 0–9999 as statutes do: 10 十, 41 四十一, 101 一百零一, 110 一百一十."""
    if not 0 <= value <= 9999:
        raise ValueError(f"no numeral for {value}")
    digits = "零一二三四五六七八九"
    if value < 10:
        return digits[value]
    text, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            text += ("零" if zero and text else "") + digits[digit] + name
            zero = False
        else:
            zero = True
    return text[1:] if text.startswith("一十") else text
