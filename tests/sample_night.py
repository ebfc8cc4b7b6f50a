"""A made-up street of forty enterprises over two nights: the leads and the report they give.

Enterprises, persons and events are invented; the clauses are the real words of the real laws.
"""

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from riskwarn.leads.build import BuiltLeads, build_leads
from riskwarn.leads.inputs import LeadInputs
from riskwarn.leads.network import picture
from riskwarn.records.graph import EgoNetwork, GraphEdge, GraphNode, GraphPath, NodeKind
from riskwarn.records.leads import Cell, ClauseText, ItemInfo, SourceRow, SourceRows
from riskwarn.records.model import Reason
from riskwarn.records.report import ClassOutcome, ModelLine, ReportBundle, RuleLine, TableLine
from riskwarn.records.rules import Compare, Input, Rule
from riskwarn.terms import Collected, LeadState, PersonalData, RiskClass, Severity
from riskwarn.workspace import ModelSettings, Settings
from tests.builders import AS_OF, a_calendar, a_message, a_rule, a_uscc

YESTERDAY = date(2026, 6, 29)
FOOD, EQUIPMENT = "99009900100001", "99009901500040"
REPORTING, ADVERTISING, CREDIT = "99009903100084", "99009902500057", "99009903100090"
DEPARTMENTS = (
    ("330106", "西湖区市场监督管理局", "330106", "county"),
    ("330102", "上城区市场监督管理局", "330102", "county"),
    ("33010603", "西湖区市场监管局文新所", "330106", "town"),
)
REGIONS = {"330106": "浙江省杭州市西湖区", "330102": "浙江省杭州市上城区"}
ITEMS = {
    FOOD: ItemInfo(code=FOOD, name="对食品经营许可条件保持情况的行政检查", domain="食品"),
    EQUIPMENT: ItemInfo(
        code=EQUIPMENT, name="对特种设备使用单位定期检验情况的行政检查", domain="特种设备"
    ),
    REPORTING: ItemInfo(code=REPORTING, name="对企业年度报告公示信息的抽查", domain="年报"),
    ADVERTISING: ItemInfo(code=ADVERTISING, name="对广告发布行为的行政检查", domain="广告"),
    CREDIT: ItemInfo(code=CREDIT, name="对失信关联企业登记事项的行政检查", domain="登记"),
}
_35 = (
    "国家对食品生产经营实行许可制度。从事食品生产、食品销售、餐饮服务，应当依法取得许可。但是，"
    "销售食用农产品和仅销售预包装食品的，不需要取得许可。仅销售预包装食品的，应当报所在地县级"
    "以上地方人民政府食品安全监督管理部门备案。"
)
_35_2 = (
    "县级以上地方人民政府食品安全监督管理部门应当依照《中华人民共和国行政许可法》的规定，审核"
    "申请人提交的本法第三十三条第一款第一项至第四项规定要求的相关资料，必要时对申请人的生产经营"
    "场所进行现场核查；对符合规定条件的，准予许可；对不符合规定条件的，不予许可并书面说明理由。"
)
_40 = (
    "特种设备使用单位应当按照安全技术规范的要求，在检验合格有效期届满前一个月向特种设备检验机构"
    "提出定期检验要求。"
)
_39 = (
    "特种设备使用单位应当对其使用的特种设备的安全附件、安全保护装置进行定期校验、检修，并作出记录。"
)
CLAUSES = {
    "《食品安全法》第三十五条第一款": ClauseText(
        citation="《食品安全法》第三十五条第一款",
        canonical="食品安全法@2025-09-12#35.1",
        version="2025-09-12 公布，2025-12-01 施行",
        text=_35,
        in_force=True,
        after=("第三十五条第二款", _35_2),
    ),
    "《特种设备安全法》第四十条第一款": ClauseText(
        citation="《特种设备安全法》第四十条第一款",
        canonical="特种设备安全法@2013-06-29#40.1",
        version="2013-06-29 公布，2014-01-01 施行",
        text=_40,
        in_force=True,
        before=("第三十九条第二款", _39),
    ),
    "《企业信息公示暂行条例》第八条第一款": ClauseText(
        citation="《企业信息公示暂行条例》第八条第一款",
        canonical="企业信息公示暂行条例@2024-03-10#8.1",
        version="2024-03-10 公布，2024-05-01 施行",
        text="企业应当于每年1月1日至6月30日，通过国家企业信用信息公示系统向市场监督管理部门报送"
        "上一年度年度报告，并向社会公示。",
        in_force=True,
        after=("第八条第二款", "当年设立登记的企业，自下一年起报送并公示年度报告。"),
    ),
    "《广告法》第二十八条第一款": ClauseText(
        citation="《广告法》第二十八条第一款",
        canonical="广告法@2021-04-29#28.1",
        version="2021-04-29 公布，生效日期见来源",
        text="广告以虚假或者引人误解的内容欺骗、误导消费者的，构成虚假广告。",
        in_force=None,
    ),
}


