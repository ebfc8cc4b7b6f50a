"""A model carries the declarations of its features, so that a night can compute the same ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from riskwarn.features.catalogue import load_features
from riskwarn.model.lock import FEATURES_FILE
from riskwarn.records.features import (
    Condition,
    Feature,
    FeatureSet,
    FieldFeature,
    GraphFeature,
    PeerFeature,
    RatioFeature,
    WindowFeature,
)


def write_features(folder: Path, features: FeatureSet) -> Path:
    """Write features.yaml into a model's folder, as `load_features` reads it."""
    plain = {name: _plain(feature) for name, feature in features.features.items()}
    text = yaml.safe_dump(
        {"riskwarn": "1", "features": plain}, allow_unicode=True, sort_keys=False, width=100
    )
    path = folder / FEATURES_FILE
    path.write_text("# 由 riskwarn model train 写出：模型所用特征的定义\n" + text, "utf-8")
    return path


def model_features(folder: Path) -> FeatureSet:
    """Read the declarations that a model was trained with; empty when it has none.

    Raises: ConfigError F1xx, Y0xx.
    """
    path = folder / FEATURES_FILE
    return load_features(path) if path.is_file() else FeatureSet(features={})


def _plain(feature: Feature) -> dict[str, Any]:
    shown = {"title": feature.title or feature.name}
    if feature.unit:
        shown["unit"] = feature.unit
    if isinstance(feature, WindowFeature):
        return shown | _window(feature)
    if isinstance(feature, FieldFeature):
        return shown | {"field": feature.column, "derive": feature.derive}
    if isinstance(feature, RatioFeature):
        return shown | {"ratio": [feature.over, feature.under]}
    if isinstance(feature, PeerFeature):
        same = {"industry": feature.industry_digits, "region": feature.region_digits}
        return shown | {
            "peers": feature.measure,
            "of": feature.of,
            "same": same,
            "least": feature.least,
        }
    assert isinstance(feature, GraphFeature)
    plain: dict[str, Any] = {"graph": feature.measure}
    if feature.edges:
        plain["edges"] = list(feature.edges)
    if feature.of:
        plain["of"] = feature.of
    if feature.min_share_bp:
        plain["min_share_bp"] = feature.min_share_bp
    plain |= {"hops": feature.hops, "max_hops": feature.max_hops, "direction": feature.direction}
    return shown | plain


def _window(feature: WindowFeature) -> dict[str, Any]:
    plain: dict[str, Any] = {"from": feature.table, "agg": feature.agg}
    named = {"of": feature.of, "at": feature.at}
    plain |= {key: value for key, value in named.items() if value is not None}
    if feature.window_days is not None:
        plain["window"] = f"{feature.window_days}d"
    if feature.where:
        plain["where"] = _where(feature.where)
    if feature.dedupe:
        plain["dedupe"] = list(feature.dedupe)
    if feature.periods:
        plain["periods"] = feature.periods
    if feature.match is not None:
        match = feature.match
        word = "unmatched" if match.absent else "matched"
        plain[word] = {"in": match.table, "by": dict(match.on)}
        if match.where:
            plain[word]["where"] = _where(match.where)
    if feature.k:
        plain |= {"k": feature.k, "within": f"{feature.within_days}d"}
    return plain


def _where(conditions: Sequence[Condition]) -> dict[str, dict[str, Any]]:
    plain: dict[str, dict[str, Any]] = {}
    for condition in conditions:
        value = condition.value
        shown = list(value) if isinstance(value, tuple) else value
        plain.setdefault(condition.column, {})[condition.op] = shown
    return plain
