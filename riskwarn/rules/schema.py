"""The shape of a rule pack as written: what `riskwarn rule schema` exports for editors.

Scalars of conditions and tests stay text here; `riskwarn.rules.values` types them by the catalogue.
"""

import re
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from riskwarn.constants import ITEM_CODE_LENGTH
from riskwarn.features.written import form_schema
from riskwarn.records.rules import OnUnknown, ParamType, Role, RuleOp, Status
from riskwarn.rules.spoken import CONDITION_WORDS, FLAG_WORDS, RULE_WORDS, TEST_WORDS

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAYS = re.compile(r"([0-9]{1,5}) ?[dD天日]?")
OPS: tuple[RuleOp, ...] = RuleOp.__args__  # type: ignore[attr-defined]


def _iso(text: Any) -> Any:
    """Take dates as 2026-06-30 only; say how another spelling would be written."""
    if not isinstance(text, str) or _DATE.fullmatch(text):
        return text
    raise ValueError(f"日期 {text!r} 写法不对，应为 {iso_hint(text)}")


def iso_hint(text: str) -> str:
    """Give the ISO spelling of a date written 2026/6/30, 2026年6月30日 or 20260630."""
    import unicodedata

    parts = re.findall(r"\d+", unicodedata.normalize("NFKC", text))
    if len(parts) == 1 and len(parts[0]) == 8:
        parts = [parts[0][:4], parts[0][4:6], parts[0][6:]]
    if len(parts) == 3 and len(parts[0]) == 4:
        return f"{parts[0]}-{parts[1]:0>2}-{parts[2]:0>2}"
    return "年-月-日，如 2026-06-30"


def _days(text: Any) -> Any:
    found = _DAYS.fullmatch(str(text))
    if not found:
        raise ValueError(f"天数 {text!r} 写法不对，应如 30d")
    return found[1]


# What an editor reads as a number or a boolean is text to us until the catalogue gives it a type.
_ANY = {"type": ["string", "integer", "number", "boolean"]}
_DIGITS = {"type": ["string", "integer"]}
Word = Annotated[str, WithJsonSchema(_ANY)]
Cell = Annotated[str | None, WithJsonSchema({"type": [*_ANY["type"], "null"]})]
Flag = Annotated[Literal["true", "false"], WithJsonSchema({"type": "boolean"})]
Region = Annotated[
    str,
    Field(pattern=r"^(\*|[0-9]{2}|[0-9]{4}|[0-9]{6})$", description='"*" 或 2、4、6 位区划代码'),
    WithJsonSchema(_DIGITS),
]
IsoDate = Annotated[date, BeforeValidator(_iso)]
Days = Annotated[int, BeforeValidator(_days), Field(ge=0), WithJsonSchema(_DIGITS)]
Text = Annotated[str, Field(min_length=1)]
Lines = Annotated[list[Text], Field(default_factory=list)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=False)
    spoken: ClassVar[dict[str, str]] = {}


class PackHeader(Strict):
    id: Annotated[
        str, Field(pattern=r"^[a-z][a-z0-9_.]*$", description="小写字母、数字、下划线和点")
    ]
    version: Annotated[
        str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$", description="三段版本号，如 1.0.0")
    ]
    title: Text
    owner: Text
    region: Region = "*"


class ParamValueFile(Strict):
    region: Region = "*"
    from_on: IsoDate = Field(alias="from")
    to_on: IsoDate | None = Field(default=None, alias="to")
    value: Word | list[Word]
    basis: Lines
    note: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> "ParamValueFile":
        if self.to_on and self.to_on < self.from_on:
            raise ValueError("截止日期 to 早于起始日期 from")
        return self


class ParamFile(Strict):
    title: Text
    type: ParamType
    range: Annotated[list[Word], Field(min_length=2, max_length=2)] | None = None
    values: Annotated[list[ParamValueFile], Field(min_length=1)]


class ListFile(Strict):
    title: Text
    source: Text
    key: Text
    max_age: Days


class ConditionFile(Strict):
    """Either one of all / any / not, or a field, feature or list with one comparison."""

    spoken: ClassVar[dict[str, str]] = CONDITION_WORDS
    all: Annotated[list["ConditionFile"], Field(min_length=1)] | None = None
    any: Annotated[list["ConditionFile"], Field(min_length=1)] | None = None
    not_: "ConditionFile | None" = Field(default=None, alias="not")
    field: str | None = None
    feature: str | None = None
    in_list: str | None = None
    eq: Word | None = None
    ne: Word | None = None
    lt: Word | None = None
    le: Word | None = None
    gt: Word | None = None
    ge: Word | None = None
    in_: list[Word] | Word | None = Field(default=None, alias="in")
    not_in: list[Word] | Word | None = None
    is_null: Flag | None = None
    contains: Word | None = None
    starts_with: list[Word] | Word | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> "ConditionFile":
        subjects = [name for name in SUBJECTS if name in self.written]
        if not subjects:
            raise ValueError(f"条件缺少 {'、'.join(SUBJECTS)} 之一")
        if len(subjects) > 1:
            raise ValueError(f"一个条件里同时写了 {'、'.join(subjects)}，只能有一个")
        ops = [name for name in OPS if name in self.written]
        if subjects[0] in ("field", "feature") and len(ops) != 1:
            found = "、".join(ops) or "没有"
            raise ValueError(f"{subjects[0]} 要带且只带一个比较（{'、'.join(OPS)}），现有：{found}")
        if subjects[0] not in ("field", "feature") and ops:
            raise ValueError(f"{subjects[0]} 不能带比较 {'、'.join(ops)}")
        return self

    @property
    def written(self) -> set[str]:
        """The keys as they stand in the file."""
        return {ConditionFile.model_fields[n].alias or n for n in self.model_fields_set}