def _a(rule_id: str, feature: str, label: str, kind: str, unit: str, **more: Any) -> Rule:
    source = "field" if more.pop("field", False) else "feature"
    given = Input(name=feature, source=source, type=kind, title=label, unit=unit)  # type: ignore[arg-type]
    condition = Compare(input=given, op="ge", value=1)
    return a_rule(rule_id, when=condition, inputs={feature: given}, **more)


RULES = [
    _a(
        *("food.licence.expired", "licence_to", "许可证有效期至", "date", ""),
        title="许可证到期仍在营业",
        message="食品经营许可证于 {licence_to} 到期，登记状态仍为存续",
        advice="核查是否已提交延续申请；未取得许可仍在经营的，依法处理。",
        false_positives=("延续申请已受理，尚未换证",),
    ),
    _a(
        *("food.complaint.surge", "complaints_90d", "近90日投诉", "int", "件"),
        title="投诉激增",
        severity=Severity.MEDIUM,
        message="近90日食品类投诉 {complaints_90d} 件，本地阈值 4 件",
        advice="查看投诉内容是否指向同一批次或同一环节。",
        false_positives=("同一投诉人重复投诉",),
    ),
    _a(
        *("equip.overdue", "overdue_equipment", "超期未检设备", "int", "台"),
        title="特种设备超期未检",
        item=EQUIPMENT,
        severity=Severity.CRITICAL,
        basis=("《特种设备安全法》第四十条第一款",),
        message="在用特种设备中有 {overdue_equipment} 台超过检验有效期",
        advice="现场核对设备使用登记证与检验标志，超期的责令停止使用。",
        false_positives=("设备已停用但未办理停用登记",),
    ),
    _a(
        *("report.missing", "years_missing", "未报年报年数", "int", "年"),
        title="连续未报年报",
        item=REPORTING,
        severity=Severity.LOW,
        basis=("《企业信息公示暂行条例》第八条第一款",),
        message="连续 {years_missing} 年未公示年度报告",
        advice="先书面提示，逾期未补报的列入经营异常名录。",
    ),
    _a(
        *("ad.false.claims", "ad_violations_1y", "近一年广告监测违法", "int", "条次"),
        title="广告监测反复违法",
        item=ADVERTISING,
        severity=Severity.MEDIUM,
        basis=("《广告法》第二十八条第一款",),
        message="近一年广告监测发现涉嫌违法广告 {ad_violations_1y} 条次",
        advice="调取发布记录与广告审查证明。",
    ),
    _a(
        *("graph.dishonest.owner", "bad_owner_hops", "距失信股东层数", "int", "层"),
        title="失信主体两层内控股",
        item=CREDIT,
        severity=Severity.HIGH,
        basis=("《企业信息公示暂行条例》第八条第一款",),
        message="{bad_owner_hops} 层内的控股股东在严重违法失信名单中",
        advice="核对股东身份和实际控制关系。",
        false_positives=("股权已转让，变更登记尚未交付",),
    ),
    _a(
        *("food.penalised.before", "fines_1y", "近一年罚没", "fen", ""),
        role="factor",
        title="近一年受过处罚",
        severity=Severity.LOW,
        message="近一年罚没金额 {fines_1y}",
    ),
    _a(
        *("price.anomaly", "price_flags", "价格异常", "int", "次"),
        status="shadow",
        title="明码标价异常（试运行）",
        message="价格异常 {price_flags} 次",
    ),
]

