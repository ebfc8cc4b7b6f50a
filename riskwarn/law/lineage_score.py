"""How alike the pieces of two versions are: words first, then place, role and what they cite."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from riskwarn.law.lineage_units import Piece, Unit, rarity, weigh

_NEAR = 0.75  # how much the smaller text's share counts: a rule that grew is still the rule
_FAINT = 0.1  # texts that share less than this, of the smaller, are not alike at all
_COMMON = 0.05  # n-grams that nearly every article has tell nothing
_SANCTIONS = ("法律责任", "罚则", "处罚", "法律责任与", "奖励与处罚", "奖惩")
_OTHER_ROLE = 0.6  # a duty and its sanction share words, but are different rules
_FAR_FLOOR, _FAR_SLOPE = 0.6, 0.05
_ANCHOR = 0.45
_COPY = 0.6  # 项 of two articles this alike are one condition said twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Shares of weight in common: of the old text, of the new text; `weight` is the smaller's."""

    of_old: float
    of_new: float
    weight: float

    @property
    def near(self) -> float:
        """Between containment of the smaller text (1) and of the larger."""
        small, large = max(self.of_old, self.of_new), min(self.of_old, self.of_new)
        return 1 / (_NEAR / small + (1 - _NEAR) / large) if large > 0 else 0.0

    @property
    def even(self) -> float:
        """The harmonic mean of both shares."""
        total = self.of_old + self.of_new
        return 2 * self.of_old * self.of_new / total if total else 0.0


@dataclass(slots=True)
class Pair:
    """Two versions, cut up and compared; the place factor is set once anchors are known.

    `copies` are the old units that several articles have word for word: they tell none apart.
    """

    old: list[Piece]
    new: list[Piece]
    same: list[tuple[int, int]]
    weights: dict[str, float]
    old_units: list[Unit]
    new_units: list[Unit]
    units: list[dict[int, Likeness]]
    articles: dict[tuple[int, int], Likeness]
    old_at: dict[str, int] = field(default_factory=dict)
    new_at: dict[str, int] = field(default_factory=dict)
    anchors: list[tuple[int, int]] = field(default_factory=list)
    anchored: list[int] = field(default_factory=list)  # the old articles of the anchors
    beside: set[tuple[int, int]] = field(default_factory=set)
    copies: set[int] = field(default_factory=set)


def compare(old: list[Piece], new: list[Piece]) -> Pair:
    """Compare all pieces of two versions; an old article that stands unchanged needs no more."""
    weights = rarity(old, new)
    same = identical(old, new)
    settled = {i for i, _ in same}
    open_at = [i for i in range(len(old)) if i not in settled]
    old_units = [unit for i in open_at for unit in old[i].units]
    new_units = [unit for piece in new for unit in piece.units]
    units = overlaps([u.grams for u in old_units], [u.grams for u in new_units], weights)
    rows = overlaps([old[i].grams for i in open_at], [p.grams for p in new], weights)
    pair = Pair(
        old=old,
        new=new,
        same=same,
        weights=weights,
        old_units=old_units,
        new_units=new_units,
        units=units,
        articles={
            (i, j): like for i, row in zip(open_at, rows, strict=True) for j, like in row.items()
        },
        old_at={piece.key: at for at, piece in enumerate(old)},
        new_at={piece.key: at for at, piece in enumerate(new)},
    )
    pair.anchors = _anchors(pair)
    pair.anchored = [i for i, _ in pair.anchors]
    pair.copies = _copies(old_units, weights)
    return pair


