"""Rules that kept hardly a word: found by what they are, whom they cite, and where they stand."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

from riskwarn.law.lineage_links import Link, factor_of, free_units, strength_of
from riskwarn.law.lineage_score import Pair, role_factor
from riskwarn.law.lineage_units import Unit, grams_of, is_set_phrase

# What nearly every statute says once: two leftovers of one kind, each alone in its version.
_ROLES = (
    re.compile(r"工作人员.*(?:滥用职权|玩忽职守|徇私舞弊)"),
    re.compile(r"(?:给予|予以)(?:表彰|奖励)"),
    re.compile(r"^本(?:法|条例|办法|规定|细则)所称.{1,12}是指"),
    re.compile(r"(?:主管|负责|管理)全国.{0,12}工作"),
)
_ROLE_SCORE, _INSIDE_SCORE, _CITED_SCORE = 0.3, 0.35, 0.3
_DEONTIC = re.compile(r"应当|必须|可以|须")
_CLAUSE_ALIKE, _CLAUSE_LENGTH = 0.8, 10
_GATHERED, _TIE = 0.12, 0.9
_STANDS_OUT, _OUT_BY = 0.17, 1.4
_TWIN, _TWIN_KEPT = 0.8, 0.25
_COVERED = 0.6
_LIMIT = re.compile(r"[一二三四五六七八九十百]+个?(?:工作日|日|月|年|小时)(?=内|以内)")


def match_reworded(
    pair: Pair, links: dict[tuple[int, int], Link], known: list[tuple[int, int]]
) -> None:
    """Link what likeness of words alone does not, the surest kinds first."""
    _match_inside(pair, links)
    _match_limits(pair, links)
    _match_twins(pair, links)
    _match_standing_out(pair, links, known)
    _match_gathered(pair, links, known)


def match_roles(pair: Pair, links: dict[tuple[int, int], Link]) -> None:
    """Link the one leftover of a kind with the one of that kind in the other version."""
    linked_old, linked_new = {i for i, _ in links}, {j for _, j in links}
    for role in _ROLES:
        old = {pair.old_at[u.article] for u in pair.old_units if role.search(u.words)}
        new = {pair.new_at[u.article] for u in pair.new_units if role.search(u.words)}
        if len(old) != 1 or len(new) != 1:
            continue
        key = (min(old), min(new))
        if key[0] in linked_old and key[1] in linked_new:
            continue
        links.setdefault(key, Link(*key, _ROLE_SCORE, "role"))


def _match_inside(pair: Pair, links: dict[tuple[int, int], Link]) -> None:
    """A whole sentence that stands in the other version as one clause of a longer sentence."""
    free_old, free_new = free_units(pair, links)
    said: defaultdict[int, Counter[str]] = defaultdict(Counter)
    told: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for link in links.values():
        for m, n in link.units:
            said[m] |= pair.new_units[n].grams
            told[n] |= pair.old_units[m].grams
    old = _Clauses(pair.old_units, said)
    new = _Clauses(pair.new_units, told)
    hits = []
    near: defaultdict[int, set[int]] = defaultdict(set)
    for m, row in enumerate(pair.units):
        for n in row:
            near[n].add(m)
    for n in sorted(free_new):
        hits += [(m, n) for m in _holders(pair.new_units[n], old, near[n])]
    for m in free_old:
        hits += [(m, n) for n in _holders(pair.old_units[m], new, pair.units[m].keys())]
    for m, n in hits:
        i, j = pair.old_at[pair.old_units[m].article], pair.new_at[pair.new_units[n].article]
        if role_factor(pair, i, j) == 1:
            links.setdefault((i, j), Link(i, j, _INSIDE_SCORE, "inside", [(m, n)]))


class _Clauses:
    """The clauses of units that what each unit is linked with does not say; counted when asked."""

    def __init__(self, units: list[Unit], explained: Mapping[int, Counter[str]]) -> None:
        self._units, self._explained = units, explained
        self._known: dict[int, list[Counter[str]]] = {}

    def of(self, at: int) -> list[Counter[str]]:
        if at not in self._known:
            grams = [grams_of(_plain(clause)) for clause in self._units[at].clauses]
            by = self._explained.get(at)
            self._known[at] = [one for one in grams if _covered(one, by) < _COVERED]
        return self._known[at]


def _covered(grams: Counter[str], by: Counter[str] | None) -> float:
    return sum((grams & by).values()) / max(sum(grams.values()), 1) if by else 0.0


def _plain(clause: str) -> str:
    return _DEONTIC.sub("", clause)


def _holders(unit: Unit, clauses: _Clauses, near: Collection[int]) -> list[int]:
    """The one unit that has a clause of nearly these words; none where several have."""
    words = _plain(unit.words)
    grams = grams_of(words)
    if len(words) < _CLAUSE_LENGTH or sum(is_set_phrase(g) for g in grams) > len(grams) / 2:
        return []
    size = sum(grams.values())
    found = {
        at
        for at in near
        for other in clauses.of(at)
        if size
        and 2 * sum((grams & other).values()) / (size + sum(other.values())) >= _CLAUSE_ALIKE
    }
    return sorted(found) if len(found) == 1 else []


def _match_standing_out(
    pair: Pair, links: dict[tuple[int, int], Link], known: list[tuple[int, int]]
) -> None:
    """An old article that went nowhere, and the unit far more like it than any other is."""
    gone = set(range(len(pair.old))) - {i for i, _ in links}
    _, free = free_units(pair, links)

    def strength(m: int, n: int) -> float:
        i, j = pair.old_at[pair.old_units[m].article], pair.new_at[pair.new_units[n].article]
        return strength_of(pair.units[m][n], factor_of(pair, i, j, known))

    for m, row in enumerate(pair.units):
        i = pair.old_at[pair.old_units[m].article]
        if i not in gone or not row:
            continue
        score, n = max((strength(m, n), -n) for n in row)
        if score < _STANDS_OUT or -n not in free:
            continue
        article = pair.new_units[-n].article
        others = [strength(m, k) for k in row if pair.new_units[k].article != article]
        rivals = [strength(k, -n) for k, other in enumerate(pair.units) if -n in other and k != m]
        if score >= max(_OUT_BY * max(others, default=0.0), max(rivals, default=0.0)):
            j = pair.new_at[article]
            links.setdefault((i, j), Link(i, j, score, "stands out", [(m, -n)]))


def _match_twins(pair: Pair, links: dict[tuple[int, int], Link]) -> None:
    """A rule that the old law says twice: where one of the two went, the other went too."""
    linked: defaultdict[int, list[int]] = defaultdict(list)
    for i, j in sorted(links):
        linked[i].append(j)
    for i in sorted(set(range(len(pair.old))) - linked.keys()):
        for twin in sorted(linked):
            if _alike(pair.old[i].grams, pair.old[twin].grams) < _TWIN:
                continue
            for j in linked[twin]:
                like = pair.articles.get((i, j))
                if like is not None and like.near >= _TWIN_KEPT:
                    links.setdefault((i, j), Link(i, j, like.near, "twin"))


def _alike(one: Counter[str], other: Counter[str]) -> float:
    total = one.total() + other.total()
    if not total or 2 * min(one.total(), other.total()) < _TWIN * total:
        return 0.0
    return 2 * (one & other).total() / total


def _match_gathered(
    pair: Pair, links: dict[tuple[int, int], Link], known: list[tuple[int, int]]
) -> None:
    """A sentence that went nowhere, beside articles that were gathered into one new article."""
    free, free_new = free_units(pair, links)
    into: defaultdict[int, set[int]] = defaultdict(set)
    for i, j in links:
        into[i].add(j)
    for m in free:
        i = pair.old_at[pair.old_units[m].article]
        one, other = into[i - 1] - into[i], into[i + 1] - into[i]
        if not one & other:
            continue
        scores: dict[int, float] = {}
        for n, like in pair.units[m].items():
            j = pair.new_at[pair.new_units[n].article]
            if n in free_new and j in one | other:
                score = strength_of(like, factor_of(pair, i, j, known))
                scores[j] = max(scores.get(j, 0.0), score)
        top = max((scores.get(j, 0.0) for j in one & other), default=0.0)
        for j, score in sorted(scores.items()):
            if score >= max(_GATHERED, _TIE * top) and top >= _GATHERED:
                links[i, j] = Link(i, j, score, "gathered")


def _match_limits(pair: Pair, links: dict[tuple[int, int], Link]) -> None:
    """A time limit that the successors lost is in the one new article that cites them and has it.

    例如旧条"转送……六十日内处理", 新法把"六十日"写进引用前条的另一条。
    """
    fresh = set(range(len(pair.new))) - {j for _, j in links}
    successors: defaultdict[int, set[int]] = defaultdict(set)
    for i, j in links:
        successors[i].add(j)
    for i, places in sorted(successors.items()):
        keys = {pair.new[j].key for j in places}
        kept = {limit for j in places for limit in _LIMIT.findall(pair.new[j].words)}
        lost = set(_LIMIT.findall(pair.old[i].words)) - kept
        found = [
            j
            for j in sorted(fresh)
            if pair.new[j].cites & keys and lost & set(_LIMIT.findall(pair.new[j].words))
        ]
        if len(found) == 1 and role_factor(pair, i, found[0]) == 1:
            links[i, found[0]] = Link(i, found[0], _CITED_SCORE, "limit")
