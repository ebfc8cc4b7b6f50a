"""The straight line files → checked frames → store: all of a call is kept, or nothing of it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskwarn.errors import InputRejectedError, NothingToDoError, Place, Problem
from riskwarn.records.deliveries import Delivery
from riskwarn.records.quality import TableQuality
from riskwarn.store.deliveries import StagedDelivery
from riskwarn.store.keys import person_key
from riskwarn.store.lock import hold_lock
from riskwarn.store.store import Store, distinct_inserts
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.workspace import Workspace

if TYPE_CHECKING:
    import polars as pl

    from riskwarn.records.reading import Reading
    from riskwarn.sources.mapping import MappingFile
    from riskwarn.sources.read import ReadContext

Progress = Callable[[str, int, int], None]  # what, done, of
SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What one import did. `rejects` and `notes` are frames file,row,column,value,code,reason."""

    files: int
    new: int  # deliveries that were not here before
    known: int  # deliveries whose content was already here
    rows: int
    accepted: int
    rejected: int
    repaired: int
    qualities: tuple[TableQuality, ...]
    rejects: "pl.DataFrame"
    notes: "pl.DataFrame"
    deliveries: tuple[Delivery, ...] = field(default=())


class RejectedImportError(InputRejectedError):
    """Too many rows refused; carries the reject list so that the command can write it."""

    def __init__(self, rejects: "pl.DataFrame", *problems: Problem) -> None:
        super().__init__(*problems)
        self.rejects = rejects


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Give the delivery files under the paths, in order of name.

    Hidden files, lock files and links inside a folder are left out.

    Raises: NothingToDoError I116 when there is none; a path that does not exist is given back,
            so that reading it says so.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file() and not p.is_symlink())
            found += [p for p in inside if p.suffix.lower() in SUFFIXES and p.name[0] not in ".~"]
        else:
            found.append(path)
    if not found:
        where = Place("、".join(str(path) for path in paths))
        expected = "CSV、XLSX 或 Parquet 文件"
        raise NothingToDoError(Problem("I116", "没有可导入的文件", where, expected))
    return list(dict.fromkeys(found))


def import_deliveries(
    ws: Workspace,
    store: Store,
    paths: Sequence[Path],
    *,
    mapping: Path | None = None,
    delivered_on: date,
    progress: Progress | None = None,
    table: str | None = None,
    max_reject_share: float | None = None,
    accept_partial: bool | None = None,
) -> ImportReport:
    """Import files and folders into the workspace's store.

    Takes:  mapping, a YAML file for foreign layouts; delivered_on, the day they came; limits and
            accept_partial default to the settings.
    Raises: InputRejectedError (exit 4) with every refused file at once, nothing stored;
            LockHeldError (75); NothingToDoError (6); DiskError (74).
    """
    imports = ws.settings.imports
    share = imports.max_reject_share if max_reject_share is None else max_reject_share
    partial = imports.accept_partial if accept_partial is None else accept_partial
    files = find_files(paths)
    with hold_lock(ws.store_dir, "riskwarn import"):
        store.sweep()
        context = _context(ws, store, delivered_on, accept_partial=partial)
        loaded = _mapping(mapping) if mapping else None
        work = _Work(store, context, loaded, table, share)
        try:
            for number, path in enumerate(files):
                if progress:
                    progress(path.name, number, len(files))
                work.take(path, _shown(path, paths))
            if work.problems:
                raise RejectedImportError(work.rejects(), *work.problems)
            return work.finish(len(files))
        except BaseException:
            store.sweep()
            raise


def import_into(
    ws: Workspace, paths: Sequence[Path], *, delivered_on: date, mapping: Path | None = None
) -> ImportReport:
    """Open the workspace's store and import; for callers that do nothing else with the store."""
    with Store.open(ws) as store:
        return import_deliveries(ws, store, paths, mapping=mapping, delivered_on=delivered_on)


