"""The next day: one row in a hundred of the moving tables is new, changed or taken back."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from riskwarn.county.numbers import enterprise_codes
from riskwarn.county.shape import COMPANY
from riskwarn.county.streams import stream
from riskwarn.county.write import file_hash, write_parquet
from riskwarn.errors import Place, Problem, UsageError
from riskwarn.tables.catalogue import Table, load_catalogue

CHANGED_SHARE = 0.01
Setter = Callable[[date], pl.Expr]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moves:
    """How rows of a table change: the column whose value makes a key new, what else is set."""

    renewed: str  # text key that gets a mark, or uscc
    dated: tuple[str, ...]  # set to the new day in new rows
    updated: Mapping[str, Setter]


def _day(day: date) -> pl.Expr:
    return pl.lit(day)


def _word(text: str) -> Setter:
    return lambda day: pl.lit(text)


_MOVES = {
    "enterprise": _Moves(
        renewed="uscc", dated=("established_on",), updated={"phone": _word("12000000001")}
    ),
    "complaint": _Moves(
        renewed="case_no",
        dated=("received_on",),
        updated={"result": _word("调解成功"), "closed_on": _day},
    ),
    "inspection": _Moves(
        renewed="inspection_no",
        dated=("inspected_on", "published_on"),
        updated={"results": _word("发现问题已责令改正"), "problem": _word("是")},
    ),
    "penalty": _Moves(
        renewed="document_no",
        dated=("decided_on", "published_on"),
        updated={"kind": _word("罚款")},
    ),
    "licence": _Moves(
        renewed="licence_no",
        dated=("issued_on",),
        updated={"valid_to": lambda day: pl.lit(day + timedelta(1826))},
    ),
    "shareholding": _Moves(renewed="", dated=("from_on",), updated={"ratio_bp": _word("50.00")}),
    "relation": _Moves(renewed="", dated=("from_on",), updated={"to_on": _day}),
    "public_opinion": _Moves(
        renewed="post_no", dated=("published_on",), updated={"heat": lambda day: pl.lit(9999)}
    ),
}


def make_next_day(folder: Path) -> dict[str, str]:
    """Write the next day's delivery beside a county: folder/day2/<table>.parquet.

    Takes:  folder, a county made before.
    Gives:  file below the folder → SHA-256. Of every hundred rows of a table one is touched: a
            third each inserted, updated, deleted; batch and 知悉日期 are the day after as_of.
    Raises: UsageError G003 where there is no county.
    """
    about_file = folder / "truth" / "county.json"
    if not about_file.is_file():
        raise UsageError(Problem("G003", "此处没有虚构县", Place(str(folder)), "先生成数据"))
    about = json.loads(about_file.read_text(encoding="utf-8"))
    day = date.fromisoformat(about["settings"]["as_of"]) + timedelta(1)
    (folder / "day2").mkdir(exist_ok=True)
    files = {}
    for name in sorted(_MOVES):
        parts = sorted((folder / "inbox").glob(f"{name}*.parquet"))
        for number, path in enumerate(p for p in parts if "更新" not in p.stem):
            rng = stream(about["seed"], f"day2 {name}", number)
            sent = _move(pl.read_parquet(path), load_catalogue().tables[name], day, rng, about)
            out = folder / "day2" / path.name
            write_parquet(sent, out)
            files[out.relative_to(folder).as_posix()] = file_hash(out)
    return files


def _move(
    frame: pl.DataFrame, table: Table, day: date, rng: np.random.Generator, about: Any
) -> pl.DataFrame:
    """Choose and change rows of one delivery; its columns keep their types."""
    moves = _MOVES[table.name]
    titles = {name: column.title for name, column in table.columns.items()}
    each = max(1, round(len(frame) * CHANGED_SHARE / 3))
    frame = frame.unique([titles[key] for key in table.key], keep="first", maintain_order=True)
    frame = frame.filter(pl.col("操作标识") == "i")
    chosen = rng.choice(len(frame), min(3 * each, len(frame)), replace=False)
    new, changed, gone = (frame[np.sort(part)] for part in np.array_split(chosen, 3))

    def put(name: str, value: pl.Expr) -> pl.Expr:
        dtype = frame.schema[titles[name]]
        return value.cast(dtype).alias(titles[name])

    new = new.with_columns(put(name, _day(day)) for name in moves.dated)
    if moves.renewed == "uscc":
        index = about["enterprises"] * 2 + rng.permutation(10 * len(new))[: len(new)]
        codes = enterprise_codes(
            index.astype(np.int64),
            np.full(len(new), COMPANY, np.uint8),
            str(about["settings"]["place"]["region"]),
        )
        new = new.with_columns(codes.alias(titles["uscc"]))
    elif moves.renewed:
        marked = pl.col(titles[moves.renewed]) + "-2"
        new = new.with_columns(marked.alias(titles[moves.renewed]))
    changed = changed.with_columns(put(n, setter(day)) for n, setter in moves.updated.items())
    parts = [
        part.with_columns(pl.lit(operation).alias("操作标识"))
        for part, operation in ((new, "i"), (changed, "u"), (gone, "d"))
    ]
    return pl.concat(parts).with_columns(
        pl.lit(f"{day:%Y%m%d}-001").alias("批次号"), pl.lit(day).alias("知悉日期")
    )
