"""The append-only log as a hash tree after RFC 6962: heads, inclusion and consistency proofs.

A head of another day and a consistency proof show that nothing before it was changed, removed or
swapped; an inclusion proof shows that one entry is in the log. Plain functions over leaf hashes.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Literal

from riskwarn.errors import ConfigError, Problem

HashName = Literal["sha256", "sm3"]
LEAF, NODE = b"\x00", b"\x01"  # RFC 6962 §2.1: a leaf can never be taken for a node


@cache
def _known(name: str) -> bool:
    try:
        hashlib.new(name, b"")
    except ValueError:
        return False
    return True


def digest(name: HashName, data: bytes) -> bytes:
    """Hash bytes by the setting's hash.

    Raises: ConfigError A001 when this machine's OpenSSL lacks it (SM3 may be left out).
    """
    if not _known(name):
        message = f"本机的 OpenSSL 没有 {name}"
        raise ConfigError(Problem("A001", message, None, "hash: sha256，或带 SM3 的 OpenSSL"))
    return hashlib.new(name, data).digest()


def leaf_hash(entry: bytes, name: HashName = "sha256") -> bytes:
    """Hash of one entry."""
    return digest(name, LEAF + entry)


def node_hash(left: bytes, right: bytes, name: HashName = "sha256") -> bytes:
    """Hash of two subtrees."""
    return digest(name, NODE + left + right)


class Frontier:
    """The roots of the full subtrees of a growing log: a new leaf takes log₂ n hashes."""

    def __init__(self, name: HashName = "sha256", leaves: Iterable[bytes] = ()) -> None:
        self.name = name
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []  # (leaves below, root), largest first
        for leaf in leaves:
            self.add(leaf)

    def add(self, leaf: bytes) -> None:
        """Append a leaf hash."""
        count, root = 1, leaf
        while self._peaks and self._peaks[-1][0] == count:
            _, left = self._peaks.pop()
            count, root = count * 2, node_hash(left, root, self.name)
        self._peaks.append((count, root))
        self.size += 1

    def root(self) -> bytes:
        """The root of all leaves so far; of none, the hash of nothing (RFC 6962 §2.1)."""
        if not self._peaks:
            return digest(self.name, b"")
        root = self._peaks[-1][1]
        for _, left in reversed(self._peaks[:-1]):
            root = node_hash(left, root, self.name)
        return root


def tree_root(leaves: Sequence[bytes], name: HashName = "sha256") -> bytes:
    """The root over leaf hashes."""
    return Frontier(name, leaves).root()


def _split(size: int) -> int:
    """The largest power of two smaller than `size`; size > 1."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(
    leaves: Sequence[bytes], index: int, name: HashName = "sha256"
) -> tuple[bytes, ...]:
    """The audit path of one leaf, lowest level first.  Source: RFC 6962 §2.1.1.

    Raises: IndexError when there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    path: list[bytes] = []
    while len(leaves) > 1:
        half = _split(len(leaves))
        left, right = leaves[:half], leaves[half:]
        if index < half:
            path.append(tree_root(right, name))
            leaves = left
        else:
            path.append(tree_root(left, name))
            leaves, index = right, index - half
    return tuple(reversed(path))


def consistency_proof(
    leaves: Sequence[bytes], first: int, name: HashName = "sha256"
) -> tuple[bytes, ...]:
    """Proof that the log of `first` leaves is the beginning of this one.  RFC 6962 §2.1.2.

    Raises: IndexError unless 0 < first <= number of leaves.
    """
    if not 0 < first <= len(leaves):
        raise IndexError(first)
    proof: list[bytes] = []
    whole = True  # the older tree is a full subtree of what is left: its root is known already
    while first != len(leaves):
        half = _split(len(leaves))
        if first <= half:
            proof.append(tree_root(leaves[half:], name))
            leaves = leaves[:half]
        else:
            proof.append(tree_root(leaves[:half], name))
            leaves, first, whole = leaves[half:], first - half, False
    if not whole:
        proof.append(tree_root(leaves, name))
    return tuple(reversed(proof))


def inclusion_holds(
    leaf: bytes,
    index: int,
    size: int,
    proof: Sequence[bytes],
    root: bytes,
    name: HashName = "sha256",
) -> bool:
    """Whether the proof leads from the leaf to the root.  Source: RFC 9162 §2.1.3.2."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(part, found, name)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, part, name)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def consistency_holds(
    first: int,
    second: int,
    first_root: bytes,
    second_root: bytes,
    proof: Sequence[bytes],
    name: HashName = "sha256",
) -> bool:
    """Whether `first` leaves are the beginning of `second`.  Source: RFC 9162 §2.1.4.2."""
    if first == second:
        return not proof and first_root == second_root
    if not 0 < first < second or not proof:
        return False
    parts = list(proof)
    if first & (first - 1) == 0:  # a full tree: its own root begins the path
        parts.insert(0, first_root)
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = parts[0]
    for part in parts[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(part, old, name), node_hash(part, new, name)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, part, name)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
