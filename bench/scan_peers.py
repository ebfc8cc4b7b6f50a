"""The nightly scan's work in plain pandas and networkx, as an analyst would write it.

Reads the same Parquet deliveries, applies updates, counts the features in windows up to the day,
measures the graph (components, degrees, cycles, neighbour means, shared addresses, phones and
representatives, controllers), evaluates fifteen rules, ranks and writes the leads of each bureau.
It does less than riskwarn: nothing is checked on reading, unknown counts as no, there is no clause,
no evidence, no store, no report, no model. Runs alone: pandas, pyarrow, networkx.

    python bench/scan_peers.py COUNTY/inbox 2025-12-01 OUT.csv
"""

import json
import sys
from pathlib import Path

import networkx as nx
import pandas as pd
import pyarrow.parquet as pq

CODE, KNOWN = "统一社会信用代码", "知悉日期"
IDS = ["统一社会信用代码", "被投资企业统一社会信用代码", "使用单位统一社会信用代码"]
IDS += ["广告主统一社会信用代码", "股权所在公司代码", "出质股权所在公司代码"]
PER_BUREAU = 50
KEYS = {"enterprise": [CODE], "equipment": ["设备代码"], "licence": ["许可证编号"]}
# feature: table, business date, look-back in days (None: ever), filter {column: values}, aggregate
COUNTS = {
    "penalties_365d": ("penalty", "处罚决定日期", 365, {}, "count"),
    "penalties_3y": ("penalty", "处罚决定日期", 1095, {}, "count"),
    "penalties_food_3y": ("penalty", "处罚决定日期", 1095, {"领域": ["食品"]}, "count"),
    "penalties_ad_2y": ("penalty", "处罚决定日期", 730, {"领域": ["广告"]}, "count"),
    "penalties_price_365d": ("penalty", "处罚决定日期", 365, {"领域": ["价格"]}, "count"),
    "penalty_causes_3y": ("penalty", "处罚决定日期", 1095, {}, "nunique:违法行为类型代码"),
    "penalty_fines_3y": ("penalty", "处罚决定日期", 1095, {}, "sum:罚款金额（元）"),
    "penalty_last": ("penalty", "处罚决定日期", None, {}, "last"),
    "complaints_90d": ("complaint", "登记日期", 90, {}, "count"),
    "complaints_365d": ("complaint", "登记日期", 365, {}, "count"),
    "complaints_food_365d": ("complaint", "登记日期", 365, {"领域": ["食品"]}, "count"),
    "complaints_price_90d": ("complaint", "登记日期", 90, {"领域": ["价格"]}, "count"),
    "complaints_finance_365d": ("complaint", "登记日期", 365, {"领域": ["金融"]}, "count"),
    "complaints_equipment_90d": ("complaint", "登记日期", 90, {"领域": ["特种设备"]}, "count"),
    "complaint_reports_365d": ("complaint", "登记日期", 365, {"诉求类型": ["举报"]}, "count"),
    "complaints_filed_365d": ("complaint", "登记日期", 365, {"处理结果": ["立案"]}, "count"),
    "prepaid_90d": ("complaint", "登记日期", 90, {"问题类别": ["预付款不退"]}, "count"),
    "complaint_last": ("complaint", "登记日期", None, {}, "last"),
    "abnormal_ever": ("abnormal_listing", "列入日期", None, {}, "count"),
    "abnormal_open": ("abnormal_listing", "列入日期", None, {"移出日期": None}, "count"),
    "no_report_open": (
        "abnormal_listing",
        "列入日期",
        None,
        {"移出日期": None, "列入原因": ["未按规定公示年度报告"]},
        "count",
    ),
    "no_contact_open": (
        "abnormal_listing",
        "列入日期",
        None,
        {"移出日期": None, "列入原因": ["通过登记的住所（经营场所）无法联系"]},
        "count",
    ),
    "dishonest_open": ("dishonest_debtor", "发布日期", None, {"移出日期": None}, "count"),
    "defendant_365d": ("lawsuit", "立案日期", 365, {"诉讼地位": ["被告"]}, "count"),
    "defendant_3y": ("lawsuit", "立案日期", 1095, {"诉讼地位": ["被告"]}, "count"),
    "lost_3y": (
        "lawsuit",
        "裁判日期",
        1095,
        {"诉讼地位": ["被告"], "裁判结果": ["败诉", "部分胜诉"]},
        "count",
    ),
    "lawsuit_amount_3y": (
        "lawsuit",
        "立案日期",
        1095,
        {"诉讼地位": ["被告"]},
        "sum:标的额（元）",
    ),
    "samples_3y": ("sampling", "抽样日期", 1095, {}, "count"),
    "fails_365d": ("sampling", "抽样日期", 365, {"检验结论": ["不合格"]}, "count"),
    "fails_3y": ("sampling", "抽样日期", 1095, {"检验结论": ["不合格"]}, "count"),
    "inspections_ever": ("inspection", "检查时间", None, {}, "count"),
    "inspections_3y": ("inspection", "检查时间", 1095, {}, "count"),
    "inspections_random_3y": ("inspection", "检查时间", 1095, {"检查类别": ["双随机"]}, "count"),
    "problems_3y": ("inspection", "检查时间", 1095, {"是否发现问题": ["是"]}, "count"),
    "inspection_last": ("inspection", "检查时间", None, {}, "last"),
    "reports_3y": ("annual_report", "填报日期", 1095, {}, "nunique:年报年度"),
    "report_last_year": ("annual_report", "填报日期", None, {}, "max:年报年度"),
    "revenue_last": ("annual_report", "填报日期", None, {}, "latest:营业总收入（元）"),
    "staff_last": ("annual_report", "填报日期", None, {}, "latest:从业人数"),
    "tax_last": ("annual_report", "填报日期", None, {}, "latest:纳税总额（元）"),
    "rep_changes_90d": ("change", "变更日期", 90, {"变更事项": ["法定代表人变更"]}, "count"),
    "rep_changes_365d": ("change", "变更日期", 365, {"变更事项": ["法定代表人变更"]}, "count"),
    "address_changes_365d": ("change", "变更日期", 365, {"变更事项": ["住所变更"]}, "count"),
    "holder_changes_90d": ("change", "变更日期", 90, {"变更事项": ["股东变更"]}, "count"),
    "tax_d_3y": ("tax_rating", "评价日期", 1095, {"纳税信用级别": ["D级"]}, "count"),
    "tax_rating_last": ("tax_rating", "评价日期", None, {}, "latest:纳税信用级别"),
    "pledges_open": ("equity_pledge", "登记日期", None, {"注销日期": None}, "count"),
    "freezes_open": ("equity_freeze", "冻结日期", None, {"解冻日期": None}, "count"),
    "negative_90d": ("public_opinion", "发布日期", 90, {"是否负面": ["是"]}, "count"),
    "heat_90d": ("public_opinion", "发布日期", 90, {"是否负面": ["是"]}, "sum:热度"),
    "shops_open": ("platform_shop", "开店日期", None, {"关店日期": None}, "count"),
    "shops_hidden": (
        "platform_shop",
        "开店日期",
        None,
        {"关店日期": None, "是否亮照": ["否"]},
        "count",
    ),
    "ads_90d": ("ad_monitoring", "发布日期", 90, {}, "count"),
    "ads_illegal_365d": ("ad_monitoring", "发布日期", 365, {"是否涉嫌违法": ["是"]}, "count"),
    "ads_medical_90d": (
        "ad_monitoring",
        "发布日期",
        90,
        {"是否涉嫌违法": ["是"], "广告类别": ["医疗", "药品", "医疗器械", "保健食品"]},
        "count",
    ),
    "ads_finance_180d": (
        "ad_monitoring",
        "发布日期",
        180,
        {"是否涉嫌违法": ["是"], "广告类别": ["金融"]},
        "count",
    ),
    "indicators_180d": ("indicator", "观测日期", 180, {}, "count"),
    "in_use": ("equipment", "使用登记日期", None, {"设备状态": ["在用"]}, "count"),
    "licence_until": ("licence", "发证日期", None, {"注销或吊销日期": None}, "max:有效期至"),
    "licences_live": ("licence", "发证日期", None, {"注销或吊销日期": None}, "count"),
}


