"""The rules of bench.rules by hand in pandas (and pyarrow); needs no other package.

python -m bench.rules_pandas FOLDER
"""

import re
import sys
from pathlib import Path

import pandas as pd

from bench.rules_sql import HITS

DAY = pd.Timestamp("2026-06-30")
SEVERE = ["suspension", "licence_revoked", "closure"]


class Table:
    """What was known of one table, with the age of each row in days."""

    def __init__(self, folder: Path, name: str, at: str, *columns: str) -> None:
        used = ["ent", "known_on", *dict.fromkeys([at, *columns])]
        rows = pd.read_parquet(folder / f"{name}.parquet", columns=used)
        self.rows = rows[pd.to_datetime(rows["known_on"]) <= DAY]
        self.age = (DAY - pd.to_datetime(self.rows[at])).dt.days
        self.counts: dict[str, pd.Series[int]] = {}

    def __getitem__(self, column: str) -> "pd.Series[str]":
        return self.rows[column]

    def count(self, **wanted: "pd.Series[bool]") -> None:
        for name, mask in wanted.items():
            self.counts[name] = self.rows.loc[mask.fillna(False).astype(bool), "ent"].value_counts()

    def says(self, pattern: str, column: str = "category") -> "pd.Series[bool]":
        return self.rows[column].str.contains(pattern)


def complaints(folder: Path) -> Table:
    """Count in the largest table; a month, a quarter, half a year and a year are cut first."""
    t = Table(folder, "complaint", "received_on", "domain", "kind", "category", "result")
    d30, d90, d180, d365 = t.age < 30, t.age < 90, t.age < 180, t.age < 365
    domain, report = t["domain"], t["kind"] == "report"
    t.count(
        price90=d90 & (domain == "price"),
        ccc=d365 & t.says("3C|强制性认证|认证标志"),
        bribe=d365 & report & t.says("商业贿赂|回扣"),
        failed=d180 & (t["kind"] == "complaint") & (t["result"] == "failed"),
        privacy=d365 & t.says("个人信息|隐私|骚扰"),
        consumer90=d90 & (domain == "consumer"),
        expired=d90 & (domain == "food") & t.says("过期|变质|腐败|霉变"),
        pyramid=d180 & report & (domain == "pyramid"),
        publicity=d180 & t.says("虚假宣传|误导宣传"),
        fake_trade=d365 & report & t.says("刷单|炒信|虚假交易|虚假评价|好评返现"),
        prize=d180 & t.says("有奖销售|抽奖|兑奖"),
        imitation=d365 & t.says("仿冒|傍名牌|混淆"),
        terms=d180 & t.says("霸王条款|格式条款|最终解释权"),
        adverse=d90 & (domain == "cosmetics") & t.says("过敏|红肿|皮肤|不良反应"),
        weight=d180 & t.says("缺斤|短斤|计量不准|短秤|少油"),
        delivery=d90 & (domain == "online") & t.says("不发货|未发货|迟发货"),
        returned=d90 & (domain == "online") & t.says("退货|无理由"),
        deposit=d180 & t.says("押金"),
        bid_up=d30 & (domain == "price") & t.says("哄抬|涨价|囤积"),
        fee=d180 & (domain == "price") & t.says("乱收费|加价|未标明的费用"),
        label=d90 & (domain == "price") & t.says("未明码标价|未标价|不标明价格"),
        fraud=d180 & t.says("价格欺诈|虚构原价|先涨后降|虚假折价"),
        adulterated=d180 & (domain == "quality") & t.says("掺假|掺杂|以次充好|以假充真|不合格冒充"),
        guarantees=d90 & (domain == "quality") & t.says("三包|拒绝退货|拒绝修理|拒绝更换"),
        safety_reports=d180 & report & (domain == "safety"),
        online30=d30 & (domain == "online"),
        equipment90=d90 & (domain == "equipment"),
        complaints90=d90,
        prepaid=d90 & t.says("预付|退卡|充值卡|会员卡"),
    )
    return t


def penalties(folder: Path) -> Table:
    t = Table(folder, "penalty", "decided_on", "domain", "kind")
    year, domain = t.age < 365, t["domain"]
    t.count(
        price_p=year & (domain == "price"),
        consumer_p=year & (domain == "consumer"),
        food_p=year & (domain == "food") & ~t["kind"].isin(SEVERE),
        safety_p=year & (domain == "safety") & (t["kind"] == "fine"),
        ad_p=(t.age < 730) & (domain == "advertising"),
        severe=(t.age < 90) & t["kind"].isin(SEVERE),
    )
    return t


