"""Two small counties: arrays of 3,000 enterprises, files of 40."""

from pathlib import Path

import pytest

from riskwarn.county.block import Block, County
from riskwarn.county.conduct import live
from riskwarn.county.events import Conduct
from riskwarn.county.generate import Made, build_county, cut_blocks, make_county
from riskwarn.county.settings import load_settings


@pytest.fixture(scope="session")
def county() -> County:
    return build_county(3000, 5, load_settings())


@pytest.fixture(scope="session")
def block(county: County) -> Block:
    return next(cut_blocks(county))


@pytest.fixture(scope="session")
def lived(block: Block) -> Conduct:
    return live(block)


@pytest.fixture(scope="session")
def toy_town(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make_county(tmp_path_factory.mktemp("toy"), 40, 3)


@pytest.fixture(scope="session")
def dirty_county(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make_county(tmp_path_factory.mktemp("dirty"), 3000, 5, dirty=True)


def inbox(made: Made, name: str) -> Path:
    return made.folder / "inbox" / name
