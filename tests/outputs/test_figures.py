"""Charts, class table and picture: their numbers and places, against hand-worked ones."""

import re

import pytest

from riskwarn.outputs import charts, words
from riskwarn.outputs.layout import BOX_H, BOX_W, WIDTH, lay_out
from riskwarn.outputs.outcomes import wilson
from riskwarn.outputs.pictures import draw
from riskwarn.records.leads import Picture, PictureEdge, PictureNode


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
        assert BOX_W // 2 <= a.x <= WIDTH - BOX_W // 2
        assert a.y >= 0
        assert a.y + BOX_H <= layout.height
        for b in spots[n + 1 :]:
            assert abs(a.x - b.x) >= BOX_W or abs(a.y - b.y) >= BOX_H
    assert draw(picture, "图") == draw(picture, "图")


def test_the_path_runs_down_the_middle_in_its_order():
    edges = [(0, 1), (1, 2), (0, 3), (1, 3)]
    layout = lay_out(a_picture([0, 1, 2, 1], edges, {(0, 1), (1, 2)}))
    spine = [layout.spots[key] for key in "012"]
    assert {spot.x for spot in spine} == {WIDTH // 2}
    assert [spot.y for spot in spine] == sorted(spot.y for spot in spine)
    assert layout.spots["3"].x != WIDTH // 2


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
