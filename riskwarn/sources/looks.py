"""One look over a column's cells: which need no care. What is not plain here is read with care.

Every kernel takes the arrays of `cells.Cells` and only ever says "nothing to see here"; what a
cell means is said by the readers of `convert`, which take all that a look does not vouch for.
"""

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from riskwarn.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    U8: TypeAlias = NDArray[np.uint8]
    U32: TypeAlias = NDArray[np.uint32]
    U64: TypeAlias = NDArray[np.uint64]
    I64: TypeAlias = NDArray[np.int64]
    Int: TypeAlias = int | np.integer[Any]

IN_VIEW = 12  # bytes of text that a view itself holds
VIEW_BYTES, HEAD_BYTES = 16, 4  # of a view, and of the length at its head
CODE_BYTES = 18
# A place counted without a sign is read at once; with one, Python's negative places come in.
ONE, THREE = np.uint64(1), np.uint64(3)
ODD = 1  # some cell may need tidying or holds a control character
WIDE = 2  # some character is neither visible ASCII nor a CJK ideograph


@kernel
def find_few(words: "U64", valid: "U8", slots: "I64", firsts: "I64", places: "U32") -> int:
    """Number the different views of a column, as they first come.

    Takes:  words u64 (n, 2); slots i64, −1, a power of two; firsts i64, room for so many views.
    Gives:  how many there are, −1 when more than `firsts` holds; fills firsts (row of the first
            of each) and places (number of each row's); null is one of them.
    Equal views are equal texts; one long text may have several views.
    """
    mask = np.uint64(slots.size - 1)
    count, last, null = 0, -1, -1
    for i in range(words.shape[0]):
        if valid.size and valid[i] == 0:
            if null < 0:
                if count == firsts.size:
                    return -1
                firsts[count] = i
                null = count
                count += 1
            places[i] = null
            continue
        a, b = words[i, 0], words[i, 1]
        if last >= 0 and words[last, 0] == a and words[last, 1] == b:
            places[i] = places[last]
            last = i
            continue
        mixed = (a ^ (b * np.uint64(0x9E3779B97F4A7C15))) * np.uint64(0xFF51AFD7ED558CCD)
        at = (mixed ^ (mixed >> np.uint64(32))) & mask
        while True:
            k = slots[at]
            if k < 0:
                if count == firsts.size:
                    return -1
                slots[at] = count
                firsts[count] = i
                places[i] = count
                count += 1
                break
            first = firsts[k]
            if words[first, 0] == a and words[first, 1] == b:
                places[i] = k
                break
            at = (at + np.uint64(1)) & mask
        last = i
    return count


@kernel
def place_of(i: "Int", heads: "U32", starts: "I64") -> "Int":
    """Where cell i, which is not null, begins: in `letters` when it is short, else in `text`.

    Kernels are handed array and place, not a slice: a slice costs more than to look at it.
    """
    if heads[i, 0] <= IN_VIEW:
        return VIEW_BYTES * i + HEAD_BYTES
    begin: Int = starts[heads[i, 2]] + np.int64(heads[i, 3])
    return begin


@kernel
def may_be_blank(first: "Int", second: "Int", third: "Int") -> "bool | np.bool":
    """Whether three bytes may begin a blank or an invisible mark; never False for one.

    U+0085, U+00A0; U+1680; U+2000 to U+206F but for dashes, quotes and dots; U+3000; U+FEFF.
    """
    if first == 0xC2:
        return second == 0x85 or second == 0xA0
    if first == 0xE2:
        return second == 0x81 or (second == 0x80 and (third < 0x90 or third >= 0xA8))
    if first == 0xE3 or first == 0xE1:
        return third == 0x80 and second == (0x80 if first == 0xE3 else 0x9A)
    return first == 0xEF and second == 0xBB and third == 0xBF


@kernel
def marks_of(cell: "U8", begin: "Int", size: "Int") -> int:
    """ODD | WIDE of one cell's characters."""
    found, j, end = 0, np.uint64(begin), np.uint64(begin + size)
    if size and (cell[j] == 0x20 or cell[end - ONE] == 0x20):
        found = ODD
    while j < end:
        c = cell[j]
        if 0x20 < c < 0x7F:
            j += ONE
        elif 0xE5 <= c <= 0xE9 or (c == 0xE4 and cell[j + ONE] >= 0xB8):
            j += THREE  # U+4E00 to U+9FFF
        else:
            found |= WIDE
            second = np.int64(cell[j + ONE]) if j + ONE < end else 0
            third = np.int64(cell[j + ONE + ONE]) if j + ONE + ONE < end else 0
            if c < 0x20 or c == 0x7F or may_be_blank(np.int64(c), second, third):
                found |= ODD
            j += ONE
    return found


@kernel
def look_over(
    heads: "U32", letters: "U8", text: "U8", starts: "I64", valid: "U8"
) -> "tuple[int, Int, Int]":
    """Look at every byte.  Gives: ODD | WIDE, bytes of the shortest and of the longest cell.

    ODD without need costs a second look; a cell that needs one is never passed over.
    """
    found, shortest, longest = 0, np.int64(1 << 40), np.int64(0)
    for i in range(heads.shape[0]):
        if valid.size and valid[i] == 0:
            continue
        size, begin = np.int64(heads[i, 0]), place_of(i, heads, starts)
        shortest, longest = min(shortest, size), max(longest, size)
        if size <= IN_VIEW:  # two calls: to choose between two arrays costs more
            found |= marks_of(letters, begin, size)
        else:
            found |= marks_of(text, begin, size)
    return found, shortest, longest


