"""What the county's enterprises do: made-up shares over real GB/T 4754-2017 classes."""

from dataclasses import dataclass
from functools import cache

import numpy as np

# group: (licence kind or "", complaint rate factor, log-odds of a finding, complaint domain)
GROUPS: dict[str, tuple[str, float, float, str]] = {
    "catering": ("food_operation", 2.2, 0.45, "food"),
    "food_shop": ("food_operation", 1.4, 0.25, "food"),
    "food_maker": ("food_production", 0.8, 0.35, "food"),
    "drug": ("drug_operation", 0.9, 0.10, "drug"),
    "device": ("device_operation", 0.5, 0.15, "device"),
    "beauty": ("", 1.8, 0.25, "cosmetics"),
    "online": ("", 2.6, 0.15, "online"),
    "shop": ("", 1.0, 0.00, "quality"),
    "wholesale": ("", 0.4, -0.10, "quality"),
    "factory": ("industrial_product", 0.4, 0.20, "quality"),
    "building": ("", 0.4, 0.10, "other"),
    "transport": ("", 0.6, 0.00, "other"),
    "office": ("", 0.4, -0.20, "consumer"),
    "finance": ("", 0.9, 0.10, "finance"),
    "realty": ("", 1.2, 0.05, "price"),
    "school": ("", 1.9, 0.15, "consumer"),
    "leisure": ("", 1.6, 0.25, "equipment"),
    "farm": ("", 0.2, -0.20, "food"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One class of industry: its code, its weights among companies and others, its words."""

    code: str
    group: str
    company_weight: float
    individual_weight: float
    company_word: str
    individual_word: str


_ROWS = """
6210 catering 3 9 餐饮管理 饭店
6220 catering 1 3 餐饮 快餐店
6231 catering 0.5 1 茶文化 茶馆
6291 catering 0.5 7 餐饮 小吃店
5211 shop 2 5 百货 百货店
5212 food_shop 2 6 商贸 超市
5219 food_shop 1 9 商贸 便利店
5221 food_shop 0.5 3 粮油 粮油店
5229 food_shop 1.5 6 食品 食品店
5127 food_shop 2 1.5 酒业 烟酒店
5122 food_shop 1 1 食品 糖果店
1411 food_maker 0.7 1 食品 面包坊
1392 food_maker 0.4 1 豆制品 豆腐坊
1491 food_maker 0.4 0.1 营养食品 食品坊
5251 drug 1.5 1 医药 药店
5252 drug 0.3 0.5 中药 中药铺
5151 drug 0.7 0 医药 药店
2770 device 0.4 0 医疗用品 用品店
3585 device 0.4 0 医疗器械 器械店
5134 beauty 1 1.5 化妆品 化妆品店
8040 beauty 0.7 5 美容 美容美发店
5292 online 3 5 电子商务 网店
5281 shop 1.5 4 五金 五金店
5283 shop 1 2 家具 家具店
5261 shop 1 0.3 汽车销售 车行
5271 shop 0.7 1.5 电器 电器店
5174 wholesale 3 2 五金 五金批发部
5164 wholesale 3 0.5 金属材料 金属批发部
5131 wholesale 2.5 2 纺织 布行
5162 wholesale 1 0.2 能源 油品经营部
5169 wholesale 2 0.4 化工 化工经营部
1713 factory 1.5 0.4 印染 加工厂
2110 factory 1.5 0.8 家具 木器厂
2929 factory 2.5 0.8 塑料制品 塑料厂
3311 factory 2.5 0.6 金属结构 铁艺厂
3484 factory 4 1 精密机械 加工厂
3912 factory 1.5 0.1 电子 电子厂
3821 factory 1 0.1 电气 电器厂
4790 building 2.5 0.3 建筑工程 施工队
5013 building 2.5 1.5 装饰工程 装饰部
4920 building 2 0.6 安装工程 安装队
5431 transport 2.5 1.5 物流 货运部
5910 transport 1 0.6 仓储 装卸队
6513 office 3.5 0.3 软件 软件工作室
6531 office 2.5 0.3 信息技术 电脑店
7212 finance 1.5 0 投资管理 投资部
6637 finance 0.2 0 网络科技 信息部
6999 finance 0.5 0 金融信息服务 信息部
7010 realty 0.8 0 置业 房产部
7020 realty 1 0.1 物业服务 物业部
7111 transport 0.7 0.3 汽车租赁 租赁部
7259 office 2 0.5 广告 广告部
7299 office 5 1 企业管理 服务部
7281 office 0.7 0 会展服务 会展部
7590 office 2 0.1 科技 科技部
8010 office 1 1 家政服务 家政部
8030 shop 0.3 1 洗涤 洗衣店
8111 shop 0.8 3 汽车服务 汽修店
8391 school 1 0.3 职业培训 培训部
8399 school 1 0.5 教育咨询 培训部
8930 leisure 0.7 0.7 体育文化 健身房
9011 leisure 0.4 0.7 文化娱乐 歌厅
6110 leisure 0.8 0.5 酒店管理 宾馆
0111 farm 0.5 0.3 农业 农场
0141 farm 0.8 0.6 农业 菜园
0321 farm 0.4 0.4 养殖 养殖场
"""


@cache
def trades() -> tuple[Trade, ...]:
    """Read the menu above."""
    rows = [line.split() for line in _ROWS.strip().splitlines()]
    return tuple(
        Trade(
            code=code,
            group=group,
            company_weight=float(company),
            individual_weight=float(individual),
            company_word=company_word,
            individual_word=individual_word,
        )
        for code, group, company, individual, company_word, individual_word in rows
    )


@cache
def group_names() -> tuple[str, ...]:
    """Give the groups in the order that `group_of_trade` numbers them."""
    return tuple(GROUPS)


@cache
def group_of_trade() -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Give each trade's group number."""
    names = group_names()
    return np.array([names.index(trade.group) for trade in trades()], np.int64)


def group_values(place: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Give one numeric field of GROUPS (1: complaint factor, 2: log-odds), a group's each."""
    return np.array([float(row[place]) for row in GROUPS.values()])