def inspections(folder: Path) -> Table:
    t = Table(folder, "inspection", "inspected_on", "results", "item_code", "problem")
    results, item = "|" + t["results"] + "|", t["item_code"]
    t.count(
        obstructed=(t.age < 365) & results.str.contains("|obstructed|", regex=False),
        safety_i=(t.age < 90) & (item == "99009903900095") & t["problem"],
        corrected=(t.age < 365)
        & (item == "99009902600059")
        & results.str.contains("|corrected|", regex=False),
        no_contact=(t.age < 90) & results.str.contains("|no_contact|", regex=False),
    )
    return t


def advertisements(folder: Path) -> Table:
    t = Table(folder, "ad_monitoring", "published_on", "illegal", "category", "medium", "finding")
    half, quarter, category = (
        t["illegal"] & (t.age < 180),
        t["illegal"] & (t.age < 90),
        t["category"],
    )
    t.count(
        absolute=half & t.says("绝对化|国家级|最高级|最佳", "finding"),
        education=half & (category == "education"),
        realty=half & (category == "realty"),
        medical=quarter & category.isin(["medical", "drug", "device", "health_food"]),
        unmarked=quarter & (t["medium"] == "互联网") & t.says("未标明|可识别", "finding"),
        ads90=t.age < 90,
    )
    return t


def shops(folder: Path) -> Table:
    t = Table(folder, "platform_shop", "opened_on", "closed_on", "licence_shown")
    closed_days = (DAY - pd.to_datetime(t["closed_on"])).dt.days
    still = t["closed_on"].isna()
    t.count(
        open=still,
        unlicensed=still & ~t["licence_shown"],
        closed30=(closed_days >= 0) & (closed_days < 30),
    )
    return t


def samples(folder: Path) -> Table:
    t = Table(folder, "sampling", "sampled_on", "domain", "result")
    failed = t["result"] == "fail"
    t.count(
        quality180=(t.age < 180) & (t["domain"] == "quality") & failed,
        cosmetics=(t.age < 365) & (t["domain"] == "cosmetics") & failed,
    )
    return t


def devices(folder: Path) -> Table:
    t = Table(folder, "equipment", "registered_on", "status", "next_due_on")
    in_use, left = t["status"] == "in_use", (pd.to_datetime(t["next_due_on"]) - DAY).dt.days
    t.count(in_use=in_use, overdue=in_use & (left < 0), due=in_use & (left >= 0) & (left <= 30))
    return t


def lists_and_changes(folder: Path) -> list[Table]:
    lost = Table(folder, "abnormal_listing", "listed_on", "reason_code", "removed_on")
    lost.count(lost=(lost["reason_code"] == "no_contact") & lost["removed_on"].isna())
    serious = Table(folder, "serious_violation", "listed_on", "removed_on")
    serious.count(serious=serious["removed_on"].isna())
    change = Table(folder, "change", "changed_on", "field")
    recent = change.age < 90
    change.count(
        rep=recent & (change["field"] == "legal_rep"),
        address=recent & (change["field"] == "address"),
    )
    return [lost, serious, change]


def main() -> None:
    """Count table by table, judge, write."""
    folder = Path(sys.argv[1])
    makers = (complaints, penalties, inspections, advertisements, shops, samples, devices)
    counts: dict[str, pd.Series[int]] = {}
    for make in makers:  # one table in memory at a time
        counts |= make(folder).counts
    for table in lists_and_changes(folder):
        counts |= table.counts
    register = pd.read_parquet(folder / "enterprise.parquet", columns=["ent", "status"])
    n = pd.DataFrame(
        {
            name: count.reindex(register["ent"], fill_value=0).to_numpy()
            for name, count in counts.items()
        }
    )
    words = {
        "active": ["active"],
        "gone": ["revoked", "cancelled", "annulled"],
        "stopped": ["revoked", "cancelled", "closed"],
    }
    status = register["status"]
    state = {w: status.isin(v).astype("boolean").mask(status.isna()) for w, v in words.items()}
    said = {name: judged(hit, n, state) for name, hit in HITS.items()}
    pd.DataFrame({"ent": register["ent"], **said}).to_parquet(folder / "out_pandas.parquet")


def judged(hit: str, n: pd.DataFrame, state: dict[str, "pd.Series[bool]"]) -> "pd.Series[bool]":
    """Judge one rule: `and` and `or` of counts and of the nullable state, three-valued."""
    text = re.sub(r"n\((\w+)\)", r"\1", hit).replace(" = ", " == ")
    word = next((w for w in ("active", "gone") if text.startswith(f"{w} and ")), None)
    if word:
        rest = n.eval(text.removeprefix(f"{word} and ")).astype("boolean")
        return state[word] & rest
    if "stopped or " in text:  # the one rule that asks for the state inside a bracket
        left, right = text.split(" and (stopped or ")
        return n.eval(left).astype("boolean") & (state["stopped"] | n.eval(right.rstrip(")")))
    return n.eval(text).astype("boolean")


if __name__ == "__main__":
    main()