def _copies(units: list[Unit], weights: Mapping[str, float]) -> set[int]:
    """Units that several articles have word for word; 项 also where they have nearly the words."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    for unit in units:
        places[unit.words].add(unit.article)
    found = {at for at, unit in enumerate(units) if len(places[unit.words]) > 1}
    items = [at for at, unit in enumerate(units) if unit.lead]
    grams = [units[at].grams for at in items]
    for at, row in zip(items, overlaps(grams, grams, weights), strict=True):
        for other, like in row.items():
            if like.even >= _COPY and units[at].article != units[items[other]].article:
                found.add(at)
    return found


def overlaps(
    old: Sequence[Counter[str]], new: Sequence[Counter[str]], weights: Mapping[str, float]
) -> list[dict[int, Likeness]]:
    """Compare every old text with every new one that shares an n-gram worth counting.

    Gives:  for every old text, likeness by position of the new ones, in their order.
    """
    telling = {gram: w for grams in old for gram in grams if (w := weights.get(gram, 0)) > _COMMON}
    where: defaultdict[str, list[int]] = defaultdict(list)
    often: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)  # where it stands n times
    for at, grams in enumerate(new):
        for gram, count in grams.items():
            if gram in telling:
                where[gram].append(at)
                if count > 1:
                    often[gram].append((at, count))
    total_new = [weigh(grams, weights) for grams in new]
    result = []
    for grams in old:
        common: defaultdict[int, float] = defaultdict(float)
        for gram, count in grams.items():
            weight = telling.get(gram)
            if weight is None or gram not in where:
                continue
            for at in where[gram]:
                common[at] += weight
            if count > 1 and gram in often:
                for at, other in often[gram]:
                    common[at] += weight * (min(count, other) - 1)
        total = weigh(grams, weights)
        result.append(
            {
                at: Likeness(
                    of_old=value / total,
                    of_new=value / total_new[at],
                    weight=min(total, total_new[at]),
                )
                for at, value in sorted(common.items())
                if value >= _FAINT * min(total, total_new[at])
            }
        )
    return result


def identical(old: list[Piece], new: list[Piece]) -> list[tuple[int, int]]:
    """Pair articles of the very same words, in order where a text stands several times."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for j, piece in enumerate(new):
        places[piece.bare].append(j)
    found = []
    for i, piece in enumerate(old):
        if places[piece.bare]:
            found.append((i, places[piece.bare].pop(0)))
    return found


def _anchors(pair: Pair) -> list[tuple[int, int]]:
    """The articles that surely continue, as far as their order is kept (heaviest chain)."""
    best_new: dict[int, tuple[float, int]] = {}
    best_old: dict[int, tuple[float, int]] = {}
    for (i, j), like in pair.articles.items():
        score = like.even
        best_new[i] = max(best_new.get(i, (0.0, 0)), (score, -j))
        best_old[j] = max(best_old.get(j, (0.0, 0)), (score, -i))
    settled = {j for _, j in pair.same}
    sure = [(i, j, 1.0) for i, j in pair.same]
    sure += [
        (i, -j, score)
        for i, (score, j) in sorted(best_new.items())
        if score >= _ANCHOR and best_old[-j][1] == -i and -j not in settled
    ]
    return _heaviest_chain(sorted(sure))


def _heaviest_chain(points: list[tuple[int, int, float]]) -> list[tuple[int, int]]:
    best: list[tuple[float, int]] = []
    for at, (i, j, score) in enumerate(points):
        before = [(best[k][0], k) for k in range(at) if points[k][0] < i and points[k][1] < j]
        total, previous = max(before, default=(0.0, -1))
        best.append((total + score, previous))
    chain: list[tuple[int, int]] = []
    at = max(range(len(best)), key=lambda k: best[k][0], default=-1)
    while at >= 0:
        chain.append(points[at][:2])
        at = best[at][1]
    return chain[::-1]


def mark_beside(pair: Pair, links: Iterable[tuple[int, int]]) -> None:
    """Remember which pairs stand beside a link: neighbours usually move together."""
    pair.beside = {(i, j) for a, b in links for i in (a - 1, a + 1) for j in range(b - 2, b + 3)}


def place_factor(pair: Pair, i: int, j: int) -> float:
    """1 between the anchors around an old article, or beside a link; less with distance."""
    if (i, j) in pair.beside:
        return 1.0
    below = bisect_right(pair.anchored, i) - 1
    above = bisect_left(pair.anchored, i)
    low = pair.anchors[below][1] if below >= 0 else 0
    high = pair.anchors[above][1] if above < len(pair.anchors) else len(pair.new) - 1
    away = max(low - 1 - j, j - high - 1, 0)
    return max(_FAR_FLOOR, 1 - _FAR_SLOPE * away)


def role_factor(pair: Pair, i: int, j: int) -> float:
    """Less where one article stands among the sanctions and the other does not."""
    one, other = among_sanctions(pair.old[i].chapter), among_sanctions(pair.new[j].chapter)
    return _OTHER_ROLE if one != other else 1.0


@cache
def among_sanctions(chapter: str) -> bool:
    """Whether a chapter of this name holds the sanctions of a law."""
    return any(word in chapter for word in _SANCTIONS)


def cite_factor(pair: Pair, i: int, j: int, links: Iterable[tuple[int, int]]) -> float:
    """More where both cite articles of which one continues the other, less where they part."""
    old, new = pair.old[i].cites, pair.new[j].cites
    if not old or not new:
        return 1.0
    follows: defaultdict[str, set[str]] = defaultdict(set)
    for a, b in links:
        follows[pair.old[a].key].add(pair.new[b].key)
    reached = set().union(*(follows.get(key, set()) for key in old))
    if not reached:
        return 1.0
    return 1.25 if reached & new else 0.85
