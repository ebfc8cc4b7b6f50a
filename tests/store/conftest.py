"""A workspace in a temporary folder, and its store."""

from pathlib import Path

import pytest

from riskwarn.store.store import Store
from riskwarn.workspace import Settings, Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path, Settings())


@pytest.fixture
def store(ws: Workspace):
    with Store.open(ws) as opened:
        yield opened
