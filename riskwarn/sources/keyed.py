"""HMAC-SHA256 of many short identity numbers at once, without a Python object a number.

The standard library's `hmac` stays the measure: the tests hold every byte of this against it.
Source: FIPS 180-4 (SHA-256), RFC 2104 (HMAC).
"""

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from riskwarn.jit import kernel
from riskwarn.sources.looks import IN_VIEW, place_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    U8: TypeAlias = NDArray[np.uint8]
    U32: TypeAlias = NDArray[np.uint32]
    I64: TypeAlias = NDArray[np.int64]
    Int: TypeAlias = int | np.integer[Any]

LANES = 16  # numbers hashed side by side
BLOCK = 64  # bytes that one step of SHA-256 takes
LONGEST = 55  # bytes of text that fit one block beside the end mark and the length
CITIZEN, OLD = 18, 15  # characters of a citizen's number, and of one before 1999
_PRIMES = [p for p in range(2, 312) if all(p % q for q in range(2, p))]


def _fraction(prime: int, root: int) -> int:
    """First 32 bits of the fraction of a prime's square or cube root, by whole numbers alone."""
    wide = prime << (32 * root)
    low, high = 0, 1 << 40
    while low < high - 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**root <= wide else (low, middle)
    return low & 0xFFFFFFFF


ROUNDS = np.array([_fraction(prime, 3) for prime in _PRIMES[:64]], np.uint32)
START = np.array([_fraction(prime, 2) for prime in _PRIMES[:8]], np.uint32)


@kernel
def compress(a: "U32", e: "U32", w: "U32", rounds: "U32") -> None:
    """Take one block each into the states of all lanes, side by side in the machine's registers.

    Takes:  w u32 (64 · LANES,), of which the first 16 rows are the blocks; a, e u32
            (68 · LANES,), of which rows 3, 2, 1, 0 are a, b, c, d and e, f, g, h.
    """
    for t in range(16, 64):
        for lane in range(LANES):
            x, y = w[(t - 15) * LANES + lane], w[(t - 2) * LANES + lane]
            low = np.uint32((x >> 7) | (x << 25)) ^ np.uint32((x >> 18) | (x << 14)) ^ (x >> 3)
            high = np.uint32((y >> 17) | (y << 15)) ^ np.uint32((y >> 19) | (y << 13)) ^ (y >> 10)
            old = w[(t - 16) * LANES + lane] + w[(t - 7) * LANES + lane]
            w[t * LANES + lane] = np.uint32(old + low + high)
    for t in range(64):
        for lane in range(LANES):
            a0, a1 = a[(t + 3) * LANES + lane], a[(t + 2) * LANES + lane]
            a2, a3 = a[(t + 1) * LANES + lane], a[t * LANES + lane]
            e0, e1 = e[(t + 3) * LANES + lane], e[(t + 2) * LANES + lane]
            e2, e3 = e[(t + 1) * LANES + lane], e[t * LANES + lane]
            high = np.uint32((e0 >> 6) | (e0 << 26)) ^ np.uint32((e0 >> 11) | (e0 << 21))
            high ^= np.uint32((e0 >> 25) | (e0 << 7))
            first = e3 + high + ((e0 & e1) ^ (~e0 & e2)) + rounds[t] + w[t * LANES + lane]
            low = np.uint32((a0 >> 2) | (a0 << 30)) ^ np.uint32((a0 >> 13) | (a0 << 19))
            low ^= np.uint32((a0 >> 22) | (a0 << 10))
            e[(t + 4) * LANES + lane] = np.uint32(a3 + first)
            a[(t + 4) * LANES + lane] = np.uint32(first + low + ((a0 & a1) ^ (a0 & a2) ^ (a1 & a2)))
    for t in range(4 * LANES):
        a[t] += a[64 * LANES + t]
        e[t] += e[64 * LANES + t]


@kernel
def begin(a: "U32", e: "U32", state: "U32") -> None:
    """Give every lane a state, u32 (8,)."""
    for t in range(4):
        a[t * LANES : (t + 1) * LANES] = state[3 - t]
        e[t * LANES : (t + 1) * LANES] = state[7 - t]


@kernel
def put_block(number: "U8", size: "Int", lane: int, w: "U32") -> None:
    """Make the first `size` bytes a lane's block, the last of a text after one block of key."""
    for t in range(16):
        word = np.uint32(0)
        for j in range(4 * t, 4 * t + 4):
            byte = number[j] if j < size else np.uint8(0x80 if j == size else 0)
            word = np.uint32((word << 8) | np.uint32(byte))
        w[t * LANES + lane] = word
    if size < BLOCK:
        w[15 * LANES + lane] = np.uint32(8 * (BLOCK + size))


def lanes() -> "tuple[U32, U32, U32]":
    """Room for `compress`: a, e, w."""
    return (
        np.zeros(68 * LANES, np.uint32),
        np.zeros(68 * LANES, np.uint32),
        np.zeros(64 * LANES, np.uint32),
    )