_NAMES = [
    "杭州文新鲜味餐饮管理有限公司",
    "西湖区好再来面馆",
    "杭州临溪食品有限公司",
    "杭州宏达电梯工程有限公司",
    "杭州翠苑购物中心有限公司",
    "杭州西溪度假酒店有限公司",
    "杭州安康大药房连锁有限公司",
    "杭州云启网络科技有限公司",
    "杭州远航控股集团有限公司",
    "杭州远航供应链管理有限公司",
    "杭州弘泰商贸有限公司",
    "杭州百味轩餐饮有限公司",
    "杭州静思茶业有限公司",
    "杭州启明培训有限公司",
    "杭州佳禾农产品配送有限公司",
    "杭州蓝湾物业服务有限公司",
]
# ent → (rule → value) for last night and tonight; other enterprises hit nothing
_TONIGHT: dict[int, dict[str, int]] = {
    0: {"licence_to": 20_604, "complaints_90d": 11, "fines_1y": 2_000_000},
    1: {"complaints_90d": 6},
    2: {"complaints_90d": 5, "fines_1y": 350_000},
    3: {"overdue_equipment": 2},
    4: {"overdue_equipment": 5, "complaints_90d": 4},
    5: {"overdue_equipment": 1},
    6: {"ad_violations_1y": 7},
    7: {"ad_violations_1y": 12},
    9: {"bad_owner_hops": 2},
    10: {"bad_owner_hops": 1, "years_missing": 2},
    11: {"licence_to": 20_620},
    12: {"years_missing": 3},
}
_LAST_NIGHT: dict[int, dict[str, int]] = {
    0: {"complaints_90d": 8, "fines_1y": 2_000_000},
    1: {"complaints_90d": 7},
    3: {"overdue_equipment": 2},
    4: {"overdue_equipment": 4, "complaints_90d": 4},
    6: {"ad_violations_1y": 7},
    7: {"ad_violations_1y": 9},
    10: {"bad_owner_hops": 1, "years_missing": 2},
    13: {"years_missing": 1},
    14: {"complaints_90d": 4},
    15: {"overdue_equipment": 1},
}
_FEATURES = {name: rule for rule in RULES for name in rule.inputs}
_PROBABILITY = {0: 0.71, 4: 0.64, 3: 0.42, 7: 0.33, 10: 0.38, 1: 0.27, 11: 0.24, 6: 0.12}
_REASONS = (
    Reason(
        feature="complaints_90d",
        title="近90日投诉（件）",
        value=11.0,
        peer_median=0.0,
        peers=23,
        contribution=1.31,
    ),
    Reason(
        feature="fines_1y",
        title="近一年罚没",
        value=2_000_000.0,
        peer_median=0.0,
        peers=23,
        contribution=0.62,
        unit="fen",
    ),
    Reason(
        feature="days_since_inspection",
        title="距上次检查",
        value=None,
        peer_median=214.0,
        peers=23,
        contribution=0.18,
        unit="天",
    ),
    Reason(
        feature="age_days",
        title="成立天数",
        value=4_210.0,
        peer_median=1_460.0,
        peers=23,
        contribution=-0.27,
        unit="天",
    ),
)


def street_inputs(as_of: date, values: dict[int, dict[str, int]], **changes: Any) -> LeadInputs:
    """One night's input; equipment data is missing for enterprise 15 on the second night."""
    rows: list[dict[str, Any]] = []
    hits: dict[str, list[bool | None]] = {rule.id: [] for rule in RULES}
    for ent in range(40):
        mine = values.get(ent, {})
        name = _NAMES[ent] if ent < len(_NAMES) else f"杭州第{ent}号商行"
        region = "330102" if ent in (6, 7, 12) else "330106"
        row: dict[str, Any] = {"ent": ent, "uscc": a_uscc(ent, region), "name": name}
        row |= {"region": region, "address": f"文三路{100 + ent}号2幢{300 + ent}室"}
        row |= {"department_code": "33010603" if ent in (1, 11) else None}
        row |= {feature: mine.get(feature, 0) for feature in _FEATURES}
        if "licence_to" not in mine:
            row["licence_to"] = None
        rows.append(row)
        for feature, rule in _FEATURES.items():
            unknown = ent == 15 and feature == "overdue_equipment" and as_of == AS_OF
            hits[rule.id].append(None if unknown else feature in mine)
    table = pl.DataFrame(rows, infer_schema_length=None).cast({"ent": pl.Int32})
    wide = pl.DataFrame(hits, schema=dict.fromkeys(hits, pl.Boolean)).with_row_index("ent")
    probability = {
        "ent": list(range(40)),
        "probability": [_PROBABILITY.get(e, 0.03) for e in range(40)],
    }
    fields: dict[str, Any] = {
        "as_of": as_of,
        "table": table.lazy(),
        "hits": wide.cast({"ent": pl.Int32}).lazy(),
        "rules": RULES,
        "message": _message,
        "calendar": a_calendar(),
        "items": ITEMS,
        "probability": pl.DataFrame(probability, schema_overrides={"ent": pl.Int32}),
        "reasons": lambda rows: {0: _REASONS, 4: _REASONS[:3]},
        "clause": lambda citation, on: CLAUSES.get(citation),
        "pictures": lambda ents: {ent: one for ent in ents if (one := _picture(ent))},
        "sources": lambda wanted: _sources(),
        "departments": pl.DataFrame(
            DEPARTMENTS, schema=["department_code", "name", "region", "level"], orient="row"
        ),
        "region_names": REGIONS,
    }
    return LeadInputs(**(fields | changes))


