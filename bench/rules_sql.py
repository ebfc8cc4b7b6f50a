"""The rules of bench.rules by hand in SQL: one text, run by DuckDB and by Spark.

The text uses what both speak; where they differ the engine fills in a word: how a Parquet file is
named, which quotes hold a name with a dot, and `rlike`, which DuckDB knows as regexp_matches.
"""

import re
from datetime import date
from pathlib import Path

from bench.rules_data import AS_OF, SHARES, day, table_path

SQL = """
with c as (select ent,
  count(*) filter (where d < 90 and domain = 'price') price90,
  count(*) filter (where d < 365 and rlike(category, '3C|强制性认证|认证标志')) ccc,
  count(*) filter (where d < 365 and kind = 'report' and rlike(category, '商业贿赂|回扣')) bribe,
  count(*) filter (where d < 180 and kind = 'complaint' and result = 'failed') failed,
  count(*) filter (where d < 365 and rlike(category, '个人信息|隐私|骚扰')) privacy,
  count(*) filter (where d < 90 and domain = 'consumer') consumer90,
  count(*) filter (where d < 90 and domain = 'food'
    and rlike(category, '过期|变质|腐败|霉变')) expired,
  count(*) filter (where d < 180 and kind = 'report' and domain = 'pyramid') pyramid,
  count(*) filter (where d < 180 and rlike(category, '虚假宣传|误导宣传')) publicity,
  count(*) filter (where d < 365 and kind = 'report'
    and rlike(category, '刷单|炒信|虚假交易|虚假评价|好评返现')) fake_trade,
  count(*) filter (where d < 180 and rlike(category, '有奖销售|抽奖|兑奖')) prize,
  count(*) filter (where d < 365 and rlike(category, '仿冒|傍名牌|混淆')) imitation,
  count(*) filter (where d < 180 and rlike(category, '霸王条款|格式条款|最终解释权')) terms,
  count(*) filter (where d < 90 and domain = 'cosmetics'
    and rlike(category, '过敏|红肿|皮肤|不良反应')) adverse,
  count(*) filter (where d < 180 and rlike(category, '缺斤|短斤|计量不准|短秤|少油')) weight,
  count(*) filter (where d < 90 and domain = 'online'
    and rlike(category, '不发货|未发货|迟发货')) delivery,
  count(*) filter (where d < 90 and domain = 'online' and rlike(category, '退货|无理由')) returned,
  count(*) filter (where d < 180 and rlike(category, '押金')) deposit,
  count(*) filter (where d < 30 and domain = 'price' and rlike(category, '哄抬|涨价|囤积')) bid_up,
  count(*) filter (where d < 180 and domain = 'price'
    and rlike(category, '乱收费|加价|未标明的费用')) fee,
  count(*) filter (where d < 90 and domain = 'price'
    and rlike(category, '未明码标价|未标价|不标明价格')) label,
  count(*) filter (where d < 180 and rlike(category, '价格欺诈|虚构原价|先涨后降|虚假折价')) fraud,
  count(*) filter (where d < 180 and domain = 'quality'
    and rlike(category, '掺假|掺杂|以次充好|以假充真|不合格冒充')) adulterated,
  count(*) filter (where d < 90 and domain = 'quality'
    and rlike(category, '三包|拒绝退货|拒绝修理|拒绝更换')) guarantees,
  count(*) filter (where d < 180 and kind = 'report' and domain = 'safety') safety_reports,
  count(*) filter (where d < 30 and domain = 'online') online30,
  count(*) filter (where d < 90 and domain = 'equipment') equipment90,
  count(*) filter (where d < 90) complaints90,
  count(*) filter (where d < 90 and rlike(category, '预付|退卡|充值卡|会员卡')) prepaid
 from (select *, datediff({day}, received_on) d from {complaint} where known_on <= {day})
 where d < 365 group by ent),
p as (select ent,
  count(*) filter (where d < 365 and domain = 'price') price_p,
  count(*) filter (where d < 365 and domain = 'consumer') consumer_p,
  count(*) filter (where d < 365 and domain = 'food'
    and kind not in ('suspension', 'licence_revoked', 'closure')) food_p,
  count(*) filter (where d < 365 and domain = 'safety' and kind = 'fine') safety_p,
  count(*) filter (where domain = 'advertising') ad_p,
  count(*) filter (where d < 90 and kind in ('suspension', 'licence_revoked', 'closure')) severe
 from (select *, datediff({day}, decided_on) d from {penalty} where known_on <= {day})
 where d < 730 group by ent),
i as (select ent,
  count(*) filter (where contains(concat('|', results, '|'), '|obstructed|')) obstructed,
  count(*) filter (where d < 90 and item_code = '99009903900095' and problem) safety_i,
  count(*) filter (where item_code = '99009902600059'
    and contains(concat('|', results, '|'), '|corrected|')) corrected,
  count(*) filter (where d < 90
    and contains(concat('|', results, '|'), '|no_contact|')) no_contact
 from (select *, datediff({day}, inspected_on) d from {inspection} where known_on <= {day})
 where d < 365 group by ent),
a as (select ent,
  count(*) filter (where illegal and rlike(finding, '绝对化|国家级|最高级|最佳')) absolute,
  count(*) filter (where illegal and category = 'education') education,
  count(*) filter (where illegal and category = 'realty') realty,
  count(*) filter (where d < 90 and illegal
    and category in ('medical', 'drug', 'device', 'health_food')) medical,
  count(*) filter (where d < 90 and illegal and medium = '互联网'
    and rlike(finding, '未标明|可识别')) unmarked,
  count(*) filter (where d < 90) ads90
 from (select *, datediff({day}, published_on) d from {ad_monitoring} where known_on <= {day})
 where d < 180 group by ent),
s as (select ent,
  count(*) filter (where closed_on is null) open,
  count(*) filter (where closed_on is null and not licence_shown) unlicensed,
  count(*) filter (where closed_on > {d30} and closed_on <= {day}) closed30
 from {platform_shop} where known_on <= {day} group by ent),
f as (select ent,
  count(*) filter (where d < 180 and domain = 'quality' and result = 'fail') quality180,
  count(*) filter (where domain = 'cosmetics' and result = 'fail') cosmetics
 from (select *, datediff({day}, sampled_on) d from {sampling} where known_on <= {day})
 where d < 365 group by ent),
q as (select ent,
  count(*) filter (where status = 'in_use') in_use,
  count(*) filter (where status = 'in_use' and next_due_on < {day}) overdue,
  count(*) filter (where status = 'in_use' and next_due_on >= {day}
    and next_due_on <= {in30}) due
 from {equipment} where known_on <= {day} group by ent),
l as (select ent, count(*) filter (where reason_code = 'no_contact' and removed_on is null) lost
 from {abnormal_listing} where known_on <= {day} group by ent),
v as (select ent, count(*) filter (where removed_on is null) serious
 from {serious_violation} where known_on <= {day} group by ent),
h as (select ent,
  count(*) filter (where field = 'legal_rep') rep,
  count(*) filter (where field = 'address') address
 from {change} where known_on <= {day} and changed_on > {d90} and changed_on <= {day} group by ent)
select e.ent, {columns}
from {enterprise} e left join c on c.ent = e.ent left join p on p.ent = e.ent
 left join i on i.ent = e.ent left join a on a.ent = e.ent left join s on s.ent = e.ent
 left join f on f.ent = e.ent left join q on q.ent = e.ent left join l on l.ent = e.ent
 left join v on v.ent = e.ent left join h on h.ent = e.ent
order by e.ent
"""
HITS = {
    "price.complaint_surge": "active and n(price90) >= 5",
    "price.relapse_after_penalty": "active and n(price_p) >= 1 and n(price90) >= 1",
    "cert.ccc.complaints": "active and n(ccc) >= 2",
    "competition.bribery": "active and n(bribe) >= 1",
    "consumer.mediation_refused": "active and n(failed) >= 5",
    "consumer.privacy": "active and n(privacy) >= 2",
    "consumer.relapse_after_penalty": "active and n(consumer_p) >= 1 and n(consumer90) >= 1",
    "credit.inspection.obstructed": "active and n(obstructed) >= 1",
    "food.penalty.third_in_year": "active and n(food_p) >= 3",
    "food.expired.complaints": "active and n(expired) >= 3",
    "safety.penalty.continuing": "active and n(safety_p) >= 1 and n(safety_i) >= 1",
    "pyramid.reports": "active and n(pyramid) >= 2",
    "competition.false_publicity": "active and n(publicity) >= 3",
    "competition.fake_trade": "active and n(fake_trade) >= 1 and n(open) >= 1",
    "competition.prize_sale": "active and n(prize) >= 2",
    "competition.imitation": "active and n(imitation) >= 2",
    "consumer.unfair_terms": "active and n(terms) >= 2",
    "cosmetics.adverse_reaction": "active and n(adverse) >= 3",
    "metrology.short_weight": "active and n(weight) >= 2",
    "online.delivery.failure": "active and n(delivery) >= 3",
    "online.return.refused": "active and n(returned) >= 3",
    "online.deposit.unreturned": "active and n(deposit) >= 2 and n(open) >= 1",
    "price.bid_up": "active and n(bid_up) >= 3",
    "price.unlisted_fee": "active and n(fee) >= 3",
    "price.label.uncorrected": "active and n(corrected) >= 1 and n(label) >= 1",
    "price.fraud.online": "active and n(fraud) >= 2 and n(open) >= 1",
    "quality.adulteration": "active and n(adulterated) >= 3",
    "quality.three_guarantees": "active and n(guarantees) >= 3",
    "safety.reports": "active and n(safety_reports) >= 2",
    "ad.absolute_terms": "active and n(absolute) >= 1",
    "ad.education.promise": "active and n(education) >= 1",
    "ad.realty.promise": "active and n(realty) >= 1",
    "ad.medical.illegal": "active and n(medical) >= 1",
    "ad.internet.unmarked": "active and n(unmarked) >= 1",
    "ad.penalty.third_in_two_years": "active and n(ad_p) >= 3",
    "online.licence_hidden": "active and n(unlicensed) >= 1",
    "online.shop_outlives_entity": "gone and n(open) >= 1",
    "online.closed_with_complaints": (
        "active and n(closed30) >= 1 and n(open) = 0 and n(online30) >= 2"
    ),
    "quality.failure.online": "active and n(quality180) >= 1 and n(open) >= 1",
    "cosmetics.sampling.failure_online": "active and n(cosmetics) >= 1 and n(open) >= 1",
    "equipment.inspection.overdue": "n(overdue) >= 1",
    "equipment.inspection.due_soon": "n(due) >= 1 and n(overdue) = 0",
    "equipment.owner_gone": "gone and n(in_use) >= 1",
    "equipment.complaint_signal": "n(in_use) >= 1 and n(equipment90) >= 3",
    "credit.severe_penalty.unlisted": "n(severe) >= 1 and n(serious) = 0",
    "credit.no_contact.unlisted": (
        "active and n(no_contact) >= 1 and n(lost) = 0 and n(address) = 0"
    ),
    "registration.no_contact.still_trading": (
        "active and n(lost) >= 1 and (n(complaints90) >= 1 or n(ads90) >= 1 or n(open) >= 1)"
    ),
    "consumer.prepaid.runaway": ("n(prepaid) >= 3 and (stopped or n(lost) >= 1 or n(rep) >= 1)"),
}
WORDS = {
    "active": "status = 'active'",
    "gone": "status in ('revoked', 'cancelled', 'annulled')",
    "stopped": "status in ('revoked', 'cancelled', 'closed')",
}
TWELVE = tuple(HITS)[:12]