SUBJECTS = ("all", "any", "not", "field", "feature", "in_list")


class PerFile(Strict):
    feature: Text
    weight: Annotated[int, Field(ge=1)]
    cap: Annotated[int, Field(ge=1)]


class ScoreFile(Strict):
    base: Annotated[int, Field(ge=0)]
    per: PerFile | None = None


class DedupeFile(Strict):
    by: Annotated[list[Text], Field(min_length=1)] = Field(default_factory=lambda: ["uscc"])
    cooldown: Days | None = None
    reopen_on: Lines


class EffectiveFile(Strict):
    from_on: IsoDate = Field(alias="from")
    to_on: IsoDate | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _ordered(self) -> "EffectiveFile":
        if self.to_on and self.to_on < self.from_on:
            raise ValueError("截止日期 to 早于起始日期 from")
        return self


class ExpectFile(Strict):
    spoken: ClassVar[dict[str, str]] = TEST_WORDS
    result: Literal["hit", "clear", "unknown"]
    values: dict[str, Cell] = Field(default_factory=dict)


def _result(given: Any) -> Any:
    """Take `expect: hit` for `expect: {result: hit}`."""
    return given if isinstance(given, dict) else {"result": given}


class TestFile(BaseModel):
    """One example; every other key is the name of an input table with its rows."""

    model_config = ConfigDict(extra="allow")
    spoken: ClassVar[dict[str, str]] = FLAG_WORDS
    __pydantic_extra__: dict[str, list[dict[str, Cell]]]
    name: Text
    as_of: IsoDate
    enterprise: dict[str, Cell] = Field(default_factory=dict)
    features: dict[str, Cell] = Field(default_factory=dict)
    lists: dict[str, list[Word]] = Field(default_factory=dict)
    missing: Lines
    boundary: Flag = "false"
    expect: Annotated[ExpectFile, BeforeValidator(_result)]


class RuleFile(Strict):
    spoken: ClassVar[dict[str, str]] = RULE_WORDS
    id: Annotated[
        str,
        Field(
            pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$",
            description="小写字母、数字、下划线，用点分段，如 food.licence.expired",
        ),
    ]
    version: Annotated[int, Field(ge=1)]
    status: Status
    role: Role = "scenario"
    title: Text
    says: str = ""
    item: Annotated[
        str,
        Field(pattern=rf"^[0-9]{{{ITEM_CODE_LENGTH}}}$", description="14 位监管事项目录编码"),
        WithJsonSchema(_DIGITS),
    ]
    basis: Annotated[list[Text], Field(min_length=1)]
    effective: Annotated[EffectiveFile, Field(description="{from: 2021-04-29}")]
    severity: Literal["low", "medium", "high", "critical"]
    tags: Lines
    when: Annotated[ConditionFile, Field(description="all、any、not 或一个比较")]
    on_unknown: OnUnknown = "data_gap"
    message: Text
    score: ScoreFile | None = None
    dedupe: DedupeFile = Field(default_factory=lambda: DedupeFile(reopen_on=[]))
    false_positives: Lines
    advice: str = ""
    replaces: Lines
    reason: str = ""
    tests: list[TestFile] = Field(default_factory=list)

    @model_validator(mode="after")
    def _deprecated_has_reason(self) -> "RuleFile":
        if self.status == "deprecated" and not self.reason:
            raise ValueError("停用（deprecated）的规则须写明 reason")
        return self


class PackFile(Strict):
    """A whole pack; features are declared in the form of rules/features.yaml."""

    riskwarn: Annotated[Literal["1"], WithJsonSchema({"enum": [1, "1"]})]
    pack: PackHeader
    params: dict[str, ParamFile] = Field(default_factory=dict)
    lists: dict[str, ListFile] = Field(default_factory=dict)
    features: dict[str, Any] = Field(default_factory=dict)
    rules: list[RuleFile] = Field(default_factory=list)


def _template_use(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule that fills a template: no condition of its own, the rest may come from there."""
    own = {name: one for name, one in rule["properties"].items() if name != "when"}
    own |= {"template": {"type": "string"}, "slots": {"type": "object"}}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": own,
        "required": ["id", "template", "slots", "item", "basis", "effective"],
    }


def export_schema() -> dict[str, Any]:
    """Give the JSON Schema of a pack, for editors that complete and underline."""
    schema = PackFile.model_json_schema(by_alias=True)
    test = schema["$defs"]["TestFile"]["properties"]
    short = {"enum": ["hit", "clear", "unknown"]}
    test["expect"] = {"anyOf": [short, test["expect"]]}
    forms = form_schema()
    schema["$defs"] |= forms.pop("$defs", {})
    schema["properties"]["features"] = {"type": "object", "additionalProperties": forms}
    schema["$defs"]["TemplateUse"] = _template_use(schema["$defs"]["RuleFile"])
    either = [{"$ref": "#/$defs/RuleFile"}, {"$ref": "#/$defs/TemplateUse"}]
    schema["properties"]["rules"]["items"] = {"anyOf": either}
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "riskwarn rule pack"
    return schema
