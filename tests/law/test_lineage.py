"""What became of every article: the hand-labelled pairs, made-up statutes, and what is refused."""

import csv
import random
from pathlib import Path

import pytest

from riskwarn.errors import ConfigError
from riskwarn.law.lineage import Relation, trace, write_csv
from riskwarn.law.parse import parse_file, parse_law
from riskwarn.workspace import resource_dir
from tests.law.builders import HEAD

LAWS = resource_dir("legal_clauses") / "laws"
GOLD = Path(__file__).parents[1] / "data" / "lineage"
NUMERALS = "零一二三四五六七八九十"
RULES = (
    "经营者应当在店堂显著位置悬挂营业执照，不得涂改。",
    "运输危险货物的车辆应当安装行车记录仪并保存数据三十日。",
    "学校食堂采购食材应当索取检疫证明，建立台账。",
    "任何人不得在水源保护区内倾倒垃圾或者排放污水。",
    "电梯使用单位应当每月组织一次自行检查，并作出记录。",
    "拍卖师应当在拍卖日前七日发布公告，说明标的。",
    "广播电台播放医疗广告前应当查验审查证明文件。",
    "种子经营者应当附具检疫合格证书和产地标签。",
)


def a_text(*articles):
    """A law of up to ten articles; the last one commences it."""
    rules = [*articles, "本法自2020年1月1日起施行。"]
    body = [f"第{NUMERALS[at]}条 {text}" for at, text in enumerate(rules, 1)]
    return parse_law(HEAD.format(title="样品法") + "\n\n".join(body) + "\n", "样品法.md")


def links(lineage):
    return {
        (row.old_article, row.new_article): row.relation.value
        for row in lineage.rows
        if row.old_article and row.new_article
    }


def traced(name):
    title, old, new = name.split("_")
    return trace(parse_file(LAWS / f"{title}({old}).md"), parse_file(LAWS / f"{title}({new}).md"))