def key_states(key: bytes) -> "tuple[U32, U32]":
    """The states after the inner and after the outer half of a key of at most one block."""
    if len(key) > BLOCK:
        raise ValueError(f"a key of {len(key)} bytes is longer than one block")
    a, e, w = lanes()
    states = []
    for mark in (0x36, 0x5C):
        padded = bytes(byte ^ mark for byte in key.ljust(BLOCK, b"\0"))
        put_block(np.frombuffer(padded, np.uint8).copy(), BLOCK, 0, w)
        begin(a, e, START)
        compress(a, e, w, ROUNDS)
        rows = [half[row * LANES] for half in (a, e) for row in (3, 2, 1, 0)]
        states.append(np.array(rows, np.uint32))
    return states[0], states[1]


@kernel
def take_number(
    cell: "U8", begin: "Int", size: "Int", number: "U8", weights: "I64", checks: "U8"
) -> "tuple[bool, bool]":
    """Copy a cell of digits and Latin letters alone, small ones as capitals.

    Gives: whether it is one; whether it is a citizen's whose last character does not fit.
    """
    digits, total = 0, 0
    for j in range(size):
        c = cell[np.uint64(begin + j)]
        if 0x30 <= c <= 0x39:
            if j < CITIZEN - 1:
                digits, total = digits + 1, total + (np.int64(c) - 0x30) * weights[j]
        elif 0x61 <= c <= 0x7A:
            c = np.uint8(c - 32)
        elif not 0x41 <= c <= 0x5A:
            return False, False
        number[j] = c
    formed = size == CITIZEN and digits == CITIZEN - 1
    return True, formed and number[CITIZEN - 1] != checks[total % 11]


@kernel
def finish(a: "U32", e: "U32", w: "U32", inner: "U32", outer: "U32", rounds: "U32") -> None:
    """From the blocks in w to the HMAC of every lane, left in a and e."""
    begin(a, e, inner)
    compress(a, e, w, rounds)
    for t in range(4):
        w[t * LANES : (t + 1) * LANES] = a[(3 - t) * LANES : (4 - t) * LANES]
        w[(t + 4) * LANES : (t + 5) * LANES] = e[(3 - t) * LANES : (4 - t) * LANES]
    w[8 * LANES : 9 * LANES] = np.uint32(0x80000000)
    w[9 * LANES : 15 * LANES] = 0
    w[15 * LANES : 16 * LANES] = np.uint32(8 * (BLOCK + 32))
    begin(a, e, outer)
    compress(a, e, w, rounds)


@kernel
def write_hex(a: "U32", lane: int, hashes: "U8", row: "Int") -> None:
    """Write the first 16 bytes of a lane's hash as 32 digits."""
    for j in range(32):
        word = a[(3 - j // 8) * LANES + lane]
        digit = (word >> np.uint32(28 - 4 * (j % 8))) & np.uint32(15)
        hashes[row, j] = digit + 0x30 if digit < 10 else digit + 0x57


@kernel
def hash_numbers(
    heads: "U32",
    letters: "U8",
    text: "U8",
    starts: "I64",
    valid: "U8",
    inner: "U32",
    outer: "U32",
    rounds: "U32",
    weights: "I64",
    checks: "U8",
    hashes: "U8",
    settled: "U8",
    odd: "U8",
) -> int:
    """Hash every cell of digits and Latin letters alone; numbers of 15 digits are left out.

    Takes:  inner, outer of `key_states`; weights i64 (17,) and checks u8 (11,) of a citizen's
            number; hashes u8 (n, 32).
    Gives:  how many cells are neither so nor null; fills hashes (hex digits), settled, and odd
            (a citizen's number whose last character does not fit the others).
    """
    others, i, rows = 0, 0, np.zeros(LANES, np.int64)
    a, e = np.zeros(68 * LANES, np.uint32), np.zeros(68 * LANES, np.uint32)
    w, number = np.zeros(64 * LANES, np.uint32), np.zeros(BLOCK, np.uint8)
    while i < heads.shape[0]:
        waiting = 0
        while i < heads.shape[0] and waiting < LANES:
            if valid.size == 0 or valid[i]:
                size, good, wrong = np.int64(heads[i, 0]), False, False
                if 0 < size <= LONGEST and size != OLD:
                    place = place_of(i, heads, starts)
                    cell = letters if size <= IN_VIEW else text
                    good, wrong = take_number(cell, place, size, number, weights, checks)
                settled[i], odd[i] = good, wrong
                if good:
                    put_block(number, size, waiting, w)
                    rows[waiting] = i
                    waiting += 1
                else:
                    others += 1
            i += 1
        finish(a, e, w, inner, outer, rounds)
        for lane in range(waiting):
            write_hex(a, lane, hashes, rows[lane])
    return others
