"""Which article continues in which: units matched one to one, then what is left over.

A rule of likeness alone links too much (a parallel rule copies words) and too little (a rule
reworded). So every unit goes to one place only, the surest first; a place is surer when it stands
between the same neighbours, plays the same role (duty or sanction) and cites what continues.
"""

from collections import defaultdict

from riskwarn.law.lineage_left import match_left_over
from riskwarn.law.lineage_links import Link, factor_of, strength_of
from riskwarn.law.lineage_reworded import match_reworded, match_roles
from riskwarn.law.lineage_score import Pair, among_sanctions, mark_beside
from riskwarn.law.lineage_units import is_set_phrase

_SURE, _STOLEN, _WHOLE = 0.30, 0.36, 0.24
_NEAR_TIE = 0.93
_WHOLE_SHARE = 0.15  # of equal sentences the one in the likelier article is the same sentence
_NO_DOUBT = 0.8  # from here on a unit has found its place, and a near copy is another rule
_ROUNDS = 2
_CONTENT = 10.0  # weight of shared bigrams, set phrases left out: one or two telling words
_RARE_WORDS, _RARE_OLD, _RARE_NEW = 2, 2, 3
_NEEDS_WORDS = ("whole", "free", "key words", "stands out")


def align(pair: Pair, *, one_law: bool = True) -> list[Link]:
    """Find which articles continue in which.

    Takes:  one_law, whether both are versions of one law: only there does what is left over on
            both sides, in the same place, belong together.
    """
    same = pair.same
    links: dict[tuple[int, int], Link] = {}
    known: list[tuple[int, int]] = list(same)
    for _ in range(_ROUNDS):
        links = {(i, j): Link(i, j, 1.0, "identical") for i, j in same}
        _match_units(pair, links, known)
        _match_articles(pair, links, known)
        match_roles(pair, links)
        match_left_over(pair, links, known, one_law=one_law)
        match_reworded(pair, links, known)
        links = {key: link for key, link in links.items() if _says_the_same(pair, link)}
        known = sorted(links)
        mark_beside(pair, (key for key, link in links.items() if link.score >= _SURE))
    return [links[key] for key in sorted(links)]


def surely_continued(pair: Pair) -> list[tuple[str, str, str]]:
    """The units that match by words alone: (old article, old words, new words)."""
    links = {(i, j): Link(i, j, 1.0, "identical") for i, j in pair.same}
    _match_units(pair, links, list(pair.same))
    return [
        (pair.old[link.i].key, pair.old_units[m].words, pair.new_units[n].words)
        for link in links.values()
        for m, n in link.units
    ]


def _says_the_same(pair: Pair, link: Link) -> bool:
    """Whether the articles share more than the phrases that every statute repeats."""
    if link.why not in _NEEDS_WORDS:
        return True
    one, other = pair.old[link.i], pair.new[link.j]
    shared = [g for g in one.grams if g in other.grams and len(g) == 2 and not is_set_phrase(g)]
    if not among_sanctions(one.chapter):
        return sum(pair.weights[gram] for gram in shared) >= _CONTENT
    rare = [
        gram
        for gram in shared
        if sum(gram in piece.grams for piece in pair.old) <= _RARE_OLD
        and sum(gram in piece.grams for piece in pair.new) <= _RARE_NEW
    ]
    return len(rare) >= _RARE_WORDS  # among sanctions the rest is set phrases


def _match_units(
    pair: Pair, links: dict[tuple[int, int], Link], known: list[tuple[int, int]]
) -> None:
    """Give every unit one partner, the surest pairs first."""
    taken_old = {i for i, _ in links}
    taken_new = {j for _, j in links}
    factors: dict[tuple[int, int], float] = {}
    ranked: list[tuple[float, float, int, int]] = []
    best_old: defaultdict[int, float] = defaultdict(float)
    best_new: defaultdict[int, float] = defaultdict(float)
    wholes = _best_wholes(pair)
    for m, row in enumerate(pair.units):
        i = pair.old_at[pair.old_units[m].article]
        for n, like in row.items():
            j = pair.new_at[pair.new_units[n].article]
            if i in taken_old or j in taken_new:
                continue
            if (i, j) not in factors:
                factors[i, j] = factor_of(pair, i, j, known)
            score = strength_of(like, factors[i, j])
            if score < 0.1:
                continue
            if m in pair.copies and (i, j) not in wholes:
                continue
            whole = pair.articles.get((i, j))
            ranked.append((score, whole.even if whole else 0.0, m, n))
            best_old[m] = max(best_old[m], score)
            best_new[n] = max(best_new[n], score)
    ranked.sort(key=lambda row: (-row[0] - row[1] * _WHOLE_SHARE, *row[2:]))
    used_old: dict[int, float] = {}
    used_new: dict[int, float] = {}
    for score, whole_score, m, n in ranked:
        tie_old = m in used_old and used_old[m] * _NEAR_TIE <= score
        tie_new = n in used_new and used_new[n] * _NEAR_TIE <= score
        if (m in used_old and not tie_old) or (n in used_new and not tie_new):
            continue
        first = score >= max(best_old[m], best_new[n]) * _NEAR_TIE
        if score < (_SURE if first else _STOLEN):
            continue
        settled = score >= _NO_DOUBT or whole_score >= _NO_DOUBT / 2
        used_old.setdefault(m, 2.0 if settled else score)
        used_new.setdefault(n, 2.0 if settled else score)
        i = pair.old_at[pair.old_units[m].article]
        j = pair.new_at[pair.new_units[n].article]
        link = links.setdefault((i, j), Link(i, j, 0.0, "unit"))
        link.score = max(link.score, score)
        link.units.append((m, n))


def _best_wholes(pair: Pair) -> set[tuple[int, int]]:
    """Every old article with the new one that is most like it as a whole."""
    best: dict[int, tuple[float, int]] = {}
    for (i, j), like in pair.articles.items():
        best[i] = max(best.get(i, (0.0, 0)), (like.even, -j))
    return {(i, -j) for i, (_, j) in best.items()}


def _match_articles(
    pair: Pair, links: dict[tuple[int, int], Link], known: list[tuple[int, int]]
) -> None:
    """Link whole articles that are each other's best."""
    scores = _article_scores(pair, links, known)
    best_old: dict[int, tuple[float, int]] = {}
    best_new: dict[int, tuple[float, int]] = {}
    for (i, j), score in scores.items():
        best_old[i] = max(best_old.get(i, (0.0, 0)), (score, -j))
        best_new[j] = max(best_new.get(j, (0.0, 0)), (score, -i))
    for i, (score, j) in sorted(best_old.items()):
        if score >= _WHOLE and best_new[-j][1] == -i and (i, -j) not in links:
            links[i, -j] = Link(i, -j, score, "whole")


def _article_scores(
    pair: Pair, links: dict[tuple[int, int], Link], known: list[tuple[int, int]]
) -> dict[tuple[int, int], float]:
    same_old = {i for (i, _), link in links.items() if link.why == "identical"}
    same_new = {j for (_, j), link in links.items() if link.why == "identical"}
    return {
        (i, j): strength_of(like, factor_of(pair, i, j, known))
        for (i, j), like in pair.articles.items()
        if i not in same_old and j not in same_new and like.near >= 0.1
    }