def labelled(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def graded(name):
    """Precision, recall over the sure links, and share of right kinds; counted here anew."""
    found = links(traced(name))
    rows = [r for r in labelled(GOLD / f"{name}.csv") if r["old_article"] and r["new_article"]]
    sure = {(r["old_article"], r["new_article"]): r for r in rows if r["confidence"] == "high"}
    doubtful = {(r["old_article"], r["new_article"]) for r in rows} - sure.keys()
    judged = found.keys() - doubtful
    right = judged & sure.keys()
    kinds = [found[k] == sure[k]["relation"] or found[k] in sure[k]["note"] for k in right]
    return len(right) / len(judged), len(right) / len(sure), sum(kinds) / len(kinds)


@pytest.mark.parametrize(
    "name",
    [
        "反不正当竞争法_2019-04-23_2025-06-27",
        "生猪屠宰管理条例_2016-02-06_2021-06-25",
        "网络安全法_2016-11-07_2025-10-28",
    ],
)
def test_the_hand_labelled_links_are_found_and_no_others(name):
    assert graded(name) == (1.0, 1.0, 1.0)


def test_a_law_rewritten_throughout_loses_few_links_and_invents_none():
    precision, recall, kinds = graded("行政复议法_2017-09-01_2023-09-01")
    assert precision >= 0.97
    assert recall >= 0.97
    assert kinds >= 0.95


def judged_links(path):
    """Every link told about a labelled article, with its row and whether it is right."""
    rows = labelled(path)
    old = {row["old_article"] for row in rows} - {""}
    new = {row["new_article"] for row in rows} - {""}
    sure = {(r["old_article"], r["new_article"]) for r in rows if r["confidence"] == "high"}
    sure = {link for link in sure if all(link)}
    doubtful = {(r["old_article"], r["new_article"]) for r in rows} - sure
    told = {
        (row.old_article, row.new_article): row
        for row in traced(path.stem).rows
        if row.old_article and row.new_article
    }
    judged = {
        link: row
        for link, row in told.items()
        if (link[0] in old or link[1] in new) and link not in doubtful
    }
    return judged, sure


@pytest.fixture(scope="module")
def further():
    return [judged_links(path) for path in sorted((GOLD / "read").glob("*.csv"))]


def test_on_seven_further_pairs_most_links_are_found_and_few_invented(further):
    right = sum(len(judged.keys() & sure) for judged, sure in further)
    assert right / sum(len(judged) for judged, _ in further) >= 0.94
    assert right / sum(len(sure) for _, sure in further) >= 0.94


def test_the_surer_a_link_is_told_the_more_often_it_is_right(further):
    rows = [(row, link in sure) for judged, sure in further for link, row in judged.items()]
    high = [right for row, right in rows if row.confidence == "high"]
    low = [right for row, right in rows if row.confidence == "medium"]
    assert sum(high) / len(high) >= 0.97
    assert sum(low) / len(low) < sum(high) / len(high)


def test_an_inserted_article_moves_the_rest_and_is_new():
    found = trace(a_text(*RULES[:3]), a_text(RULES[0], RULES[6], RULES[1], RULES[2]))
    assert links(found) == {
        ("1", "1"): "same",
        ("2", "3"): "renumbered",
        ("3", "4"): "renumbered",
        ("4", "5"): "renumbered",
    }
    assert [row.new_article for row in found.rows if row.relation is Relation.NEW] == ["2"]


def test_an_article_cut_in_two_is_split_and_two_joined_are_merged():
    joined = f"{RULES[0]}\n\n{RULES[1]}"
    parts = trace(a_text(joined, RULES[2]), a_text(RULES[0], RULES[1], RULES[2]))
    assert links(parts)["1", "1"] == links(parts)["1", "2"] == "split"
    assert [r.note for r in parts.rows if r.old_article == "1"] == ["第一款", "第二款"]
    whole = trace(a_text(RULES[0], RULES[1], RULES[2]), a_text(joined, RULES[2]))
    assert links(whole)["1", "1"] == links(whole)["2", "1"] == "merged"


def test_a_rule_that_is_struck_is_repealed_although_its_number_lives_on():
    found = trace(a_text(*RULES[:4]), a_text(RULES[0], RULES[2], RULES[3]))
    gone = [row.old_article for row in found.rows if row.relation is Relation.REPEALED]
    assert gone == ["2"]
    assert ("2", "2") not in links(found)


def test_an_article_that_doubles_in_length_is_still_the_article():
    longer = RULES[2] + "".join(RULES[4:7])
    assert links(trace(a_text(*RULES[:4]), a_text(*RULES[:2], longer, RULES[3])))["3", "3"] == (
        "amended"
    )


def test_a_changed_cross_reference_is_told_as_such():
    old = a_text(*RULES[:2], "违反本法第一条规定的，由登记机关责令停业整顿并公告。")
    new = a_text(RULES[5], *RULES[:2], "违反本法第二条规定的，由登记机关责令停业整顿并公告。")
    row = next(r for r in trace(old, new).rows if r.old_article == "3")
    assert (row.new_article, row.relation, row.note) == ("4", "moved_amended", "仅引用条号变化")


def test_every_article_of_both_versions_is_told_whatever_happened():
    chance = random.Random(7)
    for _ in range(30):
        old, new = (chance.sample(RULES, chance.randint(1, 8)) for _ in range(2))
        rows = trace(a_text(*old), a_text(*new)).rows
        assert {r.old_article for r in rows} - {""} == {str(n + 1) for n in range(len(old) + 1)}
        assert {r.new_article for r in rows} - {""} == {str(n + 1) for n in range(len(new) + 1)}
        kept = {(str(old.index(r) + 1), str(new.index(r) + 1)) for r in old if r in new}
        assert kept <= {(row.old_article, row.new_article) for row in rows}


def test_the_same_two_texts_give_the_same_bytes_also_with_bom_and_crlf(tmp_path):
    texts = [
        (LAWS / f"反不正当竞争法({on}).md").read_text(encoding="utf-8")
        for on in ("2019-04-23", "2025-06-27")
    ]
    plain = [text.split("---\n", 2)[2] for text in texts]
    paths = []
    for at, text in enumerate(plain):
        path = tmp_path / f"{at}.txt"
        path.write_bytes(b"\xef\xbb\xbf" + text.lstrip("\ufeff").replace("\n", "\r\n").encode())
        paths.append(path)
    dos = write_csv(trace(*(parse_file(path) for path in paths)))
    ours = write_csv(trace(*(parse_law(text) for text in plain)))
    assert dos == ours
    assert dos.splitlines()[0] == "old_article,new_article,relation,confidence,note"


def test_a_truncated_or_gapped_text_is_refused_with_its_place():
    broken = parse_file(LAWS / "麻醉药品和精神药品管理条例(2016-02-06).md")
    with pytest.raises(ConfigError) as caught:
        trace(broken, a_text(*RULES[:2]))
    assert caught.value.problems[0].code == "L141"
    assert "麻醉药品和精神药品管理条例(2016-02-06).md" in str(caught.value)
    gapped = (
        HEAD.format(title="缺条法") + "第一条 甲。\n\n第三条 乙。\n\n第四条 自公布之日起施行。\n"
    )
    with pytest.raises(ConfigError, match="条号有缺漏"):
        trace(parse_law(gapped, "缺条法.md"), a_text(*RULES[:2]))


def test_sentences_that_stand_in_several_articles_stay_where_they_were():
    shared = "情节严重的，由原发证机关吊销许可证，并由公安机关予以公告。"
    old = a_text(*(f"{rule}\n\n{shared}" for rule in RULES[:4]))
    new = a_text(*(f"{rule.replace('应当', '必须')}\n\n{shared}" for rule in RULES[:4]))
    assert {pair for pair in links(trace(old, new)) if pair[0] != pair[1]} == set()


def test_a_number_of_another_law_is_no_reference_of_this_one():
    found = trace(
        parse_file(LAWS / "烟草专卖法实施条例(2021-11-10).md"),
        parse_file(LAWS / "烟草专卖法实施条例(2023-07-20).md"),
    )
    assert all(row.old_article == row.new_article for row in found.rows)
