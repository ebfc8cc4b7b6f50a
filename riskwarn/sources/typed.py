"""Rows of text to rows of the catalogue: every column typed, faulty rows set aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

import numpy as np
import polars as pl

from riskwarn.constants import CELL_MAX_CHARS
from riskwarn.sources.asdelivered import as_delivered, as_text, is_usual
from riskwarn.sources.cells import text_of
from riskwarn.sources.codes import read_each
from riskwarn.sources.convert import Identity, convert
from riskwarn.sources.converted import Converted, Finding, finding
from riskwarn.sources.dates import convert_dates
from riskwarn.sources.findings import Gathered
from riskwarn.sources.headers import Matched
from riskwarn.sources.looks import write_digits
from riskwarn.sources.rawfile import ROW
from riskwarn.sources.texts import Text, take_text
from riskwarn.tables.catalogue import Catalogue, Column, Table
from riskwarn.tables.frames import CHANGED_AT, EVIDENCE, KNOWN_ON, OPERATION, PRECISION_SUFFIX

Cell: TypeAlias = "Text | pl.Series"  # a column of text, or one that its writer typed

BATCH = "cd_batch"
_ROWS_A_BLOCK = 131_072  # rows whose evidence is written at once
_TEXTS = (pl.String, pl.Categorical, pl.Enum, pl.Binary)  # as writers keep text in Parquet
_FEW = 4_096  # cells that are looked at without a query
_CONTROL = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]"
_OPERATIONS = {
    **dict.fromkeys(("i", "insert", "新增", "增加", "a", "add"), "i"),
    **dict.fromkeys(("u", "update", "修改", "变更", "更新"), "u"),
    **dict.fromkeys(("d", "delete", "删除"), "d"),
}
_TIMES = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a file's columns become a table's."""

    table: Table
    columns: Sequence[Matched]
    system: Mapping[str, str]  # cd_operation, cd_batch, cd_time, known_on → header
    file: str
    delivered_on: date
    identity: Identity
    catalogue: Catalogue
    check_control: bool = True
    known_on_ruled: bool = False  # the known_on header was made by a mapping's rule and decides


def type_rows(chunk: pl.DataFrame, plan: Plan, gathered: Gathered) -> tuple[pl.DataFrame, int, int]:
    """Type one chunk.

    Takes:  chunk, text columns by header and ROW.
    Gives:  accepted rows, number of rows that were not blank, number refused.
    """
    rows, cells = _tidied(chunk, plan)
    faults = _Faults(gathered, rows)
    system = _system_columns(cells, len(rows), plan)
    out: list[pl.Series] = []
    for matched in plan.columns:
        cell, column = cells[matched.header], plan.table.columns[matched.column]
        found, as_read = _converted(cell, matched, column, plan)
        findings = list(found.findings)
        if column.required and found.values.null_count():
            empty = found.values.is_null() & ~_faulty(findings, len(rows))
            spared = column.name not in plan.table.key
            needed = empty & ~(system.frame[OPERATION] == "d") if spared else empty
            findings += finding("I201", needed)
        for item in findings:
            faults.add(item, matched.shown or matched.header, as_read, column)
        out.append(found.values.alias(column.name))
        if found.precision is not None:
            out.append(found.precision.alias(column.name + PRECISION_SUFFIX))
    for header, item in system.findings:
        faults.add(item, header, cells[header], None)
    frame = pl.DataFrame([*out, *system.frame.get_columns()])
    frame = frame.select(
        *(column.name for column in out),
        OPERATION,
        BATCH,
        pl.coalesce(CHANGED_AT, pl.col("__known").cast(pl.Datetime("us"))).alias(CHANGED_AT),
        _known_on(frame, plan, inserts=system.inserts).alias(KNOWN_ON),
        evidence_of(plan.file, rows).alias(EVIDENCE),
    )
    if faults.bad is None:
        return frame, len(rows), 0
    return frame.filter(~faults.bad), len(rows), int(faults.bad.sum())


@dataclass(slots=True)
class _Faults:
    """Findings of one chunk on their way to the file's. bad: rows that are refused."""

    gathered: Gathered
    rows: pl.Series
    bad: pl.Series | None = None

    def add(self, item: Finding, header: str, cell: Cell, column: Column | None) -> None:
        raw = cell.rows if isinstance(cell, Text) else as_text(cell)
        self.gathered.add(item, header, raw, self.rows, column)
        if item.code.startswith("I"):
            self.bad = item.rows if self.bad is None else self.bad | item.rows


