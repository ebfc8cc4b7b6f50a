"""Two wordings side by side for people: what went is struck, what came is marked, numbers whole.

A lawyer reads 五十万元 → 二十万元, not 五 → 二; and not three marks around one letter that stayed.
"""

import re
from difflib import SequenceMatcher
from html import escape

_TOKEN = re.compile(r"\d+(?:\.\d+)?%?|[〇零一二三四五六七八九十百千万亿两]+|.", re.DOTALL)
_ISLAND = 1  # letters in common between two changes that only confuse


def side_pieces(old: str, new: str) -> list[tuple[str, str]]:
    """Cut two texts into pieces (old, new), equal ones as they are.

    Gives:  the pieces in order; joined, the first of each give the old text and the second the new
            one. A number is never cut in two.
    """
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    pieces: list[tuple[str, str]] = []
    for _, a, b, c, d in matcher.get_opcodes():
        piece = ("".join(before[a:b]), "".join(after[c:d]))
        if pieces and _changed(piece) and _changed(pieces[-1]):
            pieces[-1] = _joined(pieces[-1], piece)
        elif len(pieces) > 1 and _changed(piece) and _is_island(pieces[-1]):
            island = pieces.pop()
            pieces[-1] = _joined(_joined(pieces[-1], island), piece)
        else:
            pieces.append(piece)
    return pieces


def sides_html(old: str, new: str) -> tuple[str, str]:
    """Print both texts, escaped: <del> around what went, <ins> around what came."""
    if not old or not new:
        return _marked(old, "del"), _marked(new, "ins")
    left, right = [], []
    for before, after in side_pieces(old, new):
        changed = before != after
        left.append(_marked(before, "del") if changed else escape(before))
        right.append(_marked(after, "ins") if changed else escape(after))
    return "".join(left), "".join(right)


def _marked(text: str, tag: str) -> str:
    return f"<{tag}>{escape(text)}</{tag}>" if text else ""


def _changed(piece: tuple[str, str]) -> bool:
    return piece[0] != piece[1]


def _is_island(piece: tuple[str, str]) -> bool:
    return not _changed(piece) and len(piece[0]) <= _ISLAND and piece[0].isalnum()


def _joined(one: tuple[str, str], other: tuple[str, str]) -> tuple[str, str]:
    return (one[0] + other[0], one[1] + other[1])