def read_table(inbox: Path, table: str, day: pd.Timestamp) -> pd.DataFrame:
    """Read a table's deliveries as known on the day; the newest row of a key stands."""
    paths = [p for p in sorted(inbox.glob(f"{table}*.parquet")) if _is_of(p, table)]
    parts = [pq.read_table(path).to_pandas(date_as_object=False) for path in paths]
    frame = pd.concat(parts, ignore_index=True)
    frame = frame[frame[KNOWN] <= day]
    if table in KEYS:
        frame = frame.sort_values(KNOWN, kind="stable").drop_duplicates(KEYS[table], keep="last")
    own = next(name for name in IDS if name in frame.columns)
    return frame.rename(columns={own: CODE})


def _is_of(path: Path, table: str) -> bool:
    rest = path.stem.removeprefix(table)
    return rest == "" or rest.startswith(("-", "_更新"))


def count_features(inbox: Path, ents: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Add one column a feature, table by table so that one table is in memory at a time."""
    found = {}
    for table in sorted({spec[0] for spec in COUNTS.values()}):
        frame = read_table(inbox, table, day)
        for name, (of, at, window, where, agg) in COUNTS.items():
            if of == table:
                found[name] = one_feature(frame, at, window, where, agg, day)
        if table == "equipment":
            due = frame["下次检验日期"]
            late = frame[(frame["设备状态"] == "在用") & (due < day)]
            found["overdue"] = late.groupby(CODE).size()
    table = pd.DataFrame(found).reindex(ents.index)
    counted = [n for n, s in COUNTS.items() if s[4].split(":")[0] in ("count", "sum", "nunique")]
    table[[*counted, "overdue"]] = table[[*counted, "overdue"]].fillna(0)
    return table


def one_feature(
    frame: pd.DataFrame,
    at: str,
    window: int | None,
    where: dict[str, list[str] | None],
    agg: str,
    day: pd.Timestamp,
) -> pd.Series:
    """Aggregate one table's rows in (day − window, day]."""
    happened = frame[at]
    mask = happened <= day
    if window is not None:
        mask &= happened > day - pd.Timedelta(days=window)
    for column, values in where.items():
        if values is None:
            ended = frame[column]
            mask &= ended.isna() | (ended > day)
        else:
            mask &= frame[column].isin(values)
    rows = frame[mask]
    kind, _, column = agg.partition(":")
    groups = rows.groupby(CODE)
    if kind == "count":
        return groups.size()
    if kind == "last":
        return (day - groups[at].max()).dt.days
    if kind == "latest":
        return rows.sort_values(at, kind="stable").groupby(CODE)[column].last()
    return groups[column].agg(kind)


def measure_graph(
    inbox: Path, ents: pd.DataFrame, table: pd.DataFrame, day: pd.Timestamp
) -> pd.DataFrame:
    """Measure shareholdings, people, addresses and phones with networkx."""
    held = read_table(inbox, "shareholding", day)
    over = held["退出日期"]
    held = held[over.isna() | (over > day)]
    holder = held["股东统一社会信用代码"].fillna(held["股东证件号码"])
    share = pd.to_numeric(held["持股比例（%）"])
    shares = nx.DiGraph()
    shares.add_nodes_from(ents.index)
    shares.add_weighted_edges_from(zip(holder, held[CODE], share.fillna(0.0), strict=True))
    found = pd.DataFrame(index=ents.index)
    found["holders"] = pd.Series(dict(shares.in_degree(ents.index)))
    found["investments"] = pd.Series(dict(shares.out_degree(ents.index)))
    size = {}
    for part in nx.connected_components(shares.to_undirected(as_view=True)):
        firms = [node for node in part if node in ents.index]
        size.update(dict.fromkeys(firms, len(firms)))
    found["group_size"] = pd.Series(size)
    in_ring = set()
    for part in nx.strongly_connected_components(shares):
        if len(part) > 1:
            in_ring |= part
    found["ring"] = found.index.isin(in_ring)
    found["controller"] = [controller(shares, node) for node in ents.index]
    found["controlled"] = found.groupby("controller")["ring"].transform("size")
    for name, column in (("address", "住所"), ("phone", "联系电话"), ("rep", "法定代表人证件号码")):
        sizes = ents.groupby(column)[column].transform("size")
        found[f"same_{name}"] = sizes.reindex(ents.index).fillna(1) - 1
    ties = nx.Graph()
    ties.add_nodes_from(ents.index)
    ties.add_edges_from(zip(holder, held[CODE], strict=True))
    for column in ("住所", "联系电话", "法定代表人证件号码"):
        known = ents[column].dropna()
        ties.add_edges_from(zip(column + known, known.index, strict=True))
    for of in ("penalties_3y", "abnormal_ever", "defendant_3y"):
        value = table[of].to_dict()
        near = neighbour_mean(ties, ents.index, value)
        found[f"near_{of}"] = pd.Series(near)
        found[f"far_{of}"] = pd.Series(neighbour_mean(ties, ents.index, near))
    return found


def controller(shares: nx.DiGraph, node: str) -> str:
    """Follow the largest holder upwards while it holds more than half."""
    for _ in range(16):
        above = [(data["weight"], up) for up, _, data in shares.in_edges(node, data=True)]
        if not above or max(above)[0] <= 50:
            return node
        node = max(above)[1]
    return node


def neighbour_mean(ties: nx.Graph, firms: pd.Index, value: dict[str, float]) -> dict[str, float]:
    """Average over enterprises tied directly or through one holder, address, phone or person.

    The mean of a hub is worked out once, so that crowded addresses do not cost their square.
    """
    hub_sum: dict[str, float] = {}
    hub_size: dict[str, int] = {}
    for node in ties:
        if node not in value:
            around = [n for n in ties[node] if n in value]
            hub_sum[node], hub_size[node] = sum(value[n] for n in around), len(around)
    mean = {}
    for firm in firms:
        total, count = 0.0, 0
        for node in ties[firm]:
            if node in value:
                total, count = total + value[node], count + 1
            else:
                total, count = total + hub_sum[node] - value[firm], count + hub_size[node] - 1
        mean[firm] = total / count if count else 0.0
    return mean


def hits_of(ents: pd.DataFrame, f: pd.DataFrame, day: pd.Timestamp) -> dict[str, pd.Series]:
    """Evaluate fifteen rules like those of the shipped packs."""
    live, firm = ents["登记状态"] == "存续", ents["主体类型"] == "企业"
    age = (day - ents["成立日期"]).dt.days
    until = f["licence_until"]
    staff = ents["从业人数"]
    return {
        "annual_report.missing": live
        & firm
        & (age > 700)
        & (f["no_report_open"] == 0)
        & ~(f["report_last_year"] >= day.year - 1),
        "annual_report.two_years_no_contact": live
        & (f["no_report_open"] >= 2)
        & (f["no_contact_open"] >= 1),
        "dormant": live
        & firm
        & (age > 184)
        & (f["revenue_last"] == 0)
        & (f["tax_last"] == 0)
        & (f["staff_last"] == 0),
        "no_contact.still_trading": live
        & (f["no_contact_open"] >= 1)
        & ((f["complaints_90d"] >= 1) | (f["ads_90d"] >= 1) | (f["shops_open"] >= 1)),
        "ad.third_in_two_years": live & (f["penalties_ad_2y"] >= 3),
        "ad.medical.illegal": live & (f["ads_medical_90d"] >= 1),
        "ad.finance.unlicensed": live
        & ~ents["行业代码"].str[:2].isin(["66", "67", "68", "69"])
        & (f["ads_finance_180d"] >= 1),
        "price.complaint_surge": live & (f["complaints_price_90d"] >= 5),
        "price.relapse": live & (f["penalties_price_365d"] >= 1) & (f["complaints_price_90d"] >= 1),
        "prepaid.runaway": (f["prepaid_90d"] >= 3)
        & (~live | (f["no_contact_open"] >= 1) | (f["rep_changes_90d"] >= 1)),
        "online.licence_hidden": live & (f["shops_hidden"] >= 1),
        "food.licence.expired": live & (f["licences_live"] >= 1) & (until < day),
        "food.sampling.repeated": live & (f["fails_365d"] >= 2),
        "equipment.overdue": f["overdue"] >= 1,
        "shell.crowded": live & (f["same_address"] >= 20) & (staff.fillna(1) == 0),
    }


def main() -> None:
    """Read, count, measure, judge, rank, write; print what was found."""
    inbox, day, out = Path(sys.argv[1]), pd.Timestamp(sys.argv[2]), Path(sys.argv[3])
    ents = read_table(inbox, "enterprise", day).set_index(CODE).sort_index()
    table = count_features(inbox, ents, day)
    table = table.join(measure_graph(inbox, ents, table, day))
    hits = hits_of(ents, table, day)
    score = sum(hit.astype(int) * 25 for hit in hits.values())
    score = score + table["near_penalties_3y"].clip(upper=1) * 10 + table["ring"] * 10
    ranked = ents.assign(score=score, rules=sum(hit.astype(int) for hit in hits.values()))
    ranked = (
        ranked[ranked["rules"] > 0]
        .reset_index()
        .sort_values(["score", CODE], ascending=[False, True])
    )
    leads = ranked.groupby("监管部门编码").head(PER_BUREAU)
    leads.to_csv(out, index=False)
    told = {name: int(hit.sum()) for name, hit in hits.items()}
    print(json.dumps({"enterprises": len(ents), "features": table.shape[1], "hits": told}))


if __name__ == "__main__":
    main()
