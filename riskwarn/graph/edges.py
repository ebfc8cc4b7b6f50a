"""Edge rows as delivered: in force on the day, their ends by key, one type after another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from riskwarn.records.graph import EDGE_TABLES, EDGE_TYPES
from riskwarn.records.snapshot import Snapshot
from riskwarn.tables.spelling import clean_address, clean_phone
from riskwarn.terms import Collected

if TYPE_CHECKING:
    import polars as pl

# What an end is given as: 统一社会信用代码, hashed person id, address, phone, or a node's number.
Space = Literal["code", "person", "address", "phone", "node"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Both ends of some edges of one type; keys are texts, or i32 that sort as the texts do."""

    source: "pl.Series"
    target: "pl.Series"
    spaces: tuple[Space, Space]
    weights: "pl.DataFrame | None" = None  # share_bp i32, of holdings amount_fen i64


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEdges:
    """What lies behind a day's edges; `ends` by the type's number, taken away as it is merged."""

    enterprises: int
    uscc: "pl.Series"  # of all enterprises, by ent
    weak: "pl.DataFrame"  # ent, established_on, employees: of those known by the day
    ends: dict[int, list[Ends]]
    to_nowhere: int
    ended: int
    not_begun: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """How a table's rows become edges: a column or the name of one type; the ends' columns."""

    type: str  # an edge type, or the column that names it
    source: tuple[tuple[str, Space], ...]  # the first of the columns that is filled counts
    target: str = "uscc"
    share_bp: str = ""
    amount_fen: str = ""


_READERS: Mapping[str, _Reader] = {
    "shareholding": _Reader(
        type="shareholding",
        source=(("holder_uscc", "code"), ("holder_person_id", "person")),
        share_bp="ratio_bp",
        amount_fen="amount_fen",
    ),
    "person_link": _Reader(type="role", source=(("person_id", "person"),)),
    "relation": _Reader(
        type="kind", source=(("uscc", "code"),), target="other_uscc", share_bp="weight_bp"
    ),
    "equity_pledge": _Reader(type="pledge", source=(("pledgor_uscc", "code"),)),
}
assert {*EDGE_TABLES.values()} == {*_READERS, "enterprise"}


def read_edges(snapshot: Snapshot, on: date) -> RawEdges:
    """Read every edge table that is fresh, keep what is known and in force on the day."""
    register = _register(snapshot)
    known = register.filter(register["known_on"] <= on)
    ends: dict[int, list[Ends]] = {}
    for name, own in _own_ends(known):
        ends.setdefault(EDGE_TYPES.index(name), []).append(own)
    counts = {"to_nowhere": 0, "ended": 0, "not_begun": 0}
    for table, reader in _READERS.items():
        if snapshot.collected(table) is not Collected.FRESH:
            continue
        for part in snapshot.parts():
            for number, one in _read(_in_force(part, table, reader, on, counts), reader, counts):
                ends.setdefault(number, []).append(one)
    return RawEdges(
        enterprises=register.height,
        uscc=register["uscc"],
        weak=known.select("ent", "established_on", "employees"),
        ends=ends,
        **counts,
    )


def _register(snapshot: Snapshot) -> "pl.DataFrame":
    """All enterprises by ent, with the columns that the graph looks at."""
    import polars as pl

    wanted = ("uscc", "legal_rep_id", "address", "phone", "established_on", "employees")
    everyone = snapshot.scan("enterprise")
    if "uscc_no" in everyone.collect_schema().names():  # a night's view: ids are integers
        cleaned = [pl.col(f"{name}_no").alias(name) for name in ("uscc", "address", "phone")]
    else:
        cleaned = [pl.col("uscc"), clean_address("address"), clean_phone("phone")]
    everyone = everyone.with_columns(pl.col("ent").cast(pl.Int32), *cleaned)
    return everyone.select("ent", "known_on", *wanted).collect(engine="streaming").sort("ent")


def _own_ends(known: "pl.DataFrame") -> Iterator[tuple[str, Ends]]:
    """Edges between an enterprise and its own person (person → enterprise), address and phone."""
    import polars as pl

    def own(column: str) -> "pl.DataFrame":
        return known.select("ent", pl.col(column).alias("key")).drop_nulls()

    persons = own("legal_rep_id")
    yield (
        "legal_rep",
        Ends(source=persons["key"], target=persons["ent"], spaces=("person", "node")),
    )
    places: tuple[Space, ...] = ("address", "phone")
    for name in places:
        frame = own(name)
        yield name, Ends(source=frame["ent"], target=frame["key"], spaces=("node", name))


def _in_force(
    part: Snapshot, table: str, reader: _Reader, on: date, counts: dict[str, int]
) -> "pl.DataFrame":
    """Rows known by the day that have begun and not ended; unknown ends are in force."""
    import polars as pl

    own = [reader.target, *(name for name, _ in reader.source)]
    own += [name for name in (reader.share_bp, reader.amount_fen) if name]
    if reader.type not in EDGE_TYPES:
        own.append(reader.type)
    ended = (pl.col("to_on") <= on).fill_null(False)
    later = (pl.col("from_on") > on).fill_null(False)
    rows = part.scan(table).filter(pl.col("known_on") <= on)
    frame = rows.select(*own, _ended=ended, _later=later & ~ended).collect(engine="streaming")
    counts["ended"] += int(frame["_ended"].sum())
    counts["not_begun"] += int(frame["_later"].sum())
    return frame.filter(~pl.col("_ended") & ~pl.col("_later")).drop("_ended", "_later")


def _read(
    rows: "pl.DataFrame", reader: _Reader, counts: dict[str, int]
) -> Iterator[tuple[int, Ends]]:
    """The rows' ends by type and by what the source is given as; rows that lack an end count."""
    import polars as pl

    if reader.type in EDGE_TYPES:
        kind: pl.Expr = pl.lit(EDGE_TYPES.index(reader.type), pl.UInt8)
    else:
        numbers = {name: i for i, name in enumerate(EDGE_TYPES)}
        kind = pl.col(reader.type).replace_strict(numbers, default=None, return_dtype=pl.UInt8)
    rows = rows.with_columns(_type=kind).filter(pl.col("_type").is_not_null())
    named = rows.filter(
        pl.col(reader.target).is_not_null(),
        pl.any_horizontal(pl.col(name).is_not_null() for name, _ in reader.source),
    )
    counts["to_nowhere"] += rows.height - named.height
    for (number,), typed in named.partition_by("_type", as_dict=True).items():
        left = typed
        for name, space in reader.source:
            filled = left.filter(pl.col(name).is_not_null())
            left = left.filter(pl.col(name).is_null())
            if not filled.is_empty():
                target: Space = "code"
                yield (
                    int(str(number)),
                    Ends(
                        source=filled[name],
                        target=filled[reader.target],
                        spaces=(space, target),
                        weights=_weights(filled, reader),
                    ),
                )


def _weights(rows: "pl.DataFrame", reader: _Reader) -> "pl.DataFrame | None":
    import polars as pl

    if not reader.share_bp:
        return None
    share = rows.select(share_bp=pl.col(reader.share_bp).cast(pl.Int32))
    if not reader.amount_fen:
        return share
    return share.with_columns(amount_fen=rows[reader.amount_fen].cast(pl.Int64))