def _tidied(chunk: pl.DataFrame, plan: Plan) -> tuple[pl.Series, dict[str, Cell]]:
    """The numbers of the rows that are not blank, and their cells by header."""
    wanted = list(dict.fromkeys([*(m.header for m in plan.columns), *plan.system.values()]))
    coded = {m.header for m in plan.columns if _is_coded(plan, plan.table.columns[m.column])}
    cells: dict[str, Cell] = {}
    blank: pl.Series | None = pl.repeat(True, chunk.height, dtype=pl.Boolean, eager=True)
    for name in wanted:
        raw = chunk[name]
        written = isinstance(raw.dtype, _TEXTS)
        cell = take_text(as_text(raw), codes=name in coded) if written else raw
        cells[name] = cell
        if blank is not None:
            empty = _nulls(cell)
            blank = None if empty is None else blank & empty
    rows = chunk[ROW]
    if blank is None or not blank.any():
        return rows, cells
    return rows.filter(~blank), {name: cell.filter(~blank) for name, cell in cells.items()}


def _nulls(cell: Cell) -> pl.Series | None:
    if isinstance(cell, Text):
        return cell.nulls()
    return cell.is_null() if cell.null_count() else None


def _is_coded(plan: Plan, column: Column) -> bool:
    return column.type == "enterprise_id" and plan.identity.prefix is None


def _converted(cell: Cell, matched: Matched, column: Column, plan: Plan) -> tuple[Converted, Cell]:
    """A column's values and findings row by row, and what was read for them."""
    if isinstance(cell, pl.Series):
        found = as_delivered(cell, column, matched.scale)
        if found is not None:
            return found, cell
        cell = take_text(as_text(cell), codes=_is_coded(plan, column))
    if cell.sound and _is_coded(plan, column):
        return Converted(cell.values), cell
    found = convert(cell.values, column, matched.scale, plan.catalogue, plan.identity)
    faults = _cell_faults(cell.values, check_control=plan.check_control and not cell.clean)
    every = replace(found, findings=(*found.findings, *faults))
    return cell.spread_all(every), cell


def _faulty(findings: Sequence[Finding], height: int) -> pl.Series:
    """Rows that have a fault already: an unreadable value is not also a missing one."""
    rows = pl.repeat(False, height, dtype=pl.Boolean, eager=True)
    for item in findings:
        if item.code.startswith("I"):
            rows = rows | item.rows
    return rows


def _cell_faults(raw: pl.Series, *, check_control: bool) -> list[Finding]:
    findings: list[Finding] = []
    if check_control:
        findings += finding("I213", raw.str.contains(_CONTROL).fill_null(value=False))
    longest = _longest(raw)
    if isinstance(longest, int) and longest > CELL_MAX_CHARS:
        findings += finding("I214", (raw.str.len_chars() > CELL_MAX_CHARS).fill_null(value=False))
    return findings


def _longest(raw: pl.Series) -> object:
    """Bytes of the longest cell, or more; None where there is none."""
    if len(raw) <= _FEW:
        return max((4 * len(text) for text in raw.to_list() if text is not None), default=None)
    return raw.str.len_bytes().max()


@dataclass(frozen=True, slots=True, kw_only=True)
class _System:
    """cd_operation, cd_batch, cd_time and the delivered known_on (`__known`), with their faults.

    inserts: every row is an insert.
    """

    frame: pl.DataFrame
    findings: Sequence[tuple[str, Finding]]
    inserts: bool