def import_files(ws: Workspace, paths: Sequence[Path], **options: Any) -> ImportReport:
    """Open the workspace's store and import; takes and raises what `import_deliveries` does."""
    with Store.open(ws) as store:
        return import_deliveries(ws, store, paths, **options)


def _shown(path: Path, roots: Sequence[Path]) -> str:
    """Name a file as the person gave it, below the folder that was named: evidence stays short."""
    for root in roots:
        if root.is_dir() and path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return path.name


def _context(
    ws: Workspace, store: Store, delivered_on: date, *, accept_partial: bool
) -> "ReadContext":
    from riskwarn.sources.convert import Identity
    from riskwarn.sources.read import ReadContext

    prefix = "" if ws.settings.imports.identity == "local" else None
    return ReadContext(
        catalogue=load_catalogue(),
        identity=Identity(
            prefix=prefix, person_key=person_key(ws), registered=_settled(store.old_numbers())
        ),
        delivered_on=delivered_on,
        accept_partial=accept_partial,
    )


def _settled(old_numbers: "pl.DataFrame") -> "pl.DataFrame":
    """Leave out numbers that stand at two codes: they name nobody. Gives: reg_no, uscc, sorted."""
    import polars as pl

    return old_numbers.filter(pl.col("reg_no").is_unique()).sort("reg_no")


def _mapping(path: Path) -> "tuple[MappingFile, str]":
    from riskwarn.sources.mapping import load_mapping

    return load_mapping(path, load_catalogue())


