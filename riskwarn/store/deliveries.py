"""Which deliveries the store holds, and in which order they are applied."""

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from riskwarn.records.deliveries import Delivery, StoredDelivery
from riskwarn.records.quality import TableQuality


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedDelivery:
    """A segment written but not yet registered: nothing knows it, a sweep removes it."""

    delivery: Delivery
    segment: str
    rows: int
    known_from: date | None
    known_to: date | None


_COLUMNS = (
    "sequence, table_name, content, file, batch, delivered_on, rows, rejected, repaired,"
    " distinct_inserts, encoding, known_from, known_to, segment"
)


def find(db: sqlite3.Connection, table: str, content: str) -> int | None:
    """Give the sequence of a delivery that is already here."""
    row = db.execute(
        "select sequence from deliveries where table_name = ? and content = ?", (table, content)
    ).fetchone()
    return int(row[0]) if row else None


def register(db: sqlite3.Connection, staged: StagedDelivery) -> int:
    """Enter a staged delivery; the caller holds the transaction. Gives its sequence."""
    d = staged.delivery
    values: list[object] = [
        d.table,
        d.content,
        d.file,
        d.batch,
        d.delivered_on.isoformat(),
        staged.rows,
    ]
    values += [d.rejected, d.repaired, int(d.distinct_inserts), d.encoding]
    values += [_iso(staged.known_from), _iso(staged.known_to), staged.segment]
    cursor = db.execute(
        f"insert into deliveries ({_COLUMNS}) values (null{', ?' * 13})",  # noqa: S608 fixed text
        values,
    )
    sequence = int(cursor.lastrowid or 0)
    arrive(db, sequence, d.delivered_on)
    return sequence


def arrive(db: sqlite3.Connection, sequence: int, on: date) -> bool:
    """Note that a delivery came (again) on a day; False when that was known."""
    cursor = db.execute("insert or ignore into arrivals values (?, ?)", (sequence, on.isoformat()))
    return cursor.rowcount > 0


def stored(db: sqlite3.Connection) -> list[StoredDelivery]:
    """Give all deliveries in order of arrival."""
    arrived: dict[int, list[date]] = {}
    for sequence, day in db.execute("select * from arrivals order by sequence, arrived_on"):
        arrived.setdefault(sequence, []).append(date.fromisoformat(day))
    rows = db.execute(f"select {_COLUMNS} from deliveries order by sequence")  # noqa: S608
    return [_stored(row, tuple(arrived.get(row[0], ()))) for row in rows]


def _stored(row: Sequence[object], arrived_on: tuple[date, ...]) -> StoredDelivery:
    (sequence, table, content, file, batch, delivered_on, rows, rejected) = row[:8]
    (repaired, distinct, encoding, known_from, known_to, segment) = row[8:]
    return StoredDelivery(
        delivery=Delivery(
            table=str(table),
            file=str(file),
            content=str(content),
            delivered_on=date.fromisoformat(str(delivered_on)),
            batch=str(batch),
            rejected=int(str(rejected)),
            repaired=int(str(repaired)),
            distinct_inserts=bool(distinct),
            encoding=str(encoding),
        ),
        sequence=int(str(sequence)),
        rows=int(str(rows)),
        segment=str(segment),
        known_from=_day(known_from),
        known_to=_day(known_to),
        arrived_on=arrived_on,
    )


def save_quality(db: sqlite3.Connection, sequence: int, quality: TableQuality) -> None:
    """Keep a delivery's quality counts; the caller holds the transaction."""
    payload = json.dumps(asdict(quality), ensure_ascii=False, sort_keys=True)
    db.execute("insert or replace into quality values (?, ?, ?)", (sequence, "import", payload))


def load_qualities(db: sqlite3.Connection) -> list[TableQuality]:
    """Give the quality counts of all deliveries in order of arrival."""
    rows = db.execute("select payload from quality where name = 'import' order by sequence")
    return [TableQuality(**json.loads(payload)) for (payload,) in rows]


def in_order(deliveries: Iterable[StoredDelivery]) -> list[tuple[int, StoredDelivery]]:
    """Rank one table's deliveries in the order in which they are applied.

    A delivery without a batch stands at its day of delivery; batches between two such follow
    their batch numbers, however they arrived. Deliveries of one batch share a rank: inside it
    rows follow cd_time, then arrival.
    Gives:  (rank, delivery), sorted by (rank, sequence).
    """
    epoch, keyed = 0, []
    for item in sorted(deliveries, key=lambda d: (d.delivery.delivered_on, d.sequence)):
        batch = item.delivery.batch
        if not batch:
            epoch += 1
        keyed.append(((epoch, 1 if batch else 0, _natural(batch)), item))
    ranks = {key: rank for rank, key in enumerate(sorted({key for key, _ in keyed}))}
    ranked = [(ranks[key], item) for key, item in keyed]
    return sorted(ranked, key=lambda pair: (pair[0], pair[1].sequence))


def input_hash(deliveries: Iterable[StoredDelivery], as_of: date) -> str:
    """Hash what a scan as of the day can see: content, day and order of deliveries, arrivals."""
    by_table: dict[str, list[StoredDelivery]] = {}
    for item in deliveries:
        by_table.setdefault(item.delivery.table, []).append(item)
    digest = hashlib.sha256()
    for table, held in sorted(by_table.items()):
        for rank, item in in_order(held):
            arrived = [day.isoformat() for day in item.arrived_on if day <= as_of]
            known = item.known_from is not None and item.known_from <= as_of
            if arrived or known:
                d = item.delivery
                line = [table, rank, d.content, d.delivered_on.isoformat(), d.batch, arrived]
                digest.update(json.dumps(line).encode() + b"\n")
    return digest.hexdigest()


def _natural(batch: str) -> tuple[tuple[int, int, str], ...]:
    """Batch 10 comes after batch 9: runs of digits compare as numbers."""
    parts = re.findall(r"\d+|\D+", batch)
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: object) -> date | None:
    return date.fromisoformat(str(text)) if text is not None else None