def _message(rule: Rule, row: Any) -> str:
    shown = dict(row)
    shown["fines_1y"] = f"{row['fines_1y'] // 100:,} 元"
    if row.get("licence_to") is not None:
        shown["licence_to"] = date.fromordinal(719_163 + row["licence_to"]).isoformat()
    return a_message(rule, shown)


def _picture(ent: int) -> Any:
    """Enterprise 9: held by 弘泰, held by 远航控股, which is on the list; a shared address too."""
    if ent not in (9, 10):
        return None
    kinds = NodeKind
    nodes = {
        9: GraphNode(id=9, kind=kinds.ENTERPRISE, label=_NAMES[9]),
        10: GraphNode(id=10, kind=kinds.ENTERPRISE, label=_NAMES[10]),
        8: GraphNode(id=8, kind=kinds.ENTERPRISE, label=_NAMES[8]),
        11: GraphNode(id=11, kind=kinds.ENTERPRISE, label=_NAMES[11]),
        50: GraphNode(id=50, kind=kinds.PERSON, label="自然人甲"),
        51: GraphNode(id=51, kind=kinds.PERSON, label="自然人乙"),
        60: GraphNode(id=60, kind=kinds.ADDRESS, label="杭州市西湖区文三路109号2幢309室"),
        70: GraphNode(id=70, kind=kinds.PHONE, label="13800138000"),
    }
    held = GraphEdge(source=10, target=9, type="shareholding", share_bp=6000)
    above = GraphEdge(source=8, target=10, type="shareholding", share_bp=5_125)
    beside = [
        GraphEdge(source=50, target=9, type="legal_rep"),
        GraphEdge(source=50, target=10, type="director"),
        GraphEdge(source=51, target=8, type="shareholding"),
        GraphEdge(source=9, target=60, type="address"),
        GraphEdge(source=11, target=60, type="address"),
        GraphEdge(source=9, target=70, type="phone"),
        GraphEdge(source=10, target=70, type="phone"),
    ]
    chain = (9, 10, 8) if ent == 9 else (10, 8)
    steps = (held, above) if ent == 9 else (above,)
    path = GraphPath(
        nodes=tuple(nodes[n] for n in chain), edges=steps, strength_bp=3_075, hops=len(steps)
    )
    ego = EgoNetwork(
        centre=ent,
        nodes=tuple(nodes[n] for n in (ent, 50, 60, 70, *sorted({9, 10, 8, 11, 51} - {ent}))),
        edges=(held, above, *beside),
        left_out=3,
    )
    return picture(path, ego, lambda n: "2025-11-03 列入严重违法失信名单" if n == 8 else "")


def _sources() -> dict[int, tuple[SourceRows, ...]]:
    rows = tuple(
        SourceRow(
            evidence=f"投诉_20260628.csv 第 {line} 行",
            happened_on=date(2026, 6, line),
            known_on=date(2026, 6, 28),
            cells=(
                Cell(title="登记编号", text=f"TS2026-06{line:02d}"),
                Cell(title="问题类别", text=what),
                Cell(title="联系人", text="王小明", personal=PersonalData.NAME),
                Cell(title="联系电话", text="13800138000", personal=PersonalData.PHONE),
            ),
        )
        for line, what in ((21, "异物"), (17, "腹泻"), (9, "无证经营，投诉人电话 13912345678"))
    )
    return {0: (SourceRows(table="complaint", title="投诉举报", rows=rows, total=11),)}


