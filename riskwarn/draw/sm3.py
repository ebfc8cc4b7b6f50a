"""SM3 after GB/T 32905-2016 in plain Python: only where OpenSSL was built without it.

About 1 ms a block: right, and far too slow for a province; `canon.hasher` probes for the fast one.
"""

_IV = bytes.fromhex("7380166f4914b2b9172442d7da8a0600a96f30bc163138aae38dee4db0fb0e4e")
_MASK = 0xFFFFFFFF


class Sm3:
    """The part of hashlib's interface that the draw uses: update, digest, hexdigest, copy."""

    block_size = 64
    digest_size = 32

    def __init__(self, data: bytes = b"") -> None:
        self._data = bytearray(data)

    def update(self, data: bytes) -> None:
        self._data += data

    def copy(self) -> "Sm3":
        return Sm3(bytes(self._data))

    def digest(self) -> bytes:
        size = len(self._data)
        padded = bytes(self._data) + b"\x80" + bytes(-(size + 9) % 64) + (size * 8).to_bytes(8)
        state = [int.from_bytes(_IV[at : at + 4]) for at in range(0, 32, 4)]
        for at in range(0, len(padded), 64):
            state = _compress(state, padded[at : at + 64])
        return b"".join(word.to_bytes(4) for word in state)

    def hexdigest(self) -> str:
        return self.digest().hex()


def _left(word: int, by: int) -> int:
    by %= 32
    return ((word << by) | (word >> (32 - by))) & _MASK


def _expand(block: bytes) -> list[int]:
    words = [int.from_bytes(block[at : at + 4]) for at in range(0, 64, 4)]
    for j in range(16, 68):
        x = words[j - 16] ^ words[j - 9] ^ _left(words[j - 3], 15)
        mixed = x ^ _left(x, 15) ^ _left(x, 23)
        words.append(mixed ^ _left(words[j - 13], 7) ^ words[j - 6])
    return words


def _compress(state: list[int], block: bytes) -> list[int]:
    words = _expand(block)
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        constant = 0x79CC4519 if j < 16 else 0x7A879D8A
        ss1 = _left((_left(a, 12) + e + _left(constant, j)) & _MASK, 7)
        ss2 = ss1 ^ _left(a, 12)
        if j < 16:
            ff, gg = a ^ b ^ c, e ^ f ^ g
        else:
            ff, gg = (a & b) | (a & c) | (b & c), (e & f) | (~e & g)
        tt1 = (ff + d + ss2 + (words[j] ^ words[j + 4])) & _MASK
        tt2 = (gg + h + ss1 + words[j]) & _MASK
        d, c, b, a = c, _left(b, 9), a, tt1
        h, g, f, e = g, _left(f, 19), e, tt2 ^ _left(tt2, 9) ^ _left(tt2, 17)
    return [x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h), strict=True)]
