"""Tables of what enterprises do: reports, changes, shops, advertisements, equipment, samples."""

import numpy as np
import polars as pl

from riskwarn.county.block import (
    NEVER,
    Block,
    Int64s,
    dates,
    epoch_day,
    flag,
    mask,
    pick,
    weighted,
    words,
    yuan,
)
from riskwarn.county.events import Conduct
from riskwarn.county.shape import COMPANY, COOPERATIVE, INDIVIDUAL

PLATFORMS = ["示例商城", "虚拟外卖", "样例拼购"]
PRODUCTS = {
    "catering": ["餐饮具", "卤肉", "凉菜", "煎炸油"],
    "food_shop": ["大米", "白酒", "糕点", "蔬菜"],
    "food_maker": ["面包", "豆制品", "速冻食品"],
    "drug": ["中药饮片", "感冒制剂"],
    "factory": ["电线电缆", "儿童用品", "家具"],
    "shop": ["插座", "灯具", "童装"],
    "beauty": ["染发剂", "面膜"],
}


def annual_reports(block: Block, conduct: Conduct) -> pl.DataFrame:
    """Make annual reports; shells and some others report zeros throughout."""
    rng, made = block.stream("annual_report rows"), conduct.reports
    size = len(made.local)
    firm = block.shape.kind[made.local] != INDIVIDUAL
    zero = rng.random(size) < np.where(block.shape.cluster[made.local] >= 0, 0.55, 0.03)
    assets = np.where(zero, 0.0, np.round(np.exp(rng.normal(13.5, 1.6, size))))
    known = firm & (rng.random(size) < 0.95)
    staff = np.where(zero, 0, np.minimum(np.exp(rng.normal(1.2, 1.0, size)), 4000)).astype(np.int64)
    revenue = np.round(assets * rng.gamma(1.5, 0.8, size))
    return pl.DataFrame(
        {
            "uscc": block.uscc.gather(made.local),
            "year": pl.Series(made.year),
            "submitted_on": dates(made.day),
            "assets_fen": yuan(assets, known),
            "liabilities_fen": yuan(np.round(assets * rng.beta(2, 2, size) * 1.2), known),
            "revenue_fen": yuan(revenue, known | zero),
            "profit_fen": yuan(np.round(revenue * rng.normal(0.04, 0.08, size)), known),
            "tax_fen": yuan(np.round(revenue * 0.02), known),
            "employees": mask(pl.Series(staff), known | (rng.random(size) < 0.5)),
            "known_on": dates(made.day + 1),
        }
    )


def changes(block: Block) -> pl.DataFrame:
    """Make changes of the register; shells change name, address and representative often."""
    rng = block.stream("change")
    shell = block.shape.cluster >= 0
    local, day = block.happen(rng, block.county.settings.rates.changes * np.where(shell, 3.0, 1.0))
    field = weighted(rng, [14, 20, 16, 24, 12, 12, 1, 1], len(local))
    names = ["name", "address", "legal_rep", "scope", "capital", "shareholders", "kind", "other"]
    before = pick([f"（变更前内容{n}）" for n in range(64)], rng.integers(0, 64, len(local)))
    after = pick([f"（变更后内容{n}）" for n in range(64)], rng.integers(0, 64, len(local)))
    frame = pl.DataFrame(
        {
            "uscc": block.uscc.gather(local),
            "changed_on": dates(day),
            "field": words("change_field", names, field),
            "before": before,
            "after": after,
            "known_on": dates(day + 1),
        }
    )
    new = _first_of(local, day, field)
    return frame.filter(pl.Series(new))


def _first_of(*keys: Int64s) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Mark the first row of each key among rows sorted by all keys but the last."""
    *outer, last = keys
    order = np.lexsort((last, *reversed(outer)))
    sorted_keys = np.stack(keys)[:, order]
    fresh = np.append(True, (sorted_keys[:, 1:] != sorted_keys[:, :-1]).any(axis=0))
    marks = np.zeros(len(last), bool)
    marks[order] = fresh[: len(last)]
    return marks


def samplings(block: Block, conduct: Conduct) -> pl.DataFrame:
    """Make product samples; the share that fails rises with the enterprise's risk."""
    rng = block.stream("sampling")
    weight = np.array([block.county.settings.rates.samplings])
    sampled = block.in_groups(*PRODUCTS)
    local, day = block.happen(rng, weight * sampled)
    size = len(local)
    groups = list(PRODUCTS)
    from riskwarn.county.trades import group_names

    place = np.array([groups.index(g) if g in groups else 0 for g in group_names()])
    group = place[block.group[local]]
    flat = [product for group_name in groups for product in PRODUCTS[group_name]]
    starts = np.cumsum([0, *(len(PRODUCTS[name]) for name in groups)])
    product = starts[group] + rng.integers(0, 1 << 30, size) % np.diff(starts)[group]
    domains = ["food", "food", "food", "drug", "quality", "quality", "cosmetics"]
    fails = rng.random(size) < conduct.chance_now[local] * 0.35
    reported = day + rng.integers(10, 46, size)
    failing = ["菌落总数", "苯甲酸", "农药残留", "绝缘电阻", "标签"]
    return pl.DataFrame(
        {
            "uscc": block.uscc.gather(local),
            "sample_no": block.serials("C", day),
            "sampled_on": dates(day),
            "reported_on": dates(reported),
            "domain": words("domain", domains, group),
            "product": pick(flat, product),
            "result": words("sampling_result", ["pass", "fail"], fails.astype(np.int64)),
            "failing": pick(failing, np.where(fails, rng.integers(0, 5, size), -1)),
            "known_on": dates(reported),
        }
    )


