"""The `features:` section of a pack, in the form of rules/features.yaml."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from riskwarn.errors import ConfigError, Problem
from riskwarn.records.features import (
    Agg,
    Condition,
    Feature,
    FeatureSet,
    FieldFeature,
    GraphFeature,
    Measure,
    WindowFeature,
)
from riskwarn.yamlfile import Node, load, read_model


class _Window(BaseModel):
    model_config = ConfigDict(extra="forbid")
    table: str
    agg: Agg
    title: str = ""
    of: str | None = None
    at: str | None = None
    window_days: int | None = None
    where: dict[str, dict[str, str | list[str]]] = Field(default_factory=dict)
    dedupe: list[str] = Field(default_factory=list)
    k: int = 0
    within_days: int = 0
    unit: str = ""


class _Field(BaseModel):
    model_config = ConfigDict(extra="forbid")
    column: str
    title: str = ""
    derive: Literal["value", "days_since", "days_until"] = "value"
    unit: str = ""


class _Graph(BaseModel):
    model_config = ConfigDict(extra="forbid")
    measure: Measure
    title: str = ""
    edges: list[str] = Field(default_factory=list)
    of: str | None = None
    hops: int = 1
    max_hops: int = 3
    unit: str = ""


def read_features(node: Node) -> FeatureSet:
    features: dict[str, Feature] = {}
    for name, child in (node.value if isinstance(node.value, dict) else {}).items():
        keys = child.value if isinstance(child.value, dict) else {}
        if "measure" in keys:
            g = read_model(child, _Graph)
            features[name] = GraphFeature(name=name, **(g.model_dump() | {"edges": tuple(g.edges)}))
        elif "table" in keys:
            w = read_model(child, _Window)
            where = tuple(
                Condition(column=c, op=op, value=tuple(v) if isinstance(v, list) else v)  # type: ignore[arg-type]
                for c, ops in w.where.items()
                for op, v in ops.items()
            )
            features[name] = WindowFeature(
                name=name, **(w.model_dump() | {"where": where, "dedupe": tuple(w.dedupe)})
            )
        else:
            features[name] = FieldFeature(name=name, **read_model(child, _Field).model_dump())
    return FeatureSet(features=features)


def load_features(path: Path) -> FeatureSet:
    root = load(path)
    node = root.value.get("features", root) if isinstance(root.value, dict) else root
    return read_features(node)


def merge(sets: list[FeatureSet]) -> FeatureSet:
    merged: dict[str, Feature] = {}
    for one in sets:
        for name, feature in one.features.items():
            if merged.setdefault(name, feature) != feature:
                raise ConfigError(Problem("F101", f"特征 {name} 有两种不同的声明"))
    return FeatureSet(features=merged)
