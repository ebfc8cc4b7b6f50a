"""The made-up snapshot of bench.rules: every table and column that shipped rules count over.

Good for measuring cost, of no use for judging rules: one enterprise in a hundred has a fifth of
the events, all else is uniform and independent. Text holds the words that the shipped rules look
for and others, so that every rule finds somebody.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

AS_OF = date(2026, 6, 30)
EPOCH = date(1970, 1, 1)
RANGE = 1 << 20  # enterprises a folder, as the store cuts a snapshot
DAYS = 1200  # events of a good three years
SHARES = {  # per mille of the events
    "complaint": 340, "inspection": 150, "penalty": 80, "ad_monitoring": 80, "platform_shop": 80,
    "sampling": 70, "licence": 60, "equipment": 40, "change": 30, "abnormal_listing": 20,
    "annual_report": 20, "serious_violation": 10, "public_opinion": 10, "indicator": 10,
}  # fmt: skip
INDUSTRIES = (
    "F5221", "F5265", "H6210", "J6621", "M7452", "C2682", "C4011", "P8321", "Q8411", "G5331",
    "C1411", "F5211", "L7281", "O8111",
)  # fmt: skip


def windows(packs: Iterable[Any]) -> list[Any]:
    """Give every feature over events that shipped packs use, and what trends rest on."""
    from riskwarn.rules.pack import pack_features

    return list(pack_features(packs).windows)


def make(folder: Path, enterprises: int, events: int, packs: list[Any]) -> None:
    """Write the snapshot's Parquet files, one folder a range of RANGE; the same bytes every time.

    Takes:  enterprises, events: numbers of rows; events are spread over the tables as SHARES says.
    """
    for number, first in enumerate(range(0, enterprises, RANGE)):
        size = min(RANGE, enterprises - first)
        place = folder / f"{number:03}" if enterprises > RANGE else folder
        place.mkdir(parents=True, exist_ok=True)
        _make_range(place, first, size, events * size // enterprises, packs)


def ranges(folder: Path) -> int:
    """Give the number of ranges that were made."""
    return max(1, len(list(folder.glob("[0-9][0-9][0-9]"))))


def table_path(folder: Path, table: str) -> Path:
    """Give a table's file, or the pattern of its files."""
    return (folder if ranges(folder) == 1 else folder / "[0-9][0-9][0-9]") / f"{table}.parquet"


