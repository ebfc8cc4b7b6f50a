"""The bytes that everybody must agree on: canonical JSON, length prefixes, hashes, tickets.

`verify.py` says all of this again in its own words, and must never import from here.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any, Literal, Protocol

from riskwarn.draw.sm3 import Sm3

FORMAT = "riskwarn-draw-1"
HashName = Literal["sha256", "sm3"]


class Hash(Protocol):
    """What hashlib's objects and our own SM3 have in common."""

    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...
    def copy(self) -> "Hash": ...


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


def merkle_root(leaves: Iterable[bytes], new: Hasher) -> bytes:
    """Give the RFC 6962 tree head (SHA-256 or SM3) over leaves of raw bytes, in their order."""
    level = [new(b"\x00" + leaf).digest() for leaf in leaves]
    if not level:
        return bytes(new(b"").digest())
    while len(level) > 1:
        paired = [
            new(b"\x01" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return bytes(level[0])


def ticket_maker(seed: bytes, name: HashName, *context: str) -> Callable[[str], bytes]:
    """Give a function id → ticket = HMAC(seed, prefixed(format, *context, id)), RFC 2104.

    Both pads and the context are hashed once; a ticket then costs two short hashes.
    """
    new = hasher(name)
    key = seed.ljust(64, b"\x00")
    inner = new(bytes(byte ^ 0x36 for byte in key))
    inner.update(prefixed(FORMAT, *context))
    outer = new(bytes(byte ^ 0x5C for byte in key))

    def ticket(unit: str) -> bytes:
        raw = unit.encode()
        first = inner.copy()
        first.update(len(raw).to_bytes(4) + raw)
        second = outer.copy()
        second.update(first.digest())
        return bytes(second.digest())

    return ticket