@kernel
def settled_codes(
    heads: "U32",
    letters: "U8",
    text: "U8",
    starts: "I64",
    valid: "U8",
    values: "I64",
    settled: "U8",
) -> int:
    """Mark the credit codes: 18 characters of `values`, the last one the check's.

    Takes:  values i64 (256,), of each byte in the standard's alphabet, −1 for others.
    Gives:  how many cells are neither so nor null; fills settled.
    Source: GB 32100-2015, weights 3^i mod 31.
    """
    others, last, good = 0, ~np.uint64(0), False
    for i in range(heads.shape[0]):
        if valid.size and valid[i] == 0:
            continue
        if heads[i, 0] != CODE_BYTES:
            others += 1
            continue
        begin = np.uint64(starts[heads[i, 2]]) + np.uint64(heads[i, 3])
        if begin != last:  # rows of one enterprise often share its text
            weight, total, least = 1, 0, 0
            for j in range(CODE_BYTES - 1):
                value = values[text[begin + np.uint64(j)]]
                least = min(least, value)
                total += value * weight
                weight = weight * 3 % 31
            check = values[text[begin + np.uint64(CODE_BYTES - 1)]]
            good = least >= 0 and check >= 0 and (total + check) % 31 == 0
            last = begin
        settled[i] = good
        others += 0 if good else 1
    return others


@kernel
def is_settled_set(cell: "U8", begin: "Int", size: "Int") -> bool:
    """Whether a set is written as it is stored: visible ASCII, parts rising, joined by "|"."""
    before: Int = -1  # where the part before began
    start, end = begin, begin + size
    for j in range(begin, end + 1):
        c = cell[j] if j < end else np.uint8(0x7C)
        if c <= 0x20 or c >= 0x7F or c == 0x2C or c == 0x3B:
            return False
        if c != 0x7C:
            continue
        if j == start:
            return False
        if before >= 0:  # this part must be greater than the one before
            k, old, new = 0, start - 1 - before, j - start
            while k < min(old, new) and cell[before + k] == cell[start + k]:
                k += 1
            if k == new or (k < old and cell[before + k] > cell[start + k]):
                return False
        before, start = start, j + 1
    return True


@kernel
def settled_sets(
    heads: "U32", letters: "U8", text: "U8", starts: "I64", valid: "U8", settled: "U8"
) -> int:
    """Mark the cells that are settled sets.  Gives: how many are neither so nor null."""
    others = 0
    for i in range(heads.shape[0]):
        if valid.size and valid[i] == 0:
            continue
        size, begin = np.int64(heads[i, 0]), place_of(i, heads, starts)
        good = is_settled_set(letters if size <= IN_VIEW else text, begin, size)
        settled[i] = good
        others += 0 if good else 1
    return others


@kernel
def plain_decimal(
    cell: "U8", begin: "Int", size: "Int", places: int, limit: int
) -> "tuple[bool, Int]":
    """Read a decimal of at most `places` digits after the point; whether it is one."""
    end = begin + size
    signed = size and (cell[begin] == 0x2B or cell[begin] == 0x2D)
    digits, after = 0, -1
    whole, fraction = np.int64(0), np.int64(0)
    for j in range(begin + 1 if signed else begin, end):
        c: Int = np.int64(cell[j])
        if c == 0x2E and after < 0:
            after = 0
        elif c < 0x30 or c > 0x39:
            return False, 0
        elif after < 0:
            whole, digits = whole * 10 + (c - 0x30), digits + 1
        else:
            fraction, after = fraction * 10 + (c - 0x30), after + 1
    after = max(after, 0)
    if digits == 0 or after > places or whole > limit:
        return False, 0
    for _ in range(places):
        whole *= 10
    for _ in range(places - after):
        fraction *= 10
    return True, -(whole + fraction) if cell[begin] == 0x2D else whole + fraction


@kernel
def plain_decimals(
    heads: "U32",
    letters: "U8",
    text: "U8",
    starts: "I64",
    valid: "U8",
    places: int,
    limit: int,
    values: "I64",
    settled: "U8",
) -> int:
    """Read plain decimals of at most 12 characters: "-12.5" → -1250 of 2 places.

    Takes:  limit, the largest whole number that is surely in range.
    Gives:  how many cells are neither so nor null; fills values and settled.
    """
    others = 0
    for i in range(heads.shape[0]):
        if valid.size and valid[i] == 0:
            continue
        good, size = False, np.int64(heads[i, 0])
        if size <= IN_VIEW:
            begin = place_of(i, heads, starts)
            good, values[i] = plain_decimal(letters, begin, size, places, limit)
        settled[i] = good
        others += 0 if good else 1
    return others


@kernel
def write_digits(numbers: "I64", block: "U8") -> None:
    """Write each number's digits at the end of its row of `block`, as far as they go."""
    for i in range(numbers.size):
        number, at = numbers[i], block.shape[1] - 1
        while number > 0:
            block[i, at] = 0x30 + number % 10
            number //= 10
            at -= 1