def _make_range(folder: Path, first: int, enterprises: int, events: int, packs: list[Any]) -> None:
    import numpy as np

    from riskwarn.tables.catalogue import load_catalogue

    dice = np.random.default_rng(1 + first)
    _register(dice, first, enterprises).write_parquet(folder / "enterprise.parquet")
    specs = windows(packs)
    for name, share in SHARES.items():
        table = load_catalogue().table(name)
        used: dict[str, set[str]] = {str(table.happened_on): set()}
        for column, words in _used(specs, name):
            used.setdefault(column, set()).update(words)
        rows = _events(dice, table, used, enterprises, events * share // 1000)
        rows = rows.with_columns(ent=rows["ent"] + first)
        rows.write_parquet(folder / f"{name}.parquet")


def _used(specs: list[Any], table: str) -> Iterator[tuple[str, list[str]]]:
    """Name the columns of a table that features look at, with the words they look for."""
    for spec in specs:
        wheres, names = list(spec.where), [spec.at, spec.of, *spec.dedupe]
        if spec.match and spec.match.table == table:
            yield from ((theirs, []) for _, theirs in spec.match.on)
            yield from _sought(spec.match.where)
        if spec.table == table:
            names += [mine for mine, _ in spec.match.on] if spec.match else []
            yield from ((name, []) for name in names if name)
            yield from _sought(wheres)


def _sought(wheres: Iterable[Any]) -> Iterator[tuple[str, list[str]]]:
    for one in wheres:
        values = one.value if isinstance(one.value, tuple) else (one.value,)
        yield one.column, [value for value in values if isinstance(value, str)]


def _dated(dice: Any, size: int, first: int, last: int) -> Any:
    import polars as pl

    base = (AS_OF - EPOCH).days
    days = dice.integers(base + first, base + last + 1, size).astype("int32")
    return pl.Series(days).cast(pl.Date)


def _events(dice: Any, table: Any, used: dict[str, set[str]], enterprises: int, size: int) -> Any:
    import polars as pl

    happened = _dated(dice, size, -DAYS + 1, 0)
    columns: dict[str, Any] = {
        "ent": (dice.random(size) ** 3 * enterprises).astype("int32"),  # few have many events
        "known_on": happened,
    }
    for name, column in table.columns.items():
        if name == table.happened_on:
            columns[name] = happened
        elif name in used:
            columns[name] = _column(dice, column, sorted(used[name]), size)
        elif column.type == "date":  # a snapshot has every date column, filled or not
            columns[name] = pl.Series([None], dtype=pl.Date).new_from_index(0, size)
    return pl.DataFrame(columns).sort("ent")


def _column(dice: Any, column: Any, words: list[str], size: int) -> Any:
    import polars as pl

    if column.type == "date":
        if column.visible_from:  # an end, a removal: most are still open
            ended = _dated(dice, size, -600, 0)
            return ended.set(pl.Series(dice.integers(0, 10, size) < 7), None)
        return _dated(dice, size, -400, 400)
    if column.type == "flag":
        return dice.integers(0, 2, size).astype(bool)
    if column.type in ("int", "fen", "bp"):
        low, high = (2020, 2027) if column.name == "year" else (0, 4)
        dtype = pl.Int32 if column.type == "bp" else pl.Int64
        return pl.Series(dice.integers(low, high, size)).cast(dtype)
    if column.type == "number":
        return dice.random(size)
    words = [w for w in words if not w.startswith("$")]
    if column.type == "set":
        words = [*words, "ok", *(f"ok|{word}" for word in words)]
    elif column.codes is None:
        words = [f"反映{word}一事" for word in words] + ["其他"] * 3
        words += ["质量问题", "价格", "服务态度"]
        if column.name in ("licence_no", "licence_no_shown"):  # few enough that some are alike
            words = [f"JY{number:04}" for number in range(500)]
        if column.name in ("item_code", "medium"):
            words = [w.removeprefix("反映").removesuffix("一事") for w in words]
    else:
        words = [*words, "other"]
    return pl.Series(words).gather(dice.integers(0, len(words), size))


def _register(dice: Any, first: int, size: int) -> Any:
    import polars as pl

    def pick(words: list[Any], dtype: Any = None) -> Any:
        return pl.Series(words, dtype=dtype).gather(dice.integers(0, len(words), size))

    ents = pl.int_range(first, first + size, dtype=pl.Int32, eager=True)
    status = pick(["active"] * 15 + ["revoked", "cancelled", "annulled", None, None])
    gone = pl.Series(status.is_in(["revoked", "cancelled", "annulled"]).fill_null(False))
    ended = _dated(dice, size, -2000, 0)
    money = [0, 0, 5 * 10**8, 2 * 10**10, None]
    return pl.DataFrame(
        {
            "ent": ents,
            "uscc": ents.cast(pl.String).str.zfill(18),
            "kind": pick(["company", "company", "individual", "coop", None]),
            "status": status,
            "region": pick(["330106", "330203", "330702", "330382"]),
            "industry": pick([*INDUSTRIES, None]),
            "established_on": _dated(dice, size, -4000, -1),
            "cancelled_on": ended.set(~gone, None),
            "business_until": _dated(dice, size, -300, 9000),
            "registered_capital_fen": pick(money, pl.Int64),
            "paid_capital_fen": pick(money, pl.Int64),
            "employees": pick([0, 1, 5, 80, None], pl.Int64),
            "facility_type": pick(["", "food_shop", None]),
            "scope": pick(["食品经营", "技术服务", "投资咨询 民间借贷", None]),
        }
    )


def day(days: int) -> date:
    """Give the last day that is too old for a window of so many days."""
    return AS_OF - timedelta(days=days)
