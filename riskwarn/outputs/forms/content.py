"""What a form of a visit says: the wording of `forms.yaml` with the visit's values put in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from riskwarn.outputs.gate import clean

WORDING = Path(__file__).resolve().parent / "forms.yaml"
TITLES = {"notice": "行政检查通知书", "record": "现场检查记录表", "approval": "行政检查审批表"}
_FIELD = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One department's visit to one enterprise.

    officers: (certificate number, name), the lead inspector first; used, visits that the authority
    made there earlier this year; cap, how many it may.
    """

    draw_id: str
    number: str
    plan_title: str
    issuer: str
    department: str
    uscc: str
    name: str
    address: str
    tasks: tuple[str, ...]
    basis: tuple[str, ...]
    officers: tuple[tuple[str, str], ...]
    drawn_on: date
    finish_by: date
    used: int
    cap: int
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A filled form, clean text throughout; `qr` is what its code says."""

    title: str
    number: str
    lines: Sequence[str]
    rows: Sequence[tuple[str, str]]
    notes: Sequence[str]
    signatures: Sequence[str]
    code: str
    qr: str


def fill_form(kind: str, visit: Visit) -> Form:
    """Put the values of a visit into the wording of a form; values are never read as wording."""
    wording = _wording()[kind]
    fields = _fields(visit)

    def put(text: str, more: Mapping[str, str] = fields) -> str:
        return _FIELD.sub(lambda found: more[found[1]], text)

    rows: list[tuple[str, str]] = []
    for row in wording["rows"]:
        if isinstance(row, Mapping):
            for task in visit.tasks:
                more = {**fields, "task": clean(task)}
                rows.append((put(row["heading"], more), put(row["text"], more)))
        else:
            rows.append((put(row[0]), put(row[1])))
    return Form(
        title=wording["title"],
        number=f"编号：{clean(visit.number)}",
        lines=[put(line) for line in wording["lines"]],
        rows=rows,
        notes=[f"{at}. {put(note)}" for at, note in enumerate(wording["notes"], 1)],
        signatures=[put(line) for line in wording["signatures"]],
        code="扫码核对检查组",
        qr=say_code(visit),
    )


def say_code(visit: Visit) -> str:
    """What the QR code holds: draw, enterprise, officers, hash of the freeze."""
    numbers = ",".join(number for number, _ in visit.officers)
    return f"riskwarn:{visit.draw_id}:{visit.uscc}:{numbers}:{visit.root}"


def _fields(visit: Visit) -> dict[str, str]:
    people = [
        f"{name or '（姓名未采集）'}（执法证号 {number}{'，主检' if not at else ''}）"
        for at, (number, name) in enumerate(visit.officers)
    ]
    frequency = f"本年度此前已由该机关随机检查 {visit.used} 次，年度上限 {visit.cap} 次"
    same = visit.department in ("", visit.issuer)
    fields = {
        "organ": visit.issuer if same else f"{visit.issuer}（{visit.department}）",
        "name": visit.name or "（名称未采集）",
        "uscc": visit.uscc,
        "address": visit.address or "（住所未采集）",
        "source": f"{visit.plan_title}（{visit.drawn_on} 随机抽取，编号 {visit.draw_id}）",
        "tasks": "；".join(visit.tasks),
        "basis": "、".join(visit.basis).replace("；", "、") or "已公布的检查事项清单所列依据",
        "officers": "\n".join(people),
        "frequency": frequency,
        "finish_by": visit.finish_by.isoformat(),
    }
    return {name: clean(text) for name, text in fields.items()}


@cache
def _wording() -> Mapping[str, Any]:
    import yaml

    found: Mapping[str, Any] = yaml.safe_load(WORDING.read_text(encoding="utf-8"))
    return found
