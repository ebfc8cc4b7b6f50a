"""A plan drafted from a published list of check items: what may be checked, and what may no longer.

The draft is YAML to be finished by hand: a list names its objects in words (食品生产企业), so every
task is directed with its conditions left open, and a plan with an open condition cannot be frozen.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from riskwarn.draw.plan import ItemGate, show_bp
from riskwarn.errors import Problem
from riskwarn.records.law import SupervisionItem

FLOOR_BP = 300  # 总局令第101号第四条: where the list names no ratio
RULE = "只查已公布、依据现行有效的事项（国办发〔2015〕58号、国办发〔2024〕54号）"
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*([%％‰])")
_NOT_IN_NAMES = str.maketrans({",": "，", "|": "／", "=": "＝", "\t": " ", "\n": " ", "\r": " "})


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftHead:
    """What the list cannot say: the plan's number, who draws, and which department checks."""

    plan_no: str
    title: str
    issuer: str
    department: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A drafted plan and the items that did not get into it, each with why (D111)."""

    text: str
    tasks: int
    items: int
    refused: tuple[Problem, ...]


def draft_plan(
    items: Iterable[SupervisionItem], gate: ItemGate, on: date, head: DraftHead
) -> Draft:
    """Draft a plan of one task for each main item.

    Takes:  items, in the order of the list; gate, why an item may not be checked on a day.
    Gives:  YAML text; the ratio is the list's own where it names one, the same for all classes,
            else the floor: risk-graded ratios are local policy.
    """
    groups: dict[str, list[SupervisionItem]] = {}
    refused = []
    for item in items:
        reason = gate(item.code, on)
        if reason is None:
            groups.setdefault(item.main_name or item.name, []).append(item)
        else:
            message = f"事项 {item.code}“{item.name}”不得列入计划：{reason}"
            refused.append(Problem("D111", message, expected=RULE))
    lines = _head(on, head)
    for number, (name, members) in enumerate(groups.items(), 1):
        lines += _task(number, name, members, head.department)
    count = sum(map(len, groups.values()))
    text = "\n".join(lines) + "\n"
    return Draft(text=text, tasks=len(groups), items=count, refused=tuple(refused))


def _head(on: date, head: DraftHead) -> list[str]:
    days = [(on + timedelta(days=after)).isoformat() for after in (2, 3)]
    return [
        "# 由事项清单起草，须补全：每项任务的 where 条件（写明后才能冻结）、",
        "# 各类风险的比例、种子来源与日期",
        'riskwarn_plan: "1"',
        f"plan: {_text(head.plan_no)}",
        f"title: {_text(head.title)}",
        f"issuer: {_text(head.issuer)}",
        f"year: {on.year}",
        "batch: 1",
        "seed:",
        "  sources:  # 冻结之后才产生的公开值",
        f'    - {{name: 双色球开奖号码, on: {days[0]}, bits: 24, form: "00<00<00<00<00<00 + 00"}}',
        f'    - {{name: 大乐透开奖号码, on: {days[1]}, bits: 24, form: "00<00<00<00<00 + 00<00"}}',
        f'    - {{name: 上证指数与深证成指收盘, on: {days[1]}, bits: 30, form: "#.00 #.00"}}',
        "tasks:",
    ]


def _task(number: int, name: str, members: Sequence[SupervisionItem], department: str) -> list[str]:
    share, said = _ratio(members)
    objects = "；".join(dict.fromkeys(item.target for item in members if item.target))
    wanted = "；".join(dict.fromkeys(_further(members, "检查人员要求")))
    often = "；".join(dict.fromkeys(_further(members, "抽查频次")))
    ratios = ", ".join(f"{risk}: {show_bp(share)}" for risk in "ABCD")
    return [
        f"  - task: L{number:03}",
        f"    title: {_text(name)}",
        "    items:",
        *[f"      - {_text(item.code)}  # {_note(item.name)}" for item in members],
        "    mode: directed",
        f"    where: {{}}  # 抽查对象：{_note(objects) or '清单未写'}",
        f"    ratios: {{{ratios}}}  # {_note(said)}",
        f"    departments:  # 清单：{_note('；'.join(filter(None, (often, wanted)))) or '未写'}",
        f"      - {{code: {_text(department)}}}",
    ]


def _ratio(members: Sequence[SupervisionItem]) -> tuple[int, str]:
    """Give the largest share that the list names for these items, in bp, and what it says."""
    said = list(dict.fromkeys(_further(members, "抽查比例")))
    found = [
        round(float(number) * (100 if mark != "‰" else 10))
        for text in said
        for number, mark in _SHARE.findall(text)
    ]
    fit = [share for share in found if 0 < share <= 10_000]
    if not fit:
        words = "；".join(said) or "未写"
        return FLOOR_BP, f"清单：{words}；按下限起草，须由本机关确定"
    return max(fit), f"清单：{'；'.join(said)}；按风险分级须由本机关确定"


def _further(members: Sequence[SupervisionItem], name: str) -> list[str]:
    return [dict(item.extra)[name] for item in members if dict(item.extra).get(name)]


def _text(raw: str) -> str:
    """Write a string so that YAML reads it as the same string."""
    return json.dumps(raw.translate(_NOT_IN_NAMES), ensure_ascii=False)


def _note(raw: str) -> str:
    return " ".join(raw.split())
