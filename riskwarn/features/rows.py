"""The rows of one event table as they were known on the day, with the masks over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from riskwarn.features.conditions import compile_condition
from riskwarn.features.days import with_epoch_days
from riskwarn.records.features import Match, WindowFeature
from riskwarn.tables.catalogue import Table, load_catalogue

if TYPE_CHECKING:
    import narwhals as nw


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Known rows, keyed by `key`; dates as epoch days; `today` is as_of as an expression."""

    frame: "nw.LazyFrame[Any]"
    table: Table
    key: str
    today: "nw.Expr"

    @classmethod
    def prepare(
        cls,
        native: Any,
        specs: Sequence[WindowFeature],
        cohort: "nw.LazyFrame[Any] | None",
        today: "nw.Expr",
        key: str,
    ) -> "Rows":
        """Keep the columns the specs use and the rows known by the day; hide later values."""
        import narwhals as nw

        table = load_catalogue().table(specs[0].table)
        used = _used_columns(specs, table)
        dates = [name for name in used if table.columns[name].type == "date"]
        frame = nw.from_native(with_epoch_days(native, ["known_on", *dates]))
        frame = frame.select("ent", "known_on", *used)
        if cohort is None:
            frame = frame.filter(~nw.col("ent").is_null(), nw.col("known_on") <= today)
        else:
            rows = cohort.select("row", "ent", "as_of")
            frame = frame.join(rows, on="ent", how="inner").filter(nw.col("known_on") <= today)
        hidden = {
            name: nw.when(nw.col(by).is_null() | (nw.col(by) <= today)).then(nw.col(name))
            for name in used
            if (by := table.columns[name].visible_from) is not None
        }
        if hidden:
            frame = frame.with_columns(**hidden)
        return cls(frame=frame, table=table, key=key, today=today)

    @property
    def prefix(self) -> str:
        return f"_{self.table.name}"

    def at(self, spec: WindowFeature) -> str:
        at = spec.at or self.table.happened_on
        assert at is not None, f"{spec.name}: the table has no business date"
        return at

    def value_column(self, spec: WindowFeature) -> str:
        return spec.of or self.at(spec)

    def in_window(self, spec: WindowFeature) -> "nw.Expr":
        """Whether the business date lies in the window; false where it is unknown."""
        import narwhals as nw

        at = nw.col(self.at(spec))
        if spec.window_days is None:
            return (at <= self.today) | at.is_null()
        inside = (at <= self.today) & (at > self.today - spec.window_days)
        return inside.fill_null(False)

    def where(self, spec: WindowFeature) -> "nw.Expr | None":
        """All conditions of the spec, three-valued; None when it has none."""
        import narwhals as nw

        columns = self.table.columns
        tests = [
            compile_condition(one, columns[one.column], nw.col(one.column), self.today)
            for one in spec.where
        ]
        return reduce(lambda left, right: left & right, tests) if tests else None

    def holds(self, spec: WindowFeature) -> "nw.Expr":
        """Window, conditions and match together; null where one of them is unknown."""
        import narwhals as nw

        where = self.where(spec)
        held = self.in_window(spec) if where is None else self.in_window(spec) & where
        return held if spec.match is None else held & nw.col(match_column(spec.match))

    def seen(self, spec: WindowFeature) -> "nw.Expr":
        """2 where the row counts, 1 where a condition is unknown, else 0 (Int8)."""
        import narwhals as nw

        holds = self.holds(spec)
        two, one, zero = (nw.lit(number, nw.Int8) for number in (2, 1, 0))
        return (
            nw.when(holds.is_null()).then(one).otherwise(nw.when(holds).then(two).otherwise(zero))
        )

    def any_window(self, specs: Sequence[WindowFeature]) -> "nw.Expr":
        """The rows that any of the specs may count: a cheap filter before the masks."""
        widest: dict[str, WindowFeature] = {}
        for spec in specs:
            at = self.at(spec)
            other = widest.setdefault(at, spec)
            longer = other.window_days is not None and (
                spec.window_days is None or spec.window_days > other.window_days
            )
            if longer:
                widest[at] = spec
        windows = [self.in_window(spec) for spec in widest.values()]
        return reduce(lambda left, right: left | right, windows)


def match_column(match: Match) -> str:
    """Name the column that says whether a row has a like one in the other table."""
    words = [match.table, *(name for pair in match.on for name in pair)]
    words += [f"{one.column} {one.op} {one.value}" for one in match.where]
    return f"_match {'absent' if match.absent else 'there'} {' '.join(words)}"


def _used_columns(specs: Sequence[WindowFeature], table: Table) -> list[str]:
    used: dict[str, None] = {}
    for spec in specs:
        at = spec.at or table.happened_on
        mine = (mine for mine, _ in spec.match.on) if spec.match else ()
        named = (at, spec.of, *(one.column for one in spec.where), *spec.dedupe, *mine)
        for name in named:
            if name is None:
                continue
            used.setdefault(name)
            by = table.columns[name].visible_from
            if by is not None:
                used.setdefault(by)
    return list(used)
