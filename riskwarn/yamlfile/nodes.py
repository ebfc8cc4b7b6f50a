"""A YAML value that remembers where it stands."""

from dataclasses import dataclass
from typing import Any

from riskwarn.errors import Place


@dataclass(frozen=True, slots=True)
class Node:
    """One YAML value with its position: text, a list of nodes, a mapping of nodes, or None."""

    value: "str | list[Node] | dict[str, Node] | None"
    place: Place
    keys: dict[str, Place]  # where each key of a mapping stands

    def plain(self) -> Any:
        """Give the same value without positions: str, None, list and dict only."""
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        return self.value

    def find(self, path: tuple[int | str, ...]) -> "Node":
        """Follow keys and indexes as far as they lead; steps that fit nothing are skipped."""
        node = self
        for step in path:
            if isinstance(node.value, dict) and step in node.value:
                node = node.value[str(step)]
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
        return node

    def at(self, key: str) -> Place:
        """Give the place of a mapping's key, or of the node itself when the key is absent."""
        return self.keys.get(key, self.place)
