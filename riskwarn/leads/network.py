"""From the graph's path and surroundings to the small picture that explains a lead."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from riskwarn.records.graph import EgoNetwork, GraphEdge, GraphNode, GraphPath, NodeKind
from riskwarn.records.leads import Picture, PictureEdge, PictureNode

if TYPE_CHECKING:
    import polars as pl

    from riskwarn.graph.graph import Graph

NODES_SHOWN = 16  # more cannot be read on a phone; what is left out is said
EDGE_WORDS: Mapping[str, str] = {
    "shareholding": "持股",
    "legal_rep": "法定代表人",
    "director": "董事",
    "supervisor": "监事",
    "manager": "经理",
    "executive": "高管",
    "finance": "财务负责人",
    "contact": "联络员",
    "address": "住所",
    "phone": "电话",
    "branch": "分支机构",
    "guarantee": "担保",
    "shared_contact": "同一联系人",
    "litigation": "诉讼",
    "supply": "供应",
    "loan": "借贷",
    "lease": "租赁",
    "creditor": "债权",
    "invest": "投资",
    "supervise": "监事",
    "stakeholder": "股东",
    "pledge": "股权出质",
}
_SHARED = {NodeKind.ADDRESS: "同一住所", NodeKind.PHONE: "同一电话"}
_PLACES = frozenset({"address", "phone"})
_DIRECTED = frozenset({"shareholding", "branch", "guarantee", "invest", "pledge", "loan"})


def picture_finder(
    graph: "Graph", names: "pl.Series", marks: Mapping[int, str], sources: Mapping[int, str]
) -> Callable[[int], Picture | None]:
    """Give the function that draws an enterprise's picture.

    Takes:  names, the enterprises' names by ent; marks, ent → why it is marked; sources, those to
            which a path is looked for (usually fewer than the marked ones).
    """
    from riskwarn.graph.paths import Ways, all_links, ego, strongest_path

    wanted = frozenset(sources)

    @cache
    def links() -> Ways:  # as late as the first picture: a province's links take a gigabyte
        return all_links(graph)

    def said(ent: int) -> str:
        return sources.get(ent) or marks.get(ent, "")

    def find(ent: int) -> Picture | None:
        path = strongest_path(graph, ent, wanted, links())
        around = ego(graph, ent, links=links())
        return picture(_name_path(path, names), _name_ego(around, names), said)

    return find


def _named(node: GraphNode, names: "pl.Series") -> GraphNode:
    """Enterprises are numbered first, node = ent; the graph knows only their codes."""
    if node.kind is not NodeKind.ENTERPRISE or node.id >= len(names) or not names[node.id]:
        return node
    return replace(node, label=str(names[node.id]))


def _name_path(path: GraphPath | None, names: "pl.Series") -> GraphPath | None:
    return path and replace(path, nodes=tuple(_named(node, names) for node in path.nodes))


def _name_ego(ego: EgoNetwork, names: "pl.Series") -> EgoNetwork:
    return replace(ego, nodes=tuple(_named(node, names) for node in ego.nodes))


def picture(
    path: GraphPath | None,
    ego: EgoNetwork | None,
    said: Callable[[int], str] = lambda ent: "",
    shown: int = NODES_SHOWN,
) -> Picture | None:
    """Lay the path that carries the risk over the enterprise's surroundings.

    Takes:  path, from the lead's enterprise to the source of risk; ego, nearest nodes first;
            said, node id → why the node matters, empty when it does not.
    Gives:  a picture of at most `shown` nodes, the path whole and first, or None when the
            enterprise has no link at all.
    """
    if path is None and (ego is None or not ego.edges):
        return None
    centre = path.nodes[0].id if path else ego.centre if ego else 0
    order: dict[int, GraphNode] = {node.id: node for node in path.nodes} if path else {}
    order |= {node.id: node for node in (ego.nodes if ego else ()) if node.id not in order}
    keep = list(order)[: max(shown, len(path.nodes) if path else 0)]
    on_path = {_ends(edge) for edge in path.edges} if path else set()
    edges = _edges([*(path.edges if path else ()), *(ego.edges if ego else ())], set(keep))
    hops = _hops(centre, keep, edges)
    return Picture(
        nodes=tuple(_node(order[n], hops[n], said(n)) for n in keep if n in hops),
        edges=tuple(_edge(edge, _ends(edge) in on_path) for edge in edges if edge.source in hops),
        sentence=_sentence(path) if path else "",
        omitted=len(order) - len(hops) + (ego.left_out if ego else 0),
    )


def _edges(edges: Sequence[GraphEdge], keep: set[int]) -> list[GraphEdge]:
    found: dict[tuple[int, int, str], GraphEdge] = {}
    for edge in edges:
        if edge.source in keep and edge.target in keep:
            found.setdefault((edge.source, edge.target, edge.type), edge)
    return list(found.values())


def _ends(edge: GraphEdge) -> tuple[int, int, str]:
    return edge.source, edge.target, edge.type


def _hops(centre: int, keep: Sequence[int], edges: Sequence[GraphEdge]) -> dict[int, int]:
    """Steps from the centre inside the picture; nodes that cannot be reached are left out."""
    beside: dict[int, set[int]] = {node: set() for node in keep}
    for edge in edges:
        beside[edge.source].add(edge.target)
        beside[edge.target].add(edge.source)
    hops, front = {centre: 0}, [centre]
    while front:
        after = sorted({n for node in front for n in beside[node] if n not in hops})
        hops |= dict.fromkeys(after, hops[front[0]] + 1)
        front = after
    return hops


def _node(node: GraphNode, hop: int, mark: str) -> PictureNode:
    mark = mark or ("关联企业过多，不再传导" if node.hub else "")
    return PictureNode(key=str(node.id), label=node.label, kind=node.kind.value, hop=hop, mark=mark)


def _edge(edge: GraphEdge, on_path: bool) -> PictureEdge:
    return PictureEdge(
        source=str(edge.source),
        target=str(edge.target),
        kind=edge.type,
        label=edge_label(edge),
        directed=edge.type in _DIRECTED,
        on_path=on_path,
    )


def edge_label(edge: GraphEdge) -> str:
    """`持股 60%`, `持股 12.5%`, `持股（比例不详）`, `住所`."""
    word = EDGE_WORDS.get(edge.type, edge.type)
    if edge.type != "shareholding":
        return word
    if edge.share_bp is None:
        return f"{word}（比例不详）"
    whole, rest = divmod(edge.share_bp, 100)
    return f"{word} {whole}{f'.{rest:02d}'.rstrip('0') if rest else ''}%"


def _sentence(path: GraphPath) -> str:
    """The path in words; what only identifies a person or a home, a number or address, is not said.

    甲 ← 持股 60% ← 自然人 #1a2b → 法定代表人 → 乙 — 同一电话 — 丙
    """
    words = [path.nodes[0].label]
    for edge, node in zip(path.edges, path.nodes[1:], strict=True):
        if node.kind in _SHARED:
            words.append(f" — {_SHARED[node.kind]}")
        elif edge.type in _PLACES:
            words.append(f" — {node.label}")
        else:
            arrow = "→" if edge.target == node.id else "←"
            words.append(f" {arrow} {edge_label(edge)} {arrow} {node.label}")
    return "".join(words)
