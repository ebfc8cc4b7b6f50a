"""One feature as written in YAML → its record; names and shapes are checked on the way."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, WithJsonSchema

from riskwarn.errors import ConfigError, Problem, nearest
from riskwarn.features.conditions import read_conditions
from riskwarn.records.features import (
    Agg,
    Feature,
    FieldFeature,
    GraphFeature,
    Match,
    Measure,
    PeerFeature,
    PeerMeasure,
    RatioFeature,
    WindowFeature,
)
from riskwarn.tables.catalogue import Catalogue
from riskwarn.yamlfile import Node, read_model

_DAYS = re.compile(r"(\d+)\s*(?:d|天|日)?")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_RESERVED = ("ent", "row", "as_of", "known_on", "evidence")
_INDUSTRY_DIGITS = 4  # GB/T 4754: class
_REGION_DIGITS = 6  # GB/T 2260: county


def _days(value: object) -> object:
    found = _DAYS.fullmatch(str(value).strip())
    if not found or int(found[1]) < 1:
        raise ValueError("应写成天数，如 365d")
    return int(found[1])


def _words(value: object) -> object:
    return [value] if isinstance(value, str) else value


# What editors should take for right: `90d` is a number of days, one word stands for a list of one.
_DAYS_WRITTEN = {"type": ["string", "integer"], "pattern": r"^[0-9]+ *(d|天|日)?$"}
_WORDS_WRITTEN = {"type": ["string", "array"], "items": {"type": "string"}}
Days = Annotated[int, BeforeValidator(_days), WithJsonSchema(_DAYS_WRITTEN)]
Words = Annotated[list[str], BeforeValidator(_words), WithJsonSchema(_WORDS_WRITTEN)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    title: str
    unit: str = ""


class _MatchFile(BaseModel):
    """A like row of the same enterprise in another table."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    in_: str = Field(alias="in")
    by: Annotated[dict[str, str], Field(min_length=1)]  # not `on`: YAML 1.1 reads that as true
    where: dict[str, Any] = Field(default_factory=dict)


class _WindowFile(_Strict):
    from_: str = Field(alias="from")
    agg: Agg
    of: str | None = None
    at: str | None = None
    window: Days | None = None
    where: dict[str, Any] = Field(default_factory=dict)
    dedupe: Words = Field(default_factory=list)
    k: int = Field(default=0, ge=0)
    within: Days | None = None
    periods: int = Field(default=0, ge=0, le=36)
    matched: _MatchFile | None = None
    unmatched: _MatchFile | None = None


class _FieldFile(_Strict):
    field: str
    derive: Annotated[str, Field(pattern="^(value|days_since|days_until)$")] = "value"


class _GraphFile(_Strict):
    graph: Measure
    edges: Words = Field(default_factory=list)
    of: str | None = None
    hops: int = Field(default=1, ge=1, le=3)
    max_hops: int = Field(default=3, ge=1, le=6)
    direction: Annotated[str, Field(pattern="^(any|in|out)$")] = "any"
    min_share_bp: int = Field(default=0, ge=0, le=10_000)


class _SameFile(BaseModel):
    """How alike peers are: leading digits of the industry and of the region code; 0: any."""

    model_config = ConfigDict(extra="forbid")
    industry: int = Field(default=2, ge=0, le=_INDUSTRY_DIGITS)
    region: int = Field(default=4, ge=0, le=_REGION_DIGITS)


class _PeerFile(_Strict):
    peers: PeerMeasure
    of: str
    same: _SameFile = Field(default_factory=_SameFile)
    least: int = Field(default=20, ge=2)


class _RatioFile(_Strict):
    ratio: list[str] = Field(min_length=2, max_length=2)


_FORMS: dict[str, type[_Strict]] = {
    "from": _WindowFile,
    "field": _FieldFile,
    "graph": _GraphFile,
    "ratio": _RatioFile,
    "peers": _PeerFile,
}


