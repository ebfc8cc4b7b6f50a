"""The dictionary of a store: texts that name things, numbered once and for good.

It lies beside the segments in `numbers/<space>/`, one Parquet part an addition, named by the
numbers it holds. Parts are only ever added, whole; numbers are never used again. What is there
follows from the segments alone and may be thrown away: the next night makes it anew. No output
depends on a number, only on the order of the texts. Parts are waited for on the disk, since rows
beside the segments speak in their numbers; what is only order is not.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from riskwarn.store.connect import disk_faults
from riskwarn.store.idtable import IdTable, first_places, hashes_of
from riskwarn.store.integers import DamagedCacheError, read_integers, write_integers
from riskwarn.store.segments import ROW_GROUP_ROWS, write_segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from riskwarn.store.idtable import U64, Bools

SPACES = ("code", "person", "address", "phone")
FOLDER = "numbers"
FORMAT = 2
_ABOUT, _DIGITS = "about.json", 10


class Dictionary:
    """One space's texts and numbers. One writer at a time: hold the workspace's lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._new: list[pl.Series] = []
        self._table: IdTable | None = None
        self._kept = self._stop(self.parts())

    def parts(self) -> list[Path]:
        """The parts in order: each begins where the one before ends; others count for nothing."""
        found, stop = [], 0
        for path in sorted(self.folder.glob("*.parquet")):
            start, end = (int(number) for number in path.stem.split("-"))
            if start == stop:
                found.append(path)
                stop = end
        return found

    def _stop(self, parts: Sequence[Path]) -> int:
        return int(parts[-1].stem.split("-")[1]) if parts else 0

    def __len__(self) -> int:
        return self._kept + sum(len(keys) for keys in self._new)

    def number(
        self, keys: pl.Series, hashes: "tuple[U64, U64, Bools] | None" = None
    ) -> "NDArray[np.int32]":
        """Give each text its number, −1 for null; a text that is new gets the next one.

        Takes: hashes, those of the texts where somebody knows them already.
        """
        table = self._loaded()
        before = table.count
        found = table.number(*(hashes or hashes_of(keys)))
        if table.count > before:
            self._new.append(keys.gather(first_places(found, before, table.count)).alias("key"))
        return found

    def _loaded(self) -> IdTable:
        if self._table is None:
            parts = [pl.read_parquet(path, columns=["first", "second"]) for path in self.parts()]
            empty = pl.DataFrame(schema={"first": pl.UInt64, "second": pl.UInt64})
            hashes = pl.concat([empty, *parts])
            self._table = IdTable(hashes["first"].to_numpy(), hashes["second"].to_numpy())
        return self._table

    def keep(self) -> None:
        """Write the texts that are new as one part; until then nobody else knows them."""
        if not self._new:
            return
        table, keys = self._loaded(), pl.concat(self._new)
        stop = self._kept + len(keys)
        hashes = {name: getattr(table, name)[self._kept : stop] for name in ("first", "second")}
        frame = pl.DataFrame({"key": keys, **hashes})
        write_segment(frame, self.folder / f"{self._kept:0{_DIGITS}}-{stop:0{_DIGITS}}.parquet")
        self._kept, self._new = stop, []

    def pieces(self) -> Iterator[pl.Series]:
        """Every kept text, by number, some at a time."""
        for path in self.parts():
            keys = pl.scan_parquet(path).select("key")
            start, stop = (int(number) for number in path.stem.split("-"))
            for first in range(0, stop - start, ROW_GROUP_ROWS):
                yield keys.slice(first, ROW_GROUP_ROWS).collect()["key"]

    def texts(self) -> pl.Series:
        """Every kept text, by number."""
        parts = [pl.read_parquet(path, columns=["key"])["key"] for path in self.parts()]
        return pl.concat([pl.Series("key", [], dtype=pl.String), *parts])

    def order(self) -> "NDArray[np.int32]":
        """The numbers in the order of their texts; kept beside, so that a night need not sort."""
        kept = sorted(self.folder.glob("order-*.ints"), reverse=True)
        for path in kept:
            stop = int(path.stem.removeprefix("order-"))
            if stop > self._kept:
                continue  # its parts are gone
            try:
                found: NDArray[np.int32] = read_integers(path)["order"]
            except DamagedCacheError:
                continue
            if stop == self._kept:
                return found
            return self._keep_order(self._merged(found, stop), kept)
        return self._keep_order(self.texts().arg_sort().to_numpy().astype(np.int32), kept)

    def _merged(self, order: "NDArray[np.int32]", stop: int) -> "NDArray[np.int32]":
        """Put the numbers from `stop` on into the order of those before."""
        texts = self.texts()
        fresh = texts[stop:].arg_sort().to_numpy().astype(np.int32) + np.int32(stop)
        before = texts.gather(order)
        places = before.search_sorted(texts.gather(fresh)).to_numpy().astype(np.int64)
        return np.insert(order, places, fresh)

    def _keep_order(
        self, order: "NDArray[np.int32]", others: Sequence[Path]
    ) -> "NDArray[np.int32]":
        path = self.folder / f"order-{self._kept:0{_DIGITS}}.ints"
        write_integers(path, {"order": order})
        with disk_faults(path):
            for old in others:
                if old != path:
                    old.unlink()
        return order


def open_folder(store_dir: Path) -> Path:
    """Give the folder of numbers, emptied first when another version of the hashes made it."""
    folder = store_dir / FOLDER
    about = {"format": FORMAT, "polars": pl.__version__}
    path = folder / _ABOUT
    with disk_faults(path):
        if not path.is_file() or json.loads(path.read_text("utf-8")) != about:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            beside = path.with_suffix(".part")
            beside.write_text(json.dumps(about), "utf-8")
            beside.replace(path)
    return folder
