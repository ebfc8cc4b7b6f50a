"""bench.yaml: a public data set, how it comes in, and the figures that it must reach."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from riskwarn.model.panel import PanelSettings
from riskwarn.yamlfile import load, read_model


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DeliverySettings(_Strict):
    """Files to import, relative to bench.yaml."""

    path: str
    mapping: str | None = None
    delivered_on: date


class ComparisonSettings(_Strict):
    """A model that also knows the visit's facts, as a published one does; judged, never kept."""

    title: str
    indicators: list[str] = Field(default_factory=list)
    published: dict[str, float] = Field(default_factory=dict)


class BenchSettings(_Strict):
    """One bench."""

    bench: str
    title: str = ""
    settings: str = "riskwarn.yaml"
    deliveries: list[DeliverySettings] = Field(default_factory=list)
    panel: PanelSettings | None = None  # data of one observation day, read where they lie
    features: list[str]
    model: str = "model.yaml"
    as_of: date
    floor: dict[str, float] = Field(default_factory=dict)  # figure → at least
    comparison: ComparisonSettings | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "BenchSettings":
        if bool(self.deliveries) == (self.panel is not None):
            raise ValueError("deliveries 与 panel 须写且只写一个")
        return self


def load_bench(path: Path) -> BenchSettings:
    """Read bench.yaml; every fault of the file at once.

    Raises: ConfigError Y0xx, M101.
    """
    return read_model(load(path), BenchSettings, "M101")


def reached(floor: Mapping[str, float], estimates: Mapping[str, Any]) -> dict[str, bool]:
    """Say for each figure of the floor whether its value, not its interval, is at least that."""
    return {
        name: name in estimates and bool(estimates[name].value >= least)
        for name, least in sorted(floor.items())
    }
