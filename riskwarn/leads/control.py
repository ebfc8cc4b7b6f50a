"""From a chain of control to the table that a lead shows."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from riskwarn.constants import FULL_SHARE_BP
from riskwarn.leads.names import NameFinder
from riskwarn.records.graph import ControlChain, GraphNode, HoldingFaults, NodeKind
from riskwarn.records.leads import ControlTable, Holder

if TYPE_CHECKING:
    from riskwarn.graph.graph import Graph

ControlFinder = Callable[[Sequence[int]], Mapping[int, ControlTable]]


def control_finder(graph: "Graph", names: NameFinder) -> ControlFinder:
    """Give the function that tells who controls enterprises.

    Takes:  names, finds enterprises' names.
    Gives:  ent → table, for those of which any holder was delivered.
    """
    from riskwarn.graph.control import chains

    def find(ents: Sequence[int]) -> Mapping[int, ControlTable]:
        if "shareholding" in graph.report.missing:
            return {}
        told = chains(graph, ents)
        known = names({node.id for chain in told for node in _enterprises(chain)})
        tables = ((chain.enterprise.id, control_table(chain, known)) for chain in told)
        return {ent: table for ent, table in tables if table is not None}

    return find


def control_table(chain: ControlChain, names: Mapping[int, str]) -> ControlTable | None:
    """Put a chain into words; None when nothing is known of any holder."""
    if not (chain.steps or chain.owners or chain.faults or chain.cut_bp or chain.unknown):
        return None
    return ControlTable(
        sentence=_sentence(chain, names),
        layers=tuple(_holder(one.holder, one.share_bp, names) for one in chain.steps),
        owners=tuple(_holder(one.holder, one.share_bp, names) for one in chain.owners),
        notes=tuple(_notes(chain, names)),
    )


def per_cent(share_bp: int) -> str:
    """5150 → 51.5%."""
    whole, rest = divmod(share_bp, 100)
    return f"{whole}{f'.{rest:02d}'.rstrip('0') if rest else ''}%"


def _sentence(chain: ControlChain, names: Mapping[int, str]) -> str:
    if chain.unknown:
        return "有股东的持股比例不详，可能超过半数，实际控制人无法判断"
    if chain.controller is None:
        return "没有持股超过 50% 的股东，不存在按股权认定的实际控制人"
    top = _label(chain.controller, names)
    if chain.in_ring:
        return f"控制链进入循环持股，以环中 {top} 为代表"
    return f"实际控制人：{top}（{len(chain.steps)} 层）"


def _notes(chain: ControlChain, names: Mapping[int, str]) -> list[str]:
    notes = [text for one in chain.faults for text in _fault(one, names)]
    if chain.cut_bp:
        cut = per_cent(chain.cut_bp)
        notes.append(
            f"穿透持股有 {cut} 未能追溯到底（股东不详、循环或过细），各最终持有人至多再多这些"
        )
    return notes


def _fault(fault: HoldingFaults, names: Mapping[int, str]) -> list[str]:
    who = _label(fault.enterprise, names)
    said = []
    if fault.over_full:
        over = f"{who}登记的持股合计 {per_cent(fault.total_bp)}"
        said.append(f"{over}，超过 {per_cent(FULL_SHARE_BP)}，已按比例折算，请核对登记")
    if fault.unknown:
        said.append(f"{who}有 {fault.unknown} 名股东没有持股比例")
    if fault.holds_itself:
        said.append(f"{who}被登记为自己的股东，该条未采用")
    if fault.in_ring:
        said.append(f"{who}处于循环持股之中")
    return said


def _holder(node: GraphNode, share_bp: int, names: Mapping[int, str]) -> Holder:
    return Holder(label=_label(node, names), kind=node.kind.value, share=per_cent(share_bp))


def _label(node: GraphNode, names: Mapping[int, str]) -> str:
    """Enterprises registered here by name (node = ent); outside ones by code, persons by mark."""
    known = node.kind is NodeKind.ENTERPRISE and names.get(node.id)
    return known or node.label


def _enterprises(chain: ControlChain) -> list[GraphNode]:
    """The enterprises registered here that a chain names."""
    nodes = [one.holder for one in chain.steps] + [one.holder for one in chain.owners]
    nodes += [one.enterprise for one in chain.faults]
    nodes += [chain.controller] if chain.controller else []
    return [node for node in nodes if node.kind is NodeKind.ENTERPRISE]
