"""The register: enterprises, the people in them, who holds what part, other ties."""

from functools import cache

import numpy as np
import polars as pl

from riskwarn.county.block import (
    Block,
    Int64s,
    dates,
    hundredths,
    mask,
    pick,
    weighted,
    words,
    yuan,
)
from riskwarn.county.numbers import person_numbers, phone_numbers
from riskwarn.county.shape import COMPANY, INDIVIDUAL
from riskwarn.county.ties import RELATIONS, part_of
from riskwarn.county.trades import trades

_BRAND = "鑫润达恒瑞祥泰隆盛昌兴茂源华丰裕康顺和宏汇嘉诚信永旺鼎盈"
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_ROADS = "春夏秋冬梅兰竹菊松柏桃李星月云霞江河湖海"
_SCOPES = {
    "catering": "餐饮服务；小餐饮；食品销售（依法须经批准的项目，经批准后方可开展经营活动）",
    "food_shop": "食品销售；日用百货销售",
    "food_maker": "食品生产；食品销售",
    "drug": "药品零售；第二类医疗器械销售",
    "device": "第三类医疗器械经营；第二类医疗器械销售",
}


@cache
def _persons_named() -> pl.Series:
    """Surname and a name of the sexagenary cycle (甲子 …): names as nobody gives them."""
    given = [stem + branch for stem in _STEMS for branch in _BRANCHES]
    return pl.Series([surname + name for surname in _SURNAMES for name in given])


def person_names(person: Int64s) -> pl.Series:
    """Give the name of each person; many share one, as in life."""
    table = _persons_named()
    return table.gather((person * 2_654_435_761) % 4_294_967_291 % len(table))


@cache
def _brands() -> pl.Series:
    two = [a + b for a in _BRAND for b in _BRAND if a != b]
    return pl.Series([*two, *(text + c for text in two for c in _BRAND[:6])])


def enterprise_names(block: Block, index: Int64s, kind: Int64s, trade: Int64s) -> pl.Series:
    """Give made-up names: 示例县鑫润餐饮管理有限公司, 示例县恒瑞饭店."""
    menu = trades()
    forms = ["", "有限公司", "有限公司分公司", "专业合作社"]
    tails = []
    for kind_number in range(4):
        for entry in menu:
            word = entry.individual_word if kind_number == INDIVIDUAL else entry.company_word
            tails.append(word + forms[kind_number])
    brand = _brands().gather((index * 40_503) % len(_brands()))
    frame = pl.DataFrame({"b": brand, "t": pl.Series(tails).gather(kind * len(menu) + trade)})
    name = pl.concat_str(pl.lit(block.county.settings.place.name), "b", "t")
    return frame.select(name.alias("name"))["name"]


