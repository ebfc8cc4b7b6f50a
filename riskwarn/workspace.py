"""Where the folders, the store and the settings of one regulator lie."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from riskwarn.errors import ConfigError, Place, Problem
from riskwarn.yamlfile import load, read_model

SETTINGS_FILE = "riskwarn.yaml"
Share = Annotated[float, Field(ge=0, le=1)]
SeverityName = Literal["low", "medium", "high", "critical"]


def _by_severity(low: int, medium: int, high: int, critical: int) -> dict[SeverityName, int]:
    return {"low": low, "medium": medium, "high": high, "critical": critical}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ImportSettings(_Strict):
    """How deliveries are read; `identity: local` accepts ids that are no 统一社会信用代码."""

    identity: Literal["uscc", "local"] = "uscc"
    max_reject_share: Share = 0.01  # more rejected rows than this stop the import, exit 4
    accept_partial: bool = False
    stale_after_days: dict[str, int] = Field(default_factory=dict)  # table → days


class LeadSettings(_Strict):
    """Local policy of the leads; every number here is this bureau's to set."""

    capacity_per_department: int = Field(default=50, ge=1)  # leads a night and department
    capacity: dict[str, int] = Field(default_factory=dict)  # department_code → leads a night
    severity_weight: dict[SeverityName, int] = Field(
        default_factory=lambda: _by_severity(10, 25, 50, 80)
    )
    probability_weight: int = Field(default=100, ge=0)  # points for a calibrated probability of 1
    handle_within_working_days: dict[SeverityName, int] = Field(
        default_factory=lambda: _by_severity(20, 15, 10, 5)
    )
    cooldown_days: int = Field(default=30, ge=0)
    change_from_points: int = Field(default=5, ge=1)  # a smaller move of the score is "same"
    report_pages: int = Field(default=2_000, ge=1)  # at most so many pages of single leads
    holidays: Literal["CN", "US"] = "CN"  # whose working days count


class ClassSettings(_Strict):
    """Points from which an enterprise is in class B, C, D; the shipped cut points are ours."""

    b_from: int = 20
    c_from: int = 50
    d_from: int = 100
    probability_weight: int = Field(default=40, ge=0)  # points for a calibrated probability of 1

    @model_validator(mode="after")
    def _ordered(self) -> "ClassSettings":
        if not 0 < self.b_from < self.c_from < self.d_from:
            raise ValueError("须满足 0 < b_from < c_from < d_from")
        return self


class ModelSettings(_Strict):
    """Which model may speak; none means that a night runs on rules alone."""

    name: str | None = None
    allow_generated: bool = False  # a model trained on generated data on this workspace's data
    when_refused: Literal["rules_only", "stop"] = "rules_only"
    item: str = ""  # 监管事项 that the model alone may open leads under; empty: it may not
    lead_share: Share = 0.02  # the share of enterprises, by probability, that it may open


class LawSettings(_Strict):
    """How decisions of legal staff are entered."""

    second_person: bool = False  # a decision on citations needs a second name


class Settings(_Strict):
    """riskwarn.yaml: what is local about this workspace."""

    riskwarn: Literal["1"] = "1"
    name: str = "riskwarn"
    region: str = Field(default="", pattern=r"^(\d{2}|\d{4}|\d{6})?$")
    generated_data: bool = False  # the deliveries were made by a generator, not by people
    hash: Literal["sha256", "sm3"] = "sha256"
    imports: ImportSettings = Field(default_factory=ImportSettings, alias="import")
    leads: LeadSettings = Field(default_factory=LeadSettings)
    classes: ClassSettings = Field(default_factory=ClassSettings)
    model: ModelSettings = Field(default_factory=ModelSettings)
    law: LawSettings = Field(default_factory=LawSettings)
    scorecard: str = ""  # rules/scorecards/<name>.yaml gives the classes; empty: `classes` does
    # Where events are counted and rules run; the leads are the same bytes.
    engine: Literal["polars", "duckdb", "spark"] = "polars"
    spark_master: str = Field(default="local[2]", min_length=1)  # or a cluster's address
    spark_memory: str = Field(default="2g", pattern=r"^\d+[mg]$")  # of Spark's driver
    threads: int = Field(default=0, ge=0)  # 0: as many as the machine has


@dataclass(frozen=True)
class Workspace:
    """The folders of one regulator. Nothing here opens or writes a file but the settings."""

    root: Path
    settings: Settings

    @classmethod
    def open(cls, root: Path) -> "Workspace":
        """Read the settings of the workspace at `root`.

        Raises: ConfigError W001 when there is no riskwarn.yaml; Y0xx for faults in it.
        """
        path = root / SETTINGS_FILE
        if not path.is_file():
            problem = Problem(
                "W001",
                f"此处不是工作区：没有 {SETTINGS_FILE}",
                Place(str(root)),
                "先运行 riskwarn init 目录，或用 --workspace 指明",
            )
            raise ConfigError(problem)
        node = load(path)
        return cls(root, Settings() if node.value is None else read_model(node, Settings))

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def store_dir(self) -> Path:
        return self.root / "store"

    @property
    def rules_dir(self) -> Path:
        return self.root / "rules"

    @property
    def laws_dir(self) -> Path:
        return self.root / "legal_clauses" / "laws"

    @property
    def items_dir(self) -> Path:
        return self.root / "legal_clauses" / "items"

    @property
    def models_dir(self) -> Path:
        return self.root / "models"

    @property
    def out_dir(self) -> Path:
        return self.root / "out"

    @cached_property
    def settings_hash(self) -> str:
        """SHA-256 of the settings as read; part of the run key.

        Threads and engine change no result, and neither does who must sign for citations.
        """
        result_free = {"threads", "engine", "spark_master", "spark_memory", "law"}
        text = self.settings.model_dump_json(by_alias=True, exclude=result_free)
        return hashlib.sha256(text.encode()).hexdigest()


def resource_dir(name: str) -> Path:
    """Give the folder of shipped data: rules, legal_clauses, models or examples.

    An installed wheel carries them inside the package; a checkout has them at its top.
    """
    package = Path(__file__).resolve().parent
    bundled = package / "_bundled" / name
    return bundled if bundled.is_dir() else package.parent / name