def tax_ratings(block: Block) -> pl.DataFrame:
    """Make yearly ratings of companies, published each April."""
    rng = block.stream("tax_rating")
    county, everyone = block.county, np.arange(block.size)
    firm = np.isin(block.shape.kind, (COMPANY, COOPERATIVE))
    parts = []
    for year in range(
        county.settings.as_of.year - county.settings.history_years, county.settings.as_of.year
    ):
        day = epoch_day(year + 1, 4, 20)
        rated = firm & (block.shape.established < epoch_day(year, 12, 31)) & (block.stop > day)
        rated &= (rng.random(block.size) < 0.9) & (county.since <= day <= county.as_of)
        parts.append(
            np.stack([everyone[rated], np.full(rated.sum(), year), np.full(rated.sum(), day)])
        )
    local, when, day = np.concatenate(parts, axis=1)
    order = np.lexsort((when, local))
    local, when, day = local[order], when[order], day[order]
    worse = np.clip(block.shady[local], 0, 4) * 0.12
    u = np.clip(rng.random(len(local)) + worse, 0, 0.999)
    rating = np.searchsorted([0.15, 0.60, 0.85, 0.95], u, side="right")
    return pl.DataFrame(
        {
            "uscc": block.uscc.gather(local),
            "year": pl.Series(when),
            "rating": words("tax_rating", ["A", "B", "M", "C", "D"], rating),
            "published_on": dates(day),
            "known_on": dates(day + 5),
        }
    )


def ads(block: Block) -> pl.DataFrame:
    """Make monitored advertisements."""
    rng = block.stream("ad_monitoring")
    bent = np.where(block.in_groups("realty", "school", "finance", "beauty", "drug"), 2.5, 0.8)
    local, day = block.happen(rng, block.county.settings.rates.ads * bent)
    size = len(local)
    illegal = rng.random(size) < 0.06 + 0.04 * np.clip(block.shady[local], 0, 4)
    categories = ["medical", "drug", "health_food", "food", "cosmetics", "realty", "education"]
    categories += ["finance", "other"]
    found = ["使用绝对化用语", "夸大疗效", "承诺收益", "未标明广告"]
    return pl.DataFrame(
        {
            "uscc": block.uscc.gather(local),
            "record_no": block.serials("GG", day),
            "published_on": dates(day),
            "category": words(
                "ad_category", categories, weighted(rng, [8, 8, 10, 14, 10, 12, 12, 10, 16], size)
            ),
            "medium": pick(
                ["互联网", "户外", "报刊", "广播电视"], weighted(rng, [6, 2, 1, 1], size)
            ),
            "illegal": flag(illegal),
            "finding": pick(found, np.where(illegal, rng.integers(0, 4, size), -1)),
            "known_on": dates(day + rng.integers(1, 6, size)),
        }
    )


def shops(block: Block) -> pl.DataFrame:
    """Make shops on platforms."""
    rng = block.stream("platform_shop")
    bent = np.where(block.in_groups("online", "catering", "food_shop"), 2.2, 0.4)
    local, day = block.happen(rng, block.county.settings.rates.shops * bent)
    size = len(local)
    closed = day + 30 + rng.exponential(700, size).astype(np.int64)
    shown = rng.random(size) < 0.93 - 0.06 * np.clip(block.shady[local], 0, 4)
    return pl.DataFrame(
        {
            "uscc": block.uscc.gather(local),
            "platform": pick(PLATFORMS, weighted(rng, [3, 5, 2], size)),
            "shop_no": block.serials("D", day),
            "opened_on": dates(day),
            "closed_on": dates(np.where(closed <= block.stop[local], closed, NEVER)),
            "category": pick(["餐饮", "食品", "服装", "日用", "其他"], rng.integers(0, 5, size)),
            "licence_shown": flag(shown, rng.random(size) < 0.95),
            "licence_no_shown": mask(block.uscc.gather(local), shown),
            "known_on": dates(day + 2),
        }
    )