def _system_columns(cells: Mapping[str, Cell], height: int, plan: Plan) -> _System:
    operation, batch = pl.Series(["i"]).new_from_index(0, height), _nothing(pl.String(), height)
    changed, known = _nothing(pl.Datetime("us"), height), _nothing(pl.Date(), height)
    inserts, findings = True, []
    if header := plan.system.get(OPERATION):
        text = _as_cells(cells[header])
        read = read_each(text.values, _operation)
        findings += [(header, item) for item in text.spread_each(read.findings)]
        kinds = read.values.fill_null("i") if read.values.null_count() else read.values
        operation, inserts = text.spread(kinds), bool((kinds == "i").all())
    if header := plan.system.get(BATCH):
        text = _as_cells(cells[header])
        batch = text.spread(text.values.str.slice(0, 64))
    if header := plan.system.get(CHANGED_AT):
        text = _as_cells(cells[header])
        moments = _times(text.values)
        missed = finding("I206", text.values.is_not_null() & moments.is_null())
        findings += [(header, item) for item in text.spread_each(tuple(missed))]
        changed = text.spread(moments)
    if header := plan.system.get(KNOWN_ON):
        days = _days(cells[header])
        findings += [(header, item) for item in days.findings if item.code.startswith("I")]
        known = days.values
    frame = pl.DataFrame(
        [
            operation.alias(OPERATION),
            batch.alias(BATCH),
            changed.alias(CHANGED_AT),
            known.alias("__known"),
        ]
    )
    return _System(frame=frame, findings=findings, inserts=inserts)


def _operation(text: str) -> tuple[str | None, str]:
    kind = _OPERATIONS.get(text.lower())
    return kind, "" if kind else "I216"


def _as_cells(cell: Cell) -> Text:
    return cell if isinstance(cell, Text) else take_text(as_text(cell))


def _nothing(dtype: pl.DataType, height: int) -> pl.Series:
    return pl.Series([None], dtype=dtype).new_from_index(0, height)


def _days(cell: Cell) -> Converted:
    if isinstance(cell, pl.Series) and cell.dtype == pl.Date and is_usual(cell):
        return Converted(cell)
    text = _as_cells(cell)
    return text.spread_all(convert_dates(text.values))


def _times(raw: pl.Series) -> pl.Series:
    """Moments in the usual forms; a date alone is its midnight.  Gives: Datetime, microseconds."""
    values = pl.Series([None] * len(raw), dtype=pl.Datetime("us"))
    for form in _TIMES:
        if (raw.is_not_null() & values.is_null()).any():
            values = values.fill_null(raw.str.to_datetime(form, strict=False, time_unit="us"))
    rest = raw.set(values.is_not_null(), None)
    if rest.is_not_null().any():
        values = values.fill_null(convert_dates(rest).values.cast(pl.Datetime("us")))
    return values


def _known_on(frame: pl.DataFrame, plan: Plan, *, inserts: bool) -> pl.Expr:
    """When each row was known.

    A mapping's rule decides; else the later of the catalogue's column (such as 公示日期) and the
    delivered known_on; else the day of delivery. An update or delete was not known before it was
    made: there the catalogue's column says nothing.

    Takes: inserts, no row is an update or a delete.
    """
    said = pl.col("__known")
    came = pl.lit(plan.delivered_on, pl.Date)
    published = plan.table.known_on
    if plan.known_on_ruled or published is None or published not in frame.columns:
        first = said
    else:
        first = pl.max_horizontal(said, published)
    new = pl.coalesce(first, came)
    if inserts:
        return new
    changed = pl.coalesce(said, pl.col(CHANGED_AT).dt.date(), came)
    return pl.when(pl.col(OPERATION) == "i").then(new).otherwise(changed)


def evidence_of(file: str, rows: pl.Series) -> pl.Series:
    """Name each row's place in the delivery: file:row.

    Takes: rows, whole numbers.
    """
    numbers = rows.to_numpy()
    rising = numbers.size and numbers[0] > 0 and bool((numbers[1:] > numbers[:-1]).all())
    if not rising:
        return pl.select(pl.lit(file) + ":" + rows.cast(pl.String)).to_series()
    start, named = f"{file}:".encode(), []
    for digits in range(1, len(str(numbers[-1])) + 1):  # texts of one length are one block
        low, high = np.searchsorted(numbers, [10 ** (digits - 1), 10**digits])
        for first in range(low, high, _ROWS_A_BLOCK):
            part = numbers[first : min(first + _ROWS_A_BLOCK, high)].astype(np.int64)
            block = np.empty((part.size, len(start) + digits), np.uint8)
            block[:, : len(start)] = np.frombuffer(start, np.uint8)
            write_digits(part, block)
            named.append(text_of(block))
    return named[0] if len(named) == 1 else pl.concat(named)
