"""The form in which two texts are compared: white space and widths do not matter, words do."""

import hashlib
import re

_SPACE = re.compile(r"[\s\u3000\u00a0\u200b\ufeff]+")
_PUNCTUATION = {
    ",": "，",
    ";": "；",
    ":": "：",
    "?": "？",
    "!": "！",
    "(": "（",
    ")": "）",
    "[": "〔",
    "]": "〕",
    "［": "〔",
    "］": "〕",
    "〈": "《",
    "〉": "》",
    "<": "《",
    ">": "》",
    "‘": "“",
    "’": "”",
    "笫": "第",
    "－": "-",
    "—": "-",
    "–": "-",
    "．": ".",
    "﹑": "、",
}
# ＡＢＣ１２３ → ABC123, but ， stays ，
_WIDTHS = {
    chr(code): chr(code - 0xFEE0)
    for code in range(0xFF01, 0xFF5F)
    if chr(code - 0xFEE0) not in _PUNCTUATION
}
_TABLE = str.maketrans({**_WIDTHS, **_PUNCTUATION})
_BARE = str.maketrans(dict.fromkeys("，。；：、“”‘’《》（）()!？·-.", ""))


def normalise(text: str) -> str:
    """Give the form for comparison.

    Takes:  any text.
    Gives:  it without white space and BOM, full-width letters and digits made half-width,
            half-width punctuation made full-width, one kind of bracket and of quotation mark.
            Sentence marks stay; letters and 汉字 are untouched, but for 笫 → 第.
    """
    return _SPACE.sub("", text).translate(_TABLE)


def bare(text: str) -> str:
    """Give the normalised text without any punctuation: equal means the words are equal."""
    return normalise(text).translate(_BARE)


def text_hash(text: str) -> str:
    """Pin a clause's words: the first 16 hex digits of SHA-256 over the normalised text."""
    return hashlib.sha256(normalise(text).encode()).hexdigest()[:16]
