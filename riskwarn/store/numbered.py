"""Integers beside the segments: the number of every id in every row, and a hash of every key.

Made once a segment, in the rows' own order; like the dictionary they follow from the segments
and may be thrown away.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from riskwarn.records.deliveries import StoredDelivery
from riskwarn.store.numbers import SPACES, Dictionary, open_folder
from riskwarn.store.segments import write_segment
from riskwarn.tables.catalogue import Table, load_catalogue
from riskwarn.tables.spelling import clean_address, clean_phone

ROWS_A_BATCH = 4_000_000  # rows between two additions to a dictionary
KEY = "key"
_ROWS = "rows"
_TYPES = {"enterprise_id": "code", "person_id": "person"}


@dataclass(frozen=True, slots=True)
class Numbers:
    """The dictionaries' folder of one store, and where a segment's integers lie."""

    folder: Path

    def dictionary(self, space: str) -> Dictionary:
        return Dictionary(self.folder / space)

    def rows(self, space: str, item: StoredDelivery) -> Path:
        return self.folder / _ROWS / space / Path(item.segment).relative_to("segments")


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
    """Make what is missing of the integers of some segments, one space after another.

    A dictionary's new part is on the disk before any row that uses it: killed anywhere, the next
    call goes on, and gives the same texts the same numbers.
    Raises: DiskError D001, D002.
    """
    numbers = Numbers(open_folder(store_dir))
    for space in SPACES:
        missing = [
            item
            for item in held
            if space in id_columns(load_catalogue().table(item.delivery.table))
            and not numbers.rows(space, item).is_file()
        ]
        if missing:
            _number_space(store_dir, numbers, space, missing)
    for item in held:
        if not numbers.rows(KEY, item).is_file():
            write_segment(_key_hashes(store_dir, item), numbers.rows(KEY, item))
    return numbers


def _number_space(
    store_dir: Path, numbers: Numbers, space: str, missing: Sequence[StoredDelivery]
) -> None:
    dictionary = numbers.dictionary(space)
    for batch in _batches(missing):
        made = []
        for item in batch:
            wanted = id_columns(load_catalogue().table(item.delivery.table))[space]
            texts = pl.scan_parquet(store_dir / item.segment).select(**wanted).collect()
            made.append(
                pl.DataFrame({name: dictionary.number(texts[name]) for name in texts.columns})
            )
        dictionary.keep()
        for item, frame in zip(batch, made, strict=True):
            write_segment(frame, numbers.rows(space, item))


def _batches(held: Sequence[StoredDelivery]) -> Iterator[list[StoredDelivery]]:
    batch: list[StoredDelivery] = []
    for item in held:
        batch.append(item)
        if sum(one.rows for one in batch) >= ROWS_A_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _key_hashes(store_dir: Path, item: StoredDelivery) -> pl.DataFrame:
    """One 64-bit hash of each row's key; equal hashes are looked into, so none is believed."""
    table = load_catalogue().table(item.delivery.table)
    hashed = [pl.col(name).hash(seed) for seed, name in enumerate(table.key)]
    whole = hashed[0]
    for other in hashed[1:]:
        whole = whole ^ other
    return pl.scan_parquet(store_dir / item.segment).select(whole.alias(KEY)).collect()
