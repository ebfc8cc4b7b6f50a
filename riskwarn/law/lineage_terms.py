"""Words that a new version puts for others throughout, so that they no longer hide a rule.

仲裁委员会 → 仲裁机构, 具体行政行为 → 行政行为: learned from the articles that surely continue, then
put into the old text before all is compared once more.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from riskwarn.law.lineage_kinds import diff_pieces
from riskwarn.law.lineage_units import Piece, Unit, grams_of

_OFTEN = 3  # articles that must put the same word for the same other
_LONGEST = 12
_CONTEXT = 4
_NO_TERM = re.compile(r"应当|不得|可以|或者|以及|罚|吊销|没收|责令|处分|[处万元倍日月年]")
_SHORTEST = 4  # characters of a term, so that no grammar word is taken for one


def learn_terms(
    pairs: Iterable[tuple[str, str, str]], new_text: str
) -> tuple[tuple[str, str], ...]:
    """Find the words that one version puts for another, or shortens, throughout.

    Takes:  pairs, (old article, old words, new words) of what continues; new_text, all words of
            the new version.
    Gives:  (old term, new term), long ones first. The old term is nowhere in the new version.
    """
    seen: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for key, old, new in pairs:
        for term in _terms(old, new):
            seen[term].add(key)
    kept: list[tuple[str, str]] = []
    for old, new in sorted(seen, key=lambda term: (len(term[0]), term)):
        if len(seen[old, new]) < _OFTEN or old in new_text or new not in new_text:
            continue
        if _NO_TERM.search(old + new):
            continue
        if not any(short in old for short, _ in kept):
            kept.append((old, new))
    return tuple(sorted(kept, key=lambda term: (-len(term[0]), term)))


def _terms(old: str, new: str) -> set[tuple[str, str]]:
    """Every replaced, dropped or inserted word, with as much of its context as may belong to it."""
    found = set()
    at = to = 0
    for tag, before, after in diff_pieces(old, new):
        if tag != "equal" and len(before) <= _LONGEST and len(after) <= _LONGEST:
            end, stop = at + len(before), to + len(after)
            for left in range(_CONTEXT + 1):
                for right in range(_CONTEXT + 1):
                    a, b = (
                        old[max(0, at - left) : end + right],
                        new[max(0, to - left) : stop + right],
                    )
                    same = a[:left] == b[:left] and a[len(a) - right :] == b[len(b) - right :]
                    if same and len(a) >= _SHORTEST and len(b) >= 2 and a not in b:
                        found.add((a, b))
        at, to = at + len(before), to + len(after)
    return found


def put_terms(pieces: list[Piece], terms: tuple[tuple[str, str], ...]) -> list[Piece]:
    """Put the new terms into the words of an older version; what is identical stays so."""
    return [
        replace(
            piece,
            words=_put(piece.words, terms),
            grams=grams_of(_put(piece.words, terms)),
            units=tuple(_put_unit(unit, terms) for unit in piece.units),
        )
        if any(old in piece.words for old, _ in terms)
        else piece
        for piece in pieces
    ]


def _put_unit(unit: Unit, terms: tuple[tuple[str, str], ...]) -> Unit:
    words = _put(unit.words, terms)
    if words == unit.words:
        return unit
    clauses = tuple(_put(clause, terms) for clause in unit.clauses)
    return replace(unit, words=words, grams=grams_of(words), clauses=clauses)


def _put(words: str, terms: tuple[tuple[str, str], ...]) -> str:
    for old, new in terms:
        words = words.replace(old, new)
    return words
