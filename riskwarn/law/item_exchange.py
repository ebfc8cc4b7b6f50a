"""What the exchange of items between systems adds to a row: operation, batch, time, main item.

Source: cd_id, cd_time, cd_source, cd_batch, cd_operation stand on every exchanged table.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from riskwarn.constants import ITEM_CODE_LENGTH, USCC_LENGTH
from riskwarn.errors import Place, Problem
from riskwarn.law.item_columns import MAIN_CODES
from riskwarn.records.law import SupervisionItem

OPERATION, TIME = "cd_operation", "cd_time"
STATES = ("子项状态", "事项状态")
TYPES: Mapping[str, str] = {"0": "行政检查", "1": "行政处罚", "2": "行政强制", "3": "其他"}
_NO_LONGER, _VALID = ("0", "无效", "停用"), ("1", "有效", "启用", "")
_SPLIT_TYPES = re.compile(r"[、，,；;/ ]+")
LEVELS: Mapping[str, str] = {"1": "国家级", "2": "省级", "3": "市级", "4": "县级", "5": "乡级"}
_STAMP = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[ T]?\d{2}:?\d{2}(?::?\d{2}(?:\.\d+)?)?)?")


def take_exchange(item: SupervisionItem, on: date | None = None) -> SupervisionItem:
    """Carry out a row's operation and state; the row stays.

    Takes:  on, the day of the list: what it calls 无效 without a date has ended by then.
    Gives:  the item; `d` ends it on the day of exchange.
    """
    extra = dict(item.extra)
    if item.cancelled_on is None and any(extra.get(name) in _NO_LONGER for name in STATES):
        return replace(item, cancelled_on=on)
    if extra.get(OPERATION, "").lower() != "d" or item.cancelled_on is not None:
        return item
    return replace(item, cancelled_on=read_stamp(extra.get(TIME, "")))


def read_stamp(text: str) -> date | None:
    """The day of a time as exchanged: 20240131, 2024-01-31 08:00:00; None when it is none."""
    found = _STAMP.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def check_exchange(
    item: SupervisionItem, columns: Mapping[str, int], file: str, *, dated: bool = True
) -> list[Problem]:
    """Name what is wrong with the exchange columns and the level of one row.

    Takes:  columns, header → column counted from 1; dated, whether the day of the list is known.
    Gives:  I118 an operation that is none of i, u, d; I105 a time that is none, or a deletion
            without one; I120 a level that its own code contradicts (a warning: the code's 19th
            character is the level only where the bureau numbers so), I121 an administrative type
            that is none of the four, I122 a state that is neither 有效 nor 无效, or 无效 from no
            known day on.
    """
    extra = dict(item.extra)
    problems = []
    operation, stamp = extra.get(OPERATION, ""), extra.get(TIME, "")

    def at(column: str) -> Place:
        return Place(file, item.line, columns.get(column, 0))

    if operation and operation.lower() not in ("i", "u", "d"):
        message = f"操作标识 {operation!r} 不对"
        problems.append(Problem("I118", message, at(OPERATION), "i（新增）、u（修改）、d（删除）"))
    if stamp and read_stamp(stamp) is None:
        problems.append(
            Problem("I105", f"交换时间 {stamp!r} 不对", at(TIME), "如 2025-01-31 08:00:00")
        )
    elif operation.lower() == "d" and not stamp and item.cancelled_on is None:
        message = "删除的事项没有交换时间，也没有取消日期"
        problems.append(Problem("I105", message, at(OPERATION), "填 cd_time 或取消日期"))
    for part in filter(None, _SPLIT_TYPES.split(item.administrative_type)):
        if part not in TYPES and part not in TYPES.values():
            known = "、".join(f"{code} {name}" for code, name in TYPES.items())
            message = f"行政类型 {part!r} 不对"
            problems.append(Problem("I121", message, at("行政类型"), known))
    for name in STATES:
        state = extra.get(name, "")
        if state not in (*_NO_LONGER, *_VALID):
            message = f"{name} {state!r} 不对"
            problems.append(Problem("I122", message, at(name), "1（有效）或者 0（无效）"))
        elif state in _NO_LONGER and item.cancelled_on is None and not dated:
            message = f"{name}为无效，却没有取消日期"
            cure = "填取消日期，或用 --on 写明清单的日期"
            problems.append(Problem("I122", message, at(name), cure))
    level = level_of(item.code)
    if level and item.tier and level not in item.tier:
        message = f"编码 {item.code} 的层级位是{level}，监管层级却是 {item.tier}"
        problems.append(Problem("I120", message, at("监管层级"), level, severity="warning"))
    return problems


def level_of(code: str) -> str:
    """The level that an implementation item's code names by its 19th character; "" for others."""
    if len(code) <= USCC_LENGTH or len(code) == ITEM_CODE_LENGTH:
        return ""
    return LEVELS.get(code[USCC_LENGTH], "")


def main_of(item: SupervisionItem) -> str:
    """The code of the main item that a sub-item names, "" when it names none."""
    extra = dict(item.extra)
    return next((extra[name] for name in MAIN_CODES if extra.get(name)), "")