def addresses(block: Block, address: Int64s) -> pl.Series:
    """Give one address a number: town, road, house; neighbours in number live side by side."""
    place = block.county.settings.place
    town = town_of(block, address)
    heads = [f"{place.name}{name}镇" for name in place.towns]
    roads = [a + b + "路" for a in _ROADS for b in _ROADS]
    houses = [f"{n}号" for n in range(1, 401)]
    frame = pl.DataFrame(
        {
            "town": pl.Series(heads).gather(town),
            "road": pl.Series(roads).gather(address // 400 % len(roads)),
            "house": pl.Series(houses).gather(address % 400),
            "part": pick(["", "东区", "西区", "南区"], address // (400 * len(roads)) % 4),
        }
    )
    text = pl.concat_str("town", "road", "part", "house")
    return frame.select(text.alias("address"))["address"]


def town_of(block: Block, address: Int64s) -> Int64s:
    """Give the number of the town that an address lies in."""
    towns = len(block.county.settings.place.towns)
    return address.astype(np.int64) * towns // block.county.shape.addresses


def regions(block: Block) -> pl.Series:
    """Give the region code: the county's own, for a few a neighbour's."""
    place = block.county.settings.place
    rng = block.stream("regions")
    away = rng.random(block.size) < place.neighbour_share
    other = rng.integers(0, max(1, len(place.neighbour_regions)), block.size) + 1
    away &= len(place.neighbour_regions) > 0
    return pick([place.region, *place.neighbour_regions], np.where(away, other, 0))


def department_codes(block: Block) -> list[str]:
    """Give the codes of the town bureaus, in the order of the towns."""
    place = block.county.settings.place
    return [f"{place.region}{number + 1:03}" for number in range(len(place.towns))]


def enterprises(block: Block) -> pl.DataFrame:
    """Make the register as it stood when each enterprise was entered; ends come as updates."""
    rng, shape, size = block.stream("enterprise"), block.shape, block.size
    kind, index = shape.kind.astype(np.int64), np.arange(block.low, block.high)
    company = kind != INDIVIDUAL
    capital, paid, staff = _means(block, rng)
    open_end = rng.random(size) < 0.5
    years_to_run = rng.choice([10, 20, 30], size)
    established = shape.established.astype(np.int64)
    owner = shape.owner.astype(np.int64)
    facility = [_facility(entry.group) for entry in trades()]
    scopes = [_SCOPES.get(entry.group, entry.company_word + "相关经营活动") for entry in trades()]
    kinds = ["individual", "company", "branch", "coop"]
    return pl.DataFrame(
        {
            "uscc": block.uscc,
            "name": enterprise_names(block, index, kind, shape.trade.astype(np.int64)),
            "reg_no": pl.Series([None], dtype=pl.String).new_from_index(0, size),
            "kind": words("entity_kind", kinds, kind),
            "status": words("entity_status", ["active"], np.zeros(size, np.int64)),
            "region": regions(block),
            "industry": pick([entry.code for entry in trades()], shape.trade),
            "department_code": pick(
                department_codes(block), town_of(block, shape.address.astype(np.int64))
            ),
            "established_on": dates(established),
            "cancelled_on": dates(np.zeros(size, np.int64)),
            "business_until": dates(established + years_to_run * 365, company & ~open_end),
            "registered_capital_fen": yuan(capital, company | (rng.random(size) < 0.8)),
            "paid_capital_fen": yuan(paid, (kind == COMPANY) & (rng.random(size) < 0.8)),
            "employees": mask(pl.Series(staff), rng.random(size) < 0.9),
            "legal_rep_id": person_numbers(owner),
            "legal_rep_name": person_names(owner),
            "address": addresses(block, shape.address.astype(np.int64)),
            "phone": phone_numbers(shape.phone.astype(np.int64)),
            "scope": pick(scopes, shape.trade),
            "facility_type": pick(facility, shape.trade),
            "known_on": dates(block.begin + 1),
        }
    )


def _means(block: Block, rng: np.random.Generator) -> tuple[Int64s, Int64s, Int64s]:
    """Give registered capital and what is paid of it in yuan, and staff; shells boast."""
    shape, size = block.shape, block.size
    company = shape.kind != INDIVIDUAL
    capital = np.where(
        company, np.exp(rng.normal(13.8, 1.5, size)), np.exp(rng.normal(11, 1, size))
    )
    capital = np.maximum(np.round(capital, -4), 10_000).astype(np.int64)
    capital = np.where(shape.cluster >= 0, capital * 10, capital)  # shells boast
    paid = (capital * rng.beta(0.6, 0.8, size)).astype(np.int64)
    paid = np.where((shape.cluster >= 0) & (rng.random(size) < 0.6), 0, paid)
    staff = np.minimum(np.exp(rng.normal(1.2, 1.1, size)), 5000).astype(np.int64) + 1
    staff = np.where((shape.cluster >= 0) & (rng.random(size) < 0.7), 0, staff)
    return capital, paid, staff


def _facility(group: str) -> str:
    named = {
        "catering": "餐饮服务",
        "food_shop": "食品销售",
        "food_maker": "食品生产",
        "drug": "药店",
    }
    return named.get(group, "其他")


def ended_enterprises(block: Block, register: pl.DataFrame) -> pl.DataFrame:
    """Make the updates that report cancellations, revocations and moves."""
    gone = block.ended > 0
    rng = block.stream("ended enterprises")
    lag = rng.integers(1, 8, block.size)
    names = ["cancelled", "revoked", "moved"]
    return register.with_columns(
        words("entity_status", names, block.end_kind.astype(np.int64)).alias("status"),
        dates(block.ended).alias("cancelled_on"),
        dates(block.stop + lag).alias("known_on"),
    ).filter(pl.Series(gone))


def person_links(block: Block) -> pl.DataFrame:
    """Make posts: one legal representative each, directors and others of companies, past ones."""
    rng, shape = block.stream("person_link"), block.shape
    everyone = np.arange(block.size)
    others = np.repeat(everyone, np.where(shape.kind == COMPANY, rng.poisson(1.1, block.size), 0))
    near = shape.owner[np.clip(others + rng.integers(-50, 51, len(others)), 0, block.size - 1)]
    fresh = rng.integers(0, block.county.shape.persons, len(others))
    person = np.where(rng.random(len(others)) < 0.4, near, fresh)
    roles = 1 + weighted(rng, [4, 3, 3, 1, 1, 1], len(others))
    past = everyone[(rng.random(block.size) < 0.05) & (shape.kind != INDIVIDUAL)]
    local = np.concatenate([everyone, others, past])
    who = np.concatenate(
        [shape.owner, person, rng.integers(0, block.county.shape.persons, len(past))]
    )
    role = np.concatenate([np.zeros(block.size, np.int64), roles, np.zeros(len(past), np.int64)])
    start = shape.established[local].astype(np.int64)
    room = np.maximum(block.county.as_of - start, 2)
    until = np.zeros(len(local), np.int64)
    late = slice(block.size + len(others), None)
    until[late] = start[late] + 1 + (rng.random(len(past)) * (room[late] - 1)).astype(np.int64)
    names = ["legal_rep", "director", "supervisor", "manager", "executive", "finance", "contact"]
    who = who.astype(np.int64)
    return pl.DataFrame(
        {
            "uscc": block.uscc.gather(local),
            "person_id": person_numbers(who),
            "person_name": person_names(who),
            "role": words("person_role", names, role),
            "from_on": dates(start),
            "to_on": dates(until),
            "known_on": dates(_known(block, start, 1)),
        }
    ).unique(["uscc", "person_id", "role"], keep="first", maintain_order=True)


def shareholdings(block: Block) -> pl.DataFrame:
    """Make the holdings of this block's companies."""
    held = block.county.holdings
    cut = part_of(held.company, block.low, block.high)
    company = held.company[cut].astype(np.int64)
    enterprise, person = held.enterprise[cut].astype(np.int64), held.person[cut].astype(np.int64)
    share, start = held.share_bp[cut].astype(np.int64), held.started[cut].astype(np.int64)
    corporate = enterprise >= 0
    rng = block.stream("shareholding")
    capital = np.round(np.exp(rng.normal(13.0, 1.4, len(company))), -3).astype(np.int64)
    shape, holder = block.county.shape, np.maximum(enterprise, 0)
    kinds, menu = shape.kind[holder].astype(np.int64), shape.trade[holder].astype(np.int64)
    frame = pl.DataFrame(
        {
            "corporate": corporate,
            "firm": enterprise_names(block, holder, kinds, menu),
            "human": person_names(np.maximum(person, 0)),
        }
    )
    name = frame.select(pl.when("corporate").then("firm").otherwise("human").alias("n"))["n"]
    return pl.DataFrame(
        {
            "uscc": block.uscc.gather(company - block.low),
            "holder_uscc": mask(block.county.codes(holder), corporate),
            "holder_person_id": mask(person_numbers(np.maximum(person, 0)), ~corporate),
            "holder_name": name,
            "ratio_bp": hundredths(share, share >= 0),
            "amount_fen": yuan(capital, rng.random(len(company)) < 0.97),
            "from_on": dates(start),
            "to_on": dates(held.ended[cut].astype(np.int64)),
            "known_on": dates(_known(block, start, 1)),
        }
    )


def relations(block: Block) -> pl.DataFrame:
    """Make the other ties of this block's enterprises."""
    tie = block.county.relations
    cut = part_of(tie.enterprise, block.low, block.high)
    rng = block.stream("relation")
    kind, start = tie.kind[cut].astype(np.int64), tie.started[cut].astype(np.int64)
    size = len(kind)
    amount = np.round(np.exp(rng.normal(13.5, 1.3, size)), -3)
    with_amount = np.isin(kind, [RELATIONS.index("guarantee"), RELATIONS.index("supply")])
    return pl.DataFrame(
        {
            "uscc": block.uscc.gather(tie.enterprise[cut].astype(np.int64) - block.low),
            "other_uscc": block.county.codes(tie.other[cut]),
            "kind": words("relation_kind", list(RELATIONS), kind),
            "amount_fen": yuan(amount, with_amount),
            "weight_bp": pl.Series([None], dtype=pl.String).new_from_index(0, size),
            "from_on": dates(start),
            "to_on": dates(tie.ended[cut].astype(np.int64)),
            "known_on": dates(_known(block, start, 3)),
        }
    )


def _known(block: Block, day: Int64s, lag: int) -> Int64s:
    """Give the day of exchange: what happened before the history was delivered at its start."""
    return np.maximum(day + lag, block.county.since + 1)
