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
def compress(state: "U32", w: "U32", rounds: "U32") -> None:
    """Take one block into the state.  Takes: w u32 (64,), of which the first 16 are the block."""
    for t in range(16, 64):
        x, y = w[t - 15], w[t - 2]
        low = np.uint32((x >> 7) | (x << 25)) ^ np.uint32((x >> 18) | (x << 14)) ^ (x >> 3)
        high = np.uint32((y >> 17) | (y << 15)) ^ np.uint32((y >> 19) | (y << 13)) ^ (y >> 10)
        w[t] = np.uint32(w[t - 16] + low + w[t - 7] + high)
    a, b, c, d = state[0], state[1], state[2], state[3]
    e, f, g, h = state[4], state[5], state[6], state[7]
    for t in range(64):
        high = (
            np.uint32((e >> 6) | (e << 26))
            ^ np.uint32((e >> 11) | (e << 21))
            ^ np.uint32((e >> 25) | (e << 7))
        )
        first = np.uint32(h + high + ((e & f) ^ (~e & g)) + rounds[t] + w[t])
        low = (
            np.uint32((a >> 2) | (a << 30))
            ^ np.uint32((a >> 13) | (a << 19))
            ^ np.uint32((a >> 22) | (a << 10))
        )
        second = np.uint32(low + ((a & b) ^ (a & c) ^ (b & c)))
        h, g, f, e = g, f, e, np.uint32(d + first)
        d, c, b, a = c, b, a, np.uint32(first + second)
    state[0] += a
    state[1] += b
    state[2] += c
    state[3] += d
    state[4] += e
    state[5] += f
    state[6] += g
    state[7] += h


def key_states(key: bytes) -> "tuple[U32, U32]":
    """The states after the inner and after the outer half of a key of at most one block."""
    if len(key) > BLOCK:
        raise ValueError(f"a key of {len(key)} bytes is longer than one block")
    states = []
    for mark in (0x36, 0x5C):
        padded = bytes(byte ^ mark for byte in key.ljust(BLOCK, b"\0"))
        words = np.zeros(64, np.uint32)
        words[:16] = np.frombuffer(padded, ">u4")
        state = START.copy()
        compress(state, words, ROUNDS)
        states.append(state)
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
        c = cell[begin + j]
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
def hash_number(
    number: "U8", size: "Int", inner: "U32", outer: "U32", rounds: "U32", state: "U32", w: "U32"
) -> None:
    """HMAC of the first `size` bytes of a block; leaves it in `state`."""
    number[size] = 0x80
    number[size + 1 :] = 0
    for t in range(16):
        w[t] = 0
        for j in range(4 * t, 4 * t + 4):
            w[t] = (w[t] << np.uint32(8)) | np.uint32(number[j])
    w[15] = np.uint32(8 * (BLOCK + size))
    state[:] = inner
    compress(state, w, rounds)
    w[:8] = state
    w[8] = np.uint32(0x80000000)
    w[9:15] = 0
    w[15] = np.uint32(8 * (BLOCK + 32))
    state[:] = outer
    compress(state, w, rounds)


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
    others = 0
    w, state = np.empty(64, np.uint32), np.empty(8, np.uint32)
    number = np.empty(BLOCK, np.uint8)
    for i in range(heads.shape[0]):
        if valid.size and valid[i] == 0:
            continue
        size, good, wrong = np.int64(heads[i, 0]), False, False
        if 0 < size <= LONGEST and size != OLD:
            begin = place_of(i, heads, starts)
            cell = letters if size <= IN_VIEW else text
            good, wrong = take_number(cell, begin, size, number, weights, checks)
        settled[i], odd[i] = good, wrong
        if not good:
            others += 1
            continue
        hash_number(number, size, inner, outer, rounds, state, w)
        for j in range(hashes.shape[1]):
            digit = (state[j // 8] >> np.uint32(28 - 4 * (j % 8))) & np.uint32(15)
            hashes[i, j] = digit + 0x30 if digit < 10 else digit + 0x57
    return others
