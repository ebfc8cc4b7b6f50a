"""Edge rows as delivered: in force on the day, keyed by text, then numbered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from riskwarn.records.graph import EDGE_TABLES, EDGE_TYPES, NodeKind
from riskwarn.records.snapshot import Snapshot
from riskwarn.tables.spelling import clean_address, clean_phone
from riskwarn.terms import Collected

if TYPE_CHECKING:
    import polars as pl

_CODE, _PERSON = "code", "person"  # key spaces of an end: 统一社会信用代码, hashed person id


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """Edges between numbered nodes: type u8, source i32, target i32, share_bp i64, amount_fen."""

    edges: "pl.DataFrame"
    keys: "Mapping[NodeKind, pl.Series]"


@dataclass(frozen=True, kw_only=True)
class RawEdges:
    """Edge frames by key spaces, each with type u8, a (source), b (target), shares.

    Keys are texts, or in a night's view the texts' places in their order: the same numbers follow.
    """

    enterprises: int
    enterprise: "pl.DataFrame"  # ent, uscc, legal_rep_id, address, phone, … known by the day
    uscc: "pl.Series"  # all of them, by ent
    codes: "pl.DataFrame"  # a and b are codes
    persons: "pl.DataFrame"  # a is a person, b a code
    to_nowhere: int
    ended: int
    not_begun: int

    @cached_property
    def attributes(self) -> "Mapping[NodeKind, pl.DataFrame]":
        """ent and key of the enterprises' own person, address and phone, without nulls."""
        columns = {
            NodeKind.PERSON: "legal_rep_id",
            NodeKind.ADDRESS: "address",
            NodeKind.PHONE: "phone",
        }
        return {
            kind: self.enterprise.select("ent", key=column).drop_nulls()
            for kind, column in columns.items()
        }

    def number(self) -> Numbered:
        """Give every key a number: by kind, then in the order of the text."""
        import polars as pl

        known = pl.DataFrame({"key": self.uscc}).with_row_index("node")
        known = known.with_columns(pl.col("node").cast(pl.Int32))
        ends = pl.concat([self.codes["a"], self.codes["b"], self.persons["b"]]).unique()
        outside = pl.DataFrame({"key": ends}).join(known, on="key", how="anti")["key"].sort()
        own = self.attributes
        person_keys = pl.concat([self.persons["a"], own[NodeKind.PERSON]["key"]]).unique().sort()
        keys = {
            NodeKind.ENTERPRISE: self.uscc,
            NodeKind.OUTSIDE: outside,
            NodeKind.PERSON: person_keys,
            NodeKind.ADDRESS: own[NodeKind.ADDRESS]["key"].unique().sort(),
            NodeKind.PHONE: own[NodeKind.PHONE]["key"].unique().sort(),
        }
        lookup = _lookups(keys)
        codes = pl.concat([lookup[NodeKind.ENTERPRISE], lookup[NodeKind.OUTSIDE]])
        parts = [
            _join(_join(self.codes, codes, "a", "source"), codes, "b", "target"),
            _join(
                _join(self.persons, lookup[NodeKind.PERSON], "a", "source"), codes, "b", "target"
            ),
            _own_edges(own[NodeKind.PERSON], lookup[NodeKind.PERSON], "legal_rep", True),
            _own_edges(own[NodeKind.ADDRESS], lookup[NodeKind.ADDRESS], "address", False),
            _own_edges(own[NodeKind.PHONE], lookup[NodeKind.PHONE], "phone", False),
        ]
        wanted = ("type", "source", "target", "share_bp", "amount_fen")
        return Numbered(edges=pl.concat([part.select(wanted) for part in parts]), keys=keys)


def _lookups(keys: "Mapping[NodeKind, pl.Series]") -> "dict[NodeKind, pl.DataFrame]":
    import polars as pl

    found, start = {}, 0
    for kind, series in keys.items():
        stop = start + len(series)
        node = pl.int_range(start, stop, dtype=pl.Int32, eager=True)
        found[kind] = pl.DataFrame({"key": series, "node": node})
        start = stop
    return found


def _join(edges: "pl.DataFrame", keys: "pl.DataFrame", on: str, name: str) -> "pl.DataFrame":
    return edges.join(keys.rename({"key": on, "node": name}), on=on, how="inner").drop(on)


def _own_edges(
    own: "pl.DataFrame", keys: "pl.DataFrame", edge_type: str, to_enterprise: bool
) -> "pl.DataFrame":
    """Edges between an enterprise and its own person (person → enterprise), address or phone."""
    import polars as pl

    source, target = ("node", "ent") if to_enterprise else ("ent", "node")
    return own.join(keys, on="key", how="inner").select(
        pl.lit(EDGE_TYPES.index(edge_type), pl.UInt8).alias("type"),
        source=source,
        target=target,
        share_bp=pl.lit(None, pl.Int64),
        amount_fen=pl.lit(None, pl.Int64),
    )


