"""Rows of a foreign file to rows of text under our column names, by a mapping's rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from riskwarn.sources.convert import tidy
from riskwarn.sources.dates import convert_dates
from riskwarn.sources.mapping import ColumnRule, Condition, Feed, Span
from riskwarn.sources.rawfile import ROW, RawFile, Shape, file_fault
from riskwarn.tables.frames import KNOWN_ON

_DAYS_A_MONTH = 30.4375  # mean Gregorian month, for the part of a month in an age of 6.96 years


@dataclass(frozen=True, slots=True, kw_only=True)
class FedFile:
    """A file as one feed sees it: our columns, as text."""

    raw: RawFile
    feed: Feed
    file: str

    @property
    def headers(self) -> tuple[str, ...]:
        known = [KNOWN_ON] if self.feed.known_on else []
        return (*self.feed.target_columns, *known)

    @property
    def shape(self) -> Shape:
        return self.raw.shape

    @property
    def note_codes(self) -> tuple[str, ...]:
        return self.raw.note_codes

    def chunks(self) -> Iterator[pl.DataFrame]:
        for chunk in self.raw.chunks():
            yield feed_rows(chunk, self.feed, self.file)


def check_sources(raw: RawFile, feed: Feed, file: str) -> None:
    """Refuse a file that lacks a column which the feed reads; InputRejectedError I114."""
    wanted: list[str] = [c.column for c in feed.where]
    for rule in feed.columns.values():
        wanted += [*rule.source, *(s.column for s in (rule.plus, rule.minus) if s)]
    if feed.unpivot:
        wanted += feed.unpivot.columns
    if feed.known_on and feed.known_on.same_as and feed.known_on.same_as not in feed.columns:
        wanted.append(feed.known_on.same_as)
    absent = [w for w in dict.fromkeys(wanted) if w not in raw.headers and not w.startswith("$")]
    if absent:
        has = "、".join(raw.headers[:20])
        raise file_fault("I114", file, f"：{'、'.join(absent)}（文件的列：{has}）", 1)


def feed_rows(chunk: pl.DataFrame, feed: Feed, file: str) -> pl.DataFrame:
    """Apply one feed to a chunk of text.  Gives: ROW and the feed's target columns, text."""
    chunk = chunk.with_columns(
        pl.col(ROW).cast(pl.String).alias("$row"), pl.lit(file).alias("$file")
    )
    for condition in feed.where:
        chunk = chunk.filter(_holds(condition))
    out = chunk.select(ROW)
    for name, rule in feed.columns.items():
        out = out.with_columns(_column(chunk, rule).alias(name))
    if feed.known_on:
        out = out.with_columns(_known_on(chunk, out, feed).alias(KNOWN_ON))
    return _unpivoted(chunk, out, feed)


def _holds(condition: Condition) -> pl.Expr:
    column, values = pl.col(condition.column), condition.value
    if condition.op in ("is_null", "not_null"):
        empty = column.is_null() | (column.str.strip_chars() == "")
        return empty if condition.op == "is_null" else ~empty
    if condition.op in ("eq", "in"):
        return column.is_in(values)
    if condition.op in ("ne", "not_in"):
        return ~column.is_in(values)
    number, limit = column.cast(pl.Float64, strict=False), float(values[0])
    compared = {
        "lt": number < limit,
        "le": number <= limit,
        "gt": number > limit,
        "ge": number >= limit,
    }
    return compared[condition.op]


def _column(chunk: pl.DataFrame, rule: ColumnRule) -> pl.Series:
    if rule.constant is not None:
        text = pl.Series([rule.constant], dtype=pl.String).new_from_index(0, chunk.height)
    elif len(rule.source) == 1:
        text = tidy(chunk[rule.source[0]])
    else:
        parts = [tidy(chunk[name]).alias(str(n)) for n, name in enumerate(rule.source)]
        text = pl.select(pl.concat_str(parts, separator=rule.join)).to_series()
    if rule.values:
        kept = text if rule.otherwise == "keep" else None
        text = text.replace_strict(rule.values, default=kept, return_dtype=pl.String)
    if rule.default is not None:
        text = text.fill_null(rule.default)
    return _moved(chunk, text, rule) if rule.moves_days else text


def _moved(chunk: pl.DataFrame, text: pl.Series, rule: ColumnRule) -> pl.Series:
    """Move dates; what is no date stays as it is, so that the reader of dates names it."""
    days = convert_dates(text).values
    for span, sign in ((rule.plus, 1), (rule.minus, -1)):
        if span:
            days = _by_span(chunk, days, span, sign)
    days = pl.select(days.dt.offset_by(f"{rule.plus_days - rule.minus_days}d")).to_series()
    moved = days.dt.strftime("%Y-%m-%d")
    spans = [s.column for s in (rule.plus, rule.minus) if s]
    if spans:  # without the span the moved day is not known
        return moved
    return moved.fill_null(text)


def _by_span(chunk: pl.DataFrame, days: pl.Series, span: Span, sign: int) -> pl.Series:
    length = chunk[span.column].cast(pl.Float64, strict=False)
    if span.unit == "days":
        whole, rest = length * 0, length
    else:
        months = length * (12 if span.unit == "years" else 1)
        whole, rest = months.floor(), (months - months.floor()) * _DAYS_A_MONTH
    frame = pl.DataFrame({"day": days, "m": whole * sign, "d": rest.round() * sign})
    by_months = pl.format("{}mo", pl.col("m").cast(pl.Int64))
    by_days = pl.format("{}d", pl.col("d").cast(pl.Int64))
    moved = pl.col("day").dt.offset_by(by_months).dt.offset_by(by_days)
    return frame.select(pl.when(length.is_not_null()).then(moved)).to_series()


def _known_on(chunk: pl.DataFrame, out: pl.DataFrame, feed: Feed) -> pl.Series:
    rule = feed.known_on
    if rule is None:
        raise ValueError("the feed has no rule for known_on")
    shift = ColumnRule(
        source=[rule.same_as] if rule.same_as else [],
        constant=rule.constant,
        plus_days=rule.plus_days,
        minus_days=rule.minus_days,
    )
    source = out if rule.same_as in out.columns else chunk
    return _column(source, shift)


def _unpivoted(chunk: pl.DataFrame, out: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    spread = feed.unpivot
    if spread is None:
        return out
    parts: list[pl.DataFrame] = []
    for source, label in spread.columns.items():
        part = out.with_columns(
            pl.lit(label).alias(spread.name), tidy(chunk[source]).alias(spread.value)
        )
        if spread.skip_empty:
            part = part.filter(pl.col(spread.value).is_not_null())
        parts.append(part)
    return pl.concat(parts)


def keep_one(frame: pl.DataFrame, key: Sequence[str], which: str) -> pl.DataFrame:
    """Keep the row of each key that was known first or last."""
    here = [name for name in key if name in frame.columns]
    ordered = frame.sort(KNOWN_ON, nulls_last=True, maintain_order=True)
    return ordered.unique(here, keep="first" if which == "first" else "last", maintain_order=True)
