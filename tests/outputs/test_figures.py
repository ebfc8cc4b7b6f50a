"""Charts, class table and picture: their numbers and places, against hand-worked ones."""

import random
import re
from dataclasses import replace

import pytest

from riskwarn.outputs import charts, words
from riskwarn.outputs.layout import BOX_H, BOX_W, WIDTH, lay_out
from riskwarn.outputs.outcomes import wilson
from riskwarn.outputs.pictures import draw
from riskwarn.records.leads import ModelSignal, Picture, PictureEdge, PictureNode
from riskwarn.records.model import Reason
from tests.sample_night import sample_bundle


def widths(svg):
    return [int(w) for w in re.findall(r'<rect[^>]* width="(\d+)"', str(svg))]


def test_a_bar_is_as_long_as_its_share_of_the_largest():
    assert widths(charts.bar(50, 200)) == [250]
    assert widths(charts.bar(0, 200)) == [0]
    assert widths(charts.bar(1, 1_000_000)) == [8]  # small is not nothing


def test_the_parts_of_a_stacked_bar_fill_it():
    parts = [charts.Part(label=n, value=v, tone=n) for n, v in (("a", 1), ("b", 3), ("c", 0))]
    assert [w + 3 for w in widths(charts.stacked(parts))] == [250, 750]


@pytest.mark.parametrize(
    ("problems", "checked", "low", "high"),
    [  # R: prop.test(x, n, correct = FALSE)$conf.int
        (2, 120, 0.00458, 0.05873),
        (8, 12, 0.39062, 0.86188),
        (0, 30, 0.0, 0.11351),
        (30, 30, 0.88649, 1.0),
    ],
)
def test_the_interval_is_wilsons(problems, checked, low, high):
    got = wilson(problems, checked)
    assert got[0] / 1e6 == pytest.approx(low, abs=1e-4)
    assert got[1] / 1e6 == pytest.approx(high, abs=1e-4)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (1, 3, "33.3%"),
        (2, 3, "66.7%"),
        (0, 5, "0.0%"),
        (5, 5, "100.0%"),
        (1, 0, "—"),
        (1, 2000, "0.1%"),
    ],
)
def test_shares_are_rounded_half_up_without_floats(part, whole, text):
    assert words.per_cent(part, whole) == text


def test_unknown_is_written_as_unknown_and_never_as_zero():
    assert words.typed(None, "int", "件") == "未知"
    assert words.typed(0, "int", "件") == "0 件"
    assert words.typed(False, "flag") == "否"
    assert words.typed(20_604, "date") == "2026-05-31"
    assert words.typed(-1_234_567, "fen") == "−12,345.67 元"
    assert words.typed(6_000, "bp") == "60%"
    assert words.typed("food", "code", codes="domain") == "食品"


def a_picture(hops, edges, path=()):
    nodes = tuple(
        PictureNode(key=str(n), label=f"企业{n}", kind="enterprise", hop=hop)
        for n, hop in enumerate(hops)
    )
    return Picture(
        nodes=nodes,
        edges=tuple(
            PictureEdge(
                source=str(a), target=str(b), kind="k", label="持股", on_path=(a, b) in path
            )
            for a, b in edges
        ),
    )


TANGLE = [(0, 1), (0, 2), (1, 2), (2, 3), (1, 4), (3, 4)]
STAR = [(0, n) for n in range(1, 12)]


@pytest.mark.parametrize(
    "picture",
    [
        a_picture([0], []),
        a_picture([0] + [1] * 11, STAR),
        a_picture([0, 1, 2, 3], [(0, 1), (1, 2), (2, 3)], {(0, 1), (1, 2), (2, 3)}),
        a_picture(
            [0, 1, 1, 2, 2], [(0, 1), (0, 2), (1, 2), (2, 3), (1, 4), (3, 4)], {(0, 2), (2, 3)}
        ),
    ],
)
def test_boxes_stay_inside_and_never_cover_each_other(picture):
    layout = lay_out(picture)
    spots = list(layout.spots.values())
    assert len(spots) == len(picture.nodes)
    for n, a in enumerate(spots):
        assert 0 <= a.x <= WIDTH - BOX_W
        assert a.y >= 0
        assert a.y + BOX_H <= layout.height
        for b in spots[n + 1 :]:
            assert abs(a.x - b.x) >= BOX_W or abs(a.y - b.y) >= BOX_H
    assert draw(picture, "图") == draw(picture, "图")


def lines_of(svg):
    """Every stretch of every line, (x0, y0, x1, y1), read back from the drawing."""
    for d in re.findall(r'class="edge[^"]*" d="([^"]+)"', svg):
        x = y = 0
        for verb, numbers in re.findall(r"([MVHL])([\d ]+)", d):
            values = [int(v) for v in numbers.split()]
            a, b = (x, y)
            x = values[0] if verb in "MHL" else x
            y = values[-1] if verb in "MVL" else y
            if verb != "M":
                yield min(a, x), min(b, y), max(a, x), max(b, y)


def words_of(svg):
    """Every label's box, (x0, y0, x1, y1): a Han character is 11 wide, another one 7."""
    for x, y, text in re.findall(
        r'<text class="label[^"]*" x="(\d+)" y="(\d+)">(?:<title>.*?</title>)?([^<]*)<', svg
    ):
        width = sum(11 if ord(c) > 0x2E7F else 7 for c in text)
        yield int(x), int(y) - 10, int(x) + width, int(y) + 2


