"""The words a pack may use: fields of the enterprise table and features, each with its type."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from riskwarn.errors import nearest
from riskwarn.features.kinds import value_kind
from riskwarn.records.features import Feature, FeatureSet, FieldFeature, WindowFeature
from riskwarn.records.rules import Input, ValueType
from riskwarn.tables.catalogue import Catalogue, Column, Table
from riskwarn.terms import PersonalData

_COLUMN: dict[str, ValueType] = {
    **dict.fromkeys(("enterprise_id", "text", "name", "person_id"), "text"),
    "code": "code",
    "set": "set",
    "region": "region",
    "industry": "industry",
    "date": "date",
    "fen": "fen",
    "bp": "bp",
    "int": "int",
    "number": "number",
    "flag": "flag",
}


@dataclass(frozen=True)
class Words:
    """What can be named, and what was probably meant by what cannot."""

    catalogue: Catalogue
    features: FeatureSet

    @cached_property
    def enterprise(self) -> Table:
        return self.catalogue.table("enterprise")

    @cached_property
    def fields(self) -> Mapping[str, Input]:
        """Columns of the enterprise table that a rule may see: none that reveals a person."""
        return {
            name: Input(
                name=name,
                source="field",
                type=column_type(column),
                title=column.title,
                codes=column.codes,
            )
            for name, column in self.enterprise.columns.items()
            if column.personal is PersonalData.NONE and column.type in _COLUMN
        }

    @cached_property
    def inputs(self) -> Mapping[str, Input]:
        """Every feature as an input, by name."""
        return {
            name: _feature_input(name, feature, self.catalogue)
            for name, feature in self.features.features.items()
        }

    def meant_field(self, word: str) -> str:
        """Give the field that a wrong name, perhaps a Chinese title, stands for."""
        for name in self.fields:
            if word in self.enterprise.columns[name].headers:
                return name
        return nearest(word, self.fields)

    def meant_feature(self, word: str) -> str:
        for name, given in self.inputs.items():
            if word == given.title:
                return name
        return nearest(word, self.inputs)


def column_type(column: Column) -> ValueType:
    """Give the type under which rules see a column; addresses, phones and names are text."""
    return _COLUMN.get(column.type, "text")


def _feature_input(name: str, feature: Feature, catalogue: Catalogue) -> Input:
    kind, codes = _feature_type(feature, catalogue)
    unit = feature.unit if feature.unit not in ("fen", "bp", "date", "flag") else ""
    return Input(
        name=name, source="feature", type=kind, title=feature.title, unit=unit, codes=codes
    )


def _feature_type(feature: Feature, catalogue: Catalogue) -> tuple[ValueType, str | None]:
    """Give the kind that the compiler of features yields, and the code list of a code."""
    kind = value_kind(feature, catalogue)
    if kind != "text":
        return kind, None
    if isinstance(feature, FieldFeature):
        column = catalogue.table("enterprise").columns[feature.column]
    elif isinstance(feature, WindowFeature) and feature.of is not None:
        column = catalogue.table(feature.table).columns[feature.of]
    else:
        return "text", None
    return column_type(column), column.codes


def known(words: Iterable[str], limit: int = 12) -> str:
    """List what would have been right, cut short for the screen."""
    ordered = sorted(words)
    shown = "、".join(ordered[:limit])
    return f"{shown} 等 {len(ordered)} 个" if len(ordered) > limit else shown
