"""Mapping files: how a foreign layout becomes our tables, said in YAML and checked with places."""

import fnmatch
import hashlib
from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from riskwarn.errors import ConfigError, Problem, nearest, raise_all
from riskwarn.sources.headers import UNITS
from riskwarn.tables.catalogue import Catalogue, Table
from riskwarn.yamlfile import Node, load, read_model

Text = Annotated[str, Field(min_length=1)]
Operator = Literal["eq", "ne", "in", "not_in", "lt", "le", "gt", "ge", "is_null", "not_null"]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_source(value: Any) -> Any:
    return {"from": value} if isinstance(value, str | list) else value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Span(_Strict):
    """A length of time that stands in a column, such as an age."""

    column: Text
    unit: Literal["days", "months", "years"]


class ColumnRule(_Strict):
    """Where one of our columns comes from."""

    source: Annotated[list[Text], BeforeValidator(_listed)] = Field(
        default_factory=list, alias="from"
    )
    join: str = ""  # between several sources
    constant: str | None = None
    values: dict[str, str | None] = Field(default_factory=dict)  # delivered → ours
    otherwise: Literal["keep", "null"] = "keep"  # what `values` does not name
    default: str | None = None  # for empty cells
    unit: str | None = None
    plus_days: int = 0
    minus_days: int = 0
    plus: Span | None = None
    minus: Span | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "ColumnRule":
        if bool(self.source) == (self.constant is not None):
            raise ValueError("from 与 constant 须写且只写一个")
        if self.unit is not None and self.unit not in UNITS:
            raise ValueError(f"不认识的单位 {self.unit}，可用：{'、'.join(UNITS)}")
        return self

    @property
    def moves_days(self) -> bool:
        return bool(self.plus_days or self.minus_days or self.plus or self.minus)


class KnownOn(_Strict):
    """When a row was known: the day of another column, or a fixed day, moved by days."""

    same_as: str | None = None  # one of our columns of this feed, or a column of the file
    constant: str | None = None
    plus_days: int = 0
    minus_days: int = 0

    @model_validator(mode="after")
    def _one_source(self) -> "KnownOn":
        if (self.same_as is None) == (self.constant is None):
            raise ValueError("same_as 与 constant 须写且只写一个")
        return self


class Condition(_Strict):
    """Which rows of the file are taken."""

    column: Text
    op: Operator = "eq"
    value: Annotated[list[str], BeforeValidator(_listed)] = Field(default_factory=list)


class Unpivot(_Strict):
    """Several columns of the file become rows of a name and a value."""

    columns: dict[Text, Text]  # column of the file → the name it gets
    name: Text = "name"
    value: Text = "value"
    skip_empty: bool = True


class Identity(_Strict):
    """Whose ids these are; `local` takes any id behind a prefix that keeps registers apart."""

    kind: Literal["uscc", "local"] = "uscc"
    prefix: str = Field(default="", pattern=r"^[A-Za-z0-9_.:-]{0,16}$")


class Feed(_Strict):
    """One of our tables out of the rows of one file."""

    table: Text
    columns: dict[Text, Annotated[ColumnRule, BeforeValidator(_as_source)]]
    where: list[Condition] = Field(default_factory=list)
    known_on: KnownOn | None = None
    one_per_key: Literal["first", "last"] | None = None  # by known_on, then place in the file
    unpivot: Unpivot | None = None
    identity: Identity | None = None

    @property
    def target_columns(self) -> list[str]:
        extra = [self.unpivot.name, self.unpivot.value] if self.unpivot else []
        return [*self.columns, *extra]


class FileRule(_Strict):
    """Which files, and what they feed."""

    match: Text = "*"
    sheet: str | None = None
    feeds: list[Feed] = Field(min_length=1)


class MappingFile(_Strict):
    """A whole mapping file."""

    riskwarn: Literal["mapping/1"]
    title: str = ""
    identity: Identity | None = None
    files: list[FileRule] = Field(min_length=1)

    def rule_for(self, file: str) -> FileRule | None:
        """The first entry whose `match` fits the file's name."""
        name = file.rsplit("/", 1)[-1]
        return next((r for r in self.files if fnmatch.fnmatchcase(name, r.match)), None)


def load_mapping(path: Path, catalogue: Catalogue) -> tuple[MappingFile, str]:
    """Read and check a mapping file.

    Gives:  the mapping and the SHA-256 of its bytes.
    Raises: ConfigError Y0xx for its form, M001–M004 for tables and columns, all at once.
    """
    node = load(path)
    mapping = read_model(node, MappingFile)
    problems: list[Problem] = []
    for number, rule in enumerate(mapping.files):
        for place, feed in enumerate(rule.feeds):
            at = node.find(("files", number, "feeds", place))
            problems += _check_feed(feed, at, catalogue)
    raise_all(ConfigError, problems)
    return mapping, hashlib.sha256(path.read_bytes()).hexdigest()


def _check_feed(feed: Feed, at: Node, catalogue: Catalogue) -> list[Problem]:
    if feed.table not in catalogue.tables:
        hint = nearest(feed.table, catalogue.tables)
        place = at.find(("table",)).place
        return [Problem("M001", f"输入目录中没有表 {feed.table}", place, nearest=hint)]
    table = catalogue.tables[feed.table]
    columns = at.find(("columns",))
    problems = [
        Problem("M002", f"表 {table.name} 没有列 {name}", columns.at(name), nearest=hint)
        for name in feed.columns
        if name not in table.columns and name not in ("cd_operation", "cd_time")
        for hint in [nearest(name, table.columns)]
    ]
    if feed.unpivot:
        spread = (feed.unpivot.name, feed.unpivot.value)
        lost = [name for name in spread if name not in table.columns]
        place = at.at("unpivot")
        problems += [Problem("M002", f"表 {table.name} 没有列 {name}", place) for name in lost]
    problems += _missing(feed, table, columns)
    problems += _units(feed.columns, table, columns)
    return problems


def _missing(feed: Feed, table: Table, columns: Node) -> list[Problem]:
    here = set(feed.target_columns)
    absent = [n for n, c in table.columns.items() if c.required and n not in here]
    if not absent:
        return []
    return [Problem("M003", f"表 {table.name} 缺少必需的列 {'、'.join(absent)}", columns.place)]


def _units(rules: MappingType[str, ColumnRule], table: Table, columns: Node) -> list[Problem]:
    problems = []
    for name, rule in rules.items():
        column = table.columns.get(name)
        if rule.unit is None or column is None:
            continue
        if UNITS[rule.unit][0] != column.type:
            message = f"列 {name} 的类型是 {column.type}，不用单位 {rule.unit}"
            problems.append(Problem("M004", message, columns.at(name)))
    return problems
