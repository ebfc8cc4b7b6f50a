"""Who a row is about: credit codes checked, identity numbers hashed before anything is kept."""

import hashlib
import hmac
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from riskwarn.constants import USCC_LENGTH
from riskwarn.sources.cells import Cells, cells_of, text_of
from riskwarn.sources.converted import Converted, finding, join_settled, narrow
from riskwarn.sources.keyed import LANES, ROUNDS, hash_numbers, key_states
from riskwarn.sources.looks import settled_codes

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_FORM = f"^[{_ALPHABET}]{{{USCC_LENGTH}}}$"
_WEIGHTS = np.array([pow(3, place, 31) for place in range(USCC_LENGTH - 1)], np.int64)
_VALUES = np.full(256, -1, np.int64)  # −1: not of the alphabet
_VALUES[np.frombuffer(_ALPHABET.encode(), np.uint8)] = np.arange(31)
LOCAL_MAX_CHARS = 64
FEW_PERSONS = 20_000  # rows that are hashed sooner (0.05 s) than the kernel is compiled (5 s)
PERSON_CHARS = 32  # 128 bits of the keyed hash: no two persons of a country meet
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_ID_TABLES = (np.array(_ID_WEIGHTS, np.int64), np.array([ord(c) for c in _ID_CHECKS], np.uint8))


def uscc_is_valid(codes: pl.Series) -> pl.Series:
    """Whether well-formed codes carry the right check character.

    Takes:  text of exactly 18 characters of the standard's alphabet, no nulls.
    Gives:  Boolean.  Source: GB 32100-2015, weights 3^i mod 31.
    """
    if codes.is_empty():
        return pl.Series([], dtype=pl.Boolean)
    letters = np.frombuffer("".join(codes.to_list()).encode(), np.uint8)
    values = _VALUES[letters.reshape(-1, USCC_LENGTH)]
    check: npt.NDArray[np.int64] = (31 - (values[:, :-1] * _WEIGHTS).sum(axis=1) % 31) % 31
    return pl.Series(check == values[:, -1])


def all_codes(cells: Cells) -> bool:
    """Whether every cell is null or a credit code with the right check character."""
    return settled_codes(*cells.parts, _VALUES, np.zeros(len(cells.heads), np.uint8)) == 0


def convert_usccs(raw: pl.Series, registered: pl.DataFrame | None = None) -> Converted:
    """Check unified social credit codes; full-width and lower case are mended and noted.

    Takes:  registered, columns reg_no and uscc: old 15-digit registration numbers and the codes
            that took their place; such a number is replaced, and noted.
    """
    settled = np.zeros(len(raw), np.uint8)
    with cells_of(raw) as cells:
        if cells is None:
            return usccs_with_care(raw, registered)
        others = settled_codes(*cells.parts, _VALUES, settled)
    if not others:
        return Converted(raw)
    return join_settled(
        raw, settled, Converted(raw), lambda rest: usccs_with_care(rest, registered)
    )


def usccs_with_care(raw: pl.Series, registered: pl.DataFrame | None = None) -> Converted:
    """Read what `convert_usccs` reads, each different text once, whatever it is."""
    distinct = raw.drop_nulls().unique()
    frame = pl.DataFrame({"raw": distinct, "code": narrow(distinct).str.to_uppercase()})
    old = pl.lit(value=False)
    if registered is not None and not registered.is_empty():
        frame = frame.join(
            registered.rename({"uscc": "now"}), left_on="code", right_on="reg_no", how="left"
        )
        old = pl.col("now").is_not_null()
        frame = frame.with_columns(pl.coalesce("now", "code").alias("code"))
    frame = frame.with_columns(old.alias("old"))
    formed = pl.col("code").str.contains(_FORM)
    frame = frame.with_columns(
        pl.when(pl.col("code").str.len_chars() != USCC_LENGTH)
        .then(pl.lit("I202"))
        .when(~formed)
        .then(pl.lit("I203"))
        .alias("fault")
    )
    well = frame.filter(pl.col("fault").is_null())
    wrong = well.filter(~uscc_is_valid(well["code"]))["raw"]
    frame = frame.with_columns(
        pl.when(pl.col("raw").is_in(wrong.implode()))
        .then(pl.lit("I204"))
        .otherwise("fault")
        .alias("fault")
    )
    replaced = frame.filter("old")["raw"]
    found = _joined(raw, frame.select("raw", "code", "fault"), ("I202", "I203", "I204"))
    if replaced.is_empty():
        return found
    was_old = raw.is_in(replaced.implode()).fill_null(value=False)
    others = [item for item in found.findings if item.code != "N301"]
    mended = [
        f
        for item in found.findings
        if item.code == "N301"
        for f in finding("N301", item.rows & ~was_old)
    ]
    return Converted(found.values, (*others, *mended, *finding("N317", was_old)))


def convert_locals(raw: pl.Series, prefix: str) -> Converted:
    """Accept another register's ids as they are, with a prefix that keeps registers apart."""
    distinct = raw.drop_nulls().unique()
    code = pl.Series("code", [prefix] * len(distinct), dtype=pl.String) + narrow(distinct)
    frame = pl.DataFrame({"raw": distinct, "code": code}).with_columns(
        pl.when(pl.col("code").str.len_chars() > LOCAL_MAX_CHARS)
        .then(pl.lit("I202"))
        .alias("fault")
    )
    return _joined(raw, frame, ("I202",), noted=False)


