"""Which article continues in which: units matched one to one, then what is left over.

A rule of likeness alone links too much (a parallel rule copies words) and too little (a rule
reworded). So every unit goes to one place only, the surest first; a place is surer when it stands
between the same neighbours, plays the same role (duty or sanction) and cites what continues.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from riskwarn.law.lineage_score import (
    Likeness,
    Pair,
    cite_factor,
    mark_beside,
    place_factor,
    role_factor,
)
from riskwarn.law.lineage_units import Piece, is_set_phrase

_COMMENCES = re.compile(r"自.{1,14}起(施行|实施|执行|生效|试行)")

_LIGHT = 60.0  # weight of a unit below which likeness counts in proportion only
_SURE, _STOLEN, _LEFT_OVER, _WHOLE = 0.315, 0.36, 0.30, 0.24
_ABSORBED, _ENCLOSED, _FREE = 0.62, 0.34, 0.14
_KEY_WORDS, _BETWEEN = 2.0, 0.9
_SAME_NUMBER = 1.2  # a rewritten article often keeps its number
_NEAR_TIE = 0.93
_WHOLE_SHARE = 0.15  # of equal sentences the one in the likelier article is the same sentence
_NO_DOUBT = 0.8  # from here on a unit has found its place, and a near copy is another rule
_ROUNDS = 2


@dataclass(slots=True)
class Link:
    """Old article i continues in new article j; `score` 0–1, `units` the matched positions."""

    i: int
    j: int
    score: float
    why: str
    units: list[tuple[int, int]] = field(default_factory=list)


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
        _match_left_over(pair, links, known)
        _match_absorbed(pair, links)
        _match_enclosed(pair, links, known)
        if one_law:
            _match_free(pair, links, known)
            _match_rare(pair, links)
        _match_commencement(pair, links)
        known = sorted(links)
        mark_beside(pair, (key for key, link in links.items() if link.score >= _SURE))
    return [links[key] for key in sorted(links)]


def _factor(pair: Pair, i: int, j: int, known: list[tuple[int, int]]) -> float:
    return place_factor(pair, i, j) * role_factor(pair, i, j) * cite_factor(pair, i, j, known)


def _strength(like: Likeness, factor: float) -> float:
    return min(1.0, like.near * factor) * min(1.0, like.weight / _LIGHT)


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
    for m, row in enumerate(pair.units):
        i = pair.old_at[pair.old_units[m].article]
        for n, like in row.items():
            j = pair.new_at[pair.new_units[n].article]
            if i in taken_old or j in taken_new:
                continue
            if (i, j) not in factors:
                factors[i, j] = _factor(pair, i, j, known)
            score = _strength(like, factors[i, j])
            if score < 0.1:
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
        (i, j): _strength(like, _factor(pair, i, j, known))
        for (i, j), like in pair.articles.items()
        if i not in same_old and j not in same_new and like.near >= 0.1
    }


def _match_left_over(
    pair: Pair, links: dict[tuple[int, int], Link], known: list[tuple[int, int]]
) -> None:
    """Give an old article that went nowhere the article that took it in, if one is near enough."""
    gone = set(range(len(pair.old))) - {i for i, _ in links}
    stood = {j for _, j in pair.same}  # what stood there before, word for word, took nothing in
    best: dict[int, tuple[float, int, int, int]] = {}
    for m, row in enumerate(pair.units):
        i = pair.old_at[pair.old_units[m].article]
        if i not in gone:
            continue
        for n, like in row.items():
            j = pair.new_at[pair.new_units[n].article]
            score = 0.0 if j in stood else _strength(like, _factor(pair, i, j, known))
            best[i] = max(best.get(i, (0.0, 0, 0, 0)), (score, -j, m, n))
    for i, (score, j, m, n) in sorted(best.items()):
        if score >= _LEFT_OVER:
            links[i, -j] = Link(i, -j, score, "left over", [(m, n)])


def _free_units(pair: Pair, links: dict[tuple[int, int], Link]) -> tuple[list[int], set[int]]:
    """Units that no link explains yet, of articles that do not continue word for word or whole."""
    whole_old = {i for (i, _), link in links.items() if not link.units}
    whole_new = {j for (_, j), link in links.items() if not link.units}
    used_old = {m for link in links.values() for m, _ in link.units}
    used_new = {n for link in links.values() for _, n in link.units}
    old = [
        m
        for m, unit in enumerate(pair.old_units)
        if m not in used_old and pair.old_at[unit.article] not in whole_old
    ]
    new = {
        n
        for n, unit in enumerate(pair.new_units)
        if n not in used_new and pair.new_at[unit.article] not in whole_new
    }
    return old, new


def _match_absorbed(pair: Pair, links: dict[tuple[int, int], Link]) -> None:
    """A sentence that went nowhere but stands nearly whole inside a wider one was taken in."""
    old, _ = _free_units(pair, links)
    stood = {j for _, j in pair.same}
    for m in old:
        i = pair.old_at[pair.old_units[m].article]
        found = [
            (like.of_old * place_factor(pair, i, j) * role_factor(pair, i, j), -n, j)
            for n, like in pair.units[m].items()
            for j in (pair.new_at[pair.new_units[n].article],)
            if like.weight >= _LIGHT and j not in stood
        ]
        score, n, j = max(found, default=(0.0, 0, 0))
        if score >= _ABSORBED and (i, j) not in links:
            links[i, j] = Link(i, j, score, "absorbed", [(m, -n)])


def _match_enclosed(
    pair: Pair, links: dict[tuple[int, int], Link], known: list[tuple[int, int]]
) -> None:
    """A new article between two parts of one old article, and like it, is a part of it too."""
    free = set(range(len(pair.new))) - {j for _, j in links}
    span: defaultdict[int, list[int]] = defaultdict(list)
    for i, j in links:
        span[i].append(j)
    for i, parts in sorted(span.items()):
        for j in sorted(free):
            if not min(parts) < j < max(parts):
                continue
            score = max(
                (
                    _strength(like, _factor(pair, i, j, known))
                    for m, row in enumerate(pair.units)
                    if pair.old_units[m].article == pair.old[i].key
                    for n, like in row.items()
                    if pair.new_units[n].article == pair.new[j].key
                ),
                default=0.0,
            )
            if score >= _ENCLOSED:
                links[i, j] = Link(i, j, score, "enclosed")


def _match_free(
    pair: Pair, links: dict[tuple[int, int], Link], known: list[tuple[int, int]]
) -> None:
    """Link a vanished and a new article that are each other's best among those, if at all like."""
    gone = set(range(len(pair.old))) - {i for i, _ in links}
    fresh = set(range(len(pair.new))) - {j for _, j in links}
    alike: defaultdict[tuple[int, int], float] = defaultdict(float)
    for m, row in enumerate(pair.units):
        i = pair.old_at[pair.old_units[m].article]
        for n, like in row.items() if i in gone else ():
            j = pair.new_at[pair.new_units[n].article]
            if j in fresh and like.weight >= _LIGHT:
                alike[i, j] = max(alike[i, j], like.even)
    for (i, j), like in pair.articles.items():
        if i in gone and j in fresh:
            alike[i, j] = max(alike[i, j], like.even)
    ranked = sorted(
        (
            (score * _factor(pair, i, j, known) * _same_number(pair, i, j), i, j)
            for (i, j), score in alike.items()
        ),
        key=lambda row: (-row[0], row[1], row[2]),
    )
    for score, i, j in ranked:
        if score >= _FREE and i in gone and j in fresh:
            links[i, j] = Link(i, j, score, "free")
            gone.discard(i)
            fresh.discard(j)