def apart(a, b):
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def a_tangle(seed, size):
    """A random graph with a path of up to five nodes."""
    rng = random.Random(seed)
    path = [(n, n + 1) for n in range(min(rng.randrange(5), size - 1))]
    tree = [(rng.randrange(n), n) for n in range(len(path) + 1, size)]
    extra = [tuple(rng.sample(range(size), 2)) for _ in range(rng.randrange(2 * size))]
    hops = list(range(size))  # only the order counts
    return a_picture(hops, [*path, *tree, *extra], set(path))


@pytest.mark.parametrize("seed", range(60))
def test_no_line_crosses_a_box_and_no_words_cover_anything(seed):
    picture = a_tangle(seed, 2 + seed % 15)
    layout, svg = lay_out(picture), str(draw(picture, "图"))
    boxes = [(s.x, s.y, s.x + BOX_W, s.y + BOX_H) for s in layout.spots.values()]
    labels = list(words_of(svg))
    assert labels
    for line in lines_of(svg):
        for box in boxes:
            assert apart(line, box)
        for label in labels:
            assert apart(line, label)
    for n, label in enumerate(labels):
        assert label[0] >= 0
        assert label[2] <= WIDTH
        for other in [*boxes, *labels[n + 1 :]]:
            assert apart(label, other)


@pytest.mark.parametrize("seed", range(20))
def test_every_link_is_drawn_or_said_once(seed):
    picture = a_tangle(seed, 3 + seed % 14)
    layout = lay_out(picture)
    drawn = {frozenset((k, s.parent)) for k, s in layout.spots.items() if s.parent is not None}
    said = [frozenset((k, other)) for k, others in layout.others.items() for other in others]
    assert len(said) == len(set(said))
    links = {frozenset((e.source, e.target)) for e in picture.edges}
    assert drawn | set(said) == links
    assert not drawn & set(said)


def test_the_path_runs_straight_down_in_its_order():
    edges = [(0, 1), (1, 2), (0, 3), (1, 3)]
    layout = lay_out(a_picture([0, 1, 2, 1], edges, {(0, 1), (1, 2)}))
    spine = [layout.spots[key] for key in "012"]
    assert len({spot.x for spot in spine}) == 1
    assert [spot.y for spot in spine] == sorted(spot.y for spot in spine)
    assert layout.spots["3"].x > spine[0].x
    assert layout.spots["3"].parent == "0"
    assert layout.others == {"1": ["3"]}


def test_links_between_the_same_two_nodes_share_one_label():
    nodes = (
        PictureNode(key="0", label="甲", kind="enterprise", hop=0),
        PictureNode(key="1", label="自然人", kind="person", hop=1),
    )
    edges = tuple(
        PictureEdge(source="1", target="0", kind=kind, label=label, directed=kind == "shareholding")
        for kind, label in (
            ("manager", "经理"),
            ("shareholding", "持股 100%"),
            ("legal_rep", "法定代表人"),
        )
    )
    svg = str(draw(Picture(nodes=nodes, edges=edges), "图"))
    assert svg.count('class="label') == 1
    assert "法定代表人、持股 100%、经理" in svg
    assert svg.count('class="tip') == 1  # of the shareholding alone


def test_labels_are_masked_by_kind_and_escaped():
    nodes = (
        PictureNode(key="0", label="<b>甲</b>", kind="enterprise", hop=0),
        PictureNode(key="1", label="13800138000", kind="phone", hop=1),
    )
    edges = (PictureEdge(source="0", target="1", kind="phone", label="<i>"),)
    svg = str(draw(Picture(nodes=nodes, edges=edges), "<x>"))
    assert "13800138000" not in svg
    assert "138****8000" in svg
    assert "<b>" not in svg
    assert "<i>" not in svg
    assert 'aria-label="&lt;x&gt;"' in svg


def test_a_prefix_that_all_departments_share_is_named_once():
    from riskwarn.outputs.overview import _shared_prefix

    assert _shared_prefix(["示例县市监局东溪所", "示例县市监局西岭所", "未定"]) == "示例县市监局"
    assert _shared_prefix(["示例县市监局", "示例县市监局西岭所"]) == ""  # one would lose its name
    assert _shared_prefix(["示例县市监局"]) == ""
    assert _shared_prefix([]) == ""


def test_a_lead_of_the_model_alone_says_its_figure_and_what_raised_it():
    told = [("历次最多", 6.0, 0.3, "项"), ("年限", 2.0, -0.2, "年"), ("比例", 7500.0, 0.1, "bp")]
    reasons = tuple(
        Reason(feature="f", title=t, value=v, peer_median=None, peers=0, contribution=c, unit=u)
        for t, v, c, u in [*told, ("其他", 1.0, 0.05, "")]
    )
    lead = replace(
        sample_bundle().leads[0],
        signals=(),
        model=ModelSignal(probability_ppm=405_004, reasons=reasons),
    )
    assert words.headline(lead) == "模型评估问题概率 40.5%：历次最多 6 项、比例 75%"
    assert words.headline(replace(lead, model=None)) == "没有规则命中"


def test_bars_that_do_not_fit_are_counted_not_dropped():
    from collections import Counter

    from riskwarn.outputs.overview import BARS_SHOWN, _most, _rest

    counted = Counter({f"领域{n}": n for n in range(1, BARS_SHOWN + 3)})
    shown = sum(count for _, count, _ in _most(counted))
    assert shown + 1 + 2 == counted.total()
    assert _rest(counted, "个领域") == "另有 2 个领域，共 3 条。"
    assert _rest(Counter({"甲": 1}), "个领域") == ""
