"""How the made-up county looks: county.yaml, checked."""

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from riskwarn.errors import Problem, UsageError
from riskwarn.tables.catalogue import load_catalogue
from riskwarn.workspace import resource_dir
from riskwarn.yamlfile import load, read_model

LEAST, MOST = 40, 14_000_000  # enterprises; 14 million is a large province
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Strict):
    """Where the county pretends to lie; the code is real, the names are not."""

    region: str = Field(pattern=r"^\d{6}$")
    name: str
    neighbour_regions: list[str]
    neighbour_share: Share
    towns: list[str] = Field(min_length=2)


class Shares(_Strict):
    """What part of the enterprises is what."""

    companies: Share
    branches: Share
    cooperatives: Share
    shell_members: Share
    hub_addresses: Share
    serial_owned: Share
    without_phone: Share


class Rates(_Strict):
    """Events a year and enterprise, before risk and trade bend them."""

    complaints: Positive
    changes: Positive
    lawsuits: Positive
    opinions: Positive
    targeted_checks: Positive
    other_checks: Positive
    samplings: Positive
    ads: Positive
    shops: Positive


class RandomArm(_Strict):
    """Share of a class drawn in a year, lowest risk first (A–D)."""

    yearly_share: list[Share] = Field(min_length=4, max_length=4)
    class_shares: list[Share] = Field(min_length=4, max_length=4)


class Dirt(_Strict):
    """Shares of rows: those that reading mends, and those that it must refuse."""

    repairable_share: Share
    refused_share: Share
    dangling_share: Share
    doubled_share: Share


class CountySettings(_Strict):
    """Everything that may be set about the county; the seed and the size are arguments."""

    as_of: date
    history_years: int = Field(ge=2, le=10)
    place: Place
    shares: Shares
    rates: Rates
    random_arm: RandomArm
    dirt: Dirt
    leave_out: list[str]

    def leaving_out(self, tables: list[str]) -> "CountySettings":
        """Give the same settings for a county that does not collect `tables`; ConfigError T001."""
        for table in (*self.leave_out, *tables):
            load_catalogue().table(table)
        return self.model_copy(update={"leave_out": sorted({*self.leave_out, *tables})})


def shipped_folder() -> Path:
    """Give the folder of the county example: its settings and code tables."""
    return resource_dir("examples") / "county"


def load_settings(path: Path | None = None) -> CountySettings:
    """Read county.yaml; the shipped one by default.

    Raises: ConfigError with every fault of the file; T001 for an unknown table in leave_out.
    """
    path = path or shipped_folder() / "county.yaml"
    settings = read_model(load(path), CountySettings)
    return settings.leaving_out([])  # a misspelt table is refused here


def check_size(enterprises: int) -> None:
    """Refuse a size the generator was not made for; raises UsageError."""
    if not LEAST <= enterprises <= MOST:
        message = f"--enterprises 为 {enterprises}"
        raise UsageError(Problem("G001", message, None, f"{LEAST} 到 {MOST} 之间的整数"))
