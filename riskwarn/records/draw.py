"""Double random: the plan, what a draw is made of, and why somebody is not in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

IN_CHARGE = "in_charge"  # the department that the enterprise belongs to, 属地
UNCLASSED = "U"  # an enterprise without a risk class: unknown is not low

# Why an enterprise or an officer is not in the pool; the code is in the frozen list.
EXCLUSIONS: Mapping[str, str] = {
    "not_active": "已注销、吊销、撤销、迁出或停业",
    "kind": "主体类型不在抽查范围",
    "region": "所在区划不在抽查范围",
    "industry": "行业不在抽查范围",
    "facility": "经营项目类别不在抽查范围",
    "size": "从业人数不在抽查范围",
    "capital": "注册资本不在抽查范围",
    "scope_unknown": "缺少判断抽查范围所需的信息",
    "class_unknown": "没有风险分类，且计划未给 U 类比例",
    "no_repeat": "规定期限内已抽查过该事项",
    "cap": "已达年度检查频次上限",
    "no_department": "没有监管部门编码，无法确定属地检查部门",
    "exempt": "列入免予检查名单",
}
OFFICER_EXCLUSIONS: Mapping[str, str] = {
    "department": "所属部门不参加本次检查",
    "certificate_missing": "没有执法证有效期记录",
    "certificate_expired": "执法证已过有效期",
    "leave": "检查期间请假",
    "load": "检查任务已满",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What one department must send to a check; `qualification` empty means that none is asked."""

    department: str
    qualification: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Conditions of a directed draw; empty means no condition. Regions and industries: prefixes.

    `employees`, `capital_fen`: at least, at most; None is no bound on that side.
    """

    kinds: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    facilities: tuple[str, ...] = ()
    employees: tuple[int | None, int | None] = (None, None)
    capital_fen: tuple[int | None, int | None] = (None, None)

    @property
    def is_open(self) -> bool:
        return self == Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawTask:
    """One task of a plan: items, who is asked, and how many of each risk class.

    `ratios_bp` basis points a class; U is the class of those that have none.
    """

    task_no: str
    title: str
    items: tuple[str, ...]
    directed: bool
    key_item: bool
    scope: Scope
    ratios_bp: Mapping[str, int]
    minimum: int
    demands: tuple[Demand, ...]
    no_repeat_days: int
    floor_bp: int
    reserve_bp: int

    @property
    def authority(self) -> str:
        """The lead department; yearly caps count by it."""
        return self.demands[0].department


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedSource:
    """A public value that will exist on a day after the freeze; `bits` is what it can tell.

    `form` fixes how it is written (`check_form`): who could choose between 3471.25 and 3471.250
    could choose between two seeds.
    """

    name: str
    on: date
    bits: int
    form: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """A secret that an observer has committed to: H(length-prefixed name, secret), as hex."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawPlan:
    """One batch of a yearly plan."""

    plan_no: str
    title: str
    batch: int
    year: int
    issuer: str
    tasks: tuple[DrawTask, ...]
    sources: tuple[SeedSource, ...]
    commitments: tuple[Commitment, ...]
    officers_per_check: int
    leads_per_check: int
    region_digits: int
    max_load: int
    pair_repeat_days: int
    yearly_cap: int
    finish_within_days: int
    embargo: bool
    quarter_window: Literal["warn", "enforce", "off"]
    sha256: str  # of the plan file as read


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One stratum of a task: its size and its exact quota in ten-thousandths of an enterprise."""

    task_no: str
    stratum: str
    size: int
    quota_e4: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One drawn enterprise (or one on the reserve list) of one task."""

    task_no: str
    stratum: str
    rank: int  # 1-based, in ticket order within the stratum
    uscc: str
    ticket: str  # hex
    reserve: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Who goes from one department to one enterprise; `tasks` are the tasks merged into it."""

    uscc: str
    department: str
    qualification: str
    tasks: tuple[str, ...]
    officers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """Why officers cannot be found: the least set of crews that asks more than there is."""

    department: str
    region: str
    qualification: str
    needed: int
    available: int
    crews: int
    lead: bool  # the lead inspectors are what is missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Names behind the codes, for officers' work lists and forms; never in a bundle.

    enterprises: code → (name, address as it may be shown); departments, officers: code → name.
    """

    enterprises: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    departments: Mapping[str, str] = field(default_factory=dict)
    officers: Mapping[str, str] = field(default_factory=dict)
