"""The bytes that everybody must agree on: canonical JSON, length prefixes, hashes, tickets.

`verify.py` says all of this again in its own words, and must never import from here.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from riskwarn.draw.sm3 import Sm3

FORMAT = "riskwarn-draw-2"
HashName = Literal["sha256", "sm3"]
BLOCK = 1 << 16  # leaves of a subtree that is remembered by its root only


Hasher = Callable[..., Any]


def hasher(name: HashName) -> Hasher:
    """Give the constructor of a hash; SM3 comes from OpenSSL where that has it."""
    if name == "sha256":
        return hashlib.sha256
    if "sm3" in hashlib.algorithms_available:
        return lambda data=b"": hashlib.new("sm3", data)
    return Sm3


def canonical(value: object) -> bytes:
    """Give JSON bytes that have one form only: sorted keys, no blanks, no floats, UTF-8, LF end."""
    _refuse_floats(value)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return (text + "\n").encode()


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError(f"a float has no canonical form: {value}")
    if isinstance(value, dict):
        for inner in value.values():
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)


def prefixed(*parts: str | bytes) -> bytes:
    """Join parts so that no two different lists give the same bytes: 4-byte length, then part."""
    out = b""
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        out += len(raw).to_bytes(4) + raw
    return out


class Tree:
    """An RFC 6962 tree that grows by blocks of leaves and remembers one hash for 65,536 of them."""

    def __init__(self, new: Hasher) -> None:
        self._new = new
        self._rest: list[bytes] = []
        self._tops: list[bytes] = []
        self.count = 0

    def add(self, leaves: Iterable[bytes]) -> None:
        """Append leaves, raw bytes in their order."""
        new = self._new
        hashes = [new(b"\x00" + leaf).digest() for leaf in leaves]
        self.count += len(hashes)
        hashes = self._rest + hashes
        whole = len(hashes) // BLOCK * BLOCK
        for at in range(0, whole, BLOCK):
            self._tops.append(fold(hashes[at : at + BLOCK], new))
        self._rest = hashes[whole:]

    def root(self) -> bytes:
        """The head of all leaves so far; full blocks are whole subtrees, so they fold alike."""
        tops = [*self._tops, fold(self._rest, self._new)] if self._rest else self._tops
        return fold(tops, self._new) if tops else bytes(self._new(b"").digest())


def fold(level: list[bytes], new: Hasher) -> bytes:
    """Fold hashes pair by pair into one; an odd last one moves up as it is."""
    while len(level) > 1:
        paired = [
            new(b"\x01" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return bytes(level[0])


def merkle_root(leaves: Iterable[bytes], new: Hasher) -> bytes:
    """Give the RFC 6962 tree head (SHA-256 or SM3) over leaves of raw bytes, in their order."""
    tree = Tree(new)
    tree.add(leaves)
    return tree.root()


def ticket_maker(seed: bytes, name: HashName, *context: str) -> Callable[[str], bytes]:
    """Give a function id → ticket = HMAC(seed, prefixed(format, *context, id)), RFC 2104."""
    many = tickets_maker(seed, name, *context)
    return lambda unit: many([unit])[0]


def tickets_maker(
    seed: bytes, name: HashName, *context: str
) -> Callable[[Sequence[str]], list[bytes]]:
    """Give a function ids → their tickets; both pads and the context are joined once."""
    new = hasher(name)
    key = seed.ljust(64, b"\x00")
    inner = bytes(byte ^ 0x36 for byte in key) + prefixed(FORMAT, *context)
    outer = bytes(byte ^ 0x5C for byte in key)

    def tickets(units: Sequence[str]) -> list[bytes]:
        raws = [unit.encode() for unit in units]
        heads = {size: inner + size.to_bytes(4) for size in set(map(len, raws))}
        return [new(outer + new(heads[len(raw)] + raw).digest()).digest() for raw in raws]

    return tickets
