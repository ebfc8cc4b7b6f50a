"""From an integer of a night's view back to the text it stands for."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from riskwarn.records.graph import NodeKind
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


def speller(store_dir: Path) -> "Callable[[NodeKind, int], str]":
    """Give the function that spells a node's key; each kind's texts are read when first asked."""

    @cache
    def texts(space: str) -> "tuple[pl.Series, NDArray]":  # type: ignore[type-arg]
        dictionary = Dictionary(store_dir / FOLDER / space)
        return dictionary.texts(), dictionary.order()

    def spell(kind: NodeKind, place: int) -> str:
        words, order = texts(SPACE_OF[kind])
        return str(words[int(order[place])])

    return spell
