"""A lead's picture as GraphML, for people who want to look further with a tool of their own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_graphml(picture: Mapping[str, Any], path: Path) -> None:
    """Write the nodes and edges of a picture from leads.jsonl, which has passed the gate.

    Takes:  picture with nodes (key, label, kind, hop, mark) and edges (source, target, kind,
            label, directed, on_path); path of the file to write.
    """
    import networkx as nx

    graph: Any = nx.MultiDiGraph()
    for node in picture["nodes"]:
        graph.add_node(node["key"], **{name: node[name] for name in ("label", "kind", "mark")})
    for edge in picture["edges"]:
        told = {name: edge[name] for name in ("kind", "label", "directed", "on_path")}
        graph.add_edge(edge["source"], edge["target"], **told)
    nx.write_graphml(graph, path)
