"""What a rule would have done on a past day, and what later checks say about it.

Checks that followed a suspicion say how often a hit was right, never how much was missed: only
random draws of known chance speak for the enterprises that nobody suspected.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from riskwarn.records.leads import PPM
from riskwarn.records.rules import Pack, Param, Rule
from riskwarn.rules.estimates import Share, counted_share, nothing, weighted_share
from riskwarn.terms import SelectedBy

if TYPE_CHECKING:
    import polars as pl

WOULD_FIRE = "只知会命中多少户：之后没有检查结论，准确率无从得知"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Hits among the enterprises of one region or class."""

    name: str  # empty: unknown
    enterprises: int
    hit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One rule on one past day."""

    rule: str
    as_of: date
    effective: bool  # whether it was in effect that day; else it is as if it had been
    enterprises: int
    hit: int
    clear: int
    unknown: int
    regions: tuple[Part, ...]
    classes: tuple[Part, ...]
    precision: Share  # of hits that were checked afterwards, for whatever reason
    precision_random: Share  # of hits that were drawn at random, weighted
    recall: Share  # of all enterprises with problems, from random draws, weighted
    base_rate: Share  # problems among all enterprises, from random draws, weighted

    @property
    def labelled(self) -> bool:
        return self.precision.n > 0 or self.base_rate.n > 0


def rehearsed_rules(packs: Sequence[Pack], only: Collection[str] = ()) -> list[Rule]:
    """Give the rules to try, drafts too, sorted by id; deprecated ones only when named.

    A parameter without a value on an early day takes the region's first value: a new threshold
    is tried on the past as it stands now, not as unknown.
    """
    rules = [rule for pack in packs for rule in pack.rules]
    wanted = [r for r in rules if (r.id in only if only else r.status != "deprecated")]
    return sorted((_reach_back(rule) for rule in wanted), key=lambda rule: rule.id)


def _reach_back(rule: Rule) -> Rule:
    return replace(rule, params={name: _extended(param) for name, param in rule.params.items()})


def _extended(param: Param) -> Param:
    first: dict[str, date] = {}
    for value in param.values:
        first[value.region] = min(value.from_on, first.get(value.region, date.max))
    values = (
        replace(v, from_on=date.min) if v.from_on == first[v.region] else v for v in param.values
    )
    return replace(param, values=tuple(values))


def labels_after(
    inspections: "pl.DataFrame", as_of: date, until: date, problem_codes: Collection[str]
) -> "pl.DataFrame":
    """Give what checks after a day found, one row an enterprise that has any conclusion.

    Takes:  inspections: uscc, inspected_on date, selected_by, selection_ppm i64, problem bool,
            results set; checks in (as_of, until] count.
    Gives:  sorted by uscc: uscc, found bool (by any check), random_found bool and random_ppm i64
            of the first random draw with a known chance, else null.
    """
    import polars as pl

    split = pl.col("results").str.split("|")
    by_codes = split.list.eval(pl.element().is_in(sorted(problem_codes))).list.any()
    rows = inspections.filter(
        pl.col("inspected_on").is_between(pl.lit(as_of), pl.lit(until), closed="right")
    ).select(
        "uscc",
        "inspected_on",
        "selection_ppm",
        pl.col("selected_by").eq_missing(SelectedBy.RANDOM.value).alias("drawn"),
        pl.coalesce(pl.col("problem"), by_codes).alias("found"),
    )
    rows = rows.drop_nulls(["uscc", "found"])
    known = rows.filter("drawn", pl.col("selection_ppm").is_between(1, PPM))
    # Two draws of one day: the smaller chance, then the problem, so that the order never matters.
    first = known.sort(
        ["uscc", "inspected_on", "selection_ppm", "found"], descending=[False] * 3 + [True]
    ).unique("uscc", keep="first", maintain_order=True)
    chosen = first.select(
        "uscc",
        pl.col("found").alias("random_found"),
        pl.col("selection_ppm").cast(pl.Int64).alias("random_ppm"),
    )
    whole = rows.group_by("uscc").agg(pl.col("found").any())
    return whole.join(chosen, on="uscc", how="left").sort("uscc")


def try_rules(
    rules: Sequence[Rule], judged: "pl.DataFrame", labels: "pl.DataFrame", as_of: date
) -> list[Tried]:
    """Count and estimate each rule on one day.

    Takes:  judged, one row an enterprise: uscc, region, risk_class (both may be null), a nullable
            boolean column a rule; labels as `labels_after` gives.
    Gives:  one record a rule. An unknown outcome is no hit in a recall: the rule did not say it.
    """
    import polars as pl

    checked = labels.join(judged, on="uscc", how="inner").sort("uscc")
    drawn = checked.filter(pl.col("random_ppm").is_not_null())
    weights = [PPM / ppm for ppm in drawn["random_ppm"].to_list()]
    found = drawn["random_found"].to_list()
    base = weighted_share(weights, found)
    tried = []
    for rule in rules:
        said = judged[rule.id]
        hit = int(said.sum())
        unknown = said.null_count()
        right = checked.filter(pl.col(rule.id))
        hits = [value is True for value in drawn[rule.id].to_list()]
        tried.append(
            Tried(
                rule=rule.id,
                as_of=as_of,
                effective=rule.effective(as_of),
                enterprises=judged.height,
                hit=hit,
                clear=judged.height - hit - unknown,
                unknown=unknown,
                regions=_parts(judged, "region", rule.id),
                classes=_parts(judged, "risk_class", rule.id),
                precision=counted_share(int(right["found"].sum()), right.height),
                precision_random=_among(weights, hits, found, "命中的主体没有被随机抽到过"),
                recall=_among(weights, found, hits, "随机抽查没有发现问题，召回率无从估计"),
                base_rate=base,
            )
        )
    return tried


def _among(weights: list[float], whole: list[bool], part: list[bool], why: str) -> Share:
    """Give the weighted share of `part` among the observations in `whole`."""
    if not weights:
        return nothing("没有随机抽查的样本")
    inside = [number for number, is_in in enumerate(whole) if is_in]
    if not inside:
        return nothing(why)
    return weighted_share([weights[n] for n in inside], [part[n] for n in inside])


def _parts(judged: "pl.DataFrame", by: str, rule: str) -> tuple[Part, ...]:
    import polars as pl

    counted = judged.group_by(pl.col(by).fill_null("").alias("name")).agg(
        pl.len().alias("enterprises"), pl.col(rule).sum().alias("hit")
    )
    return tuple(Part(**row) for row in counted.sort("name").to_dicts())
