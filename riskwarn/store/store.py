"""The one door to what riskwarn keeps: deliveries, leads, runs and the log."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from riskwarn.records.deliveries import Delivery, StoredDelivery
from riskwarn.records.ledger import LeadEvent, LogLeaf, RunCommit, RunRecord, TreeHead
from riskwarn.records.quality import TableQuality
from riskwarn.store import deliveries as _deliveries
from riskwarn.store.connect import connect, transaction
from riskwarn.store.deliveries import StagedDelivery
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.tables.frames import KNOWN_ON, OPERATION, keys_are_distinct
from riskwarn.terms import LeadState
from riskwarn.workspace import Workspace

if TYPE_CHECKING:
    import polars as pl

DATABASE = "riskwarn.sqlite"


class Store:
    """An open store. One writer at a time: hold `riskwarn.store.lock` before writing."""

    def __init__(self, folder: Path, db: sqlite3.Connection) -> None:
        self.folder = folder
        self.path = folder / DATABASE
        self.db = db

    @classmethod
    def open(cls, ws: Workspace) -> Self:
        """Open the workspace's store, making it when there is none.

        Raises: DiskError D001–D003 (exit 74).
        """
        path = ws.store_dir / DATABASE
        return cls(ws.store_dir, connect(path))

    def close(self) -> None:
        """Close the database; the write-ahead log is folded in by SQLite."""
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is kept, or nothing of it."""
        with transaction(self.db, self.path):
            yield

    # deliveries

    def has_delivery(self, table: str, content: str) -> bool:
        """Whether this content is already here."""
        return _deliveries.find(self.db, table, content) is not None

    def stage(self, frame: "pl.DataFrame", delivery: Delivery) -> StagedDelivery:
        """Write a delivery's segment without registering it.

        Takes:  frame, typed as the catalogue says, plus cd_operation (i/u/d), known_on Date,
                evidence text and optionally cd_time; absent columns are stored as null.
        Raises: DiskError D002.
        """
        from riskwarn.store.segments import complete, write_segment

        table = load_catalogue().table(delivery.table)
        whole = complete(frame, table)
        name = f"segments/{delivery.table}/{delivery.content[:32]}.parquet"
        write_segment(whole, self.folder / name, statistics=False)
        known = whole.select(a=whole[KNOWN_ON].min(), b=whole[KNOWN_ON].max()).row(0)
        return StagedDelivery(
            delivery=delivery,
            segment=name,
            rows=whole.height,
            known_from=known[0],
            known_to=known[1],
        )

    def register(
        self, staged: Sequence[StagedDelivery], qualities: Mapping[str, TableQuality] | None = None
    ) -> int:
        """Enter staged deliveries in one transaction.

        Takes:  qualities, by the content of the delivery they belong to.
        Gives:  how many were new; what was here before is only noted as having come again.
        """
        new = 0
        with self.transaction():
            for item in staged:
                here = _deliveries.find(self.db, item.delivery.table, item.delivery.content)
                if here is None:
                    sequence = _deliveries.register(self.db, item)
                    quality = (qualities or {}).get(item.delivery.content)
                    if quality is not None:
                        _deliveries.save_quality(self.db, sequence, quality)
                    new += 1
                else:
                    _deliveries.arrive(self.db, here, item.delivery.delivered_on)
        return new

    def add_delivery(self, frame: "pl.DataFrame", delivery: Delivery) -> bool:
        """Keep one delivery; False when the same content was already here."""
        if self.has_delivery(delivery.table, delivery.content):
            self.note_arrival(delivery.table, delivery.content, delivery.delivered_on)
            return False
        return self.register([self.stage(frame, delivery)]) == 1

    def note_arrival(self, table: str, content: str, on: date) -> bool:
        """The same content came again on a day: nothing changes but that the table is fresh."""
        with self.transaction():
            here = _deliveries.find(self.db, table, content)
            return here is not None and _deliveries.arrive(self.db, here, on)

    def count_dangling(self, staged: Sequence[StagedDelivery]) -> dict[str, int]:
        """Count rows whose `uscc` is in no enterprise delivery, staged ones included.

        Gives: content → rows; nothing at all while no enterprise table was ever delivered.
        """
        from riskwarn.store.segments import count_dangling

        known = [item.segment for item in self.deliveries("enterprise")]
        known += [item.segment for item in staged if item.delivery.table == "enterprise"]
        catalogue = load_catalogue()
        asked = {
            item.delivery.content: self.folder / item.segment
            for item in staged
            if "uscc" in catalogue.table(item.delivery.table).columns
        }
        return count_dangling([self.folder / name for name in known], asked)

    def old_numbers(self) -> "pl.DataFrame":
        """Old registration numbers and credit codes of all enterprise deliveries: reg_no, uscc."""
        import polars as pl

        from riskwarn.store.segments import old_numbers

        files = [self.folder / item.segment for item in self.deliveries("enterprise")]
        return old_numbers(pl.scan_parquet(files) if files else pl.LazyFrame())

    def deliveries(self, table: str | None = None) -> list[StoredDelivery]:
        """All deliveries in order of arrival, of one table or of all."""
        found = _deliveries.stored(self.db)
        return [d for d in found if table is None or d.delivery.table == table]

    def qualities(self) -> list[TableQuality]:
        """The quality counts of every delivery, in order of arrival."""
        return _deliveries.load_qualities(self.db)

    def sweep(self) -> list[str]:
        """Remove segments of imports that never came to their end."""
        from riskwarn.store.segments import sweep

        registered = {item.segment for item in self.deliveries()}
        kept = "select file from class_files union all select file from frozen_classes"
        registered |= {row[0] for row in self.db.execute(kept)}
        swept = [sweep(self.folder / name, registered) for name in ("classes", "segments")]
        return [name for names in swept for name in names]

    def input_hash(self, as_of: date) -> str:
        """SHA-256, hex, over the deliveries that a scan as of the day can see, in their order."""
        return _deliveries.input_hash(self.deliveries(), as_of)

    # runs, leads, classes

    def commit_run(self, commit: RunCommit) -> bool:
        """Keep all that a run gives, or nothing of it.

        A run of the same key that still stands changes nothing (False). Another run of the same
        kind and day is superseded: its states, events and classes give way to this one's.
        Raises: DiskError D001, D002 when the disk is full; what was there before still stands.
        """
        from riskwarn.store import classes, ledger

        here = ledger.find_run(self.db, commit.run_key)
        if here is not None and not here.superseded_by:
            return False
        file = classes.stage_classes(self.folder, commit)
        with self.transaction():
            ledger.enter_run(self.db, commit)
            ledger.write_events(self.db, commit.events)
            ledger.write_states(self.db, commit)
            classes.enter_classes(self.db, commit, file)
            ledger.append_log(self.db, commit.leaves, commit.head)
        return True

    def run(self, run_key: str) -> RunRecord | None:
        """A run by its key, also a superseded one."""
        from riskwarn.store import ledger

        return ledger.find_run(self.db, run_key)

    def runs(self, kind: str = "scan") -> list[RunRecord]:
        """The runs that stand, oldest day first."""
        from riskwarn.store import ledger

        return ledger.live_runs(self.db, kind)

    def previous_run(self, as_of: date, kind: str = "scan") -> RunRecord | None:
        """The last run that stands for a day before `as_of`."""
        earlier = [run for run in self.runs(kind) if run.as_of < as_of]
        return earlier[-1] if earlier else None

    def lead_states_before(
        self, as_of: date, schema: "Mapping[str, pl.DataType]"
    ) -> "pl.DataFrame":
        """The leads' states that runs before the day left, with decisions until the day.

        Takes:  schema, name → dtype, as the states were committed; has lead_id, state, state_on.
        Gives:  one row a lead that was ever opened, sorted by lead_id.
        """
        from riskwarn.store import ledger

        return ledger.states_before(self.db, as_of, schema)

    def lead_events(self, until: date, lead_id: str | None = None) -> list[LeadEvent]:
        """What happened to one lead or to all until a day, in order."""
        from riskwarn.store import ledger

        return ledger.events_of(self.db, lead_id, until)

    def decide(self, lead_id: str, state: LeadState, on: date, actor: str, note: str = "") -> bool:
        """Enter a person's decision on a lead; False when the same was entered before."""
        from riskwarn.store import ledger

        with self.transaction():
            return (
                ledger.write_events(self.db, [ledger.decision(lead_id, state, on, actor, note)]) > 0
            )

    def classes_until(self, on: date) -> "pl.DataFrame":
        """The newest frozen classes not after the day, else those of the newest scan.

        Gives: uscc, risk_class, points. What the draw takes its strata from: once a month's
        classes have been frozen, no later scan changes them.
        """
        from riskwarn.store import classes

        return classes.classes_until(self.db, self.folder, on)

    def scan_classes_until(self, on: date) -> "pl.LazyFrame":
        """The same as `classes_until`, not read yet: uscc, risk_class."""
        from riskwarn.store import classes

        return classes.scan_classes_until(self.db, self.folder, on)

    def frozen_classes(self, on: date) -> "tuple[date, pl.DataFrame] | None":
        """The newest frozen classes not after the day and their day; None: none was frozen."""
        from riskwarn.store import classes

        return classes.frozen_until(self.db, self.folder, on)

    def classes_between(self, since: date, on: date, codes: "pl.Series") -> "pl.DataFrame":
        """What some enterprises were classed as, month by month: as_of, uscc, risk_class."""
        from riskwarn.store import classes

        return classes.classes_between(self.db, self.folder, since, on, codes)

    # log

    def log_leaves(self) -> list[LogLeaf]:
        """All entries of the audit log in order."""
        from riskwarn.store import ledger

        return ledger.log_leaves(self.db)

    def tree_heads(self) -> list[TreeHead]:
        """All heads of the audit log, smallest first."""
        from riskwarn.store import ledger

        return ledger.tree_heads(self.db)

    def append_log(self, leaves: Sequence[LogLeaf], head: TreeHead) -> None:
        """Append to the audit log outside a run, such as for a draw's steps."""
        from riskwarn.store import ledger

        with self.transaction():
            ledger.append_log(self.db, leaves, head)


def distinct_inserts(frame: "pl.DataFrame", key: Sequence[str], *, distinct: bool = False) -> bool:
    """Whether the frame holds only inserts and no key twice; a key column may be absent (null).

    Takes: distinct, known to hold no key twice.
    """
    if not bool((frame[OPERATION] == "i").all()):
        return False
    return distinct or keys_are_distinct(frame, [name for name in key if name in frame.columns])
