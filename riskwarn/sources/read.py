"""Read one delivered file: find its table, type its rows, say what is wrong."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from riskwarn.records.quality import TableQuality
from riskwarn.records.reading import Reading
from riskwarn.sources.convert import Identity
from riskwarn.sources.feeds import FedFile, check_sources, keep_one
from riskwarn.sources.findings import Gathered, gather
from riskwarn.sources.headers import UNITS, Matched, detect_table
from riskwarn.sources.mapping import Feed, MappingFile
from riskwarn.sources.mapping import Identity as MappedIdentity
from riskwarn.sources.opening import open_raw, typed_chunks
from riskwarn.sources.rawfile import RawFile, check_side_file, file_fault, file_sha256, torn_parquet
from riskwarn.sources.typed import BATCH, Plan, type_rows
from riskwarn.tables.catalogue import Catalogue, Table
from riskwarn.tables.frames import (
    CHANGED_AT,
    EVIDENCE,
    KNOWN_ON,
    OPERATION,
    keys_are_distinct,
    system_schema,
    table_schema,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadContext:
    """What the reading of every file of one import has in common."""

    catalogue: Catalogue
    identity: Identity
    delivered_on: date
    accept_partial: bool = False


def read_delivery(
    path: Path, context: ReadContext, *, table: str | None = None, shown: str = ""
) -> Reading:
    """Read a file that carries the catalogue's own headers.

    Takes:  path of a CSV, XLSX or Parquet file; table, when the person says which; shown, the
            file's name in messages and evidence (default: its own name).
    Gives:  the Reading; rows with faults are in `rejects`, not in `frame`.
    Raises: InputRejectedError I101–I112 when the file as a whole is refused.
    """
    shown = shown or path.name
    sha256 = file_sha256(path, shown)
    raw = open_raw(path, shown)
    check_whole(raw, path, shown, sha256, accept_partial=context.accept_partial)
    match = detect_table(raw.headers, shown, context.catalogue, table)
    plan = Plan(
        table=match.table,
        columns=match.columns,
        system=match.system,
        file=shown,
        delivered_on=context.delivered_on,
        identity=context.identity,
        catalogue=context.catalogue,
        check_control=raw.shape.has_control,
    )
    gathered = Gathered(shown)
    for header in match.unknown:
        gathered.note_file("N312", header)
    return read_rows(raw, plan, gathered, sha256, ignored=match.unknown)


def read_mapped(
    path: Path, context: ReadContext, mapping: MappingFile, mapping_sha256: str, shown: str = ""
) -> list[Reading]:
    """Read a file of a foreign layout; one Reading for each table it feeds.

    Raises: InputRejectedError I101–I104, I109–I112, I114, I115.
    """
    shown = shown or path.name
    rule = mapping.rule_for(shown)
    if rule is None:
        raise file_fault("I115", shown)
    sha256 = file_sha256(path, shown)
    raw = open_raw(path, shown, sheet=rule.sheet)
    check_whole(raw, path, shown, sha256, accept_partial=context.accept_partial)
    readings = []
    for number, feed in enumerate(rule.feeds):
        check_sources(raw, feed, shown)
        plan = _feed_plan(feed, context, feed.identity or mapping.identity, shown)
        content = f"{sha256}\n{mapping_sha256}\n{number}"
        fed = FedFile(raw=raw, feed=feed, file=shown)
        readings.append(
            read_rows(fed, plan, Gathered(shown), content, one_per_key=feed.one_per_key)
        )
    return readings


def _feed_plan(
    feed: Feed, context: ReadContext, identity: MappedIdentity | None, shown: str
) -> Plan:
    ids = context.identity
    if identity is not None:
        prefix = identity.prefix if identity.kind == "local" else None
        ids = replace(ids, prefix=prefix)
    table = context.catalogue.table(feed.table)
    system = {name: name for name in (OPERATION, CHANGED_AT) if name in feed.columns}
    if feed.known_on:
        system[KNOWN_ON] = KNOWN_ON
    columns = []
    for name in feed.target_columns:
        if name in system:
            continue
        rule = feed.columns.get(name)
        scale = UNITS[rule.unit][1] if rule and rule.unit else None
        source = " + ".join(rule.source) if rule else ""
        columns.append(Matched(name, name, scale, f"{name}（{source}）" if source else name))
    return Plan(
        table=table,
        columns=columns,
        system=system,
        file=shown,
        delivered_on=context.delivered_on,
        identity=ids,
        catalogue=context.catalogue,
        known_on_ruled=feed.known_on is not None,
    )


def check_whole(raw: RawFile, path: Path, shown: str, sha256: str, *, accept_partial: bool) -> None:
    """Refuse a file that was cut off on its way: by its side file, or by its last line."""
    shape = raw.shape
    vouched = check_side_file(path, shown, sha256, shape.rows)
    if vouched or accept_partial:
        return
    last = shape.rows + 1
    if shape.ends_quoted:
        raise file_fault("I109", shown, "：引号没有成对", last)
    if shape.ends_open and last in shape.uneven:
        fields = shape.uneven[last]
        raise file_fault("I109", shown, f"：最后一行只有 {fields} 列，且没有换行符", last)


def read_rows(
    raw: RawFile,
    plan: Plan,
    gathered: Gathered,
    sha256: str,
    *,
    ignored: Sequence[str] = (),
    one_per_key: str | None = None,
) -> Reading:
    """Type all rows of an opened file by a plan."""
    for code in raw.note_codes:
        gathered.note_file(code)
    gathered.add_uneven(raw.shape.uneven, len(raw.headers))
    frames, rows, refused = [], len(raw.shape.uneven), len(raw.shape.uneven)
    try:
        for chunk in typed_chunks(raw):
            frame, seen, bad = type_rows(chunk, plan, gathered)
            del chunk  # a chunk is large, and what was made of it holds what is needed
            frames.append(frame)
            rows, refused = rows + seen, refused + bad
    except pl.exceptions.PolarsError as error:
        if raw.shape.encoding == "parquet":
            raise torn_parquet(plan.file) from error
        raise file_fault("I109", plan.file, "：行列结构不完整（多为引号不成对）") from error
    frame = _join(frames, plan.table)
    frames.clear()
    if one_per_key:
        frame = keep_one(frame, plan.table.key, one_per_key)
    key = [name for name in plan.table.key if name in frame.columns]
    distinct, duplicates, conflicts = bool(key) and keys_are_distinct(frame, key), 0, 0
    if key and not distinct:
        frame, duplicates, conflicts = drop_repeats(frame, plan.table, key, gathered)
    quality = _quality(frame, plan, gathered, rows, refused)
    return Reading(
        table=plan.table.name,
        file=plan.file,
        content=hashlib.sha256(f"{plan.table.name}\n{sha256}".encode()).hexdigest(),
        encoding=raw.shape.encoding,
        frame=frame,
        rejects=gather(gathered.rejects),
        notes=gather(gathered.notes),
        counts=dict(sorted(gathered.counts.items())),
        quality=replace(quality, duplicate_rows=duplicates, duplicate_keys=conflicts),
        ignored_columns=tuple(ignored),
        distinct_keys=distinct,
    )


def _join(frames: list[pl.DataFrame], table: Table) -> pl.DataFrame:
    if frames:
        return frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal")
    return pl.DataFrame(schema={**table_schema(table), **system_schema(), BATCH: pl.String()})


def drop_repeats(
    frame: pl.DataFrame, table: Table, key: Sequence[str], gathered: Gathered
) -> tuple[pl.DataFrame, int, int]:
    """Leave out rows that repeat the row before them of the same key; count conflicting ones.

    Takes:  key, the columns of the table's key that are in the frame.
    Gives:  the frame, repeats left out, rows that give a key other values on the same day.
    """
    told = frame.with_row_index("__at").filter(~frame.select(key).is_unique())
    places = told.select(key).with_row_index("__place")
    before = places.select(pl.col("__place").shift(1).over(key)).to_series()
    later = before.is_not_null()
    values = [name for name in frame.columns if name not in (EVIDENCE, *key)]
    same = later & _as_before(told, before, values)
    clash = later & ~same & _as_before(told, before, [KNOWN_ON, CHANGED_AT, OPERATION])
    gathered.note_rows("N304", told.filter(same)[EVIDENCE], table.title)
    gathered.note_rows("N305", told.filter(clash)[EVIDENCE], table.title)
    repeats = told["__at"].filter(same)
    if repeats.len():
        keep = pl.repeat(True, frame.height, dtype=pl.Boolean, eager=True)
        frame = frame.filter(keep.scatter(repeats, False))
    return frame, repeats.len(), int(clash.sum())


def _as_before(rows: pl.DataFrame, before: pl.Series, names: Sequence[str]) -> pl.Series:
    """Whether each row has the same values as the row whose place `before` gives."""
    same = pl.repeat(True, rows.height, dtype=pl.Boolean, eager=True)
    for name in names:
        same &= rows[name].eq_missing(rows[name].gather(before))
    return same


def _quality(
    frame: pl.DataFrame, plan: Plan, gathered: Gathered, rows: int, refused: int
) -> TableQuality:
    here = [name for name in plan.table.columns if name in frame.columns]
    future = _future(frame, plan)
    gathered.note_rows("N309", future, plan.table.title)
    mended = ("N301", "N302", "N303", "N308", "N310", "N316", "N317")
    noted: dict[str, int] = {}
    for (_, code), number in gathered.counts.items():
        noted[code] = noted.get(code, 0) + number
    return TableQuality(
        table=plan.table.name,
        file=plan.file,
        rows=rows,
        accepted=frame.height,
        rejected=refused,
        repaired=sum(noted.get(code, 0) for code in mended),
        filled={name: frame.height - frame[name].null_count() for name in here},
        rejected_by=dict(sorted(gathered.faults.items())),
        noted_by=dict(sorted(noted.items())),
        future_dates=len(future),
    )


def _future(frame: pl.DataFrame, plan: Plan) -> pl.Series:
    """Evidence of rows whose business date lies after the day of delivery."""
    at = plan.table.happened_on
    if at is None or at not in frame.columns:
        return pl.Series([], dtype=pl.String)
    latest = frame[at].max()
    if not isinstance(latest, date) or latest <= plan.delivered_on:
        return pl.Series([], dtype=pl.String)
    return frame.select(at, EVIDENCE).filter(pl.col(at) > plan.delivered_on)[EVIDENCE]