def _same_number(pair: Pair, i: int, j: int) -> float:
    return _SAME_NUMBER if pair.old[i].key == pair.new[j].key else 1.0


def _match_rare(pair: Pair, links: dict[tuple[int, int], Link]) -> None:
    """A reworded rule keeps its key words: link leftovers that share what is said nowhere else.

    Between the same neighbours two shares will do; elsewhere, where rare words meet by chance or
    in one borrowed phrase, two separate words that both versions say only here.
    """
    before = Counter(gram for piece in pair.old for gram in piece.grams)
    after = Counter(gram for piece in pair.new for gram in piece.grams)
    old, new = _free_units(pair, links)
    for m in old:
        unit = pair.old_units[m]
        keys = {g for g in unit.grams if len(g) == 2 and before[g] <= 2 and not is_set_phrase(g)}
        best: tuple[float, int] = (0.0, 0)
        for n in sorted(new):
            i, j = pair.old_at[unit.article], pair.new_at[pair.new_units[n].article]
            if role_factor(pair, i, j) < 1:
                continue
            shared = {g for g in keys if g in pair.new_units[n].grams and after[g] <= 3}
            alone = {g for g in shared if before[g] == 1 and after[g] == 1}
            near = place_factor(pair, i, j) >= _BETWEEN
            if near or (len(alone) > _KEY_WORDS and _runs(unit.words, alone) >= _KEY_WORDS):
                best = max(best, (len(alone) + len(shared - alone) / 2, -n))
        if best[0] >= _KEY_WORDS:
            i, j = pair.old_at[unit.article], pair.new_at[pair.new_units[-best[1]].article]
            links.setdefault((i, j), Link(i, j, 0.3, "key words", [(m, -best[1])]))


def _runs(words: str, grams: set[str]) -> int:
    """How many separate stretches of a text are made of these bigrams."""
    at = [n for n in range(len(words) - 1) if words[n : n + 2] in grams]
    return sum(1 for k, n in enumerate(at) if k == 0 or n - at[k - 1] > 2)


def _match_commencement(pair: Pair, links: dict[tuple[int, int], Link]) -> None:
    """The articles that say from when each version is in force belong together."""
    i, j = _commencement(pair.old), _commencement(pair.new)
    if i is not None and j is not None and (i, j) not in links:
        links[i, j] = Link(i, j, 0.9, "commencement")


def _commencement(pieces: list[Piece]) -> int | None:
    last = range(len(pieces) - 1, max(len(pieces) - 4, -1), -1)
    return next((at for at in last if _COMMENCES.search(pieces[at].bare)), None)