def statement(files: dict[str, str], quote: str) -> str:
    """Fill the engine's words in.

    Takes:  files, table → how the engine names its Parquet file; quote, around names.
    """

    def spelled(hit: str) -> str:
        for word, meaning in WORDS.items():
            hit = re.sub(rf"\b{word}\b", f"e.{meaning}", hit)
        return re.sub(r"n\((\w+)\)", r"coalesce(\1, 0)", hit)

    columns = ",\n ".join(f"({spelled(hit)}) as {quote}{name}{quote}" for name, hit in HITS.items())
    return SQL.format(
        columns=columns,
        day=_literal(AS_OF),
        d30=_literal(day(30)),
        d90=_literal(day(90)),
        in30=_literal(day(-30)),
        **files,
    )


def _literal(on: date) -> str:
    return f"date '{on.isoformat()}'"


def tables() -> list[str]:
    """Name the tables that the statement reads."""
    return ["enterprise", *SHARES]


def duckdb_side(folder: Path, out: Path) -> None:
    """Run the statement in DuckDB with two threads and 4 GB, Parquet to Parquet."""
    import duckdb

    config = {"memory_limit": "4GB", "threads": 2, "temp_directory": str(out.parent)}
    db = duckdb.connect(config=config)
    db.execute("create macro rlike(a, b) as regexp_matches(a, b)")
    db.execute("create macro datediff(a, b) as (a - b)")
    files = {name: f"'{table_path(folder, name)}'" for name in tables()}
    db.execute(f"copy ({statement(files, chr(34))}) to '{out}' (format parquet)")


def spark_side(folder: Path, out: Path, *, stop: bool = True) -> None:
    """Run the statement in PySpark, local[2], Parquet to Parquet; then let the session go."""
    from riskwarn.engine.spark import spark_session, stop_spark

    session = spark_session("local[2]", "6g")
    files = {name: f"parquet.`{table_path(folder, name)}`" for name in tables()}
    session.sql(statement(files, "`")).write.mode("overwrite").parquet(str(out))
    if stop:
        stop_spark()
