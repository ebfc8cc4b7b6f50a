"""From an integer of a night's view back to the text it stands for."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from riskwarn.records.graph import NodeKind
from riskwarn.store.connect import disk_faults
from riskwarn.store.numbers import FOLDER, Dictionary

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SPACE_OF = {
    NodeKind.ENTERPRISE: "code",
    NodeKind.OUTSIDE: "code",
    NodeKind.PERSON: "person",
    NodeKind.ADDRESS: "address",
    NodeKind.PHONE: "phone",
}


def speller(store_dir: Path, work: Path) -> "Callable[[NodeKind, int], str]":
    """Give the function that spells a node's key.

    A kind's texts are laid into files of the night's working folder when one is first asked, and
    only what is spelled is read from there: a province's texts would be two gigabytes of memory.
    Raises: DiskError D001, D002.
    """

    @cache
    def texts(space: str) -> "tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int32]]":
        dictionary = Dictionary(store_dir / FOLDER / space)
        return *_lay(dictionary, work / f"texts-{space}"), dictionary.order()

    def spell(kind: NodeKind, place: int) -> str:
        letters, ends, order = texts(SPACE_OF[kind])
        number = int(order[place])
        start = int(ends[number - 1]) if number else 0
        return letters[start : int(ends[number])].tobytes().decode()

    return spell


def _lay(dictionary: Dictionary, path: Path) -> "tuple[NDArray[np.uint8], NDArray[np.int64]]":
    """Write all texts one after another; give their letters (UTF-8) and where each text ends."""
    places, stop = path.with_suffix(".ends"), 0
    with disk_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as letters, places.open("wb") as ends:
            for words in dictionary.pieces():
                here = words.str.len_bytes().to_numpy().astype(np.int64).cumsum() + stop
                letters.write("".join(words.to_list()).encode())
                ends.write(here.tobytes())
                stop = int(here[-1])
    if not stop:  # an empty file cannot be mapped
        return np.empty(0, np.uint8), np.empty(0, np.int64)
    return np.memmap(path, np.uint8, "r"), np.memmap(places, np.int64, "r")
