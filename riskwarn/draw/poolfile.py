"""pool.txt: written range by range while everything that the freeze says of it is counted."""

import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from riskwarn.draw.canon import Hasher, Tree
from riskwarn.draw.lines import Lines
from riskwarn.draw.pool import EXCLUDED
from riskwarn.records.draw import DrawPlan

if TYPE_CHECKING:
    import polars as pl

FIELDS = ("uscc", "region", "department", "class", "room", "strata", "salt")


@dataclass(slots=True, kw_only=True)
class PoolFacts:
    """What the freeze says of the pool.

    sizes: (task, stratum or !reason) → enterprises; at_risk: (task, stratum) → those who stand in
    at least as many earlier tasks of the batch as they have room.
    """

    lines: Lines
    count: int = 0
    root: str = ""
    class_sha256: str = ""
    sizes: "Counter[tuple[str, str]]" = field(default_factory=Counter)
    at_risk: "Counter[tuple[str, str]]" = field(default_factory=Counter)

    def strata_of(self, task_no: str) -> dict[str, int]:
        """Stratum or !reason → enterprises, in sorted order."""
        return {name: n for (no, name), n in sorted(self.sizes.items()) if no == task_no}


def write_pool(
    plan: DrawPlan,
    chunks: "Iterable[pl.DataFrame]",
    salt_key: bytes,
    new: Hasher,
    path: Path | None,
) -> PoolFacts:
    """Write the frozen lines of all ranges and count them.

    Takes:  chunks, frames of `build_pool` in the order of their codes; path, None: in memory.
    """
    if path is None:
        held = io.BytesIO()
        return _write(plan, chunks, salt_key, new, held, lambda: Lines(held.getvalue()))
    with path.open("wb") as file:
        return _write(plan, chunks, salt_key, new, file, lambda: Lines(path))


def _write(
    plan: DrawPlan,
    chunks: "Iterable[pl.DataFrame]",
    salt_key: bytes,
    new: Hasher,
    sink: BinaryIO,
    read: Callable[[], Lines],
) -> PoolFacts:
    tree, classes = Tree(new), hashlib.sha256()
    facts = PoolFacts(lines=Lines(b""))
    for chunk in chunks:
        raw = _lines(plan, chunk, salt_key)
        sink.write(raw)
        tree.add(raw.split(b"\n")[:-1])
        classes.update(_joined(chunk, ("uscc", "class")))
        _count(plan, chunk, facts)
    facts.lines, facts.count = read(), tree.count
    facts.root, facts.class_sha256 = tree.root().hex(), classes.hexdigest()
    return facts


def _lines(plan: DrawPlan, chunk: "pl.DataFrame", salt_key: bytes) -> bytes:
    import polars as pl

    tasks = [pl.col(f"task:{task.task_no}") for task in plan.tasks]
    salted = chunk.with_columns(
        pl.concat_str(tasks, separator="|").alias("strata"),
        pl.Series("salt", salts(chunk["uscc"].to_list(), salt_key), dtype=pl.String),
    )
    return _joined(salted, FIELDS)


def _joined(frame: "pl.DataFrame", fields: Sequence[str]) -> bytes:
    import polars as pl

    if frame.is_empty():
        return b""
    lines = frame.select(pl.concat_str(fields, separator="\t").alias("line"))["line"]
    return ("\n".join(lines.to_list()) + "\n").encode()


def salts(ids: Sequence[str], key: bytes) -> list[str]:
    """16 bytes a line: nobody finds a line by trying out codes against its leaf hash."""
    return [
        hashlib.blake2b(unit.encode(), key=key[:64], digest_size=16).hexdigest() for unit in ids
    ]


def _count(plan: DrawPlan, chunk: "pl.DataFrame", facts: PoolFacts) -> None:
    import polars as pl

    least = (
        pl.col("room")
        .str.extract_all(r"=\d+")
        .list.eval(pl.element().str.strip_prefix("=").cast(pl.Int64))
    )
    table = chunk.with_columns(_earlier=pl.lit(0))
    if len(plan.tasks) > 1:
        table = table.with_columns(_room=least.list.min())
    for at, task in enumerate(plan.tasks):
        name = f"task:{task.task_no}"
        _tally(facts.sizes, task.task_no, table[name])
        if at:
            at_risk = table.filter(pl.col("_earlier") >= pl.col("_room"))
            _tally(facts.at_risk, task.task_no, at_risk[name])
        eligible = pl.col(name).str.starts_with(EXCLUDED).not_()
        table = table.with_columns(_earlier=pl.col("_earlier") + eligible.cast(pl.Int32))


def _tally(into: "Counter[tuple[str, str]]", task_no: str, column: "pl.Series") -> None:
    counts = column.value_counts(name="count")
    for name, count in counts.iter_rows():
        into[task_no, name] += count
