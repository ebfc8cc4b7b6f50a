"""Tables from outside the bureau: courts, pledges and freezes, public opinion, meters."""

import numpy as np
import polars as pl

from riskwarn.county.block import NEVER, Block, dates, flag, mask, pick, weighted, words, yuan
from riskwarn.county.shape import COMPANY
from riskwarn.county.trades import GROUPS


def lawsuits(block: Block) -> pl.DataFrame:
    """Make lawsuits, judged or not yet."""
    rng = block.stream("lawsuit")
    bent = np.where(block.is_individual, 0.4, 1.5) * np.exp(0.35 * block.shady)
    local, day = block.happen(rng, block.county.settings.rates.lawsuits * bent)
    size = len(local)
    judged = day + 40 + rng.gamma(2.0, 45.0, size).astype(np.int64)
    done = judged <= block.county.as_of
    results = ["won", "lost", "mixed", "withdrawn", "other"]
    result = np.where(done, weighted(rng, [22, 38, 14, 24, 2], size), -1)
    levels = ["basic", "intermediate", "high"]
    return pl.DataFrame(
        {
            "uscc": block.uscc.gather(local),
            "case_no": block.serials("MC", day),
            "role": words(
                "lawsuit_role",
                ["plaintiff", "defendant", "third"],
                weighted(rng, [38, 57, 5], size),
            ),
            "filed_on": dates(day),
            "judged_on": dates(np.where(done, judged, NEVER)),
            "cause_code": pick(["9130", "9144", "9167", "9461", "9047"], rng.integers(0, 5, size)),
            "court_level": words("court_level", levels, weighted(rng, [90, 9, 1], size)),
            "result": words("lawsuit_result", results, result),
            "amount_fen": yuan(
                np.round(np.exp(rng.normal(11.0, 1.6, size))), rng.random(size) < 0.8
            ),
            "known_on": dates(day + rng.integers(5, 30, size)),
        }
    )


def dishonest_debtors(block: Block) -> pl.DataFrame:
    """Make entries of the list of dishonest debtors."""
    rng = block.stream("dishonest_debtor")
    local, day = block.happen(rng, 0.008 * np.exp(0.6 * block.shady))
    off = day + 100 + rng.exponential(500, len(local)).astype(np.int64)
    return pl.DataFrame(
        {
            "uscc": block.uscc.gather(local),
            "case_no": block.serials("ZX", day),
            "published_on": dates(day),
            "amount_fen": yuan(np.round(np.exp(rng.normal(11.5, 1.4, len(local))))),
            "removed_on": dates(np.where(off <= block.county.as_of, off, NEVER)),
            "known_on": dates(day + 3),
        }
    )


def equity_pledges(block: Block) -> pl.DataFrame:
    """Make pledges of shares."""
    rng = block.stream("equity_pledge")
    local, day = block.happen(rng, np.where(block.shape.kind == COMPANY, 0.02, 0.0))
    off = day + 200 + rng.exponential(600, len(local)).astype(np.int64)
    pledgor = rng.integers(0, block.county.shape.size, len(local))
    return pl.DataFrame(
        {
            "uscc": block.uscc.gather(local),
            "registration_no": block.serials("CZ", day),
            "pledgor_uscc": mask(block.county.codes(pledgor), rng.random(len(local)) < 0.4),
            "amount_fen": yuan(np.round(np.exp(rng.normal(13.5, 1.2, len(local))), -3)),
            "from_on": dates(day),
            "to_on": dates(np.where(off <= block.county.as_of, off, NEVER)),
            "known_on": dates(day + 2),
        }
    )


def equity_freezes(block: Block) -> pl.DataFrame:
    """Make freezes of shares by courts."""
    rng = block.stream("equity_freeze")
    rate = np.where(block.shape.kind == COMPANY, 0.008, 0.0) * np.exp(0.5 * block.shady)
    local, day = block.happen(rng, rate)
    off = day + 365 + rng.exponential(400, len(local)).astype(np.int64)
    return pl.DataFrame(
        {
            "uscc": block.uscc.gather(local),
            "registration_no": block.serials("DJ", day),
            "amount_fen": yuan(np.round(np.exp(rng.normal(13.0, 1.3, len(local))), -3)),
            "from_on": dates(day),
            "to_on": dates(np.where(off <= block.county.as_of, off, NEVER)),
            "known_on": dates(day + 5),
        }
    )


def opinions(block: Block) -> pl.DataFrame:
    """Make posts about enterprises."""
    rng = block.stream("public_opinion")
    rate = block.county.settings.rates.opinions * block.by_group(1) * np.exp(0.3 * block.shady)
    local, day = block.happen(rng, rate)
    size = len(local)
    negative = rng.random(size) < 0.3 + 0.08 * np.clip(block.shady[local], 0, 4)
    domains = [row[3] for row in GROUPS.values()]
    topics = ["服务体验", "商品质量", "价格争议", "促销活动", "安全隐患"]
    return pl.DataFrame(
        {
            "uscc": block.uscc.gather(local),
            "post_no": block.serials("YQ", day),
            "published_on": dates(day),
            "channel": pick(["本地论坛", "短视频", "新闻", "微博客"], rng.integers(0, 4, size)),
            "topic": pick(topics, rng.integers(0, 5, size)),
            "domain": words("domain", domains, block.group[local]),
            "negative": flag(negative),
            "heat": pl.Series(np.exp(rng.normal(3.0, 1.5, size)).astype(np.int64)),
            "known_on": dates(day + rng.integers(0, 2, size)),
        }
    )


def indicators(block: Block) -> pl.DataFrame:
    """Make quarterly readings: electricity of about three fifths, insured staff of companies."""
    rng = block.stream("indicator")
    county = block.county
    metered = rng.random(block.size) < 0.60
    level = np.exp(rng.normal(6.5, 1.0, block.size))
    staff = np.minimum(np.exp(rng.normal(1.0, 1.0, block.size)), 3000)
    empty = (block.shape.cluster >= 0) & (rng.random(block.size) < 0.8)
    level, staff = np.where(empty, level * 0.02, level), np.where(empty, 0.0, staff)
    names, locals_, days, values = [], [], [], []
    last = county.as_of - county.as_of % 91
    for back in range(7, -1, -1):
        day = last - 91 * back
        alive = (block.begin <= day) & (block.stop > day)
        for number, wanted, mean in ((0, metered, level), (1, block.shape.kind == COMPANY, staff)):
            here = np.flatnonzero(alive & wanted)
            names.append(np.full(len(here), number))
            locals_.append(here)
            days.append(np.full(len(here), day))
            drift = np.exp(rng.normal(0, 0.25, len(here)))
            values.append(np.round(mean[here] * drift, 1 if number == 0 else 0))
    local, name, when = np.concatenate(locals_), np.concatenate(names), np.concatenate(days)
    reading = np.concatenate(values)
    order = np.lexsort((when, name, local))
    return pl.DataFrame(
        {
            "uscc": block.uscc.gather(local[order]),
            "name": pick(["用电量（千瓦时）", "参保人数"], name[order]),
            "observed_on": dates(when[order]),
            "value": pl.Series(reading[order]),
            "known_on": dates(when[order] + 10),
        }
    )
