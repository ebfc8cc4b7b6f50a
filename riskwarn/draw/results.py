"""Results back from the officers: rows to fill in, and the check of what was filled in."""

import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from riskwarn.draw.canon import prefixed
from riskwarn.errors import nearest
from riskwarn.records.draw import Crew, Directory
from riskwarn.tables.catalogue import CodeList

# What people fill in; everything else on the sheet is sealed.
CODES_HEADERS = ("检查结果1", "检查结果2", "检查结果3")
DATE_HEADER, NOTE_HEADER, SEAL_HEADER = "检查日期", "备注", "校验码"
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
ABNORMAL_DAYS = 10  # working days from verification to 经营异常名录

# code → what must follow, in order of weight
FOLLOW_UPS: Mapping[str, str] = {
    "no_contact": "abnormal_listing",
    "not_published": "abnormal_listing",
    "false_info": "abnormal_listing",
    "obstructed": "lead",
    "violation": "lead",
    "pending": "lead",
    "corrected": "recheck",
}
FOLLOW_UP_WORDS: Mapping[str, str] = {
    "abnormal_listing": "拟列入经营异常名录",
    "lead": "转为案件线索",
    "recheck": "整改复查",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One row to fill in: one task at one enterprise by one crew."""

    draw_id: str
    task_no: str
    task_title: str
    uscc: str
    name: str
    address: str
    department: str
    department_name: str
    officers: tuple[str, ...]
    people: tuple[str, ...]  # their names, in the same order; "" where not known
    seal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One filled row that passed."""

    draw_id: str
    task_no: str
    uscc: str
    department: str
    officers: tuple[str, ...]
    checked_on: date
    codes: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFault:
    """What is wrong with one cell; `row` counts from 0 below the header."""

    row: int
    header: str
    code: str
    message: str


def seal(key: bytes, draw_id: str, task_no: str, crew: Crew) -> str:
    """Give the code that ties a row to its draw: nobody can fill in a check that was not drawn."""
    parts = (draw_id, task_no, crew.uscc, crew.department, crew.qualification, *crew.officers)
    return hmac.digest(key, prefixed("riskwarn-result-1", *parts), "sha256")[:10].hex()


def list_checks(
    draw_id: str,
    crews: Iterable[Crew],
    titles: Mapping[str, str],
    directory: Directory,
    key: bytes,
) -> list[Check]:
    """Give every check of a draw in the order of the crews; a merged visit has one row a task."""
    known = directory.enterprises
    return [
        Check(
            draw_id=draw_id,
            task_no=task_no,
            task_title=titles[task_no],
            uscc=crew.uscc,
            name=known.get(crew.uscc, ("", ""))[0],
            address=known.get(crew.uscc, ("", ""))[1],
            department=crew.department,
            department_name=directory.departments.get(crew.department, ""),
            officers=crew.officers,
            people=tuple(directory.officers.get(number, "") for number in crew.officers),
            seal=seal(key, draw_id, task_no, crew),
        )
        for crew in crews
        for task_no in crew.tasks
    ]


def check_findings(
    rows: Sequence[Mapping[str, str]],
    checks: Sequence[Check],
    codes: CodeList,
    drawn_on: date,
    on: date,
    known: Mapping[str, Finding],
) -> tuple[list[Finding], list[CellFault]]:
    """Check one returned file.

    Takes:  rows, header → text; checks of the draw it claims to be of; on, the day of the import;
            known, seal → stored before.
    Gives:  findings and faults. R101 not a check of this draw (another task's file, or altered) ·
            R102 a row twice · R103 a code not in the list · R104 no date or no such day · R105 a
            day before the draw or after today · R106 no result · R107 "no problem" and a problem ·
            R108 another result is stored already. A row that nobody has filled in is left for
            later; one that is stored with the same content is passed over.
    """
    by_seal = {check.seal: check for check in checks}
    seen: set[str] = set()
    found: list[Finding] = []
    faults: list[CellFault] = []
    for at, row in enumerate(rows):
        check = by_seal.get(row.get(SEAL_HEADER, "").strip())
        if check is None or row.get("统一社会信用代码", "").strip() != check.uscc:
            message = "不是本次抽查的检查，或该行被改动"
            faults.append(CellFault(row=at, header=SEAL_HEADER, code="R101", message=message))
            continue
        if not any(row.get(name, "").strip() for name in (DATE_HEADER, *CODES_HEADERS)):
            continue
        if check.seal in seen:
            faults.append(CellFault(row=at, header=SEAL_HEADER, code="R102", message="该检查重复"))
            continue
        seen.add(check.seal)
        finding, wrong = _read_row(at, row, check, codes, drawn_on, on)
        faults += wrong
        if finding is None:
            continue
        before = known.get(check.seal)
        if before is not None and before != finding:
            message = f"该检查已有结果（{before.checked_on}）；更正须另行办理"
            faults.append(CellFault(row=at, header=CODES_HEADERS[0], code="R108", message=message))
        elif before is None:
            found.append(finding)
    return found, faults


def _read_row(
    at: int, row: Mapping[str, str], check: Check, codes: CodeList, drawn_on: date, on: date
) -> tuple[Finding | None, list[CellFault]]:
    day, faults = _read_day(at, row.get(DATE_HEADER, "").strip(), drawn_on, on)
    chosen, wrong = _read_codes(at, row, codes)
    faults += wrong
    if faults or day is None:
        return None, faults
    finding = Finding(
        draw_id=check.draw_id,
        task_no=check.task_no,
        uscc=check.uscc,
        department=check.department,
        officers=check.officers,
        checked_on=day,
        codes=tuple(sorted(chosen)),
        note=row.get(NOTE_HEADER, "").strip(),
    )
    return finding, []


def _read_day(at: int, text: str, drawn_on: date, on: date) -> tuple[date | None, list[CellFault]]:
    def fault(code: str, message: str) -> tuple[None, list[CellFault]]:
        return None, [CellFault(row=at, header=DATE_HEADER, code=code, message=message)]

    parts = _DAY.match(text)
    try:
        day = date(*map(int, parts.groups())) if parts else None
    except ValueError:
        day = None
    if day is None:
        return fault("R104", f"检查日期 {text!r} 不是日期" if text else "没有填检查日期")
    if day < drawn_on or day > on:
        return fault("R105", f"检查日期 {day} 不在 {drawn_on}（抽取）至 {on}（今日）之间")
    return day, []


def _read_codes(
    at: int, row: Mapping[str, str], codes: CodeList
) -> tuple[set[str], list[CellFault]]:
    words = {word: code for code, names in codes.values.items() for word in (code, *names)}
    faults: list[CellFault] = []
    chosen: set[str] = set()
    for header in CODES_HEADERS:
        text = row.get(header, "").strip()
        if text and text not in words:
            near = nearest(text, words)
            message = f"结果 {text!r} 不在代码表中" + (f"；是否想写：{near}" if near else "")
            faults.append(CellFault(row=at, header=header, code="R103", message=message))
        elif text:
            chosen.add(words[text])
    if not faults and not chosen:
        faults.append(
            CellFault(row=at, header=CODES_HEADERS[0], code="R106", message="没有填检查结果")
        )
    if "none" in chosen and chosen & codes.problem:
        message = "“未发现问题”不能与发现的问题同时填写"
        faults.append(CellFault(row=at, header=CODES_HEADERS[0], code="R107", message=message))
    return chosen, faults


def follow_ups(finding: Finding) -> list[str]:
    """Give what follows from a result, each once, heaviest first."""
    return list(dict.fromkeys(FOLLOW_UPS[c] for c in FOLLOW_UPS if c in finding.codes))


def overdue(
    checks: Iterable[Check], done: Iterable[str], drawn_on: date, finish_days: int, on: date
) -> list[Check]:
    """Give the checks without result after the time to finish them is over."""
    if on <= drawn_on + timedelta(days=finish_days):
        return []
    stored = set(done)
    return [check for check in checks if check.seal not in stored]
