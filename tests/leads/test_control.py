"""Who controls a lead's enterprise, in words: layers, what is unknown, what is odd."""

from pathlib import Path

import polars as pl

from riskwarn.graph.control import chains
from riskwarn.leads.control import control_finder, control_table
from riskwarn.leads.names import name_finder
from tests.graph.test_control import a_graph, held

NAMES = dict(enumerate(["甲公司", "乙公司", "丙公司", "丁公司"]))


def test_layers_owners_and_faults_are_told_by_name_and_no_person_is_named(tmp_path: Path):
    graph = a_graph(
        tmp_path,
        held("A", "B", 5150), held("A", "ann", 4850),
        held("B", "C", 10_000),
        held("C", "ann", 9000), held("C", "bob", 4000),
        others="D",
    )  # fmt: skip
    register = pl.LazyFrame({"ent": list(NAMES), "name": list(NAMES.values())})
    found = control_finder(graph, name_finder(register))([0, 3])
    assert list(found) == [0]  # nothing was delivered of who holds 丁公司
    table = found[0]
    assert [(one.label, one.share) for one in table.layers[:2]] == [
        ("乙公司", "51.5%"),
        ("丙公司", "100%"),
    ]
    assert table.layers[2].label.startswith("自然人 #")
    assert table.sentence == f"实际控制人：{table.layers[2].label}（3 层）"
    assert [one.share for one in table.owners] == ["84.15%"]  # 48.5 + 51.5 · 9/13
    assert table.notes == ("丙公司登记的持股合计 130%，超过 100%，已按比例折算，请核对登记",)


def test_what_cannot_be_known_is_said_and_not_called_nobody(tmp_path: Path):
    graph = a_graph(
        tmp_path, held("A", "ann", None), held("A", "bob", 3000),
        held("B", "ann", 5000), held("B", "bob", 5000),
        held("C", "D", 6000), held("D", "C", 6000),
    )  # fmt: skip
    unknown, nobody, ring = (control_table(one, NAMES) for one in chains(graph, [0, 1, 2]))
    assert unknown is not None
    assert "无法判断" in unknown.sentence
    assert "甲公司有 1 名股东没有持股比例" in unknown.notes
    assert nobody is not None
    assert "没有持股超过 50% 的股东" in nobody.sentence
    assert ring is not None
    assert "循环持股" in ring.sentence
    assert any("未能追溯到底" in note for note in ring.notes)
