"""Counting events and putting the feature table together, some enterprises at a time."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from riskwarn.engine.engines import Engine
from riskwarn.engine.frames import ROWS_A_GROUP, in_blocks, write_parquet
from riskwarn.features.table import (
    column_types,
    event_features,
    peer_ranks,
    snapshot_windows,
    table_beside,
)
from riskwarn.records.features import FeatureSet
from riskwarn.records.snapshot import Snapshot

SPAN = 2 * ROWS_A_GROUP  # enterprises of one pass over events; fixed, as everything that cuts

OpenEngine = Callable[[], AbstractContextManager[Engine]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Consecutive enterprises of one range, and what their events say.

    `counted`: files of ent and window features, sorted by ent, one row an enterprise each.
    """

    part: Snapshot
    first: int  # ent
    rows: int
    counted: tuple[Path, ...]

    def register(self) -> pl.LazyFrame:
        """The rows of the span's enterprises."""
        rows: pl.LazyFrame = self.of(self.part.scan("enterprise"))
        return rows

    def counts(self) -> list[pl.LazyFrame]:
        """What the events of the span's enterprises say, file by file."""
        return [pl.scan_parquet(file) for file in self.counted]

    def of(self, frame: Any) -> Any:
        """Keep a Polars frame's rows of the span's enterprises."""
        return frame.filter(pl.col("ent").is_between(self.first, self.first + self.rows - 1))


def count_spans(
    snapshot: Snapshot, features: FeatureSet, work: Path, open_engine: OpenEngine, *, cut: bool
) -> list[Span]:
    """Count what the events say, one span of enterprises and one table after another.

    Each count lies in a file of its own, all in the same order, so that they need only be put side
    by side; one pass over all tables at once would carry every column through every join.
    Takes:  cut: for Polars. Another engine, whose passes cost a start each, makes one a range.
    """
    tables = dict.fromkeys(one.table for one in features.windows)
    groups = [[f for f in features.windows if f.table == name] for name in tables]
    own = [FeatureSet(features={f.name: f for f in group}) for group in groups]
    named = dict(zip(tables, own, strict=True)) if cut else {"all": features}
    spans: list[Span] = []
    for part in snapshot.parts():
        ents = part.scan("enterprise").select(first=pl.col("ent").min(), rows=pl.len()).collect()
        first, rows = ents.row(0)
        for start in range(0, rows, SPAN if cut else rows):
            size = min(SPAN, rows - start) if cut else rows
            span = Span(part=part, first=first + start, rows=size, counted=())
            folder = work / "windows" / f"{len(spans):04}"
            with open_engine() as engine:
                files = [_count(span, engine, g, folder / f"{n}.parquet") for n, g in named.items()]
            spans.append(Span(part=part, first=span.first, rows=size, counted=tuple(files)))
    return spans


def _count(span: Span, engine: Engine, group: FeatureSet, path: Path) -> Path:
    def read(file: Path) -> Any:
        rows = engine.read(file)
        return span.of(rows) if engine.name == "polars" else rows

    counted = event_features(span.part, group, read)
    types: dict[Any, Any] = {**column_types(group.windows)}
    write_parquet(engine.bring(counted, "events", sort_by="ent").cast(types), path)
    return path


def whole_windows(snapshot: Snapshot, features: FeatureSet, spans: Sequence[Span]) -> pl.LazyFrame:
    """Give `snapshot_windows` of all spans: of which a column or two is read at a time."""
    register = snapshot.scan("enterprise").select(pl.col("ent").cast(pl.Int32))
    files = zip(*(span.counted for span in spans), strict=True)
    beside = [pl.scan_parquet(list(one)).drop("ent") for one in files]
    return snapshot_windows(snapshot, features, pl.concat([register, *beside], how="horizontal"))


def write_table(
    snapshot: Snapshot,
    features: FeatureSet,
    spans: Sequence[Span],
    measured: Sequence[pl.LazyFrame],
    path: Path,
) -> None:
    """Write the feature table, a row group at a time.

    Takes: measured, frames of ent and graph features, one row an enterprise, sorted by ent.
    """
    whole, as_of = [*measured], snapshot.as_of
    if features.peers:
        every = [whole_windows(snapshot, features, spans), *measured]
        ranks = peer_ranks(snapshot.scan("enterprise"), features, as_of, every)
        whole.append(ranks.lazy())

    def blocks() -> Iterator[pl.DataFrame]:
        for span in spans:
            counted = span.counts()
            for start in range(0, span.rows, ROWS_A_GROUP):
                size = min(ROWS_A_GROUP, span.rows - start)
                register, *own = (f.slice(start, size) for f in (span.register(), *counted))
                beside = [*own, *(one.slice(span.first + start, size) for one in whole)]
                yield table_beside(register, features, as_of, beside).collect()

    first = [one.slice(0, 0) for one in (spans[0].register(), *spans[0].counts(), *whole)]
    schema = table_beside(first[0], features, as_of, first[1:]).collect_schema()
    write_parquet(in_blocks(blocks(), schema), path)