def read_edges(snapshot: Snapshot, on: date) -> RawEdges:
    """Read every edge table that is fresh, keep what is known and in force on the day."""
    import polars as pl

    wanted = ("uscc", "legal_rep_id", "address", "phone", "established_on", "employees")
    everyone = snapshot.scan("enterprise")
    numbered = "uscc_no" in everyone.collect_schema().names()  # a night's view: ids are integers
    if numbered:
        own = {name: f"{name}_no" for name in ("uscc", "address", "phone")}
        cleaned = [pl.col(numbers).alias(name) for name, numbers in own.items()]
    else:
        cleaned = [pl.col("uscc"), clean_address("address"), clean_phone("phone")]
    everyone = everyone.with_columns(pl.col("ent").cast(pl.Int32), *cleaned)
    frame = everyone.select("ent", "known_on", *wanted).collect(engine="streaming").sort("ent")
    counts = {"to_nowhere": 0, "ended": 0, "not_begun": 0}
    codes, persons = [_empty(numbered)], [_empty(numbered)]
    for table, read in _READERS.items():
        if snapshot.collected(table) is not Collected.FRESH:
            continue
        rows = _in_force(snapshot, table, on, counts)
        for space, edges in read(rows):
            named = edges.filter(pl.col("a").is_not_null() & pl.col("b").is_not_null())
            counts["to_nowhere"] += edges.height - named.height
            (codes if space == _CODE else persons).append(named)
    return RawEdges(
        enterprises=frame.height,
        enterprise=frame.filter(pl.col("known_on") <= on),
        uscc=frame["uscc"],
        codes=pl.concat(codes),
        persons=pl.concat(persons),
        **counts,
    )


def _in_force(snapshot: Snapshot, table: str, on: date, counts: dict[str, int]) -> "pl.DataFrame":
    """Rows known by the day that have begun and not ended; unknown ends are in force."""
    import polars as pl

    rows = snapshot.scan(table).filter(pl.col("known_on") <= on)
    ended = (pl.col("to_on") <= on).fill_null(False)
    later = (pl.col("from_on") > on).fill_null(False)
    rows = rows.with_columns(_ended=ended, _later=later & ~ended)
    frame = rows.collect(engine="streaming")
    counts["ended"] += int(frame["_ended"].sum())
    counts["not_begun"] += int(frame["_later"].sum())
    return frame.filter(~pl.col("_ended") & ~pl.col("_later"))


def _empty(numbered: bool) -> "pl.DataFrame":
    import polars as pl

    key, number = pl.Int32 if numbered else pl.String, pl.Int64
    schema = {"type": pl.UInt8, "a": key, "b": key, "share_bp": number, "amount_fen": number}
    return pl.DataFrame(schema=schema)


def _edge(
    rows: "pl.DataFrame",
    edge_type: "str | pl.Expr",
    a: str,
    b: str,
    share_bp: str = "",
    amount_fen: str = "",
) -> "pl.DataFrame":
    import polars as pl

    number = {name: i for i, name in enumerate(EDGE_TYPES)}
    if isinstance(edge_type, str):
        code: pl.Expr = pl.lit(number[edge_type], pl.UInt8)
    else:
        code = edge_type.replace_strict(number, default=None, return_dtype=pl.UInt8)
    share = pl.col(share_bp).cast(pl.Int64) if share_bp else pl.lit(None, pl.Int64)
    amount = pl.col(amount_fen).cast(pl.Int64) if amount_fen else pl.lit(None, pl.Int64)
    edges = rows.select(type=code, a=a, b=b, share_bp=share, amount_fen=amount)
    return edges.filter(pl.col("type").is_not_null())


Spaces = list[tuple[str, "pl.DataFrame"]]


def _read_shareholding(rows: "pl.DataFrame") -> Spaces:
    import polars as pl

    by_person = pl.col("holder_uscc").is_null() & pl.col("holder_person_id").is_not_null()
    shares = ("ratio_bp", "amount_fen")
    codes = _edge(rows.filter(~by_person), "shareholding", "holder_uscc", "uscc", *shares)
    persons = rows.filter(by_person)
    return [
        (_CODE, codes),
        (_PERSON, _edge(persons, "shareholding", "holder_person_id", "uscc", *shares)),
    ]


def _read_person_link(rows: "pl.DataFrame") -> Spaces:
    import polars as pl

    return [(_PERSON, _edge(rows, pl.col("role"), "person_id", "uscc"))]


def _read_relation(rows: "pl.DataFrame") -> Spaces:
    import polars as pl

    return [(_CODE, _edge(rows, pl.col("kind"), "uscc", "other_uscc", "weight_bp"))]


def _read_pledge(rows: "pl.DataFrame") -> Spaces:
    return [(_CODE, _edge(rows, "pledge", "pledgor_uscc", "uscc"))]


_READERS: Mapping[str, Callable[["pl.DataFrame"], Spaces]] = {
    "shareholding": _read_shareholding,
    "person_link": _read_person_link,
    "relation": _read_relation,
    "equity_pledge": _read_pledge,
}
assert {*EDGE_TABLES.values()} == {*_READERS, "enterprise"}
