"""The shape of a scorecard as written; values stay text until the catalogue gives them a type."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from riskwarn.constants import FULL_SHARE_BP
from riskwarn.records.scorecard import GroupName
from riskwarn.rules.schema import Days, Region, Strict, Text, Word

CARD_OPS = ("eq", "ne", "lt", "le", "gt", "ge", "in", "starts_with")
Points = Annotated[int, Field(ge=0, le=1000)]
ShareBp = Annotated[int, Field(ge=0, le=FULL_SHARE_BP, description="万分之几，0 到 10000")]
_MAX_FACTOR_BP = 10 * FULL_SHARE_BP


class CompareFile(Strict):
    """One comparison of a column: exactly one operator."""

    eq: Word | None = None
    ne: Word | None = None
    lt: Word | None = None
    le: Word | None = None
    gt: Word | None = None
    ge: Word | None = None
    in_: list[Word] | None = Field(default=None, alias="in")
    starts_with: list[Word] | None = None
    spoken: ClassVar[dict[str, str]] = {"大于": "gt", "不少于": "ge", "小于": "lt", "等于": "eq"}

    @property
    def op(self) -> str:
        written = ["in" if name == "in_" else name for name in self.model_fields_set]
        return next(op for op in CARD_OPS if op in written)

    @model_validator(mode="after")
    def _one(self) -> "CompareFile":
        written = {"in" if name == "in_" else name for name in self.model_fields_set}
        if len(written & set(CARD_OPS)) != 1:
            raise ValueError(f"要有且只有一个比较：{'、'.join(CARD_OPS)}")
        return self


class BandFile(CompareFile):
    points: Points


class DecayFile(Strict):
    by: Text
    over: Days


class Looks(Strict):
    """What an indicator, veto or repair looks at: a feature, a field or the model."""

    feature: str | None = None
    field: str | None = None
    probability: Literal["true"] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Any:
        if sum(one is not None for one in (self.feature, self.field, self.probability)) != 1:
            raise ValueError("feature、field、probability 三者写且只写一个")
        return self


class IndicatorFile(Looks):
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", description="小写字母、数字、下划线")]
    title: Text
    bands: Annotated[list[BandFile], Field(min_length=1)]
    decay: DecayFile | None = None
    official: Literal["true", "false"] = "false"
    basis: str = ""


class SecondFile(Strict):
    name: Text
    items: Annotated[list[IndicatorFile], Field(min_length=1)]


class GroupFile(Strict):
    name: GroupName
    cap: Annotated[int, Field(ge=1)] | None = None
    indicators: Annotated[list[SecondFile], Field(min_length=1)]


class VetoFile(Looks, CompareFile):
    title: Text
    basis: str = ""


class RepairFile(Looks, CompareFile):
    title: Text
    of: Annotated[list[Text], Field(min_length=1)]
    gives_back_bp: ShareBp
    basis: str = ""


class CutsFile(Strict):
    by: Literal["score", "quantile"]
    b: Annotated[int, Field(ge=1)]
    c: Annotated[int, Field(ge=1)]
    d: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _ordered(self) -> "CutsFile":
        if self.by == "score" and not self.b < self.c < self.d:
            raise ValueError("按分数划分须满足 b < c < d")
        if self.by == "quantile" and self.b + self.c + self.d > FULL_SHARE_BP:
            raise ValueError("按比例划分时 b、c、d 是各类所占的万分比，合计不超过 10000")
        return self


class LocalFile(Strict):
    region: Region
    factors: dict[str, Annotated[int, Field(ge=0, le=_MAX_FACTOR_BP, description="万分比")]]


class CardHeader(Strict):
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]*$")]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$", description="如 1.0.0")]
    title: Text
    owner: Text
    note: Text


class CardFile(Strict):
    riskwarn: Literal["1"]
    scorecard: CardHeader
    known_from_bp: ShareBp
    cuts: CutsFile
    groups: Annotated[list[GroupFile], Field(min_length=1)]
    vetoes: list[VetoFile] = Field(default_factory=list)
    repairs: list[RepairFile] = Field(default_factory=list)
    local: list[LocalFile] = Field(default_factory=list)
