"""What is left over once units and articles are matched: taken in, enclosed, or reworded."""

import re
from collections import Counter, defaultdict

from riskwarn.law.lineage_links import LIGHT, Link, factor_of, free_units, strength_of
from riskwarn.law.lineage_score import Pair, place_factor, role_factor
from riskwarn.law.lineage_units import Piece, Unit, is_set_phrase

_COMMENCES = re.compile(r"自.{1,14}起(施行|实施|执行|生效|试行)")
_LEFT_OVER, _ABSORBED, _ENCLOSED, _FREE = 0.30, 0.62, 0.34, 0.14
_KEY_WORDS, _BETWEEN = 2.0, 0.9
_NO_DOUBT, _NEAR_TIE = 0.8, 0.9
_SAME_NUMBER = 1.2  # a rewritten article often keeps its number


def match_left_over(
    pair: Pair,
    links: dict[tuple[int, int], Link],
    known: list[tuple[int, int]],
    *,
    one_law: bool,
) -> None:
    """Link what the units left over, the surest kinds first; see `lineage_align.align`."""
    _match_gone(pair, links, known)
    _match_absorbed(pair, links)
    _match_enclosed(pair, links, known)
    _match_commencement(pair, links)
    if one_law:
        _match_free(pair, links, known)
        _match_rare(pair, links)


def _match_gone(
    pair: Pair, links: dict[tuple[int, int], Link], known: list[tuple[int, int]]
) -> None:
    """Give an old article that went nowhere the article that took it in, if one is near enough."""
    gone = set(range(len(pair.old))) - {i for i, _ in links}
    stood = {j for _, j in pair.same}  # what stood there before, word for word, took nothing in
    settled: dict[int, float] = {}
    for link in links.values():
        for _, n in link.units:
            settled[n] = max(settled.get(n, 0.0), link.score)
    best: dict[int, tuple[float, int, int, int]] = {}
    for m, row in enumerate(pair.units):
        i = pair.old_at[pair.old_units[m].article]
        if i not in gone or m in pair.copies:
            continue
        for n, like in row.items():
            j = pair.new_at[pair.new_units[n].article]
            score = 0.0 if j in stood else strength_of(like, factor_of(pair, i, j, known))
            if score < _NEAR_TIE * settled.get(n, 0.0) and settled[n] >= _NO_DOUBT:
                continue  # a near copy of a rule that has its ancestor is another rule
            best[i] = max(best.get(i, (0.0, 0, 0, 0)), (score, -j, m, n))
    for i, (score, j, m, n) in sorted(best.items()):
        if score >= _LEFT_OVER:
            links[i, -j] = Link(i, -j, score, "left over", [(m, n)])


def _match_absorbed(pair: Pair, links: dict[tuple[int, int], Link]) -> None:
    """A sentence that went nowhere but stands nearly whole inside a wider one was taken in."""
    old, _ = free_units(pair, links)
    stood = {j for _, j in pair.same}
    for m in old:
        i = pair.old_at[pair.old_units[m].article]
        found = [
            (like.of_old * place_factor(pair, i, j) * role_factor(pair, i, j), -n, j)
            for n, like in pair.units[m].items()
            for j in (pair.new_at[pair.new_units[n].article],)
            if like.weight >= LIGHT and j not in stood and m not in pair.copies
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
                    strength_of(like, factor_of(pair, i, j, known))
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
            if j in fresh and like.weight >= LIGHT:
                alike[i, j] = max(alike[i, j], like.even)
    for (i, j), like in pair.articles.items():
        if i in gone and j in fresh:
            alike[i, j] = max(alike[i, j], like.even)
    ranked = sorted(
        (
            (score * factor_of(pair, i, j, known) * _same_number(pair, i, j), i, j)
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
    old, new = free_units(pair, links)
    said = {n: pair.new_units[n].grams.keys() | _lead_grams(pair.new_units[n]) for n in new}
    for m in old:
        unit = pair.old_units[m]
        keys = {g for g in unit.grams if len(g) == 2 and before[g] <= 2 and not is_set_phrase(g)}
        best: tuple[float, int] = (0.0, 0)
        for n in sorted(new):
            shared = {g for g in keys & said[n] if after[g] <= 3}
            alone = {g for g in shared if before[g] == 1 and after[g] == 1}
            score = len(alone) + len(shared - alone) / 2
            i, j = pair.old_at[unit.article], pair.new_at[pair.new_units[n].article]
            if score < _KEY_WORDS or role_factor(pair, i, j) < 1:
                continue
            near = place_factor(pair, i, j) >= _BETWEEN
            if near or (len(alone) > _KEY_WORDS and _runs(unit.words, alone) >= _KEY_WORDS):
                best = max(best, (score, -n))
        if best[0] >= _KEY_WORDS:
            i, j = pair.old_at[unit.article], pair.new_at[pair.new_units[-best[1]].article]
            links.setdefault((i, j), Link(i, j, 0.3, "key words", [(m, -best[1])]))


def _lead_grams(unit: Unit) -> set[str]:
    """What a 项 says is said with its lead-in."""
    return {unit.lead[at : at + 2] for at in range(len(unit.lead) - 1)}


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
