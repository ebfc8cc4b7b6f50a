"""Rules that kept hardly a word: new terms, kinds of article, time limits, gathered sentences."""

from riskwarn.law.lineage import trace
from riskwarn.law.lineage_terms import learn_terms
from riskwarn.law.parse import parse_law
from riskwarn.records.numerals import write_numeral
from tests.law.builders import HEAD

FILLERS = (
    "经营者应当在店堂显著位置悬挂营业执照，不得涂改。",
    "运输危险货物的车辆应当安装行车记录仪并保存数据三个月。",
    "学校食堂采购食材应当索取检疫证明，建立台账。",
    "任何人不得在水源保护区内倾倒垃圾或者排放污水。",
    "电梯使用单位应当每月组织一次自行检查，并作出记录。",
    "拍卖师应当在拍卖前发布公告，说明标的。",
)


def a_law(*articles):
    rules = [*articles, "本法自2020年1月1日起施行。"]
    body = [f"第{write_numeral(at)}条 {text}" for at, text in enumerate(rules, 1)]
    return parse_law(HEAD.format(title="样品法") + "\n\n".join(body) + "\n", "样品法.md")


def linked(old, new):
    rows = trace(a_law(*old), a_law(*new)).rows
    return {(row.old_article, row.new_article) for row in rows}


def test_a_word_put_for_another_throughout_is_learned_and_one_still_in_use_is_not():
    pairs = [
        (str(at), f"{what}由渔政监督管理站登记", f"{what}由渔业执法机构登记")
        for at, what in enumerate(("渔船", "网具", "养殖水面"))
    ]
    terms = learn_terms(pairs, "渔船由渔业执法机构登记")
    assert any("渔政监督管理站".endswith(old[-3:]) for old, _ in terms)
    kept = learn_terms(pairs, "渔船由渔业执法机构登记。渔政监督管理站撤销")
    assert not [old for old, _ in kept if old in "渔政监督管理站"]


def test_the_article_on_officials_that_abuse_their_power_is_found_by_its_kind():
    old = (*FILLERS, "渔政机构的工作人员徇私舞弊，构成犯罪的，依法追究刑事责任。")
    new = (*FILLERS, "主管部门及其工作人员滥用职权、玩忽职守的，依法给予处分。")
    assert ("7", "7") in linked(old, new)


def test_a_time_limit_that_moved_into_an_article_citing_the_successor_is_a_link():
    old = (
        *FILLERS,
        "收到投诉的机构无权处理的，应当在七日内转送有权处理的机关，该机关应当在六十日内办结。",
    )
    new = (
        *FILLERS,
        "收到投诉的机构无权处理的，应当在七日内转送有权处理的机关。",
        "依照本法第七条接受材料的单位，自收到之日起六十日内将结果告知来件方。",
    )
    assert {("7", "7"), ("7", "8")} <= linked(old, new)


def test_no_article_is_linked_by_a_time_limit_that_its_successor_kept():
    old = (*FILLERS, "收到投诉的机构应当在六十日内办结，并书面答复投诉人。")
    new = (*old, "依照本法第七条投诉的当事人，六十日内不得就此再次上访。")
    assert ("7", "8") not in linked(old, new)


def test_a_condition_that_many_articles_list_links_none_of_them():
    def article(what, *conditions):
        items = "\n\n".join(
            f"（{n}）{text}；" for n, text in zip("一二三", conditions, strict=False)
        )
        return f"{what}符合下列条件的，准予放行：\n\n{items}"

    shared = "现场查验结果正常的"
    old = (
        article("出口鲜花", "来自登记花圃的", shared),
        article("过境牲畜", "饲养场未发生疫情的", shared),
        article("旅客行李", "未夹带种子的", shared),
        *FILLERS,
    )
    new = (
        article("出口鲜花", "来自登记花圃的", shared, "包装箱已经熏蒸的"),
        article("过境牲畜", "饲养场未发生疫情的", shared),
        article("跨境快件", "寄件人已经实名的", shared),
        *FILLERS,
    )
    found = linked(old, new)
    assert {("1", "1"), ("2", "2")} <= found
    assert not found & {("1", "3"), ("2", "3"), ("1", "2"), ("2", "1"), ("3", "1"), ("3", "2")}


def test_a_rule_said_twice_goes_where_its_double_went():
    rule = "经检验不合格的渔获物，由检验员出具处理通知单，并监督{}按照技术规范销毁。"
    old = (rule.format("货主"), *FILLERS, rule.format("货主或者船东"))
    new = (*FILLERS, "经检验不合格的渔获物，由检验员出具处理通知单，货主或者船东按照规定销毁。")
    assert {("1", "7"), ("8", "7")} <= linked(old, new)


def test_among_sanctions_set_phrases_alone_link_nothing():
    chapters = (
        "## 第一章 总则\n\n{}\n\n## 第二章 法律责任\n\n第七条 {}\n\n"
        "第八条 本法自2020年1月1日起施行。\n"
    )
    rules = "\n\n".join(f"第{write_numeral(n)}条 {text}" for n, text in enumerate(FILLERS, 1))
    old, new = (
        parse_law(HEAD.format(title="样品法") + chapters.format(rules, text), "样品法.md")
        for text in (
            "销售的花卉没有附加标识的，没收违法所得，可以并处二千元以下罚款。",
            "违反追溯要求的，责令限期改正；拒不改正的，并处一万元以下罚款。",
        )
    )
    assert {("7", ""), ("", "7")} <= {(r.old_article, r.new_article) for r in trace(old, new).rows}
