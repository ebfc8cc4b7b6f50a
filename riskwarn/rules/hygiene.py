"""Which rules want tending: silent, noisy, stale, orphaned, resting on what is never filled.

Noise is judged among the rules themselves: a rule is noisy whose share of hits lies more than
NOISY_SPREADS robust spreads (median absolute deviation) above the median of all.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Literal

from riskwarn.records.features import FeatureSet
from riskwarn.records.rules import Pack, Rule
from riskwarn.rules.pack import pack_features
from riskwarn.rules.params import in_force
from riskwarn.rules.subsume import impossible

NOISY_SPREADS = 5.0  # ours: at 5 normal spreads, chance alone names one rule in millions
NOISY_FROM_BP = 100  # ours: one enterprise in a hundred; fewer hits are no flood
MAD_TO_SPREAD = 1.4826  # the median absolute deviation of a normal spread of one
MIN_RULES = 8  # fewer rules say nothing about what is usual
PARTS_A_WHOLE = 10_000  # shares of hits are compared in basis points, whole numbers

Kind = Literal["silent", "impossible", "noisy", "undecided", "stale", "orphaned", "unfilled"]
WORDS: dict[Kind, str] = {
    "silent": "从不命中",
    "impossible": "不可能命中",
    "noisy": "命中过多",
    "undecided": "总是无法判断",
    "stale": "过时",
    "orphaned": "无人使用",
    "unfilled": "从未填写",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """Something about a rule, parameter, list or field that a person should look at."""

    kind: Kind
    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """How the rules spoke on one day.

    counts: rule id → (hit, clear, unknown). filled: input → enterprises for which it is known.
    """

    as_of: date
    enterprises: int
    counts: Mapping[str, tuple[int, int, int]]
    filled: Mapping[str, int]


def find_concerns(
    packs: Sequence[Pack],
    days: Sequence[Day],
    declared: FeatureSet,
    known_items: Collection[str] = (),
    other_uses: Collection[str] = (),
) -> list[Concern]:
    """Look at packs and days together.

    Takes:  days, at least one, oldest first; declared, all features of the folder; known_items,
            item codes (none: not looked at); other_uses, features that
            models and scorecards look at.
    Gives:  concerns by kind, then by name.
    """
    newest = days[-1]
    rules = sorted((r for p in packs for r in p.rules), key=lambda rule: rule.id)
    live = [r for r in rules if r.status in ("stable", "shadow") and r.effective(newest.as_of)]
    found = [
        *_speaking(live, days),
        *_noisy(live, newest),
        *_stale(packs, rules, newest.as_of),
        *_orphaned(packs, rules, declared, known_items, other_uses),
        *_unfilled(live, days),
    ]
    order = list(WORDS)
    return sorted(found, key=lambda concern: (order.index(concern.kind), concern.what))


def _speaking(live: Sequence[Rule], days: Sequence[Day]) -> Iterator[Concern]:
    span = f"{days[0].as_of} 至 {days[-1].as_of} 的 {len(days)} 天" if len(days) > 1 else ""
    span = span or f"{days[0].as_of} 当天"
    for rule in live:
        counts = [day.counts[rule.id] for day in days if rule.id in day.counts]
        if impossible(rule, days[-1].as_of):
            yield Concern(kind="impossible", what=rule.id, why="各项条件相互排斥，或参数没有值")
        elif counts and not any(hit or clear for hit, clear, _ in counts):
            yield Concern(kind="undecided", what=rule.id, why=f"{span}对所有主体都无法判断")
        elif counts and not any(hit for hit, _, _ in counts):
            yield Concern(kind="silent", what=rule.id, why=f"{span}没有命中任何主体")


def _noisy(live: Sequence[Rule], day: Day) -> Iterator[Concern]:
    shares = {
        rule.id: day.counts[rule.id][0] * PARTS_A_WHOLE // day.enterprises
        for rule in live
        if rule.id in day.counts and day.enterprises and rule.role == "scenario"
    }
    if len(shares) < MIN_RULES:
        return
    middle = median(shares.values())
    spread = MAD_TO_SPREAD * median(abs(share - middle) for share in shares.values())
    limit = max(middle + NOISY_SPREADS * spread, NOISY_FROM_BP)
    for name, share in shares.items():
        if share > limit:
            why = f"命中 {share / 100:.2f}% 的主体，各规则的中位数为 {middle / 100:.2f}%"
            yield Concern(kind="noisy", what=name, why=why)


def _stale(packs: Sequence[Pack], rules: Sequence[Rule], on: date) -> Iterator[Concern]:
    for rule in rules:
        if rule.status != "deprecated" and rule.effective_to and rule.effective_to < on:
            yield Concern(kind="stale", what=rule.id, why=f"已于 {rule.effective_to} 失效")
    for pack in packs:
        for name, param in pack.params.items():
            begun = any(value.from_on <= on for value in param.values)
            if begun and not in_force(param, on):
                yield Concern(kind="stale", what=f"{pack.id}/{name}", why="参数的值都已到期")
        for name, listed in pack.lists.items():
            if not listed.fresh(on):
                why = f"名单更新于 {listed.updated_on}，已逾 {listed.max_age_days} 天"
                yield Concern(kind="stale", what=f"{pack.id}/{name}", why=why)


def _orphaned(
    packs: Sequence[Pack],
    rules: Sequence[Rule],
    declared: FeatureSet,
    known_items: Collection[str],
    other_uses: Collection[str],
) -> Iterator[Concern]:
    for pack in packs:
        for name in pack.params:
            if not any(name in rule.params for rule in pack.rules):
                yield Concern(kind="orphaned", what=f"{pack.id}/{name}", why="参数没有规则使用")
        for name in pack.lists:
            if not any(name in rule.lists for rule in pack.rules):
                yield Concern(kind="orphaned", what=f"{pack.id}/{name}", why="名单没有规则使用")
    for rule in rules:
        if known_items and rule.item not in known_items:
            yield Concern(kind="orphaned", what=rule.id, why=f"事项目录中没有 {rule.item}")
    used = {*pack_features(packs).features, *other_uses}
    alone = sorted(name for name in declared.features if name not in used)
    if alone:
        why = f"{len(alone)} 个特征没有规则、评分卡或模型使用：{'、'.join(alone)}"
        yield Concern(kind="orphaned", what="features.yaml", why=why)


def _unfilled(live: Sequence[Rule], days: Sequence[Day]) -> Iterator[Concern]:
    users: dict[str, list[str]] = {}
    for rule in live:
        for name in rule.inputs:
            users.setdefault(name, []).append(rule.id)
    for name, ids in sorted(users.items()):
        seen = [day.filled[name] for day in days if name in day.filled]
        if seen and not any(seen):
            why = f"对所有主体都未知，{len(ids)} 条规则用到：{'、'.join(ids[:4])}"
            yield Concern(kind="unfilled", what=name, why=why)