@dataclass(slots=True)
class _Work:
    """One import under way: staged segments that nothing knows of until `finish`."""

    store: Store
    context: "ReadContext"
    mapping: "tuple[MappingFile, str] | None"
    table: str | None
    max_reject_share: float
    problems: list[Problem] = field(default_factory=list)
    staged: list[StagedDelivery] = field(default_factory=list)
    known: list[Delivery] = field(default_factory=list)
    readings: list["Reading"] = field(default_factory=list)
    parts: dict[str, list[str]] = field(default_factory=dict)  # reading → contents of its parts
    old_numbers: "pl.DataFrame | None" = None  # reg_no, uscc of what is stored and of this import

    def take(self, path: Path, shown: str) -> None:
        """Read one file and stage what it gives; faults of a whole file are collected."""
        from riskwarn.sources.read import read_delivery, read_mapped

        try:
            if self.mapping:
                readings = read_mapped(path, self.context, *self.mapping, shown)
            else:
                readings = [read_delivery(path, self.context, table=self.table, shown=shown)]
        except InputRejectedError as error:
            self.problems += error.problems
            return
        for reading in readings:
            self._judge(reading)
            if not self.problems:
                self._stage(reading)
                self._learn(reading)
            self.readings.append(_without_rows(reading))

    def _judge(self, reading: "Reading") -> None:
        quality = reading.quality
        if quality.rejected <= self.max_reject_share * quality.rows:
            return
        percent = f"{quality.rejected}/{quality.rows} 行"
        message = f"拒收的行超过上限：{percent}，上限 {self.max_reject_share:.2%}；整批未入库"
        first = reading.rejects.row(0, named=True)
        example = f"例如第 {first['row']} 行 {first['column']}：{first['code']} {first['reason']}"
        self.problems.append(Problem("I113", message, Place(reading.file), example))

    def _stage(self, reading: "Reading") -> None:
        from riskwarn.sources.typed import BATCH

        key = load_catalogue().table(reading.table).key
        batches = _batches(reading.frame, BATCH)
        for part in batches:
            batch = part[BATCH][0] if part.height else None
            content = reading.content if len(batches) == 1 else _part(reading.content, batch)
            delivery = Delivery(
                table=reading.table,
                file=reading.file,
                content=content,
                delivered_on=self.context.delivered_on,
                batch=batch or "",
                rejected=reading.quality.rejected,
                repaired=reading.quality.repaired,
                distinct_inserts=distinct_inserts(part, key, distinct=reading.distinct_keys),
                encoding=reading.encoding,
            )
            self.parts.setdefault(reading.content, []).append(content)
            if self.store.has_delivery(delivery.table, delivery.content):
                self.known.append(delivery)
            else:
                self.staged.append(self.store.stage(part, delivery))

    def _learn(self, reading: "Reading") -> None:
        """Files that follow may name enterprises by the registration numbers of this one."""
        import polars as pl

        from riskwarn.store.segments import old_numbers

        if reading.table != "enterprise":
            return
        found = old_numbers(reading.frame.lazy())
        if found.height:
            known = self.store.old_numbers() if self.old_numbers is None else self.old_numbers
            self.old_numbers = pl.concat([known, found]).unique()
            identity = replace(self.context.identity, registered=_settled(self.old_numbers))
            self.context = replace(self.context, identity=identity)

    def rejects(self) -> "pl.DataFrame":
        import polars as pl

        frames = [reading.rejects for reading in self.readings]
        return pl.concat(frames) if frames else pl.DataFrame()

    def _qualities(self) -> dict[str, TableQuality]:
        """Quality by reading, with the rows of enterprises that nobody delivered."""
        dangling = self.store.count_dangling(self.staged)
        told = {}
        for reading in self.readings:
            counts = [dangling.get(content) for content in self.parts[reading.content]]
            known = [count for count in counts if count is not None]
            total = sum(known) if known else None
            told[reading.content] = replace(reading.quality, dangling=total)
        return told

    def finish(self, files: int) -> ImportReport:
        """Register all that was staged in one transaction."""
        import polars as pl

        told = self._qualities()
        firsts = {self.parts[content][0]: quality for content, quality in told.items()}
        new = self.store.register(self.staged, firsts)
        for delivery in self.known:
            self.store.note_arrival(delivery.table, delivery.content, delivery.delivered_on)
        return ImportReport(
            files=files,
            new=new,
            known=len(self.known),
            rows=sum(r.quality.rows for r in self.readings),
            accepted=sum(r.quality.accepted for r in self.readings),
            rejected=sum(r.quality.rejected for r in self.readings),
            repaired=sum(r.quality.repaired for r in self.readings),
            qualities=tuple(told[r.content] for r in self.readings),
            rejects=self.rejects(),
            notes=pl.concat([r.notes for r in self.readings]),
            deliveries=tuple(item.delivery for item in self.staged),
        )


def _batches(frame: "pl.DataFrame", by: str) -> "list[pl.DataFrame]":
    """Cut a frame by its batches, in the order in which they first come; most have one."""
    said = frame[by]
    if said.null_count() in (0, frame.height) and bool(said.eq_missing(said.head(1)).all()):
        return [frame]
    return frame.partition_by(by, maintain_order=True)


def _part(content: str, batch: str | None) -> str:
    return hashlib.sha256(f"{content}\n{batch or ''}".encode()).hexdigest()


def _without_rows(reading: "Reading") -> "Reading":
    """Keep a reading's counts and let go of its rows: they lie in the staged segment."""
    return replace(reading, frame=reading.frame.clear())


def write_findings(findings: "pl.DataFrame", path: Path) -> None:
    """Write rejects or notes as CSV for Excel: no cell can start a formula.

    Raises: DiskError D002.
    """
    import polars as pl

    from riskwarn.store.connect import disk_faults

    dangerous = r"^[=+\-@\t\r＝＋－＠]"
    texts = [name for name, dtype in findings.schema.items() if dtype == pl.String]
    safe = findings.with_columns(
        pl.when(pl.col(name).str.contains(dangerous))
        .then(pl.lit("'") + pl.col(name))
        .otherwise(name)
        .alias(name)
        for name in texts
    )
    with disk_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        safe.write_csv(path, include_bom=True)
