"""The input catalogue: which tables riskwarn takes, read from one YAML file a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from riskwarn.errors import ConfigError, Problem, nearest
from riskwarn.terms import PersonalData
from riskwarn.yamlfile import load, read_model

HERE = Path(__file__).resolve().parent
ColumnType = Literal[
    "enterprise_id",  # 统一社会信用代码, text
    "person_id",  # identity number on delivery, keyed hash (text) in the store
    "person_name",
    "name",
    "address",
    "phone",
    "text",
    "code",  # text, one of a code list
    "set",  # codes or ids joined by "|", sorted, without doubles
    "region",  # GB/T 2260, six digits, text
    "industry",  # GB/T 4754, letter and digits or digits, text
    "date",
    "fen",  # money, int64; delivered in yuan
    "bp",  # share, int32 basis points; delivered in per cent
    "int",
    "number",  # float64, finite
    "flag",  # boolean
]
# The ways in which registers head the credit code of the enterprise that a row is about.
_USCC_HEADERS = ("统一社会信用代码", "社会信用代码", "信用代码", "uni_social_crd_cd", "uniscid")
_PERSONAL = {
    "person_id": PersonalData.ID_NUMBER,
    "person_name": PersonalData.NAME,
    "phone": PersonalData.PHONE,
    "address": PersonalData.ADDRESS,
}


class _ColumnFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    type: ColumnType
    codes: str | None = None
    required: bool = False
    visible_from: str | None = None
    headers: list[str] = Field(default_factory=list)


class _TableFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    table: str
    title: str
    key: list[str]
    happened_on: str | None = None
    known_on: str | None = None
    stale_after_days: int
    columns: dict[str, _ColumnFile]


class _CodesFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    codes: str
    title: str
    values: dict[str, list[str]]
    problem: list[str] = Field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its name in the store, the headers it may carry, its type."""

    name: str
    title: str
    type: ColumnType
    codes: str | None
    required: bool
    visible_from: str | None  # the value is not yet known while this date lies after as_of
    headers: tuple[str, ...]

    @property
    def personal(self) -> PersonalData:
        return _PERSONAL.get(self.type, PersonalData.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of the catalogue."""

    name: str
    title: str
    key: tuple[str, ...]
    happened_on: str | None
    known_on: (
        str | None
    )  # the delivered column that says when it was known; else the delivery's day
    stale_after_days: int
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    """Codes with the words that deliveries use for them; the first word is shown to people."""

    name: str
    title: str
    values: Mapping[str, tuple[str, ...]]
    problem: frozenset[str]

    def label(self, code: str) -> str:
        return self.values[code][0] if code in self.values else code


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All tables and code lists."""

    tables: Mapping[str, Table]
    codes: Mapping[str, CodeList]

    def table(self, name: str) -> Table:
        """Give a table by name; ConfigError T001 names the nearest one."""
        if name not in self.tables:
            hint = nearest(name, self.tables)
            raise ConfigError(Problem("T001", f"输入目录中没有表 {name}", nearest=hint))
        return self.tables[name]


@cache
def load_catalogue() -> Catalogue:
    """Read the shipped catalogue; raises ConfigError with file and line for faults in it."""
    tables = [_read_table(path) for path in sorted(HERE.glob("*.yaml"))]
    lists = [_read_codes(path) for path in sorted((HERE / "codes").glob("*.yaml"))]
    catalogue = Catalogue(
        tables={table.name: table for table in tables}, codes={c.name: c for c in lists}
    )
    for table in tables:
        _check_table(table, catalogue)
    return catalogue


def _read_table(path: Path) -> Table:
    file = read_model(load(path, f"tables/{path.name}"), _TableFile)
    columns = {
        name: Column(
            name=name,
            title=column.title,
            type=column.type,
            codes=column.codes,
            required=column.required,
            visible_from=column.visible_from,
            headers=_headers(name, column),
        )
        for name, column in file.columns.items()
    }
    return Table(
        name=file.table,
        title=file.title,
        key=tuple(file.key),
        happened_on=file.happened_on,
        known_on=file.known_on,
        stale_after_days=file.stale_after_days,
        columns=columns,
    )


def _headers(name: str, column: _ColumnFile) -> tuple[str, ...]:
    common = _USCC_HEADERS if name == "uscc" else ()
    return tuple(dict.fromkeys((column.title, name, *column.headers, *common)))


def _read_codes(path: Path) -> CodeList:
    file = read_model(load(path, f"tables/codes/{path.name}"), _CodesFile)
    values = {code: tuple(words) for code, words in file.values.items()}
    return CodeList(
        name=file.codes, title=file.title, values=values, problem=frozenset(file.problem)
    )


def _check_table(table: Table, catalogue: Catalogue) -> None:
    named = [*table.key, table.happened_on, table.known_on]
    named += [column.visible_from for column in table.columns.values()]
    for name in named:
        if name is not None and name not in table.columns:
            raise ConfigError(Problem("T002", f"表 {table.name} 没有列 {name}"))
    for column in table.columns.values():
        if column.codes is not None and column.codes not in catalogue.codes:
            raise ConfigError(Problem("T003", f"表 {table.name} 的代码表 {column.codes} 不存在"))
