"""An open-addressing table from 64-bit hashes to dense numbers, collisions told by a second hash.

Two texts are one key when both their hashes agree, 128 bits: at 100 million keys the chance that
any two different ones do is below 10^-22. Equal first hashes alone only cost one more probe.
"""

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl

from riskwarn.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    U64: TypeAlias = NDArray[np.uint64]
    I32: TypeAlias = NDArray[np.int32]
    Bools: TypeAlias = NDArray[np.bool_]

LEAST_SLOTS = 1_024
_FULL = 0.6  # share of slots in use beyond which probes grow long


_SEEDS = (1, 2)


def hashes_of(keys: pl.Series) -> "tuple[U64, U64, Bools]":
    """Two independent 64-bit hashes of each text, and whether there is one."""
    first, second = (keys.hash(seed).to_numpy() for seed in _SEEDS)
    return first, second, keys.is_not_null().to_numpy()


@kernel
def place_keys(slots: "I32", first: "U64", second: "U64", start: int, stop: int) -> int:
    """Enter the keys start ≤ i < stop into free slots (−1); they are known to be distinct."""
    mask = np.uint64(slots.size - 1)
    for i in range(start, stop):
        at = first[i] & mask
        while slots[at] >= 0:
            at = (at + np.uint64(1)) & mask
        slots[at] = i
    return stop


@kernel
def find_keys(
    slots: "I32",
    first: "U64",
    second: "U64",
    count: int,
    asked_first: "U64",
    asked_second: "U64",
    found: "I32",
    begin: int,
    room: int,
) -> "tuple[int, int]":
    """Number the asked keys from `begin` on, new ones as they come.

    Takes:  found i32, −1 where there is no key to ask for, else overwritten; room, how many keys
            the arrays `first` and `second` may hold.
    Gives:  where it stopped (the end, or the first key for which there was no room), and the new
            count of keys.
    """
    mask = np.uint64(slots.size - 1)
    for i in range(begin, asked_first.size):
        if found[i] < 0:
            continue
        same = i > begin and asked_first[i] == asked_first[i - 1]
        if same and asked_second[i] == asked_second[i - 1] and found[i - 1] >= 0:
            found[i] = found[i - 1]  # a delivery often tells all of one, then all of the next
            continue
        at = asked_first[i] & mask
        while True:
            k = slots[at]
            if k < 0:
                if count == room:
                    return i, count
                first[count] = asked_first[i]
                second[count] = asked_second[i]
                slots[at] = count
                found[i] = count
                count += 1
                break
            if first[k] == asked_first[i] and second[k] == asked_second[i]:
                found[i] = k
                break
            at = (at + np.uint64(1)) & mask
    return asked_first.size, count


def first_places(found: "I32", before: int, count: int) -> "NDArray[np.int64]":
    """Where each key numbered `before` ≤ n < `count` stands first among those just numbered."""
    fresh = np.flatnonzero(found >= before)[::-1]
    places = np.empty(count - before, np.int64)
    places[found[fresh] - before] = fresh  # of several, the last one written is the first
    return places


class IdTable:
    """Keys numbered 0, 1, 2, … in the order in which they first came; none is ever forgotten."""

    def __init__(self, first: "U64 | None" = None, second: "U64 | None" = None) -> None:
        nothing = np.empty(0, np.uint64)
        self.first = nothing if first is None else first
        self.second = nothing if second is None else second
        self.count = self.first.size
        self._grow(self.count)

    def number(self, first: "U64", second: "U64", known: "Bools") -> "I32":
        """Give each key its number, −1 where `known` is false."""
        found = np.where(known, 0, -1).astype(np.int32)
        at = 0
        while at < found.size:
            room = int(self.slots.size * _FULL)
            at, self.count = find_keys(
                self.slots, self.first, self.second, self.count, first, second, found, at, room
            )
            if at < found.size:
                self._grow(2 * self.count)
        return found

    def _grow(self, keys: int) -> None:
        slots = LEAST_SLOTS
        while slots * _FULL <= keys:
            slots *= 2
        room = int(slots * _FULL)
        self.slots = np.full(slots, -1, np.int32)
        for name in ("first", "second"):
            wider = np.zeros(room, np.uint64)
            wider[: self.count] = getattr(self, name)[: self.count]
            setattr(self, name, wider)
        place_keys(self.slots, self.first, self.second, 0, self.count)
