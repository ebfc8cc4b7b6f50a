"""A plan as people write it: YAML with positions, read strictly, not yet checked."""

import hashlib
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from riskwarn.records.draw import Commitment, Demand, DrawPlan, DrawTask, Scope, SeedSource
from riskwarn.yamlfile import Node, load, read_model

FEN_PER_WAN = 1_000_000
_RATIO = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?\s*[%％]")


def read_ratio(raw: object) -> int:
    """Read `3%` or `0.25%` as basis points.

    Raises: ValueError for a bare number, of which nobody can say whether 1 means 1 % or all.
    """
    found = _RATIO.fullmatch(str(raw).strip())
    if not found:
        raise ValueError(f"比例 {raw} 应写成百分数，如 3% 或 0.25%")
    value = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    if value > 10_000:
        raise ValueError(f"比例 {raw} 超过 100%")
    return value


Ratio = Annotated[int, BeforeValidator(read_ratio)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\t\r\n|,=\x00-\x1f]+$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _DemandFile(_Strict):
    code: Name
    qualification: str = Field(default="", pattern=r"^[^\t\r\n|,=]*$")


class _RangeFile(_Strict):
    at_least: int | None = Field(default=None, ge=0)
    at_most: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> "_RangeFile":
        if None not in (self.at_least, self.at_most) and self.at_least > self.at_most:  # type: ignore[operator]
            raise ValueError(f"下限 {self.at_least} 大于上限 {self.at_most}")
        return self


class _ScopeFile(_Strict):
    kinds: list[Name] = []
    regions: list[Annotated[str, Field(pattern=r"^\d{2,12}$")]] = []
    industries: list[Annotated[str, Field(pattern=r"^[A-T]?\d{0,4}$")]] = []
    facilities: list[Name] = []
    employees: _RangeFile = _RangeFile()
    capital_wan: _RangeFile = _RangeFile()


class _TaskFile(_Strict):
    task: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    title: Name
    items: list[Annotated[str, Field(pattern=r"^\S{1,60}$")]] = Field(min_length=1)
    mode: Literal["undirected", "directed"] = "undirected"
    category: Literal["general", "key"] = "general"
    where: _ScopeFile = _ScopeFile()
    ratios: dict[Literal["A", "B", "C", "D", "U"], Ratio]
    minimum: int = Field(default=0, ge=0)
    departments: list[_DemandFile] = Field(min_length=1)
    no_repeat_days: int = Field(default=365, ge=0)
    floor: Ratio | None = None
    reserve: Ratio = 2000


class _SourceFile(_Strict):
    name: Name
    on: date
    bits: int = Field(ge=1, le=512)
    form: Annotated[str, Field(max_length=100, pattern=r"^[^\t\r\n1-9]*$")] = ""


class _ShareFile(_Strict):
    name: Name
    commitment: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _SeedFile(_Strict):
    sources: list[_SourceFile] = Field(min_length=1)
    shares: list[_ShareFile] = []


class _PlanFile(_Strict):
    riskwarn_plan: Literal["1"]
    plan: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    title: Name
    issuer: Name
    year: int = Field(ge=2015, le=2999)
    batch: int = Field(default=1, ge=1)
    officers_per_check: int = Field(default=2, ge=2, le=9)
    leads_per_check: Literal["1"] = "1"
    region_digits: int = Field(default=0, ge=0, le=12)
    max_load: int = Field(default=60, ge=1, le=255)
    pair_repeat_days: int = Field(default=365, ge=0)
    yearly_cap: int = Field(default=1, ge=1, le=365)
    finish_within_days: int = Field(default=90, ge=1, le=366)
    embargo: bool = False
    quarter_window: Literal["warn", "enforce", "off"] = "warn"
    seed: _SeedFile
    tasks: list[_TaskFile] = Field(min_length=1, max_length=200)


def load_plan(path: Path) -> tuple[DrawPlan, Node]:
    """Read one plan file, YAML or xlsx; raises ConfigError Y0xx and D100 with line or cell."""
    if path.suffix.lower() == ".xlsx":
        from riskwarn.draw.plansheet import read_sheets

        node = read_sheets(path)
    else:
        node = load(path)
    return _to_plan(read_model(node, _PlanFile, "D100"), path), node


def _to_plan(file: _PlanFile, path: Path) -> DrawPlan:
    return DrawPlan(
        plan_no=file.plan,
        title=file.title,
        batch=file.batch,
        year=file.year,
        issuer=file.issuer,
        tasks=tuple(_to_task(task) for task in file.tasks),
        sources=tuple(
            SeedSource(name=s.name, on=s.on, bits=s.bits, form=s.form) for s in file.seed.sources
        ),
        commitments=tuple(Commitment(name=s.name, digest=s.commitment) for s in file.seed.shares),
        officers_per_check=file.officers_per_check,
        leads_per_check=int(file.leads_per_check),
        region_digits=file.region_digits,
        max_load=file.max_load,
        pair_repeat_days=file.pair_repeat_days,
        yearly_cap=file.yearly_cap,
        finish_within_days=file.finish_within_days,
        embargo=file.embargo,
        quarter_window=file.quarter_window,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def _fen(wan: int | None) -> int | None:
    return None if wan is None else wan * FEN_PER_WAN


def _to_task(file: _TaskFile) -> DrawTask:
    scope = Scope(
        kinds=tuple(file.where.kinds),
        regions=tuple(file.where.regions),
        industries=tuple(file.where.industries),
        facilities=tuple(file.where.facilities),
        employees=(file.where.employees.at_least, file.where.employees.at_most),
        capital_fen=(
            _fen(file.where.capital_wan.at_least),
            _fen(file.where.capital_wan.at_most),
        ),
    )
    floor = file.floor
    if floor is None:  # 令101号第四条: not under 3 %; a directed draw is a share of a narrower pool
        floor = 300 if file.mode == "undirected" and file.category == "general" else 0
    return DrawTask(
        task_no=file.task,
        title=file.title,
        items=tuple(file.items),
        directed=file.mode == "directed",
        key_item=file.category == "key",
        scope=scope,
        ratios_bp=dict(sorted(file.ratios.items())),
        minimum=file.minimum,
        demands=tuple(
            Demand(department=d.code, qualification=d.qualification) for d in file.departments
        ),
        no_repeat_days=file.no_repeat_days,
        floor_bp=floor,
        reserve_bp=file.reserve,
    )
