"""The engines as test parameters: each runs where it is installed, else says what is missing."""

import os

import pytest

from riskwarn.engine.engines import ENGINES, EngineSettings, engine_lack

WANTED = {"spark"} if os.environ.get("SPARK") else set()  # make test SPARK=1: no skipping then


def _param(name):
    lack = engine_lack(name)
    marks = [pytest.mark.spark] if name == "spark" else []
    if lack and name not in WANTED:
        marks.append(pytest.mark.skip(reason=f"{name}: {lack}"))
    return pytest.param(name, marks=marks)


EVERY_ENGINE = [_param(name) for name in ENGINES]
OTHER_ENGINES = [_param(name) for name in ENGINES if name != "polars"]


def small(name):
    """Settings for the little that tests do."""
    return EngineSettings(name=name, brief=True)
