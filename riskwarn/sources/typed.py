"""Rows of text to rows of the catalogue: every column typed, faulty rows set aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from riskwarn.constants import CELL_MAX_CHARS
from riskwarn.sources.asdelivered import as_delivered, as_text, is_usual
from riskwarn.sources.convert import Identity, convert, is_tidy, tidy
from riskwarn.sources.converted import Converted, Finding, finding
from riskwarn.sources.dates import convert_dates
from riskwarn.sources.findings import Gathered
from riskwarn.sources.headers import Matched
from riskwarn.sources.rawfile import ROW
from riskwarn.tables.catalogue import Catalogue, Table
from riskwarn.tables.frames import CHANGED_AT, EVIDENCE, KNOWN_ON, OPERATION, PRECISION_SUFFIX

BATCH = "cd_batch"
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
    wanted = list(dict.fromkeys([*(m.header for m in plan.columns), *plan.system.values()]))
    chunk = chunk.select(ROW, *wanted)
    texts = [name for name in wanted if chunk.schema[name] == pl.String]
    clean = {name for name in texts if is_tidy(chunk[name])}
    chunk = chunk.with_columns(tidy(chunk[n], clean=n in clean).alias(n) for n in texts)
    chunk = chunk.filter(~pl.all_horizontal(pl.col(name).is_null() for name in wanted))
    rows = chunk[ROW]
    bad = pl.repeat(False, chunk.height, dtype=pl.Boolean, eager=True)
    system, system_findings = _system_columns(chunk, plan)
    deleted = system[OPERATION] == "d"
    out: list[pl.Series] = []
    for matched in plan.columns:
        raw, column = chunk[matched.header], plan.table.columns[matched.column]
        found = as_delivered(raw, column, matched.scale)
        if found is None:
            raw = raw if raw.dtype == pl.String else tidy(as_text(raw))
            found = convert(raw, column, matched.scale, plan.catalogue, plan.identity)
        may_have_control = plan.check_control and matched.header not in clean
        findings = [*found.findings, *_cell_faults(raw, check_control=may_have_control)]
        if column.required:
            empty = found.values.is_null() & ~_faulty(findings, chunk.height)
            needed = empty if column.name in plan.table.key else empty & ~deleted
            findings += finding("I201", needed)
        for item in findings:
            gathered.add(item, matched.shown or matched.header, as_text(raw), rows, column)
            bad = bad | item.rows if item.code.startswith("I") else bad
        out.append(found.values.alias(column.name))
        if found.precision is not None:
            out.append(found.precision.alias(column.name + PRECISION_SUFFIX))
    for header, item in system_findings:
        gathered.add(item, header, as_text(chunk[header]), rows, None)
        bad = bad | item.rows
    frame = pl.DataFrame([*out, *system.get_columns()])
    evidence = pl.select(pl.lit(plan.file) + ":" + rows.cast(pl.String)).to_series()
    frame = frame.with_columns(_known_on(frame, plan).alias(KNOWN_ON), evidence.alias(EVIDENCE))
    frame = frame.with_columns(_changed_at(system).alias(CHANGED_AT)).drop("__known")
    return frame.filter(~bad), chunk.height, int(bad.sum())


def _faulty(findings: Sequence[Finding], height: int) -> pl.Series:
    """Rows that have a fault already: an unreadable value is not also a missing one."""
    rows = pl.repeat(False, height, dtype=pl.Boolean, eager=True)
    for item in findings:
        if item.code.startswith("I"):
            rows = rows | item.rows
    return rows


def _cell_faults(raw: pl.Series, *, check_control: bool) -> list[Finding]:
    findings: list[Finding] = []
    if raw.dtype != pl.String:
        return findings
    if check_control:
        findings += finding("I213", raw.str.contains(_CONTROL).fill_null(value=False))
    longest = raw.str.len_bytes().max()
    if isinstance(longest, int) and longest > CELL_MAX_CHARS:
        findings += finding("I214", (raw.str.len_chars() > CELL_MAX_CHARS).fill_null(value=False))
    return findings


def _system_columns(
    chunk: pl.DataFrame, plan: Plan
) -> tuple[pl.DataFrame, list[tuple[str, Finding]]]:
    """cd_operation, cd_batch, cd_time and the delivered known_on (`__known`), with their faults."""
    empty = pl.Series([None] * chunk.height, dtype=pl.String)
    texts = {
        name: chunk[header] if name == KNOWN_ON else as_text(chunk[header])
        for name, header in plan.system.items()
    }
    word = texts.get(OPERATION, empty).str.to_lowercase()
    operation = word.replace_strict(_OPERATIONS, default=None, return_dtype=pl.String)
    changed = _times(texts.get(CHANGED_AT, empty))
    missed = texts.get(CHANGED_AT, empty).is_not_null() & changed.is_null()
    known = _days(texts.get(KNOWN_ON, empty))
    found = [(OPERATION, f) for f in finding("I216", word.is_not_null() & operation.is_null())]
    found += [(CHANGED_AT, f) for f in finding("I206", missed)]
    found += [(KNOWN_ON, f) for f in known.findings if f.code.startswith("I")]
    findings = [(plan.system[name], item) for name, item in found]
    frame = pl.DataFrame(
        [
            operation.fill_null("i").alias(OPERATION),
            texts.get(BATCH, empty).str.slice(0, 64).alias(BATCH),
            changed.alias(CHANGED_AT),
            known.values.alias("__known"),
        ]
    )
    return frame, findings


def _days(raw: pl.Series) -> Converted:
    if raw.dtype == pl.Date and is_usual(raw):
        return Converted(raw)
    return convert_dates(as_text(raw))


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


def _known_on(frame: pl.DataFrame, plan: Plan) -> pl.Series:
    """When each row was known.

    A mapping's rule decides; else the later of the catalogue's column (such as 公示日期) and the
    delivered known_on; else the day of delivery. An update or delete was not known before it was
    made: there the catalogue's column says nothing.
    """
    said = pl.col("__known")
    came = pl.lit(plan.delivered_on, pl.Date)
    published = plan.table.known_on
    if plan.known_on_ruled or published is None or published not in frame.columns:
        first = said
    else:
        first = pl.max_horizontal(said, published)
    changed = pl.coalesce(said, pl.col(CHANGED_AT).dt.date(), came)
    rule = pl.when(pl.col(OPERATION) == "i").then(pl.coalesce(first, came)).otherwise(changed)
    return frame.select(rule.alias(KNOWN_ON)).to_series()


def _changed_at(system: pl.DataFrame) -> pl.Series:
    """A row that says when it was known also says when it changed, if nothing else does."""
    return system.select(
        pl.coalesce(CHANGED_AT, pl.col("__known").cast(pl.Datetime("us"))).alias(CHANGED_AT)
    ).to_series()
