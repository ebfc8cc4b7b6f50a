"""What came in: a delivery is one table's rows out of one file (and one batch) on one day."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One table's rows out of one file.

    `content` names what was delivered: the same content is the same delivery, whatever the
    file is called and however often it comes.
    """

    table: str
    file: str  # the file's name as delivered, shown in evidence
    content: str  # SHA-256, hex; of file bytes, table, batch and mapping
    delivered_on: date
    batch: str = ""  # cd_batch; empty: the file said nothing of batches
    rejected: int = 0
    repaired: int = 0
    distinct_inserts: bool = False  # only inserts, no key twice: needs no replay by itself
    encoding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDelivery:
    """A delivery as the store keeps it."""

    delivery: Delivery
    sequence: int  # order of arrival in this store
    rows: int
    segment: str  # file under the store's folder
    known_from: date | None  # earliest and latest known_on of its rows
    known_to: date | None
    arrived_on: tuple[date, ...]  # every day on which this content came
