"""Integers beside the segments: the number of every id in every row, and a hash of every key.

Made once a segment, in the rows' own order, by reading what is needed of it once; like the
dictionary they follow from the segments and may be thrown away.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from riskwarn.records.deliveries import StoredDelivery
from riskwarn.store.idtable import hashes_of
from riskwarn.store.integers import is_whole, read_integers, write_integers
from riskwarn.store.numbers import SPACES, Dictionary, open_folder
from riskwarn.tables.catalogue import Table, load_catalogue
from riskwarn.tables.spelling import clean_address, clean_phone

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from riskwarn.store.idtable import U64

ROWS_A_BATCH = 4_000_000  # rows between two additions to a dictionary
KEY = "__key"
_ROWS = "rows"
_TYPES = {"enterprise_id": "code", "person_id": "person"}
# Texts that `spelling` leaves as they are, told by one look: most of them, and cleaning is dear.
# The unified ideographs are their own NFKC; eleven digits from 10, 12–19 are no digit repeated.
_CLEAN = {"address": r"^[0-9a-z一-鿿]{5,}$", "phone": r"^1[02-9][0-9]{9}$"}
ODD = np.uint64(0x9E3779B97F4A7C15)  # odd: multiplying by a power of it loses no bit of a hash


@dataclass(frozen=True, slots=True)
class Numbers:
    """The dictionaries' folder of one store, and where a segment's integers lie."""

    folder: Path

    def dictionary(self, space: str) -> Dictionary:
        return Dictionary(self.folder / space)

    def path(self, item: StoredDelivery) -> Path:
        segment = Path(item.segment).relative_to("segments")
        return (self.folder / _ROWS / segment).with_suffix(".ints")

    def read(self, item: StoredDelivery, names: Sequence[str]) -> "dict[str, NDArray[Any]]":
        """Give id columns (i32, −1 where there is none) and KEY (u64) of a segment's rows.

        Raises: DamagedCacheError.
        """
        return read_integers(self.path(item), names)


def id_columns(table: Table) -> dict[str, dict[str, pl.Expr]]:
    """What is numbered of a table: space → name of the integer column → the text it stands for.

    Addresses and phones are compared as `spelling` writes them; they count for enterprises only.
    """
    found: dict[str, dict[str, pl.Expr]] = {}
    for column in table.columns.values():
        if column.type in _TYPES:
            found.setdefault(_TYPES[column.type], {})[column.name] = pl.col(column.name)
    if table.name == "enterprise":
        found["address"] = {"address": clean_address("address")}
        found["phone"] = {"phone": clean_phone("phone")}
    return found


def number_segments(store_dir: Path, held: Sequence[StoredDelivery]) -> Numbers:
    """Make what is missing of the integers of some segments; each is read once.

    A dictionary's new part is on the disk before any row that uses it: killed anywhere, the next
    call goes on, and gives the same texts the same numbers.
    Raises: DiskError D001, D002.
    """
    numbers = Numbers(open_folder(store_dir))
    missing = [item for item in held if not is_whole(numbers.path(item))]
    missing.sort(key=lambda item: item.delivery.table != "enterprise")  # most of what has a name
    last_use = {space: item for item in missing for space in _spaces(item)}
    open_now: dict[str, Dictionary] = {}
    for batch in _batches(missing):
        for space in {space: None for item in batch for space in _spaces(item)}:
            open_now.setdefault(space, numbers.dictionary(space))
        made = [_integers(store_dir, item, open_now) for item in batch]
        for dictionary in open_now.values():
            dictionary.keep()
        for item, columns in zip(batch, made, strict=True):
            write_integers(numbers.path(item), columns)
        done = [space for space in SPACES if last_use.get(space) in batch]
        open_now = {space: one for space, one in open_now.items() if space not in done}
    return numbers


def _spaces(item: StoredDelivery) -> list[str]:
    return list(id_columns(load_catalogue().table(item.delivery.table)))


def _batches(held: Sequence[StoredDelivery]) -> Iterator[list[StoredDelivery]]:
    batch: list[StoredDelivery] = []
    for item in held:
        batch.append(item)
        if sum(one.rows for one in batch) >= ROWS_A_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _integers(
    store_dir: Path, item: StoredDelivery, dictionaries: Mapping[str, Dictionary]
) -> "dict[str, NDArray[Any]]":
    """One segment's integer columns: its ids' numbers and one 64-bit hash of each row's key."""
    table = load_catalogue().table(item.delivery.table)
    ids = id_columns(table)
    texts = [name for columns in ids.values() for name in columns]
    wanted = list(dict.fromkeys([*texts, *table.key]))
    frame = pl.read_parquet(store_dir / item.segment, columns=wanted)
    found: dict[str, NDArray[Any]] = {}
    hashed: dict[str, U64] = {}
    for space, columns in ids.items():
        for name, spelled in columns.items():
            if space in _CLEAN:
                found[name] = _number_cleaned(frame, name, spelled, dictionaries[space])
                continue
            hashes = hashes_of(frame[name])
            hashed[name] = hashes[0]
            found[name] = dictionaries[space].number(frame[name], hashes)
    found[KEY] = _key_hashes(frame, table.key, hashed)
    return found


def _number_cleaned(
    frame: pl.DataFrame, name: str, spelled: pl.Expr, dictionary: Dictionary
) -> "NDArray[np.int32]":
    clean = frame[name].str.contains(_CLEAN[name]).fill_null(False)
    here = clean.to_numpy()
    found = np.empty(frame.height, np.int32)
    found[here] = dictionary.number(frame[name].filter(clean))
    found[~here] = dictionary.number(frame.filter(~clean).select(spelled.alias(name))[name])
    return found


def _key_hashes(frame: pl.DataFrame, key: Sequence[str], hashed: "Mapping[str, U64]") -> "U64":
    """One hash of each row's key; equal hashes are looked into, so none is believed."""
    whole = np.zeros(frame.height, np.uint64)
    for name in key:
        whole *= ODD
        whole += hashed[name] if name in hashed else hashes_of(frame[name])[0]
    return whole