def form_schema() -> dict[str, Any]:
    """Give the JSON Schema of one declaration: any of the forms, with shared parts in `$defs`."""
    forms: Any = _WindowFile | _FieldFile | _GraphFile | _RatioFile | _PeerFile
    return TypeAdapter(forms).json_schema(by_alias=True, ref_template="#/$defs/{model}")


def read_one(name: str, node: Node, parent: Node, catalogue: Catalogue) -> Feature:
    """Read one declaration.

    Raises: ConfigError F102–F107, F13x with the faults of its shape; what it names is checked
            later, when all are read.
    """
    at = parent.at(name)
    taken = (*_RESERVED, *catalogue.table("enterprise").columns)
    if not _NAME.fullmatch(name):
        expected = "小写字母开头，只含小写字母、数字、下划线"
        raise ConfigError(Problem("F102", f"特征名 {name} 不合规", at, expected))
    if name in taken:
        raise ConfigError(Problem("F103", f"特征名 {name} 与主体字段重名", at, "另取一个名字"))
    forms = [key for key in _FORMS if isinstance(node.value, dict) and key in node.value]
    if len(forms) != 1:
        expected = "from（表）、field（字段）、graph（图）、ratio（比值）、peers（同行）五者之一"
        raise ConfigError(Problem("F104", f"特征 {name} 看不出种类", node.place, expected))
    return _to_record(name, read_model(node, _FORMS[forms[0]], "F105"), node, catalogue)


def _to_record(name: str, file: _Strict, node: Node, catalogue: Catalogue) -> Feature:
    title, unit = file.title, file.unit
    if isinstance(file, _WindowFile):
        return _window(name, file, node, catalogue)
    if isinstance(file, _FieldFile):
        derive: Any = file.derive
        return FieldFeature(name=name, title=title, unit=unit, column=file.field, derive=derive)
    if isinstance(file, _GraphFile):
        direction: Any = file.direction
        return GraphFeature(
            name=name,
            title=title,
            unit=unit,
            measure=file.graph,
            edges=tuple(file.edges),
            of=file.of,
            hops=file.hops,
            max_hops=file.max_hops,
            direction=direction,
            min_share_bp=file.min_share_bp,
        )
    if isinstance(file, _PeerFile):
        return PeerFeature(
            name=name,
            title=title,
            unit=unit,
            measure=file.peers,
            of=file.of,
            industry_digits=file.same.industry,
            region_digits=file.same.region,
            least=file.least,
        )
    assert isinstance(file, _RatioFile)
    return RatioFeature(name=name, title=title, over=file.ratio[0], under=file.ratio[1])


def _window(name: str, file: _WindowFile, node: Node, catalogue: Catalogue) -> WindowFeature:
    _require_table(file.from_, node.find(("from",)), catalogue)
    table = catalogue.table(file.from_)
    return WindowFeature(
        name=name,
        title=file.title,
        unit=file.unit,
        table=file.from_,
        agg=file.agg,
        of=file.of,
        at=file.at,
        window_days=file.window,
        where=read_conditions(node.find(("where",)), table) if file.where else (),
        dedupe=tuple(file.dedupe),
        k=file.k,
        within_days=file.within or 0,
        periods=file.periods,
        match=_match(file, node, catalogue),
    )


def _require_table(name: str, node: Node, catalogue: Catalogue) -> None:
    if name not in catalogue.tables:
        hint = nearest(name, catalogue.tables)
        raise ConfigError(Problem("F106", f"没有表 {name}", node.place, nearest=hint))


def _match(file: _WindowFile, node: Node, catalogue: Catalogue) -> Match | None:
    if file.matched is not None and file.unmatched is not None:
        text = "matched 与 unmatched 只能写一个"
        raise ConfigError(Problem("F150", text, node.at("unmatched")))
    key = "matched" if file.matched is not None else "unmatched"
    written = file.matched or file.unmatched
    if written is None:
        return None
    at = node.find((key,))
    _require_table(written.in_, at.find(("in",)), catalogue)
    other = catalogue.table(written.in_)
    return Match(
        table=written.in_,
        on=tuple(written.by.items()),
        where=read_conditions(at.find(("where",)), other) if written.where else (),
        absent=key == "unmatched",
    )
