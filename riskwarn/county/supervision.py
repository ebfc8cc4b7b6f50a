"""Tables of the bureaus' own work: complaints, inspections, penalties, licences, listings."""

import numpy as np
import polars as pl

from riskwarn.county.block import (
    NEVER,
    Block,
    Int64s,
    dates,
    flag,
    mask,
    pick,
    weighted,
    words,
    years,
    yuan,
)
from riskwarn.county.bureau import officer_numbers, officers_of_departments
from riskwarn.county.causes import CAUSES, COMPLAINED_OF, ITEM_OF_GROUP, PENAL_DOMAIN
from riskwarn.county.events import ARMS, LICENCES, REASONS, Conduct
from riskwarn.county.register import department_codes, town_of
from riskwarn.county.trades import GROUPS

_DOMAINS = sorted({row[3] for row in GROUPS.values()} | set(CAUSES))
_DOMAIN_OF_GROUP = np.array([_DOMAINS.index(row[3]) for row in GROUPS.values()])


def complaints(block: Block, conduct: Conduct) -> pl.DataFrame:
    """Make complaints and reports of consumers."""
    rng, told = block.stream("complaint rows"), conduct.complaints
    size, day = len(told.local), told.day
    away = weighted(rng, [0.80, 0.07, 0.06, 0.04, 0.03], size)
    other = np.array([_DOMAINS.index(d) for d in ("price", "advertising", "consumer", "quality")])
    own = _DOMAIN_OF_GROUP[block.group[told.local]]
    domain = np.where(away == 0, own, other[np.maximum(away - 1, 0)])
    flat, first = _flatten([COMPLAINED_OF.get(name, ["服务质量"]) for name in _DOMAINS])
    count = np.diff(first)
    category = first[domain] + rng.integers(0, 1 << 30, size) % count[domain]
    result = np.where(
        told.filed, 3, np.array([0, 1, 2, 4, 5])[weighted(rng, [50, 15, 20, 12, 3], size)]
    )
    closed = day + 2 + (rng.gamma(2.0, 12.0, size)).astype(np.int64)
    done = closed <= block.county.as_of
    cents = np.exp(rng.normal(9.5, 1.6, size)).astype(np.int64) + 100
    amount = pl.DataFrame({"y": cents // 100, "c": 100 + cents % 100}).select(
        pl.concat_str("y", pl.lit("."), pl.col("c").cast(pl.String).str.slice(1)).alias("a")
    )["a"]
    results = ["mediated", "rejected", "failed", "filed", "not_filed", "other"]
    return pl.DataFrame(
        {
            "uscc": block.uscc.gather(told.local),
            "case_no": block.serials("T", day),
            "received_on": dates(day),
            "kind": words("complaint_kind", ["complaint", "report"], weighted(rng, [7, 3], size)),
            "domain": words("domain", _DOMAINS, domain),
            "category": pick(flat, category),
            "amount_fen": mask(amount, rng.random(size) < 0.55),
            "result": words("complaint_result", results, np.where(done, result, -1)),
            "closed_on": dates(np.where(done, closed, NEVER)),
            "known_on": dates(day + rng.integers(0, 3, size)),
        }
    )


def inspections(block: Block, conduct: Conduct) -> pl.DataFrame:
    """Make inspection records: the random arm with its probability, the others without."""
    rng, made = block.stream("inspection rows"), conduct.inspections
    size, day = len(made.local), made.day
    town = town_of(block, block.shape.address[made.local].astype(np.int64))
    published = day + rng.integers(2, 27, size)
    names, text = _results(block, rng, made.local, made.problem)
    year, month = years(day), day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    quarter = year * 4 + month % 12 // 3
    first = int(quarter.min(initial=0))
    plans = [f"SSJ-{q // 4}-{q % 4 + 1}" for q in range(first, int(quarter.max(initial=0)) + 1)]
    plan = np.where(made.arm == 0, quarter - first, -1)
    items = [ITEM_OF_GROUP[name] for name in GROUPS]
    return pl.DataFrame(
        {
            "inspection_no": block.serials("J", day),
            "uscc": block.uscc.gather(made.local),
            "inspected_on": dates(day),
            "published_on": dates(published),
            "plan_no": pick(plans, plan),
            "task_no": pick([f"{name}-01" for name in plans], plan),
            "selected_by": words("selected_by", list(ARMS), made.arm),
            "selection_ppm": mask(pl.Series(made.ppm), made.ppm >= 0),
            "item_code": pick(items, block.group[made.local]),
            "officers": _officers(block, rng, town),
            "form": words(
                "inspection_form", ["site", "document", "network"], weighted(rng, [8, 1, 1], size)
            ),
            "results": pick(names, text),
            "problem": flag(made.problem),
            "known_on": dates(published),
        }
    )


def _results(
    block: Block,
    rng: np.random.Generator,
    local: Int64s,
    problem: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
) -> tuple[list[str], Int64s]:
    """Choose result words; a few findings carry two, shells are not to be found."""
    from riskwarn.tables.catalogue import load_catalogue

    label = load_catalogue().codes["inspection_result"].label
    bad = ["corrected", "violation", "not_published", "no_contact", "pending", "false_info"]
    two = [("corrected", "violation"), ("corrected", "not_published")]
    good = ["none", "not_operating", "closed"]
    names = [label(code) for code in (*bad, *good)]
    names += ["|".join(label(code) for code in pair) for pair in two]
    shell = block.shape.cluster[local] >= 0
    found = weighted(rng, [50, 20, 10, 8, 5, 2, 0, 0, 0, 3, 2], len(local))
    found = np.where(shell & (rng.random(len(local)) < 0.6), 3, found)
    clean = 6 + weighted(rng, [90, 8, 2], len(local))
    return names, np.where(problem, found, clean)


def _officers(block: Block, rng: np.random.Generator, town: Int64s) -> pl.Series:
    """Two different officers of the town's bureau, joined as sets are."""
    numbers = officer_numbers(block.county)
    per_town = officers_of_departments(block.county)
    first = rng.integers(0, per_town, len(town))
    second = (first + 1 + rng.integers(0, per_town - 1, len(town))) % per_town
    low, high = np.minimum(first, second), np.maximum(first, second)
    frame = pl.DataFrame(
        {
            "a": pl.Series(numbers).gather(town * per_town + low),
            "b": pl.Series(numbers).gather(town * per_town + high),
        }
    )
    return frame.select(pl.concat_str("a", pl.lit("|"), "b").alias("o"))["o"]


def penalties(block: Block, conduct: Conduct) -> pl.DataFrame:
    """Make penalties, after complaints and after findings."""
    rng, dealt = block.stream("penalty rows"), conduct.penalties
    size, day = len(dealt.local), dealt.day
    flat = [(domain, *cause) for domain, causes in CAUSES.items() for cause in causes]
    names = list(CAUSES)
    starts = np.cumsum([0, *(len(causes) for causes in CAUSES.values())])
    complained = [row[3] for row in GROUPS.values()]
    penal = [d if d in CAUSES else PENAL_DOMAIN[d] for d in complained]
    own = np.array([names.index(domain) for domain in penal])[block.group[dealt.local]]
    other = rng.integers(0, len(names), size)
    domain = np.where(rng.random(size) < 0.8, own, other)
    count = np.diff(starts)
    cause = starts[domain] + rng.integers(0, 1 << 30, size) % count[domain]
    kind = weighted(rng, [20, 62, 12, 2, 1, 1, 2], size)
    fine = np.round(np.exp(rng.normal(8.6, 1.2, size)), -2) + 100
    published = day + rng.integers(1, 21, size)
    kinds = ["warning", "fine", "confiscation", "suspension", "licence_revoked", "closure", "other"]
    number = pl.Series(block.number * 10_000_000 + np.arange(size) + 1).cast(pl.String)
    frame = pl.DataFrame({"y": years(day), "n": number})
    document = pl.concat_str(pl.lit("示市监处罚〔"), "y", pl.lit("〕"), "n", pl.lit("号"))
    return pl.DataFrame(
        {
            "uscc": block.uscc.gather(dealt.local),
            "document_no": frame.select(document.alias("d"))["d"],
            "decided_on": dates(day),
            "published_on": dates(published),
            "domain": words("domain", [row[0] for row in flat], cause),
            "cause_code": pick([row[1] for row in flat], cause),
            "cause": pick([row[2] for row in flat], cause),
            "kind": words("penalty_kind", kinds, kind),
            "fine_fen": yuan(fine, kind != 0),
            "confiscated_fen": yuan(np.round(fine * 0.3), kind == 2),
            "basis": pick([row[3] for row in flat], cause),
            "item_code": pick([row[4] for row in flat], cause),
            "department_code": pick(
                department_codes(block),
                town_of(block, block.shape.address[dealt.local].astype(np.int64)),
            ),
            "known_on": dates(published),
        }
    )


def licences(block: Block, conduct: Conduct) -> pl.DataFrame:
    """Make licences as issued, and an update for each that was given up before its end.

    One that has run out stays 有效 in a lazy issuer's table.
    """
    rng, held = block.stream("licence rows"), conduct.licences
    size, since = len(held.local), block.county.since
    issuer = f"{block.county.settings.place.name}市场监督管理局"
    issued = pl.DataFrame(
        {
            "uscc": block.uscc.gather(held.local),
            "licence_no": block.serials("XK", held.issued),
            "kind": words("licence_kind", list(LICENCES), held.kind),
            "status": words("licence_status", ["valid"], np.zeros(size, np.int64)),
            "issued_on": dates(held.issued),
            "valid_to": dates(held.valid_to, rng.random(size) < 0.99),
            "ended_on": dates(np.zeros(size, np.int64)),
            "issuer": pick([issuer], np.zeros(size, np.int64)),
            "known_on": dates(np.maximum(held.issued, since) + 1),
            "cd_operation": pick(["i"], np.zeros(size, np.int64)),
        }
    )
    gone = issued.with_columns(
        words("licence_status", ["cancelled"], np.zeros(size, np.int64)).alias("status"),
        dates(held.ended).alias("ended_on"),
        dates(np.maximum(held.ended, since) + 3).alias("known_on"),
        pl.lit("u").alias("cd_operation"),
    )
    return pl.concat([issued, gone.filter(pl.Series(held.ended > 0))])


def listings(block: Block, conduct: Conduct) -> pl.DataFrame:
    """Make the list of abnormal operations, with removals."""
    put = conduct.listings
    place = block.county.settings.place
    return pl.DataFrame(
        {
            "uscc": block.uscc.gather(put.local),
            "listed_on": dates(put.listed),
            "reason_code": words("abnormal_reason", list(REASONS), put.reason),
            "department_code": pick([f"{place.region}000"], np.zeros(len(put.local), np.int64)),
            "removed_on": dates(put.removed),
            "removed_reason": pick(
                ["已补报年度报告", "已重新取得联系", "已更正信息"],
                np.where(put.removed > 0, put.reason, -1),
            ),
            "known_on": dates(put.listed + 1),
        }
    ).unique(["uscc", "listed_on", "reason_code"], keep="first", maintain_order=True)


def serious_violations(block: Block, conduct: Conduct) -> pl.DataFrame:
    """List those that stayed abnormal for three years, and one in forty of the penalised."""
    rng, put, dealt = block.stream("serious_violation"), conduct.listings, conduct.penalties
    old = (put.removed == NEVER) & (put.listed + 1096 <= block.stop[put.local])
    heavy = rng.random(len(dealt.local)) < 0.025
    local = np.concatenate([put.local[old], dealt.local[heavy]])
    day = np.concatenate([put.listed[old] + 1096, dealt.day[heavy] + 20])
    reason = np.repeat([0, 1], [int(old.sum()), int(heavy.sum())])
    keep = day <= block.stop[local]
    local, day, reason = local[keep], day[keep], reason[keep]
    off = rng.random(len(local)) < 0.1
    removed = np.where(off & (day + 400 <= block.county.as_of), day + 400, NEVER)
    causes = ["列入经营异常名录届满三年仍未履行义务", "较重行政处罚"]
    return (
        pl.DataFrame(
            {
                "uscc": block.uscc.gather(local),
                "listed_on": dates(day),
                "reason": pick(causes, reason),
                "domain": words("domain", ["annual_report", "other"], reason),
                "removed_on": dates(removed),
                "known_on": dates(day + 1),
            }
        )
        .unique(["uscc", "listed_on"], keep="first", maintain_order=True)
        .sort("listed_on", maintain_order=True)
    )


def _flatten(lists: list[list[str]]) -> tuple[list[str], Int64s]:
    starts = np.cumsum([0, *(len(entry) for entry in lists)]).astype(np.int64)
    return [text for entry in lists for text in entry], starts