def street(settings: Settings | None = None) -> BuiltLeads:
    """Two nights: last night's states, two decisions by people, then tonight."""
    settings = settings or Settings(name="西湖区市场监管局（示例）", model=ModelSettings(item=FOOD))
    first = build_leads(street_inputs(YESTERDAY, _LAST_NIGHT), settings)
    decided = {
        "西湖区好再来面馆": LeadState.ASSIGNED,
        "杭州佳禾农产品配送有限公司": LeadState.UNFOUNDED,
    }
    state = pl.col("name").replace_strict(
        {name: value.value for name, value in decided.items()}, default=pl.col("state")
    )
    previous = first.states.with_columns(state.alias("state"))
    return build_leads(
        street_inputs(AS_OF, _TONIGHT, previous=previous, previous_as_of=YESTERDAY), settings
    )


def sample_bundle(**changes: Any) -> ReportBundle:
    """Tonight's report of the street."""
    built = street()
    fields: dict[str, Any] = {
        "title": "西湖区市场监管局（示例）",
        "as_of": AS_OF,
        "previous_as_of": YESTERDAY,
        "run_id": "3f9a1c0e5d7b",
        "enterprises": 40,
        "leads": built.leads,
        "gone": built.gone,
        "counts": built.counts,
        "model": ModelLine(
            spoke=True,
            name="food_2026q1",
            why="只用于食品经营主体。",
            sha256="9b1f" * 16,
            facts=(("训练数据截至", "2026-03-31"), ("训练行数", "示例，未训练")),
        ),
        "tables": _TABLES,
        "rules": tuple(_rule_line(rule, built) for rule in RULES),
        "outcomes": _OUTCOMES,
        "outcomes_from": date(2025, 1, 1),
        "hashes": (("输入快照", "ab12" * 16), ("规则包", "cd34" * 16), ("法规库", "ef56" * 16)),
        "limits": ("示例数据：企业与事件均为编造。",),
        "data_gaps": (("特种设备超期未检", 1),),
        "generated_data": True,
    }
    return ReportBundle(**(fields | changes))


_TABLES = tuple(
    TableLine(
        table=table,
        title=title,
        collected=Collected(state),
        rows=rows,
        rejected=rejected,
        repaired=rejected * 3,
        last_known_on=None if state == "missing" else date(2026, 6, 28),
        stale_after_days=days,
        used_by_rules=rules,
        notes=("2 处全角数字已改为半角",) if rejected else (),
    )
    for table, title, state, rows, rejected, days, rules in (
        ("enterprise", "市场主体", "fresh", 40, 0, 400, 8),
        ("complaint", "投诉举报", "fresh", 212, 2, 10, 2),
        ("equipment", "特种设备", "stale", 18, 0, 35, 1),
        ("ad_monitoring", "广告监测", "fresh", 64, 0, 35, 1),
        ("tax_rating", "纳税信用", "missing", 0, 0, 400, 0),
        ("penalty", "行政处罚", "fresh", 31, 0, 35, 1),
    )
)
_OUTCOMES = tuple(
    ClassOutcome(
        risk_class=RiskClass(name), arm=arm, random=random, checked=checked, problems=problems
    )
    for name, arm, random, checked, problems in (
        ("A", "双随机", True, 120, 2),
        ("B", "双随机", True, 60, 9),
        ("C", "双随机", True, 30, 11),
        ("D", "双随机", True, 12, 8),
        ("D", "重点检查", False, 9, 9),
    )
)


def _rule_line(rule: Rule, built: BuiltLeads) -> RuleLine:
    hit, clear, unknown = built.counts.by_rule[rule.id]
    return RuleLine(
        rule_id=rule.id,
        version=rule.version,
        title=rule.title,
        pack=rule.pack,
        item=rule.item,
        status=rule.status,
        role=rule.role,
        severity=rule.severity.value,
        hit=hit,
        clear=clear,
        unknown=unknown,
        basis=rule.basis,
    )


def hostile_bundle(names: list[str]) -> ReportBundle:
    """The sample, with hostile text in every place that data can reach."""
    bundle = sample_bundle()
    leads = []
    for number, name in enumerate(names):
        lead = bundle.leads[number % len(bundle.leads)]
        signals = tuple(replace(s, message=name, advice=name) for s in lead.signals)
        leads.append(
            replace(
                lead,
                lead_id=f"Lhostile{number:05d}",
                rank=number + 1,
                name=name,
                item_name=name,
                domain=name,
                department_name=name,
                address=name,
                signals=signals,
            )
        )
    gone = tuple(replace(lead, name=names[0]) for lead in bundle.gone)
    return replace(bundle, leads=tuple(leads), gone=gone, title=names[0], pages=len(leads))
