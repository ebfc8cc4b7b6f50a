"""Violations and checks with the items they belong to; the items are those of the shipped list."""

# group of trades → item of a check (99009900… are the starter items)
ITEM_OF_GROUP = {
    "catering": "99009900400017",
    "food_shop": "99009900300009",
    "food_maker": "99009900100003",
    "drug": "99009902000048",
    "device": "99009902400053",
    "beauty": "99009902500057",
    "online": "99009903000071",
    "shop": "99009900900026",
    "wholesale": "99009900900026",
    "factory": "99009901100030",
    "building": "99009903900095",
    "transport": "99009903200077",
    "office": "99009903300086",
    "finance": "99009901200031",
    "realty": "99009902600059",
    "school": "99009903100074",
    "leisure": "99009901400036",
    "farm": "99009900300009",
}
# domain: [(code, words, basis, item)]
CAUSES: dict[str, list[tuple[str, str, str, str]]] = {
    "food": [
        (
            "SP01",
            "经营超过保质期的食品",
            "《食品安全法》第一百二十四条第一款第五项",
            "99009900600022",
        ),
        (
            "SP02",
            "未取得许可从事食品生产经营",
            "《食品安全法》第一百二十二条第一款",
            "99009900600021",
        ),
    ],
    "drug": [
        ("YP01", "未取得许可证销售药品", "《药品管理法》第一百一十五条", "99009902200051"),
    ],
    "quality": [
        ("CP01", "生产不符合强制性标准的产品", "《产品质量法》第四十九条", "99009901000028"),
        ("CP02", "掺杂掺假、以次充好", "《产品质量法》第五十条", "99009901000029"),
    ],
    "advertising": [
        ("GG01", "发布虚假广告", "《广告法》第五十五条第一款", "99009901300034"),
        ("GG02", "使用绝对化用语", "《广告法》第五十七条第一项", "99009901300035"),
    ],
    "equipment": [
        (
            "TZ01",
            "使用未经检验的特种设备",
            "《特种设备安全法》第八十四条第一项",
            "99009901500040",
        ),
    ],
    "price": [
        ("JG01", "哄抬价格", "《价格法》第四十条第一款", "99009902700061"),
    ],
    "registration": [
        ("DJ01", "提交虚假材料取得登记", "《市场主体登记管理条例》第四十四条", "99009903200078"),
    ],
    "consumer": [
        (
            "XF01",
            "侵害消费者权益",
            "《消费者权益保护法》第五十六条第一款第六项",
            "99009903100074",
        ),
    ],
    "online": [
        (
            "WL01",
            "未在首页公示营业执照信息",
            "《电子商务法》第七十六条第一款第一项",
            "99009903000071",
        ),
    ],
}
# domains that penalties fall into, for a group whose complaints fall elsewhere
PENAL_DOMAIN = {
    "device": "quality",
    "cosmetics": "quality",
    "other": "registration",
    "finance": "advertising",
    "price": "price",
}
COMPLAINED_OF = {
    "food": ["过期食品", "食品中有异物", "食品变质", "标签不符"],
    "drug": ["药品过期", "无处方销售"],
    "device": ["夸大功效", "质量问题"],
    "cosmetics": ["退费纠纷", "产品过敏"],
    "equipment": ["电梯困人", "设备故障"],
    "quality": ["质量问题", "拒绝三包", "假冒商品"],
    "price": ["未明码标价", "乱收费"],
    "online": ["虚假宣传", "不发货", "拒绝退货"],
    "finance": ["承诺高收益", "不能兑付"],
    "consumer": ["预付款不退", "停业失联", "虚假宣传"],
    "other": ["服务质量", "合同纠纷"],
}
