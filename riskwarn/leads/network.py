"""From the graph's path and surroundings to the small picture that explains a lead."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from riskwarn.leads.names import NameFinder
from riskwarn.records.graph import EgoNetwork, GraphEdge, GraphNode, GraphPath, NodeKind
from riskwarn.records.leads import Picture, PictureEdge, PictureNode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from riskwarn.graph.graph import Graph

PictureFinder = Callable[[Sequence[int]], Mapping[int, Picture]]
NODES_AROUND = 40  # of the surroundings that are looked at; the others are counted
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
    graph: "Graph", names: NameFinder, marks: Mapping[int, str], sources: "NDArray[np.int32]"
) -> PictureFinder:
    """Give the function that draws enterprises' pictures.

    Takes:  names, finds enterprises' names; marks, ent → why it is marked; sources, those to which
            a path is looked for, sorted (usually fewer than the marked ones).
    """
    from riskwarn.graph.paths import all_links, describe_around, strongest_path, surroundings

    def find(ents: Sequence[int]) -> Mapping[int, Picture]:
        links = all_links(graph)
        seen: dict[int, tuple[GraphPath | None, EgoNetwork]] = {}
        for ent in ents:
            path = strongest_path(graph, ent, sources, links)
            around = surroundings(graph, ent, NODES_AROUND, links)
            keep = _kept([node.id for node in path.nodes] if path else [], around.nodes)
            seen[ent] = path, describe_around(graph, around, keep)
        del links
        known = names({n.id for path, ego in seen.values() for n in _enterprises(path, ego)})
        drawn = {ent: _named_picture(path, ego, known, marks) for ent, (path, ego) in seen.items()}
        return {ent: one for ent, one in drawn.items() if one is not None}

    return find


def _kept(path: Sequence[int], around: Sequence[int], shown: int = NODES_SHOWN) -> list[int]:
    """The nodes that a picture shows: the path whole and first."""
    return list(dict.fromkeys([*path, *around]))[: max(shown, len(path))]


def _enterprises(path: GraphPath | None, ego: EgoNetwork) -> list[GraphNode]:
    """Enterprises are numbered first, node = ent; the graph knows only their codes."""
    nodes = [*(path.nodes if path else ()), *ego.nodes]
    return [node for node in nodes if node.kind is NodeKind.ENTERPRISE]


def _named_picture(
    path: GraphPath | None, ego: EgoNetwork, names: Mapping[int, str], marks: Mapping[int, str]
) -> Picture | None:
    def named(nodes: Sequence[GraphNode]) -> tuple[GraphNode, ...]:
        return tuple(
            replace(n, label=names[n.id])
            if n.kind is NodeKind.ENTERPRISE and names.get(n.id)
            else n
            for n in nodes
        )

    path = path and replace(path, nodes=named(path.nodes))
    return picture(path, replace(ego, nodes=named(ego.nodes)), lambda ent: marks.get(ent, ""))


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
    keep = _kept([node.id for node in path.nodes] if path else [], list(order), shown)
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