def _joined(
    raw: pl.Series, frame: pl.DataFrame, faults: tuple[str, ...], *, noted: bool = True
) -> Converted:
    if frame["fault"].null_count() == frame.height and bool((frame["raw"] == frame["code"]).all()):
        return Converted(raw)
    rows = pl.DataFrame({"raw": raw}).join(frame, on="raw", how="left", maintain_order="left")
    values = rows["code"].set(rows["fault"].is_not_null(), None)
    findings = []
    for code in faults:
        findings += finding(code, (rows["fault"] == code).fill_null(value=False))
    if noted:
        findings += finding("N301", (values != rows["raw"]).fill_null(value=False))
    return Converted(values, tuple(findings))


def convert_persons(raw: pl.Series, key: bytes) -> Converted:
    """Replace identity numbers by a keyed hash; the number itself is never kept.

    Old 15-digit numbers hash as the 18-digit number they became.
    Gives:  text of 32 hex digits, HMAC-SHA256 under the store's key.
    """
    if len(raw) <= FEW_PERSONS:
        return persons_with_care(raw, key)
    settled, odd = np.zeros(len(raw), np.uint8), np.zeros(len(raw), np.uint8)
    hashes = np.zeros((len(raw), PERSON_CHARS), np.uint8)
    with cells_of(raw) as cells:
        if cells is None:
            return persons_with_care(raw, key)
        tables = (*key_states(key), ROUNDS, *_ID_TABLES)
        others = hash_numbers(*cells.parts, *tables, hashes, settled, odd)
    texts = text_of(hashes)
    if not _agrees(raw, texts, settled, key):
        return persons_with_care(raw, key)
    values = texts.set(raw.is_null(), None) if raw.null_count() else texts
    found = Converted(values, tuple(finding("N311", pl.Series(odd.astype(bool)))))
    if not others:
        return found
    return join_settled(raw, settled, found, lambda rest: persons_with_care(rest, key))


def _agrees(raw: pl.Series, hashes: pl.Series, settled: npt.NDArray[np.uint8], key: bytes) -> bool:
    """Whether the standard library gives some of the hashes too: a compiler is not to be trusted.

    A wrong hash would make a person two, for good; one is tried of every place side by side.
    """
    there = np.flatnonzero(settled)
    blocks = np.linspace(0, max(there.size - LANES, 0) // LANES, LANES).astype(np.int64)
    places = blocks * LANES + np.arange(LANES)  # the k-th number was hashed in place k % LANES
    tried = np.append(there[places[places < there.size]], there[-1:])
    numbers = [text.upper().encode() for text in raw.gather(tried).to_list()]
    wanted = [hmac.digest(key, number, "sha256").hex()[:PERSON_CHARS] for number in numbers]
    return hashes.gather(tried).to_list() == wanted


def persons_with_care(raw: pl.Series, key: bytes) -> Converted:
    """Read what `convert_persons` reads, each different text once, whatever it is."""
    distinct = raw.drop_nulls().unique().sort()
    plain = narrow(distinct).str.to_uppercase().str.replace_all(r"\s", "")
    old = plain.str.contains(r"^\d{15}$")
    if old.any():
        numbers = [_eighteen(text) for text in plain.filter(old).to_list()]
        plain = plain.scatter(old.arg_true(), numbers)
    table = pl.DataFrame(
        {"raw": distinct, "hash": _keyed_hashes(plain.to_list(), key), "odd": _odd(plain)},
        schema={"raw": pl.String, "hash": pl.String, "odd": pl.Boolean},
    )
    rows = pl.DataFrame({"raw": raw}).join(table, on="raw", how="left", maintain_order="left")
    return Converted(rows["hash"], tuple(finding("N311", rows["odd"].fill_null(value=False))))


def _keyed_hashes(numbers: Sequence[str], key: bytes) -> list[str]:
    """HMAC-SHA256 with both halves of the key hashed once: a third of `hmac`'s time a number."""
    padded = key.ljust(hashlib.sha256().block_size, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))
    found = []
    for number in numbers:
        first, second = inner.copy(), outer.copy()
        first.update(number.encode())
        second.update(first.digest())
        found.append(second.hexdigest()[:PERSON_CHARS])
    return found


def _odd(numbers: pl.Series) -> pl.Series:
    """Numbers in the form of a citizen's whose last character does not fit the others."""
    formed = (numbers.str.len_chars() == USCC_LENGTH) & numbers.str.contains(r"^\d{17}")
    formed &= numbers.str.len_bytes() == USCC_LENGTH
    odd = np.zeros(len(numbers), bool)
    texts = numbers.filter(formed).to_list()
    if texts:
        letters = np.frombuffer("".join(texts).encode(), np.uint8).reshape(-1, USCC_LENGTH)
        sums = (letters[:, :-1].astype(np.int64) - ord("0")) @ np.array(_ID_WEIGHTS)
        checks = np.frombuffer(_ID_CHECKS.encode(), np.uint8)[sums % len(_ID_CHECKS)]
        odd[formed.to_numpy()] = checks != letters[:, -1]
    return pl.Series(odd)


def _eighteen(number: str) -> str:
    if len(number) == 15 and number.isdecimal():
        first17 = number[:6] + "19" + number[6:]
        return first17 + _id_check(first17)
    return number


def _id_check(first17: str) -> str:
    """The last character of a citizen's number.  Source: GB 11643-1999, ISO 7064 MOD 11-2."""
    return _ID_CHECKS[sum(int(d) * w for d, w in zip(first17, _ID_WEIGHTS, strict=True)) % 11]
